"""Processes: members start once, when every handoff to them has happened, with the data that was carried."""

# ruff: noqa: E501 - a definition, or what becomes of it, stands on one line

from __future__ import annotations

from procession.engine import commands as ask_
from procession.engine import events as ev
from tests.engine.story import Story

PROCESS = """
process: onboarding
owner: people
subject: employee
fields: {employee: text, start_date: date, laptop: text?}
start: {form: [employee, start_date]}
workflows:
  background: {use: check}
  equipment: {use: equip, take: {laptop: serial}}
  access: {use: access}
handoffs:
  - {from: start, to: background, carry: {person: employee}}
  - {from: background.completed, to: [equipment, access], when: result = "clear", carry: {person: employee}}
  - {from: background.completed, to: end rejected, when: result != "clear"}
  - {from: equipment.milestone.ordered, to: access, carry: {laptop: serial}}
"""
CHECK = (
    "{workflow: check, fields: {person: text, result: {type: choice, options: [clear, fail]}}, start: {by: nobody, form: [person]},"
    " steps: [{task: Check, form: [result]}]}"
)
EQUIP = (
    "{workflow: equip, fields: {person: text, serial: text?}, start: {by: nobody, form: [person]},"
    " steps: [{task: Order, form: [serial], milestone: ordered}, {task: Deliver}]}"
)
ACCESS = "{workflow: access, fields: {person: text, laptop: text}, start: {by: nobody, form: [person, laptop]}, steps: [{task: Accounts}]}"


def begin() -> Story:
    return Story(PROCESS, CHECK, EQUIP, ACCESS).start(employee="Priya", start_date="2026-02-02")


def test_a_process_runs_to_its_end() -> None:
    story = begin()
    assert story.open == ["background"]
    assert story.member("background").data == {"person": "Priya"}
    assert story.member("background").origins == {"person": "carried"}
    story.do("Check", case=story.member("background"), result="clear")
    assert story.open == ["equipment"]
    story.do("Order", case=story.member("equipment"), serial="S1")
    assert story.open == ["access", "equipment"]
    assert story.member("access").data == {"person": "Priya", "laptop": "S1"}
    story.do("Accounts", case=story.member("access"))
    assert story.case.is_open
    story.do("Deliver", case=story.member("equipment"))
    assert (story.case.outcome, story.case.data["laptop"]) == ("done", "S1")
    assert all(count == 1 for count in story.case.handoffs.values())
    story.replayed()


def test_a_handoff_to_the_end_ends_the_process() -> None:
    story = begin()
    story.do("Check", case=story.member("background"), result="fail")
    assert story.case.outcome == "rejected"
    assert [case.member for case in story.world.cases.values()] == [None, "background"]


def test_cancelling_a_process_reaches_its_members() -> None:
    story = begin()
    story.ask(ask_.CancelCase(reason="the offer was declined"))
    assert {case.status for case in story.world.cases.values()} == {"cancelled"}


def test_a_member_that_can_no_longer_start_is_not_started_and_says_why() -> None:
    story = begin()
    story.do("Check", case=story.member("background"), result="clear")
    equipment = story.member("equipment")
    story.world.cancel(equipment.id, "no budget", by=story.world.moment.actor)
    (missed,) = story.events(ev.MemberNotStarted)
    assert missed.member == "access"
    assert "can no longer happen" in missed.reason
    assert story.case.ended["access"] == "not started"


def test_missing_data_makes_the_member_wait_visibly_until_it_is_there() -> None:
    story = begin()
    story.do("Check", case=story.member("background"), result="clear")
    story.do("Order", case=story.member("equipment"))
    ((name, incident),) = story.case.incidents.items()
    assert (incident.code, incident.owner) == ("waiting_for_data", "people")
    assert "Laptop" in incident.sentence
    assert name


AGAIN = """
process: p
fields: {topic: text}
workflows: {draft: {use: draft}, review: {use: review}}
handoffs:
  - {from: start, to: draft, carry: {topic: topic}}
  - {from: draft.completed, to: review}
  - {from: review.redo, to: draft, again: true, at most: 2, carry: {topic: topic}}
  - {from: review.fine, to: end}
"""


def test_a_handoff_that_goes_back_starts_a_new_run_of_what_is_below() -> None:
    story = Story(
        AGAIN,
        "{workflow: draft, fields: {topic: text}, start: {by: nobody, form: [topic]}, steps: [{task: Write}]}",
        "{workflow: review, start: {by: nobody, form: []}, steps: [{task: Read, outcomes: [fine, redo], on fine: end fine, on redo: end redo}]}",
    ).start(topic="x")
    story.do("Write", case=story.member("draft"))
    story.do("Read", case=story.member("review"), outcome="redo")
    assert story.open == ["draft"]
    story.do("Write", case=story.member("draft"))
    story.do("Read", case=story.member("review"), outcome="fine")
    assert story.case.outcome == "done"
    assert [case.member for case in story.world.cases.values()] == [None, "draft", "review", "draft", "review"]
    story.replayed()


NUMBERED = (
    "process: p\nowner: people\nfields: {number: text?, date: text?}\nstart: {form: []}\n"
    "workflows: {order: {use: order, take: {number: number, date: date}}, after: {use: after}}\n"
    "handoffs:\n  - {from: start, to: order}\n  - {from: order.completed, to: after, carry: {first: count, second: 'number + string(count)'}}\n"
)
ORDER = "{workflow: order, fields: {number: text, date: text, count: text}, start: {by: nobody, form: []}, steps: [{task: Order, form: [number, date, count]}]}"
AFTER = "{workflow: after, fields: {first: text, second: text}, start: {by: nobody, form: [first, second]}, steps: [{task: Go on}]}"


def test_a_field_that_bears_the_name_of_a_function_is_that_field() -> None:
    """`number` without brackets is the field; `string(count)` still calls the function, of the field."""
    story = Story(NUMBERED, ORDER, AFTER).start()
    story.do("Order", case=story.member("order"), number="A-7", date="soon", count="x")
    assert story.member("after").data == {"first": "x", "second": "A-7x"}
    assert (story.case.data["number"], story.case.data["date"]) == ("A-7", "soon")


def test_a_child_gives_back_a_field_that_bears_the_name_of_a_function() -> None:
    parent = "{workflow: parent, fields: {number: text?}, start: {form: []}, steps: [{workflow: Child, use: order, take: {number: count}}, {task: Go on, assign: starter}]}"
    story = Story(parent, ORDER).start()
    child = next(case for case in story.world.cases.values() if case.definition == "order")
    story.do("Order", case=child, number="A-7", date="soon", count="x")
    assert story.case.data["number"] == "x"
