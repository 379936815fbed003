"""What every grader shares: seeds for tuning and for grading, how sure a figure is, its table, and whether its goals are met."""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

REPLICATES: Final = 1000


class Figure(float):
    """A figure with the 95 % interval that says how sure it is."""

    low: float
    high: float

    def __new__(cls, value: float, low: float, high: float) -> Self:
        made = super().__new__(cls, value)
        made.low, made.high = low, high
        return made


Figures = dict[str, float]
"""By name; where a figure knows how sure it is, a `Figure`."""

Measure = Callable[[range, argparse.Namespace], Figures]
"""Grades runs with these seeds."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grader:
    """One grader. Limits are chosen on the seeds from `tuning` on; those from `grading` on grade."""

    about: str | None
    """The docstring of its module."""
    measure: Measure
    goals: Mapping[str, float]
    """What a figure must reach at least."""
    limits: Mapping[str, float]
    """What a figure must not go beyond."""
    seeds: int
    """How many runs, where nobody says."""
    grading: int = 5000
    tuning: int = 1000
    options: Callable[[argparse.ArgumentParser], None] | None = None
    """Adds what only this grader is asked."""

    def main(self, arguments: Sequence[str] | None = None) -> int:
        """Run it from the command line; 0 where each goal is met, else 1."""
        parser = argparse.ArgumentParser(description=(self.about or "").split("\n\n", maxsplit=1)[0])
        parser.add_argument("--json", action="store_true", help="print the figures as JSON")
        parser.add_argument("--seeds", type=int, default=self.seeds, help="how many runs")
        parser.add_argument("--tuning", action="store_true", help="the seeds that limits are chosen by")
        if self.options is not None:
            self.options(parser)
        asked = parser.parse_args(arguments)
        first = self.tuning if asked.tuning else self.grading
        began = time.process_time()
        figures = self.measure(range(first, first + asked.seeds), asked)
        result = self.result(figures, first, asked.seeds, time.process_time() - began)
        print(json.dumps(result, indent=2) if asked.json else "\n".join(rows(result)))
        return 1 if missed(result) else 0

    def result(self, figures: Figures, first: int, seeds: int, seconds: float) -> dict[str, Any]:
        """Everything that was found, for a file."""
        sure = {name: value for name, value in figures.items() if isinstance(value, Figure)}
        return {
            "seeds": [first, first + seeds - 1],
            "processor_seconds": round(seconds),
            "figures": {name: round(float(value), 4) for name, value in figures.items()},
            "intervals": {name: [round(value.low, 4), round(value.high, 4)] for name, value in sure.items()},
            "at_least": dict(self.goals),
            "at_most": dict(self.limits),
        }


def missed(result: Mapping[str, Any]) -> list[str]:
    """The names of the figures that are on the wrong side of their goal."""
    figures = result["figures"]
    low = [name for name, goal in result["at_least"].items() if figures[name] < goal]
    return low + [name for name, goal in result["at_most"].items() if figures[name] > goal]


def rows(result: Mapping[str, Any]) -> list[str]:
    """The table, in Markdown, and what it rests on."""
    wrong = missed(result)
    lines = ["| figure | value | 95 % interval | goal | |", "| --- | ---: | --- | ---: | --- |"]
    for name, value in result["figures"].items():
        low, high = result["at_least"].get(name), result["at_most"].get(name)
        goal = _goal(low, high)
        met = "" if not goal else "**missed**" if name in wrong else "met"
        sure = result["intervals"].get(name)
        between = f"{shown(sure[0])} to {shown(sure[1])}" if sure else ""
        lines.append(f"| {name.replace('_', ' ')} | {shown(value)} | {between} | {goal} | {met} |")
    first, last = result["seeds"]
    return [*lines, "", f"Seeds {first} to {last}; {result['processor_seconds']:,} s of processor time."]


def _goal(low: float | None, high: float | None) -> str:
    if low is None:
        return "" if high is None else f"≤ {high:g}"
    return f"≥ {low:g}" if high is None else f"{low:g} to {high:g}"


def shown(value: float) -> str:
    """Counts as they are; shares to the hundredth, what is larger to the tenth."""
    if float(value).is_integer() and abs(value) > 1:
        return f"{value:,.0f}"
    return (
        f"{value:,.1f}" if abs(value) >= 10 else f"{value:.2f}" if abs(value) >= 0.01 or not value else f"{value:.4f}"
    )


# --- how sure a figure is ----------------------------------------------------------------------------------------------


def share(outcomes: Iterable[bool]) -> Figure:
    """How often something came out true, one for each run."""
    return ratio((float(one), 1.0) for one in outcomes)


def mean(values: Iterable[float]) -> Figure:
    """The mean of one value for each run."""
    return ratio((value, 1.0) for value in values)


def ratio(runs: Iterable[tuple[float, float]]) -> Figure:
    """The sum of the first values over that of the second; 1 where there is nothing to divide by.

    The interval is from runs drawn anew, each as a whole, for what is in one run goes together (bootstrap; Efron 1979).
    Where a share is all or nothing, drawing anew shows no doubt; then it is what so many runs leave open (Clopper and
    Pearson 1934).
    """
    known = list(runs)
    value = _divided(known)
    if value in (0.0, 1.0) and all(part in (0.0, whole) for part, whole in known):
        bound = 0.025 ** (1 / max(1, sum(1 for _, whole in known if whole)))
        return Figure(value, bound if value else 0.0, 1.0 if value else 1 - bound)
    draw = random.Random(0)
    found = sorted(_divided(draw.choices(known, k=len(known))) for _ in range(REPLICATES))
    outside = int(REPLICATES * 0.025)
    return Figure(value, found[outside], found[-1 - outside])


def _divided(runs: Sequence[tuple[float, float]]) -> float:
    whole = sum(one for _, one in runs)
    return sum(one for one, _ in runs) / whole if whole else 1.0
