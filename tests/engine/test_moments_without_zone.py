"""A moment that an expression gives without a zone is one of the calendar's, wherever the machine stands."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from procession.engine.calendar import WorkCalendar
from procession.engine.decide.timing import as_beginning, as_moment

BERLIN = WorkCalendar(id="office", zone="Europe/Berlin", hours=(((540, 1020),),) * 5 + ((), ()))


def test_ten_o_clock_is_ten_o_clock_there_in_winter_and_in_summer() -> None:
    for month, hour in ((1, 9), (7, 8)):
        moment = datetime(2026, month, 8, 10)
        for read in (as_moment, as_beginning):
            assert read(moment, BERLIN) == datetime(2026, month, 8, hour, tzinfo=UTC)


def test_a_zone_that_is_there_counts() -> None:
    moment = datetime(2026, 7, 8, 10, tzinfo=ZoneInfo("Europe/Lisbon"))
    assert as_moment(moment, BERLIN) == datetime(2026, 7, 8, 9, tzinfo=UTC)
