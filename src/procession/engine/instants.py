"""Moments as text in one fixed UTC form, so that they compare as strings and need no conversion in JSON."""

from __future__ import annotations

from datetime import UTC, datetime

Instant = str
"""`2026-01-05T09:00:00.000000Z`: always UTC, always microseconds."""

_TWO = [f"{number:02d}" for number in range(100)]
_THREE = [f"{number:03d}" for number in range(1000)]


def to_instant(at: datetime) -> Instant:
    """The fixed form of an aware moment."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    year, part = at.year, at.microsecond
    # Every decision asks for this; put together, it takes a quarter of the time that `isoformat` takes.
    return (
        f"{_TWO[year // 100]}{_TWO[year % 100]}-{_TWO[at.month]}-{_TWO[at.day]}T{_TWO[at.hour]}:{_TWO[at.minute]}"
        f":{_TWO[at.second]}.{_THREE[part // 1000]}{_THREE[part % 1000]}Z"
    )


def from_instant(text: Instant) -> datetime:
    """The moment that an instant names."""
    return datetime.fromisoformat(text)
