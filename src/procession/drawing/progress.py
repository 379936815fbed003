"""Where each step of a case stands, read off the case's state."""

from collections.abc import Iterable
from dataclasses import dataclass

from procession.drawing.model import State
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
