"""Places where work waits for the next meeting, payment run or collection, found in the records.

A gate opens at few moments of the week or month, however spread the moments are at which work arrives. It is taken as
one when at least four fifths of the visits begin at its hour on one or two weekdays (or on the same working day of the
month, counted from its beginning or end) while their arrivals do not: a chi-squared test of the two shares, p < .01.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cached_property
from statistics import median
from typing import Final
from zoneinfo import ZoneInfo

from procession.analytics.log import ActivityInstance, ProcessLog, Site
from procession.engine.calendar import WorkCalendar

FEWEST_VISITS: Final = 8
"""Below so many visits a cluster may be chance."""
_SHARE: Final = 0.8
_CHI_SQUARED_99: Final = 6.635
"""The 99 % point with one degree of freedom."""
_LONGEST: Final = 4
"""Weeks between two openings at most; rarer ones follow the month."""
_SEARCH: Final = 400
"""Days that the next opening is looked for."""
_MONDAY: Final = date(1970, 1, 5)


@dataclass(frozen=True)
class Gate:
    """When it opens: on `weekdays` of every nth week, or on one working day of the month."""

    calendar: WorkCalendar
    clock: timedelta
    """Since the local midnight."""
    weekdays: tuple[int, ...] = ()
    """Monday is 0. Empty for a monthly gate."""
    weeks: int = 1
    """Every so many weeks."""
    phase: int = 0
    """The remainder of the weeks since 5 January 1970 in which it opens."""
    working_day: int = 0
    """Of a monthly gate: 1 is the month's first working day, -1 its last."""

    @cached_property
    def _zone(self) -> ZoneInfo:
        return ZoneInfo(self.calendar.zone)

    @cached_property
    def _openings(self) -> dict[date, float | None]:
        return {}

    def next(self, at: float) -> float:
        """The first opening that is not before `at` (seconds since 1970)."""
        day = datetime.fromtimestamp(at, UTC).astimezone(self._zone).date() - timedelta(days=1)
        for _ in range(_SEARCH):
            opening = self._opening(day)
            if opening is not None and opening >= at:
                return opening
            day += timedelta(days=1)
        return at

    @property
    def words(self) -> str:
        """When it opens: `every second Tuesday at 10:00`."""
        minutes = round(self.clock.total_seconds() / 60)
        clock = f"{minutes // 60:02d}:{minutes % 60:02d}"
        if self.working_day:
            nth = {1: "first", 2: "second", 3: "third", -1: "last", -2: "last but one"}.get(self.working_day)
            named = nth or (f"{self.working_day}th" if self.working_day > 0 else f"{-self.working_day}th from last")
            return f"on the {named} working day of the month at {clock}"
        days = " and ".join(_WEEKDAYS[day] for day in self.weekdays)
        often = {1: "every", 2: "every second", 3: "every third", 4: "every fourth"}[self.weeks]
        return f"{often} {days} at {clock}"

    def _opening(self, day: date) -> float | None:
        if day not in self._openings:
            open_ = self._opens_on(day)
            wall = datetime.combine(day, time(), self._zone) + self.clock
            self._openings[day] = wall.timestamp() if open_ else None
        return self._openings[day]

    def _opens_on(self, day: date) -> bool:
        if self.working_day:
            return _working_day(self.calendar, day) == self.working_day or (
                self.working_day < 0 and _working_day(self.calendar, day, backwards=True) == self.working_day
            )
        return day.weekday() in self.weekdays and _week(day) % self.weeks == self.phase


_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def gates_of(log: ProcessLog) -> dict[Site, Gate]:
    """Every gate of a log."""
    visits: dict[Site, list[ActivityInstance]] = {}
    for case in log.cases:
        for instance in case.instances:
            visits.setdefault(instance.site, []).append(instance)
    found = {site: gate_of(of, log.calendar) for site, of in visits.items()}
    return {site: gate for site, gate in found.items() if gate is not None}


def opening_of(instance: ActivityInstance) -> datetime | None:
    """The moment that a gate would decide: the end of a wait for a date, the beginning of anything else."""
    if instance.is_outside:
        return instance.ended if instance.fixed_end else None
    return instance.started


def gate_of(visits: Sequence[ActivityInstance], calendar: WorkCalendar) -> Gate | None:
    """The gate that these visits to one place show, if they show one."""
    zone = ZoneInfo(calendar.zone)
    pairs = [(one.ready.astimezone(zone), at.astimezone(zone)) for one in visits if (at := opening_of(one)) is not None]
    if len(pairs) < FEWEST_VISITS:
        return None
    hour, _ = Counter(at.hour for _, at in pairs).most_common(1)[0]
    there = [at for _, at in pairs if at.hour == hour]
    if len(there) < _SHARE * len(pairs):
        return None
    clock = timedelta(seconds=round(median(_clock(at) for at in there)))
    weekdays = _weekdays(there, len(pairs))
    if weekdays:
        inside = [day.weekday() in weekdays and day.hour == hour for day, _ in pairs]
        if not _clusters(len(pairs), sum(at.weekday() in weekdays for at in there), sum(inside)):
            return None
        weeks, phase = _rhythm([at.date() for at in there if at.weekday() in weekdays])
        return Gate(calendar, clock, weekdays=weekdays, weeks=weeks, phase=phase)
    return _monthly(pairs, hour, clock, calendar)


def _weekdays(openings: Sequence[datetime], visits: int) -> tuple[int, ...]:
    """One weekday or two that hold four fifths of all visits; empty where there are none."""
    counted = Counter(at.weekday() for at in openings).most_common(2)
    days: list[int] = []
    held = 0
    for day, count in counted:
        days.append(day)
        held += count
        if held >= _SHARE * visits:
            return tuple(sorted(days))
    return ()


def _rhythm(days: Iterable[date]) -> tuple[int, int]:
    """Every how many weeks, and which of them; one week where the rest could be chance."""
    weeks = {_week(day) for day in days}
    for every in range(_LONGEST, 1, -1):
        phase, count = Counter(week % every for week in weeks).most_common(1)[0]
        if count == len(weeks) and len(weeks) >= 6:
            return every, phase
    return 1, 0


def _monthly(
    pairs: Sequence[tuple[datetime, datetime]], hour: int, clock: timedelta, calendar: WorkCalendar
) -> Gate | None:
    for backwards in (False, True):
        numbered = Counter(_working_day(calendar, at.date(), backwards=backwards) for _, at in pairs if at.hour == hour)
        day, count = numbered.most_common(1)[0]
        inside = sum(
            ready.hour == hour and _working_day(calendar, ready.date(), backwards=backwards) == day
            for ready, _ in pairs
        )
        if day and count >= _SHARE * len(pairs) and _clusters(len(pairs), count, inside):
            return Gate(calendar, clock, working_day=day)
    return None


def _clusters(visits: int, openings: int, arrivals: int) -> bool:
    """Whether so many more openings than arrivals at the gate's hours are no chance (chi-squared, 2 by 2)."""
    share = (openings + arrivals) / (2 * visits)
    if share >= 1:
        return False
    return openings > arrivals and (openings - arrivals) ** 2 / (2 * visits * share * (1 - share)) > _CHI_SQUARED_99


def _working_day(calendar: WorkCalendar, day: date, *, backwards: bool = False) -> int:
    """The number of a working day in its month, from 1, or from -1 backwards; 0 for a day without work."""
    if not calendar.works_on(day):
        return 0
    step = timedelta(days=1 if backwards else -1)
    count, at = 0, day
    while at.month == day.month:
        count += calendar.works_on(at)
        at += step
    return -count if backwards else count


def _week(day: date) -> int:
    return (day - _MONDAY).days // 7


def _clock(at: datetime) -> float:
    return 3600 * at.hour + 60 * at.minute + at.second
