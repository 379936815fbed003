"""The store: transactions for what is read and kept, `execute` and `start` for what cases do."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any, Self

import sqlalchemy
from psycopg import Connection
from sqlalchemy import event
from sqlalchemy.pool import QueuePool

from procession.engine.case import Json
from procession.engine.commands import Command, StartCase
from procession.engine.definition import Definition
from procession.engine.moment import Actor, Moment
from procession.engine.program import Program
from procession.engine.rejections import NotFound
from procession.store import messages, rebuilding
from procession.store.address import sqlalchemy_url
from procession.store.committer import Committer
from procession.store.connecting import commit_pool, configure, explicit_transaction, session_options
from procession.store.deciding import moment_of
from procession.store.ids import is_id, new_id
from procession.store.listening import Announcement, listen
from procession.store.memory import Memory
from procession.store.requests import Answer, Committed, Request
from procession.store.surroundings import Surroundings, load_workload
from procession.store.transaction import Transaction
from procession.store.writing import Key

__all__ = ["Committed", "Store"]


class Store:
    """One database, as the application's role. Threads may share it; close it when done.

    Args:
        url: address of the database; as `procession_app`, or as a login that may take that role.
        pool_size: connections for reading and for small writes; commits of cases have a few of their own.
    """

    def __init__(self, url: str, pool_size: int = 10) -> None:
        self.url = url
        self._engine = sqlalchemy.create_engine(
            sqlalchemy_url(url),
            poolclass=QueuePool,
            pool_size=pool_size,
            max_overflow=pool_size,
            pool_pre_ping=True,
            connect_args={"options": session_options(url), "application_name": "procession"},
        )
        event.listen(self._engine, "connect", _configure)
        self._pool = commit_pool(url, 6)
        self.memory = Memory(self._pool)
        self._committer = Committer(self._pool, self.memory)

    def close(self) -> None:
        """Give all connections back."""
        self._committer.close()
        self._pool.close()
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # --- transactions -------------------------------------------------------------------------------------------------

    @contextmanager
    def transaction(self, organisation: str) -> Generator[Transaction]:
        """One transaction of one organisation; committed at the end, rolled back when an exception leaves it."""
        with self._engine.begin() as connection:
            connection.exec_driver_sql("SELECT set_config('app.organisation', %s, true)", (organisation,))
            yield Transaction(connection, organisation)

    def organisations(self) -> list[str]:
        """All organisations of this database."""
        with self._engine.begin() as connection:
            return [name for (name,) in connection.exec_driver_sql("SELECT all_organisations()")]

    def organisations_with_due_timers(self, at: datetime) -> list[str]:
        """Organisations in which a timer should have rung by then."""
        with self._engine.begin() as connection:
            rows = connection.exec_driver_sql("SELECT organisations_with_due_timers(%s)", (at,))
            return [name for (name,) in rows]

    def organisations_with_due_schedules(self, at: datetime) -> list[str]:
        """Organisations in which a case should have started by itself by then, or whose schedules are to be planned."""
        with self._engine.begin() as connection:
            rows = connection.exec_driver_sql("SELECT organisations_with_due_schedules(%s)", (at,))
            return [name for (name,) in rows]

    def create_organisation(self, organisation: str, title: str = "") -> None:
        """Make an organisation; one that is there already stays as it is."""
        with self.transaction(organisation) as tx:
            tx.run(
                "INSERT INTO organisations (organisation, title) VALUES (:organisation, :title) ON CONFLICT DO NOTHING",
                title=title or organisation,
            )

    def is_ready(self) -> bool:
        """Whether the database answers."""
        with self._engine.connect() as connection:
            return connection.exec_driver_sql("SELECT 1").scalar() == 1

    # --- commands -----------------------------------------------------------------------------------------------------

    def execute(
        self,
        organisation: str,
        case_id: str,
        command: Command,
        actor: Actor,
        *,
        at: datetime | None = None,
        key: str | None = None,
        body_hash: str | None = None,
        answer: Answer | None = None,
    ) -> Committed:
        """Carry out a command on a case: decide and commit. When this returns, it is on disk.

        Args:
            at: when it happens; now where it is left out.
            key: the same key with the same body is carried out once and answered alike (for 30 days).
            body_hash: tells requests with the same key apart; without it, the command itself does.
            answer: makes what is kept under the key, in the same commit.

        Raises:
            Rejection: it was refused, and nothing has changed; `NotFound` where there is no such case, `Conflict` where
                the key came with another body before.
        """
        if not is_id(case_id):
            raise NotFound("There is no such case.")
        return self._run(
            Request(organisation, case_id, command, actor, at, _key(key, body_hash, case_id, command), answer)
        )

    def start(
        self,
        organisation: str,
        definition_id: str,
        command: StartCase,
        actor: Actor,
        *,
        at: datetime | None = None,
        key: str | None = None,
        body_hash: str | None = None,
        version: int | None = None,
        case_id: str | None = None,
        answer: Answer | None = None,
    ) -> Committed:
        """Start a case of a definition, in its newest version unless `version` says another. Otherwise as `execute`."""
        return self._run(
            Request(
                organisation, case_id or new_id(), command, actor, at, _key(key, body_hash, definition_id, command),
                answer, starts=definition_id, version=version,
            )
        )  # fmt: skip

    def _run(self, request: Request) -> Committed:
        self._committer.run(request)
        if request.error is not None:
            raise request.error
        if request.committed is None:
            raise RuntimeError("A request was neither committed nor refused.")
        return request.committed

    def send_message(
        self,
        organisation: str,
        name: str,
        key: str,
        data: Json = None,
        *,
        actor: Actor,
        at: datetime | None = None,
    ) -> Committed | None:
        """Give a message to the oldest wait of that name and key, once; None where it is kept for a later one.

        It is kept as long as the most patient wait for its name says (`keep:`), 7 days where there is none.
        """
        with self._pool.connection() as connection:
            return messages.send(connection, self.memory, organisation, name, key, data, actor, at)

    # --- around decisions ---------------------------------------------------------------------------------------------

    def surroundings(self, organisation: str) -> Surroundings:
        """People, calendars, settings and newest versions of the organisation, as they are now."""
        with self._pool.connection() as connection:
            with explicit_transaction(connection, organisation):
                row = connection.execute(
                    "SELECT version FROM organisations WHERE organisation = %s", [organisation]
                ).fetchone()
            return self.memory.surroundings_of(connection, organisation, row[0] if row is not None else -1)

    def moment(
        self,
        tx: Transaction | None,
        organisation: str,
        actor: Actor,
        at: datetime | None = None,
        program: Program | None = None,
    ) -> Moment:
        """Now, as decisions see it. Workloads are read only for a program that asks for them."""
        surroundings = self.surroundings(organisation)
        directory = None
        if program is not None and program.needs_workload:
            with self._pool.connection() as connection, explicit_transaction(connection, organisation):
                directory = load_workload(connection, surroundings)
        return moment_of(surroundings, actor, at, self.memory.counter(organisation), directory)

    def program(self, organisation: str, definition_id: str, version: int | None = None) -> Program:
        """A published version, compiled; the newest where none is named. Raises NotFound."""
        version = version or self.surroundings(organisation).latest.get(definition_id)
        if version is None:
            raise NotFound(f"There is no published definition '{definition_id}'.")
        known = self.memory.programs.known(organisation, definition_id, version)
        if known is not None:
            return known
        with self._pool.connection() as connection:
            return self.memory.programs.get(connection, organisation, definition_id, version)

    def definition(self, organisation: str, definition_id: str, version: int | None = None) -> Definition:
        """A published version as values; the newest where none is named. Raises NotFound."""
        return self.program(organisation, definition_id, version).definition

    # --- news ---------------------------------------------------------------------------------------------------------

    def listen(self) -> AsyncIterator[Announcement | None]:
        """What is committed, by any process: organisation, case, kinds of change; None where listening begins (anew)."""
        return listen(self.url)

    def rebuild(self, organisation: str) -> int:
        """Make all lists of an organisation anew from its events; returns the number of cases."""
        with self.transaction(organisation) as tx:
            return rebuilding.rebuild(tx)

    def psycopg(self) -> Any:
        """A context manager: one of the connections that commits use, in autocommit mode."""
        return self._pool.connection()


def _configure(connection: Connection[Any], _record: object) -> None:
    configure(connection)


def _key(key: str | None, body_hash: str | None, about: str, command: Command) -> Key | None:
    if key is None:
        return None
    return Key(key, body_hash or command_hash(about, command))


def command_hash(about: str, command: Command) -> str:
    """A hash of a command and what it is about, where a door does not hash the request's body itself."""
    import hashlib

    if isinstance(command, StartCase):
        command = replace(command, number=0)
    return hashlib.sha256(f"{about} {command!r}".encode()).hexdigest()
