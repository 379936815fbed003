"""A model fitted to a log, and whether it behaves as the log does: only then may it say what a change would do.

Work, ways, handoffs and arrivals are measured. How long work lies before somebody turns to it is what neither busy
people nor closed hours explain (`waiting.decompose`); queues and calendars make the rest anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from importlib import import_module
from typing import Any, Final

import numpy as np

from procession.analytics.log import ProcessLog
from procession.analytics.simulation.comparing import interval
from procession.analytics.simulation.distributions import Distribution, Empirical, survived
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import Figures
from procession.analytics.simulation.from_log import FEWEST, arrivals_from_log, at_once_from_log, figures_from_log
from procession.analytics.simulation.laying import Ground
from procession.analytics.simulation.prepare import Ints, Limit
from procession.analytics.simulation.run import Progress, simulate
from procession.analytics.table_of_log import NEVER, table_of
from procession.analytics.waiting.causes import EXTRANEOUS, Cause
from procession.analytics.waiting.decompose import decompose
from procession.analytics.waiting.hours import recorded

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


def fit(log: ProcessLog, ground: Ground, *, seed: int = 0, progress: Progress | None = None) -> Fit:
    """Measure the log and hold the model against it. Raises `SimulationError` for fewer than `FEWEST_CASES` cases."""
    if len(log.cases) < FEWEST_CASES:
        raise SimulationError(f"{len(log.cases)} finished cases are too few to fit a model to",
                              f"it needs {FEWEST_CASES}")  # fmt: skip
    figures = measured(log)
    fitted = replace(
        ground, arrivals=arrivals_from_log(log), begin=_begin(log),
        figures=replace(figures, people=ground.figures.people, order=ground.figures.order),
    )  # fmt: skip
    return Fit(fitted, calibrate(log, fitted, seed=seed, progress=progress))


def measured(log: ProcessLog) -> Figures:
    """The figures of a log, with how long work lies for no reason of people or hours."""
    figures, at_once = figures_from_log(log), at_once_from_log(log)
    return replace(figures, wait={**figures.wait, **_lying(log, at_once)}, at_once=at_once)


def _begin(log: ProcessLog) -> datetime:
    """The Monday before the first case: what happens in certain weeks only does so in the simulation."""
    first = min(case.begin for case in log.cases).astimezone(UTC)
    return datetime(first.year, first.month, first.day, tzinfo=UTC) - timedelta(days=first.weekday())


def _lying(log: ProcessLog, at_once: Mapping[str, int]) -> dict[str, Distribution]:
    """Of each step: seconds that each visit lay, beyond its handoff. Who has several things under way at once did not
    let it lie for being busy."""
    table = table_of(log)
    found = decompose(table, recorded(table, log.calendar, log.calendars))
    unexplained: Ints = found.waits[:, [*EXTRANEOUS, Cause.BATCHING]].sum(axis=1)
    several = np.array([name in at_once for name in table.resource_names] + [False])[table.resource]
    unexplained = unexplained + several * found.waits[:, [Cause.CONTENTION, Cause.PRIORITISATION]].sum(axis=1)
    opened: Ints = np.array(table.traits["first_opened"], dtype=np.int64)
    over = np.array([bool(one) for one in table.traits["handoff"]])
    looked = np.clip(np.where(opened == NEVER, table.ready, opened) - table.ready, 0, None)
    lay: Ints = np.where(over, np.maximum(unexplained - looked, 0), unexplained)
    by_step: dict[str, list[float]] = defaultdict(list)
    seconds: list[float] = (lay / 1e6).tolist()
    timers = _ended_by_timers(log)
    for row, place in enumerate(table.traits["place"]):
        if not table.traits["outside"][row] and (table.case[row], table.traits["id"][row]) not in timers:
            by_step[str(place)].append(seconds[row])
    cut = _cut_short(log)
    return {
        place: survived(values, cut[place]) if place in cut else Empirical(tuple(values))
        for place, values in by_step.items()
        if len(values) >= FEWEST
    }


def _ended_by_timers(log: ProcessLog) -> set[tuple[int, str]]:
    """States that nobody acted in: how long they lay says nothing of people."""
    return {
        (number, one.id)
        for number, case in enumerate(log.cases)
        for one in case.instances
        if one.kind == "state" and one.outcome is None
    }


def _cut_short(log: ProcessLog) -> Mapping[str, list[float]]:
    """Of each step: how long what was called off had lain until then, in seconds of working time. Leaving it out would
    make those who answer look faster than they are: of a quorum only the first few are seen."""
    found: dict[str, list[float]] = defaultdict(list)
    for case in log.cases:
        for one in case.called_off:
            if one.started is None and not one.is_outside:
                lain = log.calendar_of(one).working_between(one.ready, one.ended)
                found[one.site.key].append(lain.total_seconds())
    return found


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
