"""What the language says of people: quorum seats, order of refusals, items' own people, drafts, escalation, time."""

# ruff: noqa: E501 - a definition, or what becomes of it, stands on one line

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.rejections import (
    Conflict,
    IllegalTransition,
    InvalidField,
    InvalidForm,
    MissingField,
    NotAssignee,
    NotFound,
    Rejection,
    SeparationOfDuties,
    TaskClosed,
    UnknownField,
)  # fmt: skip
from tests.engine.story import Absence, Story, directory

SIGN = "{workflow: w, steps: [{approval: Sign, assign: group:team, quorum: QUORUM}, {task: After}]}"


def sign(quorum: str = "all") -> Story:
    return Story(SIGN.replace("QUORUM", quorum)).start()


def test_refusals_come_in_the_order_that_every_door_knows() -> None:
    """First match first: closed, separation of duties, not yours, no such outcome, the fields, the action's condition."""
    story = Story("""
workflow: w
fields: {n: number, x: text}
start: {form: []}
initial: New
states:
  New:
    assign: "person:bo"
    not by: starter
    form: [n, x]
    actions: [{action: Go, to: Done, when: n > 1}, {action: Keep, to: New}]
  Done: {outcome: done}
""").start()
    task = story.task("New")

    def refused(by: str, outcome: str, **values: object) -> type[Rejection]:
        before = story.case.to_json()
        with pytest.raises(Rejection) as caught:
            story.ask(ask_.CompleteTask(task_id=task, outcome=outcome, values=values), by=by)
        assert story.case.to_json() == before
        return type(caught.value.problems[0]) if isinstance(caught.value, InvalidForm) else type(caught.value)

    assert refused("ana", "Fly", nope=1) is SeparationOfDuties
    assert refused("cy", "Fly", nope=1) is NotAssignee
    assert refused("bo", "Fly", nope=1, n="x") is IllegalTransition
    assert refused("bo", "Go", n="x", nope=1) is UnknownField
    assert refused("bo", "Go", n="x") is InvalidField
    assert refused("bo", "Go", n="1") is MissingField
    assert refused("bo", "Go", n="1", x="y") is IllegalTransition
    story.do("New", by="bo", outcome="Go", n="2", x="y")
    assert refused("ana", "Fly", nope=1) is TaskClosed
    with pytest.raises(NotFound):
        story.ask(ask_.CompleteTask(task_id=f"{story.case.id}.a²"))


def test_claiming_refuses_separation_first_then_strangers_then_the_second() -> None:
    story = Story("{workflow: w, steps: [{task: A, assign: group:team, not by: 'person:eve'}]}").start()
    task = story.task("A")
    story.ask(ask_.ClaimTask(task_id=task), by="bo")
    for who, refusal in (("eve", SeparationOfDuties), ("dee", NotAssignee), ("cy", Conflict)):
        with pytest.raises(refusal):
            story.ask(ask_.ClaimTask(task_id=task), by=who)
    assert story.ask(ask_.ClaimTask(task_id=task), by="bo") == []


def test_completing_as_a_candidate_claims_in_the_same_commit() -> None:
    story = Story("{workflow: w, steps: [{task: A, assign: group:team}]}").start()
    events = story.ask(ask_.CompleteTask(task_id=story.task("A")), by="cy")
    assert [one.type for one in events] == ["TaskClaimed", "TaskCompleted", "StepFinished", "CaseClosed"]


def test_nobody_answers_twice_in_one_quorum() -> None:
    story = sign()
    with pytest.raises(Conflict, match="asked already"):
        story.ask(ask_.DelegateTask(task_id=story.task("Sign", "bo"), to="cy"), by="bo")
    with pytest.raises(Conflict, match="asked already"):
        story.ask(ask_.ReassignTask(task_id=story.task("Sign", "bo"), to="eve"))
    story.ask(ask_.DelegateTask(task_id=story.task("Sign", "bo"), to="dee"), by="bo")
    (approval,) = (one for one in story.case.activations.values() if one.seats)
    assert approval.seats == ["dee", "cy", "eve"]
    story.do("Sign", by="dee", outcome="approve")
    with pytest.raises(Conflict, match="asked already"):
        story.ask(ask_.DelegateTask(task_id=story.task("Sign", "cy"), to="dee"), by="cy")
    story.do("Sign", by="cy", outcome="approve").do("Sign", by="eve", outcome="approve")
    assert story.open == ["After"]


def test_seats_that_are_passed_over_count_for_nothing() -> None:
    story = sign("all")
    story.ask(ask_.SkipStep(task_id=story.task("Sign", "bo"), reason="on leave"))
    assert story.told("bo") == ["passed over: on leave"]
    story.do("Sign", by="cy", outcome="approve").do("Sign", by="eve", outcome="approve")
    assert story.open == ["After"]
    story.replayed()


def test_a_number_that_can_no_longer_be_reached_because_seats_are_gone_is_an_incident_not_a_rejection() -> None:
    story = sign("3")
    story.ask(ask_.SkipStep(task_id=story.task("Sign", "bo"), reason="on leave"))
    ((name, incident),) = story.case.incidents.items()
    assert (incident.code, incident.sentence) == ("nobody_eligible", "'Sign' needs 3 people, but only 2 are left.")
    story.ask(ask_.RetryIncident(incident=name))
    assert len([one for one in story.case.activations.values() if one.seat]) == 3
    story.replayed()


def test_passing_over_every_seat_passes_over_the_approval() -> None:
    story = sign("majority")
    for who in ("bo", "cy", "eve"):
        story.ask(ask_.SkipStep(task_id=story.task("Sign", who), reason="no"))
    assert (story.open, story.case.last["sign"]) == (["After"], "skipped")


def test_too_few_for_a_quorum_because_of_substitutes_and_then_enough() -> None:
    """One person stands for two; each answers once, so three cannot be reached."""
    away = Absence(begins=date(2026, 1, 1), ends=date(2026, 1, 9), substitute="cy")
    story = Story(
        SIGN.replace("QUORUM", "3"), people=directory(ana={}, bo={"groups": ["team"], "away": (away,)}, cy={"groups": ["team"]}, eve={"groups": ["team"]})
    ).start()  # fmt: skip
    ((name, incident),) = story.case.incidents.items()
    assert incident.sentence == "'Sign' needs 3 people, but only 2 can be asked."
    story.passes("7 days")
    story.ask(ask_.RetryIncident(incident=name))
    assert sorted(one.assignee or "" for one in story.case.activations.values() if one.seat) == ["bo", "cy", "eve"]
    assert not story.case.incidents


def test_an_outcome_taken_by_the_system_counts_in_a_quorum_and_is_in_the_events() -> None:
    story = Story(
        SIGN.replace("quorum: QUORUM", "quorum: 2, due: 1 hour, escalate: {after: 1 hour overdue, do: reject}")
    ).start()
    story.do("Sign", by="bo", outcome="approve").passes("3 hours")
    assert story.case.outcome == "rejected"
    assert story.case.did == {"sign": ["bo"]}, "the system did not do it for anybody"
    story.replayed()


def test_an_overdue_seat_goes_to_somebody_who_has_not_been_asked() -> None:
    text = SIGN.replace(
        "quorum: QUORUM", "quorum: 2, due: 1 hour, escalate: {after: 1 hour overdue, to: TO, do: reassign}"
    )
    story = Story(text.replace("TO", "role:manager")).start().passes("3 hours")
    holders = sorted(one.assignee or "" for one in story.case.activations.values() if one.seat)
    assert holders.count("dee") == 1
    assert {one.code for one in story.case.incidents.values()} == {"nobody_eligible"}, (
        "nobody is left for the other seats"
    )
    story.replayed()


def test_a_state_that_is_late_takes_its_action_as_the_system() -> None:
    text = """
workflow: w
fields: {ok: yes/no?}
start: {form: [ok]}
initial: New
states:
  New: {due: 1 hour, escalate: {after: 1 hour overdue, do: Go}, form: [ok], actions: [{action: Go, to: Next, when: CONDITION}]}
  Next: {actions: [{action: Back, to: New}]}
"""
    story = Story(text.replace("CONDITION", "not(ok)")).start(ok=False).passes("3 hours")
    assert story.open == ["Next"]
    stuck = Story(text.replace("CONDITION", "ok")).start(ok=False).passes("3 hours")
    assert [one.code for one in stuck.case.incidents.values()] == ["illegal_transition"]
    assert stuck.open == ["New"]


def test_people_are_named_by_the_item_of_an_each() -> None:
    story = Story("""
workflow: w
fields: {rows: {type: table, columns: {who: person, x: text?}}}
steps: [{each: E, of: rows, as: row, steps: [{task: "Do {row.x}", id: do, assign: "person:{row.who}"}, {approval: Ok, assign: "person:{row.who}", quorum: all}]}]
""").start(rows=[{"who": "bo", "x": "one"}, {"who": "cy", "x": "two"}])
    assert [(one.assignee, one.branch) for one in story.case.activations.values() if one.step == "do"] == [
        ("bo", "1"),
        ("cy", "2"),
    ]
    assert [one.title for one in story.events(ev.StepOpened) if one.step == "do"] == ["Do one", "Do two"]
    story.do("do", by="bo").do("do", by="cy").do("Ok", by="bo", outcome="approve").do("Ok", by="cy", outcome="approve")
    assert story.case.outcome == "done"


DRAFT = '{workflow: w, steps: [{email: Hello, to: starter, text: "Hi {starter.name}", draft for: group:team}, {task: After}]}'


def test_a_draft_can_be_claimed_released_and_delegated_like_any_task_and_is_sent_once() -> None:
    story = Story(DRAFT, auto_jobs=False).start()
    task = story.task("Hello")
    story.ask(ask_.ClaimTask(task_id=task), by="bo")
    story.ask(ask_.ReleaseTask(task_id=task), by="bo")
    with pytest.raises(UnknownField):
        story.ask(ask_.CompleteTask(task_id=task, values={"to": "x@y.z"}), by="bo")
    with pytest.raises(InvalidField):
        story.ask(ask_.CompleteTask(task_id=task, values={"text": 5}), by="bo")
    story.ask(ask_.CompleteTask(task_id=task, values={"text": "Changed"}), by="bo")
    with pytest.raises(TaskClosed):
        story.ask(ask_.CompleteTask(task_id=task, values={"text": "Again"}), by="bo")


def test_what_a_person_wrote_is_what_every_attempt_sends() -> None:
    story = Story(DRAFT, auto_jobs=False).start()
    story.ask(ask_.CompleteTask(task_id=story.task("Hello"), values={"text": "Changed"}), by="bo")
    story.ask(ask_.FailJob(activation="a1", attempt=1, error="no server"))
    assert story.job("Hello").config["text"] == "Changed"
    story.ask(ask_.FailJob(activation="a1", attempt=2, error="no such mailbox", retry=False))
    ((name, incident),) = story.case.incidents.items()
    assert incident.sentence == "'Hello' failed after 2 attempts: no such mailbox"
    story.ask(ask_.RetryIncident(incident=name))
    assert story.job("Hello").config["text"] == "Changed"
    story.ask(ask_.FinishJob(activation="a1", attempt=story.job("Hello").attempt))
    assert story.open == ["After"]
    story.replayed()


def test_a_withdrawn_draft_is_told_and_one_that_nobody_can_take_is_an_incident() -> None:
    story = Story(DRAFT.replace("group:team", "person:bo")).start()
    story.ask(ask_.CancelCase(reason="no"))
    assert story.told("bo") == ["the case was cancelled: no"]
    nobody = Story(DRAFT.replace("group:team", "group:empty")).start()
    assert [one.code for one in nobody.case.incidents.values()] == ["nobody_eligible"]


def test_a_skipped_task_tells_its_person_and_a_skipped_child_is_cancelled() -> None:
    story = Story("{workflow: w, steps: [{task: A, assign: 'person:bo'}, {task: B}]}").start()
    story.ask(ask_.SkipStep(task_id=story.task("A"), reason="done by phone"))
    assert (story.told("bo"), story.open) == (["done by phone"], ["B"])
    parent = Story(
        "{workflow: w, steps: [{workflow: C, use: c}, {task: B}]}", "{workflow: c, steps: [{task: Inside}]}"
    ).start()
    parent.ask(ask_.SkipStep(task_id=parent.task("C"), reason="not needed"))
    assert [one.status for one in parent.world.cases.values()] == ["open", "cancelled"]


def test_a_detached_child_outlives_its_parent() -> None:
    story = Story(
        "{workflow: w, steps: [{workflow: C, use: c, detached: true}, {workflow: D, use: c}]}",
        "{workflow: c, steps: [{task: Inside}]}",
    ).start()
    story.ask(ask_.CancelCase(reason="no"))
    assert [one.status for one in story.world.cases.values()] == ["cancelled", "open", "cancelled"]


def test_a_child_that_is_noted_after_its_step_was_withdrawn_is_cancelled() -> None:
    story = Story("{workflow: w, steps: [{workflow: C, use: c}]}", "{workflow: c, steps: [{task: Inside}]}").start()
    story.ask(ask_.CancelCase(reason="no"))
    (cancelled,) = story.ask(ask_.NoteChild(activation="a1", child="c9"))
    assert (cancelled.type, cancelled.child) == ("ChildCancelled", "c9")


def test_the_outcome_of_a_cancelled_child_is_cancelled() -> None:
    story = Story(
        "{workflow: w, steps: [{workflow: C, use: c, on cancelled: end off}]}", "{workflow: c, steps: [{task: I}]}"
    ).start()
    child = list(story.world.cases)[1]
    story.world.ask(child, ask_.CancelCase(reason="no"))
    assert story.case.outcome == "off"


def test_a_due_date_without_a_zone_is_the_organisations_and_nonsense_is_refused() -> None:
    story = Story("{workflow: w, steps: [{task: A, due: 1 day, remind: 1 hour before due}]}").start()
    task = story.task("A")
    story.ask(ask_.ChangeDue(task_id=task, due_at=datetime(2026, 2, 1, 12), reason="so"))
    assert story.case.activations["a1"].due_at == "2026-02-01T12:00:00.000000Z"
    for nonsense in (datetime.max, datetime.min.replace(tzinfo=UTC)):
        with pytest.raises(InvalidField):
            story.ask(ask_.ChangeDue(task_id=task, due_at=nonsense, reason="so"))
    story.ask(ask_.ChangeDue(task_id=task, due_at=None, reason="no hurry"))
    assert (story.case.activations["a1"].due_at, story.case.activations["a1"].timers) == (None, {})


def test_a_due_date_that_is_a_day_means_the_end_of_its_working_hours() -> None:
    text = '{workflow: w, fields: {day: date}, steps: [{task: A, due: "= day - 2 days"}]}'
    story = Story(text).start(day="2026-01-09")
    assert story.case.activations["a1"].due_at == "2026-01-07T17:00:00.000000Z"


def test_a_reminder_whose_moment_has_passed_is_not_sent_and_an_early_timer_changes_nothing() -> None:
    story = Story(
        "{workflow: w, steps: [{task: A, due: 1 hour, remind: [2 hours before due, 30 minutes before due]}]}"
    ).start()
    assert list(story.case.activations["a1"].timers) == ["remind-2"]
    assert story.ask(ask_.FireTimer(activation="a1", timer="remind-2")) == []
    story.passes("45 minutes")
    assert story.told("ana") == ["A is due soon"]


def test_sealed_fields_are_safe_from_forms_steps_and_editing() -> None:
    story = Story("""
workflow: w
fields: {x: text, y: text?, twice: {type: calculated, is: "= x + x"}}
start: {form: [x]}
steps:
  - {archive: Keep, fields: [x, twice]}
  - {task: A, form: [x, y], outcomes: [done, write], on write: {set: {x: '"new"'}, id: overwrite}}
""").start(x="old")
    with pytest.raises(InvalidField, match="sealed"):
        story.do("A", outcome="done", x="new")
    with pytest.raises(Conflict, match="sealed"):
        story.ask(ask_.EditData(values={"x": "new"}, reason="oops"))
    story.do("A", outcome="write", x="old", y="free")
    assert [one.code for one in story.case.incidents.values()] == ["sealed"]
    assert (story.case.data["x"], story.case.data["y"], story.case.data["twice"]) == ("old", "free", "oldold")


def test_work_that_was_done_is_not_asked_for_again_when_what_follows_from_it_fails() -> None:
    """The `set` of a completed task does not fit: the task stays done, trying again only sets."""
    story = Story("""
workflow: w
fields: {n: {type: number, max: 10}, m: {type: number, max: 10}}
start: {form: []}
steps: [{task: A, form: [n], set: {m: n + 5}}, {task: B}]
""").start()
    task = story.task("A")
    story.do("A", n="9")
    ((name, incident),) = story.case.incidents.items()
    assert (incident.code, incident.outcome) == ("type_mismatch", "done")
    with pytest.raises(TaskClosed):
        story.ask(ask_.CompleteTask(task_id=task, values={"n": "1"}))
    with pytest.raises(TaskClosed):
        story.ask(ask_.ReassignTask(task_id=task, to="bo"))
    story.ask(ask_.EditData(values={"n": "2"}, reason="a slip"))
    story.ask(ask_.RetryIncident(incident=name))
    assert (story.case.data["m"], story.open, story.case.visits["a"]) == ("7", ["B"], 1)
    story.replayed()


def test_a_step_that_has_no_answer_cannot_be_given_to_somebody_instead() -> None:
    story = Story("{workflow: w, fields: {n: number?}, start: {form: []}, steps: [{task: A, when: n > 1}]}").start()
    with pytest.raises(IllegalTransition, match="not waiting for a person"):
        story.ask(ask_.ReassignTask(task_id=story.task("A"), to="bo"))
    ((name, _),) = story.case.incidents.items()
    story.ask(ask_.SkipIncident(incident=name, reason="does not matter"))
    assert story.case.outcome == "done"


def test_an_item_form_writes_its_row_and_conditions_see_it() -> None:
    story = Story("""
workflow: w
fields: {rows: {type: table, columns: {x: text, serial: text?, why: text?, seen: text?}}}
start: {form: [rows]}
steps:
  - each: E
    of: rows
    at once: false
    steps:
      - task: Do
        form: [{name: item.serial}, {name: item.why, show when: 'item.serial = "none"', required when: 'item.serial = "none"'}]
        set: {item.seen: '"yes " + item.x'}
""").start(rows=[{"x": "a"}, {"x": "b"}])

    def answer(**values: str) -> None:
        story.ask(
            ask_.CompleteTask(
                task_id=story.task("Do"), values={f"item.{name}": value for name, value in values.items()}
            )
        )

    with pytest.raises(MissingField):
        answer(serial="none")
    answer(serial="none", why="lost")
    answer(serial="S2", why="is hidden")
    assert [(row["serial"], row["why"], row["seen"]) for row in story.case.data["rows"]] == [
        ("none", "lost", "yes a"), ("S2", None, "yes b"),
    ]  # fmt: skip
    assert story.case.outcome == "done"
    story.replayed()


def test_a_row_added_by_the_last_item_opens_and_one_removed_withdraws_nothing() -> None:
    text = """
workflow: w
fields: {rows: {type: table, columns: {x: text}}}
start: {form: [rows]}
steps: [{each: E, of: rows, steps: [{task: Do, form: [rows]}]}, {task: After}]
"""
    story = Story(text).start(rows=[{"x": "a"}])
    story.do("Do", rows=[{"x": "a"}, {"x": "b"}])
    assert story.open == ["Do"]
    story.do("Do", rows=[])
    assert story.open == ["After"]
    fewer = Story(text).start(rows=[{"x": "a"}, {"x": "b"}])
    fewer.ask(ask_.EditData(values={"rows": [{"x": "a"}]}, reason="one less"))
    assert fewer.open == ["Do", "Do"]


def test_an_each_inside_an_each_sees_both_items() -> None:
    story = Story("""
workflow: w
fields: {rows: {type: table, columns: {x: text}}, others: {type: table, columns: {y: text}}}
steps:
  - {each: Outer, of: rows, as: row, steps: [{each: Inner, of: others, as: other, steps: [{task: "{row.x}{other.y}", id: do}]}]}
""").start(rows=[{"x": "a"}, {"x": "b"}], others=[{"y": "1"}, {"y": "2"}])
    assert [one.title for one in story.events(ev.StepOpened) if one.step == "do"] == ["a1", "a2", "b1", "b2"]


def test_the_name_of_a_case_follows_its_data() -> None:
    story = Story(
        '{workflow: w, name: "{x} for {starter.name}", fields: [x], start: {form: [x]}, steps: [{task: A, form: [x]}]}'
    ).start(x="Pen")
    assert story.case.name == "Pen for Ana"
    story.ask(ask_.EditData(values={"x": "Ink"}, reason="typo"))
    assert story.case.name == "Ink for Ana"


def test_retries_begin_anew_after_somebody_has_it_tried_again() -> None:
    story = Story(
        "{workflow: w, steps: [{automate: Ask, do: http, with: {url: x}, retry: 1}]}", auto_jobs=False
    ).start()
    story.ask(ask_.FailJob(activation="a1", attempt=1, error="500"))
    story.ask(ask_.FailJob(activation="a1", attempt=2, error="500"))
    ((name, _),) = story.case.incidents.items()
    story.ask(ask_.RetryIncident(incident=name))
    attempt = story.job("Ask").attempt
    story.ask(ask_.FailJob(activation="a1", attempt=attempt, error="500"))
    assert story.job("Ask").attempt == attempt + 1
    assert story.ask(ask_.FinishJob(activation="a1", attempt=2)) == [], "a late answer of an earlier attempt"
    story.ask(ask_.FinishJob(activation="a1", attempt=attempt + 1))
    assert story.case.outcome == "done"


def test_the_pause_between_attempts_doubles_from_ten_seconds_to_an_hour() -> None:
    story = Story(
        "{workflow: w, steps: [{automate: Ask, do: http, with: {url: x}, retry: 12}]}", auto_jobs=False
    ).start()
    pauses: list[timedelta] = []
    for attempt in range(1, 13):
        story.ask(ask_.FailJob(activation="a1", attempt=attempt, error="500"))
        after = story.job("Ask").after
        assert after is not None
        pauses.append(datetime.fromisoformat(after) - story.world.at)
    assert [pause.total_seconds() for pause in pauses] == [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]
    lucky = Story("{workflow: w, steps: [{automate: Ask, do: http, with: {url: x}}]}", auto_jobs=False).start()
    lucky.ask(ask_.FailJob(activation="a1", attempt=1, error="500", jitter=0))
    assert lucky.job("Ask").after == "2026-01-05T09:00:08.000000Z"
