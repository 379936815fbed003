"""A run in figures: how much came through, how long it took, who was busy, where it waited and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from procession.analytics.simulation.causes import Cause
from procession.analytics.simulation.hours import SECOND, Hours
from procession.analytics.simulation.prepare import Ints
from procession.analytics.simulation.result import SimulatedLog

WEEK = 7 * 86400 * SECOND
OVERLOADED = 0.95
"""Use of people from which on queues hardly empty: waiting then says more about how long was simulated."""

PERCENTILES = (50, 85, 95)


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupUse:
    """How busy the people of one queue were."""

    group: str
    people: int
    use: float
    """Work done as a share of their working hours, in all their queues together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """Time on the critical path of cases at one step, with one cause."""

    place: str
    title: str
    cause: Cause
    per_case: float
    """Seconds, over all cases."""
    share: float
    """Of the cycle."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """Figures of one run. Times are seconds, nights and weekends included."""

    cases: int
    tasks: int
    weeks: float
    """From the beginning to the last arrival."""
    arrived_per_week: float
    done_per_week: float
    """Cases that ended before the last arrival."""
    cycle_mean: float
    cycle: dict[int, float]
    """By percentile."""
    outcomes: dict[str, float]
    """Shares."""
    groups: tuple[GroupUse, ...]
    """Busiest first."""
    causes: dict[Cause, float]
    """How the cycle divides, in seconds per case: work, and every reason for waiting."""
    waiting: tuple[Waiting, ...]
    """Longest first; work is not among it."""


def summarise(log: SimulatedLog) -> Summary:
    """The figures of a run."""
    cases, until = log.cases, int(log.plan.arrived[-1])
    span = max(until, 1) / WEEK
    cycles = log.cycles / SECOND
    names, counts = np.unique(np.array(log.outcomes), return_counts=True)
    totals = log.partition.sum(axis=0) / SECOND / cases
    return Summary(
        cases=cases, tasks=len(log.columns.case), weeks=span, arrived_per_week=cases / span,
        done_per_week=int((log.columns.ended <= until).sum()) / span, cycle_mean=float(cycles.mean()),
        cycle={one: float(np.percentile(cycles, one)) for one in PERCENTILES},
        outcomes={str(name): int(count) / cases for name, count in zip(names, counts, strict=True)},
        groups=tuple(sorted(_groups(log, until), key=lambda one: (-one.use, one.group))),
        causes={cause: float(totals[cause]) for cause in Cause if totals[cause] > 0},
        waiting=tuple(sorted(_waiting(log), key=lambda one: (-one.per_case, one.place, one.cause))),
    )  # fmt: skip


def _groups(log: SimulatedLog, until: int) -> list[GroupUse]:
    use = [_use(log, person, until) for person in range(len(log.plan.model.people))]
    return [
        GroupUse(
            group=queue.name, people=len(queue.members), use=sum(use[p] for p in queue.members) / len(queue.members)
        )
        for queue in log.plan.queues
        if len(queue.members) > 1 or queue.name not in {q.name for q in log.plan.queues if len(q.members) > 1}
    ]


def _use(log: SimulatedLog, person: int, until: int) -> float:
    """The share of somebody's hours, up to the last arrival, in which they worked."""
    hours = log.plan.hours[log.plan.hours_of_person[person]]
    c = log.columns
    own = np.flatnonzero((c.person == person) & (c.started >= 0) & (c.started < until))
    there = hours.worked(until) * log.plan.model.people[person].at_once
    done = worked(hours, np.minimum(c.completed[own], until)) - worked(hours, c.started[own])
    return float(done.sum()) / there if there else 0.0


def worked(hours: Hours, at: Ints) -> Ints:
    """Working time from the beginning to each of these moments."""
    opens, closes = np.array(hours.opens, dtype=np.int64), np.array(hours.closes, dtype=np.int64)
    done = np.array(hours.done, dtype=np.int64)
    place = np.minimum(np.searchsorted(closes, at, side="right"), len(closes) - 1)
    return done[place] - (closes[place] - np.clip(at, opens[place], closes[place]))


def _waiting(log: SimulatedLog) -> list[Waiting]:
    total = float(log.cycles.sum()) or 1.0
    by_node = np.zeros((len(log.places), len(Cause)), dtype=np.int64)
    np.add.at(by_node, log.columns.node[log.on_path], log.by_cause[log.on_path])
    by_place: dict[tuple[str, str, Cause], int] = {}
    for node, cause in np.argwhere(by_node):
        place = log.places[int(node)]
        if place is not None and cause != Cause.WORK:
            key = (place.key, place.title or place.key, Cause(cause))
            by_place[key] = by_place.get(key, 0) + int(by_node[node, cause])
    return [
        Waiting(place=key[0], title=key[1], cause=key[2], per_case=time / SECOND / log.cases, share=time / total)
        for key, time in by_place.items()
    ]
