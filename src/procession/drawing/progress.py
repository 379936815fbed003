"""Where each step of a case stands, read off the case's state."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from procession.drawing.model import DOTS, OTHERWISE, FlowDiagram, FlowEdge, FlowNode, State
from procession.engine.case import Activation, Case
from procession.engine.instants import Instant


@dataclass(frozen=True, slots=True)
class Progress:
    """One step in one case."""

    state: State
    visits: int
    """How often the case came here."""

    badge: str = ""


def progress_of(case: Case, steps: Iterable[str], now: Instant) -> dict[str, Progress]:
    """The state of each step that the case has anything to say about; marks and unknown ids are left out."""
    open_at: dict[str, list[tuple[str, Activation]]] = {}
    for name, one in case.activations.items():
        if not one.seat:
            open_at.setdefault(one.step, []).append((name, one))
    return {step: _of(step, case, open_at.get(step, []), now) for step in steps if _is_step(step)}


def _is_step(name: str) -> bool:
    return "/" not in name and name not in ("start", "end")  # the marks of a diagram; step ids are kebab-case


def _of(step: str, case: Case, here: list[tuple[str, Activation]], now: Instant) -> Progress:
    visits = case.visits.get(step, 0)
    if here:
        several = f"{len(here)} open" if len(here) > 1 else ""
        names = {name for name, _ in here}
        if any(incident.activation in names for incident in case.incidents.values()):
            return Progress("failed", visits, several)
        late = any(one.due_at is not None and one.due_at < now for _, one in here)
        return Progress("late" if late else "open", visits, several)
    last = case.last.get(step)
    if last == "skipped":
        return Progress("skipped", visits)
    if last is not None:
        return Progress("done", visits, f"{visits} times" if visits > 1 else "")
    if visits:
        return Progress("withdrawn", visits)
    return Progress("todo" if case.is_open else "skipped", 0)


def state_of_mark(node: FlowNode, case: Case) -> State:
    """A case has passed its start, and at its end the ring of its outcome."""
    ended_here = node.kind == "end" and case.status == "done" and node.title == case.outcome
    return "done" if node.kind == "start" or ended_here else "none"


def ways_taken(diagram: FlowDiagram, case: Case) -> tuple[FlowEdge, ...]:
    """The arrows, those marked that the case went along, as far as its state tells.

    The state knows which steps were visited and the latest outcome of each, not every turn of a loop.
    """
    ways = _Ways(diagram, case)
    return tuple(replace(edge, taken=ways.took(edge)) for edge in diagram.edges)


class _Ways:
    def __init__(self, diagram: FlowDiagram, case: Case) -> None:
        self.case = case
        self.nodes = {node.id: node for node in diagram.nodes}
        self.leaving: dict[str, list[FlowEdge]] = {}
        for edge in diagram.edges:
            self.leaving.setdefault(edge.source, []).append(edge)

    def took(self, edge: FlowEdge) -> bool:
        if not self._left(edge.source) or not self._arrived(edge.target, frozenset()):
            return False
        beside = [other for other in self.leaving[edge.source] if other is not edge]
        outcome = self.case.last.get(edge.source, "")
        named = [outcome in _outcomes(other.label) for other in (edge, *beside)]
        if any(named):
            return named[0]
        if edge.label.endswith(OTHERWISE) or self.nodes[edge.target].kind == "join":
            # a way past a step: only if no way through a step was taken
            return not any(
                self._arrived(other.target, frozenset())
                for other in beside
                if not other.back and self.nodes[other.target].kind != "join" and not other.label.endswith(OTHERWISE)
            )
        return True

    def _left(self, name: str) -> bool:
        """Whether the case has come out of a step or mark."""
        node = self.nodes[name]
        if node.kind == "join":
            return node.parent in self.case.last
        if node.kind in DOTS:
            return self._arrived(name, frozenset())
        return self.case.last.get(name, "skipped") != "skipped"

    def _arrived(self, name: str, seen: frozenset[str]) -> bool:
        node = self.nodes[name]
        match node.kind:
            case "start" | "end":
                return node.state == "done" or self.case.visits.get(name, 0) > 0
            case "fork":
                return self.case.visits.get(node.parent or "", 0) > 0
            case "join":
                return True  # whoever has left its step has come to the end of its branch
            case "gate":
                onward = [edge.target for edge in self.leaving.get(name, []) if edge.target not in seen]
                return any(self._arrived(target, seen | {name}) for target in onward)
            case _:
                return self.case.visits.get(name, 0) > 0


def _outcomes(label: str) -> list[str]:
    return label.partition(", ")[0].split(" / ")
