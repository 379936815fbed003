"""The layered layout of ELK, run inside QuickJS.

`elk-worker.min.js` is written for a browser's worker: it listens on `self.onmessage` and answers with `postMessage`.
The few names it needs are given to it, and a call is one message in, one message out. Loading takes a quarter of a
second and 10 MB, so contexts are kept: one for each of the few threads that do nothing else. They have a deep stack,
which ELK's recursion needs, and a limit on memory and time, because a graph may be a stranger's.
"""

import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from procession.drawing.geometry import Box, Graph, GraphEdge, GraphNode, Layout, Point

WORKER = Path(__file__).parent / "vendor" / "elk" / "elk-worker.min.js"
THREADS = 2
SECONDS = 10
MEMORY = 256 * 1024 * 1024
STACK = 16 * 1024 * 1024

SHIM = """
var self = globalThis, replies = [];
globalThis.postMessage = function (message) { replies.push(message) };
globalThis.setTimeout = function (call) { call(); return 0 };
globalThis.clearTimeout = function () {};
globalThis.console = {log() {}, info() {}, debug() {}, warn() {}, error() {}};
"""
REGISTER = "self.onmessage({data: {id: 0, cmd: 'register', algorithms: ['layered']}})"
CALL = """
replies.length = 0;
self.onmessage({data: {id: 1, cmd: 'layout', graph: JSON.parse(input), layoutOptions: {}, options: {}}});
JSON.stringify(replies[0].error ? {error: String(replies[0].error.message || replies[0].error)} : replies[0].data,
               (key, value) => key === '$H' ? undefined : value)
"""


class LayoutFailed(Exception):
    """ELK gave no layout: out of time or memory, or a graph it cannot take."""


def available() -> bool:
    """Whether the wheel `quickjs-ng` is installed."""
    return find_spec("quickjs") is not None


def arrange(graph: Graph) -> Layout:
    """The layout ELK finds. Raises LayoutFailed."""
    return _read(_executor().submit(_run, json.dumps(_as_elk(graph))).result(), graph)


@cache
def _executor() -> ThreadPoolExecutor:
    return _DeepStackExecutor(max_workers=THREADS, thread_name_prefix="layout")


class _DeepStackExecutor(ThreadPoolExecutor):
    """Starts its threads with a stack that ELK's recursion fits into."""

    def submit(self, *arguments: Any, **named: Any) -> Any:
        with _stack_size:
            before = threading.stack_size(STACK)
            try:
                return super().submit(*arguments, **named)  # starts a thread while there are too few
            finally:
                threading.stack_size(before)


_stack_size = threading.Lock()
_thread = threading.local()


def _run(graph: str) -> dict[str, Any]:
    context: Any = getattr(_thread, "context", None) or _new_context()
    _thread.context = None  # kept only after a call that went well: one cut short may be in any state
    try:
        context.set_time_limit(SECONDS)
        context.set("input", graph)
        answer: dict[str, Any] = json.loads(context.eval(CALL))
        context.set("input", "")
    except Exception as error:  # whatever a script can throw
        raise LayoutFailed(str(error)) from error
    if "error" in answer:
        raise LayoutFailed(answer["error"])
    _thread.context = context
    return answer


def _new_context() -> Any:
    import quickjs  # only a process that draws pays for it

    context = quickjs.Context()
    context.set_memory_limit(MEMORY)
    context.set_max_stack_size(STACK // 2)
    context.eval(SHIM)
    context.eval(WORKER.read_text(encoding="utf-8"))
    context.eval(REGISTER)
    return context


def _as_elk(graph: Graph) -> dict[str, Any]:
    inside: dict[str | None, list[GraphNode]] = {}
    for node in graph.nodes:
        inside.setdefault(node.parent, []).append(node)
    options = {
        "elk.algorithm": "layered",
        "elk.direction": graph.direction.upper(),
        "elk.edgeRouting": "ORTHOGONAL",
        "elk.json.shapeCoords": "ROOT",
        "elk.json.edgeCoords": "ROOT",
        "elk.padding": "[top=0,left=0,bottom=0,right=0]",
        **_spacing(graph),
    }
    if any(parent is not None for parent in inside):
        options["elk.hierarchyHandling"] = "INCLUDE_CHILDREN"
    return {
        "id": "\0root",
        "layoutOptions": options,
        "children": [_node_as_elk(node, inside, graph) for node in inside[None]],
        "edges": [_edge_as_elk(edge) for edge in graph.edges],
    }


def _spacing(graph: Graph) -> dict[str, str]:
    return {
        # without these two a loop that sends work back may put step 3 above step 1
        "elk.layered.cycleBreaking.strategy": "MODEL_ORDER",
        "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
        "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
        "elk.spacing.nodeNode": str(graph.gap),
        "elk.spacing.edgeNode": "18",
        "elk.spacing.edgeEdge": "14",
        "elk.spacing.edgeLabel": "4",
        "elk.spacing.labelLabel": "8",
        "elk.layered.spacing.nodeNodeBetweenLayers": str(graph.layer_gap),
        "elk.layered.spacing.edgeNodeBetweenLayers": "14",
        "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
    }


def _node_as_elk(node: GraphNode, inside: dict[str | None, list[GraphNode]], graph: Graph) -> dict[str, Any]:
    children = inside.get(node.id)
    if children:
        side = graph.block_side
        return {
            "id": node.id,
            "layoutOptions": {
                "elk.padding": f"[top={graph.block_top},left={side},bottom={side},right={side}]",
                "elk.nodeSize.constraints": "MINIMUM_SIZE",
                "elk.nodeSize.minimum": f"({node.width},{node.height})",
                **_spacing(graph),
            },
            "children": [_node_as_elk(child, inside, graph) for child in children],
        }
    value: dict[str, Any] = {"id": node.id, "width": node.width, "height": node.height}
    if node.ports:
        value["layoutOptions"] = {"elk.portConstraints": "FIXED_POS"}
        value["ports"] = [
            {
                "id": port.id,
                "x": 0 if port.side == "left" else node.width,
                "y": port.y,
                "width": 0,
                "height": 0,
                "layoutOptions": {"elk.port.side": "WEST" if port.side == "left" else "EAST"},
            }
            for port in node.ports
        ]
    return value


def _edge_as_elk(edge: GraphEdge) -> dict[str, Any]:
    value: dict[str, Any] = {
        "id": f"\0edge {edge.id}",  # ELK wants ids that no node has
        "sources": [edge.source_port or edge.source],
        "targets": [edge.target_port or edge.target],
    }
    if edge.label:
        width, height = edge.label
        inline = {"elk.edgeLabels.inline": "true"}
        value["labels"] = [{"text": "x", "width": width, "height": height, "layoutOptions": inline}]
    return value


def _read(answer: dict[str, Any], graph: Graph) -> Layout:
    edges = {edge["id"]: edge for edge in answer["edges"]}
    boxes = {
        node["id"]: Box(_round(node["x"]), _round(node["y"]), _round(node["width"]), _round(node["height"]))
        for node in _nodes(answer)
    }
    routes: dict[str, tuple[Point, ...]] = {}
    labels: dict[str, Box] = {}
    for edge in graph.edges:
        drawn = edges[f"\0edge {edge.id}"]
        if not drawn.get("sections"):
            raise LayoutFailed(f"no way was found for the arrow {edge.id!r}")
        section = drawn["sections"][0]
        corners = [section["startPoint"], *section.get("bendPoints", ()), section["endPoint"]]
        routes[edge.id] = tuple(Point(_round(corner["x"]), _round(corner["y"])) for corner in corners)
        for label in drawn.get("labels", ()):
            labels[edge.id] = Box(_round(label["x"]), _round(label["y"]), label["width"], label["height"])
    return Layout(_round(answer["width"]), _round(answer["height"]), boxes, routes, labels)


def _nodes(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in answer.get("children", ()):
        yield child
        yield from _nodes(child)


def _round(value: float) -> float:
    return round(value, 1)
