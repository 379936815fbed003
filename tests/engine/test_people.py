"""Who is asked, who may do it, and who stands in."""

# ruff: noqa: E501 - a definition, or what becomes of it, stands on one line

from __future__ import annotations

from datetime import date

import pytest

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.moment import Actor
from procession.engine.rejections import (
    Conflict,
    Forbidden,
    InvalidField,
    MissingField,
    NotAssignee,
    NotFound,
    SeparationOfDuties,
    TaskClosed,
    UnknownField,
)  # fmt: skip
from tests.engine.story import Absence, Story, directory


def one(assign: str, **more: str) -> str:
    extra = "".join(f"\n    {key.replace('_', ' ')}: {value}" for key, value in more.items())
    return f"workflow: w\nfields: {{who: person?, mail: email?}}\nsteps:\n  - task: A\n    assign: {assign}{extra}\n"


@pytest.mark.parametrize(
    ("assign", "assignee", "candidates"),
    [
        ("starter", "ana", []),
        ("person:bo", "bo", []),
        ("person:bo@example.com", "bo", []),
        ("group:team", None, ["bo", "cy", "eve"]),
        ("role:cfo", "eve", []),
        ("manager of person:cy", "dee", []),
        ("field:who", "cy", []),
        ("[person:bo, role:cfo]", None, ["bo", "eve"]),
        ("guest:{mail}", "guest:x@y.example", []),
        ("round robin of group:team", "bo", []),
    ],
)
def test_the_words_of_assign(assign: str, assignee: str | None, candidates: list[str]) -> None:
    story = Story(one(f'"{assign}"' if not assign.startswith("[") else assign)).start(who="cy", mail="x@y.example")
    task = story.case.activations[story.key("A")]
    assert (task.assignee, task.candidates) == (assignee, candidates)


def test_work_goes_to_the_least_busy_and_in_turn() -> None:
    busy = Story(one("least busy of group:team"))
    assert [busy.start().case.activations[busy.key("A")].assignee for _ in range(4)] == ["bo", "cy", "eve", "bo"]
    turns = Story(one("round robin of group:team"))
    found: list[str | None] = []
    for _ in range(4):
        turns.start().passes("1 hour")
        found.append(turns.case.activations[turns.key("A")].assignee)
        turns.do("A")
    assert found == ["bo", "cy", "eve", "bo"]


AWAY = Absence(begins=date(2026, 1, 1), ends=date(2026, 1, 9), substitute="cy")


def test_a_substitute_stands_in_but_never_in_a_circle() -> None:
    people = directory(ana={}, bo={"away": (AWAY,)}, cy={})
    story = Story(one("person:bo"), people=people).start()
    assert story.case.activations["a1"].assignee == "cy"
    back = Absence(begins=date(2026, 1, 1), ends=date(2026, 1, 9), substitute="bo")
    circle = directory(ana={}, bo={"away": (AWAY,)}, cy={"away": (back,)})
    waits = Story(one("person:bo"), people=circle).start()
    assert waits.case.activations["a1"].assignee == "bo"


def test_separation_of_duties_holds_for_substitutes_and_makes_nobody_eligible_visible() -> None:
    people = directory(
        ana={}, bo={"away": (Absence(begins=date(2026, 1, 1), ends=date(2026, 1, 9), substitute="ana"),)}
    )
    story = Story(one("person:bo", not_by="starter"), people=people).start()
    (incident,) = story.case.incidents.values()
    assert incident.code == "nobody_eligible"
    assert "not by: starter" in incident.sentence


def test_four_eyes_counts_everyone_who_ever_did_the_step() -> None:
    story = Story("""
workflow: w
steps:
  - {task: Create, assign: group:team}
  - {task: Audit, assign: group:team, not by: Create, outcomes: [fine, redo], on redo: Create}
""").start()
    story.do("Create", by="bo").do("Audit", by="cy", outcome="redo").do("Create", by="cy")
    assert story.case.activations[story.key("Audit")].assignee == "eve"
    with pytest.raises(SeparationOfDuties):
        story.do("Audit", by="bo", outcome="fine")


def test_only_the_assignee_or_a_candidate_completes_even_administrators_do_not() -> None:
    story = Story(one("person:bo")).start()
    with pytest.raises(NotAssignee):
        story.world.ask(story.case.id, ask_.CompleteTask(task_id=story.task("A")), Actor("dee", admin=True))
    story.do("A", by="bo")
    with pytest.raises(TaskClosed):
        story.ask(ask_.CompleteTask(task_id=f"{story.case.id}.a1"), by="bo")
    with pytest.raises(NotFound):
        story.ask(ask_.CompleteTask(task_id=f"{story.case.id}.a99"), by="bo")


def test_claim_release_delegate_reassign() -> None:
    story = Story(one("group:team")).start()
    story.ask(ask_.ClaimTask(task_id=story.task("A")), by="bo")
    with pytest.raises(Conflict):
        story.ask(ask_.ClaimTask(task_id=story.task("A")), by="cy")
    story.ask(ask_.ReleaseTask(task_id=story.task("A")), by="bo")
    assert story.case.activations["a1"].candidates == ["bo", "cy", "eve"]
    story.ask(ask_.ClaimTask(task_id=story.task("A")), by="cy")
    story.ask(ask_.DelegateTask(task_id=story.task("A"), to="dee"), by="cy")
    assert story.told("dee")
    with pytest.raises(NotAssignee):
        story.ask(ask_.DelegateTask(task_id=story.task("A"), to="bo"), by="cy")
    with pytest.raises(InvalidField, match="nobody called 'zoe'"):
        story.ask(ask_.ReassignTask(task_id=story.task("A"), to="zoe"))
    story.ask(ask_.ReassignTask(task_id=story.task("A"), to="bo", reason="dee is busy"))
    story.do("A", by="bo")
    assert story.case.did == {"a": ["bo"]}
    story.replayed()


def test_one_person_alone_cannot_give_a_task_back() -> None:
    story = Story(one("person:bo")).start()
    with pytest.raises(Forbidden):
        story.ask(ask_.ReleaseTask(task_id=story.task("A")), by="bo")


@pytest.mark.parametrize(
    ("quorum", "answers", "outcome"),
    [
        ("all", {"bo": "approve", "cy": "approve", "eve": "approve"}, "done"),
        ("all", {"bo": "reject"}, "rejected"),
        ("any", {"bo": "reject", "cy": "approve"}, "done"),
        ("any", {"bo": "reject", "cy": "reject", "eve": "reject"}, "rejected"),
        ("majority", {"bo": "approve", "eve": "approve"}, "done"),
        ("majority", {"bo": "reject", "eve": "reject"}, "rejected"),
        ("2", {"bo": "reject", "cy": "approve", "eve": "approve"}, "done"),
    ],
)
def test_a_quorum_is_decided_as_soon_as_it_can_be(quorum: str, answers: dict[str, str], outcome: str) -> None:
    story = Story(f"{{workflow: w, steps: [{{approval: Sign, assign: group:team, quorum: {quorum}}}]}}").start()
    for person, answer in answers.items():
        assert story.case.is_open
        story.do("Sign", by=person, outcome=answer)
    assert story.case.outcome == outcome
    story.replayed()


def test_too_few_people_for_a_quorum_is_an_incident() -> None:
    story = Story("{workflow: w, steps: [{approval: Sign, assign: group:team, quorum: 4}]}").start()
    assert [one.code for one in story.case.incidents.values()] == ["nobody_eligible"]


def test_forms_refuse_what_does_not_fit_and_change_nothing() -> None:
    story = Story("""
workflow: w
fields: {amount: {type: money, currency: USD}, note: text, why: text?}
start: {form: []}
steps:
  - task: A
    form: [amount, {name: note, show when: amount > 100, required when: amount > 100}, {name: why, required when: amount > 500}]
""").start()
    for values, refusal in (
        ({"amount": "abc"}, InvalidField), ({"amount": "1.234"}, InvalidField), ({}, MissingField),
        ({"amount": "5", "nope": 1}, UnknownField), ({"amount": "200"}, MissingField), ({"amount": "600", "note": "x"}, MissingField),
    ):  # fmt: skip
        with pytest.raises(refusal):
            story.do("A", **values)
    assert story.case.data == {}
    story.do("A", amount="50", note="is hidden, so it is not kept")
    assert story.case.data == {"amount": "50.00"} or story.case.data == {"amount": "50"}


def test_a_condition_of_a_form_sees_what_is_calculated_from_its_answers() -> None:
    story = Story("""
workflow: w
fields: {net: number, gross: {type: calculated, is: = net * 1.2}, twice: {type: calculated, is: = gross * 2}, receipt: text?}
start: {form: []}
steps: [{task: A, form: [net, {name: receipt, required when: twice > 60}]}]
""").start()
    with pytest.raises(MissingField):
        story.do("A", net=26)
    story.do("A", net=25)
    assert story.case.data["gross"] == {"number": "30"}


def test_reminders_and_escalations_ring_in_order_and_stop_with_the_task() -> None:
    story = Story("""
workflow: w
steps:
  - task: A
    assign: person:cy
    due: 1 business day
    remind: 4 business hours before due
    escalate:
      - {after: 1 business day overdue, to: manager of assignee}
      - {after: 2 business days overdue, to: role:cfo, do: reassign}
      - {after: 3 business days overdue, do: done}
""").start()
    story.passes("5 business hours")
    assert story.told("cy") == ["A is due soon"]
    story.passes("2 business days")
    assert story.told("dee") == ["A is late"]
    story.passes("1 business day")
    assert story.case.activations["a1"].assignee == "eve"
    story.passes("1 business day")
    assert story.case.outcome == "done"
    assert [one.timer for one in story.events(ev.TimerFired)] == ["remind-1", "escalate-1", "escalate-2", "escalate-3"]
    story.replayed()


def test_a_changed_due_date_moves_its_reminders() -> None:
    from datetime import UTC, datetime

    story = Story("{workflow: w, steps: [{task: A, due: 1 day, remind: 1 hour before due}]}").start()
    story.ask(ask_.ChangeDue(task_id=story.task("A"), due_at=datetime(2026, 2, 1, 12, tzinfo=UTC), reason="agreed"))
    story.passes("3 days")
    assert story.told("ana") == []
    story.passes("30 days")
    assert len(story.told("ana")) == 1


def test_the_log_knows_first_opened_started_and_views_by_others() -> None:
    story = Story(one("group:team")).start()
    story.ask(ask_.LookAtTask(task_id=story.task("A")), by="ana")
    story.ask(ask_.LookAtTask(task_id=story.task("A")), by="bo")
    story.ask(ask_.LookAtTask(task_id=story.task("A")), by="bo")
    story.ask(ask_.ClaimTask(task_id=story.task("A")), by="bo")
    kinds = [row.event.type for row in story.world.log][2:]
    assert kinds == ["TaskViewed", "TaskFirstOpened", "TaskClaimed", "TaskStarted"]
