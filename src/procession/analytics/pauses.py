"""Time in which a case stood still on purpose: nobody waited then, so no wait and no work counts it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

Pause = tuple[datetime, datetime]
"""From the moment a case was paused until it went on."""

Stretch = tuple[float, float]
"""The same in seconds since 1970."""


def within(pauses: Iterable[Pause], begin: datetime, end: datetime) -> list[Pause]:
    """What of them lies between two moments, in order and without overlap."""
    found: list[Pause] = []
    for since, until in sorted(pauses):
        first, last = max(since, begin, found[-1][1] if found else begin), min(until, end)
        if first < last:
            found.append((first, last))
    return found


def stretches(pauses: Iterable[Pause], begin: float, end: float) -> list[Stretch]:
    """The same in seconds since 1970."""
    found: list[Stretch] = []
    for since, until in sorted(pauses):
        first = max(since.timestamp(), begin, found[-1][1] if found else begin)
        last = min(until.timestamp(), end)
        if first < last:
            found.append((first, last))
    return found


def total(pauses: Iterable[Pause]) -> timedelta:
    """How long they are together."""
    return sum((until - since for since, until in pauses), timedelta())
