"""What each event means: `evolve` gives a case its next state, `replay` folds a whole log.

Nothing here looks at a definition: an event carries everything its meaning needs.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from procession.engine import events as ev
from procession.engine.case import Case, Json
from procession.engine.evolve import cases, processes, steps, tasks
from procession.engine.evolve.applying import APPLY
from procession.engine.evolve.cases import data_written
from procession.engine.evolve.steps import step_finished, step_opened
from procession.engine.evolve.tasks import task_completed
from procession.engine.instants import Instant

MEANINGS: Final = (cases, processes, steps, tasks)
"""Where events are given their meaning; who imports these knows them all."""


def evolve(case: Case, event: ev.Event, at: Instant, actor: str) -> None:
    """Apply one event to the case, in place."""
    case.seq += 1
    case.at = at
    # What nearly every step brings is called by name, which costs the compiled engine a fraction of a call by table.
    if isinstance(event, ev.StepOpened):
        step_opened(case, event, at, actor)
    elif isinstance(event, ev.StepFinished):
        step_finished(case, event, at, actor)
    elif isinstance(event, ev.TaskCompleted):
        task_completed(case, event, at, actor)
    elif isinstance(event, ev.DataWritten):
        data_written(case, event, at, actor)
    else:
        apply = APPLY.get(type(event))
        if apply is not None:
            apply(case, event, at, actor)


def replay(case_id: str, rows: Iterable[tuple[str, Json, Instant, str]]) -> Case:
    """The case that its events (type, payload, at, actor), in order, lead to."""
    case = Case(id=case_id)
    for type_, payload, at, actor in rows:
        evolve(case, ev.decode(type_, payload), at, actor)
    return case


__all__ = ["evolve", "replay"]
