"""FEEL's dates, times and durations.

Python's own types stop at the year 9999 and at microseconds, and cannot keep a zone's name apart from its offset on a
time of day; DMN needs all three. Days are counted from 1970-01-01 in the proleptic Gregorian calendar, time is
counted in
nanoseconds. A ``zone`` is None (local), an offset from UTC in seconds, or the name of a zone of the IANA database.
"""

from __future__ import annotations

import datetime as python
from dataclasses import dataclass
from functools import lru_cache
from zoneinfo import ZoneInfo

SECOND = 1_000_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
MAX_YEAR = 999_999_999
MAX_OFFSET = 18 * 3600
_MAX_DAYS = 366 * (MAX_YEAR + 1)

Zone = int | str | None


@dataclass(frozen=True, slots=True)
class Date:
    """A day of the calendar."""

    year: int
    month: int
    day: int

    @property
    def ordinal(self) -> int:
        """Days since 1970-01-01."""
        return days_from_civil(self.year, self.month, self.day)


@dataclass(frozen=True, slots=True)
class Time:
    """A time of day, ``nanos`` after midnight."""

    nanos: int
    zone: Zone = None


@dataclass(frozen=True, slots=True)
class DateTime:
    """A moment on a calendar and a clock; local unless it has a zone."""

    date: Date
    nanos: int
    zone: Zone = None


@dataclass(frozen=True, slots=True, eq=False)
class DaysDuration:
    """A days and time duration.

    Days and clock time are kept apart so that three days added to a moment in a named zone are calendar days, while 72
    hours are exact; two durations of the same total are equal.
    """

    days: int
    nanos: int = 0

    @property
    def total(self) -> int:
        """The whole length in nanoseconds."""
        return self.days * DAY + self.nanos

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DaysDuration) and self.total == other.total

    def __hash__(self) -> int:
        return hash(("days", self.total))


@dataclass(frozen=True, slots=True)
class MonthsDuration:
    """A years and months duration, in months."""

    months: int


@dataclass(frozen=True, slots=True)
class BusinessDuration:
    """Working time: business days, or business hours in nanoseconds. Only a calendar knows how long that is."""

    amount: int
    unit: str
    """``days`` or ``hours``; ``amount`` counts days or nanoseconds."""


Temporal = Date | Time | DateTime | DaysDuration | MonthsDuration | BusinessDuration


class OutOfRange(ValueError):
    """A date beyond the years that FEEL knows."""


def days_from_civil(year: int, month: int, day: int) -> int:
    """Days since 1970-01-01 (H. Hinnant, chrono-compatible low-level date algorithms)."""
    year -= month <= 2
    era = year // 400
    year_of_era = year - era * 400
    day_of_year = (153 * (month + (-3 if month > 2 else 9)) + 2) // 5 + day - 1
    return era * 146_097 + year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year - 719_468


def civil_from_days(days: int) -> Date:
    """The date that many days after 1970-01-01. Raises OutOfRange beyond FEEL's years."""
    if abs(days) > _MAX_DAYS:
        raise OutOfRange
    days += 719_468
    era = days // 146_097
    day_of_era = days - era * 146_097
    year_of_era = (day_of_era - day_of_era // 1460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + (3 if shifted_month < 10 else -9)
    year = year_of_era + era * 400 + (month <= 2)
    if abs(year) > MAX_YEAR:
        raise OutOfRange
    return Date(year, month, day)


def is_leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year: int, month: int) -> int:
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def make_date(year: int, month: int, day: int) -> Date | None:
    """The date, or None where there is no such day."""
    if abs(year) > MAX_YEAR or not 1 <= month <= 12 or not 1 <= day <= days_in_month(year, month):
        return None
    return Date(year, month, day)


def weekday(date: Date) -> int:
    """Monday is 1, Sunday is 7."""
    return (date.ordinal + 3) % 7 + 1


@lru_cache(maxsize=512)
def find_zone(name: str) -> ZoneInfo | None:
    """The zone of that name in the IANA database, or None."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, KeyError):  # ZoneInfo raises any of these for a name it cannot read
        return None


def offset_at(zone: Zone, date: Date, nanos: int) -> int:
    """The offset from UTC, in seconds, that a clock in the zone shows at that local time."""
    if zone is None:
        return 0
    if isinstance(zone, int):
        return zone
    info = find_zone(zone)
    if info is None:
        return 0
    year = date.year if 1 < date.year < 9999 else 2000 + date.year % 400  # same weekdays and leap years
    midnight = python.datetime(year, date.month, date.day, tzinfo=info)
    offset = (midnight + python.timedelta(microseconds=nanos // 1000)).utcoffset()  # moves the clock's hands
    return int(offset.total_seconds()) if offset else 0


def instant(at: DateTime) -> int:
    """Nanoseconds since 1970-01-01T00:00Z; a local moment is read as if in UTC."""
    return at.date.ordinal * DAY + at.nanos - offset_at(at.zone, at.date, at.nanos) * SECOND


def at_instant(nanos: int, zone: Zone) -> DateTime:
    """The moment that many nanoseconds after the epoch, as a clock in the zone shows it."""
    if isinstance(zone, str):
        days, rest = divmod(nanos, DAY)
        date = civil_from_days(days)
        info = find_zone(zone)
        year = date.year if 1 < date.year < 9999 else 2000 + date.year % 400
        utc = python.datetime(year, date.month, date.day, tzinfo=python.UTC) + python.timedelta(
            microseconds=rest // 1000
        )
        shift = utc.astimezone(info).utcoffset() if info else None
        nanos += int(shift.total_seconds()) * SECOND if shift else 0
    elif zone is not None:
        nanos += zone * SECOND
    days, rest = divmod(nanos, DAY)
    return DateTime(civil_from_days(days), rest, zone)


def add_days_duration(at: DateTime, duration: DaysDuration) -> DateTime:
    """Whole days keep the clock's hands where they are; hours and smaller are exact."""
    if not isinstance(at.zone, str):
        days, nanos = divmod(at.date.ordinal * DAY + at.nanos + duration.total, DAY)
        return DateTime(civil_from_days(days), nanos, at.zone)
    moved = DateTime(civil_from_days(at.date.ordinal + duration.days), at.nanos, at.zone)
    return at_instant(instant(moved) + duration.nanos, at.zone) if duration.nanos else moved


def add_months(date: Date, months: int) -> Date:
    """The same day of a later month, or that month's last day. Raises OutOfRange."""
    year, month = divmod(date.year * 12 + date.month - 1 + months, 12)
    if abs(year) > MAX_YEAR:
        raise OutOfRange
    return Date(year, month + 1, min(date.day, days_in_month(year, month + 1)))


def months_between(start: DateTime | Date, end: DateTime | Date) -> MonthsDuration:
    """Whole months from the one day to the other, towards zero; the time of day does not count."""
    first = start if isinstance(start, Date) else start.date
    last = end if isinstance(end, Date) else end.date
    months = (last.year - first.year) * 12 + last.month - first.month
    if months > 0 and last.day < first.day:
        months -= 1
    elif months < 0 and last.day > first.day:
        months += 1
    return MonthsDuration(months)


def time_instant(value: Time) -> int:
    """Nanoseconds by which times of day are ordered; a named zone counts with its offset on 1970-01-01."""
    return value.nanos - offset_at(value.zone, _EPOCH, value.nanos) * SECOND


_EPOCH = Date(1970, 1, 1)
