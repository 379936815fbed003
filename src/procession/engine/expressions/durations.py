"""``3 days``: what a number with a unit of time means."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from .arithmetic import MAX_NANOS, days_duration, months_duration
from .numbers import CONTEXT, as_integer, calculate
from .temporal import DAY, HOUR, MINUTE, BusinessDuration, DaysDuration, MonthsDuration

_NANOS = {"minute": MINUTE, "hour": HOUR, "day": DAY, "week": 7 * DAY, "business hour": HOUR}


def make_duration(amount: Any, unit: str) -> DaysDuration | MonthsDuration | BusinessDuration | None:
    """The duration, or None where the amount is no number, too large, or a fraction of a month or a business day."""
    if not isinstance(amount, Decimal):
        return None
    whole = as_integer(amount)
    if unit in ("month", "year", "business day"):
        if whole is None or abs(whole) > 10**9:
            return None
        return (
            BusinessDuration(whole, "days")
            if unit == "business day"
            else months_duration(whole * (12 if unit == "year" else 1))
        )
    if unit in ("day", "week") and whole is not None and abs(whole) < 10**12:
        return days_duration(whole * (7 if unit == "week" else 1), 0)
    nanos = calculate(CONTEXT.multiply, amount, Decimal(_NANOS[unit]))
    if nanos is None or abs(nanos) > MAX_NANOS:
        return None
    return BusinessDuration(int(nanos), "hours") if unit == "business hour" else DaysDuration(0, int(nanos))
