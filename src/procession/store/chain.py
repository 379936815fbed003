"""The hash chain of a case's events: whoever changes a row in the past breaks every link after it.

A link is SHA-256 over the link before it (32 zero bytes at first) and the row as text: case, number, time, actor, type,
version and the payload's very bytes, separated by newlines (none of the parts before the payload may hold one).
"""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import sha256

from procession.engine.instants import Instant

FIRST = bytes(32)
"""What stands before the first event."""


def link(
    before: bytes, case_id: str, seq: int, at: Instant, actor: str, type_: str, version: int, payload: bytes
) -> bytes:
    """The link of one event."""
    head = f"{case_id}\n{seq}\n{at}\n{actor}\n{type_}\n{version}\n"
    return sha256(before + head.encode() + payload).digest()


def merkle_root(heads: Iterable[bytes]) -> bytes:
    """The root of a binary hash tree over hashes, in the order given; an odd one out moves up as it is."""
    level = list(heads)
    while len(level) > 1:
        pairs = [sha256(level[i] + level[i + 1]).digest() for i in range(0, len(level) - 1, 2)]
        level = pairs + level[len(level) - len(level) % 2 :]
    return level[0] if level else FIRST
