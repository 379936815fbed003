"""Redundant approvals: two decisions of one case of which the second adds nothing, as the same person takes both.

In at least 90 % of cases (lower Wilson bound) the same person decides twice in favour. Two decisions by different people
are left to the finder of unnecessary approvals: what never refuses shows there.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import stats, wilson
from procession.analytics.waste.finding import Finding
from procession.analytics.waste.material import IN_FAVOUR, NO_DECISION, Material
from procession.analytics.waste.words import a_week, count, lasting

FEWEST: Final = 30
SAME: Final = 0.8
LEAST_SHARE: Final = 0.005


def look(material: Material) -> Iterator[Finding]:
    """Every pair of steps that decide one after the other."""
    decisions, table = material.decisions, material.table
    if decisions is None:
        return
    pairs: dict[tuple[int, int], list[tuple[int, int]]] = {}
    decided = np.flatnonzero((decisions.outcome != NO_DECISION) & material.person)
    for before, after in zip(decided[:-1].tolist(), decided[1:].tolist(), strict=True):
        if table.case[before] == table.case[after] and decisions.outcome[before] == IN_FAVOUR:
            steps = (int(material.steps[before]), int(material.steps[after]))
            if steps[0] != steps[1]:
                pairs.setdefault(steps, []).append((before, after))
    for (first, second), found in sorted(pairs.items()):
        names = {material.step(first), material.step(second)}
        if len(found) < FEWEST or names & material.regulated:
            continue
        before, after = (np.array(column, dtype=np.int64) for column in zip(*found, strict=True))
        agreed = (table.resource[before] == table.resource[after]) & (decisions.outcome[after] == IN_FAVOUR)
        n, same = len(found), int(agreed.sum())
        low, high = wilson(same, n)
        saved = float(material.path_time[after[agreed]].sum())
        hours = material.a_week(saved)
        yield Finding(
            waste="", place=f"{material.place(int(before[0]))} > {material.place(int(after[0]))}",
            subject=f"{material.step(first)}, then {material.step(second)}",
            number=f"In {same} of {count(n, 'case')} the same person says yes twice",
            cause=f"The second yes takes {lasting(saved / max(same, 1))}, which {a_week(hours)}",
            action="Ask that person once, or give the second decision to somebody else", n=n,
            measures="share decided twice by the same person", estimate=same / n, low=low, high=high,
            p_value=float(stats().binom.sf(same - 1, n, SAME)), hours_per_week=hours, cases=material.examples(after[agreed]),
            guard="Neither step is one that a second pair of eyes must do",
            holds=low >= SAME and material.share(saved) >= LEAST_SHARE,
        )  # fmt: skip
