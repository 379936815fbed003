"""What happens to a case as a whole."""

from __future__ import annotations

from dataclasses import field

from procession.engine.case import Json
from procession.engine.events.base import Event
from procession.engine.instants import Instant
from procession.engine.records import value


@value(kw_only=True)
class CaseStarted(Event):
    """A case began."""

    definition: str
    version: int
    kind: str = "workflow"
    name: str = ""
    number: int = 0
    starter: str = ""
    due_at: Instant | None = None
    data: dict[str, Json] = field(default_factory=dict[str, Json])
    origins: dict[str, str] = field(default_factory=dict[str, str])
    parent: str | None = None
    parent_activation: str | None = None
    process_case: str | None = None
    member: str | None = None


@value(kw_only=True)
class CaseClosed(Event):
    """A case reached an end."""

    outcome: str


@value(kw_only=True)
class CaseCancelling(Event):
    """Somebody cancelled the case, and its clean-up begins."""

    reason: str = ""


@value(kw_only=True)
class CaseCancelled(Event):
    """The case is cancelled; nothing of it is open any more."""

    reason: str = ""
    by: str | None = None
    """Who asked for it, where a clean-up came between; None: the event's actor."""


@value(kw_only=True)
class CaseReopened(Event):
    """A finished or cancelled case goes on."""

    reason: str = ""


@value(kw_only=True)
class CasePaused(Event):
    """The case stands still: its timers do not ring, and its tasks cannot be completed."""

    reason: str = ""
    with_parent: bool = False
    """It follows the case that started it."""


@value(kw_only=True)
class CaseResumed(Event):
    """The paused case goes on."""

    reason: str = ""


@value(kw_only=True)
class CaseMoved(Event):
    """The case goes on in another version of its definition."""

    version: int
    before: int
    """The version that it came from."""
    reason: str = ""
    undoes: bool = False
    """It goes back where an earlier move came from."""
    steps: dict[str, str] = field(default_factory=dict[str, str])
    """Old → new id of the steps that are called otherwise in the version; what the case knows of them goes along."""


@value(kw_only=True)
class CaseDueChanged(Event):
    """The case has another due date."""

    due_at: Instant | None = None
    reason: str = ""


@value(kw_only=True)
class CaseRenamed(Event):
    """The name follows the data it is made of."""

    name: str


@value(kw_only=True)
class DataWritten(Event):
    """Fields have new values. A key `lines[2].serial` writes one cell of a row (places from 0)."""

    values: dict[str, Json]
    origin: str
    """typed, carried, calculated, imported, set, decided, taken or edited."""
    step: str | None = None
    reason: str | None = None


@value(kw_only=True)
class MilestoneReached(Event):
    """A milestone was reached for the first time."""

    name: str
    step: str


@value(kw_only=True)
class DataSealed(Event):
    """An archive step sealed fields."""

    fields: list[str]
    sha256: str
    until: Instant | None = None


@value(kw_only=True)
class CommentAdded(Event):
    """Somebody wrote a comment."""

    text: str
    mentions: list[str] = field(default_factory=list[str])
    activation: str | None = None
