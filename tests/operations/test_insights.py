"""Insight operations: who may ask, what is said where there is little, and that figures follow what happens."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procession.drawing.map_of_process import map_of_process
from procession.engine.definition import Process, Workflow
from procession.engine.rejections import InvalidField, NotFound
from procession.operations.insights import analysis, figures_of
from tests.operations.conftest import Office

FLOW = """\
workflow: flow
title: Flow
owner: finance
target: 1 business day
fields: {note: text?}
start: {form: [note?]}
steps:
  - task: Write
    assign: person:ana
  - task: Read
    assign: [person:eve, person:fay]
"""

PROCESS = """\
process: chain
title: Chain
owner: finance
target: 2 business days
fields: {note: text}
start: {form: [note]}
workflows:
  one: {use: first, title: One}
  two: {use: second, title: Two}
handoffs:
  - {from: start, to: one, carry: {note: note}}
  - {from: one.completed, to: two, carry: {note: note}}
"""
FIRST = (
    "{workflow: first, title: First, owner: buyers, fields: {note: text}, start: {by: nobody, form: [note]},"
    " steps: [{task: Do, assign: 'person:ana'}]}"
)
SECOND = (
    "{workflow: second, title: Second, owner: finance, fields: {note: text}, start: {by: nobody, form: [note]},"
    " steps: [{task: Check, assign: [person:eve, person:fay]}]}"
)


@pytest.fixture
def flow(office: Office) -> Office:
    office.ask("bo", "definition.publish", files=[{"name": "flow.yaml", "text": FLOW}], accept="for tests")
    return office


def do(office: Office, who: str, case: str, hours: float) -> None:
    """The open task of a case is looked at, and done some hours later."""
    task = office.task_of(case)
    office.ask(who, "task.get", task_id=task)
    office.later(hours=hours)
    office.ask(who, "task.complete", task_id=task)


def finish(office: Office, count: int, hours: float = 0.5) -> None:
    for _ in range(count):
        case = office.ask("ana", "case.start", workflow="flow", data={}).id
        do(office, "ana", case, hours)
        do(office, "eve", case, hours)


def again(office: Office, definition: str) -> None:
    """Whoever asks next looks whether something has happened; whoever asks after that gets it."""
    context = office.context("bo")
    analysis.settled(context, definition)
    office.ask("bo", "insight.process", process=definition)
    analysis.settled(context, definition)


def test_without_a_case_it_says_so_and_gives_no_figure(flow: Office) -> None:
    found = flow.ask("finn", "insight.process", process="flow")
    assert (found.cases, found.verdict.kind, found.cycle_median) == (0, "not enough data", None)
    assert found.verdict.sentence.startswith("Not enough data yet. No case has finished")
    told = flow.ask("finn", "insight.make_instant", process="flow", place="flow/read")
    assert (told.saved, told.low, told.high) == (None, None, None)
    assert told.sentence == "Too little history: it needs 10 finished cases, there are 0."


def test_figures_follow_what_happens(flow: Office) -> None:
    finish(flow, 3, 0.25)
    assert flow.ask("finn", "insight.process", process="flow").cases == 3
    finish(flow, 9, 0.25)
    again(flow, "flow")
    found = flow.ask("finn", "insight.process", process="flow")
    assert (found.cases, found.verdict.kind) == (12, "healthy")
    read = next(one for one in found.places if one.key == "flow/read")
    assert (read.visits, read.title, read.open_now) == (12, "Read", 0)
    told = flow.ask("finn", "insight.make_instant", process="flow", place="flow/read")
    assert told.cases == 12
    assert told.low <= told.saved <= told.high
    assert told.before == pytest.approx(1800, abs=1)


def test_a_place_that_no_case_has_is_named(flow: Office) -> None:
    finish(flow, 10)
    with pytest.raises(InvalidField, match="flow/nothing"):
        flow.ask("finn", "insight.make_instant", process="flow", place="flow/nothing")


def test_figures_over_all_cases_are_for_those_who_may_see_all_cases(office: Office) -> None:
    """Purchases are visible to their starter alone."""
    with pytest.raises(NotFound):
        office.ask("ana", "insight.process", process="purchase")
    with pytest.raises(NotFound):
        office.ask("ana", "insight.process", process="no-such")
    assert office.ask("finn", "insight.process", process="purchase").cases == 0


def test_home_without_a_process_says_what_would_be_there(flow: Office) -> None:
    found = flow.ask("ana", "insight.home")
    assert (found.process, found.verdict) == (None, None)
    assert found.sentence.startswith("No process is published yet.")
    assert [line.wrong for line in found.lines] == [False, False, False, False]


def test_home_counts_what_is_wrong_today(flow: Office) -> None:
    case = flow.ask("ana", "case.start", workflow="flow", data={}).id
    do(flow, "ana", case, 1)
    flow.later(days=3)
    late, nobody, _, _ = flow.ask("ana", "insight.home").lines
    assert (late.wrong, late.count, late.case.id) == (True, 1, case)
    assert late.text.startswith("1 running case is late; ")
    assert (nobody.wrong, nobody.count, nobody.place) == (True, 1, "flow/read")
    assert nobody.text.startswith("1 open task has nobody; “Read” of “")


def test_a_forecast_needs_cases_to_compare_with(flow: Office) -> None:
    case = flow.ask("ana", "case.start", workflow="flow", data={}).id
    early = flow.ask("ana", "insight.forecast", case_id=case)
    assert (early.usually, early.latest, early.cases) == (None, None, 0)
    assert early.reason == "needs 20 comparable finished cases, there are 0"
    finish(flow, 20)
    again(flow, "flow")
    fresh = flow.ask("ana", "case.start", workflow="flow", data={}).id
    found = flow.ask("ana", "insight.forecast", case_id=fresh)
    assert found.cases == 20
    assert timedelta(minutes=30) <= found.usually - flow.at <= timedelta(days=1, hours=1)
    assert found.earliest <= found.usually <= found.latest
    assert found.sentence.startswith("Probably ")
    assert [(one.part, one.state) for one in found.parts] == [("flow", "open")]
    assert [(one.title, one.is_open) for one in found.steps] == [("Write", True), ("Read", False)]
    flow.ask("bo", "case.cancel", case_id=fresh, reason="enough")
    assert flow.ask("ana", "insight.forecast", case_id=fresh).reason == "the case has ended"


def test_what_a_delay_does_is_told_cause_by_cause(flow: Office) -> None:
    case = flow.ask("ana", "case.start", workflow="flow", data={}).id
    early = flow.ask("ana", "insight.delay", case_id=case, place="flow/write")
    assert early.reason == "needs 20 comparable finished cases, there are 0"
    finish(flow, 20)
    again(flow, "flow")
    fresh = flow.ask("ana", "case.start", workflow="flow", data={}).id
    found = flow.ask("ana", "insight.delay", case_id=fresh, place="flow/write", late="3 days")
    assert found.usually >= timedelta(days=2).total_seconds()
    assert found.lines[0].cause == "delay"
    assert found.lines[-1].later == pytest.approx(found.usually, abs=60)
    assert found.after > found.before
    past = flow.ask("finn", "insight.past_delay", process="flow", place="flow", late="3 days")
    assert (past.title, past.ways, past.before) == ("Write", 20, None)
    assert past.sooner is not None
    assert past.sooner.cases == 20
    assert 0 <= past.sooner.saved <= past.sooner.less
    assert past.sooner.sentence.startswith("Taking 3 days off Write takes ")
    with pytest.raises(InvalidField, match="nothing"):
        flow.ask("ana", "insight.delay", case_id=fresh, place="flow/nothing")
    do(flow, "ana", fresh, 1)
    assert [one.place for one in flow.ask("ana", "insight.forecast", case_id=fresh).through] == ["flow/write"]
    done = flow.ask("ana", "insight.delay", case_id=fresh, place="flow/write", late="3 days")
    assert (done.ways, done.before, done.usually) == (20, None, past.usually), "of a done step finished cases are asked"
    for wrong in ("soon", "0 days", "900 weeks", "3 fortnights"):
        with pytest.raises(InvalidField):
            flow.ask("ana", "insight.delay", case_id=fresh, place="flow/write", late=wrong)


def test_figures_of_a_process_stand_on_its_map(office: Office) -> None:
    files = [{"name": f"{n}.yaml", "text": text} for n, text in enumerate((PROCESS, FIRST, SECOND))]
    office.ask("bo", "definition.publish", files=files, accept="for tests")
    office.ask("ana", "case.start", workflow="chain", data={"note": "x"})
    found = office.ask("finn", "insight.process", process="chain")
    definitions = {name: office.store.definition("acme", name) for name in ("chain", "first", "second")}
    process = definitions["chain"]
    assert isinstance(process, Process)
    members = {m: one for m, used in process.members.items() if isinstance(one := definitions[used.use], Workflow)}
    drawn = map_of_process(process, members, figures=figures_of(found.places))
    assert {one.id for one in drawn.containers} >= {"one", "two"}
    assert {one.kind for one in found.places} >= {"member"}
