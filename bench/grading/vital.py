"""The vital few, where three of fifteen workflows carry 85 % of what is lost (G5).

    python -m bench.grading.vital [--json] [--seeds N]

Fifteen workflows of three steps, 200 cases. Delays are planted that take 71 % of the cycle, 85 % of them in three
workflows, in 60 of 100 visits; nobody says how long a step should take, so that the reference is what a quick visit takes.
Without the excess of those three the cycle falls by 60 %. Seeds from 5000 on; no limit was fitted to them.
"""

from __future__ import annotations

import random
from argparse import Namespace
from typing import Final

from bench.grading.running import Figures, Grader, mean, share
from procession.analytics.attribution import QUICK, QUICKEST, Attribution, SiteCost, quantile
from procession.analytics.log import Site
from procession.analytics.pareto import pareto

GOALS: Final = {"the_three_exactly": 0.95, "ranked_first": 0.95, "within_five_points": 0.95}
LIMITS: Final[dict[str, float]] = {}
WORKFLOWS, STEPS, CASES, FEW = 15, 3, 200, 3
CARRIED, REMOVED, OFTEN = 0.85, 0.6, 0.6


def planted(seed: int) -> tuple[Attribution, set[str]]:
    """A process, and the workflows that carry most of what is lost."""
    draw = random.Random(f"vital {seed}")
    names = [f"w{n}" for n in range(WORKFLOWS)]
    few = set(draw.sample(names, FEW))
    usual = 3600.0
    plain = usual * WORKFLOWS * STEPS
    whole = plain / (1 - REMOVED / CARRIED)
    shares = {name: draw.uniform(0.6, 1.4) for name in names}
    lost = (whole - plain) / STEPS
    costs: list[SiteCost] = []
    cycles = [0.0] * CASES
    for name in names:
        carried = CARRIED if name in few else 1 - CARRIED
        group = sum(shares[one] for one in names if (one in few) == (name in few))
        delay = lost * carried * shares[name] / group / OFTEN
        for step in range(STEPS):
            spent = tuple(
                usual * draw.uniform(0.95, 1.05) + (draw.expovariate(1 / delay) if draw.random() < OFTEN else 0.0)
                for _ in range(CASES)
            )
            cycles = [total + own for total, own in zip(cycles, spent, strict=True)]
            costs.append(
                SiteCost(
                    site=Site("step", name, f"s{step}"), title=f"{name} {step}", departments=(name,),
                    reference=quantile(spent, QUICK), has_target=False, quickest=quantile(spent, QUICKEST),
                    visits=(1,) * CASES, spent=spent, path_visits=(1,) * CASES, path_spent=spent, path_planned=(0.0,) * CASES,
                )
            )  # fmt: skip
    titles = {name: name for name in names}
    return Attribution(
        process="planted", title="Planted", cases=CASES, cycles=tuple(cycles), costs=tuple(costs), part_titles=titles,
        owners={},
    ), few  # fmt: skip


def measure(drawn: range, asked: Namespace) -> Figures:
    """How often the three are named, and the gain that is promised."""
    exact: list[bool] = []
    first: list[bool] = []
    gains: list[float] = []
    for seed in drawn:
        measured, few = planted(seed)
        found = pareto(measured)
        ranked = [one.key for one in found.items]
        first.append(set(ranked[:FEW]) == few)
        exact.append(found.vital == FEW and first[-1])
        gains.append(sum(one.excess for one in found.items[:FEW]) / (sum(measured.cycles) / CASES))
    return {
        "runs": len(drawn), "ranked_first": share(first), "the_three_exactly": share(exact),
        "within_five_points": share(abs(gain - REMOVED) <= 0.05 for gain in gains), "gain_mean": mean(gains),
    }  # fmt: skip


GRADER: Final = Grader(about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=60)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
