"""Repeated errors: one reason makes up half of what a step refuses.

At least 30 refusals with a reason, the most frequent one in half of them, and far from all reasons being alike
(chi-squared). Teams and steps are named, never a person. Which team makes the fault more often than others is said only
where that stands after shrinkage: the share of each is drawn towards that of all, the more the less it has done.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import shrunk, stats, wilson
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import AGAINST, NO_DECISION, Decisions, Ints, Material
from procession.analytics.waste.words import a_week, count, percent

FEWEST: Final = 30
HALF: Final = 0.5
TEAMS: Final = 2


def look(material: Material) -> Iterator[Finding]:
    """Every step that refuses often enough, with reasons."""
    decisions = material.decisions
    if decisions is None:
        return
    against = decisions.outcome == AGAINST
    for step in np.unique(material.steps[against]).tolist():
        rows = np.array(
            [row for row in np.flatnonzero(against & (material.steps == step)).tolist() if decisions.reason[row]],
            dtype=np.int64,
        )
        if len(rows) < FEWEST:
            continue
        reasons, place = np.unique(np.array([decisions.reason[row] for row in rows.tolist()]), return_inverse=True)
        counts = np.bincount(place)
        if len(counts) < 2:
            counts = np.append(counts, 0)
        top, n = int(counts.argmax()), len(rows)
        low, high = wilson(int(counts[top]), n)
        own = rows[place == top]
        known = decisions.origin[own]
        gone = np.union1d(own, known[known >= 0])
        spent = float(material.path_time[gone].sum())
        share = percent(int(counts[top]) / int((material.steps == step).sum()))
        yield Finding(
            waste="", place=material.place(int(rows[0])), subject=material.step(step),
            number=f"{counts[top]} of {count(n, 'refusal')} have one reason: {str(reasons[top]).rstrip('.')}",
            cause=f"{share} of what arrives has the same fault, which {a_week(material.a_week(spent))}"
            f"{_worst_team(material, decisions, step, own)}",
            action="Ask for it where the work is done: a field that must be filled, or a point on the checklist", n=n,
            measures="share of the commonest reason", estimate=float(counts[top]) / n, low=low, high=high,
            p_value=float(stats().chisquare(counts).pvalue), hours_per_week=material.a_week(spent), behind=own,
            removes=Removal(gone, material.spent[gone], worked=True),
            guard="At least thirty refusals with a reason; teams are named, not people",
            holds=float(counts[top]) / n >= HALF,
        )  # fmt: skip


def _worst_team(material: Material, decisions: Decisions, step: int, own: Ints) -> str:
    """`; in work from Sales it is 12 %`, where one team's share stands out after shrinkage."""
    table = material.table
    decided = np.flatnonzero((material.steps == step) & (decisions.outcome != NO_DECISION) & (decisions.origin >= 0))
    teams = table.department[decisions.origin[decided]].astype(np.int64)
    faulty = np.isin(decided, own)
    names = np.unique(teams[teams >= 0])
    if len(names) < TEAMS:
        return ""
    of = np.array([int((teams == one).sum()) for one in names])
    hits = np.array([int((faulty & (teams == one)).sum()) for one in names])
    share, low = shrunk(hits, of)
    worst = int(share.argmax())
    if low[worst] <= hits.sum() / of.sum():
        return ""
    return f"; of what comes from {table.department_names[int(names[worst])]} it is {percent(float(share[worst]))}"
