"""The same in words: for screen readers, for print, for the terminal, and for diagrams too large to read.

`as_list` gives nested values that a template prints; `to_text` prints them as plain text.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from procession.drawing.flow import standing, title_of
from procession.drawing.model import (
    DOTS,
    KIND_WORDS,
    FlowDiagram,
    FlowEdge,
    FlowNode,
    MapContainer,
    ProcessMap,
    State,
    pill_words,
)
from procession.drawing.text import clean

STATE_MARKS: dict[State, str] = {
    "none": "·",
    "todo": "○",
    "open": "◐",
    "done": "✓",
    "late": "!",
    "skipped": "–",
    "failed": "✗",
    "withdrawn": "×",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListArrow:
    """Where an item leads."""

    text: str
    """The rule, outcome or figure; may be empty."""

    target: str
    """The title of the item it leads to."""

    target_id: str
    back: bool = False
    next: bool = False
    """It is the item below anyway and no rule is on it, so a list need not say it."""

    href: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListItem:
    """A step, block or workflow, with what is inside it."""

    id: str
    title: str
    kind: str
    """In words, such as `approval`."""

    details: tuple[str, ...] = ()
    """Who, until when, figures."""

    state: State = "none"
    state_words: str = ""
    href: str | None = None
    selected: bool = False
    arrows: tuple[ListArrow, ...] = ()
    items: tuple["ListItem", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DiagramList:
    """A diagram in words."""

    title: str
    items: tuple[ListItem, ...]


def as_list(diagram: FlowDiagram | ProcessMap) -> DiagramList:
    """The diagram as nested values, in the order of reading."""
    items = _map_items(diagram) if isinstance(diagram, ProcessMap) else _flow_items(diagram)
    return DiagramList(title=clean(diagram.title), items=items)


def to_text(diagram: FlowDiagram | ProcessMap) -> str:
    """The diagram as text for a terminal, one item a line, arrows below their item."""
    told = as_list(diagram)
    return "\n".join([told.title, *(line for item in told.items for line in _lines(item, "  "))]) + "\n"


def _lines(item: ListItem, indent: str) -> Iterator[str]:
    facts = [fact for fact in (item.kind, *item.details) if fact]
    told = f"  ({' · '.join(facts)})" if facts else ""
    state = f"  [{item.state_words}]" if item.state_words else ""
    yield f"{indent}{STATE_MARKS[item.state]} {item.title}{told}{state}{'  ←' if item.selected else ''}"
    for arrow in item.arrows:
        if not arrow.next:
            label = f"{arrow.text}: " if arrow.text else ""
            yield f"{indent}    {'↩' if arrow.back else '→'} {label}{arrow.target}"
    for inside in item.items:
        yield from _lines(inside, indent + "    ")


# -- a workflow


def _flow_items(diagram: FlowDiagram) -> tuple[ListItem, ...]:
    told = _Telling(diagram)
    return tuple(told.item(node) for node in diagram.nodes if node.parent is None and node.kind not in DOTS)


class _Telling:
    def __init__(self, diagram: FlowDiagram) -> None:
        self.nodes = {node.id: node for node in diagram.nodes}
        self.inside: dict[str | None, list[FlowNode]] = {}
        self.leaving: dict[str, list[FlowEdge]] = {}
        for node in diagram.nodes:
            self.inside.setdefault(node.parent, []).append(node)
        for edge in diagram.edges:
            self.leaving.setdefault(edge.source, []).append(edge)
        self.below: dict[str, str] = {}
        for siblings in self.inside.values():
            steps = [node.id for node in siblings if node.kind not in DOTS]
            self.below.update(pairwise(steps))

    def item(self, node: FlowNode) -> ListItem:
        inside = self.inside.get(node.id, [])
        marks = [mark for mark in inside if mark.kind in ("fork", "join")]
        # a block leads where its marks lead: by condition into its branches, and from its end onwards
        edges = self.leaving.get(node.id, []) + [
            edge for mark in marks for edge in self.leaving.get(mark.id, []) if mark.kind == "join" or edge.label
        ]
        return ListItem(
            id=node.id,
            title=clean(title_of(node)),
            kind=KIND_WORDS.get(node.kind, node.kind),
            details=tuple(clean(part) for part in (node.subtitle, node.tooltip) if part),
            state=node.state,
            state_words=clean(standing(node)),
            href=node.href,
            selected=node.selected,
            arrows=tuple(arrow for edge in edges for arrow in self._arrows(node, edge)),
            items=tuple(self.item(child) for child in inside if child.kind not in DOTS),
        )

    def _arrows(self, node: FlowNode, edge: FlowEdge) -> Iterator[ListArrow]:
        for label, back, target in self._reached(edge, frozenset()):
            if target.kind == "join":  # the end of the block around it; what follows is said there
                block = self.nodes[target.parent].title if target.parent is not None else ""
                yield ListArrow(
                    text=label, target=f"end of {clean(block)}", target_id=target.id, back=back, next=not label
                )
                continue
            plain = not label and not back and target.id == self.below.get(node.id)
            title = f"end {clean(target.title)}".strip() if target.kind == "end" else clean(title_of(target))
            yield ListArrow(text=label, target=title, target_id=target.id, back=back, next=plain, href=target.href)

    def _reached(self, edge: FlowEdge, seen: frozenset[str]) -> Iterator[tuple[str, bool, FlowNode]]:
        """The ends an arrow leads to, through marks: a fork stands for its block, a gate for all that follows it."""
        target, label = self.nodes[edge.target], clean(edge.label)
        if target.kind == "fork" and target.parent is not None:
            yield label, edge.back, self.nodes[target.parent]
        elif target.kind not in ("fork", "gate"):
            yield label, edge.back, target
        elif target.id not in seen:
            for onward in self.leaving.get(target.id, []):
                for more, back, found in self._reached(onward, seen | {target.id}):
                    yield ", ".join(filter(None, (label, more))), edge.back or back, found


# -- a process


def _map_items(process: ProcessMap) -> tuple[ListItem, ...]:
    return tuple(_container_item(one, process) for one in process.containers if one.kind == "workflow")


def _container_item(container: MapContainer, process: ProcessMap) -> ListItem:
    names = {one.id: one.title for one in process.containers}
    titles = {step.id: step.title for step in container.steps}
    handoffs = tuple(
        ListArrow(
            text=", ".join(
                clean(part) for part in (one.label, "optional" if one.optional else "", pill_words(one)) if part
            ),
            target=clean(names[one.target]),
            target_id=one.target,
            back=one.back,
            href=one.href,
        )
        for one in process.handoffs
        if one.source == container.id
    )
    below = dict(pairwise(titles))
    steps = tuple(
        ListItem(
            id=step.id,
            title=clean(step.title),
            kind="",
            details=tuple(clean(part) for part in (step.subtitle, pill_words(step)) if part),
            href=step.href,
            selected=step.selected,
            arrows=tuple(
                ListArrow(
                    text="",
                    target=clean(titles[target]),
                    target_id=target,
                    back=back,
                    next=not back and below.get(step.id) == target,
                )
                for targets, back in ((step.next, False), (step.back, True))
                for target in targets
            ),
        )
        for step in container.steps
    )
    count = "" if container.open_count is None else f"{container.open_count} open"
    return ListItem(
        id=container.id,
        title=clean(container.title),
        kind="",
        details=tuple(clean(part) for part in (container.team, count, container.pill) if part),
        href=container.href,
        selected=container.selected,
        arrows=handoffs,
        items=steps,
    )
