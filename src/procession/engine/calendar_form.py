"""The written form of a working calendar: what JSON and YAML may say, and a clear error for anything else."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import cast

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
MINUTES_A_DAY = 24 * 60

Hours = tuple[tuple[int, int], ...]
"""The working hours of one weekday: (start, end) in minutes after local midnight, in order, not overlapping."""


class CalendarError(ValueError):
    """A calendar that cannot be used, or a moment it cannot reach."""

    def __init__(self, sentence: str, hint: str | None = None) -> None:
        super().__init__(sentence)
        self.hint = hint
        """What would be right, where that is known."""


def clock_text(minute: int) -> str:
    """Minutes after midnight as a person reads them: 540 is 09:00."""
    return f"{minute // 60:02d}:{minute % 60:02d}"


def zone_named(calendar_id: str, name: str) -> zoneinfo.ZoneInfo:
    """The time zone of that IANA name. Raises `CalendarError` with the nearest known one."""
    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        near = difflib.get_close_matches(name, sorted(zoneinfo.available_timezones()), n=1, cutoff=0.5)
        hint = f"did you mean {near[0]}?" if near else "use an IANA name such as Europe/Berlin"
        raise CalendarError(f"calendar {calendar_id}: there is no time zone {name!r}", hint) from None


def refuse_bad_hours(calendar_id: str, hours: tuple[Hours, ...]) -> None:
    """Raise `CalendarError` unless these are seven days of ordered hours, at least one of them not empty."""
    if len(hours) != len(WEEKDAYS):
        raise CalendarError(f"calendar {calendar_id}: hours has {len(hours)} days instead of seven")
    for name, intervals in zip(WEEKDAYS, hours, strict=True):
        free_from = 0
        for start, end in intervals:
            text = f"{clock_text(start)}-{clock_text(end)}"
            if not 0 <= start < end <= MINUTES_A_DAY:
                raise CalendarError(
                    f"calendar {calendar_id}: {name} {text} does not end after it begins, within the day",
                    "a shift over midnight is written as two: until 24:00, and from 00:00 of the next day",
                )
            if start < free_from:
                raise CalendarError(
                    f"calendar {calendar_id}: {name} {text} overlaps or comes before the hours in front of it",
                    "list the hours of a day in order",
                )
            free_from = end
    if not any(hours):
        raise CalendarError(
            f"calendar {calendar_id} never works: no weekday has hours", 'write hours such as monday: ["09:00-17:00"]'
        )


_KEYS = ("id", "zone", "hours", "holidays", "closures")
_INTERVAL = re.compile(r"([0-9]{1,2}):([0-9]{2})\s*[-–]\s*([0-9]{1,2}):([0-9]{2})")


@dataclass(frozen=True, slots=True)
class CalendarText:
    """A calendar's parts, read from data but not yet put together."""

    id: str
    zone: str
    hours: tuple[Hours, ...]
    holidays: frozenset[date]
    closures: tuple[tuple[date, date], ...]


def read(data: object) -> CalendarText:
    """Read a calendar's parts from JSON or YAML data. Raises `CalendarError` naming the key that is wrong."""
    given = _mapping(data, "a calendar")
    name = given.get("id")
    if not isinstance(name, str) or not name.strip():
        raise CalendarError("a calendar needs an id", "write id: standard")
    where = f"calendar {name}"
    _refuse_unknown(where, given, _KEYS)
    zone = given.get("zone")
    if not isinstance(zone, str):
        raise CalendarError(f"{where}: zone is missing or not text", "use an IANA name such as Europe/Berlin")
    days = _mapping(given.get("hours"), f"{where}: hours")
    _refuse_unknown(f"{where}: hours", days, WEEKDAYS)
    return CalendarText(
        id=name,
        zone=zone,
        hours=tuple(_read_hours(f"{where}: hours of {day}", days.get(day)) for day in WEEKDAYS),
        holidays=frozenset(
            _read_date(f"{where}: holidays", day) for day in _sequence(given.get("holidays"), f"{where}: holidays")
        ),
        closures=tuple(_read_closure(where, entry) for entry in _sequence(given.get("closures"), f"{where}: closures")),
    )


def _read_hours(where: str, value: object) -> Hours:
    entries = (value,) if isinstance(value, str) else _sequence(value, where)
    return tuple(_read_interval(where, entry) for entry in entries)


def _read_interval(where: str, value: object) -> tuple[int, int]:
    match = _INTERVAL.fullmatch(value.strip()) if isinstance(value, str) else None
    if match:
        h1, m1, h2, m2 = (int(part) for part in match.groups())
        start, end = h1 * 60 + m1, h2 * 60 + m2
        if m1 < 60 and m2 < 60 and start <= MINUTES_A_DAY and end <= MINUTES_A_DAY:
            return start, end
    raise CalendarError(f"{where}: {value!r} is not an interval of the day", "write it as 09:00-17:00")


def _read_closure(where: str, value: object) -> tuple[date, date]:
    entry = _mapping(value, f"{where}: a closure")
    _refuse_unknown(f"{where}: closure", entry, ("from", "to"))
    return (
        _read_date(f"{where}: closure from", entry.get("from")),
        _read_date(f"{where}: closure to", entry.get("to")),
    )


def _read_date(where: str, value: object) -> date:
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            pass
    raise CalendarError(f"{where}: {value!r} is not a date", "write it as 2026-12-25")


def _mapping(value: object, where: str) -> Mapping[str, object]:
    if isinstance(value, Mapping):
        return cast(Mapping[str, object], value)
    raise CalendarError(f"{where} must be named values, not {_kind(value)}")


def _sequence(value: object, where: str) -> Sequence[object]:
    if value is None:
        return ()
    if isinstance(value, Sequence) and not isinstance(value, str | bytes):
        return cast(Sequence[object], value)
    raise CalendarError(f"{where} must be a list, not {_kind(value)}")


def _kind(value: object) -> str:
    if value is None:
        return "nothing"
    return {"str": "text", "list": "a list", "dict": "named values", "bool": "yes/no"}.get(type(value).__name__, "that")


def _refuse_unknown(where: str, given: Mapping[str, object], allowed: Sequence[str]) -> None:
    for key in given:
        if key not in allowed:
            near = difflib.get_close_matches(str(key), allowed, n=1)
            hint = f"did you mean {near[0]}?" if near else f"known here: {', '.join(allowed)}"
            raise CalendarError(f"{where}: unknown key {key!r}", hint)
