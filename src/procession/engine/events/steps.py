"""Steps, blocks and loops."""

from __future__ import annotations

from dataclasses import field

from procession.engine.events.base import Event
from procession.engine.instants import Instant
from procession.engine.records import value


@value()
class StepOpened(Event):
    """The case came to a step; for a task this is the moment it is ready."""

    activation: str
    step: str
    kind: str
    title: str = ""
    up: str = ""
    branch: str = "main"
    attempt: int = 1
    assignee: str | None = None
    candidates: list[str] = field(default_factory=list[str])
    guest: bool = False
    department: str | None = None
    due_at: Instant | None = None
    timers: dict[str, Instant] = field(default_factory=dict[str, Instant])
    seats: list[str] = field(default_factory=list[str])
    seat: bool = False
    need: int | None = None
    ran: list[str] = field(default_factory=list[str])
    message: str | None = None
    key: str | None = None
    reached: str | None = None
    released_by: list[str] = field(default_factory=list[str])
    """Activations whose end made it ready: recorded, so that the diagnosis need not guess."""
    handoff: str | None = None
    """Of a member: the handoff that started it."""

    @property
    def is_task(self) -> bool:
        """Whether a person works on this very activation (a quorum's seats, not the approval around them)."""
        return self.kind in ("task", "approval", "state", "draft") and not self.seats


@value(kw_only=True)
class StepSkipped(Event):
    """The step was passed over."""

    step: str
    title: str = ""
    up: str = ""
    branch: str = "main"
    reason: str = ""
    """A sentence: which condition was not true, or what somebody wrote."""
    activation: str | None = None
    """Where somebody skipped an open step."""


@value(kw_only=True)
class StepFinished(Event):
    """The activation ended with an outcome."""

    activation: str
    step: str
    outcome: str


@value(kw_only=True)
class StepWithdrawn(Event):
    """The activation was taken back: something else made it moot."""

    activation: str
    step: str
    reason: str
    told: list[str] = field(default_factory=list[str])


@value(kw_only=True)
class BranchOpened(Event):
    """An item was added to an open `each`."""

    activation: str
    branch: str


@value(kw_only=True)
class BranchEnded(Event):
    """A branch of a block came to its end; `empty` where nothing in it opened."""

    activation: str
    branch: str
    empty: bool = False
    by: list[str] = field(default_factory=list[str])
    """The activations whose end ended the branch."""


@value(kw_only=True)
class BlockDecided(Event):
    """Enough branches are done; the rest may finish without effect."""

    activation: str
    outcome: str


@value(kw_only=True)
class LoopCounted(Event):
    """A bounded arrow was taken once more, or its count began anew (0)."""

    loop: str
    count: int
