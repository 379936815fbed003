"""Diagrams in words say what the picture says."""

from procession.drawing.lists import as_list, to_text
from procession.drawing.model import FlowDiagram, FlowNode
from tests.drawing import samples


def test_a_case_in_words() -> None:
    assert to_text(samples.purchase_case()) == (
        "Purchase approval, server for Ana\n"
        "  ✓ 1. Who signs off?  (decision · Decision table)  [done]\n"
        '      → level != "auto": 2. Sign off the purchase\n'
        "      → over budget: Check the budget\n"
        "  ! 2. Sign off the purchase  (approval · Carol Diaz, CFO · 1 business day)  [2 d late]  ←\n"
        "      → approve: 3. Issue the purchase order\n"
        "      → reject: end rejected\n"
        "  ◐ Check the budget  (task · Finance)  [open, 1 h]\n"
        "  ○ 3. Issue the purchase order  (automatic · Web request)  [to do]\n"
        "      → Post to ledger\n"
        "      → on failure: Issue the order by hand\n"
        "  – Issue the order by hand  (task · Purchasing · No failure)  [skipped]\n"
        "      → end approved\n"
        "  ✗ Post to ledger  (automatic · Web request)  [failed, 3 tries]\n"
        "      → end approved\n"
    )


def test_blocks_hold_their_steps_and_say_where_they_lead() -> None:
    told = as_list(samples.proposal())
    assert [item.title for item in told.items] == [
        "1. Write the proposal",
        "2. Reviewed by departments",
        "3. How large is it?",
        "4. Five signatures",
        "5. For each department",
    ]
    review = told.items[1]
    assert [item.title for item in review.items] == [
        "2.1. Legal review",
        "2.2. Finance review",
        "2.3. Security review",
        "2.4. Redline the contract",
    ]
    back = [arrow for item in review.items for arrow in item.arrows if arrow.back]
    assert [(arrow.text, arrow.target) for arrow in back] == [("not secure", "1. Write the proposal")]
    assert [(arrow.text, arrow.target) for arrow in told.items[2].arrows] == [
        ("over 1,000,000", "3.1. Ask the board"),
        ("otherwise", "end of How large is it?"),
        ("", "4. Five signatures"),
    ]


def test_a_map_in_words_names_every_handoff() -> None:
    told = as_list(samples.onboarding())
    said = [(item.title, arrow.target, arrow.text) for item in told.items for arrow in item.arrows]
    assert ("Equipment", "Access setup", "New hire, optional, 1.2 d") in said
    assert len(said) == 8
    approve = told.items[0].items[2]
    assert [(arrow.target, arrow.back) for arrow in approve.arrows] == [
        ("Send for signature", False),
        ("Draft contract", True),
    ]


def test_text_cannot_drive_the_terminal() -> None:
    told = to_text(FlowDiagram(title="a\x1b[2J\nb", nodes=(FlowNode(id="x", title="\x07\x1b]0;x"),)))
    assert "\x1b" not in told
    assert "\x07" not in told
    assert told.count("\n") == 2
