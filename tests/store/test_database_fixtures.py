"""The database fixtures keep tests apart: what one of them writes, no other one sees."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import sql

from tests.support.database import Database


@pytest.fixture
def notes(database: Database) -> Iterator[str]:
    """A table that everybody may write, for the length of a test."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        owner.execute("CREATE TABLE public.notes (id int GENERATED ALWAYS AS IDENTITY, text text)")
        owner.execute("GRANT ALL ON public.notes TO PUBLIC")
        yield "public.notes"
        owner.execute("DROP TABLE public.notes")


def count(database: Database, table: str) -> int:
    with psycopg.connect(database.admin_url) as admin:
        row = admin.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.SQL(table))).fetchone()
    assert row is not None
    return row[0]


def test_the_tables_of_the_store_are_there(database: Database) -> None:
    assert count(database, "pg_tables WHERE schemaname = 'public'") > 10


def test_what_the_migrations_wrote_is_in_every_new_database(database: Database, own_database: Database) -> None:
    assert ("public", "alembic_version") in database.filled_by_migrations
    assert own_database.filled_by_migrations == database.filled_by_migrations


def test_nothing_stays_of_what_a_rolled_back_connection_wrote(
    notes: str, database: Database, request: pytest.FixtureRequest
) -> None:
    connection: psycopg.Connection = request.getfixturevalue("connection")
    connection.execute(sql.SQL("INSERT INTO {} (text) VALUES ('mine')").format(sql.SQL(notes)))
    assert count(database, notes) == 0


@pytest.fixture(scope="module")
def diary(database: Database) -> Iterator[str]:
    """A table that outlives a test."""
    with psycopg.connect(database.admin_url, autocommit=True) as admin:
        admin.execute("CREATE TABLE public.diary (entry text)")
        yield "public.diary"
        admin.execute("DROP TABLE public.diary")


@pytest.mark.parametrize("entry", ["first", "second"])
def test_each_test_finds_the_clean_database_empty(entry: str, diary: str, clean_database: Database) -> None:
    """Run twice: the second would find what the first has committed."""
    assert count(clean_database, diary) == 0
    with psycopg.connect(clean_database.admin_url) as admin:
        admin.execute(sql.SQL("INSERT INTO {} VALUES (%s)").format(sql.SQL(diary)), [entry])
    assert count(clean_database, diary) == 1


def test_cleaning_keeps_what_the_migrations_wrote(clean_database: Database) -> None:
    assert count(clean_database, "public.alembic_version") == 1


def test_a_database_of_its_own_is_another_one(database: Database, own_database: Database, notes: str) -> None:
    assert own_database.name != database.name
    with psycopg.connect(own_database.admin_url) as admin, pytest.raises(psycopg.errors.UndefinedTable):
        admin.execute(sql.SQL("SELECT FROM {}").format(sql.SQL(notes)))
