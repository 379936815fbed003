"""Some cases of a log for what looks at each case many times; the share of them is said where figures rest on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np

from procession.analytics.waiting.decompose import Decomposition

MOST_CASES: Final = 5_000
"""Of more cases evenly spaced ones are taken."""
MOST_STEPS: Final = 200
"""Of more steps those with most time on critical paths stand for themselves; the rest are judged as one."""


def sampled(found: Decomposition, most: int = MOST_CASES) -> Decomposition:
    """The causes of evenly spaced cases, worked out among all of them."""
    table = found.table
    if table.cases <= most:
        return found
    kept = np.zeros(table.cases, dtype=bool)
    kept[np.linspace(0, table.cases - 1, most).astype(np.int64)] = True
    rows = np.flatnonzero(kept[table.case])
    some = table.only(kept)
    step_of = {name: place for place, name in enumerate(table.step_names)}
    person_of = {name: place for place, name in enumerate(table.resource_names)}
    people = [person_of[name] for name in some.resource_names]
    batches, numbered = np.unique(found.batch[rows], return_inverse=True)
    return replace(
        found, table=some, waits=found.waits[rows], paused=found.paused[rows], hidden=found.hidden[rows],
        on_path=found.on_path[rows],
        before=found.before[rows], gates=found.gates[[step_of[name] for name in some.step_names]],
        batch=numbered.astype(np.int64) - int(len(batches) > 0 and int(batches[0]) < 0),
        hours=replace(found.hours, of_resource=found.hours.of_resource[people]),
    )  # fmt: skip


def pooled(found: Decomposition, most: int = MOST_STEPS) -> Decomposition:
    """The same with the steps that take least time on critical paths as one step, which says how many it stands for."""
    table = found.table
    steps = len(table.step_names)
    if steps <= most:
        return found
    spent = np.bincount(table.step, np.where(found.on_path, table.end - table.ready, 0), minlength=steps)
    kept = np.sort(np.argsort(-spent, kind="stable")[:most])
    code = np.full(steps, most, np.int32)
    code[kept] = np.arange(most, dtype=np.int32)
    names = [*(table.step_names[one] for one in kept.tolist()), f"{steps - most:,} other steps"]
    gates = np.append(found.gates[kept], False)
    return replace(found, table=replace(table, step=code[table.step], step_names=names), gates=gates)
