"""What a diagram shows, as plain values that anything can fill.

Two kinds of picture: a `FlowDiagram` is one workflow, step by step; a `ProcessMap` is several workflows and the work
they hand to each other. Neither knows where a step is drawn, nor in which colours.
"""

from collections.abc import Container, Iterable
from dataclasses import dataclass
from typing import Literal

State = Literal["none", "todo", "open", "done", "late", "skipped", "failed", "withdrawn"]
"""Where a step stands in one case; `none` when no case is shown."""

Heat = Literal[0, 1, 2, 3, 4, 5]
"""How bad, from 0 (fine) to 5; the limits belong to whoever counts."""

STATE_WORDS: dict[State, str] = {
    "none": "",
    "todo": "to do",
    "open": "open",
    "done": "done",
    "late": "late",
    "skipped": "skipped",
    "failed": "failed",
    "withdrawn": "withdrawn",
}

KIND_WORDS = {
    "task": "task",
    "approval": "approval",
    "decide": "decision",
    "choose": "one way",
    "parallel": "all at once",
    "each": "for each",
    "automate": "automatic",
    "email": "email",
    "wait": "wait",
    "workflow": "workflow",
    "set": "set data",
    "survey": "survey",
    "archive": "archive",
    "state": "state",
    "final": "final state",
}
"""Kinds of step in words; a plug-in's kind is said as it is called."""

OTHERWISE = "otherwise"
"""On the arrow that is taken when no condition beside it holds."""

DOTS = frozenset({"start", "end", "fork", "join", "gate"})
"""Kinds that are drawn as a small mark and hold no work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowNode:
    """A step of a workflow, or a block that holds steps."""

    id: str
    """Unique in the diagram."""

    title: str
    """Cut when it is too long for its box; the tooltip always has all of it."""

    subtitle: str = ""
    """Who does it and until when."""

    kind: str = "task"
    """The kind of step (`task`, `approval`, `automate`, …); also `state` and `final` of a state machine, the marks
    `start`, `end`, `fork`, `join`, `gate` (where optional ways meet), and the blocks `parallel`, `choose`, `each`."""

    number: str = ""
    """Its number in the list of steps, such as `3` or `3.1`."""

    parent: str | None = None
    """The block it stands in."""

    state: State = "none"
    badge: str = ""
    """A short figure, such as `2 d late` or `3 open`."""

    href: str | None = None
    tooltip: str = ""
    """More words for the tooltip, such as why the step was skipped."""

    selected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowEdge:
    """An arrow from one step to another."""

    id: str
    source: str
    target: str
    label: str = ""
    """The rule or outcome that leads this way."""

    back: bool = False
    """Leads back to earlier work; drawn dashed."""

    taken: bool = False
    """The case shown went this way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowDiagram:
    """One workflow. The order of `nodes` is the order of reading, of tabbing and of the layout."""

    title: str
    nodes: tuple[FlowNode, ...]
    edges: tuple[FlowEdge, ...] = ()

    def __post_init__(self) -> None:
        parents = {node.id: node.parent for node in self.nodes}
        if len(parents) != len(self.nodes):
            raise ValueError(f"two steps of the diagram share the id {_twice(node.id for node in self.nodes)!r}")
        for node in self.nodes:
            seen: set[str] = {node.id}
            above = node.parent
            while above is not None:
                if above not in parents:
                    raise ValueError(f"{node.id!r} stands in {above!r}, which is not in the diagram")
                if above in seen:
                    raise ValueError(f"{above!r} stands in itself")
                seen.add(above)
                above = parents[above]
        _check_arrows(self.edges, parents)


@dataclass(frozen=True, slots=True, kw_only=True)
class MapStep:
    """A step inside a workflow of a process map."""

    id: str
    """Unique in its container."""

    title: str
    subtitle: str = ""
    """Who does it and how much work it is."""

    heat: Heat | None = None
    """None while there is nothing to count."""

    pill: str = ""
    """The figure behind the heat, such as `1.1 d`."""

    stated: bool = False
    """The figure is what people say, not what was measured: its edge is dashed."""

    quiet: bool = False
    """It is not what the map is narrowed down to."""

    href: str | None = None
    selected: bool = False
    next: tuple[str, ...] = ()
    """Ids of the steps of the same container that can follow."""

    back: tuple[str, ...] = ()
    """Ids of the steps it can send work back to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MapContainer:
    """A workflow inside a process; `start` and `end` are the marks where the process begins and ends."""

    id: str
    title: str
    team: str = ""
    open_count: int | None = None
    """How many of its cases are open now."""

    pill: str = ""
    heat: Heat | None = None
    quiet: bool = False
    """It is not what the map is narrowed down to."""

    steps: tuple[MapStep, ...] = ()
    href: str | None = None
    selected: bool = False
    kind: Literal["workflow", "start", "end"] = "workflow"


@dataclass(frozen=True, slots=True, kw_only=True)
class MapHandoff:
    """Work passing from one workflow to the next."""

    id: str
    source: str
    """Id of the container that hands over."""

    target: str
    source_step: str | None = None
    """Id of the step in whose row the line begins; by default the last."""

    target_step: str | None = None
    """Id of the step in whose row the line ends; by default the first."""

    pill: str = ""
    """How long work waits between the two, such as `1.6 d`."""

    stated: bool = False
    """The figure is what people say, not what was measured: its edge is dashed."""

    label: str = ""
    """What is handed over or when; for the tooltip and the list."""

    heat: Heat | None = None
    cases_per_month: float = 0
    """Sets the width of the line."""

    optional: bool = False
    back: bool = False
    href: str | None = None
    selected: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Legend:
    """What the heat means: the measure and the limits between its steps, such as `6 h`, `18 h`, `1.5 d`."""

    title: str
    limits: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessMap:
    """A process: its workflows, in reading order, and the handoffs between them."""

    title: str
    containers: tuple[MapContainer, ...]
    handoffs: tuple[MapHandoff, ...] = ()
    legend: Legend | None = None
    """Printed under the map in files; a page has its own."""

    def __post_init__(self) -> None:
        steps: dict[str, set[str]] = {}
        for container in self.containers:
            if container.id in steps:
                raise ValueError(f"two workflows of the map share the id {container.id!r}")
            ids = {step.id for step in container.steps}
            steps[container.id] = ids
            if len(ids) != len(container.steps):
                twice = _twice(step.id for step in container.steps)
                raise ValueError(f"two steps of {container.id!r} share the id {twice!r}")
            for step in container.steps:
                for other in (*step.next, *step.back):
                    if other not in ids:
                        raise ValueError(f"{container.id!r} has no step {other!r}, where {step.id!r} leads")
        _check_arrows(self.handoffs, steps)
        for handoff in self.handoffs:
            for end, step in ((handoff.source, handoff.source_step), (handoff.target, handoff.target_step)):
                if step is not None and step not in steps[end]:
                    raise ValueError(f"handoff {handoff.id!r}: {end!r} has no step {step!r}")


def _check_arrows(arrows: Iterable[FlowEdge | MapHandoff], known: Container[str]) -> None:
    seen: set[str] = set()
    for arrow in arrows:
        if arrow.id in seen:
            raise ValueError(f"two arrows of the diagram share the id {arrow.id!r}")
        seen.add(arrow.id)
        for end in (arrow.source, arrow.target):
            if end not in known:
                raise ValueError(f"arrow {arrow.id!r} touches {end!r}, which is not in the diagram")


def _twice(ids: Iterable[str]) -> str | None:
    seen: set[str] = set()
    for one in ids:
        if one in seen:
            return one
        seen.add(one)
    return None


def pill_words(part: MapStep | MapHandoff) -> str:
    """The figure of a step or handoff in words."""
    return f"{part.pill} stated" if part.pill and part.stated else part.pill
