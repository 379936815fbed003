"""Messages that meet waits in any case: by name and key, oldest wait first, each once; others are kept for a while."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import orjson
import psycopg
from psycopg import Connection

from procession.engine.case import Json
from procession.engine.commands import TakeMessage
from procession.engine.decide.waiting import kept_until
from procession.engine.moment import Actor
from procession.store.careful import (
    NeedsLocks,
    lock_case,
    lock_names,
    locked_moment,
    take_kept_messages,
    wait_lock,
    write_now,
)
from procession.store.connecting import explicit_transaction, is_stale
from procession.store.deciding import decide_request
from procession.store.ids import new_id
from procession.store.memory import Memory
from procession.store.requests import Committed, Request
from procession.store.surroundings import load_surroundings
from procession.store.writing import refuse_nul

_OLDEST_WAIT = """
SELECT case_id::text, activation FROM waits
WHERE organisation = %s AND name = %s AND key = %s ORDER BY since, case_id, activation LIMIT 1
"""

_TRIES = 10


def send(
    connection: Connection[Any],
    memory: Memory,
    organisation: str,
    name: str,
    key: str,
    data: Json,
    actor: Actor,
    at: datetime | None,
) -> Committed | None:
    """See `Store.send_message`."""
    names = frozenset({wait_lock(name, key)})
    at = at.astimezone(UTC) if at is not None else datetime.now(UTC)
    for attempt in range(_TRIES):
        try:
            with explicit_transaction(connection, organisation):
                lock_names(connection, organisation, names)
                return _send(connection, memory, organisation, name, key, data, actor, at, names)
        except NeedsLocks as needed:
            names |= needed.names
        except psycopg.Error as error:
            if not is_stale(error) or attempt == _TRIES - 1:
                raise
    raise RuntimeError("A message needed more and more locks.")


def _send(
    connection: Connection[Any],
    memory: Memory,
    organisation: str,
    name: str,
    key: str,
    data: Json,
    actor: Actor,
    at: datetime,
    names: frozenset[str],
) -> Committed | None:
    wait = connection.execute(_OLDEST_WAIT, [organisation, name, key]).fetchone()
    if wait is None:
        text = orjson.dumps(data)
        refuse_nul(text)
        until = _kept_until(connection, memory, organisation, name, at)
        connection.execute(
            "INSERT INTO messages (organisation, id, name, key, data, sent_at, sent_by, keep_until) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, %s)",
            [organisation, new_id(), name, key, text.decode(), at, actor.id, until],
        )
        return None
    case_id, activation = wait
    surroundings = load_surroundings(connection, organisation)
    known = lock_case(connection, organisation, case_id)
    program = memory.programs.get(connection, organisation, known.case.definition, known.case.version)
    command = TakeMessage(activation=activation, name=name, key=key, data=data)
    request = Request(organisation, case_id, command, actor, at)
    moment = locked_moment(connection, memory, surroundings, program, request, names)
    write = decide_request(request, program, known, moment, 0)
    write = take_kept_messages(connection, organisation, program, moment, write, names)
    committed = write_now(connection, organisation, surroundings, write)
    memory.forget(organisation, [request])
    return committed


def _kept_until(connection: Connection[Any], memory: Memory, organisation: str, name: str, at: datetime) -> datetime:
    """As long as the most patient wait for it, in what is published now, would take it."""
    surroundings = load_surroundings(connection, organisation)
    programs = [
        memory.programs.get(connection, organisation, id_, version) for id_, version in surroundings.latest.items()
    ]
    return kept_until(programs, name, at, surroundings.calendar)
