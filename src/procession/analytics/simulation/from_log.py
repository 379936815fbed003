"""Figures measured in a log: how often cases come, how long work takes, what follows what.

Waiting is not taken from the log: queues, calendars and handoffs make it anew in the simulation. Only how long a
handoff lies until somebody looks is, for no queue explains that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import timedelta

from procession.analytics.log import MACHINE_KINDS, ActivityInstance, ProcessLog
from procession.analytics.simulation.arrivals import Arrivals, Poisson
from procession.analytics.simulation.distributions import Distribution, Empirical
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import Figures

FEWEST = 5
"""Visits of a step below which its work is not measured."""
MOSTLY_OPEN = 0.9
"""Share of cases that begin inside working hours from which on arrivals keep to them."""


def figures_from_log(log: ProcessLog) -> Figures:
    """What a log says of steps: their work, which step came next, and how long handoffs lay."""
    work: dict[str, list[float]] = defaultdict(list)
    lag: dict[str, list[float]] = defaultdict(list)
    visited: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    follows: dict[str, Counter[str]] = defaultdict(Counter)
    ended: dict[str, Counter[str]] = defaultdict(Counter)
    for case in log.cases:
        by_id = case.by_id()
        parts.update({instance.part for instance in case.instances})
        visited.update({_key(instance) for instance in case.instances})
        nexts = dict.fromkeys(by_id, "")
        for instance in case.instances:
            if instance.outcome is not None:
                ended[_key(instance)][instance.outcome] += 1
            spent = _work(instance, log)
            if spent is not None:
                work[_key(instance)].append(spent)
            if instance.handoff is not None and instance.first_opened is not None:
                looked = min(instance.first_opened, instance.ended)
                lag[instance.handoff].append(_between(log, instance, looked - instance.ready))
            for releaser in instance.releasers:
                if by_id[releaser].part == instance.part:
                    nexts[releaser] = instance.step
        for name, step in nexts.items():
            follows[_key(by_id[name])][step] += 1
    return Figures(
        work=_measured(work), wait=_measured(lag), follows=follows, ended=ended,
        happens={key: count / parts[key.partition("/")[0]] for key, count in visited.items()},
    )  # fmt: skip


def arrivals_from_log(log: ProcessLog, calendar: str = "standard") -> Arrivals:
    """How often cases came, on average. Raises `SimulationError` for fewer than two cases."""
    begins = sorted(case.begin for case in log.cases)
    if len(begins) < 2 or begins[0] == begins[-1]:
        raise SimulationError("the log has too few cases to tell how often they come", "say it, such as 12 per week")
    gaps = len(begins) - 1
    inside = sum(log.calendar.is_working(begin) for begin in begins) / len(begins)
    if inside >= MOSTLY_OPEN:
        hours = log.calendar.working_between(begins[0], begins[-1]) / timedelta(hours=1)
        return Poisson(gaps / hours, calendar)
    return Poisson(gaps / ((begins[-1] - begins[0]) / timedelta(hours=1)))


def _key(instance: ActivityInstance) -> str:
    return f"{instance.part}/{instance.step}"


def _work(instance: ActivityInstance, log: ProcessLog) -> float | None:
    """Seconds of work; None where the log does not know when it began."""
    if instance.is_outside:
        return (instance.ended - instance.ready).total_seconds()
    if instance.kind in MACHINE_KINDS:
        return (instance.ended - (instance.started or instance.ready)).total_seconds()
    if instance.started is None:
        return None
    return log.calendar_of(instance).working_between(instance.started, instance.ended).total_seconds()


def _between(log: ProcessLog, instance: ActivityInstance, span: timedelta) -> float:
    return max(0.0, log.calendar_of(instance).working_between(instance.ready, instance.ready + span).total_seconds())


def _measured(values: dict[str, list[float]]) -> dict[str, Distribution]:
    return {key: Empirical(tuple(found)) for key, found in values.items() if len(found) >= FEWEST}
