"""Pilots that are looked at every day (G6): false alarms and power, and how a drift fools a mere before and after.

    python -m bench.grading.pilots [--json] [--seeds N]

600 cases in two arms, thirty a day; the logarithm of a cycle scatters by .9. Looked at once a day, and counted as soon as any
look says that it works or is worse. *Drifting weeks*: both arms share a weekly level that follows itself (.6), and people
were chosen rather than drawn, so that the change of theirs is held against that of others. Before and after alone is never
called evidence; what it would have said is given beside (a t test at 5 %). There, *any look* is one a week from the fourth on.
*With what was expected*: half of the scatter of a logarithm is known beforehand from the case.
"""

from __future__ import annotations

import math
import random
import statistics
from argparse import Namespace
from datetime import UTC, datetime, timedelta
from typing import Final

from bench.grading.running import Figures, Grader, share
from procession.analytics.pilot import Arm, PilotCase, compare

GOALS: Final = {"power_at_22_percent": 0.7}
LIMITS: Final = {
    "false_alarm_any_look": 0.05, "false_alarm_drifting_weeks": 0.05, "false_alarm_drifting_weeks_any_look": 0.05,
}  # fmt: skip
CASES, A_DAY, SPREAD = 600, 30, 0.9
BEGIN: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
HORIZON: Final = timedelta(days=40)
DAYS: Final = 3 * 86_400.0


def randomised(effect: float, seed: int, known: float = 0.0) -> bool:
    """Whether any look at a pilot with this effect (of the logarithm) claims one.

    Args:
        known: the share of the variance that is known beforehand.
    """
    draw = random.Random(f"pilot {effect} {seed}")
    cases: list[PilotCase] = []
    for n in range(CASES):
        arm: Arm = "pilot" if draw.random() < 0.5 else "control"
        begin = BEGIN + timedelta(days=n / A_DAY)
        expected = draw.gauss(0.0, SPREAD * math.sqrt(known)) if known else 0.0
        logarithm = draw.gauss(effect if arm == "pilot" else 0.0, SPREAD * math.sqrt(1 - known)) + expected
        took = DAYS * math.exp(logarithm)
        cases.append(PilotCase(begin=begin, end=begin + timedelta(seconds=took), arm=arm, expected=expected))
    last = HORIZON.days + CASES // A_DAY
    looks = range(HORIZON.days + 1, last + 2)
    return any(
        compare(cases, since=BEGIN, now=BEGIN + timedelta(days=day), horizon=HORIZON, randomised=True).verdict
        in ("works", "worse")
        for day in looks
    )


def drifting(seed: int) -> tuple[bool, bool, bool]:
    """A change that does nothing, in drifting weeks: whether the comparison with others at the end, at any weekly look,
    and before and after alone claim one."""
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
    claims = [
        compare(cases, since=since, now=since + timedelta(weeks=week) + HORIZON, horizon=HORIZON, randomised=False, seed=seed)
        .verdict in ("works", "worse")
        for week in range(4, 13)
    ]  # fmt: skip
    error = math.sqrt(statistics.variance(before) / len(before) + statistics.variance(after) / len(after))
    naive = abs(statistics.fmean(after) - statistics.fmean(before)) > 1.96 * error
    return claims[-1], any(claims), naive


def measure(drawn: range, asked: Namespace) -> Figures:
    """Shares of pilots that claim an effect."""
    drifted = [drifting(seed) for seed in drawn]

    def found(quicker: float, known: float = 0.0) -> float:
        return share(randomised(math.log(1 - quicker), seed, known) for seed in drawn)

    return {
        "pilots_of_each": len(drawn),
        "false_alarm_any_look": found(0.0),
        "power_at_14_percent": found(0.14),
        "power_at_22_percent": found(0.22),
        "power_at_30_percent": found(0.30),
        "power_at_22_percent_with_what_was_expected": found(0.22, 0.5),
        "false_alarm_with_what_was_expected": found(0.0, 0.5),
        "false_alarm_drifting_weeks": share(one for one, _, _ in drifted),
        "false_alarm_drifting_weeks_any_look": share(one for _, one, _ in drifted),
        "false_alarm_of_before_and_after": share(one for _, _, one in drifted),
    }


GRADER: Final = Grader(about=__doc__, measure=measure, goals=GOALS, limits=LIMITS, seeds=150)

if __name__ == "__main__":
    raise SystemExit(GRADER.main())
