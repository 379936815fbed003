"""FEEL's values, and how they become Python's and back.

============================  =======================================================
FEEL                          in here
============================  =======================================================
number                        ``decimal.Decimal``
string, boolean, null         ``str``, ``bool``, ``None``
date, time, date and time,    the types of ``temporal``
durations
list, context                 ``list``, ``dict`` with text keys; neither is ever changed
range, function               ``Range``, ``Function``
============================  =======================================================

Inwards (``from_python``) also go int, float, ``datetime.date``, ``time``, ``datetime``, ``timedelta``, tuples and
mappings.
Outwards (``to_python``) dates, times and days-and-time durations become Python's; what Python cannot hold (the year
12000, a years and months duration, business time, a range, a function) stays as it is.
"""

from __future__ import annotations

import datetime as python
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, cast

from .errors import TooDeep, TooLarge
from .limits import MAX_LIST, MAX_STRING, MAX_VALUE_DEPTH
from .numbers import from_python as number_from_python
from .temporal import (
    HOUR,
    MINUTE,
    SECOND,
    BusinessDuration,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    Zone,
    find_zone,
)
from .types import Type

DAY_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Range:
    """All values between two ends; an end that is None is open, and ``[..5]`` has no low one."""

    low: Any
    high: Any
    low_included: bool
    high_included: bool
    unequal: bool = False
    """True for ``!= x``: everything but ``low``."""


@dataclass(frozen=True, slots=True, eq=False)
class Function:
    """A function that an expression defines, or one of the built-in ones."""

    name: str
    parameters: tuple[tuple[str, Type], ...]
    call: Callable[..., Any] = field(repr=False)
    """Called with the run and the arguments in order."""


@dataclass(frozen=True, slots=True, eq=False)
class BuiltIn:
    """A function of the language, with one signature or several."""

    name: str
    signatures: tuple[Any, ...] = field(repr=False)


SCALARS = frozenset([Decimal, str, bool, type(None)])
NATIVE = frozenset(
    [
        Date,
        Time,
        DateTime,
        DaysDuration,
        MonthsDuration,
        BusinessDuration,
        Range,
        Function,
        BuiltIn,
        Decimal,
        str,
        bool,
        type(None),
    ]
)


kind_of: Callable[[Any], type[Any]] = type
"""A value's Python type, told to the type checker."""


def type_name(value: Any) -> str:
    """The value's FEEL type, as ``instance of`` would name it."""
    match value:
        case None:
            return "Null"
        case bool():
            return "boolean"
        case Decimal():
            return "number"
        case str():
            return "string"
        case list():
            return "list"
        case dict():
            return "context"
        case Date():
            return "date"
        case Time():
            return "time"
        case DateTime():
            return "date and time"
        case DaysDuration():
            return "days and time duration"
        case MonthsDuration():
            return "years and months duration"
        case BusinessDuration():
            return "business duration"
        case Range():
            return "range"
        case Function() | BuiltIn():
            return "function"
        case _:
            return type(value).__name__


_PLAIN = {
    "Null": "empty",
    "boolean": "yes or no",
    "string": "a text",
    "date and time": "a date and time",
    "days and time duration": "a duration",
    "years and months duration": "a duration in months",
}


def describe_type(value: Any) -> str:
    """The value's type in plain words, with its article."""
    name = type_name(value)
    return _PLAIN.get(name, f"a {name}")


def from_python(value: Any, zone: python.tzinfo | None = None, depth: int = 0) -> Any:
    """The FEEL value of a Python one. With ``zone``, moments that have a zone are shown in that one.

    Raises TooDeep or TooLarge for a value beyond our caps, and TypeError for a type that FEEL has no word for.
    """
    kind = kind_of(value)
    if kind in SCALARS:
        return _check_size(value) if kind is str else value if kind is not Decimal or value.is_finite() else None
    if kind in NATIVE:
        return value
    if depth > MAX_VALUE_DEPTH:
        raise TooDeep(f"A value holds lists or contexts more than {MAX_VALUE_DEPTH} levels deep")
    match value:
        case int() | float():
            return number_from_python(value)
        case str():
            return str(value)
        case python.datetime():
            return _from_datetime(value, zone)
        case python.date():
            return Date(value.year, value.month, value.day)
        case python.time():
            return Time(_clock_nanos(value), _offset(value.utcoffset()))
        case python.timedelta():
            return DaysDuration(value.days, value.seconds * SECOND + value.microseconds * 1000)
        case Mapping():
            entries = cast("Mapping[Any, Any]", value)
            return {str(key): from_python(entry, zone, depth + 1) for key, entry in entries.items()}
        case list() | tuple():
            items = cast("Sequence[Any]", value)
            if len(items) > MAX_LIST:
                raise TooLarge(f"A list has {len(items)} entries; {MAX_LIST} are the most")
            return [from_python(item, zone, depth + 1) for item in items]
        case _:
            raise TypeError(f"expressions know no values of type {kind.__name__}")


def _check_size(text: str) -> str:
    if len(text) > MAX_STRING:
        raise TooLarge(f"A text has {len(text)} characters; {MAX_STRING} are the most")
    return text


def _clock_nanos(value: python.time | python.datetime) -> int:
    return value.hour * HOUR + value.minute * MINUTE + value.second * SECOND + value.microsecond * 1000


def _offset(offset: python.timedelta | None) -> int | None:
    return None if offset is None else int(offset.total_seconds())


def zone_of(value: python.tzinfo | None, at: python.datetime) -> Zone:
    """A zone by its IANA name where it has one, else by its offset at that moment."""
    key = getattr(value, "key", None)
    if isinstance(key, str) and key != "UTC" and find_zone(key):
        return key
    return _offset(at.utcoffset())


def _from_datetime(value: python.datetime, zone: python.tzinfo | None) -> DateTime:
    if zone is not None and value.tzinfo is not None:
        with suppress(OverflowError):  # at the ends of Python's calendar it stays in its own zone
            value = value.astimezone(zone)
    return DateTime(Date(value.year, value.month, value.day), _clock_nanos(value), zone_of(value.tzinfo, value))


def to_python(value: Any) -> Any:
    """The Python value of a FEEL one; see the module's table for what stays as it is."""
    match value:
        case Date(year, month, day) if 1 <= year <= 9999:
            return python.date(year, month, day)
        case Time(nanos, zone):
            return _to_clock(nanos, zone)
        case DateTime(Date(year, month, day), nanos, zone) if 1 <= year <= 9999:
            return python.datetime.combine(python.date(year, month, day), _to_clock(nanos, zone))
        case DaysDuration() if abs(value.total) < 999_999_999 * DAY_SECONDS * SECOND:
            return python.timedelta(microseconds=value.total // 1000)
        case list():
            return [to_python(item) for item in cast("list[Any]", value)]
        case dict():
            return {key: to_python(entry) for key, entry in cast("dict[str, Any]", value).items()}
        case _:
            return value


def _to_clock(nanos: int, zone: Zone) -> python.time:
    seconds, fraction = divmod(nanos, SECOND)
    minutes, second = divmod(seconds, 60)
    return python.time(minutes // 60, minutes % 60, second, fraction // 1000, tzinfo=to_tzinfo(zone))


def to_tzinfo(zone: Zone) -> python.tzinfo | None:
    if zone is None:
        return None
    if isinstance(zone, str):
        return find_zone(zone)
    return python.UTC if zone == 0 else python.timezone(python.timedelta(seconds=zone))


def now_in(at: python.datetime, zone: python.tzinfo | None) -> DateTime:
    """The moment as the zone's clocks show it."""
    return _from_datetime(at, zone)
