"""Large diagrams: which are drawn folded or as a list first, and folding a block into one box."""

from dataclasses import replace
from enum import Enum

from procession.drawing.model import DOTS, FlowDiagram, FlowEdge, FlowNode, ProcessMap, State

FOLDED_ABOVE = 60
LISTED_ABOVE = 150


class Presentation(Enum):
    """How a diagram is first shown."""

    FULL = "full"
    FOLDED = "folded"
    """Only the outermost blocks; each opens on its own."""
    LISTED = "list"
    """The list first; the folded diagram on request."""


def step_count(diagram: FlowDiagram | ProcessMap) -> int:
    """How many steps hold work: marks and blocks do not count."""
    if isinstance(diagram, ProcessMap):
        return sum(len(container.steps) for container in diagram.containers)
    blocks = {node.parent for node in diagram.nodes}
    return sum(node.kind not in DOTS and node.id not in blocks for node in diagram.nodes)


def presentation_of(diagram: FlowDiagram | ProcessMap) -> Presentation:
    """How to show a diagram of this size."""
    steps = step_count(diagram)
    if steps > LISTED_ABOVE:
        return Presentation.LISTED
    return Presentation.FOLDED if steps > FOLDED_ABOVE else Presentation.FULL


def fold_flow(diagram: FlowDiagram, unfolded: frozenset[str] = frozenset()) -> FlowDiagram:
    """The workflow with each block drawn as one box, but for the blocks named and those around them.

    Arrows of the steps inside become arrows of the box. A diagram without blocks stays as it is.
    """
    nodes = {node.id: node for node in diagram.nodes}
    blocks = {node.parent for node in diagram.nodes if node.parent is not None}
    kept_open = {ancestor for name in unfolded if name in nodes for ancestor in _line(name, nodes)}

    def shown(name: str) -> str:
        """The box a node is seen as: itself, or the outermost folded block around it."""
        folded = [above for above in _line(name, nodes) if above in blocks and above not in kept_open]
        return folded[-1] if folded else name

    inside: dict[str, list[FlowNode]] = {}
    for node in diagram.nodes:
        if shown(node.id) != node.id:
            inside.setdefault(shown(node.id), []).append(node)
    folded_nodes = tuple(
        _as_one(node, inside[node.id], blocks) if node.id in inside else node
        for node in diagram.nodes
        if shown(node.id) == node.id
    )
    edges: dict[tuple[str, str, str, bool], FlowEdge] = {}
    for edge in diagram.edges:
        source, target = shown(edge.source), shown(edge.target)
        if source == target and source in inside:
            continue
        key = source, target, edge.label, edge.back
        taken = edge.taken or (key in edges and edges[key].taken)
        edges[key] = replace(edges.get(key, edge), source=source, target=target, taken=taken)
    return replace(diagram, nodes=folded_nodes, edges=tuple(edges.values()))


def _line(name: str, nodes: dict[str, FlowNode]) -> list[str]:
    """The node and the blocks around it, innermost first."""
    line = [name]
    while (parent := nodes[line[-1]].parent) is not None:
        line.append(parent)
    return line


def _as_one(block: FlowNode, inside: list[FlowNode], blocks: set[str]) -> FlowNode:
    steps = [node for node in inside if node.kind not in DOTS and node.id not in blocks]
    state = block.state if block.state != "none" else _state_of(steps)
    badge = block.badge or _open_badge(steps)
    count = f"{len(steps)} step{'' if len(steps) == 1 else 's'}"
    selected = block.selected or any(node.selected for node in inside)
    return replace(block, subtitle=block.subtitle or count, state=state, badge=badge, selected=selected)


def _state_of(steps: list[FlowNode]) -> State:
    """The state that wants attention most."""
    states: set[State] = {step.state for step in steps}
    urgent: tuple[State, ...] = ("failed", "late", "open")
    for state in urgent:
        if state in states:
            return state
    if "done" in states:
        return "open" if "todo" in states else "done"
    return states.pop() if len(states) == 1 else "none"


def _open_badge(steps: list[FlowNode]) -> str:
    waiting = sum(step.state in ("open", "late", "failed") for step in steps)
    return f"{waiting} open" if waiting else ""
