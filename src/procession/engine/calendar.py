"""Working calendars: when work is done, and how far away a working moment is.

A calendar is weekly working hours in one time zone, minus public holidays and closures. Times go in as aware datetimes
and come out in UTC. A working stretch is half-open: work happens from its opening up to, not including, its closing;
a result may be a closing moment, because "by five o'clock" is when that day's work ends.
"""

from __future__ import annotations

import zoneinfo
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from procession.engine.calendar_form import (
    WEEKDAYS,
    CalendarError,
    Hours,
    clock_text,
    read,
    refuse_bad_hours,
    zone_named,
)

__all__ = ["HORIZON_DAYS", "STANDARD", "WEEKDAYS", "CalendarError", "Hours", "Stretch", "WorkCalendar"]

HORIZON_DAYS = 36525
"""How far a search looks, in days (a century). What is further away is a mistake, not a plan."""

_CACHED_DAYS = 4096
_ONE_DAY = timedelta(days=1)
_ZERO = timedelta()

Stretch = tuple[datetime, datetime]
"""One unbroken piece of working time, from its opening to its closing, in UTC."""


@dataclass(frozen=True, slots=True)
class WorkCalendar:
    """Weekly working hours in one time zone, without holidays and closures."""

    id: str
    """The calendar's name, unique in the organisation."""

    zone: str
    """The IANA time zone in which hours, holidays and closures are meant, such as `Europe/Berlin`."""

    hours: tuple[Hours, ...]
    """Seven entries, Monday first."""

    holidays: frozenset[date] = frozenset()
    """Single local days without work."""

    closures: tuple[tuple[date, date], ...] = ()
    """Spans of local days without work, first and last day included."""

    _tz: zoneinfo.ZoneInfo = field(init=False, repr=False, compare=False)
    _stretches: dict[date, tuple[Stretch, ...]] = field(
        init=False, repr=False, compare=False, default_factory=dict[date, "tuple[Stretch, ...]"]
    )

    def __post_init__(self) -> None:
        object.__setattr__(self, "_tz", zone_named(self.id, self.zone))
        refuse_bad_hours(self.id, self.hours)
        for first, last in self.closures:
            if last < first:
                raise CalendarError(
                    f"calendar {self.id}: the closure from {first} ends on {last}, before it begins",
                    "write the first day first",
                )

    # Asking

    def is_working(self, at: datetime) -> bool:
        """Whether `at` lies inside working hours; a closing moment does not."""
        at = _utc(at)
        return any(opens <= at < closes for day in self._days_around(at) for opens, closes in self._on(day))

    def works_on(self, day: date) -> bool:
        """Whether any work is done on that local day."""
        return bool(self._on(day))

    def next_working(self, at: datetime) -> datetime:
        """The first working moment that is not before `at`."""
        at = _utc(at)
        for opens, closes in self._forward(at):
            if at < closes:
                return max(at, opens)
        raise self._unreachable(at)

    def last_working(self, at: datetime) -> datetime:
        """`at` inside working hours or at their end; otherwise the closing before it. The mirror of `next_working`."""
        at = _utc(at)
        for opens, closes in self._backward(at):
            if at > opens:
                return min(at, closes)
        raise self._unreachable(at)

    def local_day(self, at: datetime) -> date:
        """The day on this calendar's wall."""
        return at.astimezone(self._tz).date()

    def working_between(self, a: datetime, b: datetime) -> timedelta:
        """Working time from `a` to `b`; negative when `b` is the earlier one, so that it always adds up."""
        a, b = _utc(a), _utc(b)
        if b < a:
            return -self.working_between(b, a)
        total = _ZERO
        for opens, closes in self._forward(a, until=b):
            if opens >= b:
                break
            overlap = min(closes, b) - max(opens, a)
            if overlap > _ZERO:
                total += overlap
        return total

    # Counting

    def add_business_time(self, at: datetime, amount: timedelta) -> datetime:
        """The moment at which `amount` of working time has passed, counted from the next working moment.

        A negative amount counts back from the last working moment at or before `at`.
        """
        if amount < _ZERO:
            return self._subtract_business_time(at, -amount)
        at = _utc(at)
        left = amount
        for opens, closes in self._forward(at):
            begin = max(opens, at)
            if begin >= closes:
                continue
            if closes - begin >= left:
                return begin + left
            left -= closes - begin
        raise self._unreachable(at)

    def _subtract_business_time(self, at: datetime, amount: timedelta) -> datetime:
        at = _utc(at)
        left = amount
        for opens, closes in self._backward(at):
            finish = min(closes, at)
            if finish <= opens:
                continue
            if finish - opens >= left:
                return finish - left
            left -= finish - opens
        raise self._unreachable(at)

    def add_business_days(self, at: datetime, days: int) -> datetime:
        """The same clock time on the nth working day after the next working moment, cut to that day's closing.

        Where that clock time falls before opening or into a break, the next working moment of the day is taken.
        A negative `days` counts back from the last working moment at or before `at`.
        """
        start = self.next_working(at) if days >= 0 else self.last_working(at)
        if days == 0:
            return start
        local = start.astimezone(self._tz)
        # A closing at midnight belongs to the day it ends.
        day, clock = local.date(), _clock(local)
        if days < 0 and clock == _ZERO:
            day, clock = day - _ONE_DAY, _ONE_DAY
        wanted = self._shift(start, day, clock, days)
        stretches = self._on(wanted)
        moment = self._moment(wanted, clock)
        for opens, closes in stretches:
            if moment < closes:
                return max(moment, opens)
        return stretches[-1][1]

    def _shift(self, start: datetime, day: date, clock: timedelta, n: int) -> date:
        """The nth working day after (before, when negative) `day`."""
        step = _ONE_DAY if n > 0 else -_ONE_DAY
        left = abs(n)
        for _ in range(HORIZON_DAYS):
            day = _plus(day, step) or day
            if self._on(day):
                left -= 1
                if not left:
                    return day
        raise self._unreachable(start)

    def add_days(self, at: datetime, n: int) -> datetime:
        """The same clock time `n` local calendar days later, working or not.

        A clock time that the day skips (summer time begins) becomes the moment of the change.
        """
        local = _utc(at).astimezone(self._tz)
        try:
            return self._moment(local.date() + timedelta(days=n), _clock(local), fold=local.fold if n == 0 else 0)
        except OverflowError:
            raise self._unreachable(at) from None

    def at_clock(self, day: date, clock: timedelta) -> datetime:
        """The moment at which that local day's clock has reached `clock`, counted from midnight."""
        return self._moment(day, clock)

    def end_of_day(self, day: date) -> datetime:
        """When that local day's working hours end; the next working day's, when there is no work that day."""
        at = day
        for _ in range(HORIZON_DAYS):
            stretches = self._on(at)
            if stretches:
                return stretches[-1][1]
            following = _plus(at, _ONE_DAY)
            if following is None:
                break
            at = following
        raise self._unreachable(datetime.combine(day, time(), UTC))

    # Stretches

    def stretches(self, day: date) -> tuple[Stretch, ...]:
        """The working stretches of one local day."""
        return self._on(day)

    def _on(self, day: date) -> tuple[Stretch, ...]:
        """The working stretches of one local day, in UTC; those that a clock change swallows are left out."""
        known = self._stretches.get(day)
        if known is not None:
            return known
        found: tuple[Stretch, ...] = ()
        closed = day in self.holidays or any(first <= day <= last for first, last in self.closures)
        if not closed:
            pairs = (
                (self._moment(day, timedelta(minutes=a)), self._moment(day, timedelta(minutes=b)))
                for a, b in self.hours[day.weekday()]
            )
            found = tuple((opens, closes) for opens, closes in pairs if opens < closes)
        if len(self._stretches) >= _CACHED_DAYS:
            self._stretches.clear()
        self._stretches[day] = found
        return found

    def _days_around(self, at: datetime) -> tuple[date, ...]:
        """Local days whose hours can hold `at`: clocks set back across midnight make the wall's day ambiguous."""
        day = self.local_day(at)
        return tuple(d for d in (_plus(day, -_ONE_DAY), day, _plus(day, _ONE_DAY)) if d is not None)

    def _forward(self, at: datetime, until: datetime | None = None) -> Iterator[Stretch]:
        """Stretches in order, beginning not later than the one around `at`, for a century or up to `until`."""
        first = self.local_day(at)
        day: date | None = _plus(first, -_ONE_DAY) or first
        last = _plus(first, timedelta(days=HORIZON_DAYS)) or date.max
        if until is not None:
            last = _plus(self.local_day(until), _ONE_DAY) or date.max
        while day is not None and day <= last:
            yield from self._on(day)
            day = _plus(day, _ONE_DAY)

    def _backward(self, at: datetime) -> Iterator[Stretch]:
        """Stretches in reverse order, beginning not before the one around `at`, for a century."""
        first = self.local_day(at)
        day: date | None = _plus(first, _ONE_DAY) or first
        last = _plus(first, timedelta(days=-HORIZON_DAYS)) or date.min
        while day is not None and day >= last:
            yield from reversed(self._on(day))
            day = _plus(day, -_ONE_DAY)

    def _moment(self, day: date, clock: timedelta, fold: int = 0) -> datetime:
        """The first moment at which the wall clock has reached `clock` on `day`: monotone in `clock`."""
        wall = datetime.combine(day, time()) + clock
        found = wall.replace(tzinfo=self._tz, fold=fold).astimezone(UTC)
        if found.astimezone(self._tz).replace(tzinfo=None) == wall:
            return found
        # The clock jumped over this time. It had reached it at the jump, which lies within the size of the jump.
        early = wall.replace(tzinfo=self._tz, fold=1, microsecond=0).astimezone(UTC)
        late = found.replace(microsecond=0) + timedelta(seconds=1)
        while late - early > timedelta(seconds=1):
            middle = early + timedelta(seconds=(late - early) // timedelta(seconds=2))
            if middle.astimezone(self._tz).replace(tzinfo=None) >= wall:
                late = middle
            else:
                early = middle
        return late

    def _unreachable(self, at: datetime) -> CalendarError:
        return CalendarError(
            f"calendar {self.id} has too little working time around {at:%Y-%m-%d}: nothing found within a century",
            "look at its hours, holidays and closures",
        )

    # As data

    def to_json(self) -> dict[str, Any]:
        """This calendar as JSON data; `from_json` reads it back."""
        return {
            "id": self.id,
            "zone": self.zone,
            "hours": {
                name: [f"{clock_text(a)}-{clock_text(b)}" for a, b in self.hours[index]]
                for index, name in enumerate(WEEKDAYS)
                if self.hours[index]
            },
            "holidays": [day.isoformat() for day in sorted(self.holidays)],
            "closures": [{"from": first.isoformat(), "to": last.isoformat()} for first, last in self.closures],
        }

    @classmethod
    def from_json(cls, data: object) -> WorkCalendar:
        """Read what `to_json` wrote, or a person did. Raises `CalendarError` naming the key that is wrong."""
        parts = read(data)
        return cls(parts.id, parts.zone, parts.hours, parts.holidays, parts.closures)


# Small helpers


def _utc(at: datetime) -> datetime:
    if at.tzinfo is None:
        raise CalendarError(f"{at.isoformat()} has no time zone", "give an aware datetime, such as one in UTC")
    return at.astimezone(UTC)


def _clock(local: datetime) -> timedelta:
    return timedelta(hours=local.hour, minutes=local.minute, seconds=local.second, microseconds=local.microsecond)


def _plus(day: date, step: timedelta) -> date | None:
    """`day + step`, or None where Python's calendar ends; one day of room is kept for the time zone."""
    try:
        moved = day + step
    except OverflowError:
        return None
    return moved if date.min + _ONE_DAY < moved < date.max - _ONE_DAY else None


STANDARD = WorkCalendar(id="standard", zone="UTC", hours=(((9 * 60, 17 * 60),),) * 5 + ((), ()))
"""Monday to Friday, nine to five, UTC: what applies where nothing else was set up."""
