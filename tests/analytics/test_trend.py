"""How a process did by the weeks in which its cases began, counted by hand."""

from __future__ import annotations

import math
from datetime import timedelta

from procession.analytics.trend import FEWEST, trend
from tests.analytics.build import MONDAY, case, did, log

WEEK = 7 * 24


def worked(week: int, hours: float, number: int, *, again: bool = False) -> object:
    """Two hours of work in a cycle of so many hours; sent back, its first step is done twice."""
    start = week * WEEK + number
    steps = [
        did("a.write", start, start, start + 1),
        did("a.sign", start + 1, start + hours - 1, start + hours, "a.write"),
    ]
    if again:
        steps.append(did("a.write", start + hours, start + hours, start + hours, "a.sign", id="again"))
    return case(*steps, name=f"{week}/{number}", begin=start)


def test_stretches_are_by_the_week_of_the_beginning() -> None:
    cases = [worked(0, 10, n) for n in range(5)] + [worked(1, 20, n, again=n < 2) for n in range(5)]
    first, second, third = trend(log(*cases), MONDAY + timedelta(weeks=3), weeks=3)
    assert (first.begin, first.cases, first.median) == (MONDAY, 5, 10 * 3600)
    assert (second.median, second.again) == (20 * 3600, 0.4)
    assert first.work is not None and math.isclose(first.work, 0.2)
    assert (third.cases, third.median, third.work) == (0, None, None)


def test_few_cases_say_nothing() -> None:
    (only,) = trend(log(*(worked(0, 10, n) for n in range(FEWEST - 1))), MONDAY + timedelta(weeks=1), weeks=1)
    assert (only.cases, only.median, only.high, only.again) == (4, None, None, None)


def test_many_weeks_come_in_few_stretches_that_cover_all() -> None:
    found = trend(log(*(worked(week, 10, n) for week in range(26) for n in range(3))), MONDAY + timedelta(weeks=26))
    assert len(found) == 13
    assert sum(one.cases for one in found) == 78


def test_where_cases_are_rare_the_stretches_are_longer() -> None:
    rare = [worked(week, 10, 0) for week in range(13)]
    found = trend(log(*rare), MONDAY + timedelta(weeks=13), weeks=13)
    assert [one.cases for one in found] == [8, 5]
    assert all(one.median is not None for one in found)


def test_on_time_is_held_against_the_target() -> None:
    cases = [worked(0, 10, n) for n in range(3)] + [worked(0, 30, n) for n in range(3, 6)]
    (only,) = trend(log(*cases, target=timedelta(hours=20)), MONDAY + timedelta(weeks=1), weeks=1)
    assert only.on_time == 0.5
