"""A case taken apart and played again is the case."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.analytics.courses import Courses, replay
from procession.analytics.log import ProcessLog
from procession.analytics.workline import WorkLine
from procession.engine.calendar import STANDARD, CalendarError, WorkCalendar
from tests.analytics.build import MONDAY, at, case, did, log
from tests.analytics.generate import logs

NIGHTS = WorkCalendar(id="nights", zone="Europe/Berlin", hours=(((0, 360), (1320, 1440)),) * 6 + ((),))


@given(logs())
@settings(max_examples=60, deadline=None)
def test_played_from_its_beginning_every_case_is_as_recorded(drawn: ProcessLog) -> None:
    courses = Courses(drawn)
    for course in courses.all:
        for stop, played in zip(course.stops, replay(course), strict=True):
            assert played == pytest.approx((stop.ready, stop.ended), abs=1e-3)


@given(st.sampled_from((STANDARD, NIGHTS)), st.integers(0, 3_000_000), st.integers(0, 2_000_000))
@settings(max_examples=200, deadline=None)
def test_the_line_answers_as_the_calendar_does(calendar: WorkCalendar, begin: int, seconds: int) -> None:
    line = WorkLine(calendar, (MONDAY - timedelta(days=30)).timestamp())
    start = MONDAY + timedelta(minutes=begin)
    end = start + timedelta(seconds=seconds)
    worked = line.worked(end.timestamp()) - line.worked(start.timestamp())
    assert worked == pytest.approx(calendar.working_between(start, end).total_seconds(), abs=1e-3)
    later = line.moment(line.worked(start.timestamp()) + seconds)
    if seconds:
        assert later == pytest.approx(
            calendar.add_business_time(start, timedelta(seconds=seconds)).timestamp(), abs=1e-3
        )
    assert line.next_working(start.timestamp()) == pytest.approx(calendar.next_working(start).timestamp(), abs=1e-3)
    assert line.is_working(start.timestamp()) == calendar.is_working(start)


def test_a_closing_is_followed_by_the_next_opening() -> None:
    line = WorkLine(STANDARD, MONDAY.timestamp())
    five = datetime(2026, 1, 5, 17, tzinfo=UTC).timestamp()
    assert line.next_working(five) == datetime(2026, 1, 6, 9, tzinfo=UTC).timestamp()
    assert line.moment(line.worked(five)) == five


def test_a_calendar_without_work_is_refused() -> None:
    never = WorkCalendar(id="never", zone="UTC", hours=STANDARD.hours, closures=((date(1960, 1, 1), date(2260, 1, 1)),))
    with pytest.raises(CalendarError, match="too little working time"):
        WorkLine(never, 0.0).moment(1.0)


def test_the_second_visit_to_a_step_is_one_of_its_own() -> None:
    course = Courses(log(case(did("a.write", 0, 0, 1), did("a.write.2", 1, 1, 3, "a.write")))).all[0]
    assert [key[1] for key in course.at] == [1, 2]
    assert course.stops[1].before == (0,)
    assert course.end == at(3).timestamp()
