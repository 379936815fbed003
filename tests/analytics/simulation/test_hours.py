"""Hours as numbers are the calendar's own, over clock changes and holidays too."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.analytics.simulation.hours import HorizonReached, Hours, hours_of, micros, union
from procession.engine.calendar import STANDARD, WorkCalendar

BEGIN = datetime(2026, 1, 1, 3, 30, tzinfo=UTC)
YEAR = timedelta(days=365)
CALENDARS = (
    STANDARD,
    WorkCalendar(id="berlin", zone="Europe/Berlin", hours=(((8 * 60, 12 * 60), (13 * 60, 17 * 60)),) * 5 + ((), ()),
                 holidays=frozenset((date(2026, 5, 1),)), closures=((date(2026, 8, 3), date(2026, 8, 14)),)),
    WorkCalendar(id="night", zone="America/New_York", hours=(((0, 6 * 60), (22 * 60, 24 * 60)),) * 7),
    WorkCalendar(id="always", zone="Asia/Kathmandu", hours=(((0, 1440),),) * 7),
)  # fmt: skip

moments = st.integers(0, micros(timedelta(days=300)))


@settings(max_examples=60, deadline=None)
@given(st.sampled_from(CALENDARS), moments, st.integers(0, micros(timedelta(hours=200))))
def test_numbers_say_what_the_calendar_says(calendar: WorkCalendar, at: int, work: int) -> None:
    hours = hours_of(calendar, BEGIN, micros(YEAR))
    moment = BEGIN + timedelta(microseconds=at)
    assert BEGIN + timedelta(microseconds=hours.next_open(at)) == calendar.next_working(moment)
    assert timedelta(microseconds=hours.worked(at)) == calendar.working_between(BEGIN, moment)
    ends = calendar.add_business_time(moment, timedelta(microseconds=work))
    if ends < BEGIN + YEAR:
        assert BEGIN + timedelta(microseconds=hours.after(at, work)) == ends
    else:
        with pytest.raises(HorizonReached):
            hours.after(at, work)


def test_absences_are_taken_out_and_together_somebody_is_there() -> None:
    hours = Hours.of([(0, 10), (20, 30)])
    left = hours.without([(5, 25)])
    assert (left.opens, left.closes) == ([0, 25], [5, 30])
    both = union([left, Hours.of([(4, 22)])])
    assert (both.opens, both.closes, both.total) == ([0, 25], [22, 30], 27)
