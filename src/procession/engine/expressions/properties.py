"""The properties that dates, times, durations and ranges have: ``start_date.year``, ``r.start included``."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .temporal import (
    DAY,
    HOUR,
    MINUTE,
    SECOND,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    offset_at,
    weekday,
)
from .values import Range

_EPOCH = Date(1970, 1, 1)


def _offset(value: DateTime | Time) -> DaysDuration | None:
    if value.zone is None:
        return None
    date = value.date if isinstance(value, DateTime) else _EPOCH
    return DaysDuration(0, offset_at(value.zone, date, value.nanos) * SECOND)


def _zone(value: DateTime | Time) -> str | None:
    return value.zone if isinstance(value.zone, str) else None


def _part(total: int, unit: int, wrap: int | None) -> Decimal:
    """So many whole units, towards zero, of what the next larger unit leaves."""
    size = abs(total) // unit
    if wrap:
        size %= wrap
    return Decimal(-size if total < 0 else size)


_DATE: dict[str, Callable[[Any], Any]] = {
    "year": lambda date: Decimal(date.year),
    "month": lambda date: Decimal(date.month),
    "day": lambda date: Decimal(date.day),
    "weekday": lambda date: Decimal(weekday(date)),
}
_CLOCK: dict[str, Callable[[Any], Any]] = {
    "hour": lambda at: Decimal(at.nanos // HOUR),
    "minute": lambda at: Decimal(at.nanos // MINUTE % 60),
    "second": lambda at: Decimal(at.nanos // SECOND % 60),
    "time offset": _offset,
    "timezone": _zone,
}
_OF_DATE: dict[str, Callable[[Any], Any]] = {
    name: lambda at, read=read: read(at.date)  # type: ignore[reportUnknownLambdaType]
    for name, read in _DATE.items()
}

PROPERTIES: dict[type, dict[str, Callable[[Any], Any]]] = {
    Date: _DATE,
    Time: _CLOCK,
    DateTime: _OF_DATE | _CLOCK,
    DaysDuration: {
        "days": lambda value: _part(value.total, DAY, None),
        "hours": lambda value: _part(value.total, HOUR, 24),
        "minutes": lambda value: _part(value.total, MINUTE, 60),
        "seconds": lambda value: _part(value.total, SECOND, 60),
    },
    MonthsDuration: {
        "years": lambda value: _part(value.months, 12, None),
        "months": lambda value: _part(value.months, 1, 12),
    },
    Range: {
        "start": lambda value: value.low,
        "end": lambda value: value.high,
        "start included": lambda value: value.low_included,
        "end included": lambda value: value.high_included,
    },
}

MEMBER_NAMES = frozenset(name for properties in PROPERTIES.values() for name in properties)
"""Names that may stand after a dot although nobody declared them."""
