"""Definitions as diagrams, and cases that the engine really ran in them."""

from procession.drawing.flow import draw_flow, flow_graph
from procession.drawing.flow_of_definition import flow_of_case, flow_of_workflow
from procession.drawing.layout import structure_hash
from procession.drawing.lists import to_text
from procession.drawing.map_of_process import Figure, heat_of, map_of_process, step_key
from procession.drawing.model import FlowDiagram
from procession.drawing.process_map import draw_map
from procession.engine.definition import Process, Workflow
from procession.engine.instants import to_instant
from procession.interchange.yaml import read
from tests.engine.story import Story

PURCHASE = """
workflow: purchase-approval
title: Purchase approval
fields:
  amount: {type: number}
  level: {type: choice, options: [auto, manager, director]}
start: {form: [amount]}
steps:
  - decide: Who signs off?
    inputs: [amount]
    outputs: [level]
    rules:
      - ["< 500", auto]
      - [">= 500", manager]
  - approval: Sign off the purchase
    when: level != "auto"
    assign: role:manager
    due: 1 business day
    on reject: end rejected
  - automate: Issue the purchase order
    do: http
    with: {method: POST, url: "https://erp.example.com/orders"}
    on failure: {task: Issue the order by hand, assign: group:team}
outcome: approved
"""

DOCUMENT = """
workflow: document-approval
title: Document approval
fields: {budget: {type: number}, urgent: {type: yes/no}}
steps:
  - task: Write the draft
    assign: starter
  - parallel: Review
    steps:
      - approval: Legal review
        assign: group:team
        on reject: write-the-draft
        at most: 3
      - - task: Check the figures
          assign: group:team
        - task: Check the tax
          assign: [group:tax, group:finance, "person:ana.li@example.com"]
          when: budget > 1000
  - task: Ask for a discount
    when: budget > 100
    assign: starter
  - task: Call the vendor
    when: urgent
    assign: manager of starter
  - choose: How large?
    cases:
      - {when: budget > 10000, steps: [{approval: Board, assign: "role:board"}]}
    otherwise: [{task: Note it, assign: starter}]
"""

TICKET = """
workflow: support-ticket
initial: New
fields: {simple: {type: yes/no}}
states:
  New:
    assign: group:team
    on enter: [{email: We got your ticket, to: starter, text: Thank you}]
    actions:
      - {action: Take it, to: In progress}
      - {action: Resolve, to: Resolved, when: simple}
    after: {15 minutes: {to: In progress}}
  In progress:
    assign: group:team
    actions: [{action: Resolve, to: Resolved}, {action: Hand back, to: New}]
  Resolved: {outcome: resolved}
"""


def workflow(text: str) -> Workflow:
    result = read(text)
    assert result.ok, result.findings
    assert isinstance(result.definition, Workflow)
    return result.definition


def states(diagram: FlowDiagram) -> dict[str, str]:
    return {node.title: node.state for node in diagram.nodes if node.title and node.kind != "end"}


def shown(story: Story, text: str) -> FlowDiagram:
    return flow_of_case(workflow(text), story.case, now=to_instant(story.world.at))


def test_conditions_outcomes_and_failures_are_arrows() -> None:
    assert to_text(flow_of_workflow(workflow(PURCHASE))) == (
        "Purchase approval\n"
        "  · 1. Who signs off?  (decision · Decision table, 2 rules)\n"
        '      → level != "auto": 2. Sign off the purchase\n'
        "      → otherwise: 3. Issue the purchase order\n"
        "  · 2. Sign off the purchase  (approval · Manager · 1 business day)\n"
        "      → approve: 3. Issue the purchase order\n"
        "      → reject: end rejected\n"
        "  · 3. Issue the purchase order  (automatic · Web request)\n"
        "      → end approved\n"
        "      → on failure: 3a. Issue the order by hand\n"
        "  · 3a. Issue the order by hand  (task · Team)\n"
        "      → end approved\n"
    )


def test_blocks_loops_and_optional_steps() -> None:
    assert to_text(flow_of_workflow(workflow(DOCUMENT))) == (
        "Document approval\n"
        "  · 1. Write the draft  (task · Starter)\n"
        "  · 2. Review  (all at once)\n"
        "      → budget > 100: 3. Ask for a discount\n"
        "      → otherwise, urgent: 4. Call the vendor\n"
        "      → otherwise, otherwise: 5. How large?\n"
        "      · 2.1. Legal review  (approval · Team)\n"
        "          → approve: end of Review\n"
        "          ↩ reject, at most 3 times: 1. Write the draft\n"
        "          → after 3 times: end of Review\n"
        "      · 2.2. Check the figures  (task · Team)\n"
        "          → budget > 1000: 2.3. Check the tax\n"
        "          → otherwise: end of Review\n"
        "      · 2.3. Check the tax  (task · Tax, Finance +1)\n"
        "  · 3. Ask for a discount  (task · Starter)\n"
        "      → urgent: 4. Call the vendor\n"
        "      → otherwise: 5. How large?\n"
        "  · 4. Call the vendor  (task · Manager of starter)\n"
        "  · 5. How large?  (one way)\n"
        "      → budget > 10000: 5.1. Board\n"
        "      → otherwise: 5.2. Note it\n"
        "      → end done\n"
        "      · 5.1. Board  (approval · Board)\n"
        "          → approve: end of How large?\n"
        "          → reject: end rejected\n"
        "      · 5.2. Note it  (task · Starter)\n"
    )


def test_states_and_their_actions() -> None:
    told = to_text(flow_of_workflow(workflow(TICKET)))
    assert "→ Resolve, if simple: Resolved" in told
    assert "→ after 15 minutes: In progress" in told
    assert "↩ Hand back: New" in told
    assert "On entering: We got your ticket" in told


def test_a_case_that_waits_and_is_late() -> None:
    story = Story(PURCHASE).start(amount=700)
    assert states(shown(story, PURCHASE)) == {
        "Who signs off?": "done",
        "Sign off the purchase": "open",
        "Issue the purchase order": "todo",
        "Issue the order by hand": "todo",
    }
    story.passes("3 days")
    assert states(shown(story, PURCHASE))["Sign off the purchase"] == "late"


def test_a_case_that_went_past_a_step() -> None:
    story = Story(PURCHASE).start(amount=100)
    diagram = shown(story, PURCHASE)
    assert states(diagram) == {
        "Who signs off?": "done",
        "Sign off the purchase": "skipped",
        "Issue the purchase order": "done",
        "Issue the order by hand": "skipped",
    }
    ways = {(edge.source, edge.target) for edge in diagram.edges if edge.taken}
    assert ways == {
        ("start", "who-signs-off"),
        ("who-signs-off", "issue-the-purchase-order"),
        ("issue-the-purchase-order", "end/approved"),
    }


def test_a_rejected_case_shows_the_way_it_took() -> None:
    story = Story(PURCHASE).start(amount=700).do("Sign off the purchase", by="dee", outcome="reject")
    diagram = shown(story, PURCHASE)
    ways = {(edge.source, edge.target) for edge in diagram.edges if edge.taken}
    assert ("sign-off-the-purchase", "end/rejected") in ways
    assert ("sign-off-the-purchase", "issue-the-purchase-order") not in ways
    assert [node.state for node in diagram.nodes if node.id == "end/rejected"] == ["done"]


def test_the_way_through_a_step_is_not_the_way_past_it() -> None:
    story = Story(PURCHASE).start(amount=700).do("Sign off the purchase", by="dee", outcome="approve")
    ways = {(edge.source, edge.target) for edge in shown(story, PURCHASE).edges if edge.taken}
    assert ("who-signs-off", "sign-off-the-purchase") in ways
    assert ("who-signs-off", "issue-the-purchase-order") not in ways
    assert ("sign-off-the-purchase", "issue-the-purchase-order") in ways


def test_the_way_leads_through_bars_and_diamonds() -> None:
    story = Story(DOCUMENT).start(budget=50, urgent=True).do("Write the draft")
    story.do("Legal review", by="bo", outcome="approve")
    ways = {(edge.source, edge.target) for edge in shown(story, DOCUMENT).edges if edge.taken}
    assert ways == {
        ("start", "write-the-draft"),
        ("write-the-draft", "review/fork"),
        ("review/fork", "legal-review"),
        ("review/fork", "check-the-figures"),
        ("legal-review", "review/join"),
    }
    story.do("Check the figures", by="cy")
    ways = {(edge.source, edge.target) for edge in shown(story, DOCUMENT).edges if edge.taken}
    assert ("review/join", "ask-for-a-discount") not in ways
    assert {("review/join", "call-the-vendor/gate"), ("call-the-vendor/gate", "call-the-vendor")} <= ways


def test_a_step_that_cannot_go_on_is_failed() -> None:
    story = Story(PURCHASE.replace("role:manager", "role:nobody")).start(amount=700)
    assert states(shown(story, PURCHASE))["Sign off the purchase"] == "failed"


def test_branches_that_run_at_once() -> None:
    story = Story(DOCUMENT).start(budget=50, urgent=False).do("Write the draft")
    there = states(shown(story, DOCUMENT))
    assert (there["Legal review"], there["Check the figures"], there["Check the tax"]) == ("open", "open", "todo")
    assert there["Review"] == "open"
    story.do("Check the figures", by="bo")
    assert states(shown(story, DOCUMENT))["Check the tax"] == "skipped"
    story.do("Legal review", by="cy", outcome="reject")
    there = states(shown(story, DOCUMENT))
    assert (there["Write the draft"], there["Legal review"], there["Review"]) == ("open", "done", "withdrawn")


def test_states_of_a_ticket() -> None:
    story = Story(TICKET).start(simple=False).do("New", by="bo", outcome="Take it")
    assert states(shown(story, TICKET)) == {"New": "done", "In progress": "open", "Resolved": "todo"}
    story.do("In progress", by="bo", outcome="Resolve")
    assert states(shown(story, TICKET)) == {"New": "done", "In progress": "done", "Resolved": "done"}


def test_a_case_has_the_layout_of_its_workflow() -> None:
    """Whatever happens in it: the boxes stay where they are on the page of the workflow."""
    plain = structure_hash(flow_graph(flow_of_workflow(workflow(DOCUMENT))))
    story = Story(DOCUMENT).start(budget=5000, urgent=True)
    seen = [shown(story, DOCUMENT)]
    for title, by, outcome in (
        ("Write the draft", "ana", None),
        ("Legal review", "bo", "reject"),
        ("Write the draft", "ana", None),
        ("Legal review", "bo", "approve"),
        ("Check the figures", "cy", None),
    ):
        story.do(title, by=by, outcome=outcome)
        seen.append(shown(story, DOCUMENT))
    assert {structure_hash(flow_graph(diagram)) for diagram in seen} == {plain}
    assert len({draw_flow(diagram) for diagram in seen}) == len(seen)
    assert next(node for node in seen[-1].nodes if node.id == "write-the-draft").badge == "2 times"


def test_links_and_the_step_selected() -> None:
    diagram = flow_of_workflow(workflow(PURCHASE), link=lambda step: f"?step={step}", selected="who-signs-off")
    first = next(node for node in diagram.nodes if node.id == "who-signs-off")
    assert (first.href, first.selected) == ("?step=who-signs-off", True)


def test_ten_optional_steps_need_few_arrows() -> None:
    steps = "\n".join(f"  - {{task: Step {number}, when: a > {number}, assign: starter}}" for number in range(10))
    diagram = flow_of_workflow(workflow(f"workflow: w\nfields: {{a: {{type: number}}}}\nsteps:\n{steps}\n"))
    assert len(diagram.edges) <= 32


PROCESS = """
process: onboarding
title: Onboarding
owner: people-ops
fields: {employee: text}
start: {form: [employee]}
workflows:
  background: {use: background-check}
  equipment: {use: equipment}
handoffs:
  - {from: start, to: background, carry: {person: employee}}
  - from: background.completed
    to: equipment
    when: result = "clear"
    usually: {wait: 1 day}
    carry: {person: employee}
  - {from: background.milestone.asked, to: equipment, optional: true}
  - {from: background.completed, to: end rejected, when: result != "clear"}
"""
BACKGROUND = """
workflow: background-check
owner: people-ops
fields: {person: text, result: text}
steps:
  - {task: Request consent, assign: starter, milestone: asked}
  - {approval: Review result, assign: starter, on reject: request-consent, at most: 2}
"""
EQUIPMENT = """
workflow: equipment
title: Equipment
fields: {person: text}
steps:
  - {task: Choose, assign: starter}
"""


def test_a_process_becomes_a_map() -> None:
    process = read(PROCESS).definition
    assert isinstance(process, Process)
    members = {"background": workflow(BACKGROUND), "equipment": workflow(EQUIPMENT)}
    figures = {
        "background": Figure(pill="5.4 d", heat=5, open_count=11),
        step_key("background", "review-result"): Figure(pill="22 h", heat=2, work="15 min work"),
        process.handoffs[1].id: Figure(pill="3.1 d", heat=4, cases_per_month=37),
    }
    made = map_of_process(process, members, figures=figures, selected=step_key("background", "review-result"))
    assert [one.id for one in made.containers] == ["start", "background", "equipment", "end/rejected"]
    background = made.containers[1]
    assert (background.team, background.open_count, background.pill) == ("People ops", 11, "5.4 d")
    review = background.steps[1]
    assert (review.subtitle, review.heat, review.selected) == ("Starter · 15 min work", 2, True)
    assert (background.steps[0].next, review.back) == (("review-result",), ("request-consent",))
    go, early = made.handoffs[1], made.handoffs[2]
    assert (go.pill, go.cases_per_month) == ("3.1 d", 37)
    assert go.label == 'if result = "clear", carries person, said to take 1 day'
    assert (early.source_step, early.optional) == ("request-consent", True)
    assert "Review result" in draw_map(made)


def test_heat_counts_the_limits_reached() -> None:
    assert [heat_of(hours) for hours in (0, 5.9, 6, 17, 18, 36, 72, 119, 120, 10_000)] == [0, 0, 1, 1, 2, 3, 4, 4, 5, 5]
