"""Moments as text in one fixed UTC form, so that they compare as strings and need no conversion in JSON."""

from __future__ import annotations

from datetime import UTC, datetime

Instant = str
"""`2026-01-05T09:00:00.000000Z`: always UTC, always microseconds."""


def to_instant(at: datetime) -> Instant:
    """The fixed form of an aware moment."""
    return at.astimezone(UTC).isoformat(timespec="microseconds").removesuffix("+00:00") + "Z"


def from_instant(text: Instant) -> datetime:
    """The moment that an instant names."""
    return datetime.fromisoformat(text)
