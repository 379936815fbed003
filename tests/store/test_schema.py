"""The tables: what the migrations make is what the code expects, and one organisation never sees another."""

from __future__ import annotations

import psycopg
import pytest
import sqlalchemy
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from procession.store.address import sqlalchemy_url
from procession.store.schema import metadata, migrate
from procession.store.store import Store
from tests.support.database import Database
from tests.support.office import ANA, OFFICE, complete, furnish, start

OURS = sorted(metadata.tables)


def test_the_migrations_make_what_the_schema_says(own_database: Database) -> None:
    """Models and migrations cannot drift apart."""
    engine = sqlalchemy.create_engine(sqlalchemy_url(own_database.owner_url))
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"include_object": _is_ours, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    engine.dispose()


def _is_ours(thing: object, name: str | None, type_: str, reflected: bool, compare_to: object) -> bool:
    return type_ != "table" or not (name or "").startswith(("procrastinate", "alembic"))


def test_migrating_again_changes_nothing(own_database: Database) -> None:
    before = _catalogue(own_database)
    migrate(own_database.owner_url)
    assert _catalogue(own_database) == before


def _catalogue(database: Database) -> list[tuple[object, ...]]:
    with psycopg.connect(database.admin_url) as admin:
        return admin.execute(
            "SELECT relname::text, relkind::text, relrowsecurity, relforcerowsecurity, relacl::text FROM pg_class "
            "WHERE relnamespace = 'public'::regnamespace ORDER BY 1, 2"
        ).fetchall()


def test_every_key_begins_with_the_organisation() -> None:
    for table in metadata.tables.values():
        assert next(iter(table.primary_key.columns)).name == "organisation", table.name


@pytest.mark.parametrize("organisation", [None, "another", ""])
def test_without_its_organisation_no_table_shows_a_row(
    store: Store, clean_database: Database, organisation: str | None
) -> None:
    """Row-level security is a wall of its own: it holds even for a query that forgets the organisation."""
    _fill(store)
    with psycopg.connect(clean_database.admin_url) as admin:
        filled = {name for name in OURS if admin.execute(f"SELECT 1 FROM {name} LIMIT 1").fetchone()}  # type: ignore[arg-type]
    assert {"cases", "events", "tasks", "people", "definitions", "candidates", "timers", "command_keys"} <= filled
    with psycopg.connect(clean_database.app_url) as connection:
        if organisation is not None:
            connection.execute("SELECT set_config('app.organisation', %s, true)", [organisation])
        for name in OURS:
            assert connection.execute(f"SELECT count(*) FROM {name}").fetchone() == (0,), name  # type: ignore[arg-type]


def test_the_application_cannot_write_for_another_organisation(store: Store, clean_database: Database) -> None:
    with psycopg.connect(clean_database.app_url) as connection:
        connection.execute("SELECT set_config('app.organisation', 'another', true)")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("INSERT INTO settings (organisation, name, value) VALUES (%s, 'x', '1')", [OFFICE])


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE events SET actor = 'eve'",
        "DELETE FROM events",
        "UPDATE definitions SET text = ''",
        "DELETE FROM definitions",
        "DELETE FROM checkpoints",
        "ALTER TABLE cases DISABLE ROW LEVEL SECURITY",
        "TRUNCATE cases",
    ],
)
def test_the_application_cannot_change_what_is_recorded(store: Store, clean_database: Database, statement: str) -> None:
    with psycopg.connect(clean_database.app_url) as connection:
        connection.execute("SELECT set_config('app.organisation', %s, true)", [OFFICE])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute(statement)  # type: ignore[arg-type]


def test_the_applications_role_is_nobody_special(clean_database: Database) -> None:
    with psycopg.connect(clean_database.app_url) as connection:
        row = connection.execute(
            "SELECT rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, current_user FROM pg_roles WHERE rolname = "
            "current_user"
        ).fetchone()
        owned = connection.execute("SELECT count(*) FROM pg_class WHERE relowner = current_user::regrole").fetchone()
    assert row == (False, False, False, False, "procession_app")
    assert owned == (0,)


def test_two_organisations_do_not_meet(store: Store) -> None:
    """The same ids, keys and addresses may exist in both."""
    case = start(store, "five", item="x").case
    store.create_organisation("another")
    with store.transaction("another") as tx:
        tx.people.save("ana", name="Another Ana", email="ana@example.org")
        assert tx.cases.find(case.id) is None
        assert tx.tasks.inbox("ana") == []
        assert [one.name for one in tx.people.list()] == ["Another Ana"]


def test_a_login_that_is_not_the_applications_takes_its_role(own_database: Database) -> None:
    """A server of one's own may give one login; the application still works as its own role."""
    with Store(own_database.admin_url) as store:
        furnish(store)
        with store.transaction(OFFICE) as tx:
            assert tx.run("SELECT current_user").scalar() == "procession_app"
        with store.psycopg() as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("procession_app",)


def _fill(store: Store) -> None:
    case = start(store, "five", key="k", item="x").case
    complete(store, case)
    start(store, "shared", item="x")
    start(store, "waiter", order="o1")
    store.send_message(OFFICE, "paid", "nobody", {"text": "x"}, actor=ANA)
