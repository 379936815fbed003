"""Working time between two moments, counted exactly and quickly.

`WorkCalendar.working_between` walks over the days of a span. Diagnosis asks it for every piece of every case; here the
stretches of work lie in arrays, with the working time before each, and an answer is two bisections. All of it is whole
microseconds, so that answers are the same to the last of them.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import UTC, date, datetime, timedelta
from typing import Final, NamedTuple

from procession.engine.calendar import WorkCalendar

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND: Final = timedelta(microseconds=1)
_DAY: Final = timedelta(days=1)
_MARGIN: Final = timedelta(days=3)
"""Local days reach over the ends of days in UTC."""
_MORE: Final = timedelta(days=200)
"""So much more is laid out than was asked for."""
_EARLIEST: Final = 1980
_LATEST: Final = 2080
"""Years outside are walked over: they are mistakes in a log, and not worth the memory."""
_MOST_CALENDARS: Final = 256


class _Laid(NamedTuple):
    """Stretches of work between two moments, as microseconds since 1970, each with the work before it."""

    since: datetime
    until: datetime
    opens: list[int]
    closes: list[int]
    before: list[int]

    def worked(self, at: datetime) -> int:
        micros = (at - _EPOCH) // _MICROSECOND
        index = bisect_right(self.opens, micros) - 1
        if index < 0:
            return 0
        return self.before[index] + min(micros, self.closes[index]) - self.opens[index]


class _Counted:
    """The working time of one calendar between the first and the last moment that were asked for."""

    def __init__(self, calendar: WorkCalendar) -> None:
        self.calendar = calendar
        self._laid: _Laid | None = None

    def between(self, a: datetime, b: datetime) -> timedelta:
        laid = self._laid
        low, high = (a, b) if a <= b else (b, a)
        if laid is None or low < laid.since or high > laid.until:
            if low.year < _EARLIEST or high.year > _LATEST:
                return self.calendar.working_between(a, b)
            # One value that is replaced as a whole: other threads may be counting with the one before.
            laid = self._laid = self._reaching(low, high)
        return timedelta(microseconds=laid.worked(b) - laid.worked(a))

    def _reaching(self, low: datetime, high: datetime) -> _Laid:
        """The days around the span, and all that were known before."""
        if self._laid is not None:
            low, high = min(low, self._laid.since), max(high, self._laid.until)
        day, last = (low - _MORE).astimezone(UTC).date(), (high + _MORE).astimezone(UTC).date()
        laid = _Laid(_midnight(day) + _MARGIN, _midnight(last) - _MARGIN, [], [], [])
        worked = 0
        while day <= last:
            for opening, closing in self.calendar.stretches(day):
                laid.opens.append((opening - _EPOCH) // _MICROSECOND)
                laid.closes.append((closing - _EPOCH) // _MICROSECOND)
                laid.before.append(worked)
                worked += laid.closes[-1] - laid.opens[-1]
            day += _DAY
        return laid


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


_known: dict[int, _Counted] = {}


def working_between(calendar: WorkCalendar, a: datetime, b: datetime) -> timedelta:
    """The same as `calendar.working_between(a, b)`."""
    # By identity, because the hash of a calendar takes longer than the answer; what is known keeps its calendar alive,
    # so that no other takes its place.
    found = _known.get(id(calendar))
    if found is None:
        if len(_known) >= _MOST_CALENDARS:
            _known.clear()
        found = _known[id(calendar)] = _Counted(calendar)
    return found.between(a, b)
