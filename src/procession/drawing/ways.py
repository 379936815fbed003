"""Arrows that leave one block or enter another, as parts that each stay in one block.

Blocks are laid out one by one, innermost first, which keeps their steps in reading order. So an arrow across the edge
of a block is cut there: a gate on the edge ends one part and begins the next.
"""

from dataclasses import dataclass
from typing import Literal

from procession.drawing.geometry import Graph, GraphEdge


@dataclass(frozen=True, slots=True)
class Gate:
    """Where an arrow passes the edge of a block."""

    id: str
    block: str
    side: Literal["NORTH", "SOUTH", "EAST", "WEST"]


@dataclass(frozen=True, slots=True)
class Part:
    """The part of an arrow inside one block, between nodes, ports or gates."""

    id: str
    edge: str
    block: str | None
    source: str
    target: str
    label: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Ways:
    """All parts, each arrow's in order from its source to its target, and the gates between them."""

    parts: tuple[Part, ...]
    gates: tuple[Gate, ...]


def ways_of(graph: Graph) -> Ways:
    """The arrows of the graph cut at the edges of its blocks."""
    parents = {node.id: node.parent for node in graph.nodes}
    places = {node.id: index for index, node in enumerate(graph.nodes)}
    parts: list[Part] = []
    gates: list[Gate] = []
    for edge in graph.edges:
        _cut(edge, graph, parents, places, parts, gates)
    return Ways(tuple(parts), tuple(gates))


def _cut(
    edge: GraphEdge,
    graph: Graph,
    parents: dict[str, str | None],
    places: dict[str, int],
    parts: list[Part],
    gates: list[Gate],
) -> None:
    from_source, from_target = _line(edge.source, parents), _line(edge.target, parents)
    while len(from_source) > 1 and len(from_target) > 1 and from_source[-1] == from_target[-1]:
        from_source.pop()
        from_target.pop()
    before, after = ("WEST", "EAST") if graph.direction == "right" else ("NORTH", "SOUTH")
    leads_back = places[from_target[-1]] < places[from_source[-1]]
    stops = [edge.source_port or edge.source]
    where: list[str | None] = []
    for block in from_source[1:]:
        gates.append(Gate(f"\0out {block} {edge.id}", block, before if leads_back else after))
        stops.append(gates[-1].id)
        where.append(block)
    where.append(parents[from_source[-1]])
    outermost = len(where) - 1
    for block in reversed(from_target[1:]):
        gates.append(Gate(f"\0in {block} {edge.id}", block, before))
        stops.append(gates[-1].id)
        where.append(block)
    stops.append(edge.target_port or edge.target)
    for index, block in enumerate(where):
        label = edge.label if index == outermost else None
        parts.append(Part(f"\0part {index} {edge.id}", edge.id, block, stops[index], stops[index + 1], label))


def _line(node: str, parents: dict[str, str | None]) -> list[str]:
    """The node and the blocks around it, innermost first."""
    line = [node]
    while (parent := parents[line[-1]]) is not None:
        line.append(parent)
    return line
