"""Real PostgreSQL for tests: one embedded server per test run, one database per test process, cheap isolation per test.

Ask for the weakest fixture that does:

`connection`
    One connection as the application's role, rolled back after the test. For statements and the code around them.
`clean_database`
    Addresses of this process's database; what the test commits is deleted after it. For code that opens connections.
`package_database`
    Addresses of a database that the tests of one folder share. For what takes long to fill and is only read.
`own_database`
    Addresses of a database of the test's own, dropped after it. For DDL, restores, restarts, and killed processes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from procession.store.embedded import ADMIN, APP, OWNER, EmbeddedPostgres

FOLDER_VARIABLE = "PROCESSION_TEST_DATABASE"
"""Tells the processes of one test run where their common server lives."""

_TEMPLATE = "procession_template"
_FAST = {"fsync": "off", "full_page_writes": "off"}
"""A test's data need not survive the machine's crash; that it survives a killed process does not depend on these."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the shared test server, and the addresses to reach it in each role."""

    server: EmbeddedPostgres
    name: str
    filled_by_migrations: frozenset[tuple[str, str]] = frozenset()
    """Schema and name of the tables that are not empty in a new database."""

    @property
    def app_url(self) -> str:
        """As the application: row-level security applies."""
        return self.server.url(APP, self.name)

    @property
    def owner_url(self) -> str:
        """As the owner of the tables, who migrates."""
        return self.server.url(OWNER, self.name)

    @property
    def admin_url(self) -> str:
        """As the superuser, who sees everything: for looking at what is really there."""
        return self.server.url(ADMIN, self.name)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the folder of the run's server, in the first process only; nothing is started before a test asks."""
    if not hasattr(config, "workerinput"):
        folder = Path(tempfile.mkdtemp(prefix="procession-tests-"))
        folder.chmod(0o711)  # as root, PostgreSQL runs under another account, which has to get in
        os.environ[FOLDER_VARIABLE] = str(folder)


def pytest_unconfigure(config: pytest.Config) -> None:
    """Delete the run's server, in the first process only."""
    if not hasattr(config, "workerinput") and (folder := os.environ.pop(FOLDER_VARIABLE, None)):
        EmbeddedPostgres.at(Path(folder)).destroy()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres() -> Iterator[EmbeddedPostgres]:
    """The server that all processes of this test run share."""
    with EmbeddedPostgres.at(Path(os.environ[FOLDER_VARIABLE]), options=_FAST).running() as server:
        yield server


@pytest.fixture(scope="session")
def template(postgres: EmbeddedPostgres) -> str:
    """The name of a migrated database to clone; the first process that asks has it made."""
    with Path(os.environ[FOLDER_VARIABLE], "template.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with psycopg.connect(postgres.url(ADMIN, "postgres"), autocommit=True) as admin:
            made = admin.execute("SELECT FROM pg_database WHERE datname = %s AND datistemplate", [_TEMPLATE]).fetchone()
            if made is None:
                _drop(admin, _TEMPLATE)
                _create(admin, _TEMPLATE)
                _migrate(postgres.url(OWNER, _TEMPLATE))
                admin.execute(sql.SQL("ALTER DATABASE {} IS_TEMPLATE true").format(sql.Identifier(_TEMPLATE)))
    return _TEMPLATE


@pytest.fixture(scope="session")
def database(postgres: EmbeddedPostgres, template: str, worker_id: str) -> Iterator[Database]:
    """This process's database. Do not commit to it; `clean_database` is for that."""
    with _clone(postgres, template, f"tests_{worker_id}") as mine:
        yield mine


@pytest.fixture
def connection(database: Database) -> Iterator[psycopg.Connection]:
    """A connection as the application's role in a transaction that is rolled back after the test."""
    with psycopg.connect(database.app_url) as opened:
        yield opened
        opened.rollback()


@pytest.fixture
def clean_database(database: Database) -> Iterator[Database]:
    """This process's database, emptied after the test (but for what the migrations put there)."""
    yield database
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute("SET lock_timeout = '5s'")  # a test that leaves a transaction open is told so, here
        if filled := _filled_tables(admin) - database.filled_by_migrations:
            tables = sql.SQL(", ").join(sql.Identifier(*each) for each in sorted(filled))
            admin.execute(sql.SQL("TRUNCATE {} RESTART IDENTITY CASCADE").format(tables))


@pytest.fixture(scope="package")
def package_database(postgres: EmbeddedPostgres, template: str, worker_id: str) -> Iterator[Database]:
    """A database that the tests of one folder share and only read: filling it takes long. Dropped after them."""
    with _clone(postgres, template, f"package_{worker_id}_{os.getpid()}") as mine:
        yield mine


@pytest.fixture
def own_database(postgres: EmbeddedPostgres, template: str, request: pytest.FixtureRequest) -> Iterator[Database]:
    """A database of the test's own, dropped after it."""
    with _clone(postgres, template, f"own_{os.getpid()}_{abs(hash(request.node.nodeid)):x}") as mine:
        yield mine


@contextmanager
def _clone(server: EmbeddedPostgres, template: str, name: str) -> Iterator[Database]:
    with psycopg.connect(server.url(ADMIN, "postgres"), autocommit=True) as admin:
        _drop(admin, name)
        _create(admin, name, template)
        with psycopg.connect(server.url(ADMIN, name)) as fresh:
            filled = _filled_tables(fresh)
        try:
            yield Database(server, name, filled)
        finally:
            _drop(admin, name)


def _create(admin: psycopg.Connection, name: str, template: str = "template1") -> None:
    statement = sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {}")
    admin.execute(statement.format(*(sql.Identifier(each) for each in (name, OWNER, template))))
    admin.execute(sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(*map(sql.Identifier, (name, APP))))


def _drop(admin: psycopg.Connection, name: str) -> None:
    admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _filled_tables(admin: psycopg.Connection) -> frozenset[tuple[str, str]]:
    """Schema and name of all tables that have rows."""
    tables = admin.execute(
        "SELECT schemaname, tablename FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
    ).fetchall()
    if not tables:
        return frozenset()
    ask = sql.SQL("SELECT {}, {} WHERE EXISTS (SELECT FROM {})")
    union = sql.SQL(" UNION ALL ").join(
        ask.format(schema, name, sql.Identifier(schema, name)) for schema, name in tables
    )
    return frozenset(admin.execute(union).fetchall())


def _migrate(owner_url: str) -> None:
    """Make the tables; looked up late, so that tests which need no tables do not load the schema."""
    from procession.store.schema import migrate

    migrate(owner_url)
