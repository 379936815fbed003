"""Figures measured in a log: how often cases come, how long work takes, what follows what.

Waiting is not taken from the log: queues, calendars and handoffs make it anew in the simulation. Only how long a
handoff lies until somebody looks is, for no queue explains that.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from procession.analytics.log import MACHINE_KINDS, ActivityInstance, ProcessCase, ProcessLog
from procession.analytics.simulation.arrivals import Arrivals, Replayed
from procession.analytics.simulation.distributions import Distribution, Empirical, survived
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import VISITS, Figures, Source
from procession.analytics.ways import Handing, Way

OFFICE_HOURS = 0.95
"""Share of an outsider's answers inside working hours from which on they answer then only."""
FEWEST = 5
"""Visits of a step below which its work is not measured."""


@dataclass(slots=True)
class Seen:
    """What one case shows, so that cases can be counted together in any choice of them."""

    work: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    lag: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    """How long handoffs lay."""
    lay: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    """How long steps lay, for no reason of people or hours."""
    longest: list[float] = field(default_factory=list[float])
    """Of each in `lay`: how long it can have lain at most, if nothing but that made it wait."""
    cut: list[tuple[str, float]] = field(default_factory=list[tuple[str, float]])
    """How long steps had lain that were called off."""
    visits: list[str] = field(default_factory=list[str])
    follows: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    ended: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    ways: tuple[Way, ...] = ()
    handings: tuple[Handing, ...] = ()


def figures_from_log(log: ProcessLog) -> Figures:
    """What a log says of steps: their work, which step came next, and how long handoffs lay."""
    in_hours = in_hours_from_log(log)
    return figures_of(seen_in(log, in_hours), in_hours)


def seen_in(log: ProcessLog, in_hours: frozenset[str]) -> list[Seen]:
    """What each finished case shows, in order; `lay` and `cut` stay empty."""
    return [_seen_in(case, log, in_hours) for case in log.cases]


def _seen_in(case: ProcessCase, log: ProcessLog, in_hours: frozenset[str]) -> Seen:
    by_id = case.by_id()
    found = Seen(ways=case.ways, handings=case.handings, visits=[_key(one) for one in case.instances])
    nexts = dict.fromkeys(by_id, "")
    for instance in case.instances:
        key = _key(instance)
        if instance.outcome is not None:
            found.ended.append((key, instance.outcome))
        by_timer = instance.kind == "state" and instance.outcome is None
        spent = None if by_timer else _work(instance, log, in_hours)
        if spent is not None:
            found.work.append((key, spent))
        if instance.handoff is not None and instance.first_opened is not None and not instance.is_outside:
            looked = min(instance.first_opened, instance.ended)
            found.lag.append((instance.handoff, _between(log, instance, looked - instance.ready)))
        for releaser in instance.releasers:
            if by_id[releaser].part == instance.part:
                nexts[releaser] = instance.step
    found.follows = [(_key(by_id[name]), step) for name, step in nexts.items()]
    return found


def figures_of(cases: Sequence[Seen], in_hours: frozenset[str] = frozenset()) -> Figures:
    """The figures of these cases together; one that is named twice counts twice."""
    work, lag, lay, cut = (_grouped(getattr(one, name) for one in cases) for name in ("work", "lag", "lay", "cut"))
    follows, ended = _counted(one.follows for one in cases), _counted(one.ended for one in cases)
    visits = Counter(key for one in cases for key in one.visits)
    parts = Counter(part for one in cases for part in {key.partition("/")[0] for key in one.visits})
    turns = _Turns(cases)
    for key, timers in turns.timers.items():
        ended[key].update(timers)
    waits = {key: survived(own, cut[key]) for key, own in lay.items() if key in cut and len(own) >= FEWEST}
    return Figures(
        work=_measured(work), wait={**_measured(lag), **_measured(lay), **waits}, follows=follows, ended=ended,
        branches=turns.branches, handings=turns.handings, in_hours=in_hours,
        happens={**{key: count / parts[key.partition("/")[0]] for key, count in visits.items()}, **turns.done(visits)},
    )  # fmt: skip


def _grouped(pairs: Iterable[list[tuple[str, float]]]) -> dict[str, list[float]]:
    found: dict[str, list[float]] = defaultdict(list)
    for own in pairs:
        for key, value in own:
            found[key].append(value)
    return dict(found)


def _counted(pairs: Iterable[list[tuple[str, str]]]) -> dict[str, Counter[str]]:
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for own in pairs:
        for key, value in own:
            found[key][value] += 1
    return found


class _Turns:
    """The turns that cases took, counted."""

    def __init__(self, cases: Iterable[Seen]) -> None:
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

    def done(self, visits: Mapping[str, int]) -> Mapping[str, float]:
        """Of each step that was passed over at times: the share of times that it was not."""
        found: dict[str, float] = {}
        for place, passed in self.passed.items():
            done = self.came[place] or visits.get(place, 0)
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


def in_hours_from_log(log: ProcessLog) -> frozenset[str]:
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
