"""A working calendar as one straight line, so that thousands of moments can be moved along it.

`WorkCalendar` answers one question at a time by walking over days. Forecasts and cascades ask tens of thousands of
times; here the stretches of work lie in arrays with the working time before each, and every answer is a bisection.
Moments are seconds since 1970, amounts are seconds.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from procession.engine.calendar import HORIZON_DAYS, CalendarError, WorkCalendar

_CHUNK: Final = 366
"""Days that are laid out at a time."""
_DAY: Final = 86_400.0
_HAIR: Final = 1e-5
"""Seconds before a closing that are the closing: what adding and subtracting loses."""


class WorkLine:
    """The working time of one calendar from some moment on; grows as far as it is asked."""

    def __init__(self, calendar: WorkCalendar, origin: float) -> None:
        self.calendar = calendar
        self._opens: list[float] = []
        self._closes: list[float] = []
        self._before: list[float] = []
        """Working seconds before each stretch."""
        self._ends: list[float] = []
        """Working seconds at the end of each stretch."""
        self._origin = datetime.fromtimestamp(origin, UTC)
        self._next = calendar.local_day(self._origin) - timedelta(days=8)
        self._until = origin
        self._days = 0
        self._grow()

    def worked(self, at: float) -> float:
        """Working seconds from the line's origin to `at`."""
        if at > self._until:
            self._reach(at)
        index = bisect_right(self._opens, at) - 1
        if index < 0:
            return at - self._opens[0] if self._opens else 0.0
        return self._before[index] + min(at, self._closes[index]) - self._opens[index]

    def moment(self, worked: float) -> float:
        """The first moment at which so much has been worked: a closing rather than the opening after it."""
        while not self._ends or worked > self._ends[-1]:
            self._grow()
        index = bisect_left(self._ends, worked)
        return self._opens[index] + worked - self._before[index]

    def after(self, begin: float, amount: float) -> float:
        """The working moment at which `amount` has been worked since `begin`: an opening rather than a closing."""
        if begin > self._until:
            self._reach(begin)
        index = bisect_right(self._opens, begin) - 1
        if index < 0:
            return self.next_working(self.moment(self.worked(begin) + amount))
        closes = self._closes[index]
        left = closes - begin
        if amount < left - _HAIR:
            return begin + amount
        worked = self._before[index] + (min(begin, closes) - self._opens[index]) + amount + _HAIR
        while worked >= self._ends[-1]:
            self._grow()
        index = bisect_right(self._ends, worked, index)
        return max(self._opens[index], self._opens[index] + worked - _HAIR - self._before[index])

    def next_working(self, at: float) -> float:
        """The first working moment that is not before `at`."""
        if at > self._until:
            self._reach(at)
        index = bisect_right(self._closes, at + _HAIR)
        while index >= len(self._opens):
            self._grow()
        return max(at, self._opens[index])

    def is_working(self, at: float) -> bool:
        """Whether `at` lies inside working hours; a closing does not."""
        if at > self._until:
            self._reach(at)
        index = bisect_right(self._opens, at) - 1
        return index >= 0 and at < self._closes[index]

    def _reach(self, at: float) -> None:
        while at > self._until:
            self._grow()

    def _grow(self) -> None:
        """Lay out another year. Raises `CalendarError` where a century holds too little work."""
        if self._days > HORIZON_DAYS:
            raise CalendarError(
                f"calendar {self.calendar.id} has too little working time after {self._origin:%Y-%m-%d}",
                "look at its hours, holidays and closures",
            )
        for _ in range(_CHUNK):
            for opens, closes in self.calendar.stretches(self._next):
                self._add(opens.timestamp(), closes.timestamp())
            self._next += timedelta(days=1)
        self._days += _CHUNK
        self._until += _CHUNK * _DAY - (9 * _DAY if self._days == _CHUNK else 0.0)

    def _add(self, opens: float, closes: float) -> None:
        if self._closes and opens <= self._closes[-1]:  # work around midnight is one stretch
            self._ends[-1] += closes - self._closes[-1]
            self._closes[-1] = closes
            return
        before = self._ends[-1] if self._ends else 0.0
        self._opens.append(opens)
        self._closes.append(closes)
        self._before.append(before)
        self._ends.append(before + closes - opens)


@lru_cache(maxsize=64)
def line_of(calendar: WorkCalendar, year: int) -> WorkLine:
    """The line of a calendar from the beginning of a year on."""
    return WorkLine(calendar, datetime(year, 1, 1, tzinfo=UTC).timestamp())
