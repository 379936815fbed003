"""Silos: work waits longer when it comes from another department than when it comes from the same one.

Compared is only within one step, so that a step which is slow for everybody accuses nobody; the step must get both kinds
(a department that alone does something is a specialist, no silo). The ratio of waits is Hodges and Lehmann's, over all
steps a department has; its lower bound is above 1.5. And people really work by department: handovers stay inside departments
more than by chance, given how much each person hands over and takes (modularity against a null that keeps those, z > 3).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np

from procession.analytics.waste.figures import larger
from procession.analytics.waste.finding import Finding, Removal
from procession.analytics.waste.material import HOUR, Floats, Ints, Material
from procession.analytics.waste.words import a_week, count, number

FEWEST: Final = 20
RATIO: Final = 1.5
APART: Final = 3.0
LEAST_SHARE: Final = 0.01
_LEAST: Final = 60_000_000
"""A minute is added to every wait, so that a ratio of two short ones says nothing."""
_MOST: Final = 400
SHUFFLES: Final = 200


def look(material: Material) -> Iterator[Finding]:
    """Every pair of departments, from the one that hands over to the one that gets it."""
    table, names = material.table, material.table.department_names
    before = table.released_by.astype(np.int64)
    source = np.where(before >= 0, table.department[np.maximum(before, 0)], -1)
    target = table.department
    lying = material.unseen
    # A step's own person going on with it is no handoff of either kind.
    passed = (source >= 0) & (target >= 0) & material.person & (table.resource != table.resource[np.maximum(before, 0)])
    apart: float | None = None
    for a, b in np.unique(np.stack((source[passed], target[passed])), axis=1).T.tolist():
        if a == b:
            continue
        strata = [
            (across, within)
            for step in np.unique(material.steps[passed & (source == a) & (target == b)]).tolist()
            if len(across := np.flatnonzero(passed & (source == a) & (target == b) & (material.steps == step)))
            >= FEWEST
            and len(within := np.flatnonzero(passed & (source == b) & (target == b) & (material.steps == step)))
            >= FEWEST
        ]
        if strata:
            apart = apart if apart is not None else inside(material, np.flatnonzero(passed))
            yield _finding(material, strata, lying, names[int(a)], names[int(b)], apart)


def _finding(
    material: Material, strata: list[tuple[Ints, Ints]], lying: Ints, source: str, target: str, apart: float
) -> Finding:
    logs = [(np.log(lying[a] + _LEAST), np.log(lying[b] + _LEAST)) for a, b in strata]
    ratio = float(np.exp(_shift(logs)))
    low, high = _bounds(logs)
    rows = np.concatenate([a for a, _ in strata])
    usual = float(np.mean(lying[np.concatenate([b for _, b in strata])]))
    longer = np.maximum(lying[rows] - usual, 0).astype(np.int64)
    more = float(longer[material.causes.on_path[rows]].sum())
    hours = material.a_week(more)
    p = min(1.0, len(strata) * min(larger(a, b) for a, b in logs))
    return Finding(
        waste="", place=f"{source} > {target}", subject=f"{source} → {target}",
        number=f"What comes from {source} waits {number(ratio)} times as long in {target} as what comes from {target} itself",
        cause=f"Over {count(len(rows), 'handoff')} that {a_week(hours)}",
        action="Give both one queue, or agree how soon the other side takes it up", n=len(rows),
        measures="ratio of waits", estimate=ratio, low=low, high=high, p_value=p, hours_per_week=hours,
        behind=rows, removes=Removal(rows, longer),
            guard="Compared within the same step; a step that only gets one kind is left out; people "
        f"hand over inside their department more than by chance (z = {number(apart)})",
        holds=low > RATIO and material.share(more) >= LEAST_SHARE and usual >= 0 and more > HOUR
        and apart > APART,
    )  # fmt: skip


def inside(material: Material, passed: Ints) -> float:
    """By how many standard deviations more handovers stay within a department than if those who take were shuffled."""
    table = material.table
    source = table.department[table.released_by[passed]]
    target = table.department[passed]
    chance = np.random.default_rng(0)
    drawn = np.array([(source == chance.permutation(target)).mean() for _ in range(SHUFFLES)])
    spread = float(drawn.std())
    return (float((source == target).mean()) - float(drawn.mean())) / spread if spread else 0.0


def _shift(logs: list[tuple[Floats, Floats]]) -> float:
    """The median difference of all pairs within a stratum (Hodges and Lehmann 1963)."""
    parts = [np.subtract.outer(_thinned(a), _thinned(b)).ravel() for a, b in logs]
    return float(np.median(np.concatenate(parts)))


def _thinned(values: Floats) -> Floats:
    return values if len(values) <= _MOST else np.random.default_rng(0).choice(values, _MOST, replace=False)


def _bounds(logs: list[tuple[Floats, Floats]], rounds: int = 100) -> tuple[float, float]:
    chance = np.random.default_rng(0)
    drawn = sorted(
        _shift(
            [
                (chance.choice(_thinned(a)[:200], min(len(a), 200)), chance.choice(_thinned(b)[:200], min(len(b), 200)))
                for a, b in logs
            ]
        )
        for _ in range(rounds)
    )
    return float(np.exp(drawn[2])), float(np.exp(drawn[-3]))
