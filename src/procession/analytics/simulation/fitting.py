"""A model fitted to a log, and whether it behaves as the log does: only then may it say what a change would do.

Work, ways, handoffs and arrivals are measured. How long work lies before somebody turns to it is what neither busy
people nor closed hours explain (`waiting.decompose`); queues and calendars make the rest anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Final

import numpy as np

from procession.analytics.log import ProcessLog
from procession.analytics.simulation.arrivals import Replayed
from procession.analytics.simulation.comparing import interval
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.from_log import (
    Seen,
    arrivals_from_log,
    at_once_from_log,
    figures_of,
    in_hours_from_log,
    seen_in,
)
from procession.analytics.simulation.laying import Ground
from procession.analytics.simulation.lying import adjust, see_lying
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import Progress, simulate

FEWEST_CASES: Final = 20
"""Finished cases below which nothing is fitted."""
FAR: Final = 0.15
"""How far simulated and observed cycle times may lie apart: the 1-Wasserstein distance as a share of the observed mean."""
RUNS: Final = 5
MOST: Final = 400
"""Cases of each run that the model is held against the log with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """The log beside the model. Times are seconds, nights and weekends included."""

    cases: int
    """Finished cases that it was fitted to."""
    observed: float
    """Their mean time."""
    simulated: float
    low: float
    high: float
    """Between which the mean of as many simulated cases lies, 95 of 100 times."""
    distance: float
    """The 1-Wasserstein distance of the cycle times, as a share of the observed mean."""

    @property
    def is_good(self) -> bool:
        """Whether the model may speak."""
        return self.distance <= FAR and self.low <= self.observed <= self.high

    @property
    def sentence(self) -> str:
        """How well it fits."""
        far = f"{100 * self.distance:.0f} %"
        if self.is_good:
            return f"Simulated like this, the {self.cases} finished cases take as long as they did, within {far}."
        if self.distance > FAR:
            return (
                f"The model does not behave like the {self.cases} finished cases: their times differ by {far} of the "
                f"mean, and {100 * FAR:.0f} % is the most that it may say something with."
            )
        return (
            f"The model does not behave like the {self.cases} finished cases: their mean lies outside of what it gives."
        )


@dataclass(frozen=True, slots=True)
class Fit:
    """The ground with measured figures, and how well it fits."""

    ground: Ground
    calibration: Calibration
    seen: tuple[Seen, ...] = ()
    """What each case of the log shows."""
    other: tuple[Seen, ...] = ()
    """The same, with waits split otherwise between lying and queues, where that behaves like the log as well."""

    def resampled(self, number: int) -> Ground:
        """The ground as it would be measured in another log of as many cases: cases are drawn anew, each as often as
        chance has it, and so are the weeks in which they come. Where two ways to split waits fit, they take turns. The same
        number gives the same ground."""
        chance = np.random.Generator(np.random.PCG64(np.random.SeedSequence(number, spawn_key=(_RESAMPLED,))))
        drawn = chance.integers(0, len(self.seen), len(self.seen))
        known = self.ground.figures
        seen = self.other if self.other and number % 2 else self.seen
        again = figures_of([seen[int(place)] for place in drawn], known.in_hours)
        arrivals = self.ground.arrivals
        return replace(
            self.ground, arrivals=arrivals.resampled(chance) if isinstance(arrivals, Replayed) else arrivals,
            figures=replace(again, at_once=known.at_once, people=known.people, order=known.order),
        )  # fmt: skip


ROUNDS: Final = 5
"""How often lying is adjusted at most."""
_RESAMPLED, _ADJUSTED = 7_001, 70_000
"""Chance that nothing else takes."""


def fit(log: ProcessLog, ground: Ground, *, seed: int = 0, progress: Progress | None = None) -> Fit:
    """Measure the log and hold the model against it. Raises `SimulationError` for fewer than `FEWEST_CASES` cases."""
    if len(log.cases) < FEWEST_CASES:
        raise SimulationError(f"{len(log.cases)} finished cases are too few to fit a model to",
                              f"it needs {FEWEST_CASES}")  # fmt: skip
    in_hours, at_once = in_hours_from_log(log), at_once_from_log(log)
    seen = seen_in(log, in_hours)
    see_lying(log, at_once, seen)
    bare = replace(ground, arrivals=arrivals_from_log(log), begin=_begin(log))

    def as_seen(cases: Sequence[Seen]) -> Ground:
        figures = replace(
            figures_of(cases, in_hours), at_once=at_once, people=ground.figures.people, order=ground.figures.order
        )
        return replace(bare, figures=figures)

    def held(cases: Sequence[Seen]) -> Fit:
        made = as_seen(cases)
        return Fit(made, calibrate(log, made, seed=seed, progress=progress), tuple(cases))

    adjusted, limit = [replace(one) for one in seen], Limit(cases=min(MOST, len(log.cases)))
    changed = False
    for number in range(ROUNDS):
        own = seed + _ADJUSTED + number
        if not adjust(log, adjusted, as_seen(adjusted).model(), limit, seed=own, progress=progress):
            break
        changed = True
    if not changed:
        return held(seen)
    best, other = sorted(
        (held(seen), held(adjusted)), key=lambda one: (not one.calibration.is_good, one.calibration.distance)
    )
    return replace(best, other=other.seen) if other.calibration.is_good else best


def _begin(log: ProcessLog) -> datetime:
    """The Monday before the first case: what happens in certain weeks only does so in the simulation."""
    first = min(case.begin for case in log.cases).astimezone(UTC)
    return datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=first.weekday())


def calibrate(log: ProcessLog, ground: Ground, *, seed: int = 0, progress: Progress | None = None) -> Calibration:
    """Simulate as many cases as the log has, several times, and compare. Raises `SimulationError`."""
    observed = np.array([(case.end - case.begin).total_seconds() for case in log.cases])
    limit, model = Limit(cases=min(MOST, max(len(observed), FEWEST_CASES))), ground.model()
    runs: list[Any] = []
    for number in range(RUNS):
        if progress is not None:
            progress(number, RUNS)
        runs.append(simulate(model, limit, seed=seed + number, engine="loop", progress=progress).cycles / 1e6)
    means = [float(run.mean()) for run in runs]
    low, high = _band(means)
    return Calibration(
        cases=len(observed), observed=float(observed.mean()), simulated=float(np.mean(means)), low=low, high=high,
        distance=distance(observed, np.concatenate(runs)) / max(float(observed.mean()), 1e-9),
    )  # fmt: skip


def distance(one: Any, other: Any) -> float:
    """The 1-Wasserstein distance of two samples: how far, on average, times would have to move."""
    stats: Any = import_module("scipy.stats")
    return float(stats.wasserstein_distance(one, other))


def _band(means: Sequence[float]) -> tuple[float, float]:
    """Where the mean of one more run would lie, 95 of 100 times."""
    held = interval(means)
    half = (held.high - held.mean) * (len(means) + 1) ** 0.5
    return held.mean - half, held.mean + half
