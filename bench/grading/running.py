"""What every grader ends with: how many seeds, its figures as words or JSON, and whether its targets are met."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping

from bench.telling import tell

Figures = dict[str, float]
Measure = Callable[[int], Figures]


def grader(
    measure: Measure, goals: Mapping[str, float], limits: Mapping[str, float], seeds: int, about: str | None
) -> int:
    """Run one grader from the command line; 0 where each target is met, else 1."""
    parser = argparse.ArgumentParser(description=(about or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--seeds", type=int, default=seeds, help="how many runs")
    options = parser.parse_args()
    return tell(measure(options.seeds), goals, limits, as_json=options.json, digits=3)
