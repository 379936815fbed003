"""What the language says of processes: joins, what is optional, what goes back, what is missing, what ends it."""

# ruff: noqa: E501 - a definition, or what becomes of it, stands on one line

from __future__ import annotations

from typing import Any

import pytest

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.rejections import MissingField, NotFound
from tests.engine.story import Story

PART = """
workflow: ID
fields: {a: text?, q: number?}
start: {by: nobody, form: []}
steps:
  - {task: First, form: [q], milestone: half}
  - {task: Work, form: [q], outcomes: [done, no], on no: end no}
"""


def process(handoffs: str, members: str = "{one: {use: one}, two: {use: two}}", more: str = "", **data: Any) -> Story:
    text = f"process: p\ntitle: P\nowner: team\nfields: {{x: number?, a: text?}}\nstart: {{form: [x, a]}}\nworkflows: {members}\n{more}\nhandoffs:\n{handoffs}"
    return Story(text, *(PART.replace("ID", name) for name in ("one", "two", "three"))).start(**data)


def work(story: Story, member: str, outcome: str = "done", **values: Any) -> Story:
    return story.do("First", case=story.member(member)).do("Work", case=story.member(member), outcome=outcome, **values)


THREE = "{one: {use: one}, two: {use: two}, three: {use: three}}"


def test_a_member_starts_when_every_handoff_to_it_has_happened() -> None:
    story = process(
        "  - {from: start, to: [one, two]}\n  - {from: one.completed, to: three}\n  - {from: two.completed, to: three}",
        THREE,
    )
    work(story, "one")
    assert story.open == ["two"]
    work(story, "two")
    assert story.open == ["three"]
    assert [one.released_by for one in story.events(ev.StepOpened) if one.step == "three"] == [["one", "two"]]


def test_any_of_starts_it_with_the_first_and_only_once() -> None:
    story = process("  - {from: start, to: [one, two]}\n  - {from: any of [one.completed, two.completed], to: three}".replace(
        "any of [one.completed, two.completed]", "{any of: [one.completed, two.completed]}"), THREE)  # fmt: skip
    work(story, "two")
    assert story.open == ["one", "three"]
    work(work(story, "three"), "one")
    assert (story.case.outcome, [case.member for case in story.world.cases.values()].count("three")) == ("done", 1)
    story.replayed()


MILESTONE = "  - {from: start, to: one}\n  - {from: one.milestone.half, to: two, when: x = 1}\n  - {from: one.no, to: end refused}"


@pytest.mark.parametrize(("x", "incidents"), [("1", []), ("2", ["no_handoff"])])
def test_what_a_milestone_has_handed_over_counts_when_its_member_ends(x: str, incidents: list[str]) -> None:
    """`done` leads nowhere here: that is right where the milestone has led on, and a dead end where it has not."""
    story = process(MILESTONE, x=x)
    work(story, "one", "done")
    assert [one.code for one in story.case.incidents.values()] == incidents
    if not incidents:
        assert work(story, "two").case.outcome == "done"
    story.replayed()


OPTIONAL = "  - {from: start, to: [one, two]}\n  - {from: one.completed, to: three}\n  - {from: two.no, to: three, optional: true}\n  - {from: two.done, to: end early, when: x = 1}"


def test_an_optional_handoff_is_waited_for_only_while_it_can_still_happen() -> None:
    story = process(OPTIONAL + "\n  - {from: two.done, to: end never, when: x = 2}", THREE, x="3")
    work(story, "one")
    assert story.open == ["two"]
    work(story, "two", "done")
    ((name, incident),) = story.case.incidents.items()
    assert (incident.code, story.open) == ("no_handoff", ["three"]), (
        "neither end is true, and two can no longer end as no"
    )
    assert "two ended as done" in incident.sentence
    story.ask(ask_.SkipIncident(incident=name, reason="fine"))
    assert work(story, "three").case.outcome == "done"
    story.replayed()


def test_an_undecided_handoff_can_be_decided_later() -> None:
    """A condition without an answer keeps what waits for it waiting; trying again reads the process as it is then."""
    story = process(
        "  - {from: start, to: one}\n  - {from: one.completed, to: two, when: x > 1, carry: {a: a}}", a="kept"
    )
    work(story, "one")
    ((name, incident),) = story.case.incidents.items()
    assert (incident.code, incident.owner, incident.step) == ("no_answer", "team", "one")
    assert (story.case.is_open, "two" in story.case.ended) == (True, False)
    story.ask(ask_.EditData(values={"x": "5"}, reason="it was forgotten"))
    story.ask(ask_.RetryIncident(incident=name))
    assert story.open == ["two"]
    assert story.member("two").data == {"a": "kept"}
    assert work(story, "two").case.outcome == "done"
    story.replayed()


def test_an_undecided_handoff_that_is_passed_over_does_not_happen() -> None:
    story = process("  - {from: start, to: one}\n  - {from: one.completed, to: two, when: x > 1}")
    work(story, "one")
    ((name, _),) = story.case.incidents.items()
    with pytest.raises(MissingField):
        story.ask(ask_.SkipIncident(incident=name, reason=" "))
    story.ask(ask_.SkipIncident(incident=name, reason="not this time"))
    assert (story.case.outcome, story.case.ended["two"]) == ("done", "not started")


def test_what_is_not_started_cascades_with_reasons() -> None:
    story = process(
        "  - {from: start, to: one, when: x = 1}\n  - {from: one.completed, to: two}\n  - {from: two.completed, to: three}",
        THREE,
        x="2",
    )
    assert [one.member for one in story.events(ev.MemberNotStarted)] == ["one", "two", "three"]
    assert (story.case.outcome, len(story.world.cases)) == ("done", 1)


AGAIN = "  - {from: start, to: one}\n  - {from: one.completed, to: two}\n  - {from: two.no, to: one, again: true, at most: 1}\n  - {from: two.done, to: end fine}"


ROUND = """
workflow: ID
fields: {name: text, count: number?, note: text?}
start: {by: nobody, form: [name, count, note]}
steps: [{task: Do, form: [note], outcomes: [fine, redo], on fine: end fine, on redo: end redo}]
"""


def test_a_new_run_has_what_the_first_was_given_and_over_that_what_the_way_back_carries() -> None:
    """What is below the target is handed over anew; what comes from elsewhere, the start or `two`, happened once."""
    text = """
process: p
owner: team
fields: {person: text}
start: {form: [person]}
workflows: {one: {use: one}, two: {use: two}, three: {use: three}}
handoffs:
  - {from: start, to: [one, two], carry: {name: person}}
  - {from: one.completed, to: three, carry: {count: '1', note: note}}
  - {from: two.completed, to: three, carry: {name: name}}
  - {from: three.redo, to: one, again: true, at most: 2, carry: {note: '"once more"'}}
  - {from: three.fine, to: end}
"""
    story = Story(text, *(ROUND.replace("ID", name) for name in ("one", "two", "three"))).start(person="Zoe")
    story.do("Do", case=story.member("one"), outcome="fine", note="first")
    story.do("Do", case=story.member("two"), outcome="fine")
    assert story.member("three").data == {"name": "Zoe", "count": "1", "note": "first"}
    story.do("Do", case=story.member("three"), outcome="redo")
    assert (story.open, story.case.incidents) == (["one"], {})
    assert story.member("one").data == {"name": "Zoe", "note": "once more"}
    story.do("Do", case=story.member("one"), outcome="fine", note="second")
    assert story.member("three").data == {"name": "Zoe", "count": "1", "note": "second"}
    assert story.do("Do", case=story.member("three"), outcome="fine").case.outcome == "done"
    story.replayed()


def test_a_process_in_which_nothing_goes_back_keeps_nothing_of_what_was_carried() -> None:
    story = process("  - {from: start, to: one, carry: {a: a}}\n  - {from: one.completed, to: two}", a="kept")
    assert (story.member("one").data, story.case.carried, story.case.brought) == ({"a": "kept"}, {}, {})


def test_going_back_more_often_than_allowed_is_an_incident_not_an_end() -> None:
    story = process(AGAIN)
    work(work(story, "one"), "two", "no")
    assert story.open == ["one"]
    work(work(story, "one"), "two", "no")
    ((name, incident),) = story.case.incidents.items()
    assert (incident.code, story.case.is_open) == ("no_handoff", True)
    assert "two.no->one" in incident.sentence
    story.ask(ask_.SkipIncident(incident=name, reason="we live with it"))
    assert story.case.outcome == "done"
    story.replayed()


def test_a_member_that_only_a_way_back_leads_to_holds_nothing_open() -> None:
    story = process(
        "  - {from: start, to: one}\n  - {from: one.no, to: two, again: true, at most: 1}\n  - {from: one.done, to: end fine, when: x = 1}",
        x="1",
    )
    work(story, "one")
    assert story.case.outcome == "fine"
    other = process(
        "  - {from: start, to: one}\n  - {from: one.no, to: two, again: true, at most: 1}\n  - {from: one.done, to: three}",
        THREE,
    )
    work(work(other, "one"), "three")
    assert (other.case.outcome, other.case.ended["two"]) == ("done", "not started")
    back = process(
        "  - {from: start, to: one}\n  - {from: one.no, to: two, again: true, at most: 1}\n  - {from: one.done, to: end fine}"
    )
    work(back, "one", "no")
    assert back.open == ["two"]
    assert work(back, "two").case.outcome == "done"


def test_a_handoff_to_the_end_cancels_the_others_and_tells_their_people() -> None:
    story = process(
        "  - {from: start, to: [one, two]}\n  - {from: one.no, to: end refused}\n  - {from: one.done, to: end fine}"
    )
    work(story, "one", "no")
    assert (story.case.outcome, story.member("two").status) == ("refused", "cancelled")
    assert story.told("ana")


def test_a_cancelled_member_completes_nothing() -> None:
    story = process(
        "  - {from: start, to: one}\n  - {from: one.completed, to: two}\n  - {from: one.cancelled, to: end off}"
    )
    story.world.ask(story.member("one").id, ask_.CancelCase(reason="no"))
    assert story.case.outcome == "off"


def test_a_milestone_hands_over_once_while_its_member_goes_on() -> None:
    story = process("  - {from: start, to: one}\n  - {from: one.milestone.half, to: two, carry: {q: q}}")
    story.do("First", case=story.member("one"), q="4")
    assert (story.open, story.member("two").data) == (["one", "two"], {"q": "4"})
    work(story, "two").do("Work", case=story.member("one"), outcome="done")
    assert (story.case.outcome, list(story.case.handoffs.values())) == ("done", [1, 1])


def test_feedback_is_asked_of_those_who_gave_the_work_at_ends_and_milestones() -> None:
    more = "feedback: [{from: one.completed, to: team, ask: Was it complete?}, {from: one.milestone.half, to: team, ask: Already?}]"
    story = process("  - {from: start, to: one}\n  - {from: one.completed, to: two}", more=more)
    work(story, "one")
    assert story.told("bo") == ["Already?", "Was it complete?"]


NEEDS = "{workflow: needs, fields: {a: text, q: number}, start: {by: nobody, form: [a, q]}, steps: [{task: Do}]}"


def needing(handoff: str) -> Story:
    text = f"process: p\nowner: team\nfields: {{a: text?, q: number?}}\nstart: {{form: [a]}}\nworkflows: {{one: {{use: one}}, two: {{use: needs}}}}\nhandoffs:\n  - {{from: start, to: one}}\n  - {handoff}"
    story = Story(text, PART.replace("ID", "one"), NEEDS).start(a="from the start")
    return work(story, "one")


def test_a_member_without_its_data_waits_with_an_owner_and_starts_once_the_process_has_it() -> None:
    """What was carried is kept; what its source left empty is taken from the process's field of that name."""
    story = needing("{from: one.completed, to: two, carry: {a: a, q: q}}")
    ((name, incident),) = story.case.incidents.items()
    assert (incident.code, incident.owner, incident.step) == ("waiting_for_data", "team", "two")
    story.ask(ask_.EditData(values={"q": "7"}, reason="asked by phone"))
    story.ask(ask_.RetryIncident(incident=name))
    assert story.member("two").data == {"a": "from the start", "q": "7"}
    assert story.do("Do", case=story.member("two")).case.outcome == "done"
    story.replayed()


@pytest.mark.parametrize(
    ("of_process", "of_handoff", "of_workflow", "answers"),
    [
        ("team", "bosses", "it", "bosses"),
        ("team", None, "it", "team"),
        (None, None, "it", "it"),
        (None, None, None, None),
    ],
)
def test_somebody_answers_for_a_member_that_waits_for_data(
    of_process: str | None, of_handoff: str | None, of_workflow: str | None, answers: str | None
) -> None:
    """Whom the handoff names, else the process's owner, else the owner of the workflow that cannot start."""
    text = f"process: p\nowner: {of_process}\nfields: {{q: number?}}\nstart: {{form: []}}\nworkflows: {{two: needs}}\nhandoffs:\n  - {{from: start, to: two, owner: {of_handoff}, carry: {{a: string(q), q: q}}}}"
    needs = NEEDS.replace("workflow: needs", f"workflow: needs, owner: {of_workflow}")
    story = Story(*(one.replace("owner: None\n", "").replace("owner: None, ", "") for one in (text, needs))).start()
    ((_, incident),) = story.case.incidents.items()
    assert (incident.code, incident.owner) == ("waiting_for_data", answers)


def test_what_a_source_gave_is_kept_for_a_member_that_waits() -> None:
    story = needing(
        "{from: one.milestone.half, to: two, carry: {q: q, a: x}}".replace("a: x", "a: 'if a = \"y\" then a else null'")
    )
    ((name, _),) = story.case.incidents.items()
    story.ask(ask_.EditData(values={"a": "y", "q": "1"}, reason="now known"))
    story.ask(ask_.RetryIncident(incident=name))
    assert story.member("two").data == {"a": "y", "q": "1"}


def test_a_member_that_waits_for_data_can_be_passed_over() -> None:
    story = needing("{from: one.completed, to: two, carry: {a: a, q: q}}")
    ((name, _),) = story.case.incidents.items()
    story.ask(ask_.SkipIncident(incident=name, reason="not needed"))
    (missed,) = story.events(ev.MemberNotStarted)
    assert (missed.member, missed.reason, story.case.outcome) == ("two", "passed over: not needed", "done")
    assert not story.case.incidents
    story.replayed()


def test_a_process_has_no_tasks_of_its_own() -> None:
    story = process("  - {from: start, to: one}\n  - {from: one.completed, to: two}")
    for command in (ask_.CompleteTask, ask_.ClaimTask, ask_.BeginTask):
        with pytest.raises(NotFound):
            story.ask(command(task_id=f"{story.case.id}.a1"))
    with pytest.raises(NotFound):
        story.ask(ask_.SkipStep(task_id=f"{story.case.id}.a1", reason="so"))
