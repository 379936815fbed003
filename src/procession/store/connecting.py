"""Connections of the application's role, as the store's hot path and its transactions use them."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import orjson
import psycopg
from psycopg import Connection
from psycopg.conninfo import conninfo_to_dict
from psycopg.types.json import set_json_dumps, set_json_loads
from psycopg_pool import ConnectionPool

from procession.store.address import psycopg_url

_APP_ROLE = "procession_app"

_BY_INDEX = {"enable_seqscan": "off", "enable_hashjoin": "off", "enable_mergejoin": "off", "jit": "off"}
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
        kwargs={"autocommit": True, "options": session_options(url, _BY_INDEX), "application_name": "procession"},
        name="commits",
    )


@contextmanager
def explicit_transaction(connection: Connection[Any], organisation: str) -> Generator[Connection[Any]]:
    """BEGIN with the organisation set … COMMIT; rolled back on any exception."""
    with connection.transaction():
        connection.execute(SET_ORGANISATION, [organisation])
        yield connection


def is_stale(error: psycopg.Error) -> bool:
    """Whether a commit failed because something it was decided on has changed, or another was quicker."""
    return error.sqlstate in ("PR409", "23505", "40001", "40P01")
