"""Did the change work: a pilot beside its control, compared so that one may look every day.

The outcome of a case is the logarithm of its cycle time, so that an effect is a ratio. A case counts once the horizon has
passed since its beginning; what is open then counts as the horizon. So no case is left out because it takes long.

Where chance decided who takes part, the difference of the two means comes with an asymptotic confidence sequence
(Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024; Robbins' normal mixture), which holds at all looks together:

    radius = s · sqrt(2 (n ρ² + 1) / (n² ρ²) · ln(sqrt(n ρ² + 1) / α)),   s² = n (s₁²/n₁ + s₀²/n₀),   n = n₁ + n₀

with ρ tuned for 200 cases and nothing said before 20 cases an arm. Where people or sites were chosen instead, the change
of theirs is compared with that of all others over the same weeks (difference in differences), with an interval by
drawing whole weeks. Without any others it is before and after, which is no evidence: it finds an improvement in every second
change that does nothing.
"""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Arm = Literal["pilot", "control"]
Design = Literal["randomised", "compared with others", "not evidence"]
Verdict = Literal["too early", "works", "no difference yet", "worse"]

ALPHA = 0.05
BURN_IN = 20
"""Cases an arm before anything is said."""
TUNED_FOR = 200
REPLICATES = 400
FEWEST_WEEKS = 4
"""On each side of the beginning, for a comparison of weeks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PilotCase:
    """A case as the comparison sees it."""

    begin: datetime
    end: datetime | None
    """None: still open."""
    arm: Arm
    """Of a case before the beginning: the arm it would have been in."""
    expected: float = 0.0
    """What was known of its length at its beginning (the logarithm of a forecast, or nothing): takes scatter out of the
    comparison (CUPED; Deng, Xu, Kohavi, Walker 2013). It must not depend on the arm."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Effect:
    """How much longer or shorter cases take with the change. Fractions: -0.2 is a fifth less."""

    design: Design
    verdict: Verdict
    pilot: int
    """Cases of the pilot that count."""
    control: int
    change: float | None
    """None before anything may be said."""
    low: float | None
    high: float | None
    pilot_typical: float | None
    """The geometric mean of the cycle, in seconds."""
    control_typical: float | None
    needed: int | None
    """About how many more cases until an effect of this size would show; None where it shows, or there is none to show."""


def rho_squared(cases: int = TUNED_FOR, alpha: float = ALPHA) -> float:
    """The mixture's parameter that makes the radius smallest at so many cases."""
    level = -2 * math.log(alpha)
    return (level + math.log(level + 1)) / cases


def radius(cases: int, deviation: float, *, alpha: float = ALPHA, tuned_for: int = TUNED_FOR) -> float:
    """Half the width of the confidence sequence at so many cases."""
    rho2 = rho_squared(tuned_for, alpha)
    grown = cases * rho2 + 1
    return deviation * math.sqrt(2 * grown / (cases * cases * rho2) * math.log(math.sqrt(grown) / alpha))


def compare(
    cases: Sequence[PilotCase],
    *,
    since: datetime,
    now: datetime,
    horizon: timedelta,
    randomised: bool,
    alpha: float = ALPHA,
    seed: int = 0,
) -> Effect:
    """The effect of a pilot that began at `since`.

    Args:
        cases: those of both arms, before the beginning too where nobody drew lots.
        horizon: how long a case is followed; fixed before the pilot, such as the time that 95 of 100 earlier cases took.
        randomised: chance decided which case takes part.
    """
    counted = [one for one in cases if one.begin + horizon <= now]
    ours = [one for one in counted if one.begin >= since and one.arm == "pilot"]
    theirs = [one for one in counted if one.begin >= since and one.arm == "control"]
    if randomised:
        return _sequence(ours, theirs, horizon, alpha)
    before = [one for one in counted if one.begin < since]
    if theirs and any(one.arm == "control" for one in before):
        return _differences(ours, theirs, before, since, horizon, alpha, seed)
    return _before_and_after(ours, [one for one in before if one.arm == "pilot"], horizon)


def _outcome(case: PilotCase, horizon: timedelta) -> float:
    took = horizon if case.end is None else min(case.end - case.begin, horizon)
    return math.log(max(took.total_seconds(), 1.0))


def _adjusted(cases: Sequence[PilotCase], horizon: timedelta) -> list[float]:
    """Outcomes with what was expected taken out, as far as the two go together (CUPED)."""
    outcomes = [_outcome(one, horizon) for one in cases]
    expected = [one.expected for one in cases]
    if len(cases) < 2 * BURN_IN or statistics.pvariance(expected) == 0:
        return outcomes
    slope = statistics.covariance(expected, outcomes) / statistics.variance(expected)
    middle = statistics.fmean(expected)
    return [outcome - slope * (x - middle) for outcome, x in zip(outcomes, expected, strict=True)]


def _sequence(ours: list[PilotCase], theirs: list[PilotCase], horizon: timedelta, alpha: float) -> Effect:
    adjusted = _adjusted([*ours, *theirs], horizon)
    first, second = adjusted[: len(ours)], adjusted[len(ours) :]
    if min(len(first), len(second)) < BURN_IN:
        return _early("randomised", ours, theirs, horizon, BURN_IN - min(len(first), len(second)))
    count = len(first) + len(second)
    spread = statistics.variance(first) / len(first) + statistics.variance(second) / len(second)
    deviation = math.sqrt(count * spread)
    difference = statistics.fmean(first) - statistics.fmean(second)
    around = radius(count, deviation, alpha=alpha)
    needed = _cases_for(abs(difference), deviation, alpha)
    return _said("randomised", ours, theirs, horizon, difference, around, around, needed and max(needed - count, 1))


def _cases_for(difference: float, deviation: float, alpha: float) -> int | None:
    """With how many cases a difference of that size would lie outside the sequence; None beyond a hundred thousand."""
    low, high = 2 * BURN_IN, 100_000
    if difference <= 0 or radius(high, deviation, alpha=alpha) >= difference:
        return None
    while low < high:
        middle = (low + high) // 2
        if radius(middle, deviation, alpha=alpha) < difference:
            high = middle
        else:
            low = middle + 1
    return low


# --- where nobody drew lots -------------------------------------------------------------------------------------------


def _differences(
    ours: list[PilotCase],
    theirs: list[PilotCase],
    before: list[PilotCase],
    since: datetime,
    horizon: timedelta,
    alpha: float,
    seed: int,
) -> Effect:
    design: Design = "compared with others"
    weeks: dict[tuple[bool, int], tuple[list[float], list[float]]] = {}
    for one in (*ours, *theirs, *before):
        block = (one.begin >= since, (one.begin - since) // timedelta(weeks=1))
        weeks.setdefault(block, ([], []))[one.arm == "control"].append(_outcome(one, horizon))
    sides = [[arms for (after, _), arms in sorted(weeks.items()) if after == side] for side in (False, True)]
    short = FEWEST_WEEKS - min(len(side) for side in sides)
    few = BURN_IN - min(len(ours), len(theirs))
    found = _change(sides[0], sides[1])
    if short > 0 or few > 0 or found is None:
        return _early(design, ours, theirs, horizon, max(few, 1))
    draw = random.Random(seed)
    drawn = [
        change
        for _ in range(REPLICATES)
        if (change := _change(*([draw.choice(side) for _ in side] for side in sides))) is not None
    ]
    ordered = sorted(drawn)
    outside = int(len(ordered) * alpha / 2)
    low, high = ordered[outside], ordered[-1 - outside]
    return _said(design, ours, theirs, horizon, found, found - low, high - found, None)


Week = tuple[list[float], list[float]]


def _change(before: Sequence[Week], after: Sequence[Week]) -> float | None:
    """(ours after - ours before) - (theirs after - theirs before); None where one of the four is empty."""
    means: list[float] = []
    for side in (before, after):
        for arm in (0, 1):
            values = [value for week in side for value in week[arm]]
            if not values:
                return None
            means.append(statistics.fmean(values))
    ours_before, theirs_before, ours_after, theirs_after = means
    return (ours_after - ours_before) - (theirs_after - theirs_before)


def _before_and_after(ours: list[PilotCase], before: list[PilotCase], horizon: timedelta) -> Effect:
    """The two means, and no interval: nothing tells the change from everything else that changed."""
    change = None
    if min(len(ours), len(before)) >= BURN_IN:
        change = _mean(ours, horizon) - _mean(before, horizon)
    return Effect(
        design="not evidence", verdict="too early" if change is None else "no difference yet", pilot=len(ours),
        control=len(before), change=None if change is None else math.expm1(change), low=None, high=None,
        pilot_typical=_typical(ours, horizon), control_typical=_typical(before, horizon), needed=None,
    )  # fmt: skip


# --- saying it --------------------------------------------------------------------------------------------------------


def _mean(cases: Sequence[PilotCase], horizon: timedelta) -> float:
    return statistics.fmean(_outcome(one, horizon) for one in cases)


def _typical(cases: Sequence[PilotCase], horizon: timedelta) -> float | None:
    return math.exp(_mean(cases, horizon)) if cases else None


def _early(design: Design, ours: list[PilotCase], theirs: list[PilotCase], horizon: timedelta, needed: int) -> Effect:
    return Effect(
        design=design, verdict="too early", pilot=len(ours), control=len(theirs), change=None, low=None, high=None,
        pilot_typical=_typical(ours, horizon), control_typical=_typical(theirs, horizon), needed=needed,
    )  # fmt: skip


def _said(
    design: Design,
    ours: list[PilotCase],
    theirs: list[PilotCase],
    horizon: timedelta,
    difference: float,
    below: float,
    above: float,
    needed: int | None,
) -> Effect:
    low, high = math.expm1(difference - below), math.expm1(difference + above)
    verdict: Verdict = "works" if high < 0 else "worse" if low > 0 else "no difference yet"
    return Effect(
        design=design, verdict=verdict, pilot=len(ours), control=len(theirs), change=math.expm1(difference),
        low=low, high=high, pilot_typical=_typical(ours, horizon), control_typical=_typical(theirs, horizon),
        needed=needed if verdict == "no difference yet" else None,
    )  # fmt: skip
