"""Rework: a case comes to the same step again.

What bounces between two people without a decision is ping-pong, and counted there.

At least a twentieth of cases (lower Wilson bound) repeat it, and the repeats take at least one hundredth of the cycle.
Steps that the definition means to be repeated, and instances that run side by side, are none; what somebody sent back to
such a step by hand is.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import stats, wilson
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import Flags, Ints, Material
from procession.analytics.waste.pingpong import bouncing
from procession.analytics.waste.words import a_week, count, listed, percent

FEWEST_CASES: Final = 30
LEAST: Final = 0.05
LEAST_SHARE: Final = 0.01


def look(material: Material) -> Iterator[Finding]:
    """Every step that a way back leads to. What is repeated behind it belongs to it."""
    table = material.table
    again = _repeats(material)
    again[bouncing(material)] = False
    back_to = _roots(table.released_by.astype(np.int64), again)
    for number in np.unique(material.steps[np.flatnonzero(back_to == np.arange(len(table)))]).tolist():
        name = material.step(number)
        meant = name in material.loops
        if meant and material.returned is None:
            continue
        rows = np.flatnonzero(again)
        rows = rows[material.steps[back_to[rows]] == number]
        if meant and material.returned is not None:
            rows = rows[material.returned[back_to[rows]]]
        returns = rows[back_to[rows] == rows]
        if not len(returns):
            continue
        cases = len(np.unique(table.case[material.steps == number]))
        if cases < FEWEST_CASES:
            continue
        hit = len(np.unique(table.case[returns]))
        low, high = wilson(hit, cases)
        between = float(material.path_time[rows].sum())
        hours = material.a_week(between)
        behind = [material.step(one) for one in np.unique(material.steps[rows]).tolist() if one != number]
        more = f" with {listed(behind)} behind it" if 0 < len(behind) <= 3 else ""
        yield Finding(
            waste="", place=material.place(int(returns[0])), subject=name,
            number=f"{percent(hit / cases)} of {count(cases, 'case')} come back to it, {count(len(returns), 'time')} in all",
            cause=f"Doing it again{more} {a_week(hours)}",
            action="Look at why the first time was not enough: what was missing, and who could have known", n=cases,
            measures="share of cases that repeat it", estimate=hit / cases, low=low, high=high,
            p_value=float(stats().binom.sf(hit - 1, cases, LEAST)), hours_per_week=hours, behind=returns,
            removes=Removal(rows, material.spent[rows], worked=True),
            guard="Loops that the definition means, and instances side by side, are left out",
            holds=low >= LEAST and material.share(between) >= LEAST_SHARE,
        )  # fmt: skip


def _repeats(material: Material) -> Flags:
    """Rows whose case had been at the same step before, and was done with it."""
    table = material.table
    order = np.lexsort((table.end, table.ready, material.steps, table.case))
    case, step = table.case[order], material.steps[order]
    again = np.zeros(len(order), dtype=bool)
    # Several asked at the same time are ready together, in whatever order they answer.
    again[1:] = (case[1:] == case[:-1]) & (step[1:] == step[:-1]) & (table.ready[order][1:] >= table.end[order][:-1])
    found = np.zeros(len(order), dtype=bool)
    found[order[again]] = True
    return found


def _roots(released_by: Ints, again: Flags) -> Ints:
    """Of each repeat the one that a way back led to: the first of a chain of repeats that released one another."""
    root = np.where(again, np.arange(len(again)), -1)
    for row in np.flatnonzero(again).tolist():  # what releases a row stands above it
        before = int(released_by[row])
        if before >= 0 and root[before] >= 0:
            root[row] = root[before]
    return root
