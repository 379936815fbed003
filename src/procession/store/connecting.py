"""Connections of the application's role, as the store's hot path and its transactions use them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any
from weakref import WeakKeyDictionary

import orjson
import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import ConnectionPool

from procession.store.address import psycopg_url

_APP_ROLE = "procession_app"

PATIENCE = 10.0
"""In seconds: so long a command waits for a database that is away, before whoever asked is told."""

_BY_INDEX = {
    "enable_seqscan": "off",
    "enable_hashjoin": "off",
    "enable_mergejoin": "off",
    "jit": "off",
    "plan_cache_mode": "force_generic_plan",
}
"""Commits touch few rows by key; a plan prepared while a table was small must stay right when it has grown."""

SET_ORGANISATION = "SELECT set_config('app.organisation', %s, true)"


def session_options(url: str, extra: dict[str, str] | None = None) -> str:
    """The `options` of a session: UTC, and the application's role where the login is another one."""
    given = {"timezone": "UTC", **(extra or {})}
    if conninfo_to_dict(psycopg_url(url)).get("user") != _APP_ROLE:
        given["role"] = _APP_ROLE
    return " ".join(f"-c {name}={value}" for name, value in given.items())


def configure(connection: Connection[Any]) -> None:
    """JSON by orjson, in both directions."""
    set_json_dumps(orjson.dumps, connection)
    set_json_loads(orjson.loads, connection)


def _configure_for_commits(connection: Connection[Any]) -> None:
    configure(connection)
    connection.prepare_threshold = 1


def commit_pool(url: str, size: int) -> ConnectionPool[Connection[Any]]:
    """The connections that commits go through, in autocommit mode: a pipeline is one transaction."""
    return ConnectionPool(
        psycopg_url(url),
        min_size=1,
        max_size=size,
        open=True,
        configure=_configure_for_commits,
        kwargs={
            "autocommit": True,
            "client_encoding": "utf8",
            "options": session_options(url, _BY_INDEX),
            "application_name": "procession",
        },
        name="commits",
        timeout=PATIENCE,
    )


@contextmanager
def explicit_transaction(connection: Connection[Any], organisation: str) -> Generator[Connection[Any]]:
    """BEGIN with the organisation set … COMMIT; rolled back on any exception."""
    with connection.transaction():
        connection.execute(SET_ORGANISATION, [organisation])
        yield connection


class Replanning:
    """Has plans made anew as the tables grow.

    A prepared statement keeps its plan. One made while the tables of a new installation were empty may read all of an
    organisation where it should look up one row, and would do so until the first ANALYZE, a minute or more later.
    """

    def __init__(self) -> None:
        self._commits = 0
        self._growth = 0
        self._seen: WeakKeyDictionary[Connection[Any], int] = WeakKeyDictionary()

    def before_commit(self, connection: Connection[Any]) -> None:
        """Call it for every commit: after 32, 64, 128, … commits each connection forgets its plans once."""
        self._commits += 1
        if self._commits >= 32 << self._growth and self._growth < 20:
            self._growth += 1
        if self._seen.get(connection) != self._growth:
            self._seen[connection] = self._growth
            connection.execute("DISCARD PLANS")


def is_stale(error: psycopg.Error) -> bool:
    """Whether a commit failed because something it was decided on has changed, or another was quicker."""
    return error.sqlstate in ("PR409", "23505", "40001", "40P01")
