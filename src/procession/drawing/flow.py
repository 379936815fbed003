"""Drawing one workflow, top to bottom: start dot, numbered steps, rules as pills on the arrows, end ring."""

from collections.abc import Iterator
from dataclasses import dataclass

from procession.drawing import look, text
from procession.drawing.folding import Presentation, fold_flow, presentation_of
from procession.drawing.geometry import Box, Graph, GraphEdge, GraphNode, Layout, Point
from procession.drawing.layout import LayoutCache, arrange
from procession.drawing.model import DOTS, KIND_WORDS, STATE_WORDS, FlowDiagram, FlowEdge, FlowNode
from procession.drawing.svg import Pen, Use, arrow, document, element, pen_for, rounded, words

TITLE_CUT = 24
SUBTITLE_CUT = 32
STEP_HEIGHT = 46
NARROWEST, WIDEST = 150, 264
TEXT_LEFT = 34
"""Where a step's text begins: bar, icon, then text."""
STATE_ROOM = 24
"""Kept free at the right of the title whether or not a case is shown, so that a case never changes the layout."""
DOT = 20
BAR = 64
LABEL_HEIGHT = 20


def draw_flow(
    diagram: FlowDiagram,
    use: Use = "page",
    *,
    unfolded: frozenset[str] | None = None,
    cache: LayoutCache | None = None,
) -> str:
    """The workflow as SVG.

    A diagram of more than 60 steps is drawn with its blocks folded, but for those named in `unfolded`; give an empty
    set to fold a smaller one. Raises ValueError for a link that is neither http(s) nor inside the site.
    """
    if unfolded is not None or presentation_of(diagram) is not Presentation.FULL:
        diagram = fold_flow(diagram, unfolded or frozenset())
    drawing = _Drawing(diagram, pen_for(use), arrange(flow_graph(diagram), cache))
    layout = drawing.layout
    return document(drawing.pen, layout.width, layout.height, diagram.title, *drawing.parts(), kind="flow")


def flow_graph(diagram: FlowDiagram) -> Graph:
    """What the layout of this workflow depends on."""
    blocks = _blocks(diagram)
    wide = _step_width(diagram, blocks)
    known = {node.id: node for node in diagram.nodes}
    nodes = tuple(
        GraphNode(node.id, *_size(node, blocks, wide, _is_bar(node, known)), parent=node.parent)
        for node in diagram.nodes
    )
    edges = tuple(GraphEdge(edge.id, edge.source, edge.target, _label_size(edge)) for edge in diagram.edges)
    return Graph(nodes, edges)


def title_of(node: FlowNode) -> str:
    """The title with its number, uncut."""
    return f"{node.number}. {node.title}" if node.number else node.title


def _shown_title(node: FlowNode) -> str:
    title = text.cut(text.clean(node.title), TITLE_CUT)
    return f"{node.number}. {title}" if node.number else title


def _blocks(diagram: FlowDiagram) -> frozenset[str]:
    return frozenset(node.parent for node in diagram.nodes if node.parent is not None)


def _step_width(diagram: FlowDiagram, blocks: frozenset[str]) -> float:
    """One width for all steps, so that columns line up."""
    widest = NARROWEST
    for node in diagram.nodes:
        if node.kind not in DOTS and node.id not in blocks:
            title = text.width(_shown_title(node), 13, 600) + STATE_ROOM
            subtitle = text.width(text.cut(text.clean(node.subtitle), SUBTITLE_CUT), 11)
            widest = max(widest, TEXT_LEFT + max(title, subtitle) + 12)
    return float(min(2 * round(widest / 2 + 0.5), WIDEST))


def _size(node: FlowNode, blocks: frozenset[str], wide: float, bar: bool) -> tuple[float, float]:
    match node.kind:
        case _ if node.id in blocks:
            return text.width(_shown_title(node), 11.5, 600) + 64, 60
        case "end" if node.title:
            return round(text.width(_shown_title(node), 11.5, 600)) + 42, 28
        case "start" | "end":
            return DOT, DOT
        case "fork" | "join" | "gate":
            return (BAR, 6) if bar else (22, 22)
        case _:
            return wide, STEP_HEIGHT


def _label_size(edge: FlowEdge) -> tuple[float, float] | None:
    if not text.clean(edge.label):
        return None
    return round(text.width(_shown_label(edge), 11, 600)) + 18, LABEL_HEIGHT


def _shown_label(edge: FlowEdge) -> str:
    return text.cut(text.clean(edge.label), TITLE_CUT)


@dataclass(slots=True)
class _Drawing:
    diagram: FlowDiagram
    pen: Pen
    layout: Layout

    def parts(self) -> Iterator[str]:
        blocks = _blocks(self.diagram)
        nodes = {node.id: node for node in self.diagram.nodes}
        grounds = sorted((node for node in self.diagram.nodes if node.id in blocks), key=lambda n: _depth(n, nodes))
        lines = sorted(self.diagram.edges, key=lambda edge: edge.taken)  # the way taken lies on top
        yield element(
            "g",
            {"aria-hidden": "true"},
            *(self._block_ground(node) for node in grounds),
            *(self._halo(node) for node in self.diagram.nodes if node.selected and node.id not in blocks),
            *(self._line(edge, nodes) for edge in lines),
            *(self._label(edge) for edge in self.diagram.edges if edge.id in self.layout.labels),
        )
        for node in self.diagram.nodes:
            yield self._block_title(node) if node.id in blocks else self._node(node, nodes)

    # -- arrows

    def _line(self, edge: FlowEdge, nodes: dict[str, FlowNode]) -> str:
        route = self._docked(edge, nodes)
        line, head = arrow(route, 8 if edge.taken else 7)
        names = ["dg-line", *(["dg-taken"] if edge.taken else []), *(["dg-back"] if edge.back else [])]
        return self.pen.path(rounded(line), *names) + self.pen.path(head, "dg-taken-head" if edge.taken else "dg-head")

    def _docked(self, edge: FlowEdge, nodes: dict[str, FlowNode]) -> tuple[Point, ...]:
        """The route, drawn on to the outline of a mark that is rounder than its box."""
        first, *middle, last = self.layout.routes[edge.id]
        return (
            self._dock(first, nodes[edge.source], nodes),
            *middle,
            self._dock(last, nodes[edge.target], nodes),
        )

    def _dock(self, point: Point, node: FlowNode, nodes: dict[str, FlowNode]) -> Point:
        box = self.layout.boxes[node.id]
        middle = Point(box.x + box.width / 2, box.y + box.height / 2)
        aside = abs(point.x - middle.x)
        if node.kind in ("start", "end") and not node.title:
            reach = max((DOT / 2) ** 2 - aside**2, 0) ** 0.5
        elif node.kind in ("fork", "join", "gate"):
            reach = box.height / 2 - (0 if _is_bar(node, nodes) else aside)
        else:
            return point
        return Point(point.x, middle.y - reach if point.y < middle.y else middle.y + reach)

    def _label(self, edge: FlowEdge) -> str:
        box = self.layout.labels[edge.id]
        return element(
            "g",
            {},
            element("title", {}, words(edge.label)),
            self.pen.rect(box, "dg-label", radius=box.height / 2),
            self.pen.text(
                box.x + box.width / 2, box.y + box.height / 2 + 4, _shown_label(edge), "dg-label-text", "dg-middle"
            ),
        )

    # -- boxes

    def _block_ground(self, node: FlowNode) -> str:
        names = ["dg-block"]
        if node.state in ("skipped", "withdrawn"):
            names.append(f"dg-is-{node.state}")
        return self.pen.rect(self.layout.boxes[node.id], *names, radius=12)

    def _halo(self, node: FlowNode) -> str:
        box = self.layout.boxes[node.id]
        around = Box(box.x - 2.5, box.y - 2.5, box.width + 5, box.height + 5)
        return self.pen.rect(around, "dg-halo", radius=10.5)

    def _block_title(self, node: FlowNode) -> str:
        box = self.layout.boxes[node.id]
        icon = look.KIND_ICON.get(node.kind, "square-pen")
        face = Box(box.x + 6, box.y + 5, min(text.width(_shown_title(node), 11.5, 600) + 36, box.width - 12), 24)
        return self.pen.link(
            node.href,
            spoken(node),
            self.pen.rect(face, "dg-plate", "dg-face", radius=6),
            self.pen.icon(icon, box.x + 13, box.y + 10, 14, "dg-ink-c5"),
            self.pen.text(box.x + 33, box.y + 21, _shown_title(node), "dg-block-title"),
            *self._state(node, Box(box.x, box.y + 1, box.width, 32)),
        )

    def _node(self, node: FlowNode, nodes: dict[str, FlowNode]) -> str:
        box = self.layout.boxes[node.id]
        match node.kind:
            case "start":
                middle = Point(box.x + box.width / 2, box.y + box.height / 2)
                marks = self.pen.circle(middle, DOT / 2 - 0.5, "dg-ring"), self.pen.circle(middle, 4.5, "dg-dot")
                return self.pen.link(node.href, node.title or "Start", *marks)
            case "end":
                return self._end(node, box)
            case "fork" | "join" | "gate":
                return element("g", {"aria-hidden": "true"}, self._gate(box, _is_bar(node, nodes)))
            case _:
                return self._step(node, box)

    def _gate(self, box: Box, bar: bool) -> str:
        middle = Point(box.x + box.width / 2, box.y + box.height / 2)
        if bar:
            return self.pen.rect(box, "dg-dot", radius=box.height / 2)
        half = box.width / 2
        data = f"M{middle.x:.1f} {middle.y - half:.1f}l{half} {half}l{-half} {half}l{-half} {-half}Z"
        return self.pen.path(data, "dg-gate")

    def _end(self, node: FlowNode, box: Box) -> str:
        if not node.title:
            middle = Point(box.x + box.width / 2, box.y + box.height / 2)
            return self.pen.link(node.href, "End", self.pen.circle(middle, DOT / 2 - 0.75, "dg-ring"))
        selected = ["dg-is-done"] if node.state == "done" else []
        return self.pen.link(
            node.href,
            f"End: {node.title}",
            self.pen.rect(box, "dg-box", *selected, "dg-face", radius=box.height / 2),
            self.pen.circle(Point(box.x + 15, box.y + box.height / 2), 5.5, "dg-ring"),
            self.pen.text(box.x + 28, box.y + 18, _shown_title(node), "dg-block-title"),
        )

    def _step(self, node: FlowNode, box: Box) -> str:
        colour = look.KIND_COLOUR.get(node.kind, look.OTHER_KIND_COLOUR)
        grey = node.state in ("skipped", "withdrawn")
        parts: list[str] = []
        names = ["dg-box", *([f"dg-is-{node.state}"] if f"dg-is-{node.state}" in look.RULES else [])]
        parts.append(self.pen.rect(box, *names, *(["dg-is-selected"] if node.selected else []), "dg-face", radius=8))
        if node.kind == "final":
            inner = Box(box.x + 3, box.y + 3, box.width - 6, box.height - 6)
            parts.append(self.pen.rect(inner, "dg-inner", radius=5.5))
        bar = Box(box.x + 5, box.y + 9, 3, box.height - 18)
        parts.append(self.pen.rect(bar, f"dg-bar-{'c5' if grey else colour}", radius=1.5))
        icon = look.KIND_ICON.get(node.kind, "square-pen")
        parts.append(
            self.pen.icon(icon, box.x + 14, box.y + (box.height - 14) / 2, 14, f"dg-ink-{'c5' if grey else colour}")
        )
        parts += self._words(node, box, grey)
        return self.pen.link(node.href, spoken(node), *parts)

    def _words(self, node: FlowNode, box: Box, grey: bool) -> Iterator[str]:
        left, quiet = box.x + TEXT_LEFT, ["dg-quiet"] if grey else []
        room = box.width - TEXT_LEFT - STATE_ROOM - 6
        title = text.fit(_shown_title(node), room, 13, 600)
        subtitle = text.cut(text.clean(node.subtitle), SUBTITLE_CUT)
        badge = text.cut(text.clean(node.badge), 16)
        badge_width = round(text.width(badge, 10.5, 600)) + 14 if badge else 0
        yield self.pen.text(left, box.y + (20 if subtitle or badge else 28), title, "dg-title", *quiet)
        if subtitle:
            room = box.width - TEXT_LEFT - 10 - (badge_width + 4 if badge else 0)
            yield self.pen.text(left, box.y + 36, text.fit(subtitle, room, 11), "dg-sub")
        if badge:
            pill = Box(box.right - 8 - badge_width, box.y + 25.5, badge_width, 16)
            word = f"dg-word-{look.STATE_COLOUR[node.state]}" if node.state in look.STATE_COLOUR else "dg-badge-text"
            tint = ["dg-badge-on-tint"] if node.state in ("open", "late", "failed") else []
            yield self.pen.rect(pill, "dg-badge", *tint, radius=8)
            yield self.pen.text(pill.x + pill.width / 2, pill.y + 11.8, badge, "dg-badge-text", word, "dg-middle")
        yield from self._state(node, Box(box.x, box.y, box.width, 32))

    def _state(self, node: FlowNode, row: Box) -> Iterator[str]:
        icon = look.STATE_ICON.get(node.state)
        if icon is not None:
            yield self.pen.icon(icon, row.right - 24, row.y + 8, 15, f"dg-ink-{look.STATE_COLOUR[node.state]}")


def _depth(node: FlowNode, nodes: dict[str, FlowNode]) -> int:
    return 0 if node.parent is None else 1 + _depth(nodes[node.parent], nodes)


def _is_bar(node: FlowNode, nodes: dict[str, FlowNode]) -> bool:
    """Where all ways are taken at once a bar stands, where one is chosen a diamond."""
    return node.kind != "gate" and node.parent is not None and nodes[node.parent].kind != "choose"


def spoken(node: FlowNode) -> str:
    """A step in words, all of it: what it is, who does it, where it stands."""
    kind = "" if node.kind in ("state", "final") else KIND_WORDS.get(node.kind, node.kind)
    return ", ".join(part for part in (title_of(node), kind, node.subtitle, standing(node), node.tooltip) if part)


def standing(node: FlowNode) -> str:
    """The state with its figure, without saying `late, 2 d late`."""
    state = STATE_WORDS[node.state]
    return node.badge if state in node.badge else ", ".join(filter(None, (state, node.badge)))
