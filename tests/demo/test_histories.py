"""The past follows from the seed and the present moment, and is made by the real engine."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest

from procession.demo import company
from procession.demo.acting import Start, make
from procession.demo.histories import PROCESS, Plan, compile_all, make_batch, starts
from procession.demo.history_file import habits_of
from procession.engine import events as ev
from procession.engine.check import check
from procession.engine.check.library import Library
from procession.engine.definition import Workflow
from procession.engine.instants import from_instant
from tests.demo.past import NOW, histories, lived, planned, published

TINY = Plan(hires=6, joining=3, others=4)


def test_the_same_seed_gives_the_same_past_to_the_byte() -> None:
    first, second = ([make_batch(one).rows for one in planned(TINY)] for _ in range(2))
    assert first == second


def test_another_seed_gives_another_past() -> None:
    one, other = (lived(Plan(seed=seed, hires=3, joining=0, others=0, inbox=False)) for seed in (1, 2))
    assert [row.at for row in one] != [row.at for row in other]


def test_nothing_happens_after_now() -> None:
    log = lived(Plan(hires=0, joining=12, others=0))
    assert max(from_instant(row.at) for row in log) <= NOW
    assert any(from_instant(row.at) > NOW - timedelta(days=3) for row in log)


def test_everybody_that_the_examples_ask_is_there() -> None:
    programs = compile_all(published())
    workflows = {name: one.definition for name, one in programs.items() if isinstance(one.definition, Workflow)}
    moment = company.moment(NOW)
    library = Library(
        workflows=workflows,
        directory=moment.directory,
        settings=frozenset(moment.settings),
        calendars=frozenset(moment.calendars),
        publishing=True,
    )
    errors = [
        one for program in programs.values() for one in check(program.definition, library) if one.severity == "error"
    ]
    assert errors == []


def test_departments_have_names_that_people_use() -> None:
    for program in compile_all(published()).values():
        departments = {node.step.department for node in program.nodes.values()} | {program.definition.owner}
        assert departments - {None} <= set(company.GROUPS)


def test_people_look_begin_and_finish_in_working_hours() -> None:
    calendar = company.office_calendar(NOW)
    done = [row for row in lived(Plan(hires=4, joining=0, others=0)) if isinstance(row.event, ev.TaskCompleted)]
    assert done
    assert all(
        calendar.working_between(from_instant(row.at) - timedelta(minutes=1), from_instant(row.at)) for row in done
    )


def test_some_steps_are_done_again() -> None:
    log = lived(Plan(hires=60, joining=0, others=0, inbox=False))
    again = [row for row in log if isinstance(row.event, ev.StepOpened) and row.event.attempt > 1]
    assert again


@pytest.mark.parametrize("hour", [2, 7, 10, 15, 22])
@pytest.mark.parametrize("weekday", [16, 20, 21])
def test_it_can_be_prepared_at_any_hour_of_any_day(weekday: int, hour: int) -> None:
    now = NOW.replace(day=weekday, hour=hour)
    plan = Plan(hires=1, joining=1, others=1)
    made = [make_batch(one) for one in planned(plan, now)]
    assert sum(one.cases for one in made) > 10


def test_numbers_run_in_the_order_of_the_beginnings() -> None:
    found = starts(TINY, histories(), NOW)
    assert [one.at for one in found] == sorted(one.at for one in found)
    numbers = [one.number for one in found if one.definition == PROCESS]
    assert numbers == list(range(1, len(numbers) + 1))
    assert all(count >= 4 for count in Counter(one.definition for one in found).values())


def test_what_nobody_may_take_is_given_to_somebody_and_does_not_lie_forever() -> None:
    # Viktor is the head of finance, who approves large amounts, and nobody approves their own.
    calendar = company.office_calendar(NOW)
    begun = Start(
        definition="expense-management", at=calendar.next_working(NOW - timedelta(days=120)), number=1, seed=7,
        starter="viktor", values={"lines": [{"day": "2026-01-05", "category": "travel", "amount": "900"}]},
    )  # fmt: skip
    log = make(begun, compile_all(published()), company.moment(NOW), habits_of(histories(), "nothing"), NOW)
    given = [row.event for row in log if isinstance(row.event, ev.TaskReassigned)]
    assert [(one.person, one.before) for one in given] == [("helena", None)]
    closed = [row for row in log if isinstance(row.event, ev.CaseClosed)]
    assert log[0].case_id in {row.case_id for row in closed}


def test_running_cases_are_as_young_as_running_cases_are() -> None:
    """Late, due today and under way; what lies for months would be a planted cause, and none is."""
    todo = planned(Plan())
    old = [one for batch in todo for one in batch.starts if one.at < NOW - timedelta(days=75)]
    some = [one for one in old if one.definition == "expense-management"]
    assert len(some) > 200
    programs, moment, habits = compile_all(published()), company.moment(NOW), habits_of(histories())
    for one in some:
        log = make(one, programs, moment, habits, NOW)
        assert any(isinstance(row.event, ev.CaseClosed) and row.case_id == log[0].case_id for row in log)
