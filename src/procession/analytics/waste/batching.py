"""Batching: work is collected, and what came first waits for what comes last.

Batches are those of the decomposition. Saved is the time on the critical path that cases wait for their batch; where
work in a batch takes less time apiece than alone (Mann and Whitney), that is said, for it may be worth the wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import larger, mean_of_cases, positive
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import HOUR, Material
from procession.analytics.waste.words import a_week, count, percent, working

FEWEST: Final = 20
LEAST_SHARE: Final = 0.01
_SURE: Final = 0.01


def look(material: Material) -> Iterator[Finding]:
    """Every step with batches."""
    causes, table = material.causes, material.table
    inside = causes.batch >= 0
    for step in np.unique(material.steps[inside]).tolist():
        own = material.steps == step
        rows = np.flatnonzero(own & inside)
        if len(rows) < FEWEST:
            continue
        waits = material.collecting[rows]
        on_path = float(np.where(causes.on_path[rows], waits, 0).sum())
        hours = material.a_week(on_path)
        size = len(rows) / len(np.unique(causes.batch[rows]))
        mean, low, high = mean_of_cases(waits / HOUR, table.case[rows])
        alone = np.flatnonzero(own & ~inside)
        quicker = len(alone) >= FEWEST and larger(causes.working[alone], causes.working[rows]) < _SURE
        setup = ", though each takes less time there than alone" if quicker else ""
        yield Finding(
            waste="", place=material.place(int(rows[0])), subject=material.step(step),
            number=f"{percent(len(rows) / int(own.sum()))} of {count(int(own.sum()), 'visit')} are done in batches of "
            f"{size:.0f} on average, and wait {working(float(waits.mean()))} for them",
            cause=f"What comes first waits for what comes last, which {a_week(hours)}{setup}",
            action="Collect for a shorter time, or do each as it comes", n=len(rows), measures="hours waited for the batch",
            estimate=mean, low=low, high=high, p_value=positive(waits.astype(np.float64) - LEAST_SHARE * material.cycle),
            hours_per_week=hours, behind=rows,
            removes=Removal(rows, waits),
            guard="A full desk that works off its pile is no batch" + ("; set-up is saved" if quicker else ""),
            holds=material.share(on_path) >= LEAST_SHARE,
        )  # fmt: skip
