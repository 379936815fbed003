"""Grade the verdict on processes with planted faults: six workflows of six steps, 300 cases.

Steps and handoffs take log-normal times around an hour. A workflow fault makes one step slower by 3.6 times the
strength; a process fault makes three handoffs slower, or one step each in three workflows, by half of that up to all
of it. With `even` sizes every planted step was an hour before, and all tails are long; with `varied` sizes a planted
step may have been short, so that its delay is a small part of the cycle, and tails differ.

`python -m bench.grading.verdict` grades with it; `python -m tests.analytics.grade 100` counts right, silent and wrong.
"""

from __future__ import annotations

import math
import random
import sys
from collections.abc import Iterable
from typing import Literal

from procession.analytics.attribution import QUICKEST, Attribution, SiteCost, quantile
from procession.analytics.log import Site
from procession.analytics.verdict import judge

Fault = Literal["workflow", "process", "healthy"]
Grade = Literal["right", "silent", "wrong"]
Sizes = Literal["even", "varied"]
WORKFLOWS, STEPS, CASES = 6, 6, 300


def planted(fault: Fault, strength: float, seed: int, sizes: Sizes = "even") -> Attribution:
    draw = random.Random(f"{fault} {strength} {seed}")
    slow: dict[Site, float] = {}
    sites = [Site("step", f"w{w}", f"s{s}") for w in range(WORKFLOWS) for s in range(STEPS)]
    handoffs = [Site("handoff", f"w{w}", "over", f"w{w - 1}") for w in range(1, WORKFLOWS)]
    if fault == "workflow":
        slow[draw.choice(sites)] = 3.6 * strength
    elif fault == "process":
        places = handoffs if seed % 2 else [draw.choice(sites[w * STEPS : (w + 1) * STEPS]) for w in range(WORKFLOWS)]
        for site in draw.sample(places, 3):
            slow[site] = 3.6 * strength / draw.uniform(1, 2)
    costs: list[SiteCost] = []
    cycles = [0.0] * CASES
    for site in sites + handoffs:
        usual = 1.0 if sizes == "even" and site in slow else draw.lognormvariate(0, 0.3)
        median = 3600 * usual * slow.get(site, 1)
        spread = draw.uniform(0.8 if sizes == "even" else 0.6, 1.2)
        spent = tuple(median * math.exp(draw.gauss(0, spread)) for _ in range(CASES))
        cycles = [total + own for total, own in zip(cycles, spent, strict=True)]
        owner = f"team {site.part}"
        costs.append(
            SiteCost(
                site=site,
                title=site.name,
                departments=(owner,) if site.kind == "step" else (f"team {site.source}", owner),
                reference=quantile(spent, 0.25),
                has_target=False,
                quickest=quantile(spent, QUICKEST),
                visits=(1,) * CASES,
                spent=spent,
                path_visits=(1,) * CASES,
                path_spent=spent,
                path_planned=(0.0,) * CASES,
            )
        )
    titles = {f"w{w}": f"Workflow {w}" for w in range(WORKFLOWS)}
    return Attribution(
        process="planted",
        title="Planted",
        cases=CASES,
        cycles=tuple(cycles),
        costs=tuple(costs),
        part_titles=titles,
        owners={part: f"team {part}" for part in titles},
    )


def grade(fault: Fault, strength: float, seed: int, sizes: Sizes = "even") -> Grade:
    verdict = judge(planted(fault, strength, seed, sizes))
    if verdict.kind == fault:
        return "right"
    return "silent" if verdict.kind in ("undecided", "healthy") else "wrong"


def table(fault: Fault, strength: float, seeds: Iterable[int], sizes: Sizes = "even") -> dict[Grade, int]:
    counts: dict[Grade, int] = {"right": 0, "silent": 0, "wrong": 0}
    for seed in seeds:
        counts[grade(fault, strength, seed, sizes)] += 1
    return counts


def main(runs: int) -> None:
    cells: list[tuple[Fault, int]] = [(f, s) for f in ("workflow", "process") for s in (1, 3, 6, 10)]
    for sizes in ("even", "varied"):
        for fault, strength in [*cells, ("healthy", 0)]:
            print(f"{sizes:6} {fault:9} {strength:2}: {table(fault, strength, range(5000, 5000 + runs), sizes)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
