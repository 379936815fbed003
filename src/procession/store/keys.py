"""Idempotency keys: the same request sent twice is carried out once, and answered alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from psycopg import Connection

from procession.engine.case import Case, Json
from procession.engine.events import decode
from procession.engine.rejections import Conflict
from procession.store.connecting import explicit_transaction
from procession.store.requests import Committed
from procession.store.writing import Key

KEPT_FOR_DAYS = 30
"""How long a key is known."""


@dataclass(frozen=True, slots=True)
class Repeat:
    """What a known key was used for."""

    body_hash: str
    case_id: str
    first_seq: int
    last_seq: int
    answer: Json


FIND = (
    "SELECT key, body_hash, case_id::text, first_seq, last_seq, answer FROM command_keys "
    "WHERE organisation = %s AND key = ANY(%s)"
)


def repeats_of(rows: Sequence[Any]) -> dict[str, Repeat]:
    """The rows of `FIND`, by key."""
    return {key: Repeat(*rest) for key, *rest in rows}


def repeat_of(connection: Connection[Any], organisation: str, key: Key, repeat: Repeat) -> Committed:
    """The first answer again. Raises Conflict where the key came with another request then."""
    if repeat.body_hash != key.body_hash:
        raise Conflict(
            "This idempotency key was used with another request.",
            hint="Use a new key for each new request.",
            key=key.key,
        )
    with explicit_transaction(connection, organisation):
        rows = connection.execute(
            "SELECT type, payload, at FROM events WHERE organisation = %s AND case_id = %s AND seq BETWEEN %s AND %s "
            "ORDER BY seq",
            [organisation, repeat.case_id, repeat.first_seq, repeat.last_seq],
        ).fetchall()
        snapshot = connection.execute(
            "SELECT snapshot FROM cases WHERE organisation = %s AND id = %s", [organisation, repeat.case_id]
        ).fetchone()
    return Committed(
        case=Case.from_json(snapshot[0]) if snapshot is not None else Case(id=repeat.case_id),
        events=tuple(decode(type_, payload) for type_, payload, _ in rows),
        answer=repeat.answer,
        replayed=True,
        first_seq=repeat.first_seq,
    )
