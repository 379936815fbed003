"""Functions that make values of one type from others: numbers, dates, times, durations, ranges, and ``not``."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..comparison import compare
from ..numbers import as_integer, read_number
from ..range_text import parse_range
from ..runtime import Run
from ..temporal import (
    HOUR,
    MAX_OFFSET,
    MINUTE,
    SECOND,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    Zone,
    at_instant,
    find_zone,
    instant,
    make_date,
    months_between,
)
from ..temporal_text import parse_date, parse_datetime, parse_duration, parse_time
from ..values import Range, describe_type
from .registry import built_in

_GROUPING = frozenset([" ", ",", ".", None])
_DECIMAL = frozenset([".", ",", None])


@built_in("number(from: string)")
def number(run: Run, text: str) -> Decimal | None:
    return _read_number(run, text, text)


@built_in("number(from: string, grouping separator: string?, decimal separator: string?)")
def number_separated(run: Run, text: str, grouping: str | None, decimal: str | None) -> Decimal | None:
    if grouping not in _GROUPING or decimal not in _DECIMAL or (grouping is not None and grouping == decimal):
        run.warn("The separators of 'number' are a space, ',' or '.', and differ from each other")
        return None
    plain = text.replace(grouping, "") if grouping else text
    return _read_number(run, plain.replace(decimal, ".") if decimal else plain, text)


def _read_number(run: Run, text: str, shown: str) -> Decimal | None:
    plain = text.replace(".", "", 1).lstrip("+-").replace("e", "").replace("E", "").replace("-", "").replace("+", "")
    value = read_number(text) if plain.isascii() and plain.isdigit() else None
    if value is None:
        run.warn(f"'{shown[:60]}' is not a number")
    return value


@built_in("date(from: string)")
def date_from_text(run: Run, text: str) -> Date | None:
    return _read(run, parse_date(text), text, "date, such as 2026-01-31")


@built_in("date(from: moment)")
def date_from_moment(_run: Run, at: Date | DateTime) -> Date:
    return at.date if isinstance(at, DateTime) else at


@built_in("date(year: number, month: number, day: number)")
def date_from_parts(run: Run, year: Decimal, month: Decimal, day: Decimal) -> Date | None:
    parts = [as_integer(part) for part in (year, month, day)]
    made = None if None in parts else make_date(*parts)  # type: ignore[reportArgumentType]
    return _read(run, made, f"{year}-{month}-{day}", "date")


def _read(run: Run, value: Any, text: str, what: str) -> Any:
    if value is None:
        run.warn(f"'{text[:60]}' is not a {what}")
    return value


@built_in("date and time(from: string)")
def datetime_from_text(run: Run, text: str) -> DateTime | None:
    return _read(run, parse_datetime(text), text, "date and time, such as 2026-01-31T09:00:00")


@built_in("date and time(from: moment)")
def datetime_from_moment(_run: Run, at: Date | DateTime) -> DateTime:
    return DateTime(at, 0, 0) if isinstance(at, Date) else at


@built_in("date and time(date: moment, time: time)")
def datetime_from_date_and_time(_run: Run, date: Date | DateTime, time: Time) -> DateTime:
    return DateTime(date.date if isinstance(date, DateTime) else date, time.nanos, time.zone)


@built_in("date and time(date: datetime, timezone: string)")
def datetime_in_zone(run: Run, at: DateTime, timezone: str) -> DateTime | None:
    zone = _zone(run, timezone)
    return None if zone is None else at_instant(instant(at), zone)


@built_in("date and time(year: number, month: number, day: number, hour: number, minute: number, second: number)")
def datetime_from_parts(run: Run, *parts: Decimal) -> DateTime | None:
    return _datetime_from_parts(run, parts, None)


@built_in(
    "date and time(year: number, month: number, day: number, hour: number, minute: number, second: number,"
    " offset: days?)"
)
def datetime_from_parts_offset(run: Run, *parts: Any) -> DateTime | None:
    offset = parts[-1]
    return _datetime_from_parts(run, parts[:-1], None if offset is None else offset.total // SECOND)


@built_in(
    "date and time(year: number, month: number, day: number, hour: number, minute: number, second: number,"
    " timezone: string)"
)
def datetime_from_parts_zone(run: Run, *parts: Any) -> DateTime | None:
    zone = _zone(run, parts[-1])
    return None if zone is None else _datetime_from_parts(run, parts[:-1], zone)


def _zone(run: Run, name: str) -> Zone:
    if find_zone(name) is None:
        run.warn(f"'{name[:60]}' is not a time zone, such as Europe/Berlin")
        return None
    return name


def _datetime_from_parts(run: Run, parts: tuple[Decimal, ...], zone: Zone) -> DateTime | None:
    year, month, day, hour, minute, second = parts
    date = date_from_parts(run, year, month, day)
    nanos = _clock(run, hour, minute, second)
    if date is None or nanos is None or (isinstance(zone, int) and abs(zone) > MAX_OFFSET):
        return None
    return DateTime(date, nanos, zone)


def _clock(run: Run, hour: Decimal, minute: Decimal, second: Decimal) -> int | None:
    hours, minutes = as_integer(hour), as_integer(minute)
    fits = hours is not None and 0 <= hours < 24 and minutes is not None and 0 <= minutes < 60 and 0 <= second < 60
    if not fits or hours is None or minutes is None:
        run.warn("The hour, minute or second is no part of a day")
        return None
    return hours * HOUR + minutes * MINUTE + int(second * SECOND)


@built_in("time(from: string)")
def time_from_text(run: Run, text: str) -> Time | None:
    return _read(run, parse_time(text), text, "time, such as 09:30:00")


@built_in("time(from: time)")
def time_from_time(_run: Run, time: Time) -> Time:
    return time


@built_in("time(from: moment)")
def time_from_moment(_run: Run, at: Date | DateTime) -> Time:
    """A date's time is midnight in UTC."""
    return Time(at.nanos, at.zone) if isinstance(at, DateTime) else Time(0, 0)


@built_in("time(hour: number, minute: number, second: number, offset: days?)")
def time_from_parts(
    run: Run, hour: Decimal, minute: Decimal, second: Decimal, offset: DaysDuration | None
) -> Time | None:
    nanos = _clock(run, hour, minute, second)
    zone = None if offset is None else offset.total // SECOND
    if nanos is None or (zone is not None and abs(zone) > MAX_OFFSET):
        return None
    return Time(nanos, zone)


@built_in("duration(from: string)")
def duration_from_text(run: Run, text: str) -> DaysDuration | MonthsDuration | None:
    return _read(run, parse_duration(text), text, "duration, such as P3D or PT2H")


@built_in("duration(from: duration)")
def duration_from_duration(_run: Run, value: DaysDuration | MonthsDuration) -> DaysDuration | MonthsDuration:
    return value


@built_in("years and months duration(from: moment, to: moment)")
def years_and_months_duration(_run: Run, start: Date | DateTime, end: Date | DateTime) -> MonthsDuration:
    return months_between(start, end)


@built_in("range(from: string)")
def range_from_text(run: Run, text: str) -> Range | None:
    """Both ends are literals, in order."""
    made = parse_range(text)
    order = None if made is None else compare(run, made.low, made.high)
    if made is None or order is None or order > 0:
        run.warn(f"'{text[:60]}' is not a range, such as [1..10]")
        return None
    return made


@built_in("not(negand: any)")
def not_(run: Run, negand: Any) -> bool | None:
    if isinstance(negand, bool):
        return not negand
    run.warn(f"'not' was given {describe_type(negand)}, which is neither true nor false")
    return None
