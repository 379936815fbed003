"""Pilots that are looked at every day (G6): false alarms and power, and how a drift fools a mere before and after.

    python -m bench.grading.pilots [--json] [--seeds N]

600 cases in two arms, thirty a day; the logarithm of a cycle scatters by .9. Looked at once a day, and counted as soon as any
look says that it works or is worse. *Drifting weeks*: both arms share a weekly level that follows itself (.6), and people
were chosen rather than drawn, so that the change of theirs is held against that of others. Before and after alone is never
called evidence; what it would have said is given beside (a t test at 5 %). Seeds from 5000 on.
"""

from __future__ import annotations

import math
import random
import statistics
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.grading.running import Figures, grader
from procession.analytics.pilot import Arm, PilotCase, compare

GOALS: Final = {"power_at_22_percent": 0.7}
LIMITS: Final = {"false_alarm_any_look": 0.05, "false_alarm_drifting_weeks": 0.075}
SEEDS: Final = 150
CASES, A_DAY, SPREAD = 600, 30, 0.9
BEGIN: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
HORIZON: Final = timedelta(days=40)
DAYS: Final = 3 * 86_400.0


def randomised(effect: float, seed: int) -> bool:
    """Whether any look at a pilot with this effect (of the logarithm) claims one."""
    draw = random.Random(f"pilot {effect} {seed}")
    cases: list[PilotCase] = []
    for n in range(CASES):
        arm: Arm = "pilot" if draw.random() < 0.5 else "control"
        begin = BEGIN + timedelta(days=n / A_DAY)
        took = DAYS * math.exp(draw.gauss(effect if arm == "pilot" else 0.0, SPREAD))
        cases.append(PilotCase(begin=begin, end=begin + timedelta(seconds=took), arm=arm))
    last = HORIZON.days + CASES // A_DAY
    looks = range(HORIZON.days + 1, last + 2)
    return any(
        compare(cases, since=BEGIN, now=BEGIN + timedelta(days=day), horizon=HORIZON, randomised=True).verdict
        in ("works", "worse")
        for day in looks
    )


def drifting(seed: int) -> tuple[bool, bool]:
    """A change that does nothing, in drifting weeks: whether the comparison with others and before and after claim one."""
    draw = random.Random(f"drift {seed}")
    level, cases = 0.0, list[PilotCase]()
    before: list[float] = []
    after: list[float] = []
    since = BEGIN + timedelta(weeks=12)
    for week in range(24):
        level = 0.6 * level + draw.gauss(0, 0.3)
        for n in range(30):
            arm: Arm = "pilot" if n % 2 else "control"
            begin = BEGIN + timedelta(weeks=week, hours=n)
            logarithm = draw.gauss(level, SPREAD)
            end = begin + timedelta(seconds=DAYS * math.exp(logarithm))
            cases.append(PilotCase(begin=begin, end=end, arm=arm))
            if arm == "pilot":
                (before if week < 12 else after).append(logarithm)
    now = BEGIN + timedelta(weeks=24) + HORIZON
    effect = compare(cases, since=since, now=now, horizon=HORIZON, randomised=False, seed=seed)
    error = math.sqrt(statistics.variance(before) / len(before) + statistics.variance(after) / len(after))
    naive = abs(statistics.fmean(after) - statistics.fmean(before)) > 1.96 * error
    return effect.verdict in ("works", "worse"), naive


def measure(seeds: int) -> Figures:
    """Shares of pilots that claim an effect."""
    drawn = range(5000, 5000 + seeds)
    drifted = [drifting(seed) for seed in drawn]
    return {
        "pilots_of_each": seeds,
        "false_alarm_any_look": sum(randomised(0.0, seed) for seed in drawn) / seeds,
        "power_at_14_percent": sum(randomised(math.log(0.86), seed) for seed in drawn) / seeds,
        "power_at_22_percent": sum(randomised(math.log(0.78), seed) for seed in drawn) / seeds,
        "power_at_30_percent": sum(randomised(math.log(0.70), seed) for seed in drawn) / seeds,
        "false_alarm_drifting_weeks": sum(one for one, _ in drifted) / seeds,
        "false_alarm_of_before_and_after": sum(naive for _, naive in drifted) / seeds,
    }


if __name__ == "__main__":
    raise SystemExit(grader(measure, GOALS, LIMITS, SEEDS, __doc__))
