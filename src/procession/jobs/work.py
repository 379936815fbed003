"""A job at hand, and what running it may need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from procession.connectors.email import Mailer
from procession.connectors.files import FileStore
from procession.connectors.http import Caller
from procession.engine.case import Case, Json
from procession.engine.events import Event
from procession.settings import Settings
from procession.store.jobs import JobRow
from procession.store.store import Store


class JobFailed(Exception):
    """The job gave no result."""

    def __init__(self, sentence: str, *, again: bool = True) -> None:
        super().__init__(sentence)
        self.again = again
        """Whether another attempt may help."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What the jobs of a worker share."""

    store: Store
    settings: Settings
    caller: Caller
    files: FileStore
    mailer: Mailer | None
    """None: there is no mail server, mails are kept for the outbox page."""

    @classmethod
    def of(cls, store: Store, settings: Settings) -> Tools:
        """The tools that the settings describe."""
        return cls(
            store=store,
            settings=settings,
            caller=Caller(settings.allow_hosts),
            files=FileStore(settings.data / "files"),
            mailer=Mailer(settings.smtp_url, settings.mail_from) if settings.smtp_url else None,
        )

    @property
    def base_url(self) -> str:
        """Where people reach the server."""
        return self.settings.url or f"http://{self.settings.host}:{self.settings.port}"


@dataclass(frozen=True, slots=True)
class Work:
    """One job that is due."""

    tools: Tools
    organisation: str
    row: JobRow
    event: Event
    """The event that asked for it."""
    case: Case
    """The case as it is now."""

    @property
    def store(self) -> Store:
        return self.tools.store

    @property
    def key(self) -> str:
        """Stable over all attempts and repeats: what the outside may use to drop repeats."""
        return self.row.id

    @staticmethod
    def now() -> datetime:
        return datetime.now(UTC)


Run = Callable[[Work], Json]
"""Does a job. What it returns is the result that the step's `take:` sees. Raises JobFailed."""
