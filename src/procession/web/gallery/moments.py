"""Moments around now, for invented data."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta

from procession.web import formats


def present() -> datetime:
    return formats.eyes().now


def at(days: int, hour: int, minute: int = 0) -> datetime:
    """A moment some days from today."""
    return datetime.combine(datetime.now(UTC).date() + timedelta(days=days), time(hour, minute), UTC)
