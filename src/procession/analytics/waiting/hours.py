"""When people are at work: as their calendars say, or as the log shows it.

Discovered hours are slots of one hour in the week. A slot counts as worked when something was begun or ended in it in
at least a tenth of the weeks (support as in Martin et al. and Prosimos). Somebody with few records follows what all
show together. A day on which nobody did anything, though its weekday is otherwise a busy one, is a holiday.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import InstanceTable
from procession.engine.calendar import WorkCalendar

Ints = NDArray[np.int64]

HOUR: Final = 3_600_000_000
_WEEK: Final = 168
SUPPORT: Final = 0.1
"""The share of weeks in which a slot must be seen at work."""
COVERED: Final = 0.9
"""The share of records that the slots must hold. On logs with a few records a week, slots hold less than that by chance."""
OWN_WEEKS: Final = 4
"""Weeks of records from which on somebody's own hours are told apart from everybody's."""
OWN_PER_SLOT: Final = 10
"""Beginnings and ends a worked slot that own hours need on average."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenHours:
    """Open stretches of several calendars one after another, and which of them each resource keeps to."""

    opens: Ints
    closes: Ints
    first: Ints
    """Where each calendar begins among the stretches; one entry more than there are calendars."""
    of_resource: Ints
    """The calendar of each resource; -1: day and night."""
    of_nobody: int = -1
    """The calendar of work whose resource is unknown."""
    discovered: bool = False
    """Whether the log showed them, rather than a calendar."""

    @property
    def columns(self) -> tuple[Ints, Ints, Ints, Ints]:
        """As the kernels read them: opens, closes, open time of the calendar before each stretch, first."""
        before = np.concatenate(([0], np.cumsum(self.closes - self.opens)[:-1])) if len(self.opens) else self.opens
        own = before - np.repeat(
            before[self.first[:-1][np.diff(self.first) > 0]], np.diff(self.first)[np.diff(self.first) > 0]
        )
        return self.opens, self.closes, own.astype(np.int64), self.first


def around_the_clock(resources: int) -> OpenHours:
    """Everybody is always there."""
    nothing = np.zeros(0, dtype=np.int64)
    return OpenHours(
        opens=nothing, closes=nothing, first=np.zeros(1, dtype=np.int64),
        of_resource=np.full(resources, -1, dtype=np.int64),
    )  # fmt: skip


def recorded(table: InstanceTable, usual: WorkCalendar, own: Mapping[str, WorkCalendar]) -> OpenHours:
    """The organisation's calendar, and those of people who have their own (by name of the resource)."""
    if not len(table):
        return around_the_clock(len(table.resource_names))
    begin, end = moment(int(table.ready.min())), moment(int(table.end.max()) + 1)
    calendars = list(dict.fromkeys([usual, *(own[name] for name in table.resource_names if name in own)]))
    stretches = [_stretches(one, begin, end) for one in calendars]
    number = {calendar: place for place, calendar in enumerate(calendars)}
    of_resource = [number[own.get(name, usual)] for name in table.resource_names]
    return _joined(stretches, np.array(of_resource, dtype=np.int64), 0, discovered=False)


def _stretches(calendar: WorkCalendar, begin: datetime, end: datetime) -> tuple[Ints, Ints]:
    first, last = calendar.local_day(begin), calendar.local_day(end)
    days = (first + timedelta(days=n) for n in range((last - first).days + 2))
    pairs: list[tuple[int, int]] = []
    for opens, closes in (pair for day in days for pair in calendar.stretches(day)):
        if pairs and micros(opens) <= pairs[-1][1]:
            pairs[-1] = (pairs[-1][0], micros(closes))
        else:
            pairs.append((micros(opens), micros(closes)))
    table = np.array(pairs, dtype=np.int64).reshape(-1, 2)
    return table[:, 0].copy(), table[:, 1].copy()


def discovered(table: InstanceTable, zone: ZoneInfo | None = None) -> OpenHours:
    """The hours that beginnings and ends show, in the wall clock of `zone` (UTC where none is known)."""
    resources = len(table.resource_names)
    known = table.resource >= 0
    if not known.any():
        return around_the_clock(resources)
    who = np.concatenate((table.resource[known], table.resource[known])).astype(np.int64)
    at = np.concatenate((table.start[known], np.maximum(table.end[known] - 1, table.start[known])))
    hour = at // HOUR
    origin, last = int(hour.min()), int(hour.max())
    slots = _slots_of(origin, last, zone)
    weeks = max(1.0, (last - origin + 1) / _WEEK)
    everybody = _worked(hour - origin, slots, weeks)
    if float(everybody[slots[hour - origin]].mean()) < COVERED:
        return around_the_clock(resources)
    holidays = _holidays(hour - origin, slots)
    patterns, number = [everybody], {everybody.tobytes(): 0}
    of_resource = np.zeros(resources, dtype=np.int64)
    order = np.argsort(who, kind="stable")
    bounds = np.searchsorted(who[order], np.arange(resources + 1))
    for resource in range(resources):
        own = hour[order[bounds[resource] : bounds[resource + 1]]]
        if len(own) < OWN_PER_SLOT or (int(own.max()) - int(own.min())) < OWN_WEEKS * _WEEK:
            continue
        pattern = _worked(own - origin, slots, (int(own.max()) - int(own.min()) + 1) / _WEEK)
        if len(own) >= OWN_PER_SLOT * pattern.sum():
            of_resource[resource] = number.setdefault(pattern.tobytes(), len(patterns))
            if of_resource[resource] == len(patterns):
                patterns.append(pattern)
    stretches = [_merged(pattern[slots] & ~holidays, origin) for pattern in patterns]
    return _joined(stretches, of_resource, -1, discovered=True)


def _slots_of(origin: int, last: int, zone: ZoneInfo | None) -> Ints:
    """Of each hour of the span its slot in the week, by the wall clock. Half-hour zones are rounded down."""
    hours = np.arange(origin, last + 1, dtype=np.int64)
    if zone is None:
        return hours % _WEEK
    days = range(origin // 24, last // 24 + 1)
    offsets = np.array(
        [int((zone.utcoffset(_EPOCH.replace(tzinfo=None) + timedelta(days=d, hours=12)) or timedelta()) // timedelta(hours=1))
         for d in days], dtype=np.int64,
    )  # fmt: skip
    return (hours + offsets[hours // 24 - origin // 24]) % _WEEK


def _worked(hour: Ints, slots: Ints, weeks: float) -> NDArray[np.bool_]:
    seen = np.zeros(len(slots), dtype=bool)
    seen[hour] = True
    return np.bincount(slots[seen], minlength=_WEEK) >= SUPPORT * weeks


def _holidays(hour: Ints, slots: Ints) -> NDArray[np.bool_]:
    """The hours of days without any record, where half of the same weekdays have ten and more."""
    day_of = np.concatenate(([0], np.cumsum(slots[1:] // 24 != slots[:-1] // 24)))
    counts = np.bincount(day_of[hour], minlength=int(day_of[-1]) + 1)
    weekday = np.zeros(len(counts), dtype=np.int64)
    weekday[day_of] = slots // 24
    usual = np.array([np.median(counts[weekday == d]) if (weekday == d).any() else 0 for d in range(7)])
    return ((counts == 0) & (usual[weekday] >= 10))[day_of]


def _merged(is_open: NDArray[np.bool_], origin: int) -> tuple[Ints, Ints]:
    edge = np.diff(np.concatenate(([0], is_open.astype(np.int8), [0])))
    return (origin + np.flatnonzero(edge == 1)) * HOUR, (origin + np.flatnonzero(edge == -1)) * HOUR


def _joined(stretches: list[tuple[Ints, Ints]], of_resource: Ints, of_nobody: int, *, discovered: bool) -> OpenHours:
    first = np.concatenate(([0], np.cumsum([len(opens) for opens, _ in stretches]))).astype(np.int64)
    return OpenHours(
        opens=np.concatenate([opens for opens, _ in stretches]),
        closes=np.concatenate([closes for _, closes in stretches]),
        first=first, of_resource=of_resource, of_nobody=of_nobody, discovered=discovered,
    )  # fmt: skip


def micros(at: datetime) -> int:
    """Whole microseconds since 1970 in UTC."""
    return (at.astimezone(UTC) - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime:
    """The moment of so many microseconds since 1970."""
    return _EPOCH + timedelta(microseconds=at)
