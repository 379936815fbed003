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
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from procession.drawing.geometry import Box, Graph, GraphNode, Layout, Point, without_needless_corners
from procession.drawing.ways import Part, Ways, ways_of

WORKER = Path(__file__).parent / "vendor" / "elk" / "elk-worker.min.js"
THREADS = 2
SECONDS = 10
MEMORY = 256 * 1024 * 1024
STACK = 16 * 1024 * 1024
ROOT = "\0root"

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
    quickjs: Any = import_module("quickjs")  # here, so that only a process that draws pays for it
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
    ways = ways_of(graph)
    return {
        "id": ROOT,
        "layoutOptions": {
            "elk.json.shapeCoords": "ROOT",
            "elk.json.edgeCoords": "ROOT",
            "elk.padding": "[top=0,left=0,bottom=0,right=0]",
            **_options(graph),
        },
        "children": [_node_as_elk(node, inside, graph, ways) for node in inside[None]],
        "edges": [_part_as_elk(part) for part in ways.parts if part.block is None],
    }


def _options(graph: Graph) -> dict[str, str]:
    return {
        "elk.algorithm": "layered",
        "elk.direction": graph.direction.upper(),
        "elk.edgeRouting": "ORTHOGONAL",
        # without these two a loop that sends work back may put step 3 above step 1
        "elk.layered.cycleBreaking.strategy": "MODEL_ORDER",
        "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
        "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
        "elk.layered.layering.strategy": "LONGEST_PATH_SOURCE",
        "elk.spacing.nodeNode": str(graph.gap),
        "elk.spacing.edgeNode": "18",
        "elk.spacing.edgeEdge": "14",
        "elk.spacing.edgeLabel": "4",
        "elk.spacing.labelLabel": "8",
        "elk.layered.spacing.nodeNodeBetweenLayers": str(graph.layer_gap),
        "elk.layered.spacing.edgeNodeBetweenLayers": "14",
        "elk.layered.spacing.edgeEdgeBetweenLayers": "12",
    }


def _node_as_elk(
    node: GraphNode, inside: dict[str | None, list[GraphNode]], graph: Graph, ways: Ways
) -> dict[str, Any]:
    children = inside.get(node.id)
    if children:
        side = graph.block_side
        return {
            "id": node.id,
            "layoutOptions": {
                "elk.padding": f"[top={graph.block_top},left={side},bottom={side},right={side}]",
                "elk.nodeSize.constraints": "MINIMUM_SIZE",
                "elk.nodeSize.minimum": f"({node.width},{node.height})",
                "elk.portConstraints": "FIXED_SIDE",
                **_options(graph),
                # branches stand from left to right as they are written, whatever crosses
                "elk.layered.crossingMinimization.forceNodeModelOrder": "true",
            },
            "ports": [
                {"id": gate.id, "width": 0, "height": 0, "layoutOptions": {"elk.port.side": gate.side}}
                for gate in ways.gates
                if gate.block == node.id
            ],
            "children": [_node_as_elk(child, inside, graph, ways) for child in children],
            "edges": [_part_as_elk(part) for part in ways.parts if part.block == node.id],
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


def _part_as_elk(part: Part) -> dict[str, Any]:
    value: dict[str, Any] = {"id": part.id, "sources": [part.source], "targets": [part.target]}
    if part.label:
        width, height = part.label
        inline = {"elk.edgeLabels.inline": "true"}
        value["labels"] = [{"text": "x", "width": width, "height": height, "layoutOptions": inline}]
    return value


def _read(answer: dict[str, Any], graph: Graph) -> Layout:
    nodes = list(_nodes(answer))
    drawn = {edge["id"]: edge for node in (answer, *nodes) for edge in node.get("edges", ())}
    boxes = {
        node["id"]: Box(_round(node["x"]), _round(node["y"]), _round(node["width"]), _round(node["height"]))
        for node in nodes
    }
    corners: dict[str, list[Point]] = {edge.id: [] for edge in graph.edges}
    labels: dict[str, Box] = {}
    for part in ways_of(graph).parts:
        edge = drawn[part.id]
        if not edge.get("sections"):
            raise LayoutFailed(f"no way was found for the arrow {part.edge!r}")
        section = edge["sections"][0]
        for corner in (section["startPoint"], *section.get("bendPoints", ()), section["endPoint"]):
            corners[part.edge].append(Point(_round(corner["x"]), _round(corner["y"])))
        for label in edge.get("labels", ()):
            labels[part.edge] = Box(_round(label["x"]), _round(label["y"]), label["width"], label["height"])
    routes = {edge: without_needless_corners(points) for edge, points in corners.items()}
    return Layout(_round(answer["width"]), _round(answer["height"]), boxes, routes, labels)


def _nodes(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for child in answer.get("children", ()):
        yield child
        yield from _nodes(child)


def _round(value: float) -> float:
    return round(value, 1)
