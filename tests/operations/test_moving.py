"""Running cases move to another version: the preview says who can, the move is kept with its reason, and can be taken back."""

from __future__ import annotations

import pytest

from procession.engine.commands import NoteChild, StartCase
from procession.engine.moment import SYSTEM
from procession.engine.rejections import Conflict, Forbidden, InvalidField, MissingField, NotFound
from procession.store.rebuilding import rebuild
from procession.store.verify import verify
from tests.operations.conftest import ORGANISATION, PURCHASE, Office

LONGER = PURCHASE.replace("outcome: bought", "  - task: File it\n    assign: group:buyers\noutcome: bought")
OTHER = LONGER.replace("approval: Sign off", "approval: Have it signed")


def publish(office: Office, text: str) -> None:
    office.ask("bo", "definition.publish", files=[{"name": "purchase.yaml", "text": text}], accept="for tests")


def open_titles(office: Office, case: str) -> list[str]:
    return [one.title for one in office.ask("bo", "case.get", case_id=case).tasks]


def test_a_case_moves_and_goes_on_in_the_new_version(office: Office) -> None:
    case = office.purchase()
    publish(office, LONGER)
    preview = office.ask("finn", "case.preview_move", definition="purchase")
    assert (preview.to.version, preview.can, preview.cannot) == (2, 1, 0)
    office.ask("finn", "case.move", case_id=case, reason="filing is law now")
    view = office.ask("bo", "case.get", case_id=case)
    assert view.workflow.version == 2 and view.can.move_back
    assert any("moved the case from version 1 to 2: filing is law now" in one.sentence for one in view.timeline)
    office.ask("dana", "task.complete", task_id=office.task_of(case), outcome="approve")
    assert not office.ask("bo", "case.get", case_id=case).can.move_back
    with pytest.raises(Conflict, match="a task was completed since"):
        office.ask("finn", "case.move_back", case_id=case)


def test_those_that_cannot_say_why_and_stay(office: Office) -> None:
    first, second = office.purchase(), office.purchase()
    office.ask("dana", "task.complete", task_id=office.task_of(second), outcome="approve")
    publish(office, OTHER)
    preview = office.ask("finn", "case.preview_move", definition="purchase")
    assert [(one.case.id, one.obstacles) for one in preview.cases] == [
        (first, ("'Sign off' is open, and version 2 has no such step.",)),
        (second, ()),
    ]
    done = office.ask("finn", "case.move_many", definition="purchase", reason="clearer names", key="once")
    assert [one.id for one in done.moved] == [second]
    assert [(one.case.id, one.why) for one in done.stayed] == [(first, preview.cases[0].obstacles[0])]
    with pytest.raises(Conflict, match="has no such step"):
        office.ask("finn", "case.move", case_id=first, reason="clearer names")
    assert open_titles(office, first) == ["Sign off"]


def test_the_move_is_taken_back_while_nothing_was_done(office: Office) -> None:
    case = office.purchase()
    publish(office, LONGER)
    office.ask("finn", "case.move", case_id=case, reason="a try")
    office.ask("finn", "case.move_back", case_id=case)
    view = office.ask("bo", "case.get", case_id=case)
    assert (view.workflow.version, view.can.move_back) == (1, False)
    with pytest.raises(Conflict, match="no move to take back"):
        office.ask("finn", "case.move_back", case_id=case)


def test_lists_and_chain_hold_after_a_move(office: Office) -> None:
    case = office.purchase()
    publish(office, LONGER)
    office.ask("finn", "case.move", case_id=case, reason="a try")
    with office.store.transaction(ORGANISATION) as tx:
        before = tx.rows_of("SELECT id, version, seq FROM cases WHERE organisation = :organisation ORDER BY id")
        rebuild(tx)
        assert tx.rows_of("SELECT id, version, seq FROM cases WHERE organisation = :organisation ORDER BY id") == before
    assert verify(office.store, ORGANISATION).problems == []


def test_only_owners_move_and_a_reason_is_needed(office: Office) -> None:
    case = office.purchase()
    publish(office, LONGER)
    with pytest.raises(Forbidden):
        office.ask("ana", "case.move", case_id=case, reason="mine")
    with pytest.raises(MissingField):
        office.ask("finn", "case.move", case_id=case, reason=" ")
    with pytest.raises(MissingField):
        office.ask("finn", "case.move_many", definition="purchase", reason="")
    with pytest.raises(NotFound):
        office.ask("finn", "case.move_many", definition="purchase", case_ids=["nothing"], reason="x")
    with pytest.raises(NotFound):
        office.ask("finn", "case.move", case_id=case, to=9, reason="x")


def test_a_version_that_was_tried_and_not_taken_takes_no_cases(office: Office) -> None:
    case = office.purchase()
    file = {"name": "purchase.yaml", "text": LONGER}
    found = office.ask("finn", "pilot.begin", file=file, share=0.5, accept="tests")
    office.ask("finn", "case.move", case_id=case, to=2, reason="let it take part")
    office.ask("finn", "case.move_back", case_id=case)
    office.ask("finn", "pilot.roll_back", pilot=found.id)
    with pytest.raises(Conflict, match="tried and not taken"):
        office.ask("finn", "case.move", case_id=case, to=2, reason="too late")


# --- steps that are called otherwise, and parts that stay --------------------------------------------------------------


def test_a_step_that_is_called_otherwise_is_named_by_whoever_moves_the_cases(office: Office) -> None:
    first, second = office.purchase(), office.purchase()
    publish(office, OTHER)
    preview = office.ask("finn", "case.preview_move", definition="purchase")
    (lost,) = preview.lost
    assert (preview.can, lost.step, lost.title, lost.kind, lost.cases, lost.becomes) == (
        0, "sign-off", "Sign off", "approval", 2, None,
    )  # fmt: skip
    assert [one.title for one in lost.choices] == ["Have it signed"]
    for said in ("sign-off=have-it-signed", "Sign off = Have it signed"):
        named = office.ask("finn", "case.preview_move", definition="purchase", steps=[said])
        assert (named.can, named.cannot, named.lost[0].becomes) == (2, 0, "have-it-signed")
    steps = ["sign-off=have-it-signed"]
    done = office.ask("finn", "case.move_many", definition="purchase", reason="clearer names", steps=steps, key="named")
    assert [one.id for one in done.moved] == [first, second]
    with office.store.transaction(ORGANISATION) as tx:
        before = tx.rows_of(
            "SELECT case_id, activation, step, status FROM tasks WHERE organisation = :organisation ORDER BY 1, 2"
        )
        assert {step for _, _, step, status in before if status == "open"} == {"have-it-signed"}
        rebuild(tx)
        assert (
            tx.rows_of(
                "SELECT case_id, activation, step, status FROM tasks WHERE organisation = :organisation ORDER BY 1, 2"
            )
            == before
        )
    assert verify(office.store, ORGANISATION).problems == []
    office.ask("dana", "task.complete", task_id=office.task_of(first), outcome="approve")
    assert open_titles(office, first) != ["Sign off"]
    office.ask("finn", "case.move_back", case_id=second)
    with office.store.transaction(ORGANISATION) as tx:
        assert {one.step for one in tx.cases.get(second).activations.values()} == {"sign-off"}
    office.ask("dana", "task.complete", task_id=office.task_of(second), outcome="approve")


@pytest.mark.parametrize(
    ("said", "wrong"),
    [
        ("sign-off", "'sign-off' does not say which step becomes which."),
        ("nothing=have-it-signed", "No version that cases run on has a step 'nothing'."),
        ("sign-off=nothing", "Version 2 has no step 'nothing'."),
    ],
)
def test_a_name_that_fits_nothing_is_refused(office: Office, said: str, wrong: str) -> None:
    case = office.purchase()
    publish(office, OTHER)
    for operation, more in (
        ("case.preview_move", {"definition": "purchase"}),
        ("case.move", {"case_id": case, "reason": "x"}),
        ("case.move_many", {"definition": "purchase", "reason": "x"}),
    ):
        with pytest.raises(InvalidField, match=wrong):
            office.ask("finn", operation, steps=[said], **more)
    assert open_titles(office, case) == ["Sign off"]


def test_parts_of_a_case_stay_and_the_preview_says_why(office: Office) -> None:
    child = "workflow: inner\ntitle: Inner\nowner: finance\nsteps:\n  - {task: Inside, assign: starter}\n"
    outer = "workflow: outer\ntitle: Outer\nowner: finance\nsteps:\n  - {workflow: Do it, use: inner}\n"
    files = [{"name": "inner.yaml", "text": child}, {"name": "outer.yaml", "text": outer}]
    office.ask("finn", "definition.publish", files=files, accept="tests")
    case = office.ask("ana", "case.start", workflow="outer", data={}).id
    with office.store.transaction(ORGANISATION) as tx:
        (activation,) = tx.cases.get(case).activations
    begin = StartCase(parent=case, parent_activation=activation, starter="ana")  # as the worker does
    part = office.store.start(ORGANISATION, "inner", begin, SYSTEM, key="part", body_hash="part").case.id
    office.store.execute(ORGANISATION, case, NoteChild(activation=activation, child=part), SYSTEM)
    more = outer + "  - {task: After, assign: starter}\n"
    office.ask("finn", "definition.publish", files=[{"name": "outer.yaml", "text": more}], accept="tests")
    newer = child + "  - {task: More, assign: starter}\n"
    office.ask("finn", "definition.publish", files=[{"name": "inner.yaml", "text": newer}], accept="tests")
    (one,) = office.ask("finn", "case.preview_move", definition="outer").cases
    assert (one.case.id, one.obstacles) == (case, ())
    assert [(behind.case.id, behind.definition.version, behind.why) for behind in one.stays] == [
        (part, 1, "It keeps version 1 of Inner: a part that has begun goes on as it began. It can be moved by itself.")
    ]
    office.ask("finn", "case.move", case_id=case, reason="a step more")
    with office.store.transaction(ORGANISATION) as tx:
        assert tx.cases.get(case).version == 2
        assert tx.cases.get(part).version == 1
