"""Unnecessary approvals: a step that practically never says no, and costs the cases time.

Of n decisions the upper 95 % bound of the share of refusals (Clopper and Pearson) is at most 2 %; with no refusal at all
that takes 149 decisions (the rule of three). Where all amounts together do not pass, the largest band of small amounts
that does is proposed. What rules or a second pair of eyes ask for is left alone. That nothing is refused may be because
people know that it would be: so the proposal is a pilot with spot checks, never to delete the step.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import clopper_pearson, stats
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import AGAINST, NO_DECISION, Decisions, Ints, Material
from procession.analytics.waste.words import a_week, count, number, percent, working

MOST_REFUSED: Final = 0.02
FEWEST: Final = 149
LEAST_SHARE: Final = 0.005
"""Of the cycle: what takes less is not worth a change."""
BANDS: Final = 8


def look(material: Material) -> Iterator[Finding]:
    """Every step that decides often enough."""
    decisions = material.decisions
    if decisions is None:
        return
    decided = decisions.outcome != NO_DECISION
    for step in np.unique(material.steps[decided]).tolist():
        if material.step(step) in material.regulated:
            continue
        rows = np.flatnonzero(decided & (material.steps == step))
        if len(rows) >= FEWEST:
            yield _best(material, decisions, rows)


def _best(material: Material, decisions: Decisions, rows: Ints) -> Finding:
    """All amounts where that holds, else the widest band of small amounts that does."""
    whole = _finding(material, decisions, rows, None)
    amounts = decisions.amount[rows]
    if whole.holds or np.isnan(amounts).any():
        return whole
    for limit in sorted(set(np.quantile(amounts, np.arange(1, BANDS) / BANDS).tolist()), reverse=True):
        below = rows[amounts <= limit]
        if len(below) >= FEWEST:
            band = _finding(material, decisions, below, limit)
            # Each further band is one more try at the same step.
            if band.holds and BANDS * band.p_value < 1:
                return band
    return whole


def _finding(material: Material, decisions: Decisions, rows: Ints, limit: float | None) -> Finding:
    n, refused = len(rows), int((decisions.outcome[rows] == AGAINST).sum())
    bound = clopper_pearson(refused, n, side="upper")[1]
    low, high = clopper_pearson(refused, n)
    saved = float(material.path_time[rows].sum())
    step = material.step(int(material.steps[rows[0]]))
    hours = material.a_week(saved)
    amounts = decisions.amount[rows]
    stopped = float(np.nansum(np.where(decisions.outcome[rows] == AGAINST, amounts, 0.0)))
    upto = f" up to {number(limit)}" if limit is not None else ""
    worth = f", together worth {number(stopped)}" if stopped else ""
    tries = 1 if limit is None else BANDS
    return Finding(
        waste="", place=material.place(int(rows[0])), subject=f"{step}{upto}",
        number=f"{refused} of {count(n, 'decision')} said no{worth}; at most {percent(bound)} would",
        cause=f"Cases wait {working(float(material.path_time[rows].mean()))} for it on average, which {a_week(hours)}",
        action="Try a pilot without it, with a spot check of one case in ten, and watch what slips through",
        n=n, measures="share refused", estimate=refused / n, low=low, high=high,
        p_value=min(1.0, tries * float(stats().binom.cdf(refused, n, MOST_REFUSED))), hours_per_week=hours,
        behind=rows, removes=Removal(rows, material.spent[rows], worked=True),
            guard="Not a step that rules or a second pair of eyes ask for"
        + ("" if limit is None else "; only for the smaller amounts"),
        holds=bound <= MOST_REFUSED and material.share(saved) >= LEAST_SHARE,
    )  # fmt: skip
