"""Published definitions, compiled: a version never changes, so once compiled it stays so."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from threading import Lock
from typing import Any

from psycopg import Connection

from procession.engine.program import Program, compile_definition
from procession.engine.rejections import NotFound
from procession.store.connecting import explicit_transaction
from procession.store.reading import read_definition, read_shared_decision

_KEPT = 500
"""Compiled versions in memory."""


class Programs:
    """The compiled versions in use, most recent last."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, int], Program] = OrderedDict()
        self._lock = Lock()

    def known(self, organisation: str, definition: str, version: int) -> Program | None:
        """The program, if it is in memory."""
        key = (organisation, definition, version)
        with self._lock:
            program = self._kept.get(key)
            if program is not None:
                self._kept.move_to_end(key)
            return program

    def get(self, connection: Connection[Any], organisation: str, definition: str, version: int) -> Program:
        """The program of one published version; reads it where it is not in memory. Raises NotFound."""
        program = self.known(organisation, definition, version)
        if program is None:
            with explicit_transaction(connection, organisation):
                program = load_program(connection, organisation, definition, version)
            with self._lock:
                self._kept[organisation, definition, version] = program
                while len(self._kept) > _KEPT:
                    self._kept.popitem(last=False)
        return program


def load_program(connection: Connection[Any], organisation: str, definition: str, version: int) -> Program:
    """Read and compile one published version, with the shared decisions that were there when it was published."""
    row = connection.execute(
        "SELECT text, published_at FROM definitions WHERE organisation = %s AND id = %s AND version = %s",
        [organisation, definition, version],
    ).fetchone()
    if row is None:
        raise NotFound(f"There is no definition {definition!r} in version {version}.")
    text, published_at = row
    decisions = connection.execute(
        "SELECT DISTINCT ON (id) id, text FROM shared_files WHERE organisation = %s AND kind = 'decision' "
        "AND published_at <= %s ORDER BY id, version DESC",
        [organisation, published_at],
    ).fetchall()
    library: Mapping[str, Any] = {name: read_shared_decision(source) for name, source in decisions}
    return compile_definition(read_definition(text), library, version)
