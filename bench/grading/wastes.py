"""Waste finders, each on processes where its waste is planted, on look-alikes, and on healthy ones (G4).

    python -m bench.grading.wastes [--json] [--tuning] [--seeds N] [--strength S] [--unopened] [-v]

Found means: the right finder, at the right place. Anything else that is reported in any run counts against the finder
that reports it. *Share of the cycle* is what a waste is said to cost. Thresholds were set on seeds below 1000.
"""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from bench.grading.planted import PLANTS, Plant, Recipe, material_of
from bench.grading.running import Figures, Grader, mean, ratio, share
from procession.analytics.waste import Finding, Material, find_waste

GOALS: Final = {
    f"{name}_{plant.replace(' ', '_')}": goal
    for name, goal in (("precision", 0.9), ("recall", 0.8))
    for plant in PLANTS
}
LIMITS: Final = {"false_in_a_healthy_process_most": 1.0}


@dataclass(slots=True)
class _Run:
    """What was found with one seed, over all that was planted."""

    right: Counter[str] = field(default_factory=Counter[str])
    wrong: Counter[str] = field(default_factory=Counter[str])
    taken_in: Counter[str] = field(default_factory=Counter[str])
    shares: dict[str, float] = field(default_factory=dict[str, float])
    healthy: int = 0


def run(seed: int, strength: float, *, opened: bool = True, says_wrong: bool = False) -> _Run:
    """Each waste and each look-alike in a process of its own, and a healthy one."""
    done = _Run()
    recipes = [Recipe(seed=seed, opened=opened)]
    for plant in PLANTS:
        recipes += [
            Recipe(plant=plant, decoy=decoy, seed=seed, strength=strength, opened=opened) for decoy in (False, True)
        ]
    for recipe in recipes:
        material = material_of(recipe)
        found = find_waste(material).findings
        others = [one for one in found if (one.waste, one.place) != (recipe.plant, recipe.place)]
        done.wrong.update(one.waste for one in others)
        if recipe.plant is None:
            done.healthy += len(others)
        elif recipe.decoy:
            done.taken_in[recipe.plant] += any(one.waste == recipe.plant for one in others)
        elif len(others) < len(found):
            done.right[recipe.plant] += 1
            done.shares[recipe.plant] = max(_share(one, material) for one in found if one not in others)
        if says_wrong:
            for one in others:
                print(recipe.plant, recipe.decoy, seed, one.waste, one.place, one.sentence)
    return done


def _share(found: Finding, material: Material) -> float:
    """Of the cycle."""
    return (found.hours_per_week or 0.0) * material.weeks * 3.6e9 / float(material.path_time.sum())


def measure(drawn: range, asked: Namespace) -> Figures:
    """By finder its precision and recall; and false findings of a healthy process."""
    runs = [run(seed, asked.strength, opened=not asked.unopened, says_wrong=asked.wrong) for seed in drawn]
    healthy = [one.healthy for one in runs]
    figures: Figures = {
        "runs_of_each": len(runs),
        "false_in_a_healthy_process": mean(healthy),
        "false_in_a_healthy_process_most": max(healthy),
    }
    for plant in PLANTS:
        figures |= _of_finder(plant, runs)
    for name in sorted({name for one in runs for name in one.wrong} - set(PLANTS)):
        figures[f"wrong_{name.replace(' ', '_')}"] = sum(one.wrong[name] for one in runs)
    return figures


def _of_finder(plant: Plant, runs: list[_Run]) -> Figures:
    name = plant.replace(" ", "_")
    shares = [one.shares[plant] for one in runs if plant in one.shares]
    return {
        f"precision_{name}": ratio((one.right[plant], one.right[plant] + one.wrong[plant]) for one in runs),
        f"recall_{name}": share(one.right[plant] > 0 for one in runs),
        f"taken_in_by_look_alikes_{name}": share(one.taken_in[plant] > 0 for one in runs),
        f"share_of_the_cycle_{name}": sum(shares) / max(1, len(shares)),
    }


def _options(parser: ArgumentParser) -> None:
    parser.add_argument("--strength", type=float, default=1.0, help="how much is planted")
    parser.add_argument("--unopened", action="store_true", help="without the moments at which somebody first looked")
    parser.add_argument("-v", dest="wrong", action="store_true", help="say every wrong finding")


GRADER: Final = Grader(
    about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=4, tuning=100, options=_options
)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
