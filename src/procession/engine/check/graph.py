"""A scope as a graph: its steps as nodes, and the ways through them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from procession.engine.definition import Scope

Exit = tuple[Literal["out", "end", "step"], str]
"""How a scope is left: at its end, by ending the case, or by an arrow to a step further out."""

OUT: Exit = ("out", "")


@dataclass(frozen=True, slots=True)
class Way:
    """One way through or out of a step."""

    to: Exit
    titles: tuple[str, ...]
    """Steps on the way, this one first."""
    bounded: bool = False
    """It leads back and `at most` bounds it."""
    instant: bool = False
    """Nothing on it waits."""
    skips: bool = False
    """It is taken because `when` is not true."""


@dataclass
class Graph:
    """One scope as a graph."""

    scope: Scope
    ways: dict[str, list[Way]] = field(default_factory=dict[str, list[Way]])
    """Step id → its ways."""
    came: dict[str, tuple[str, tuple[str, ...]]] = field(default_factory=dict[str, tuple[str, tuple[str, ...]]])
    """Step id → the step before it on the shortest path (empty for the entry), and the titles between."""
    length: dict[str, int] = field(default_factory=dict[str, int])
    """Step id → how many titles that path has."""

    def path_to(self, step_id: str) -> tuple[str, ...]:
        """The titles of the shortest path to a step, itself left out."""
        parts: list[tuple[str, ...]] = []
        while step_id:
            step_id, titles = self.came[step_id]
            parts.append(titles)
        return tuple(title for titles in reversed(parts) for title in titles)


def entry_of(scope: Scope) -> str | None:
    """The step at which a scope begins."""
    if scope.kind == "states" and any(step.id == scope.initial for step in scope.steps):
        return scope.initial
    return scope.steps[0].id if scope.steps else None


def keep(found: dict[Exit, Way], way: Way) -> None:
    """Keep the way by which an exit is reached: unbounded before bounded, then the shorter; instant if any is."""
    known = found.get(way.to)
    if known is None:
        found[way.to] = way
        return
    better = min(known, way, key=lambda one: (one.bounded, len(one.titles)))
    found[way.to] = Way(way.to, better.titles, better.bounded, known.instant or way.instant)


def worth_showing(way: Way) -> tuple[str, ...]:
    """The titles of a way, unless it skips its step."""
    return () if way.skips else way.titles


def instantly_reached(graph: Graph) -> set[str]:
    """Steps that a case comes to without waiting anywhere."""
    entry = entry_of(graph.scope)
    found: set[str] = set()
    waiting = [entry] if entry is not None else []
    while waiting:
        current = waiting.pop()
        if current in found:
            continue
        found.add(current)
        waiting.extend(
            way.to[1] for way in graph.ways[current] if way.instant and way.to[0] == "step" and way.to[1] in graph.ways
        )
    return found


def circle_from(graph: Graph, start: str, stuck: set[str]) -> tuple[str, ...]:
    """The circle in which a case is caught, its first step again at the end; or the one step where it stays."""
    trail: list[str] = []
    current = start
    while current not in trail:
        trail.append(current)
        following = [way.to[1] for way in graph.ways[current] if way.to[1] in stuck and not way.bounded]
        if not following:
            return (current,)
        current = following[0]
    return (*trail[trail.index(current) :], current)
