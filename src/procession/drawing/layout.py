"""Where things go: a graph of boxes and arrows in, coordinates out.

`arrange` asks ELK and keeps the answer under a hash of what it depends on: ids, sizes, arrows. Nothing else is part of
a `Graph`, so colours, figures and selection never move a box. Where ELK cannot run (its wheel is missing, the graph is
too large, it takes too long) the columns of `longest_path` stand in.
"""

import hashlib
import json
import tempfile
import threading
from collections import OrderedDict
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from procession.drawing import elk, longest_path
from procession.drawing.geometry import Box, Graph, Layout, Point

LARGEST_FOR_ELK = 300
"""Boxes; above, ELK takes seconds and nobody reads the picture anyway."""

CACHED_LAYOUTS = 512
VERSION = 1
"""Part of every key: raised when a change of ours should move boxes."""

Engine = Literal["elk", "longest path"]


class LayoutCache:
    """The last layouts in memory and, given a folder, all of them on disk. Safe to share between threads."""

    def __init__(self, size: int = CACHED_LAYOUTS, folder: Path | None = None) -> None:
        self._size = size
        self._folder = folder
        self._held: OrderedDict[str, Layout] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: str) -> Layout | None:
        """The layout kept under this key."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                return self._held[key]
        if self._folder is None:
            return None
        try:
            layout = _from_json((self._folder / f"{key}.json").read_text(encoding="utf-8"))
        except (OSError, ValueError, KeyError, TypeError):
            return None  # absent or damaged: it is computed again
        self._hold(key, layout)
        return layout

    def put(self, key: str, layout: Layout) -> None:
        """Keep a layout. A folder that cannot be written to is no reason to fail."""
        self._hold(key, layout)
        if self._folder is None:
            return
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile("w", dir=self._folder, delete=False, encoding="utf-8") as file:
                json.dump(asdict(layout), file)
            Path(file.name).replace(self._folder / f"{key}.json")
        except OSError:
            return

    def keep_in(self, folder: Path | None) -> None:
        """Use this folder from now on."""
        self._folder = folder

    def clear(self) -> None:
        """Forget what is in memory."""
        with self._lock:
            self._held.clear()

    def _hold(self, key: str, layout: Layout) -> None:
        with self._lock:
            self._held[key] = layout
            self._held.move_to_end(key)
            while len(self._held) > self._size:
                self._held.popitem(last=False)


_shared = LayoutCache()


def keep_layouts_in(folder: Path | None) -> None:
    """Keep this program's layouts in this folder from now on, so that they outlive it; None: in memory only."""
    _shared.keep_in(folder)


def arrange(graph: Graph, cache: LayoutCache | None = None) -> Layout:
    """The layout of a graph, computed once per structure."""
    held = cache or _shared
    key = structure_hash(graph)
    layout = held.get(key)
    if layout is None:
        layout = _compute(graph)
        held.put(key, layout)
    return layout


def structure_hash(graph: Graph) -> str:
    """A name for everything that the layout depends on."""
    text = json.dumps([VERSION, asdict(graph)], ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _compute(graph: Graph) -> Layout:
    if not graph.nodes:
        return Layout(width=0, height=0, boxes={}, routes={}, labels={})
    if len(graph.nodes) <= LARGEST_FOR_ELK and elk.available():
        try:
            return elk.arrange(graph)
        except elk.LayoutFailed:
            pass  # too slow or a graph ELK cannot take: the plain columns are always there
    return longest_path.arrange(graph)


def _from_json(text: str) -> Layout:
    value: dict[str, Any] = json.loads(text)
    return Layout(
        width=float(value["width"]),
        height=float(value["height"]),
        boxes={key: Box(**box) for key, box in value["boxes"].items()},
        routes={key: tuple(Point(*point) for point in route) for key, route in value["routes"].items()},
        labels={key: Box(**box) for key, box in value["labels"].items()},
    )
