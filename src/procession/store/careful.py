"""The careful way to a commit, for what one quick statement cannot decide: rows and names are locked before deciding.

It is taken by commands that open a wait for a message (a message sent meanwhile must not be missed), by definitions
that choose people by workload (two commits must not both choose the same), and by what came too late several times.
Locks are taken in one order: names, then running numbers, then the case.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import psycopg
from psycopg import Connection

from procession.engine.case import Case
from procession.engine.commands import TakeMessage
from procession.engine.decide.waiting import oldest_taken
from procession.engine.moment import Moment
from procession.engine.program import Program
from procession.engine.rejections import NotFound
from procession.store.connecting import explicit_transaction, is_stale
from procession.store.deciding import Known, committed_of, decide_request, extend, moment_of
from procession.store.keys import FIND, repeat_of, repeats_of
from procession.store.memory import Memory
from procession.store.pilots import starting_version
from procession.store.requests import Committed, Request
from procession.store.surroundings import Surroundings, load_surroundings, load_workload
from procession.store.writing import COMMIT, Write, parameters_of

_TRIES = 10


class NeedsLocks(Exception):
    """The decision turned out to need names that were not locked: begin again with them."""

    def __init__(self, names: Iterable[str]) -> None:
        super().__init__()
        self.names = frozenset(names)


def commit(connection: Connection[Any], memory: Memory, request: Request) -> Committed:
    """Lock, read, decide and commit one request. Raises Rejection."""
    names: frozenset[str] = frozenset()
    for attempt in range(_TRIES):
        try:
            with explicit_transaction(connection, request.organisation):
                return _commit(connection, memory, request, names)
        except NeedsLocks as needed:
            names |= needed.names
        except psycopg.Error as error:
            if not is_stale(error) or attempt == _TRIES - 1:
                raise
        finally:
            memory.forget(request.organisation, [request])
    raise RuntimeError("A commit needed more and more locks.")


def wait_lock(name: str, key: str) -> str:
    """The name to lock before a message meets its wait."""
    return f"message/{name}/{key}"


def lock_names(connection: Connection[Any], organisation: str, names: Iterable[str]) -> None:
    """Lock names until the transaction ends, in an order that is the same for everybody."""
    for name in sorted(names):
        connection.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{organisation}/{name}"])


def _commit(connection: Connection[Any], memory: Memory, request: Request, names: frozenset[str]) -> Committed:
    organisation = request.organisation
    lock_names(connection, organisation, names)
    if request.key is not None:
        rows = connection.execute(FIND, [organisation, [request.key.key]]).fetchall()
        if rows:
            return repeat_of(connection, organisation, request.key, repeats_of(rows)[request.key.key])
    surroundings = load_surroundings(connection, organisation)
    number = 0
    if request.starts is not None:
        number = _lock_number(connection, organisation, request.starts)
    known = Known(Case(id=request.case_id)) if request.starts else lock_case(connection, organisation, request.case_id)
    name = request.starts or known.case.definition
    version = known.case.version or starting_version(surroundings, request)
    if version is None:
        raise NotFound(f"There is no published definition '{name}'.")
    program = memory.programs.get(connection, organisation, name, version)
    moment = locked_moment(connection, memory, surroundings, program, request, names)
    write = decide_request(request, program, known, moment, number + 1)
    write = take_kept_messages(connection, organisation, program, moment, write, names)
    return write_now(connection, organisation, surroundings, write)


def locked_moment(
    connection: Connection[Any],
    memory: Memory,
    surroundings: Surroundings,
    program: Program,
    request: Request,
    names: frozenset[str],
) -> Moment:
    """The moment, with workloads where the definition chooses people by them."""
    directory = None
    if program.needs_workload:
        if "workload" not in names:
            raise NeedsLocks({"workload"})
        directory = load_workload(connection, surroundings)
    return moment_of(surroundings, request.actor, request.at, memory.counter(request.organisation), directory)


def lock_case(connection: Connection[Any], organisation: str, case_id: str) -> Known:
    """The case, locked until the transaction ends. Raises NotFound."""
    row = connection.execute(
        "SELECT snapshot, hash FROM cases WHERE organisation = %s AND id = %s FOR UPDATE", [organisation, case_id]
    ).fetchone()
    if row is None:
        raise NotFound("There is no such case.")
    return Known(Case.from_json(row[0]), row[1])


def _lock_number(connection: Connection[Any], organisation: str, definition: str) -> int:
    connection.execute(
        "INSERT INTO numbers (organisation, definition, last) VALUES (%s, %s, 0) ON CONFLICT DO NOTHING",
        [organisation, definition],
    )
    row = connection.execute(
        "SELECT last FROM numbers WHERE organisation = %s AND definition = %s FOR UPDATE", [organisation, definition]
    ).fetchone()
    return row[0] if row is not None else 0


def take_kept_messages(
    connection: Connection[Any],
    organisation: str,
    program: Program,
    moment: Moment,
    write: Write,
    names: frozenset[str],
) -> Write:
    """Let waits that this commit opens take messages that were sent before, oldest first."""
    taken: list[tuple[str, str]] = []
    while True:
        opened = {one["activation"]: (one["name"], one["key"]) for one in write.rows.get("waits", ())}
        missing = {wait_lock(*wait) for wait in opened.values()} - names
        if missing:
            raise NeedsLocks(missing)
        for activation, (name, key) in opened.items():
            step = program.nodes[write.after.activations[activation].step].step
            oldest = oldest_taken(step, moment.at, moment.calendar)
            row = connection.execute(
                "SELECT id::text, data FROM messages WHERE organisation = %s AND name = %s AND key = %s "
                "AND taken_at IS NULL AND keep_until > %s AND sent_at >= %s AND NOT id = ANY(%s::uuid[]) "
                "ORDER BY sent_at, id LIMIT 1",
                [organisation, name, key, moment.at, oldest, [message for message, _ in taken]],
            ).fetchone()
            if row is not None:
                taken.append((row[0], activation))
                command = TakeMessage(activation=activation, name=name, key=key, data=row[1])
                write = extend(write, program, command, moment)
                write.taken = taken
                break
        else:
            return write


def write_now(connection: Connection[Any], organisation: str, surroundings: Surroundings, write: Write) -> Committed:
    """Run the statement inside the transaction under way."""
    if write.events or write.key is not None:
        connection.execute(COMMIT, parameters_of(organisation, surroundings.version, [write]))
    return committed_of(write)
