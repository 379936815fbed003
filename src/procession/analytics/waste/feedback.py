"""Missing feedback: work is refused, and whoever did it never learns, so that the same is refused again.

Of at least 20 refusals at a step with a known origin, at most a quarter came back to whoever did the work. The same
person then hears the same reason twice running more often than when reasons are dealt out at random among those who were
refused (permutation). Where refusals become fewer from week to week (Mann and Kendall), people learn of them somehow. What
somebody did in their first four weeks is how everybody begins.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import falling, stats, wilson
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import AGAINST, NO_DECISION, WEEK, Decisions, Flags, Floats, Ints, Material
from procession.analytics.waste.words import a_week, count

FEWEST: Final = 20
MOST_TOLD: Final = 0.25
ROUNDS: Final = 999
LEARNING: Final = 0.05
BEGINNING: Final = 4 * WEEK
FEWEST_IN_A_WEEK: Final = 5


def look(material: Material) -> Iterator[Finding]:
    """Every step that refuses often enough."""
    decisions = material.decisions
    if decisions is None:
        return
    refused = (decisions.outcome == AGAINST) & (decisions.origin >= 0)
    new = _by_new_people(material)
    for step in np.unique(material.steps[refused]).tolist():
        rows = np.flatnonzero(refused & (material.steps == step))
        rows = rows[material.person[decisions.origin[rows]] & ~new[decisions.origin[rows]]]
        if len(rows) < FEWEST:
            continue
        told, n = int(decisions.told[rows].sum()), len(rows)
        low, high = wilson(n - told, n)
        repeats, chance = _repeats(material, decisions, rows)
        learning = falling(_by_week(material, decisions, step)) < LEARNING
        gone = np.unique(decisions.origin[rows])
        spent = float(material.path_time[gone].sum())
        more = f", and the same person hears the same reason twice running {count(repeats, 'time')}" if repeats else ""
        yield Finding(
            waste="", place=material.place(int(rows[0])), subject=material.step(step),
            number=f"Of {count(n, 'refusal')} {n - told} never came back to whoever did the work{more}",
            cause=f"Nobody tells {material.step(int(material.steps[decisions.origin[rows[0]]]))} what was wrong"
            f"{', and doing it wrong ' + a_week(material.a_week(spent)) if spent else ''}",
            action="Send refusals back to whoever did the work, with the reason", n=n,
            measures="share of refusals that nobody was told of", estimate=1 - told / n, low=low, high=high,
            p_value=max(chance, float(stats().binom.cdf(told, n, 2 * MOST_TOLD))), hours_per_week=material.a_week(spent) or None,
            behind=rows[~decisions.told[rows]], removes=Removal(gone, material.spent[gone], worked=True),
            guard="At least twenty refusals, none of people who had just begun; repeats beyond what shuffled reasons show; "
            "refusals do not become fewer by themselves", holds=told / n <= MOST_TOLD and not learning,
        )  # fmt: skip


def _repeats(material: Material, decisions: Decisions, rows: Ints) -> tuple[int, float]:
    """How often a person was refused for the same reason as the time before, and how often chance does as much."""
    who = material.table.resource[decisions.origin[rows]].astype(np.int64)
    order = np.lexsort((material.table.end[rows], who))
    who = who[order]
    _, reason = np.unique(np.array([decisions.reason[row] for row in rows[order].tolist()]), return_inverse=True)
    same_person = who[1:] == who[:-1]
    seen = int((same_person & (reason[1:] == reason[:-1])).sum())
    chance = np.random.default_rng(0)
    drawn = (chance.permutation(reason) for _ in range(ROUNDS))
    as_many = sum(int((same_person & (one[1:] == one[:-1])).sum()) >= seen for one in drawn)
    return seen, (as_many + 1) / (ROUNDS + 1)


def _by_week(material: Material, decisions: Decisions, step: int) -> Floats:
    """The share that a step refuses, by week; weeks with few decisions are left out."""
    table = material.table
    rows = np.flatnonzero((material.steps == step) & (decisions.outcome != NO_DECISION))
    week = (table.end[rows] - table.end[rows].min()) // WEEK
    decided = np.bincount(week)
    against = np.bincount(week, weights=decisions.outcome[rows] == AGAINST)
    enough = decided >= FEWEST_IN_A_WEEK
    return np.asarray(against[enough] / decided[enough], dtype=np.float64)


def _by_new_people(material: Material) -> Flags:
    """Rows of somebody's first four weeks; who was there when the log begins is not new."""
    table = material.table
    if not len(table):
        return np.zeros(0, dtype=bool)
    who = table.resource.astype(np.int64)
    first = np.full(len(table.resource_names) + 1, np.iinfo(np.int64).max)
    np.minimum.at(first, who, table.end)
    new = first > int(table.end.min()) + BEGINNING
    return (who >= 0) & new[who] & (table.end < np.minimum(first[who], np.iinfo(np.int64).max - BEGINNING) + BEGINNING)
