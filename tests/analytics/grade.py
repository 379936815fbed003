"""Grade the verdict on processes with planted faults: six workflows of six steps, 300 cases.

Steps and handoffs take log-normal times with long tails, around an hour. A workflow fault makes one step slower by 3.6
times the strength; a process fault makes three handoffs slower, or one step each in three workflows, by half of that up
to all of it.
Run `python -m tests.analytics.grade 150` for a table of right, silent and wrong verdicts.
"""

from __future__ import annotations

import math
import random
import sys
from typing import Literal

from procession.analytics.attribution import Attribution, SiteCost, quantile
from procession.analytics.log import Site
from procession.analytics.verdict import judge

Fault = Literal["workflow", "process", "healthy"]
Grade = Literal["right", "silent", "wrong"]
WORKFLOWS, STEPS, CASES = 6, 6, 300


def planted(fault: Fault, strength: float, seed: int) -> Attribution:
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
        median = 3600 * (slow[site] if site in slow else draw.lognormvariate(0, 0.3))
        spread = draw.uniform(0.8, 1.2)
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
                visits=(1,) * CASES,
                spent=spent,
                path_visits=(1,) * CASES,
                path_spent=spent,
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


def grade(fault: Fault, strength: float, seed: int) -> Grade:
    verdict = judge(planted(fault, strength, seed))
    if verdict.kind == fault:
        return "right"
    return "silent" if verdict.kind in ("undecided", "healthy") else "wrong"


def table(fault: Fault, strength: float, runs: int) -> dict[Grade, int]:
    counts: dict[Grade, int] = {"right": 0, "silent": 0, "wrong": 0}
    for seed in range(runs):
        counts[grade(fault, strength, seed)] += 1
    return counts


def main(runs: int) -> None:
    for fault in ("workflow", "process", "healthy"):
        for strength in (1, 3, 6, 10):
            print(f"{fault:9} strength {strength:2}: {table(fault, strength, runs)}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 30)
