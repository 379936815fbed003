"""The verdict by strength of what is planted (G3).

    python -m bench.grading.verdict [--json] [--seeds N]

Six workflows of six steps, 300 cases; a fault in one workflow, or one of the process, at strengths 1, 3, 6 and 10 (a step
3.6 times as slow for each unit), or none (`tests.analytics.grade`). *Even*: every planted step took an hour before;
*varied*: it may have been short, so that its delay is a small part of the cycle. Wrong is a verdict that names the other
kind; of a healthy process, one that names any. Seeds from 5000 on, to which no limit was fitted.
"""

from __future__ import annotations

from typing import Final

from bench.grading.running import Figures, grader
from tests.analytics.grade import Fault, Sizes, table

GOALS: Final = {
    "even_precision_3": 0.95, "even_recall_3": 0.9, "even_recall_6": 0.98,
    "varied_precision_3": 0.95, "varied_recall_3": 0.9, "varied_recall_6": 0.98,
}  # fmt: skip
LIMITS: Final = {"even_false_alarm": 0.02, "varied_false_alarm": 0.02}
SEEDS: Final = 50
FAULTS: Final[tuple[Fault, ...]] = ("workflow", "process")
SIZES: Final[tuple[Sizes, ...]] = ("even", "varied")


def measure(seeds: int) -> Figures:
    """Precision and recall of what is spoken."""
    figures: Figures = {"runs_of_each": seeds}
    drawn = range(5000, 5000 + seeds)
    for sizes in SIZES:
        for strength in (1, 3, 6, 10):
            cells = [table(fault, strength, drawn, sizes) for fault in FAULTS]
            right, wrong = (sum(cell[grade] for cell in cells) for grade in ("right", "wrong"))
            figures[f"{sizes}_precision_{strength}"] = right / max(1, right + wrong)
            figures[f"{sizes}_recall_{strength}"] = right / (2 * seeds)
        healthy = [verdict_of_healthy(seed, sizes) for seed in drawn]
        figures[f"{sizes}_false_alarm"] = sum(healthy) / seeds
    return figures


def verdict_of_healthy(seed: int, sizes: Sizes) -> bool:
    """Whether a healthy process is called a problem."""
    return table("healthy", 0, [seed], sizes)["wrong"] > 0


if __name__ == "__main__":
    raise SystemExit(grader(measure, GOALS, LIMITS, SEEDS, __doc__))
