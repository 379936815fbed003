"""A case: one run of a definition, as a small value that JSON can hold.

Only `evolve` changes it: its attributes, and in place the maps that it owns, those that every step changes. An activation,
a list inside a map, and the maps that few steps change are replaced by a changed copy, so that cases may share them.
`activations` is a flat map of what is open, each with the activation around it (`up`) and the branch it stands in;
finished activations leave the map and live on in the events.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, field, fields
from typing import Any, Self, cast

from procession.engine.instants import Instant
from procession.engine.records import record

Json = Any
"""What JSON can hold; numbers of a case's data are decimal text."""


NO_NAMES: list[str] = []
NO_TIMES: dict[str, Instant] = {}
NO_VOTES: dict[str, str] = {}
"""What most activations have of candidates, timers, branches and votes. All may share them, since those are replaced and
never changed; making them anew would be a tenth of a step."""


class JsonValue:
    """Reads and writes a dataclass as JSON; attributes at their default are left out."""

    __slots__ = ()

    def given(self) -> dict[str, Json]:
        """The attributes that are not at their default."""
        out: dict[str, Json] = {}
        for name, default in _defaults(type(self)):
            value = getattr(self, name)
            if value != default:
                out[name] = value
        return out

    def to_json(self) -> dict[str, Json]:
        return self.given()

    def copied(self) -> Self:
        """A copy, as the class's `record` says."""
        raise NotImplementedError

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Self:
        return cls(**data)


_known: dict[type, tuple[tuple[str, object], ...]] = {}


def _defaults(cls: type) -> tuple[tuple[str, object], ...]:
    found = _known.get(cls)
    if found is None:
        found = tuple((f.name, _default(f)) for f in fields(cls))
        _known[cls] = found
    return found


def _default(f: Any) -> object:
    if f.default is not MISSING:
        return f.default
    return f.default_factory() if f.default_factory is not MISSING else MISSING


@record()
class Activation(JsonValue):
    """One open visit of the case to a step. A task is an activation that a person works on."""

    step: str
    up: str = ""
    """The activation of the block around it; empty at the top."""
    branch: str = "main"
    """The scope inside `up` it stands in; an item's place (1, 2, …) inside an `each`."""
    attempt: int = 1
    """The how-manieth visit of the case to this step."""
    opened_at: Instant = ""
    assignee: str | None = None
    candidates: list[str] = field(default_factory=list[str])
    """Who may claim it, where nobody is assigned."""
    guest: bool = False
    """The assignee is an outsider with a private link."""
    due_at: Instant | None = None
    timers: dict[str, Instant] = field(default_factory=dict[str, Instant])
    """Name → when it rings: `due`, `remind-1`, `escalate-1`, `time`, `after-1`."""
    seats: list[str] = field(default_factory=list[str])
    """Of a quorum approval: the people asked."""
    votes: dict[str, str] = field(default_factory=dict[str, str])
    """Of a quorum approval: person → outcome."""
    seat: bool = False
    """One person's part of a quorum approval; its `up` is the approval."""
    need: int | None = None
    """Of a block or quorum: how many are needed."""
    ran: list[str] = field(default_factory=list[str])
    """Of a block: the branches opened."""
    ended: list[str] = field(default_factory=list[str])
    """Of a block: the branches that came to their end, skipped ones left out."""
    passed: list[str] = field(default_factory=list[str])
    """Of a block: branches in which nothing opened."""
    touched: list[str] = field(default_factory=list[str])
    """Of a block: branches in which something opened."""
    enders: list[str] = field(default_factory=list[str])
    """Of a block: the activations that ended its branches; they release what follows it."""
    message: str | None = None
    key: str | None = None
    reached: str | None = None
    job: int | None = None
    """Of a job: the attempt under way."""
    job_base: int = 0
    """Of a job: the attempts before somebody had it tried again; the retries are counted from there."""
    draft: dict[str, Json] | None = None
    """Of a mail that a person has sent off: the subject and text as they left them."""
    child: str | None = None
    """Of a child or member: its case."""
    done: str | None = None
    """Of a block that is decided but lets the rest finish: its outcome."""
    first_opened_at: Instant | None = None
    started_at: Instant | None = None
    incident: str | None = None
    """The incident that keeps it from going on."""


@record()
class Incident(JsonValue):
    """What keeps a case from going on, until somebody acts."""

    code: str
    sentence: str
    activation: str | None = None
    step: str | None = None
    owner: str | None = None
    """The group or person who should act."""
    since: Instant = ""
    outcome: str | None = None
    """The work is done and ended so; only what follows from it could not be carried out. Trying again goes on from
    there."""
    context: dict[str, Json] = field(default_factory=dict[str, Json])
    """Of a process: the handoffs that are undecided, with what their source gave."""


@record(owns=("data", "activations", "visits", "last", "did"))
class Case(JsonValue):
    """The state of one case."""

    id: str
    definition: str = ""
    version: int = 0
    kind: str = "workflow"
    status: str = "new"
    """new, open, done, cancelled."""
    outcome: str | None = None
    name: str = ""
    number: int = 0
    starter: str = ""
    started_at: Instant = ""
    closed_at: Instant | None = None
    due_at: Instant | None = None
    parent: str | None = None
    """The case that started this one as a step or a member."""
    parent_activation: str | None = None
    process_case: str | None = None
    member: str | None = None
    seq: int = 0
    """Number of the last event: the version for optimistic locking."""
    at: Instant = ""
    """When the last event happened. Within a case time never goes back, whatever the clock does."""
    n: int = 0
    """Counter that names activations and incidents."""
    data: dict[str, Json] = field(default_factory=dict[str, Json])
    origins: dict[str, str] = field(default_factory=dict[str, str])
    """Field → how its value came: typed, carried, calculated, imported, set, decided, taken."""
    activations: dict[str, Activation] = field(default_factory=dict[str, Activation])
    visits: dict[str, int] = field(default_factory=dict[str, int])
    """Step → how often it opened."""
    last: dict[str, str] = field(default_factory=dict[str, str])
    """Step → outcome of its latest finished visit, or `skipped`."""
    loops: dict[str, int] = field(default_factory=dict[str, int])
    did: dict[str, list[str]] = field(default_factory=dict[str, list[str]])
    """Step → everyone who ever completed it."""
    milestones: dict[str, Instant] = field(default_factory=dict[str, Instant])
    messages: list[dict[str, Json]] = field(default_factory=list[dict[str, Json]])
    """Messages sent to this case that no wait has taken yet."""
    incidents: dict[str, Incident] = field(default_factory=dict[str, Incident])
    handoffs: dict[str, int] = field(default_factory=dict[str, int])
    """Of a process: handoff → how often it happened."""
    ended: dict[str, str] = field(default_factory=dict[str, str])
    """Of a process: member → outcome, or `not started`."""
    carried: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    """Of a process: member → values that handoffs brought and no start has used yet."""
    brought: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    """Of a process in which a handoff goes back: handoff → what it carried, for later runs of its target."""
    sealed: list[str] = field(default_factory=list[str])
    """Fields that an archive step sealed; `*` for everything."""
    measures: dict[str, Json] = field(default_factory=dict[str, Json])
    """Measure → what somebody said it is."""
    surveys: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    """Surveys nobody has answered yet, by the activation of their step."""
    feedback: dict[str, dict[str, Json]] = field(default_factory=dict[str, dict[str, Json]])
    """Of a process: what was asked back along it, and what was answered."""
    paused_at: Instant | None = None
    paused_why: str = ""
    paused_with_parent: bool = False
    """It stands still because the case that started it does."""
    cancelling: str | None = None
    """Why it is being cancelled, while its clean-up runs."""
    cancelled_by: str | None = None
    """Who asked for that."""
    moved_from: int | None = None
    """The version it was moved from; None once a task was completed since, so that there is no way back."""
    moved_steps: dict[str, str] = field(default_factory=dict[str, str])
    """Old → new id of the steps that the latest move renamed, for the way back."""

    @property
    def is_open(self) -> bool:
        return self.status == "open"

    @property
    def is_paused(self) -> bool:
        return self.paused_at is not None

    def scratch(self) -> Case:
        """A copy that `evolve` may change without touching this one.

        The maps that it owns are copied; what they hold and all others are shared, because `evolve` replaces them instead
        of changing them.
        """
        return self.copied()

    def changing(self, activation: str) -> Activation:
        """A fresh copy of an open activation in the old one's place, for a change of its attributes.

        Its lists and maps are still those of the old one: replace them, never change them.
        """
        twin = self.activations[activation] = self.activations[activation].copied()
        return twin

    def to_json(self) -> dict[str, Json]:
        """The snapshot that the store keeps; attributes at their default are left out."""
        out = self.given()
        if self.activations:
            out["activations"] = {key: one.to_json() for key, one in self.activations.items()}
        if self.incidents:
            out["incidents"] = {key: one.to_json() for key, one in self.incidents.items()}
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Json]) -> Case:
        """The case of a snapshot. The mapping's parts become the case's own."""
        values = dict(data)
        activations = cast("dict[str, Mapping[str, Json]]", values.pop("activations", {}))
        incidents = cast("dict[str, Mapping[str, Json]]", values.pop("incidents", {}))
        case = cls(**values)
        case.activations = {key: Activation(**one) for key, one in activations.items()}
        case.incidents = {key: Incident(**one) for key, one in incidents.items()}
        return case


def task_id(case_id: str, activation: str) -> str:
    """The public id of a task: its case and its activation."""
    return f"{case_id}.{activation}"


def split_task_id(task: str) -> tuple[str, str]:
    """Case and activation of a task's public id; the activation is empty where the text is no task id."""
    case_id, _, activation = task.partition(".")
    return case_id, activation
