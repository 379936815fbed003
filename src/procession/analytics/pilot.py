"""Did the change work: a pilot beside its control, compared so that one may look every day.

The outcome of a case is the logarithm of its cycle time, so that an effect is a ratio. A case counts once the horizon has
passed since its beginning; what is open then counts as the horizon. So no case is left out because it takes long.

Where chance decided who takes part, the difference of the two means comes with an asymptotic confidence sequence
(Waudby-Smith, Arbour, Sinha, Kennedy, Ramdas 2024; Robbins' normal mixture), which holds at all looks together:

    radius = s · sqrt(2 (n ρ² + 1) / (n² ρ²) · ln(sqrt(n ρ² + 1) / α)),   s² = n (s₁²/n₁ + s₀²/n₀),   n = n₁ + n₀

with ρ tuned for 200 cases and nothing said before 20 cases an arm. Because it holds at all looks, what any earlier look
left out stays out: the interval is what the sequence had in common after each case so far. So whoever looks once a week
learns as much as who looks after every case.

Where people or sites were chosen instead, the change of theirs is compared with that of all others over the same weeks
(difference in differences). Weeks scatter together, so that they are what is drawn to learn how far the difference
scatters (block bootstrap); the interval is Welch's t for so few weeks (Welch 1947). Each look errs only a fifth as often as
all of them may, so that looks once a week for half a year err about as often as allowed. Without any others it is before and
after, which is no evidence: it finds an improvement in every second change that does nothing.
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
A_LOOK = 0.2
"""The share of the allowed false alarms that one look at a comparison of weeks may cause. Half a year of weekly looks
together cause about all of them: 4 to 6 in 100, for 8 to 26 weeks before (simulated)."""
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


@dataclass(slots=True)
class _Sums:
    """What the means and scatter of one arm need, case by case: outcomes y and what was expected, x."""

    n: int = 0
    x: float = 0.0
    y: float = 0.0
    xx: float = 0.0
    xy: float = 0.0
    yy: float = 0.0

    def add(self, x: float, y: float) -> None:
        self.n += 1
        self.x += x
        self.y += y
        self.xx += x * x
        self.xy += x * y
        self.yy += y * y

    def both(self, other: _Sums) -> _Sums:
        return _Sums(
            self.n + other.n,
            self.x + other.x,
            self.y + other.y,
            self.xx + other.xx,
            self.xy + other.xy,
            self.yy + other.yy,
        )

    def slope(self) -> float:
        """How far the outcome goes with what was expected (CUPED)."""
        scatter = self.xx - self.x * self.x / self.n
        return (self.xy - self.x * self.y / self.n) / scatter if scatter > 1e-9 * self.n else 0.0

    def mean(self, slope: float) -> float:
        return (self.y - slope * self.x) / self.n

    def variance(self, slope: float) -> float:
        """Of the outcomes with what was expected taken out."""
        squares = self.yy - 2 * slope * self.xy + slope * slope * self.xx
        total = self.y - slope * self.x
        return max(squares - total * total / self.n, 0.0) / (self.n - 1)


def _sequence(ours: list[PilotCase], theirs: list[PilotCase], horizon: timedelta, alpha: float) -> Effect:
    if min(len(ours), len(theirs)) < BURN_IN:
        return _early("randomised", ours, theirs, horizon, BURN_IN - min(len(ours), len(theirs)))
    # About their means, so that the sums of squares keep their digits.
    both = [*ours, *theirs]
    outcomes = [_outcome(one, horizon) for one in both]
    middle, usual = statistics.fmean(outcomes), statistics.fmean(one.expected for one in both)
    arms: dict[Arm, _Sums] = {"pilot": _Sums(), "control": _Sums()}
    low, high = -math.inf, math.inf
    difference = around = deviation = 0.0
    for at in sorted(range(len(both)), key=lambda place: (both[place].begin, both[place].arm)):
        arms[both[at].arm].add(both[at].expected - usual, outcomes[at] - middle)
        first, second = arms["pilot"], arms["control"]
        if min(first.n, second.n) < BURN_IN:
            continue
        count, slope = first.n + second.n, first.both(second).slope()
        difference = first.mean(slope) - second.mean(slope)
        deviation = math.sqrt(count * (first.variance(slope) / first.n + second.variance(slope) / second.n))
        around = radius(count, deviation, alpha=alpha)
        low, high = max(low, difference - around), min(high, difference + around)
    if low > high:  # looks contradict each other: the effect did not stay the same, and the whole of it counts
        low, high = difference - around, difference + around
    estimate = min(max(difference, low), high)
    needed = _cases_for(abs(difference), deviation, alpha)
    said = needed and max(needed - len(both), 1)
    return _said("randomised", ours, theirs, horizon, estimate, estimate - low, high - estimate, said)


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
    weeks: dict[tuple[bool, int], _Week] = {}
    for one in (*ours, *theirs, *before):
        block = (one.begin >= since, (one.begin - since) // timedelta(weeks=1))
        weeks.setdefault(block, _Week()).add(one.arm, _outcome(one, horizon))
    sides = [[week for (after, _), week in sorted(weeks.items()) if after == side] for side in (False, True)]
    short = FEWEST_WEEKS - min(len(side) for side in sides)
    few = BURN_IN - min(len(ours), len(theirs))
    gaps = [_gap(side) for side in sides]
    if short > 0 or few > 0 or gaps[0] is None or gaps[1] is None:
        return _early(design, ours, theirs, horizon, max(few, 1))
    draw = random.Random(seed)
    # Weeks drawn from so few scatter too little by (k - 1) / k.
    scatter = [_scatter(side, draw) * len(side) / (len(side) - 1) for side in sides]
    found = gaps[1] - gaps[0]
    around = _welch(scatter, [len(side) - 1 for side in sides], alpha * A_LOOK) * math.sqrt(sum(scatter))
    return _said(design, ours, theirs, horizon, found, around, around, None)


@dataclass(slots=True)
class _Week:
    """The outcomes of one week, summed by arm."""

    pilot: float = 0.0
    control: float = 0.0
    pilots: int = 0
    controls: int = 0

    def add(self, arm: Arm, outcome: float) -> None:
        if arm == "pilot":
            self.pilot += outcome
            self.pilots += 1
        else:
            self.control += outcome
            self.controls += 1


def _gap(weeks: Sequence[_Week]) -> float | None:
    """By how much ours take longer than theirs in these weeks; None where there are none of one side."""
    ours, theirs = sum(one.pilots for one in weeks), sum(one.controls for one in weeks)
    if not ours or not theirs:
        return None
    return sum(one.pilot for one in weeks) / ours - sum(one.control for one in weeks) / theirs


def _scatter(weeks: Sequence[_Week], draw: random.Random) -> float:
    """The variance of that over weeks drawn anew."""
    drawn = (_gap(draw.choices(weeks, k=len(weeks))) for _ in range(REPLICATES))
    known = [one for one in drawn if one is not None]
    return statistics.variance(known) if len(known) > 1 else 0.0


def _welch(variances: Sequence[float], freedom: Sequence[int], level: float) -> float:
    """The two-sided quantile of Student's t for a difference of two means whose variances are so uncertain."""
    from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    squares = sum(one * one / free for one, free in zip(variances, freedom, strict=True))
    free = sum(variances) ** 2 / squares if squares else float(min(freedom))
    return float(stdtrit(free, 1 - level / 2))


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
