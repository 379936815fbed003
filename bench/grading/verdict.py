"""The verdict by strength of what is planted (G3).

    python -m bench.grading.verdict [--json] [--seeds N]

Six workflows of six steps, 300 cases; a fault in one workflow, or one of the process, at strengths 1, 3, 6 and 10 (a step
3.6 times as slow for each unit), or none (`tests.analytics.grade`). *Even*: every planted step took an hour before;
*varied*: it may have been short, so that its delay is a small part of the cycle. Wrong is a verdict that names the other
kind; of a healthy process, one that names any. *Brier* is the mean square by which the confidence misses whether the
leaning is right, over the faults of strength 3 and more (0 is best, and .25 what a coin gets). Limits were chosen on seeds
1000 to 1119.
"""

from __future__ import annotations

from argparse import Namespace
from typing import Final

from bench.grading.running import Figures, Grader, mean, ratio, share
from procession.analytics.verdict import Verdict, judge
from tests.analytics.grade import Fault, Sizes, planted

GOALS: Final = {
    "even_precision_3": 0.95, "even_recall_3": 0.9, "even_recall_6": 0.98,
    "varied_precision_3": 0.95, "varied_recall_3": 0.9, "varied_recall_6": 0.98,
}  # fmt: skip
LIMITS: Final = {"even_false_alarm": 0.02, "varied_false_alarm": 0.02}
FAULTS: Final[tuple[Fault, ...]] = ("workflow", "process")
SIZES: Final[tuple[Sizes, ...]] = ("even", "varied")
NAMING: Final = ("workflow", "process", "target")
"""The verdicts that name a problem."""


def measure(drawn: range, asked: Namespace) -> Figures:
    """Precision and recall of what is spoken."""
    figures: Figures = {"runs_of_each": len(drawn)}
    for sizes in SIZES:
        leanings: list[float] = []
        for strength in (1, 3, 6, 10):
            found = [(fault, judge(planted(fault, strength, seed, sizes))) for seed in drawn for fault in FAULTS]
            spoken = [(fault, verdict) for fault, verdict in found if verdict.kind in NAMING]
            figures[f"{sizes}_precision_{strength}"] = ratio((float(v.kind == fault), 1.0) for fault, v in spoken)
            figures[f"{sizes}_recall_{strength}"] = share(verdict.kind == fault for fault, verdict in found)
            if strength >= 3:
                leanings += [miss(fault, verdict) for fault, verdict in found]
        healthy = [judge(planted("healthy", 0, seed, sizes)) for seed in drawn]
        figures[f"{sizes}_false_alarm"] = share(verdict.kind in NAMING for verdict in healthy)
        figures[f"{sizes}_brier"] = mean(leanings)
    return figures


def miss(fault: Fault, verdict: Verdict) -> float:
    """The square by which the confidence in the leaning misses whether it is right."""
    return (verdict.confidence - float(verdict.leaning == fault)) ** 2


GRADER: Final = Grader(about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=25)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
