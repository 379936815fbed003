"""What happened. An event carries everything `evolve` needs, so that replaying never asks the definition.

Events are recorded as `(case_id, seq, at, actor, type, version, payload)`; the payload is the dataclass below, attributes at
their default left out.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from procession.engine.case import Json, JsonValue
from procession.engine.instants import Instant

REGISTRY: dict[str, type[Event]] = {}
"""Event type → class."""


class Event(JsonValue):
    """Something that happened to one case."""

    __slots__ = ()

    def __init_subclass__(cls) -> None:
        REGISTRY[cls.__name__] = cls

    @property
    def type(self) -> str:
        return type(self).__name__


def decode(type_: str, payload: Mapping[str, Json]) -> Event:
    """The event of a stored row."""
    return REGISTRY[type_](**payload)


# --- cases ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseClosed(Event):
    """A case reached an end."""

    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCancelled(Event):
    """Somebody cancelled the case; nothing of it is open any more."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseReopened(Event):
    """A finished or cancelled case goes on."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseDueChanged(Event):
    """The case has another due date."""

    due_at: Instant | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRenamed(Event):
    """The name follows the data it is made of."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataWritten(Event):
    """Fields have new values. A key `lines[2].serial` writes one cell of a row (places from 0)."""

    values: dict[str, Json]
    origin: str
    """typed, carried, calculated, imported, set, decided, taken or edited."""
    step: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneReached(Event):
    """A milestone was reached for the first time."""

    name: str
    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSealed(Event):
    """An archive step sealed fields."""

    fields: list[str]
    sha256: str
    until: Instant | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CommentAdded(Event):
    """Somebody wrote a comment."""

    text: str
    mentions: list[str] = field(default_factory=list[str])
    activation: str | None = None


# --- steps ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class StepFinished(Event):
    """The activation ended with an outcome."""

    activation: str
    step: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWithdrawn(Event):
    """The activation was taken back: something else made it moot."""

    activation: str
    step: str
    reason: str
    told: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchOpened(Event):
    """An item was added to an open `each`."""

    activation: str
    branch: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchEnded(Event):
    """A branch of a block came to its end; `empty` where nothing in it opened."""

    activation: str
    branch: str
    empty: bool = False
    by: list[str] = field(default_factory=list[str])
    """The activations whose end ended the branch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockDecided(Event):
    """Enough branches are done; the rest may finish without effect."""

    activation: str
    outcome: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LoopCounted(Event):
    """A bounded arrow was taken once more, or its count began anew (0)."""

    loop: str
    count: int


# --- tasks ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskClaimed(Event):
    """A candidate took the task."""

    activation: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReleased(Event):
    """The task went back to its candidates."""

    activation: str
    candidates: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskDelegated(Event):
    """The assignee gave the task to somebody else."""

    activation: str
    person: str
    before: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskReassigned(Event):
    """An administrator or a rule gave the task to somebody else."""

    activation: str
    person: str | None = None
    candidates: list[str] = field(default_factory=list[str])
    before: str | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFirstOpened(Event):
    """Its assignee or a candidate looked at the task for the first time."""

    activation: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskViewed(Event):
    """Somebody else looked at the open task: a sign of manual status checking."""

    activation: str
    person: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskStarted(Event):
    """Work began: a claim, or the first saved input."""

    activation: str
    person: str
    how: str = "input"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCompleted(Event):
    """A person finished the task."""

    activation: str
    step: str
    person: str
    outcome: str
    draft: dict[str, Json] | None = None
    """Of a mail: the subject and text as the person left them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DueChanged(Event):
    """The task has another due date, and its timers with it."""

    activation: str
    due_at: Instant | None = None
    timers: dict[str, Instant] = field(default_factory=dict[str, Instant])
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleNotified(Event):
    """People were told something, by mail and in their inbox."""

    to: list[str]
    what: str
    """remind, escalate, withdrawn, assigned, mention."""
    text: str
    activation: str | None = None


# --- machines, time, messages, children --------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class JobRequested(Event):
    """Work for a machine; the store defers it in the same commit."""

    activation: str
    kind: str
    """http, webhook, transform, email, or a plug-in's name."""
    attempt: int = 1
    config: dict[str, Json] = field(default_factory=dict[str, Json])
    retry: int = 0
    backoff: str = "exponential"
    after: Instant | None = None
    """Not before this moment."""
    base: int = 0
    """Attempts before somebody had it tried again; the retries are counted from there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JobSucceeded(Event):
    """The job gave its result."""

    activation: str
    attempt: int = 1
    result: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFailed(Event):
    """An attempt failed; `final` when none is left."""

    activation: str
    attempt: int = 1
    error: str = ""
    final: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class TimerFired(Event):
    """A timer rang."""

    activation: str
    timer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageTaken(Event):
    """A wait took a message."""

    activation: str
    name: str
    key: str | None = None
    data: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageKept(Event):
    """A message sent to this case waits for a step that wants it."""

    name: str
    data: Json = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildRequested(Event):
    """Another case is to start; deferred in the same commit under the key (case, activation)."""

    activation: str
    definition: str
    data: dict[str, Json] = field(default_factory=dict[str, Json])
    member: str | None = None
    detached: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildStarted(Event):
    """The requested case exists."""

    activation: str
    child: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ChildCancelled(Event):
    """The child of a withdrawn step is to be cancelled; deferred in the same commit."""

    activation: str
    child: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParentTold(Event):
    """This case ended (or reached a milestone) and the case that started it is to hear of it."""

    parent: str
    activation: str
    what: str
    """`ended` or `milestone`."""
    name: str
    """The outcome, or the milestone."""
    data: dict[str, Json] = field(default_factory=dict[str, Json])


# --- incidents ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentOpened(Event):
    """Something keeps the case from going on."""

    incident: str
    code: str
    sentence: str
    activation: str | None = None
    step: str | None = None
    owner: str | None = None
    outcome: str | None = None
    """The outcome with which the step was about to finish: its work is done, what follows from it could not be."""
    context: dict[str, Json] = field(default_factory=dict[str, Json])
    """What trying again needs to know beside the case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentResolved(Event):
    """Somebody, or the next attempt, put it right."""

    incident: str
    how: str = ""


# --- processes ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffHappened(Event):
    """Work passed from one member to the next, once."""

    handoff: str
    count: int = 1
    source: str | None = None
    """The member it came from; None for the start."""
    activation: str | None = None
    """That member's activation."""
    to: str | None = None
    carried: dict[str, Json] = field(default_factory=dict[str, Json])
    again: bool = False
    """It went back: the members and handoffs below begin anew."""
    renewed_members: list[str] = field(default_factory=list[str])
    renewed_handoffs: list[str] = field(default_factory=list[str])


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberNotStarted(Event):
    """A handoff to the member can no longer happen."""

    member: str
    reason: str


def to_row(event: Event) -> tuple[str, dict[str, Any]]:
    """Type and payload, as they are stored."""
    return type(event).__name__, event.to_json()
