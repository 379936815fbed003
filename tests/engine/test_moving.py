"""Running cases move to another version where everything open stands as it stood, and back while nothing was done since."""

from __future__ import annotations

from typing import Any

import pytest

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.decide.moving import obstacles, wrong_names
from procession.engine.definition import Process, Workflow
from procession.engine.evolve import replay
from procession.engine.program import Program, compile_definition
from procession.engine.rejections import Conflict, MissingField, Rejection
from procession.interchange.yaml import read
from tests.engine.story import Story

TRIP = """
workflow: trip
title: Trip
fields: {where: text, cost: {type: money?, currency: EUR}, kind: {type: choice, options: [train, plane]}}
start: {form: [where, kind]}
steps:
  - {task: Plan, assign: starter, form: [cost]}
  - parallel: Reviews
    steps:
      - {task: Budget, assign: bo}
      - {task: Safety, assign: cy}
  - {task: Book, assign: starter, not by: Budget}
""".replace("assign: bo", "assign: person:bo").replace("assign: cy", "assign: person:cy")


def version(text: str, number: int = 2) -> Program:
    result = read(text)
    assert not [one for one in result.findings if one.severity == "error"], result.findings
    assert isinstance(result.definition, Workflow | Process)
    return compile_definition(result.definition, version=number)


def trip() -> Story:
    return Story(TRIP).start(where="Oslo", kind="train")


def move(story: Story, to: Program, *, undo: bool = False, reason: str = "better rules") -> list[ev.Event]:
    events = story.ask(ask_.MoveCase(to=to, reason=reason, undo=undo), "ana", admin=True)
    story.world.programs[story.first] = to
    return events


def why_not(story: Story, text: str) -> list[str]:
    return obstacles(story.world.programs[story.first], version(text), story.case)


def test_a_case_goes_on_in_the_version_it_moved_to() -> None:
    story = trip()
    move(story, version(TRIP + "  - {task: Report, assign: starter}\n"))
    assert story.case.version == 2
    story.do("Plan").do("Budget").do("Safety").do("Book")
    assert story.open == ["Report"]
    story.do("Report")
    assert story.case.status == "done"
    rows = [(row.event.type, row.event.to_json(), row.at, row.actor) for row in story.world.log]
    assert replay(story.case.id, rows) == story.case


def test_a_branch_that_is_new_is_not_opened_and_not_waited_for() -> None:
    story = trip().do("Plan").do("Budget")
    move(
        story,
        version(
            TRIP.replace("      - {task: Safety", "      - {task: Law, assign: person:eve}\n      - {task: Safety")
        ),
    )
    assert story.open == ["Safety"]
    story.do("Safety")
    assert story.open == ["Book"]


def test_calculated_fields_of_the_new_version_are_worked_out_at_once() -> None:
    story = trip().do("Plan", cost="100")
    doubled = TRIP.replace("kind: {", 'twice: {type: calculated, is: "= cost * 2"}, kind: {')
    move(story, version(doubled))
    assert story.case.data["twice"] == {"number": "200"}


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("task: Budget", "task: Money"), "'Budget' is open, and version 2 has no such step."),
        (("task: Budget", "approval: Budget"), "'Budget' is open, and is approval instead of task there."),
        (("parallel: Reviews", "parallel: Looks"), "'Budget' is open, and stands inside other blocks there."),
        (("where: text,", ""), "Where has a value, and the other version has no such field."),
        (("where: text,", "where: integer,"), "Where has a value that does not fit the field there."),
        (("[train, plane]", "[plane, bus]"), "Kind has a value that does not fit the field there."),
        (("currency: EUR", "currency: USD"), "Cost has a value that does not fit the field there."),
        (("fields: {", "fields: {purpose: text, "), "Purpose is new and required, and nothing that is still ahead asks it."),
    ],
)  # fmt: skip
def test_what_stands_in_the_way_is_said(change: tuple[str, str], sentence: str) -> None:
    story = trip().do("Plan", cost="12")
    text = TRIP.replace(*change)
    if "purpose" in change[1]:
        text = text.replace("form: [where, kind]", "form: [where, kind, purpose]")
    if change[0] == "where: text,":
        text = text.replace("form: [where, kind]", "form: [kind]" if not change[1] else "form: [where, kind]")
    if change[0] == "task: Budget" and "Money" in change[1]:
        text = text.replace("not by: Budget", "not by: Money")
    assert sentence in why_not(story, text)
    with pytest.raises(Conflict, match="cannot move to version 2"):
        move(story, version(text))
    assert story.case.version == 1


def test_a_step_that_is_over_may_be_gone_unless_something_remembers_it() -> None:
    story = trip().do("Plan").do("Budget").do("Safety")
    assert why_not(story, TRIP.replace("  - {task: Plan, assign: starter, form: [cost]}\n", "")) == []
    without = TRIP.replace("      - {task: Budget, assign: person:bo}\n", "      - {task: Law, assign: person:bo}\n")
    found = why_not(story, without.replace(", not by: Budget", ", not by: Law"))
    assert found == ["Whoever did 'Budget' may not do 'Book', and version 2 has no 'Budget'."]


def test_a_required_field_that_a_step_ahead_asks_is_no_obstacle() -> None:
    story = trip()
    asked = TRIP.replace("fields: {", "fields: {purpose: text, ").replace(
        "form: [where, kind]", "form: [where, kind, purpose]"
    )
    assert why_not(story, asked) != []
    assert why_not(story, asked.replace("{task: Book,", "{task: Book, form: [purpose],")) == []


def test_the_move_can_be_taken_back_until_a_task_was_completed() -> None:
    story = trip()
    second = version(TRIP + "  - {task: Report, assign: starter}\n")
    move(story, second)
    move(story, version(TRIP, 1), undo=True)
    assert (story.case.version, story.case.moved_from) == (1, None)
    with pytest.raises(Conflict, match="no move to take back"):
        move(story, second, undo=True)
    move(story, second)
    story.do("Plan")
    with pytest.raises(Conflict, match="a task was completed since"):
        move(story, version(TRIP, 1), undo=True)


def test_a_move_needs_a_reason_an_open_case_and_another_version() -> None:
    story = trip()
    with pytest.raises(MissingField):
        move(story, version(TRIP), reason=" ")
    with pytest.raises(Conflict, match="runs on version 1 already"):
        move(story, version(TRIP, 1))
    with pytest.raises(Conflict, match="is a case of Trip"):
        move(story, version(TRIP.replace("workflow: trip", "workflow: other")))
    story.ask(ask_.CancelCase(reason="over"), admin=True)
    with pytest.raises(Rejection, match="no longer running"):
        move(story, version(TRIP))


PART = """
workflow: part
title: Part
start: {by: nobody}
steps: [{task: Do it, assign: "person:bo"}]
"""
WHOLE = """
process: whole
title: Whole
fields: {what: text}
start: {form: [what]}
workflows: {one: {use: part}, two: {use: part}}
handoffs:
  - {from: start, to: one}
  - {from: one.completed, to: two}
"""


def test_a_process_case_moves_where_its_parts_and_handoffs_are_there() -> None:
    story = Story(WHOLE, PART).start(what="x")
    three = WHOLE.replace("two: {use: part}", "two: {use: part}, three: {use: part}")
    three += "  - {from: two.completed, to: three}\n"
    assert why_not(story, three) == []
    renamed: dict[str, Any] = {"one:": "first:", "one.": "first.", "to: one": "to: first"}
    text = WHOLE
    for old, new in renamed.items():
        text = text.replace(old, new)
    assert why_not(story, text) == [
        "one has begun, and the other version has no such part.",
        "start->one has happened, and the other version has no such handoff.",
    ]
    move(story, version(three))
    story.do("Do it", case=story.member("one")).do("Do it", case=story.member("two")).do(
        "Do it", case=story.member("three")
    )
    assert story.case.status == "done"


# --- steps that are called otherwise -----------------------------------------------------------------------------------

RENAMED = (
    TRIP.replace("task: Budget", "task: Money")
    .replace("not by: Budget", "not by: Money")
    .replace("task: Safety", "task: Risk")
)


def test_an_open_step_that_is_called_otherwise_is_named_and_the_case_goes_on_there() -> None:
    story = trip().do("Plan")
    to = version(RENAMED)
    assert "'Budget' is open, and version 2 has no such step." in why_not(story, RENAMED)
    steps = {"budget": "money", "safety": "risk"}
    assert obstacles(story.world.programs[story.first], to, story.case, steps) == []
    events = story.ask(ask_.MoveCase(to=to, reason="clearer", steps=steps), "ana", admin=True)
    story.world.programs[story.first] = to
    assert [one.steps for one in events if isinstance(one, ev.CaseMoved)] == [steps]
    case = story.case
    assert sorted(one.step for one in case.activations.values()) == ["money", "reviews", "risk"]
    block = next(one for one in case.activations.values() if one.step == "reviews")
    assert sorted(block.ran) == ["money", "risk"]
    rows = [(row.event.type, row.event.to_json(), row.at, row.actor) for row in story.world.log]
    assert replay(case.id, rows) == case
    story.do("Money").do("Risk")
    assert story.open == ["Book"]


def test_who_did_a_step_is_remembered_under_its_new_name() -> None:
    same = TRIP.replace("assign: person:bo", "assign: starter")
    story = Story(same).start(where="Oslo", kind="train").do("Plan").do("Budget").do("Safety")
    renamed = same.replace("task: Budget", "task: Money").replace("not by: Budget", "not by: Money")
    story.ask(ask_.MoveCase(to=version(renamed), reason="x", steps={"budget": "money"}), "ana", admin=True)
    assert "money" in story.case.did and "budget" not in story.case.did
    assert story.case.visits["money"] == 1


def test_the_way_back_takes_the_names_back() -> None:
    story = trip().do("Plan")
    before = story.case.to_json()
    old = story.world.programs[story.first]
    story.ask(
        ask_.MoveCase(to=version(RENAMED), reason="x", steps={"budget": "money", "safety": "risk"}), "ana", admin=True
    )
    story.world.programs[story.first] = version(RENAMED)
    move(story, old, undo=True)
    after = story.case.to_json()
    assert {**after, "seq": 0, "at": ""} == {**before, "seq": 0, "at": ""}


@pytest.mark.parametrize(
    ("steps", "wrong"),
    [
        ({"nothing": "money"}, "No version that cases run on has a step 'nothing'."),
        ({"budget": "nothing"}, "Version 2 has no step 'nothing'."),
        ({"budget": "money", "safety": "money"}, "Two steps cannot both become 'money'."),
        ({"budget": "plan"}, "'budget' cannot become 'plan'"),
    ],
)
def test_a_map_that_cannot_be_meant_is_refused(steps: dict[str, str], wrong: str) -> None:
    found = wrong_names([trip().world.programs["trip"]], version(RENAMED), steps)
    assert any(one.startswith(wrong) for one in found), found


def test_a_name_does_not_make_another_kind_or_another_place_fit() -> None:
    story = trip().do("Plan")
    approval = RENAMED.replace("task: Money", "approval: Money")
    steps = {"budget": "money", "safety": "risk"}
    found = obstacles(story.world.programs[story.first], version(approval), story.case, steps)
    assert found == ["'Budget' is open, and is approval instead of task there."]
