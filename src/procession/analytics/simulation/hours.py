"""Working hours as numbers: microseconds from the beginning of a simulation, in sorted arrays.

A clock that is asked a million times cannot walk through days. Hours hold the opening and closing of every working
stretch up to a horizon, and the work done until each closing, so that any question is two binary searches.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from itertools import accumulate
from typing import Protocol
from zoneinfo import ZoneInfo

from procession.engine.calendar import WorkCalendar

SECOND = 1_000_000
"""In microseconds, the unit of all times here."""

_ONE = timedelta(microseconds=1)
_ONE_DAY = timedelta(days=1)
_MINUTE = 60 * SECOND

Stretch = tuple[int, int]


class HorizonReached(Exception):
    """Something lies beyond the hours that were read; they have to be read further."""


def micros(span: timedelta) -> int:
    """A span in microseconds, exact."""
    return span // _ONE


@dataclass(frozen=True, slots=True)
class Hours:
    """Working stretches in order, not touching one another, up to a horizon."""

    opens: list[int]
    closes: list[int]
    done: list[int]
    """Working time from the beginning to each closing."""

    @classmethod
    def of(cls, stretches: Iterable[Stretch]) -> Hours:
        """Stretches in order; those that touch become one."""
        opens: list[int] = []
        closes: list[int] = []
        for start, end in stretches:
            if start >= end:
                continue
            if closes and start <= closes[-1]:
                closes[-1] = max(closes[-1], end)
            else:
                opens.append(start)
                closes.append(end)
        done = list(accumulate(b - a for a, b in zip(opens, closes, strict=True)))
        return cls(opens, closes, done)

    @property
    def total(self) -> int:
        """All working time up to the horizon."""
        return self.done[-1] if self.done else 0

    def next_open(self, at: int) -> int:
        """The first working moment that is not before `at`. Raises `HorizonReached`."""
        place = bisect_right(self.closes, at)
        if place == len(self.closes):
            raise HorizonReached
        return max(at, self.opens[place])

    def worked(self, at: int) -> int:
        """Working time from the beginning to `at`."""
        place = bisect_right(self.closes, at)
        if place == len(self.closes):
            return self.total
        before = self.done[place] - (self.closes[place] - self.opens[place])
        return before + max(0, at - self.opens[place])

    def after(self, at: int, work: int) -> int:
        """When so much working time has passed, counted from the next working moment. Raises `HorizonReached`."""
        place = bisect_right(self.closes, at)
        if place == len(self.closes):
            raise HorizonReached
        begin = max(at, self.opens[place])
        if begin + work <= self.closes[place]:
            return begin + work
        return self.moment(self.done[place] - (self.closes[place] - begin) + work)

    def moment(self, worked: int) -> int:
        """When so much working time had passed since the beginning: the earliest such moment."""
        place = bisect_left(self.done, worked)
        if place == len(self.done):
            raise HorizonReached
        return self.closes[place] - (self.done[place] - worked)

    def without(self, away: Sequence[Stretch]) -> Hours:
        """The same hours without those times."""
        left = list(zip(self.opens, self.closes, strict=True))
        for begin, end in away:
            pieces = ((a, min(b, begin)) for a, b in left), ((max(a, end), b) for a, b in left)
            left = sorted({piece for part in pieces for piece in part if piece[0] < piece[1]})
        return Hours.of(left)


def hours_of(calendar: WorkCalendar, begin: datetime, horizon: int) -> Hours:
    """A calendar's hours from `begin` on, up to `horizon` microseconds later."""
    return Hours.of(_stretches(calendar, begin, begin + timedelta(microseconds=horizon)))


def _stretches(calendar: WorkCalendar, begin: datetime, end: datetime) -> Iterator[Stretch]:
    """Day by day. Decades are read, so that a day on which no clock changes is reckoned from its midnight."""
    zone = ZoneInfo(calendar.zone)
    day, last = calendar.local_day(begin) - _ONE_DAY, calendar.local_day(end) + _ONE_DAY
    length = micros(end - begin)
    midnight = datetime.combine(day, time(), zone)
    while day <= last:
        following = datetime.combine(day + _ONE_DAY, time(), zone)
        if midnight.utcoffset() == following.utcoffset():
            opened = micros(midnight.astimezone(UTC) - begin)
            closed = day in calendar.holidays or any(first <= day <= until for first, until in calendar.closures)
            for start, close in () if closed else calendar.hours[day.weekday()]:
                yield max(0, opened + start * _MINUTE), min(length, opened + close * _MINUTE)
        else:
            for opens, closes in calendar.stretches(day):
                yield micros(max(opens, begin) - begin), micros(min(closes, end) - begin)
        day, midnight = day + _ONE_DAY, following


def union(many: Sequence[Hours]) -> Hours:
    """When anybody of several works."""
    return Hours.of(sorted(s for hours in many for s in zip(hours.opens, hours.closes, strict=True)))


# --- moments that come again -------------------------------------------------------------------------------------------


class Moments(Protocol):
    """Moments at which something happens, such as a meeting or a payment run."""

    def between(self, begin: datetime, end: datetime) -> list[datetime]:
        """Those from `begin` on and before `end`, in order."""
        ...


@dataclass(frozen=True, slots=True)
class Weekly:
    """The same times every week, or every few weeks, of a calendar's zone; not on its days without work."""

    times: tuple[tuple[int, int], ...]
    """Weekday (Monday is 0) and minutes after midnight."""
    calendar: WorkCalendar
    weeks: int = 1
    """1: every week; 2: every other week, counted from the first."""

    def between(self, begin: datetime, end: datetime) -> list[datetime]:
        first = self.calendar.local_day(begin)
        monday, last = first - timedelta(days=first.weekday()), self.calendar.local_day(end)
        found: list[datetime] = []
        while monday <= last:
            days = ((monday + timedelta(days=weekday), minute) for weekday, minute in sorted(self.times))
            found += [
                self.calendar.at_clock(day, timedelta(minutes=minute))
                for day, minute in days
                if self.calendar.works_on(day)
            ]
            monday += timedelta(weeks=self.weeks)
        return [at for at in found if begin <= at < end]


@dataclass(frozen=True, slots=True)
class Every:
    """At a fixed distance from one another, day and night."""

    first: datetime
    period: timedelta

    def between(self, begin: datetime, end: datetime) -> list[datetime]:
        number = max(0, -((self.first - begin) // self.period))
        found: list[datetime] = []
        while (at := self.first + number * self.period) < end:
            if at >= begin:
                found.append(at)
            number += 1
        return found
