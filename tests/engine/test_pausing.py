"""Pause, resume and reopen: of a workflow's case, and of a process with its members; and data that was missing."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.case import Case
from procession.engine.instants import from_instant
from procession.engine.moment import Actor
from procession.engine.rejections import Conflict, MissingField, UnknownField
from tests.engine.story import MONDAY, Story
from tests.engine.test_process import ACCESS, CHECK, EQUIP, PROCESS

WORK = """
workflow: w
target: 5 business days
fields: {day: date?}
start: {form: [day]}
steps:
  - parallel: Both
    steps:
      - {task: Do it, due: 2 business days, remind: 4 business hours before due}
      - {wait: Rest, for: 3 days}
      - {wait: The day, until: = day}
"""


def test_time_stops_for_a_paused_case_and_goes_on_where_it_stopped() -> None:
    story = Story(WORK).start(day="2026-02-20")
    story.passes("1 business day")
    story.ask(ask_.PauseCase(reason="the office moves"))
    before = dict(story.case.activations)
    story.passes("20 days")
    assert story.open == ["Do it", "Rest", "The day"], "nothing rang"
    assert not [text for text in story.told("ana") if "due" in text]
    with pytest.raises(Conflict, match="paused: the office moves"):
        story.do("Do it")
    resumed = story.world.at
    story.ask(ask_.ResumeCase())
    task = story.case.activations[story.key("Do it")]
    rest = story.case.activations[story.key("Rest")]
    calendar = story.world.moment.calendar
    assert task.due_at is not None
    paused = calendar.add_business_days(MONDAY, 1)
    assert calendar.working_between(resumed, from_instant(task.due_at)) == timedelta(hours=8), (
        "one business day was left"
    )
    assert from_instant(rest.timers["time"]) - resumed == MONDAY + timedelta(days=3) - paused
    assert story.case.activations[story.key("The day")].timers == before[story.key("The day")].timers
    assert story.case.due_at is not None
    assert calendar.working_between(resumed, from_instant(story.case.due_at)) == timedelta(hours=32)
    story.passes("6 business hours")
    assert any("due soon" in text for text in story.told("ana"))
    story.passes("3 days")
    assert story.open == ["Do it", "The day"]
    story.replayed()


def test_what_was_late_stays_as_late_as_it_was() -> None:
    story = Story(WORK).start()
    story.passes("3 business days")
    due = story.case.activations[story.key("Do it")].due_at
    story.ask(ask_.PauseCase(reason="x"))
    story.passes("3 business days")
    story.ask(ask_.ResumeCase())
    assert story.case.activations[story.key("Do it")].due_at == due


def test_pausing_needs_a_reason_and_resuming_a_pause() -> None:
    story = Story(WORK).start()
    with pytest.raises(MissingField):
        story.ask(ask_.PauseCase(reason=" "))
    with pytest.raises(Conflict, match="not paused"):
        story.ask(ask_.ResumeCase())
    story.ask(ask_.PauseCase(reason="x"))
    with pytest.raises(Conflict, match="paused already"):
        story.ask(ask_.PauseCase(reason="y"))
    story.ask(ask_.CancelCase(reason="no more"))
    assert (story.case.status, story.case.is_paused) == ("cancelled", False)
    story.replayed()


def test_a_message_that_comes_during_a_pause_is_taken_after_it() -> None:
    story = Story(
        "workflow: w\nfields: {k: text}\nstart: {form: [k]}\nsteps: [{wait: Paid, message: paid, match: k}, {task: Ship}]"
    )
    story.start(k="7").ask(ask_.PauseCase(reason="x"))
    assert not story.world.send("paid", "7", {})
    assert story.open == ["Paid"]
    story.ask(ask_.ResumeCase())
    assert story.open == ["Ship"]


# --- processes --------------------------------------------------------------------------------------------------------


def begin() -> Story:
    return Story(PROCESS, CHECK, EQUIP, ACCESS).start(employee="Priya", start_date="2026-02-02")


def finish(story: Story, case: Case, title: str, **values: object) -> None:
    story.do(title, case=case, **values)


def test_a_paused_process_pauses_its_members_and_begins_no_new_ones() -> None:
    story = begin()
    member = story.member("background")
    story.ask(ask_.PauseCase(reason="a strike"))
    assert (member.paused_why, member.paused_with_parent) == ("a strike", True)
    with pytest.raises(Conflict, match="paused"):
        story.do("Check", case=member, result="clear")
    with pytest.raises(Conflict, match="together with"):
        story.world.ask(member.id, ask_.ResumeCase(), Actor("ana"))
    story.ask(ask_.ResumeCase())
    assert not member.is_paused
    story.do("Check", case=member, result="clear")
    assert story.open == ["equipment"]
    story.replayed()


def test_a_member_that_was_paused_for_itself_stays_paused_when_the_process_goes_on() -> None:
    story = begin()
    member = story.member("background")
    story.world.ask(member.id, ask_.PauseCase(reason="waiting for a form"), Actor("ana"))
    story.ask(ask_.PauseCase(reason="a strike"))
    story.ask(ask_.ResumeCase())
    assert member.paused_why == "waiting for a form"


def test_a_member_that_ends_during_the_pause_starts_the_next_only_afterwards() -> None:
    story = begin()
    member = story.member("background")
    story.ask(ask_.PauseCase(reason="a strike"))
    ended = ask_.HearChild(
        activation=member.parent_activation or "",
        child=member.id,
        what="ended",
        name="done",
        data={"result": ["choice", "clear"]},
    )
    story.ask(ended)
    assert story.open == []
    story.ask(ask_.ResumeCase())
    assert story.open == ["equipment"]
    story.replayed()


def test_reopening_a_member_takes_the_process_up_again() -> None:
    story = begin()
    member = story.member("background")
    story.do("Check", case=member, result="fail")
    assert story.case.outcome == "rejected"
    story.world.ask(member.id, ask_.ReopenCase(step="check", reason="a mix-up of names"), Actor("ana"))
    assert (story.case.status, story.open) == ("open", ["background"])
    story.do("Check", case=member, result="clear")
    assert story.open == ["equipment"], "what could not happen before happens now"
    story.do("Order", case=story.member("equipment"), serial="S1")
    story.do("Accounts", case=story.member("access"))
    story.do("Deliver", case=story.member("equipment"))
    assert story.case.outcome == "done"
    story.replayed()


def test_reopening_a_member_repeats_no_handoff_that_has_happened() -> None:
    story = begin()
    member = story.member("background")
    story.do("Check", case=member, result="clear")
    story.world.ask(member.id, ask_.ReopenCase(step="check", reason="once more"), Actor("ana"))
    assert story.open == ["background", "equipment"]
    story.do("Check", case=member, result="clear")
    assert [case.member for case in story.world.cases.values()].count("equipment") == 1
    assert story.open == ["equipment"]
    story.replayed()


def test_a_member_reopened_and_ended_as_before_ends_the_process_as_before() -> None:
    story = begin()
    member = story.member("background")
    story.do("Check", case=member, result="fail")
    story.world.ask(member.id, ask_.ReopenCase(step="check", reason="look again"), Actor("ana"))
    story.do("Check", case=member, result="fail")
    assert story.case.outcome == "rejected"
    story.replayed()


def test_a_process_itself_is_reopened_through_a_member() -> None:
    story = begin()
    story.do("Check", case=story.member("background"), result="fail")
    with pytest.raises(Conflict, match="one of its members"):
        story.ask(ask_.ReopenCase(step="background", reason="x"))


# --- waiting for data -------------------------------------------------------------------------------------------------


def test_what_a_member_lacks_is_typed_and_the_process_goes_on() -> None:
    story = begin()
    story.do("Check", case=story.member("background"), result="clear")
    story.do("Order", case=story.member("equipment"))
    ((name, incident),) = story.case.incidents.items()
    assert incident.context["fields"] == ["laptop"]
    story.ask(ask_.RetryIncident(incident=name, values={"laptop": "S9"}))
    assert story.member("access").data == {"person": "Priya", "laptop": "S9"}
    (provided,) = story.events(ev.DataProvided)
    assert (provided.member, provided.values) == ("access", {"laptop": "S9"})
    story.replayed()


def test_the_owner_is_told_that_a_member_waits_for_data() -> None:
    story = Story(PROCESS.replace("owner: people", "owner: team"), CHECK, EQUIP, ACCESS)
    story.start(employee="Priya", start_date="2026-02-02")
    story.do("Check", case=story.member("background"), result="clear")
    story.do("Order", case=story.member("equipment"))
    assert any("Laptop" in text for text in story.told("cy"))


def test_only_a_waiting_member_is_given_data() -> None:
    story = Story("workflow: w\nsteps: [{approval: A, assign: group:nobody}]").start()
    (incident,) = story.case.incidents
    with pytest.raises(UnknownField):
        story.ask(ask_.RetryIncident(incident=incident, values={"x": 1}))
