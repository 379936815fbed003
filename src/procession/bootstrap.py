"""The one place that wires: from settings to a database that is up to date, a store on it, and a worker."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from procession.settings import Settings

if TYPE_CHECKING:
    from procession.jobs.worker import Worker
    from procession.store.embedded import EmbeddedPostgres
    from procession.store.store import Store

ORGANISATION = "main"
"""The organisation of an installation that serves one."""


@dataclass(frozen=True, slots=True)
class Installation:
    """What the settings describe, running."""

    settings: Settings
    store: Store
    embedded: EmbeddedPostgres | None
    """None: the database is a server of the administrator's own."""

    @property
    def owner_url(self) -> str | None:
        """The database as its owner, for migrations, backup and verification."""
        return owner_url(self.settings, self.embedded)

    def worker(self) -> Worker:
        """A worker for this installation; not started."""
        from procession.jobs.worker import Worker

        return Worker(self.store, self.settings)


def _silent(_: str) -> None:
    """Where nobody wants to hear of the stages."""


@contextmanager
def opened(
    settings: Settings, *, progress: Callable[[str], None] = _silent, migrate: bool = True, pool_size: int = 10
) -> Generator[Installation]:
    """An installation for the length of a `with` block: its database started, brought to this version, and reached.

    Args:
        progress: is told each stage that takes a moment.
        migrate: False leaves the tables as they are.
    """
    from procession.store.embedded_error import require_supported_system
    from procession.store.store import Store

    with ExitStack() as stack:
        embedded = None
        if settings.database_url is None:
            require_supported_system()
            from procession.store.embedded import EmbeddedPostgres
            from procession.store.embedded_guard import kept_up

            embedded = stack.enter_context(EmbeddedPostgres.at(settings.data).running(progress))
            stack.enter_context(kept_up(embedded))
        owner = owner_url(settings, embedded)
        if migrate and owner is not None:
            from procession.store.migrate import migrate as bring_to_this_version

            bring_to_this_version(owner)
        store = stack.enter_context(Store(app_url(settings, embedded), pool_size))
        if ORGANISATION not in store.organisations():
            store.create_organisation(ORGANISATION, "Your organisation")
        yield Installation(settings, store, embedded)


def app_url(settings: Settings, embedded: EmbeddedPostgres | None) -> str:
    """The database as the application, held by row-level security."""
    if settings.database_url is not None:
        return settings.database_url
    if embedded is None:
        raise ValueError("there is neither a DATABASE_URL nor an embedded database")
    return embedded.url()


def owner_url(settings: Settings, embedded: EmbeddedPostgres | None) -> str | None:
    """The database as the owner of its tables, where it is known."""
    if settings.database_url is not None:
        return settings.database_owner_url
    if embedded is None:
        return None
    from procession.store.embedded import OWNER

    return embedded.url(OWNER)
