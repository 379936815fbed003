"""Drawing a process: each workflow laid out downwards on its own, then all of them to the right, joined by handoffs.

One layout of everything at once gives a very wide strip. So the steps of each workflow come first; then the workflows
are boxes, and a handoff docks at the row of the step that hands over.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace

from procession.drawing import text
from procession.drawing.folding import Presentation, presentation_of
from procession.drawing.geometry import Box, Graph, GraphEdge, GraphNode, Layout, Point, Port
from procession.drawing.layout import LayoutCache, arrange
from procession.drawing.model import Heat, MapContainer, MapHandoff, MapStep, ProcessMap, pill_words
from procession.drawing.svg import Pen, Use, arrow, document, element, pen_for, rounded

TITLE_CUT = 24
STEP_HEIGHT = 42
STEP_GAP = 22
PILL_ROOM = 58
"""Kept free for a figure, whatever it is, so that figures never change the layout."""
PILL_HEIGHT = 18
HEAD = 58
"""The upper part of a container: name, team, open cases, waiting."""
SIDE = 12
NARROWEST = 170
FOLDED_HEIGHT = 62
DOT = 20
LABEL = (58.0, 22.0)
THINNEST, THICKEST = 1.5, 6.5
DOCK_SPACING = 14
"""Between two handoffs at the same row."""


def draw_map(
    process: ProcessMap, use: Use = "page", *, unfolded: frozenset[str] | None = None, cache: LayoutCache | None = None
) -> str:
    """The process as SVG.

    A map of more than 60 steps shows its workflows without their steps, but for those named in `unfolded`; give an
    empty set to fold a smaller one. Raises ValueError for a link that is neither http(s) nor inside the site.
    """
    if unfolded is not None or presentation_of(process) is not Presentation.FULL:
        process = fold_map(process, unfolded or frozenset())
    inner = {container.id: arrange(container_graph(container), cache) for container in process.containers}
    layout = arrange(map_graph(process, inner), cache)
    drawing = _Drawing(process, pen_for(use), layout, inner)
    height = layout.height + (44 if drawing.shows_legend else 0)
    width = max(layout.width, 420 if drawing.shows_legend else 0)
    return document(drawing.pen, width, height, process.title, *drawing.parts(), margin=20, kind="map")


def fold_map(process: ProcessMap, unfolded: frozenset[str] = frozenset()) -> ProcessMap:
    """The map with only the names and figures of its workflows, but for those in `unfolded`."""
    folded = {container.id for container in process.containers} - unfolded
    return replace(
        process,
        containers=tuple(replace(one, steps=()) if one.id in folded else one for one in process.containers),
        handoffs=tuple(
            replace(
                one,
                source_step=None if one.source in folded else one.source_step,
                target_step=None if one.target in folded else one.target_step,
            )
            for one in process.handoffs
        ),
    )


def container_graph(container: MapContainer) -> Graph:
    """What the layout of the steps of one workflow depends on."""
    wide = _step_width(container)
    nodes = tuple(GraphNode(step.id, wide, STEP_HEIGHT) for step in container.steps)
    edges = tuple(
        GraphEdge(f"{step.id}>{target}", step.id, target)
        for step in container.steps
        for target in dict.fromkeys((*step.next, *step.back))
    )
    return Graph(nodes, edges, gap=18, layer_gap=STEP_GAP)


def map_graph(process: ProcessMap, inner: dict[str, Layout]) -> Graph:
    """What the layout of the workflows among each other depends on."""
    docks = _docks(process, inner)
    ports: dict[str, list[Port]] = defaultdict(list)
    for (container, _), port in docks.items():
        ports[container].append(port)
    nodes = tuple(
        GraphNode(container.id, *_size(container, inner[container.id]), ports=tuple(ports[container.id]))
        for container in process.containers
    )
    edges = tuple(
        GraphEdge(
            handoff.id,
            handoff.source,
            handoff.target,
            label=LABEL,
            source_port=docks[handoff.source, f"out {handoff.id}"].id,
            target_port=docks[handoff.target, f"in {handoff.id}"].id,
        )
        for handoff in process.handoffs
    )
    return Graph(nodes, edges, direction="right", gap=30, layer_gap=34)


def _docks(process: ProcessMap, inner: dict[str, Layout]) -> dict[tuple[str, str], Port]:
    """Where each handoff leaves and arrives: beside its step, spread where several share a row."""
    containers = {container.id: container for container in process.containers}
    places = {container.id: index for index, container in enumerate(process.containers)}
    rows: dict[tuple[str, str, float], list[tuple[int, float, str]]] = defaultdict(list)
    for handoff in process.handoffs:
        source, target = containers[handoff.source], containers[handoff.target]
        leaves, arrives = _row(source, handoff.source_step, -1, inner), _row(target, handoff.target_step, 0, inner)
        rows[source.id, "right", leaves].append((places[target.id], arrives, f"out {handoff.id}"))
        rows[target.id, "left", arrives].append((places[source.id], leaves, f"in {handoff.id}"))
    docks: dict[tuple[str, str], Port] = {}
    for (container, side, middle), docking in rows.items():
        names = [name for _, _, name in sorted(docking)]  # by where they come from or go to, so that few cross
        spacing = min(DOCK_SPACING, (STEP_HEIGHT + STEP_GAP - 8) / len(names))
        for index, name in enumerate(names):
            y = round(middle + (index - (len(names) - 1) / 2) * spacing, 1)
            docks[container, name] = Port(f"\0{name}", "right" if side == "right" else "left", y)
    return docks


def _row(container: MapContainer, step: str | None, otherwise: int, inner: dict[str, Layout]) -> float:
    """The middle of a step's row, counted from the top of its container."""
    if container.kind != "workflow":
        return DOT / 2
    if not container.steps:
        return FOLDED_HEIGHT / 2
    box = inner[container.id].boxes[step or container.steps[otherwise].id]
    return HEAD + box.y + box.height / 2


def _size(container: MapContainer, inner: Layout) -> tuple[float, float]:
    if container.kind != "workflow":
        return DOT, DOT
    head = text.width(text.cut(text.clean(container.title), TITLE_CUT), 14, 600) + PILL_ROOM + 3 * SIDE
    team = text.width(text.cut(text.clean(container.team), TITLE_CUT), 11) + 60 + 2 * SIDE
    width = round(max(inner.width + 2 * SIDE, head, team, NARROWEST + 2 * SIDE))
    return width, HEAD + inner.height + SIDE if container.steps else FOLDED_HEIGHT


def _step_width(container: MapContainer) -> float:
    widest = float(NARROWEST)
    for step in container.steps:
        title = text.width(text.cut(text.clean(step.title), TITLE_CUT), 12, 600) + PILL_ROOM + 4
        subtitle = text.width(text.cut(text.clean(step.subtitle), 32), 10.5)
        widest = max(widest, 16 + max(title, subtitle) + 8)
    return float(round(min(widest, 260)))


def line_width(cases: float, most: float) -> float:
    """How thick a handoff is drawn: 1.5 px for none, 6.5 px for the busiest of the map."""
    return THINNEST + (THICKEST - THINNEST) * (min(max(cases, 0) / most, 1) if most > 0 else 0)


@dataclass(slots=True)
class _Drawing:
    process: ProcessMap
    pen: Pen
    layout: Layout
    inner: dict[str, Layout]

    @property
    def shows_legend(self) -> bool:
        return self.pen.theme is not None and self.process.legend is not None

    def parts(self) -> Iterator[str]:
        most = max((handoff.cases_per_month for handoff in self.process.handoffs), default=0)
        # the worst lies on top
        lines = sorted(self.process.handoffs, key=lambda one: (one.selected, -1 if one.heat is None else one.heat))
        yield element(
            "g",
            {"aria-hidden": "true"},
            *(self._line(one, line_width(one.cases_per_month, most)) for one in lines),
        )
        for container in self.process.containers:
            yield from self._container(container)
            for handoff in self.process.handoffs:
                if handoff.source == container.id:
                    yield self._pill(handoff)
        if self.shows_legend:
            yield self._legend()

    # -- handoffs

    def _line(self, handoff: MapHandoff, width: float) -> str:
        line, head = arrow(self.layout.routes[handoff.id], 6 + width)
        heat = handoff.heat or 0
        marks = (["dg-back"] if handoff.back else []) + (["dg-optional"] if handoff.optional else [])
        path = self.pen.path(rounded(line, 9), "dg-handoff", f"dg-e{heat}", *marks, width=round(width, 1))
        return path + self.pen.path(head, f"dg-e{heat}-head")

    def _pill(self, handoff: MapHandoff) -> str:
        words = handoff_words(handoff, self.process)
        if not handoff.pill and handoff.href is None:
            return ""
        room = self.layout.labels[handoff.id]
        shown = text.fit(text.clean(handoff.pill), LABEL[0] - 12, 11, 600) or "→"
        width = max(round(text.width(shown, 11, 600)) + 16, 30)
        box = Box(room.x + (room.width - width) / 2, room.y + 1, width, room.height - 2)
        heat = handoff.heat or 0
        ring = ["dg-is-selected"] if handoff.selected else []
        return self.pen.link(
            handoff.href,
            words,
            self.pen.rect(
                box, "dg-rim", f"dg-h{heat}", *_edge(handoff.stated), *ring, "dg-pill", radius=box.height / 2
            ),
            self.pen.text(box.x + box.width / 2, box.y + 14, shown, "dg-label-text", f"dg-h{heat}-text", "dg-middle"),
        )

    # -- workflows

    def _container(self, container: MapContainer) -> Iterator[str]:
        box = self.layout.boxes[container.id]
        if container.kind != "workflow":
            yield self._mark(container, box)
            return
        yield self._head(container, box)
        inner = self.inner[container.id]
        shift = Point(box.x + (box.width - inner.width) / 2, box.y + HEAD)
        own = {name: Box(b.x + shift.x, b.y + shift.y, b.width, b.height) for name, b in inner.boxes.items()}
        halos = [self._halo(own[step.id]) for step in container.steps if step.selected]
        yield element("g", {"aria-hidden": "true"}, *halos, *self._arrows(container, inner, shift))
        for step in container.steps:
            yield self._step(step, own[step.id])

    def _halo(self, box: Box) -> str:
        return self.pen.rect(Box(box.x - 2.5, box.y - 2.5, box.width + 5, box.height + 5), "dg-halo", radius=9.5)

    def _mark(self, container: MapContainer, box: Box) -> str:
        middle = Point(box.x + DOT / 2, box.y + DOT / 2)
        parts = [self.pen.circle(middle, DOT / 2 - 0.75, "dg-ring")]
        if container.kind == "start":
            parts.append(self.pen.circle(middle, 4.5, "dg-dot"))
        return self.pen.link(container.href, container.title, *parts)

    def _head(self, container: MapContainer, box: Box) -> str:
        title = text.cut(text.clean(container.title), TITLE_CUT)
        team = text.cut(text.clean(container.team), TITLE_CUT)
        count = "" if container.open_count is None else f"{container.open_count} open"
        ring = ["dg-is-selected"] if container.selected else []
        top = "" if container.heat is None else self.pen.path(_top_edge(box), f"dg-h{container.heat}")
        return self.pen.link(
            container.href,
            container_words(container),
            self.pen.rect(box, "dg-card", *ring, "dg-face", radius=12),
            top,
            self.pen.text(box.x + SIDE + 2, box.y + 26, title, "dg-card-title", *_muted(container.quiet)),
            self.pen.text(box.x + SIDE + 2, box.y + 43, " · ".join(filter(None, (team, count))), "dg-sub"),
            *self._figure(container.pill, container.heat, box.right - SIDE, box.y + 13, 11, 22),
        )

    def _arrows(self, container: MapContainer, inner: Layout, shift: Point) -> Iterator[str]:
        for step in container.steps:
            for target in dict.fromkeys((*step.next, *step.back)):
                route = inner.routes[f"{step.id}>{target}"]
                line, head = arrow(tuple(Point(point.x + shift.x, point.y + shift.y) for point in route), 6)
                dashed = ["dg-back"] if target in step.back else []
                yield self.pen.path(rounded(line), "dg-line", *dashed) + self.pen.path(head, "dg-head")

    def _step(self, step: MapStep, box: Box) -> str:
        title = text.cut(text.clean(step.title), TITLE_CUT)
        room = box.width - 16 - PILL_ROOM
        words = step_words(step)
        bar = Box(box.x + 5, box.y + 8, 3.5, box.height - 16)
        return self.pen.link(
            step.href,
            words,
            self.pen.rect(box, "dg-box", *(["dg-is-selected"] if step.selected else []), "dg-face", radius=7),
            *([self.pen.rect(bar, f"dg-h{step.heat}", radius=1.75)] if step.heat is not None else []),
            self.pen.text(box.x + 16, box.y + 18, text.fit(title, room, 12, 600), "dg-step-title", *_muted(step.quiet)),
            self.pen.text(
                box.x + 16, box.y + 33, text.fit(text.clean(step.subtitle), box.width - 24, 10.5), "dg-step-sub"
            ),
            *self._figure(step.pill, step.heat, box.right - 6, box.y + 4.5, 10.5, PILL_HEIGHT, stated=step.stated),
        )

    def _figure(
        self,
        figure: str,
        heat: Heat | None,
        right: float,
        top: float,
        size: float,
        height: float,
        *,
        stated: bool = False,
    ) -> list[str]:
        shown = text.fit(text.clean(figure), PILL_ROOM - 12, size, 600)
        if not shown:
            return []
        width = round(text.width(shown, size, 600)) + 12
        box = Box(right - width, top, width, height)
        baseline = top + height / 2 + size * 0.36
        return [
            self.pen.rect(box, f"dg-h{heat or 0}", *_edge(stated), radius=height / 2),
            self.pen.text(box.x + width / 2, baseline, shown, "dg-pill-text", f"dg-h{heat or 0}-text", "dg-middle"),
        ]

    # -- legend

    def _legend(self) -> str:
        legend = self.process.legend
        assert legend is not None
        y = self.layout.height + 26
        parts = [self.pen.text(0, y + 9, legend.title, "dg-sub")]
        x = text.width(text.clean(legend.title), 11) + 12
        for heat in range(6):
            parts.append(self.pen.rect(Box(x, y, 34, 11), f"dg-h{heat}"))
            if heat < len(legend.limits):
                parts.append(self.pen.text(x + 34, y + 25, legend.limits[heat], "dg-step-sub", "dg-middle"))
            x += 34
        return element("g", {"aria-hidden": "true"}, *parts)


def _top_edge(box: Box) -> str:
    """The rounded upper rim of a container, 4 px thick in the middle."""
    left, right, top = box.x, box.right, box.y
    return (
        f"M{left:.1f} {top + 12:.1f}A12 12 0 0 1 {left + 12:.1f} {top:.1f}H{right - 12:.1f}"
        f"A12 12 0 0 1 {right:.1f} {top + 12:.1f}A12 8 0 0 0 {right - 12:.1f} {top + 4:.1f}"
        f"H{left + 12:.1f}A12 8 0 0 0 {left:.1f} {top + 12:.1f}Z"
    )


def _edge(stated: bool) -> tuple[str, ...]:
    return ("dg-stated",) if stated else ()


def _muted(quiet: bool) -> tuple[str, ...]:
    return ("dg-quiet",) if quiet else ()


def container_words(container: MapContainer) -> str:
    """A workflow of the map in words."""
    count = "" if container.open_count is None else f"{container.open_count} open"
    return ", ".join(filter(None, (container.title, container.team, count, container.pill)))


def step_words(step: MapStep) -> str:
    """A step of the map in words."""
    return ", ".join(filter(None, (step.title, step.subtitle, pill_words(step))))


def handoff_words(handoff: MapHandoff, process: ProcessMap) -> str:
    """A handoff in words."""
    names = {container.id: container.title for container in process.containers}
    kind = "back" if handoff.back else "optional" if handoff.optional else ""
    way = f"{names[handoff.source]} to {names[handoff.target]}"
    return ", ".join(filter(None, (way, handoff.label, kind, pill_words(handoff))))
