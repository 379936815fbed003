"""A pilot beside its control: worked by hand, and the error rates that make looking every day safe."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from procession.analytics.pilot import BURN_IN, Arm, Effect, PilotCase, compare, radius

SINCE = datetime(2026, 6, 1, tzinfo=UTC)
HORIZON = timedelta(days=60)
LATER = SINCE + timedelta(days=400)


def made(
    count: int, days: float, arm: Arm, *, scatter: float = 0.0, seed: int = 0, begin: datetime = SINCE
) -> list[PilotCase]:
    """Cases a day apart, of that many days each, log-normally scattered."""
    draw = random.Random(seed)
    return [
        PilotCase(
            begin=(starts := begin + timedelta(hours=8 * number)),
            end=starts + timedelta(days=days * math.exp(draw.gauss(0, scatter))),
            arm=arm,
        )
        for number in range(count)
    ]


def judged(*groups: list[PilotCase], randomised: bool = True, now: datetime = LATER) -> Effect:
    cases = [one for group in groups for one in group]
    return compare(cases, since=SINCE, now=now, horizon=HORIZON, randomised=randomised)


def test_the_radius_is_that_of_the_published_formula() -> None:
    # rho² for 200 cases and 5 %: (-2 ln .05 + ln(-2 ln .05 + 1)) / 200 = 0.039677
    assert math.isclose(radius(200, 1.0), math.sqrt(2 * 8.9354 / (40_000 * 0.039677) * 4.09073), rel_tol=1e-3)
    assert radius(800, 1.0) < radius(200, 1.0) < radius(50, 1.0)


def test_a_shorter_cycle_works_and_is_told_as_a_ratio() -> None:
    found = judged(made(200, 8, "pilot", scatter=0.3, seed=1), made(200, 10, "control", scatter=0.3, seed=2))
    assert found.verdict == "works"
    assert found.change is not None and math.isclose(found.change, -0.2, abs_tol=0.05)
    assert found.low is not None and found.high is not None and found.low < found.change < found.high < 0


def test_a_longer_cycle_is_worse() -> None:
    found = judged(made(200, 15, "pilot", scatter=0.3, seed=1), made(200, 10, "control", scatter=0.3, seed=2))
    assert found.verdict == "worse"


def test_nothing_is_said_before_twenty_cases_an_arm() -> None:
    found = judged(made(BURN_IN - 3, 1, "pilot"), made(100, 10, "control"))
    assert (found.verdict, found.change, found.needed) == ("too early", None, 3)


def test_what_does_not_show_yet_says_how_many_cases_it_takes() -> None:
    found = judged(made(40, 9, "pilot", scatter=0.8, seed=1), made(40, 10, "control", scatter=0.8, seed=2))
    assert found.verdict == "no difference yet"
    assert found.needed is None or found.needed > 0


def test_a_case_that_is_still_open_counts_as_long_as_it_is_followed() -> None:
    """Leaving open cases out would make the arm whose cases never end the quicker one."""
    stuck = [PilotCase(begin=one.begin, end=None, arm="pilot") for one in made(60, 1, "pilot")]
    found = judged(made(60, 5, "pilot", scatter=0.1) + stuck, made(120, 10, "control", scatter=0.1))
    assert found.pilot == 120
    assert found.pilot_typical is not None and found.control_typical is not None
    assert found.pilot_typical > found.control_typical


def test_a_case_counts_once_the_horizon_has_passed() -> None:
    early = judged(made(90, 5, "pilot"), made(90, 5, "control"), now=SINCE + HORIZON + timedelta(days=10))
    assert (early.pilot, early.control) == (31, 31)  # three a day, from the first to the tenth day


def test_what_was_expected_takes_scatter_out() -> None:
    draw = random.Random(3)

    def cases(arm: Arm, days: float) -> Iterator[PilotCase]:
        for number in range(80):
            size = draw.gauss(0, 1.0)
            begin = SINCE + timedelta(hours=8 * number)
            took = timedelta(days=days * math.exp(size + draw.gauss(0, 0.1)))
            yield PilotCase(begin=begin, end=begin + took, arm=arm, expected=size)

    both = [*cases("pilot", 0.8), *cases("control", 1.0)]
    with_it = compare(both, since=SINCE, now=LATER, horizon=timedelta(days=365), randomised=True)
    without = [PilotCase(begin=one.begin, end=one.end, arm=one.arm) for one in both]
    plain = compare(without, since=SINCE, now=LATER, horizon=timedelta(days=365), randomised=True)
    assert with_it.low is not None and with_it.high is not None and plain.low is not None and plain.high is not None
    assert (with_it.high - with_it.low) * 3 < plain.high - plain.low
    assert with_it.verdict == "works"


# --- where nobody drew lots -------------------------------------------------------------------------------------------

BEFORE = SINCE - timedelta(days=70)


def drifting(effect: float, seed: int) -> Effect:
    """Ours and others over twenty weeks in which everything gets quicker by half; ours by `effect` more."""
    draw = random.Random(seed)
    cases: list[PilotCase] = []
    for number in range(840):
        begin = BEFORE + timedelta(hours=4 * number)
        arm: Arm = "pilot" if draw.random() < 0.4 else "control"
        days = 10 * 0.5 ** (number / 840) * (1.3 if arm == "pilot" else 1.0) * math.exp(draw.gauss(0, 0.5))
        days *= effect if arm == "pilot" and begin >= SINCE else 1.0
        cases.append(PilotCase(begin=begin, end=begin + timedelta(days=days), arm=arm))
    return judged(cases, randomised=False)


def test_what_everybody_gains_is_no_effect_of_the_change() -> None:
    found = [drifting(1.0, seed) for seed in range(20)]
    assert all(one.design == "compared with others" for one in found)
    assert sum(one.verdict != "no difference yet" for one in found) <= 1


def test_a_change_of_ours_alone_shows_against_the_others() -> None:
    found = drifting(0.6, 1)
    assert found.verdict == "works"
    assert found.change is not None and math.isclose(found.change, -0.4, abs_tol=0.12)


def test_before_and_after_is_no_evidence() -> None:
    found = judged(made(100, 10, "pilot", begin=BEFORE), made(100, 5, "pilot"), randomised=False)
    assert (found.design, found.verdict, found.low, found.high) == ("not evidence", "no difference yet", None, None)
    assert found.change is not None and math.isclose(found.change, -0.5, abs_tol=0.01)


# --- looking every day ------------------------------------------------------------------------------------------------


def looked_at(effect: float, runs: int, cases: int = 600, deviation: float = 0.9) -> float:
    """How often a pilot whose every case is looked at shows a difference, in that many made-up pilots.

    The same arithmetic as `compare`, over all looks at once, so that thousands of pilots take seconds.
    """
    draw = np.random.default_rng(11)
    places = np.arange(1, cases + 1)
    widths = np.array([radius(int(place), 1.0) for place in places])
    shown = 0
    for _ in range(runs):
        arm = draw.random(cases) < 0.5
        outcome = draw.normal(0, deviation, cases) + arm * math.log1p(effect)
        count, variance, means = [], [], []
        for member in (arm, ~arm):
            n = np.maximum(np.cumsum(member), 2)
            total, squares = np.cumsum(outcome * member), np.cumsum(outcome**2 * member)
            count.append(np.cumsum(member))
            means.append(total / n)
            variance.append((squares - total**2 / n) / (n - 1) / n)
        spoken = (count[0] >= BURN_IN) & (count[1] >= BURN_IN)
        around = widths * np.sqrt(places * (variance[0] + variance[1]))
        shown += bool((spoken & (np.abs(means[0] - means[1]) > around)).any())
    return shown / runs


@pytest.mark.parametrize(("effect", "least", "most"), [(0.0, 0.0, 0.05), (-0.22, 0.70, 1.0), (-0.39, 0.99, 1.0)])
def test_looking_after_every_case_raises_no_false_alarm(effect: float, least: float, most: float) -> None:
    assert least <= looked_at(effect, 1_000) <= most


def test_the_fast_arithmetic_of_this_test_is_that_of_the_comparison() -> None:
    ours, theirs = made(60, 8, "pilot", scatter=0.4, seed=5), made(60, 10, "control", scatter=0.4, seed=6)
    found = judged(ours, theirs)
    logs = [[math.log((one.end - one.begin).total_seconds()) for one in group if one.end] for group in (ours, theirs)]
    spread = sum(float(np.var(group, ddof=1)) / len(group) for group in logs)
    around = radius(120, 1.0) * math.sqrt(120 * spread)
    difference = float(np.mean(logs[0]) - np.mean(logs[1]))
    assert found.low is not None and found.high is not None
    assert found.low >= math.expm1(difference - around)
    # The widest that a look after every case leaves: no look is wider than the last, and none is left out.
    assert math.isclose(found.high, min(looks_at(ours, theirs)), rel_tol=1e-9)


def looks_at(ours: list[PilotCase], theirs: list[PilotCase]) -> Iterator[float]:
    """The upper end that each look by itself would give, after each case."""
    both = sorted([*ours, *theirs], key=lambda one: (one.begin, one.arm))
    for last in range(2 * BURN_IN, len(both) + 1):
        logs = [
            [math.log((one.end - one.begin).total_seconds()) for one in both[:last] if one.end and one.arm == arm]
            for arm in ("pilot", "control")
        ]
        if min(len(group) for group in logs) >= BURN_IN:
            spread = sum(float(np.var(group, ddof=1)) / len(group) for group in logs)
            around = radius(last, 1.0) * math.sqrt(last * spread)
            yield math.expm1(float(np.mean(logs[0]) - np.mean(logs[1])) + around)


def test_what_an_earlier_look_left_out_stays_out() -> None:
    """A clear effect in the first 200 cases; then 100 cases in which the change is a little slower than before."""
    ours = made(100, 7, "pilot", scatter=0.5, seed=1)
    theirs = made(100, 10, "control", scatter=0.5, seed=2)
    first = judged(ours, theirs)
    later = SINCE + timedelta(days=60)
    more = judged(
        ours, theirs, made(50, 9, "pilot", scatter=2.0, seed=3, begin=later),
        made(50, 10, "control", scatter=2.0, seed=4, begin=later),
    )  # fmt: skip
    assert first.low is not None and more.low is not None and first.high is not None and more.high is not None
    assert first.verdict == more.verdict == "works"
    assert first.low <= more.low <= more.high <= first.high


def test_looks_that_contradict_each_other_leave_the_last_one() -> None:
    """A change that halves the cycle at first and doubles it later: no one effect fits both."""
    later = SINCE + timedelta(days=60)
    found = judged(
        made(150, 5, "pilot", scatter=0.1, seed=1), made(150, 10, "control", scatter=0.1, seed=2),
        made(500, 20, "pilot", scatter=0.1, seed=3, begin=later), made(500, 10, "control", scatter=0.1, seed=4, begin=later),
    )  # fmt: skip
    assert found.low is not None and found.high is not None
    assert found.low <= (found.change or 0.0) <= found.high
    assert found.verdict == "worse"
