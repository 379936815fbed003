"""Waste finders, each on processes where its waste is planted, on look-alikes, and on healthy ones.

    python -m bench.grading.wastes [--json] [--seeds N] [--strength S]

Thresholds were set on seeds below 1000; seeds from 5000 on grade. Found means: the right finder, at the right place.
Anything else that is reported in any run counts against the finder that reports it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from typing import Any

from bench.grading.planted import PLANTS, Recipe, material_of
from procession.analytics.waste import find_waste

GRADING = 5000


def grade(seeds: range, strength: float, opened: bool = True) -> dict[str, Any]:
    """By finder its precision and recall; and false findings of a healthy process."""
    found: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    decoys: Counter[str] = Counter()
    healthy: list[int] = []
    shares: dict[str, list[float]] = {plant: [] for plant in PLANTS}
    for seed in seeds:
        recipes = [Recipe(seed=seed, opened=opened)]
        for plant in PLANTS:
            recipes += [
                Recipe(plant=plant, decoy=decoy, seed=seed, strength=strength, opened=opened) for decoy in (False, True)
            ]
        for recipe in recipes:
            material = material_of(recipe)
            report = find_waste(material)
            right = {(one.waste, one.place) for one in report.findings} & {(recipe.plant, recipe.place)}
            others = [one for one in report.findings if (one.waste, one.place) not in right]
            if recipe.plant is None:
                healthy.append(len(others))
            elif recipe.decoy:
                decoys[recipe.plant] += any(one.waste == recipe.plant for one in others)
            else:
                found[recipe.plant] += len(right)
                shares[recipe.plant] += [
                    (one.hours_per_week or 0.0) * material.weeks * 3.6e9 / float(material.path_time.sum())
                    for one in report.findings if (one.waste, one.place) in right
                ]  # fmt: skip
            for one in others:
                wrong[one.waste] += 1
                if "-v" in sys.argv:
                    print(recipe.plant, recipe.decoy, seed, one.waste, one.place, one.sentence)
    n = len(seeds)
    return {
        "runs_of_each": n,
        "healthy_false_mean": sum(healthy) / n,
        "healthy_false_most": max(healthy),
        "finders": {
            plant: {
                "recall": found[plant] / n,
                "precision": found[plant] / max(1, found[plant] + wrong[plant]),
                "taken_in_by_look_alikes": decoys[plant] / n,
                "share_of_cycle": sum(shares[plant]) / max(1, len(shares[plant])),
            }
            for plant in PLANTS
        },
        "others_wrong": {name: count for name, count in wrong.items() if name not in PLANTS},
    }


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.grading.wastes", description="Grades waste finders.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--seeds", type=int, default=20, help="how many seeds")
    parser.add_argument("--first", type=int, default=GRADING, help="the first seed")
    parser.add_argument("--strength", type=float, default=1.0, help="how much is planted")
    parser.add_argument("--unopened", action="store_true", help="without the moments at which somebody first looked")
    parser.add_argument("-v", action="store_true", help="say every wrong finding")
    options = parser.parse_args(arguments)
    figures = grade(range(options.first, options.first + options.seeds), options.strength, not options.unopened)
    if options.json:
        print(json.dumps(figures, indent=2))
        return 0
    print(
        f"healthy: {figures['healthy_false_mean']:.2f} false findings on average, {figures['healthy_false_most']} at most"
    )
    print(
        "| finder | recall | precision | taken in by look-alikes | share of cycle |\n| --- | ---: | ---: | ---: | ---: |"
    )
    for name, row in figures["finders"].items():
        print(f"| {name} | " + " | ".join(f"{value:.2f}" for value in row.values()) + " |")
    if figures["others_wrong"]:
        print(figures["others_wrong"])
    return 0


if __name__ == "__main__":
    sys.exit(main())
