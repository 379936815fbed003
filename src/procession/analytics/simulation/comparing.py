"""Two scenarios side by side: the same cases and the same chance in each run, and how sure the difference is.

Run number i of both takes seed + i. All chance is drawn by case and step before anything happens, so both meet the same
cases with the same work (common random numbers), and the differences of the pairs scatter far less than the runs do.
Intervals are Student's t over the runs, 95 %. They hold chance alone; what is assumed stays assumed.

Where figures are measured, another log of as many cases would have given others. `Noise` draws such figures (a bootstrap of
the cases) and runs both scenarios once with each. What these differences scatter beyond what runs with the same figures
do is what the log leaves open; it is added to the interval.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.model import Model
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import Progress, simulate
from procession.analytics.simulation.summary import Summary, summarise

CONFIDENCE = 0.95
RUNS = 10
"""Runs of each scenario where nothing else is said: enough for an interval, few enough to wait for."""
DRAWS = 50
"""Other figures that are drawn from a log."""
FEWEST_DRAWS = 10
FEWEST_RUNS = 3
"""Runs below which there is no interval worth the name."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over runs, and where it lies with 95 % confidence."""

    mean: float
    low: float
    high: float

    @property
    def is_sure(self) -> bool:
        """Whether it is surely above or surely below zero."""
        return self.low > 0 or self.high < 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One scenario over all runs. Times are seconds, nights and weekends included."""

    cases: int
    """Of all runs together."""
    cycle: Estimate
    """The mean time of a case."""
    cycle_85: Estimate
    """Under which 85 of 100 cases stay."""
    done_per_week: Estimate
    use: dict[str, float]
    """By group: work as a share of working hours, the mean over the runs."""
    people: dict[str, int]
    """By group: how many."""
    first: Summary
    """The first run, with where it waits and why."""


@dataclass(frozen=True, slots=True)
class Noise:
    """Both scenarios with figures that another log might have given."""

    models: Callable[[int], tuple[Model, Model]]
    """By number: before, changed."""
    is_enough: Callable[[int], bool] = lambda drawn: False
    """Told after each how many there are: whether to stop before `DRAWS`. With few the interval is wide, below
    `FEWEST_DRAWS` too wide to be of use."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """A scenario against another; differences are changed minus before."""

    runs: int
    draws: int = 0
    """How many other figures were drawn from the log; 0: the interval holds chance alone."""
    before: Side
    changed: Side
    cycle: Estimate
    cycle_85: Estimate
    done_per_week: Estimate


def interval(values: Sequence[float]) -> Estimate:
    """The mean of some runs with its 95 % interval; of one run, the run."""
    mean = statistics.fmean(values)
    if len(values) < 2:
        return Estimate(mean, mean, mean)
    from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    half = float(stdtrit(len(values) - 1, (1 + CONFIDENCE) / 2)) * statistics.stdev(values) / math.sqrt(len(values))
    return Estimate(mean, mean - half, mean + half)


def repeat(model: Model, limit: Limit, *, seed: int, runs: int, progress: Progress | None = None) -> list[Summary]:
    """The figures of runs with the seeds `seed`, `seed + 1` and so on. Raises `SimulationError`."""
    found: list[Summary] = []
    for number in range(runs):
        if progress is not None and limit.cases is not None:
            progress(number * limit.cases, runs * limit.cases)
        found.append(summarise(simulate(model, limit, seed=seed + number, progress=_counting(progress, number, runs))))
    return found


def compare(
    before: Model, changed: Model, limit: Limit, *, seed: int = 0, runs: int = RUNS, progress: Progress | None = None,
    noise: Noise | None = None,
) -> Comparison:  # fmt: skip
    """Run both and compare them pair by pair. Raises `SimulationError`, also for fewer runs than make an interval."""
    if runs < FEWEST_RUNS:
        raise SimulationError(f"{runs} runs make no interval", f"take at least {FEWEST_RUNS}")
    halves = [_half(progress, number) for number in range(2)]
    first = repeat(before, limit, seed=seed, runs=runs, progress=halves[0])
    second = repeat(changed, limit, seed=seed, runs=runs, progress=halves[1])
    pairs = list(zip(first, second, strict=True))
    others = [] if noise is None else _others(noise, limit, seed, progress)

    def difference(figure: Callable[[Summary], float]) -> Estimate:
        own = [figure(b) - figure(a) for a, b in pairs]
        return widened(own, [figure(b) - figure(a) for a, b in others])

    return Comparison(
        runs=runs, draws=len(others), before=side(first), changed=side(second),
        cycle=difference(lambda one: one.cycle_mean), cycle_85=difference(lambda one: one.cycle[85]),
        done_per_week=difference(lambda one: one.done_per_week),
    )  # fmt: skip


def _others(noise: Noise, limit: Limit, seed: int, progress: Progress | None) -> list[tuple[Summary, Summary]]:
    """Both scenarios with each of the other figures, in one run each."""
    found: list[tuple[Summary, Summary]] = []
    for number in range(DRAWS):
        before, changed = noise.models(number)
        own = seed + number
        found.append((summarise(simulate(before, limit, seed=own, progress=progress)),
                      summarise(simulate(changed, limit, seed=own, progress=progress))))  # fmt: skip
        if len(found) >= 2 and noise.is_enough(len(found)):
            break
    return found


def widened(own: Sequence[float], others: Sequence[float]) -> Estimate:
    """The mean of runs with the measured figures, and an interval for chance and for what the log leaves open.

    The variance of `others` (one run with each of the other figures) is that of chance and of the figures; the first is
    known from `own`. Without others it is chance alone.
    """
    if len(others) < 2:
        return interval(own)
    from scipy.special import stdtrit  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    mean, chance = statistics.fmean(own), statistics.variance(own)
    figures = max(0.0, statistics.variance(others) - chance)
    half = float(stdtrit(len(others) - 1, (1 + CONFIDENCE) / 2)) * math.sqrt(figures + chance / len(own))
    least = interval(own)
    half = max(half, least.high - mean)
    return Estimate(mean, mean - half, mean + half)


def side(runs: Sequence[Summary]) -> Side:
    """The runs of one scenario in one."""
    groups = {one.group: one.people for one in runs[0].groups}
    return Side(
        cases=sum(one.cases for one in runs), cycle=interval([one.cycle_mean for one in runs]),
        cycle_85=interval([one.cycle[85] for one in runs]),
        done_per_week=interval([one.done_per_week for one in runs]),
        use={name: statistics.fmean(g.use for one in runs for g in one.groups if g.group == name) for name in groups},
        people=groups, first=runs[0],
    )  # fmt: skip


def _counting(progress: Progress | None, number: int, runs: int) -> Progress | None:
    """Progress over all runs, from progress in one."""
    if progress is None:
        return None
    told: Callable[[int, int], None] = progress
    return lambda done, of: told(number * of + done, runs * of)


def _half(progress: Progress | None, number: int) -> Progress | None:
    if progress is None:
        return None
    told: Callable[[int, int], None] = progress
    return lambda done, of: told(number * of + done, 2 * of)
