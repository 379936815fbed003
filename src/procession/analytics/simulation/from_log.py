"""Figures measured in a log: how often cases come, how long work takes, what follows what.

Waiting is not taken from the log: queues, calendars and handoffs make it anew in the simulation. Only how long a
handoff lies until somebody looks is, for no queue explains that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from procession.analytics.log import MACHINE_KINDS, ActivityInstance, ProcessCase, ProcessLog
from procession.analytics.simulation.arrivals import Arrivals, Replayed
from procession.analytics.simulation.distributions import Distribution, Empirical
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import VISITS, Figures, Source

OFFICE_HOURS = 0.95
"""Share of an outsider's answers inside working hours from which on they answer then only."""
FEWEST = 5
"""Visits of a step below which its work is not measured."""


def figures_from_log(log: ProcessLog) -> Figures:
    """What a log says of steps: their work, which step came next, and how long handoffs lay."""
    work: dict[str, list[float]] = defaultdict(list)
    lag: dict[str, list[float]] = defaultdict(list)
    visited: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    follows: dict[str, Counter[str]] = defaultdict(Counter)
    ended: dict[str, Counter[str]] = defaultdict(Counter)
    in_hours = _in_hours(log)
    for case in log.cases:
        by_id = case.by_id()
        parts.update({instance.part for instance in case.instances})
        visited.update({_key(instance) for instance in case.instances})
        nexts = dict.fromkeys(by_id, "")
        for instance in case.instances:
            if instance.outcome is not None:
                ended[_key(instance)][instance.outcome] += 1
            by_timer = instance.kind == "state" and instance.outcome is None
            spent = None if by_timer else _work(instance, log, in_hours)
            if spent is not None:
                work[_key(instance)].append(spent)
            if instance.handoff is not None and instance.first_opened is not None and not instance.is_outside:
                looked = min(instance.first_opened, instance.ended)
                lag[instance.handoff].append(_between(log, instance, looked - instance.ready))
            for releaser in instance.releasers:
                if by_id[releaser].part == instance.part:
                    nexts[releaser] = instance.step
        for name, step in nexts.items():
            follows[_key(by_id[name])][step] += 1
    turns = _Turns(log.cases)
    for key, timers in turns.timers.items():
        ended[key].update(timers)
    return Figures(
        work=_measured(work), wait=_measured(lag), follows=follows, ended=ended, branches=turns.branches,
        happens={**{key: count / parts[key.partition("/")[0]] for key, count in visited.items()}, **turns.done(log.cases)},
        handings=turns.handings, in_hours=in_hours,
    )  # fmt: skip


class _Turns:
    """The turns that cases took, counted."""

    def __init__(self, cases: Iterable[ProcessCase]) -> None:
        self.came: Counter[str] = Counter()
        self.passed: Counter[str] = Counter()
        self.branches: dict[str, Counter[str]] = {}
        self.timers: dict[str, Counter[str]] = {}
        self.handings: dict[Source, Counter[frozenset[str]]] = {}
        for case in cases:
            for what, place, name in case.ways:
                if what == "came":
                    self.came[place] += 1
                elif what == "passed over":
                    self.passed[place] += 1
                else:
                    of = self.branches if what == "branch" else self.timers
                    of.setdefault(place, Counter())[name] += 1
            for member, outcome, milestone, handoffs in case.handings:
                self.handings.setdefault((member, outcome, milestone), Counter())[handoffs] += 1
        for place, counts in self.branches.items():
            counts[VISITS] = self.came[place]

    def done(self, cases: Iterable[ProcessCase]) -> Mapping[str, float]:
        """Of each step that was passed over at times: the share of times that it was not."""
        visits = Counter(_key(one) for case in cases for one in case.instances)
        found: dict[str, float] = {}
        for place, passed in self.passed.items():
            done = self.came[place] or visits[place]
            found[place] = done / (done + passed)
        return found


def arrivals_from_log(log: ProcessLog) -> Arrivals:
    """Cases come as they came. Raises `SimulationError` for fewer than two cases."""
    begins = sorted(case.begin for case in log.cases)
    if len(begins) < 2 or begins[0] == begins[-1]:
        raise SimulationError("the log has too few cases to tell how often they come", "say it, such as 12 per week")
    return Replayed(tuple(begins), ZoneInfo(log.calendar.zone))


def at_once_from_log(log: ProcessLog) -> dict[str, int]:
    """How many tasks each person has under way at the same time, where it is more than one.

    Who takes up something new beside what they have does not make it wait. Counted at each beginning; the most that
    nineteen of twenty beginnings stay under, so that a forgotten task does not count.
    """
    moments: dict[str, list[tuple[datetime, int]]] = defaultdict(list)
    for case in log.cases:
        for one in case.instances:
            if one.resource is not None and one.started is not None and not one.is_outside:
                moments[one.resource] += [(one.started, 1), (one.ended, -1)]
    found: dict[str, int] = {}
    for person, own in moments.items():
        held, counts = 0, list[int]()
        for _, change in sorted(own):
            held += change
            if change > 0:
                counts.append(held)
        counts.sort()
        if (most := counts[int(0.95 * (len(counts) - 1))]) > 1:
            found[person] = most
    return found


def _key(instance: ActivityInstance) -> str:
    return f"{instance.part}/{instance.step}"


def _in_hours(log: ProcessLog) -> frozenset[str]:
    """Steps of outsiders that end in our working hours only, as with people of other offices."""
    ends: dict[str, list[bool]] = defaultdict(list)
    for case in log.cases:
        for one in case.instances:
            if one.is_outside and not one.fixed_end:
                ends[_key(one)].append(log.calendar.is_working(one.ended))
    return frozenset(
        key for key, inside in ends.items() if len(inside) >= FEWEST and sum(inside) >= OFFICE_HOURS * len(inside)
    )


def _work(instance: ActivityInstance, log: ProcessLog, in_hours: frozenset[str]) -> float | None:
    """Seconds of work; None where the log does not know when it began."""
    if instance.is_outside and _key(instance) in in_hours:
        return log.calendar.working_between(instance.ready, instance.ended).total_seconds()
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
