"""Data that does not flow, seen from those who wait for it: work that cannot go on because something is missing.

At least a twentieth of a step's visits (lower Wilson bound) waited for information, and those took longer than the
others (Mann and Whitney). It needs a log that says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import larger, wilson
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import Material
from procession.analytics.waste.words import a_week, count, percent, working

FEWEST: Final = 20
LEAST: Final = 0.05
LEAST_SHARE: Final = 0.01


def look(material: Material) -> Iterator[Finding]:
    """Every step with visits that waited for information, and visits that did not."""
    if material.lacking is None:
        return
    for step in np.unique(material.steps[material.lacking]).tolist():
        own = material.steps == step
        rows, others = np.flatnonzero(own & material.lacking), np.flatnonzero(own & ~material.lacking)
        if len(rows) < FEWEST or len(others) < FEWEST:
            continue
        usual = float(np.median(material.spent[others]))
        longer = np.maximum(material.spent[rows] - usual, 0).astype(np.int64)
        on_path = float(longer[material.causes.on_path[rows]].sum())
        hours = material.a_week(on_path)
        low, high = wilson(len(rows), len(rows) + len(others))
        share = len(rows) / (len(rows) + len(others))
        yield Finding(
            waste="", place=material.place(int(rows[0])), subject=material.step(step),
            number=f"In {percent(share)} of {count(len(rows) + len(others), 'visit')} something is missing, and it then takes "
            f"{working(float(np.median(longer)))} longer",
            cause=f"Whoever does it has to ask for it first, which {a_week(hours)}",
            action="Ask for it where the case begins or in the step before, and carry it here", n=len(rows),
            measures="share of visits that waited for information", estimate=share, low=low, high=high,
            p_value=larger(material.spent[rows], material.spent[others]), hours_per_week=hours, behind=rows,
            guard="Only where whoever did it said so; held against visits to the same step in which nothing was missing",
            removes=Removal(rows, longer), holds=low >= LEAST and material.share(on_path) >= LEAST_SHARE,
        )  # fmt: skip
