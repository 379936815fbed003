"""What is asked of the hot path, and what it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from procession.engine.case import Case, Json
from procession.engine.commands import Command
from procession.engine.events import Event
from procession.engine.instants import Instant
from procession.engine.moment import Actor
from procession.store.writing import Key


@dataclass(frozen=True, slots=True)
class Committed:
    """What a command did. It is on disk."""

    case: Case
    """The case after it; not to be changed."""
    events: Sequence[Event]
    answer: Json = None
    """What was kept under the command's key: a repeat gets the very same."""
    replayed: bool = False
    """The key was known: this is the first answer again, and nothing was done now."""
    at: Instant = ""
    first_seq: int = 0
    """Number of the first of `events`."""


Answer = Callable[[Case, Sequence[Event]], Json]
"""Makes the answer to keep under the key, from the case after the command and its events."""


@dataclass(slots=True, eq=False)
class Request:
    """One command on its way to a commit."""

    organisation: str
    case_id: str
    command: Command
    actor: Actor
    at: datetime | None
    key: Key | None = None
    answer: Answer | None = None
    starts: str | None = None
    """Of a start: the definition."""
    version: int | None = None
    """Of a start: the version; None is the newest."""
    committed: Committed | None = None
    error: BaseException | None = None
    turn: Lock = field(default_factory=Lock)
    """Held until the request is done or its thread is to commit."""
    leads: bool = False
    """Its own thread is to make the next commit."""

    @property
    def resources(self) -> tuple[str, ...]:
        """What no two requests of one process may work on at once."""
        return (self.case_id,) if self.starts is None else (self.case_id, self.organisation + "/" + self.starts)

    @property
    def is_done(self) -> bool:
        return self.committed is not None or self.error is not None


def default_answer(case: Case, events: Sequence[Event]) -> Json:
    """Kept under a key where the caller does not say what."""
    return {"case_id": case.id, "seq": case.seq, "status": case.status, "outcome": case.outcome}
