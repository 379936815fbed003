"""A plain layered layout of our own, for graphs too large for ELK and for machines without it.

Each box stands one layer below the lowest of those that lead to it (the longest path), arrows that go against the
reading order aside. Arrows run only where no box can be: between two layers, and in lanes along the side of the block
they are in. It is not pretty, but it is quick, never overlaps and always works.
"""

from collections import defaultdict
from dataclasses import dataclass, field

from procession.drawing.geometry import Box, Graph, GraphEdge, GraphNode, Layout, Point, without_needless_corners

LANE = 8
"""Between two arrows that run side by side."""


@dataclass(slots=True)
class _Block:
    """The whole graph or a box that holds others, with its parts in layers."""

    layers: list[list[str]] = field(default_factory=list[list[str]])
    lanes: int = 0
    gaps: list[int] = field(default_factory=list[int])
    """Arrows that run across above each layer, and below the last."""

    width: float = 0
    height: float = 0
    layer_heights: list[float] = field(default_factory=list[float])
    x: float = 0
    y: float = 0


def arrange(graph: Graph) -> Layout:
    """The layout, downwards or, turned by a quarter, to the right."""
    turned = graph.direction == "right"
    down = _turn(graph) if turned else graph
    layout = _Arrangement(down).layout()
    return _turn_back(layout) if turned else layout


class _Arrangement:
    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        self.nodes = {node.id: node for node in graph.nodes}
        self.inside: dict[str | None, list[str]] = defaultdict(list)
        for node in graph.nodes:
            self.inside[node.parent].append(node.id)
        self.blocks: dict[str | None, _Block] = {}
        self.layer_of: dict[str, int] = {}
        self.boxes: dict[str, Box] = {}
        self.routes: dict[str, tuple[Point, ...]] = {}
        self.labels: dict[str, Box] = {}
        self.used: dict[tuple[str | None, str, int], int] = defaultdict(int)

    def layout(self) -> Layout:
        lifted: dict[str | None, list[tuple[str, str]]] = defaultdict(list)
        for edge in self.graph.edges:
            block, source, target = self._meeting(edge)
            lifted[block].append((source, target))
        for parent in (None, *(node.id for node in self.graph.nodes if node.id in self.inside)):
            self.blocks[parent] = self._layered(self.inside[parent], lifted[parent])
        for edge in self.graph.edges:
            self._count(edge)
        self._measure(None)
        self._place(None, 0, 0)
        for edge in self.graph.edges:
            self._route(edge)
        top = self.blocks[None]
        return Layout(round(top.width, 1), round(top.height, 1), self.boxes, self.routes, self.labels)

    # -- which layer

    def _layered(self, members: list[str], arrows: list[tuple[str, str]]) -> _Block:
        place = {member: index for index, member in enumerate(members)}
        before: dict[str, list[str]] = defaultdict(list)
        for source, target in arrows:
            if place[source] < place[target]:
                before[target].append(source)
        block = _Block()
        for member in members:  # reading order, so everything before it has its layer
            layer = max((self.layer_of[source] + 1 for source in before[member]), default=0)
            self.layer_of[member] = layer
            while len(block.layers) <= layer:
                block.layers.append([])
            block.layers[layer].append(member)
        block.gaps = [0] * (len(block.layers) + 1)
        return block

    def _meeting(self, edge: GraphEdge) -> tuple[str | None, str, str]:
        """The innermost block around both ends, and its members in which they are."""
        above_source, above_target = self._line(edge.source), self._line(edge.target)
        shared = 0
        while shared < min(len(above_source), len(above_target)) - 1 and above_source[shared] == above_target[shared]:
            shared += 1
        return self.nodes[above_source[shared]].parent, above_source[shared], above_target[shared]

    def _line(self, node: str) -> list[str]:
        """The node and the blocks it is in, outermost first."""
        line = [node]
        while (parent := self.nodes[line[-1]].parent) is not None:
            line.append(parent)
        return line[::-1]

    # -- how much room

    def _count(self, edge: GraphEdge) -> None:
        block, source, target = self._meeting(edge)
        for end, stop, below in ((edge.source, source, 1), (edge.target, target, 0)):
            node = end
            while node != stop:
                around = self.nodes[node].parent
                self.blocks[around].gaps[self.layer_of[node] + below] += 1
                self.blocks[around].lanes += 1
                assert around is not None  # `stop` is met before the outside is
                node = around
        shared = self.blocks[block]
        shared.gaps[self.layer_of[source] + 1] += 1
        if self.layer_of[target] != self.layer_of[source] + 1:
            shared.gaps[self.layer_of[target]] += 1
            shared.lanes += 1

    def _gap(self, parent: str | None, index: int) -> float:
        block = self.blocks[parent]
        runs = block.gaps[index] * LANE
        if index in (0, len(block.layers)):
            return runs + (LANE if runs else 0)
        return max(self.graph.layer_gap, runs + 3 * LANE)

    def _size(self, member: str) -> tuple[float, float]:
        if member in self.blocks:
            return self.blocks[member].width, self.blocks[member].height
        return self.nodes[member].width, self.nodes[member].height

    def _measure(self, parent: str | None) -> None:
        block = self.blocks[parent]
        for member in self.inside[parent]:
            if member in self.blocks:
                self._measure(member)
        widest = 0.0
        for layer in block.layers:
            sizes = [self._size(member) for member in layer]
            block.layer_heights.append(max(height for _, height in sizes))
            widest = max(widest, sum(width for width, _ in sizes) + self.graph.gap * (len(layer) - 1))
        lanes = (block.lanes + 1) * LANE if block.lanes else 0
        gaps = sum(self._gap(parent, index) for index in range(len(block.layers) + 1))
        block.width, block.height = widest + lanes, sum(block.layer_heights) + gaps
        if parent is not None:
            side = self.graph.block_side
            block.width = max(block.width + 2 * side, self.nodes[parent].width)
            block.height = max(block.height + self.graph.block_top + side, self.nodes[parent].height)

    # -- where

    def _place(self, parent: str | None, x: float, y: float) -> None:
        block = self.blocks[parent]
        block.x, block.y = x, y
        left, top = (x, y) if parent is None else (x + self.graph.block_side, y + self.graph.block_top)
        for index, layer in enumerate(block.layers):
            top += self._gap(parent, index)
            across = left
            for member in layer:
                width, height = self._size(member)
                self.boxes[member] = Box(round(across, 1), round(top, 1), round(width, 1), round(height, 1))
                if member in self.blocks:
                    self._place(member, across, top)
                across += width + self.graph.gap
            top += block.layer_heights[index]

    def _lane(self, parent: str | None) -> float:
        block = self.blocks[parent]
        self.used[parent, "lane", 0] += 1
        inset = 0 if parent is None else self.graph.block_side
        return block.x + block.width - inset - self.used[parent, "lane", 0] * LANE

    def _across(self, parent: str | None, index: int) -> float:
        """The y of a free run above layer `index`."""
        block = self.blocks[parent]
        self.used[parent, "across", index] += 1
        top = block.y + (0 if parent is None else self.graph.block_top)
        for layer in range(index):
            top += self._gap(parent, layer) + block.layer_heights[layer]
        return top + self.used[parent, "across", index] * LANE

    def _route(self, edge: GraphEdge) -> None:
        block, source, target = self._meeting(edge)
        start = self._out(edge.source, source, below=True)
        end = self._out(edge.target, target, below=False)
        first = self._across(block, self.layer_of[source] + 1)
        if self.layer_of[target] == self.layer_of[source] + 1:
            between = [Point(start[-1].x, first), Point(end[-1].x, first)]
        else:
            lane, last = self._lane(block), self._across(block, self.layer_of[target])
            between = [Point(start[-1].x, first), Point(lane, first), Point(lane, last), Point(end[-1].x, last)]
        corners = [*start, *between, *reversed(end)]
        points = without_needless_corners([Point(round(x, 1), round(y, 1)) for x, y in corners])
        self.routes[edge.id] = points
        if edge.label:
            width, height = edge.label
            at = points[-2]
            self.labels[edge.id] = Box(round(at.x - width / 2, 1), round(at.y - LANE / 2, 1), width, height)

    def _out(self, node: str, stop: str, below: bool) -> list[Point]:
        """From a box out of the blocks around it, down from its lower or up from its upper edge."""
        box = self.boxes[node]
        self.used[node, "below" if below else "above", 0] += 1
        touches = self.used[node, "below" if below else "above", 0]
        # the n-th arrow docks right, left, right … of the middle
        shift = (touches // 2) * (10 if touches % 2 else -10)
        x = min(max(box.x + box.width / 2 + shift, box.x + 2), box.right - 2)
        points = [Point(x, box.bottom if below else box.y)]
        while node != stop:
            around = self.nodes[node].parent
            across = self._across(around, self.layer_of[node] + (1 if below else 0))
            lane = self._lane(around)
            assert around is not None
            outside = self.boxes[around]
            points += [Point(points[-1].x, across), Point(lane, across)]
            points.append(Point(lane, outside.bottom if below else outside.y))
            node = around
        return points


def _turn(graph: Graph) -> Graph:
    nodes = tuple(GraphNode(node.id, node.height, node.width, node.parent) for node in graph.nodes)
    edges = tuple(
        GraphEdge(edge.id, edge.source, edge.target, (edge.label[1], edge.label[0]) if edge.label else None)
        for edge in graph.edges
    )
    return Graph(nodes, edges, "down", graph.gap, graph.layer_gap, graph.block_top, graph.block_side)


def _turn_back(layout: Layout) -> Layout:
    """The picture mirrored along its diagonal; arrows end at the box's edge, not at its ports."""

    def box(value: Box) -> Box:
        return Box(value.y, value.x, value.height, value.width)

    return Layout(
        layout.height,
        layout.width,
        {key: box(value) for key, value in layout.boxes.items()},
        {key: tuple(Point(y, x) for x, y in route) for key, route in layout.routes.items()},
        {key: box(value) for key, value in layout.labels.items()},
    )
