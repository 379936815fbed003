"""Moments as text in one fixed UTC form, so that they compare as strings and need no conversion in JSON."""

from __future__ import annotations

from datetime import UTC, datetime

Instant = str
"""`2026-01-05T09:00:00.000000Z`: always UTC, always microseconds."""

_TWO = [f"{number:02d}" for number in range(100)]
_THREE = [f"{number:03d}" for number in range(1000)]
_DAY = [f"-{number // 32:02d}-{number % 32:02d}T" for number in range(13 * 32)]
"""By month × 32 + day."""
_CLOCK = [f"{number // 60:02d}:{number % 60:02d}:" for number in range(24 * 60)]
"""By minute of the day."""


def to_instant(at: datetime) -> Instant:
    """The fixed form of an aware moment."""
    if at.tzinfo is not UTC:
        at = at.astimezone(UTC)
    year, part = at.year, at.microsecond
    # Every decision asks for this; put together of few pieces, it takes a quarter of the time that `isoformat` takes.
    return (
        f"{_TWO[year // 100]}{_TWO[year % 100]}{_DAY[at.month * 32 + at.day]}{_CLOCK[at.hour * 60 + at.minute]}"
        f"{_TWO[at.second]}.{_THREE[part // 1000]}{_THREE[part % 1000]}Z"
    )


def from_instant(text: Instant) -> datetime:
    """The moment that an instant names."""
    return datetime.fromisoformat(text)
