"""How finders say their figures."""

from __future__ import annotations

from procession.analytics.waste.material import HOUR
from procession.analytics.words import listed, number, percent

__all__ = ["a_week", "count", "lasting", "listed", "number", "percent", "working"]


def count(n: int, one: str, many: str = "") -> str:
    """`1 case`, `12 cases`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def lasting(micros: float) -> str:
    """A length of time: `40 minutes`, `3.5 hours`, `2 days`, days of 24 hours."""
    hours = micros / HOUR
    if hours < 1.5:
        return count(max(1, round(60 * hours)), "minute")
    if hours < 48:
        return "1 hour" if number(hours) == "1" else f"{number(hours)} hours"
    return f"{number(hours / 24)} days"


def working(micros: float) -> str:
    """A length of working time, never in days, whose length is another there: `40 minutes`, `36 working hours`."""
    hours = micros / HOUR
    if hours < 1.5:
        return lasting(micros)
    return f"{number(hours)} working hours"


def a_week(hours: float) -> str:
    """`holds cases up 3.5 hours a week`: working and waiting time on critical paths, of all cases together."""
    if hours < 1.5:
        return f"holds cases up {count(round(60 * hours), 'minute')} a week in all"
    return f"holds cases up {number(hours) if hours < 1000 else format(round(hours), ',')} hours a week in all"
