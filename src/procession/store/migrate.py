"""Bringing a database to this version: our tables, the job queue's own, what each role may do, and the commit."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy
from alembic import command
from alembic.config import Config
from procrastinate.schema import SchemaManager
from sqlalchemy.exc import ProgrammingError

from procession.store.address import sqlalchemy_url

_MIGRATIONS = Path(__file__).parent / "migrations"

_LOCK = 7_216_402_331
"""Advisory lock that keeps two processes from migrating at once."""


def migrate(owner_url: str) -> None:
    """Bring the database of `owner_url` to this version. Does nothing to one that is there already.

    Args:
        owner_url: an address whose login owns the tables (or may create them in a new database) and, where the role
            `procession_app` does not exist yet, may create roles.

    Raises:
        MigrationError: the role is missing and cannot be created.
    """
    engine = sqlalchemy.create_engine(sqlalchemy_url(owner_url))
    try:
        with engine.begin() as connection:
            connection.execute(sqlalchemy.text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            _ensure_app_role(connection)
            if not sqlalchemy.inspect(connection).has_table("procrastinate_jobs"):
                connection.exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
            config = Config()
            config.set_main_option("script_location", str(_MIGRATIONS).replace("%", "%%"))
            config.attributes["connection"] = connection
            command.upgrade(config, "head")
            for script in ("access.sql", "commit.sql", "bearer.sql"):
                connection.exec_driver_sql((_MIGRATIONS / script).read_text().replace("%", "%%"))
    finally:
        engine.dispose()


class MigrationError(Exception):
    """The database cannot be brought to this version; the message says what to do."""


def _ensure_app_role(connection: sqlalchemy.Connection) -> None:
    known = connection.execute(sqlalchemy.text("SELECT FROM pg_roles WHERE rolname = 'procession_app'")).first()
    if known is not None:
        return
    try:
        connection.exec_driver_sql("CREATE ROLE procession_app NOLOGIN NOSUPERUSER NOBYPASSRLS")
        connection.exec_driver_sql("GRANT procession_app TO CURRENT_USER")
    except ProgrammingError as trouble:
        raise MigrationError(
            "The database has no role procession_app and this login may not create it. As an administrator, run: "
            "CREATE ROLE procession_app NOLOGIN; GRANT procession_app TO this_login;"
        ) from trouble
