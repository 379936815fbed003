"""What a workflow or a process *is*, once its file has been read: plain immutable values.

```
Workflow ── fields: Field…            the typed data of a case
        ├── start: Start              who may start it, with which form
        └── body: Scope               the steps, or the states
              └── Step                one node: common keys + the `config` of its kind (see `engine.steps`)
                    └── Scope…        blocks (parallel, choose, each, a state's `on enter`) own child scopes
Process ── members, handoffs          workflows joined toward one goal
```
Expressions are kept as the text the author wrote; `engine.program` compiles them once per definition.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal, NewType

from procession.engine.durations import Span
from procession.engine.schedules import Missed, Schedule

Expr = NewType("Expr", str)
"""A FEEL expression, as written."""

Text = NewType("Text", str)
"""Text in which `{expr}` inserts a value; text that is one `{expr}` keeps that value's type."""

FIELD_TYPES = (
    "text", "long text", "integer", "number", "money", "percent", "yes/no", "date", "datetime", "duration", "choice",
    "choices", "rating", "email", "url", "file", "person", "group", "table", "calculated",
)  # fmt: skip
"""The types of field that this version runs."""

LATER_FIELD_TYPES = (
    "time", "phone", "files", "image", "signature", "people", "lookup", "address", "location",
)  # fmt: skip
"""Types of the language that a later version brings; `check` answers them with `not_available`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One typed field of a case (or one column of a table field)."""

    name: str
    type: str = "text"
    label: str | None = None
    help: str | None = None
    required: bool = True
    """Required wherever a form asks it, unless the form says otherwise."""
    options: tuple[str, ...] = ()
    """Of a choice or choices field, in order."""
    currency: str | None = None
    min: object = None
    max: object = None
    columns: tuple[Field, ...] = ()
    """Of a table field."""
    formula: Expr | None = None
    """Of a calculated field (`is:`)."""
    see: tuple[str, ...] = ()
    """Who may see it (assignment words); empty means everyone who sees the case."""
    edit: tuple[str, ...] = ()
    line: int = dataclasses.field(default=0, compare=False)

    @property
    def title(self) -> str:
        """What a person reads: the label, or the name with its first letter raised."""
        return self.label or self.name.replace("_", " ").capitalize()


@dataclass(frozen=True, slots=True, kw_only=True)
class FormEntry:
    """One field that a form asks, with what this form adds to it."""

    field: str
    """A field's name, or `item.column` inside an `each`."""
    required: bool | None = None
    """None: as the field says."""
    help: str | None = None
    show_when: Expr | None = None
    required_when: Expr | None = None
    line: int = dataclasses.field(default=0, compare=False)


Form = tuple[FormEntry, ...]


@dataclass(frozen=True, slots=True)
class Assignee:
    """One word of `assign:`, such as `group:finance` or `manager of starter`."""

    kind: Literal[
        "starter", "person", "group", "role", "field", "manager of", "least busy of", "round robin of", "guest",
        "assignee", "everyone involved", "address", "requester",
    ]  # fmt: skip
    name: Text = Text("")
    """The name behind the colon; may hold `{expr}`."""
    of: Assignee | None = None
    """Whose manager, or which group."""

    def __str__(self) -> str:
        if self.of is not None:
            return f"{self.kind} {self.of}"
        return f"{self.kind}:{self.name}" if self.name else self.kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where an arrow leads: to a step, to the end of the case, or to one step written in place."""

    step: str | None = None
    end: str | None = None
    """The outcome of the case; the empty string means the workflow's own `outcome:`."""
    inline: Step | None = None
    line: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """A `remind:` or `escalate:` entry: when, to whom, and what then."""

    span: Span
    anchor: Literal["before due", "overdue", "after opening"]
    to: tuple[Assignee, ...] = (Assignee("assignee"),)
    do: str = "notify"
    """`notify`, `reassign`, or an outcome of the step, taken as the system."""
    line: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A node of a definition: what every kind of step shares, and the `config` of its kind."""

    id: str
    kind: str
    title: str
    config: Any
    """The kind's own `Config`."""
    when: Expr | None = None
    next: Target | None = None
    on: Mapping[str, Target] = dataclasses.field(default_factory=dict[str, Target])
    at_most: int | None = None
    on_exhausted: Target | None = None
    set: Mapping[str, Expr] = dataclasses.field(default_factory=dict[str, Expr])
    due: Span | Expr | None = None
    remind: tuple[Notice, ...] = ()
    escalate: tuple[Notice, ...] = ()
    instructions: str | None = None
    department: str | None = None
    calendar: str | None = None
    usually: Mapping[str, Span] = dataclasses.field(default_factory=dict[str, Span])
    """What people say it takes: `work` and `wait`, always shown as stated."""
    milestone: str | None = None
    open_while: Expr | None = None
    cancel: tuple[str, ...] = ()
    line: int = dataclasses.field(default=0, compare=False)

    def scopes(self) -> tuple[Scope, ...]:
        """The child scopes of a block, in the order they are written; empty for every other kind."""
        inside = getattr(self.config, "scopes", None)
        return inside() if inside is not None else ()

    def targets(self) -> Iterator[tuple[str, Target]]:
        """Every arrow written on the step, with its label (`next`, an outcome, `on exhausted`)."""
        yield from self.on.items()
        if self.next is not None:
            yield "next", self.next
        if self.on_exhausted is not None:
            yield "on exhausted", self.on_exhausted
        for label in ("on failure", "on time", "on message", "on reached"):
            target: Target | None = getattr(self.config, label.replace(" ", "_"), None)
            if target is not None:
                yield label, target


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A list of steps (or a set of states) that holds one token at a time."""

    name: str
    """A branch is named by its first step's id, so that inserting a branch does not shift the others; the body is `main`."""
    steps: tuple[Step, ...]
    kind: Literal["steps", "states"] = "steps"
    initial: str | None = None
    """The first state; None for steps, which begin at the top."""
    when: Expr | None = None
    """Of a branch of `choose:`."""
    label: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Who may start a case, and what is asked."""

    by: str = "everyone"
    """`everyone`, `public`, `nobody`, `group:NAME` or `role:NAME`."""
    form: Form | None = None
    """None: every field that no step writes and that is not calculated."""
    schedule: Schedule | None = None
    """When cases start by themselves."""
    missed: Missed = "once"
    """What is done about runs that no worker was there to start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """The steps that finish one thing; one version of it."""

    id: str
    title: str
    fields: Mapping[str, Field]
    start: Start
    body: Scope
    name: Text | None = None
    """What a case is called; None: the title and a running number."""
    purpose: str | None = None
    owner: str | None = None
    """The group that answers for it: its department."""
    target: Span | None = None
    outcome: str = "done"
    visible_to: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    review_every: Span | None = None
    on_cancel: Scope | None = None
    measures: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    """Measure name → field type, entered per case."""

    kind: Literal["workflow"] = "workflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """A workflow's part in a process."""

    id: str
    use: str
    """The workflow's id."""
    take: Mapping[str, Expr] = dataclasses.field(default_factory=dict[str, Expr])
    """Data back: process field → expression over the member's fields."""
    title: str | None = None
    line: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffSource:
    """What sets a handoff off: the start, a member's end, one outcome of it, or a milestone."""

    member: str | None = None
    """None: the start of the process."""
    outcome: str | None = None
    """None with a member: `completed`, any outcome but cancelled."""
    milestone: str | None = None

    def __str__(self) -> str:
        if self.member is None:
            return "start"
        if self.milestone is not None:
            return f"{self.member}.milestone.{self.milestone}"
        return f"{self.member}.{self.outcome or 'completed'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Handoff:
    """Work and data passing between members. One `to:` list gives one handoff per target."""

    id: str
    """`SOURCE->TARGET`, with `#2`… where the same pair occurs again."""
    sources: tuple[HandoffSource, ...]
    """More than one: `any of`."""
    to: str | None = None
    """A member; None when it ends the process."""
    end: str | None = None
    """Outcome of the process when `to` is None; the empty string is the default outcome."""
    when: Expr | None = None
    carry: Mapping[str, Expr] = dataclasses.field(default_factory=dict[str, Expr])
    optional: bool = False
    again: bool = False
    at_most: int | None = None
    usually: Mapping[str, Span] = dataclasses.field(default_factory=dict[str, Span])
    owner: str | None = None
    line: int = dataclasses.field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feedback:
    """A question asked back along the process when something happened."""

    source: HandoffSource
    to: str
    ask: str
    line: int = dataclasses.field(default=0, compare=False)


BOUNDARIES: Final = ("begins", "ends", "customer")
"""Keys of `boundaries:`: where a process begins and ends, and for whom it is there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """Several workflows joined by handoffs toward one goal; one version of it."""

    id: str
    title: str
    fields: Mapping[str, Field]
    start: Start
    members: Mapping[str, Member]
    handoffs: tuple[Handoff, ...]
    goal: str | None = None
    name: Text | None = None
    priority: str | None = None
    owner: str | None = None
    target: Span | None = None
    subject: str | None = None
    boundaries: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    measures: Mapping[str, str] = dataclasses.field(default_factory=dict[str, str])
    feedback: tuple[Feedback, ...] = ()
    visible_to: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    outcome: str = "done"

    kind: Literal["process"] = "process"


Definition = Workflow | Process


def walk(scope: Scope) -> Iterator[Step]:
    """Every step of a scope, blocks and steps written in place included, in the order of the file."""
    for step in scope.steps:
        yield step
        for inside in step.scopes():
            yield from walk(inside)
        for _, target in step.targets():
            if target.inline is not None:
                yield target.inline
                for inside in target.inline.scopes():
                    yield from walk(inside)
