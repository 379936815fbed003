"""Dates, times and durations to and from their text (ISO 8601 as XML Schema and DMN narrow it)."""

from __future__ import annotations

import re

from .temporal import (
    DAY,
    HOUR,
    MAX_OFFSET,
    MAX_YEAR,
    MINUTE,
    SECOND,
    BusinessDuration,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    OutOfRange,
    Temporal,
    Time,
    Zone,
    civil_from_days,
    find_zone,
    make_date,
)

# These patterns are ours, anchored, and without nested repetition: they take linear time on any text.
_DATE = re.compile(r"(-?)([1-9][0-9]{4,8}|[0-9]{4})-([0-9]{2})-([0-9]{2})", re.ASCII)
_TIME = re.compile(r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,18}))?(.*)", re.ASCII)
_OFFSET = re.compile(r"([+-])([0-9]{2}):([0-9]{2})(?::([0-9]{2}))?", re.ASCII)
_MONTHS = re.compile(r"(-?)P(?:([0-9]{1,18})Y)?(?:([0-9]{1,18})M)?", re.ASCII)
_DAYS = re.compile(
    r"(-?)P(?:([0-9]{1,18})D)?(?:T(?:([0-9]{1,18})H)?(?:([0-9]{1,18})M)?(?:([0-9]{1,18})(?:\.([0-9]{0,18}))?S)?)?",
    re.ASCII,
)


def parse_date(text: str) -> Date | None:
    match = _DATE.fullmatch(text)
    if match is None:
        return None
    sign, year, month, day = match.groups()
    return make_date(int(sign + year), int(month), int(day))


def parse_time(text: str) -> Time | None:
    read = _parse_clock(text)
    if read is None or read[0] >= DAY:
        return None
    return Time(*read)


def parse_datetime(text: str) -> DateTime | None:
    """``24:00:00`` is the next day's midnight. A date alone is its midnight."""
    day, separator, clock = text.partition("T")
    date = parse_date(day)
    if date is None:
        return None
    if not separator:
        return DateTime(date, 0)
    read = _parse_clock(clock)
    if read is None:
        return None
    nanos, zone = read
    if nanos == DAY:
        try:
            return DateTime(civil_from_days(date.ordinal + 1), 0, zone)
        except OutOfRange:
            return None
    return DateTime(date, nanos, zone)


def _parse_clock(text: str) -> tuple[int, Zone] | None:
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second = (int(part) for part in match.group(1, 2, 3))
    nanos = int((match.group(4) or "").ljust(9, "0")[:9])
    if minute > 59 or second > 59 or hour > 24 or (hour == 24 and (minute or second or nanos)):
        return None
    zone = parse_zone(match.group(5))
    if zone is _NO_ZONE:
        return None
    return hour * HOUR + minute * MINUTE + second * SECOND + nanos, zone  # type: ignore[return-value]


_NO_ZONE = object()


def parse_zone(text: str) -> Zone | object:
    if not text:
        return None
    if text == "Z":
        return 0
    if text.startswith("@"):
        return text[1:] if find_zone(text[1:]) else _NO_ZONE
    match = _OFFSET.fullmatch(text)
    if match is None:
        return _NO_ZONE
    sign, hours, minutes, seconds = match.groups()
    offset = int(hours) * 3600 + int(minutes) * 60 + int(seconds or 0)
    if offset > MAX_OFFSET or int(minutes) > 59 or int(seconds or 0) > 59:
        return _NO_ZONE
    return -offset if sign == "-" else offset


def parse_duration(text: str) -> DaysDuration | MonthsDuration | None:
    if text.endswith(("P", "T", "-")):
        return None
    match = _MONTHS.fullmatch(text)
    if match:
        sign, years, months = match.groups()
        total = int(years or 0) * 12 + int(months or 0)
        return MonthsDuration(-total if sign else total)
    match = _DAYS.fullmatch(text)
    if match is None:
        return None
    sign, days, hours, minutes, seconds, fraction = match.groups()
    nanos = int(hours or 0) * HOUR + int(minutes or 0) * MINUTE + int(seconds or 0) * SECOND
    nanos += int((fraction or "").ljust(9, "0")[:9])
    whole = int(days or 0)
    return DaysDuration(-whole, -nanos) if sign else DaysDuration(whole, nanos)


def parse_temporal(text: str) -> Temporal | None:
    """What ``@"…"`` means: the first of date, date and time, time and duration that reads it."""
    return parse_date(text) or parse_datetime(text) or parse_time(text) or parse_duration(text)


def write(value: Temporal) -> str:
    """The text that reads back as the value; a business duration is words."""
    match value:
        case Date():
            return _write_date(value)
        case Time():
            return _write_clock(value.nanos, value.zone)
        case DateTime():
            return f"{_write_date(value.date)}T{_write_clock(value.nanos, value.zone)}"
        case MonthsDuration():
            return _write_months(value.months)
        case DaysDuration():
            return _write_days(value.total)
        case BusinessDuration():
            return _write_business(value)


def _write_date(date: Date) -> str:
    sign = "-" if date.year < 0 else ""
    return f"{sign}{abs(date.year):04d}-{date.month:02d}-{date.day:02d}"


def _write_clock(nanos: int, zone: Zone) -> str:
    seconds, fraction = divmod(nanos, SECOND)
    tail = f".{fraction:09d}".rstrip("0") if fraction else ""
    clock = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{tail}"
    return clock + write_zone(zone)


def write_zone(zone: Zone) -> str:
    if zone is None:
        return ""
    if isinstance(zone, str):
        return f"@{zone}"
    if zone == 0:
        return "Z"
    size = abs(zone)
    seconds = f":{size % 60:02d}" if size % 60 else ""
    return f"{'-' if zone < 0 else '+'}{size // 3600:02d}:{size // 60 % 60:02d}{seconds}"


def _write_months(months: int) -> str:
    years, rest = divmod(abs(months), 12)
    text = (f"{years}Y" if years else "") + (f"{rest}M" if rest or not years else "")
    return f"{'-' if months < 0 else ''}P{text}"


def _write_days(total: int) -> str:
    days, rest = divmod(abs(total), DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, nanos = divmod(rest, SECOND)
    fraction = f".{nanos:09d}".rstrip("0") if nanos else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    clock += f"{seconds}{fraction}S" if seconds or nanos else ""
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{'-' if total < 0 else ''}P{text or 'T0S'}"


def _write_business(value: BusinessDuration) -> str:
    if value.unit == "days":
        return f"{value.amount} business {'day' if abs(value.amount) == 1 else 'days'}"
    hours = f"{value.amount / HOUR:g}"
    return f"{hours} business {'hour' if hours in ('1', '-1') else 'hours'}"


assert MAX_YEAR < 10**9  # _DATE reads nine digits
