"""One statement that a process runs all day, prepared once on each connection and run in one call of libpq.

A cursor would do the same with several times the processor time: it converts, prepares and reads for every case there is.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast
from weakref import WeakSet

import psycopg
from psycopg import Connection
from psycopg.errors import error_from_result
from psycopg.pq import DiagnosticField, ExecStatus
from psycopg.pq.abc import Buffer, PGresult

_NOT_PREPARED = b"26000"
"""Somebody has dropped the prepared statements of this connection, as psycopg does after a rollback."""


Value = str | int | bytes | None
"""A parameter: text and numbers go as text, bytes as they are, in the binary form of the parameter's type."""


class Statement:
    """A statement with parameters `$1, $2, …`, answered as text."""

    def __init__(self, name: str, text: str) -> None:
        self._name = name.encode()
        self._text = text.encode()
        self._prepared: WeakSet[Connection[Any]] = WeakSet()

    def run(self, connection: Connection[Any], parameters: Sequence[Value]) -> list[list[str | None]]:
        """Run it on a connection in autocommit mode, where it is a transaction of its own; returns its rows.

        Waits inside libpq: nobody else may use the connection meanwhile.

        Raises:
            psycopg.Error: as a cursor would.
        """
        values = [_sent(value) for value in parameters]
        formats = [int(type(value) is bytes) for value in parameters]
        given = cast("list[Buffer]", values)  # None is NULL, which the type of `exec_prepared` does not say
        pgconn = connection.pgconn
        if connection not in self._prepared:
            self._prepare(connection)
        result = pgconn.exec_prepared(self._name, given, formats)
        if result.status == ExecStatus.FATAL_ERROR and result.error_field(DiagnosticField.SQLSTATE) == _NOT_PREPARED:
            self._prepare(connection)
            result = pgconn.exec_prepared(self._name, given, formats)
        _check(connection, result)
        columns = range(result.nfields)
        return [[_text(result.get_value(row, column)) for column in columns] for row in range(result.ntuples)]

    def _prepare(self, connection: Connection[Any]) -> None:
        _check(connection, connection.pgconn.prepare(self._name, self._text))
        self._prepared.add(connection)


def _sent(value: Value) -> bytes | None:
    if value is None or type(value) is bytes:
        return value
    return str(value).encode()


def _text(value: bytes | None) -> str | None:
    return value.decode() if value is not None else None


def _check(connection: Connection[Any], result: PGresult) -> None:
    if result.status in (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK):
        return
    if result.error_field(DiagnosticField.SQLSTATE) is None:  # said by libpq, not by the server: the connection is lost
        message = connection.pgconn.get_error_message()
        connection.close()
        raise psycopg.OperationalError(message)
    raise error_from_result(result)
