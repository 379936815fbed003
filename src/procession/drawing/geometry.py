"""The values of layout: a graph to arrange and where its parts end up. Pixels, y downwards, all absolute."""

from dataclasses import dataclass
from typing import Literal, NamedTuple


class Point(NamedTuple):
    """A place in the picture."""

    x: float
    y: float


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle by its upper left corner."""

    x: float
    y: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The x of its right edge."""
        return self.x + self.width

    @property
    def bottom(self) -> float:
        """The y of its lower edge."""
        return self.y + self.height

    def overlaps(self, other: "Box") -> bool:
        """Whether the two share an area."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom

    def holds(self, other: "Box") -> bool:
        """Whether the other lies inside this one."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom


@dataclass(frozen=True, slots=True)
class Port:
    """A fixed place on the edge of a box where one arrow docks; y counts from the top of the box."""

    id: str
    side: Literal["left", "right"]
    y: float


@dataclass(frozen=True, slots=True)
class GraphNode:
    """A box. One that others name as `parent` grows around them and needs no size."""

    id: str
    width: float
    height: float
    parent: str | None = None
    ports: tuple[Port, ...] = ()


@dataclass(frozen=True, slots=True)
class GraphEdge:
    """An arrow, with the size of the label on it and the ports it docks at."""

    id: str
    source: str
    target: str
    label: tuple[float, float] | None = None
    source_port: str | None = None
    target_port: str | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    """All that a layout depends on. The order of nodes and edges is kept where it can be."""

    nodes: tuple[GraphNode, ...]
    edges: tuple[GraphEdge, ...]
    direction: Literal["down", "right"] = "down"
    gap: float = 28
    """Between neighbours."""

    layer_gap: float = 30
    """Between one rank and the next."""

    block_top: float = 46
    """Room for the title of a box that holds others."""

    block_side: float = 14


@dataclass(frozen=True, slots=True)
class Layout:
    """Where everything is."""

    width: float
    height: float
    boxes: dict[str, Box]
    routes: dict[str, tuple[Point, ...]]
    """Per arrow its corners, from source to target; every part is horizontal or vertical."""

    labels: dict[str, Box]


def without_needless_corners(points: list[Point]) -> tuple[Point, ...]:
    """The same way without repeated points and without corners on a straight line."""
    kept: list[Point] = []
    for point in points:
        if kept and point == kept[-1]:
            continue
        if len(kept) > 1 and (kept[-2].x == kept[-1].x == point.x or kept[-2].y == kept[-1].y == point.y):
            kept[-1] = point
        else:
            kept.append(point)
    return tuple(kept) if len(kept) > 1 else (points[0], points[-1])
