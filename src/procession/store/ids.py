"""Ids: UUIDv7, so that they sort by the time they were made."""

from __future__ import annotations

import os
import re
import time
import uuid
from threading import Lock

_SHAPE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_last = 0
_lock = Lock()


def new_id() -> str:
    """A new UUIDv7 (RFC 9562): 48 bits of milliseconds, 12 of their fraction, 62 random ones; rising in a process."""
    global _last  # noqa: PLW0603 - one clock per process
    with _lock:
        stamp = max(time.time_ns() * 4096 // 1_000_000, _last + 1)
        _last = stamp
    random = int.from_bytes(os.urandom(8)) & (2**62 - 1)
    milliseconds, fraction = stamp >> 12, stamp & 0xFFF
    value = (milliseconds & (2**48 - 1)) << 80 | 0x7 << 76 | fraction << 64 | 0b10 << 62 | random
    return str(uuid.UUID(int=value))


def is_id(text: str) -> bool:
    """Whether the text has the shape of an id."""
    return _SHAPE.fullmatch(text) is not None
