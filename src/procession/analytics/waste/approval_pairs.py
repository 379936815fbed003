"""Redundant approvals: two decisions of one case of which the second adds nothing.

Either the same person takes both, in favour, in at least 90 % of cases (lower Wilson bound); or the second is in favour
whenever the first was, in at least 98 % (lower Wilson bound), although it does refuse where the first did not decide or
decided otherwise. A second decision that never refuses at all is left to the finder of unnecessary approvals, and one
that only some of the approved cases need is a limit that somebody set.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import clopper_pearson, stats, wilson
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import AGAINST, IN_FAVOUR, NO_DECISION, Decisions, Flags, Ints, Material
from procession.analytics.waste.words import a_week, count, working

FEWEST: Final = 30
SAME: Final = 0.8
FOLLOWS: Final = 0.98
ASKED: Final = 0.95
"""The share of approved cases that are decided again, below which a limit says which ones."""
MOST_REFUSED: Final = 0.02
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
        if len(found) < FEWEST or {material.step(first), material.step(second)} & material.regulated:
            continue
        before, after = (np.array(column, dtype=np.int64) for column in zip(*found, strict=True))
        agreed = decisions.outcome[after] == IN_FAVOUR
        same = _finding(
            material, before, after, agreed & (table.resource[before] == table.resource[after]), "the same person says yes twice",
            SAME, "Ask that person once, or give the second decision to somebody else",
        )  # fmt: skip
        if same.holds or not _adds_nothing(decisions, material.steps, first, second, after, agreed):
            yield same
        else:
            yield _finding(
                material, before, after, agreed, "the second says yes when the first did", FOLLOWS,
                "Try a pilot in which the second is asked only where the first did not decide, with spot checks",
            )  # fmt: skip


def _adds_nothing(decisions: Decisions, steps: Ints, first: int, second: int, after: Ints, agreed: Flags) -> bool:
    """Whether the second decision follows the first, yet refuses by itself, and is asked for in nearly every case."""
    approved = int(((steps == first) & (decisions.outcome == IN_FAVOUR)).sum())
    own = (steps == second) & (decisions.outcome != NO_DECISION)
    refused = int((own & (decisions.outcome == AGAINST)).sum())
    refuses = clopper_pearson(refused, int(own.sum()), side="upper")[1] > MOST_REFUSED
    return refuses and len(after) >= ASKED * approved and wilson(int(agreed.sum()), len(after))[0] >= FOLLOWS


def _finding(
    material: Material, before: Ints, after: Ints, yes: Flags, what: str, least: float, action: str
) -> Finding:
    n, times, gone = len(after), int(yes.sum()), after[yes]
    low, high = wilson(times, n)
    saved = float(material.path_time[gone].sum())
    hours = material.a_week(saved)
    names = [material.step(int(material.steps[one])) for one in (int(before[0]), int(after[0]))]
    return Finding(
        waste="", place=f"{material.place(int(before[0]))} > {material.place(int(after[0]))}",
        subject=f"{names[0]}, then {names[1]}", number=f"In {times} of {count(n, 'case')} {what}",
        cause=f"The second yes takes {working(saved / max(times, 1))}, which {a_week(hours)}", action=action, n=n,
        measures="share of cases in which the second yes adds nothing", estimate=times / n, low=low, high=high,
        p_value=float(stats().binom.sf(times - 1, n, least if least == SAME else 1 - 2 * (1 - least))), hours_per_week=hours,
        behind=gone, removes=Removal(gone, material.spent[gone], worked=True),
        guard="Neither step is one that a second pair of eyes must do, and no limit decides who is asked twice",
        holds=low >= least and material.share(saved) >= LEAST_SHARE,
    )  # fmt: skip
