"""What is simulated: people with their hours, steps with their work, and where each step leads.

```
Model ── people: Person…      who, in which groups, when there, how many things at once
      ├── calendars           by name
      ├── nodes: Node…        a flat graph; a node is named by its place in it
      │     ├── Work          something that takes time: a person's task, a machine's job, an outsider's answer
      │     ├── Choice        one of several ways, by chance or by the case's data
      │     ├── Bound         an arrow back that may be taken so often
      │     ├── Fork          several branches at once (parallel, choose all, each, quorum)
      │     ├── Effect        data written, a milestone reached
      │     ├── Leave         an arrow out of a block
      │     ├── Members       a process: workflows joined by handoffs
      │     └── End           the whole case ends
      └── sources: Source…    where cases come from; several workflows may share the people
```
`END` as a `next` is the end of the list a node stands in: of its branch, its member, or its case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from procession.analytics.simulation.arrivals import Arrivals
from procession.analytics.simulation.causes import Cause
from procession.analytics.simulation.distributions import Distribution
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.hours import Moments
from procession.engine.calendar import STANDARD, WorkCalendar

END = -1
"""The end of the list a node stands in."""

Data = dict[str, Any]
"""The data of one simulated case."""

Order = Literal["fifo", "priority", "due"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody who does work."""

    name: str
    groups: frozenset[str]
    """The queues they work from, such as `group:finance`."""
    calendar: str = "standard"
    away: tuple[tuple[datetime, datetime], ...] = ()
    """When they are absent."""
    at_once: int = 1
    """How many tasks they have under way at the same time, each at full speed."""


@dataclass(frozen=True, slots=True)
class Place:
    """A step as the log names it."""

    part: str
    """The member of a process, else the workflow."""
    step: str
    title: str = ""
    workflow: str = ""
    kind: str = "task"

    @property
    def key(self) -> str:
        """`part/step`, as addresses and scenarios have it."""
        return f"{self.part}/{self.step}"


@dataclass(frozen=True, slots=True)
class Batch:
    """Work that is collected and let go together: at certain moments, or as soon as enough lie there."""

    at: Moments | None = None
    size: int | None = None

    def __post_init__(self) -> None:
        if self.at is None and self.size is None:
            raise SimulationError("a batch says neither when nor how many", "give moments, a size, or both")
        if self.size is not None and self.size < 1:
            raise SimulationError(f"a batch of {self.size}", "a batch holds at least one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Something that takes time, in one step."""

    place: Place
    work: Distribution
    """Seconds of working time in the calendar of whoever does it."""
    group: str | None = None
    """The queue it goes to; None: nobody else's work is in the way (a machine, the requester, an outsider)."""
    calendar: str | None = None
    """Without a group: whose hours count; None: day and night."""
    outside: bool = False
    """Done by somebody outside: all its time is theirs."""
    notice: Distribution | None = None
    """Seconds of working time from ready until somebody turns to it."""
    notice_cause: Cause = Cause.UNEXPLAINED
    gate: Moments | None = None
    """It is taken up only from such a moment on: a meeting, a payment run."""
    until: Callable[[datetime], datetime | None] | None = None
    """It is over at a moment that follows from when it began, such as the next Thursday; else after `work`."""
    batch: Batch | None = None
    priority: int = 0
    """Higher comes first, where queues are ordered by it."""
    due: float | None = None
    """Seconds from ready to its due date, where queues are ordered by it."""
    not_by: tuple[int, ...] = ()
    """Nodes whose performers in the same case may not do it."""
    seat: int | None = None
    """Of an approval with a quorum: which member of the group (counted from 0) it is for."""
    next: int = END


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of several ways."""

    chances: tuple[float, ...]
    """Of each way; they add up to 1."""
    ways: tuple[int, ...]
    outcomes: tuple[str, ...] = ()
    """What each way is called, where it is the outcome of the step before."""
    decide: Callable[[Data], int | None] | None = None
    """Picks the way by the case's data; None as its answer leaves it to chance."""

    def __post_init__(self) -> None:
        if len(self.chances) != len(self.ways) or not self.ways:
            raise SimulationError("a choice needs as many chances as ways, at least one")
        if any(not 0 <= one <= 1 for one in self.chances) or abs(sum(self.chances) - 1) > 1e-9:
            shown = ", ".join(f"{one:g}" for one in self.chances)
            raise SimulationError(f"the chances {shown} do not add up to 1", "give each way its share")


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """An arrow back that is taken so often at most, in one visit to the list where it lands."""

    at_most: int
    back: int
    exhausted: int
    levels: int = 0
    """How many blocks lie between this node and the list where the arrow lands, whose visit is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fork:
    """Several branches at once, and on when enough of them are done."""

    branches: tuple[int, ...]
    """Where each begins."""
    need: int | None = None
    """How many must come to their end; None: all that began."""
    finish_rest: bool = False
    """The others go on when it is done; otherwise they are withdrawn."""
    in_turn: bool = False
    """One after another."""
    pick: Callable[[Data], tuple[int, ...]] | None = None
    """Which branches begin, by the case's data; one may begin several times."""
    detached: bool = False
    """Nobody waits for them."""
    inner: Literal["block", "run"] = "block"
    """`run`: a workflow of its own; an `End` inside ends only it."""
    outcomes: tuple[tuple[str, int], ...] = ()
    """Of a `run`: where its outcomes lead, when not on."""
    votes: tuple[int, ...] | None = None
    """Of a quorum: where it leads when agreed and when not; `need` branches have to end without a vote against."""
    next: int = END


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """Something that takes no time: data is written, a milestone is reached, work is called off."""

    write: Callable[[Data, Callable[[str], Any]], None] | None = None
    """Gets the case's data and a way to draw a field's value."""
    milestone: str | None = None
    cancel: tuple[int, ...] = ()
    """`Work` nodes whose open tasks are withdrawn and skipped."""
    against: bool = False
    """The branch votes against."""
    next: int = END


@dataclass(frozen=True, slots=True, kw_only=True)
class Await:
    """Stays until a milestone of the same case is reached."""

    place: Place
    milestone: str
    next: int = END


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """An arrow out of the blocks around it, which are withdrawn."""

    blocks: int
    """How many are left."""
    to: int


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """The whole case ends, or the member or child that it belongs to."""

    outcome: str


Happening = tuple[str | None, str | None, str | None]
"""What sets handoffs off: a member (None: the start), its outcome, or its milestone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """One member hands over to the next."""

    id: str
    sources: tuple[tuple[str | None, str | None, str | None], ...]
    """Member (None: the start), outcome (None: any), milestone."""
    to: str | None
    """None: the process ends with `outcome`."""
    outcome: str = ""
    chance: float = 1.0
    """That it happens when its source does."""
    decide: Callable[[Data], bool | None] | None = None
    carry: Callable[[Data, Data], Data] | None = None
    """What it carries: from the source's data and the process's."""
    lag: Distribution | None = None
    """Seconds of working time until the other side turns to it."""
    optional: bool = False
    again: bool = False
    at_most: int | None = None
    by_chance: bool = False
    """Its chance is said, whatever happens together in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A workflow's part in a process."""

    name: str
    entry: int
    outcome: str = "done"
    """Of one that reaches the end of its steps."""
    begin: Callable[[Data, Callable[[str], Any]], Data] | None = None
    """Its own data, from what was carried."""
    take: Callable[[Data, Data], None] | None = None
    """Data back: from its data into the process's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Members:
    """A process: members that start when their handoffs have happened."""

    members: tuple[Member, ...]
    handoffs: tuple[Handoff, ...]
    outcome: str = "done"
    handings: Mapping[Happening, tuple[tuple[frozenset[str], float], ...]] = field(
        default_factory=dict["Happening", tuple[tuple[frozenset[str], float], ...]]
    )
    """Of an event: which handoffs happen together, with their shares, which add up to 1."""
    next: int = END


Node = Work | Choice | Bound | Fork | Effect | Await | Leave | End | Members


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where cases of one kind come from."""

    name: str
    """The workflow's or process's id."""
    arrivals: Arrivals
    entry: int
    outcome: str = "done"
    urgent: tuple[tuple[float, int], ...] = ()
    """Shares of cases with a priority of their own, added to that of each step."""
    begin: Callable[[Callable[[str], Any]], Data] | None = None
    """The data a case begins with."""


@dataclass(frozen=True, slots=True)
class FieldChance:
    """How the value of a field is drawn."""

    values: Distribution | None = None
    """A number."""
    options: tuple[tuple[Any, float], ...] = ()
    """Values with their weights."""
    read: Callable[[float], Any] = field(default=lambda value: value)
    """The field's own type from a drawn number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Everything a simulation needs. Raises `SimulationError` where it contradicts itself."""

    nodes: tuple[Node, ...]
    sources: tuple[Source, ...]
    people: tuple[Person, ...] = ()
    calendars: Mapping[str, WorkCalendar] = field(default_factory=lambda: {"standard": STANDARD})
    begin: datetime = datetime(2026, 1, 5, tzinfo=UTC)
    """When it starts: empty, nobody with work in hand."""
    order: Order = "fifo"
    """Which task a person takes next: the one that lies longest, the most urgent, or the one due first."""
    fields: Mapping[str, FieldChance] = field(default_factory=dict[str, FieldChance])
    """How a case's data is drawn, by name."""
    assumptions: tuple[str, ...] = ()
    """What had to be assumed, in sentences."""

    def __post_init__(self) -> None:
        if not self.sources:
            raise SimulationError("no cases arrive", "say how many, such as 20 per week")
        groups = {group for person in self.people for group in person.groups}
        for node in self.nodes:
            if isinstance(node, Work) and node.group is not None and node.group not in groups:
                raise SimulationError(
                    f"nobody works in {node.group}, which {node.place.title or node.place.key} goes to",
                    "say how many people there are",
                )
        for person in self.people:
            if person.calendar not in self.calendars:
                raise SimulationError(f"{person.name} works by the calendar {person.calendar}, which there is not")
            if person.at_once < 1:
                raise SimulationError(f"{person.name} does {person.at_once} things at once", "write 1 or more")
