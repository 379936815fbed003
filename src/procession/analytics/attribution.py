"""What each step and handoff costs over all cases, on the critical path and beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from procession.analytics.critical_path import Phase, released_last, segments_of, tail
from procession.analytics.gates import Gate, gates_of
from procession.analytics.log import ActivityInstance, Evidence, ProcessCase, ProcessLog, Site
from procession.engine.calendar import WorkCalendar

QUICK, QUICKEST = 0.25, 0.05
"""The shares of visits that stay under a place's reference, and under what is possible there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteCost:
    """What one step or handoff costs over all cases. Times are seconds of working time."""

    site: Site
    title: str
    """What people call it."""
    departments: tuple[str, ...]
    """Who answers for it: one department for a step; both sides of a handoff, when they differ."""
    reference: float
    """What it should take: the recorded target, else the time that the fastest quarter of visits stays under."""
    has_target: bool
    quickest: float
    """What its quickest visits show to be possible: the recorded target, else the time that one visit in twenty stays
    under. A slow place holds up most of its visits, so that even its fastest quarter may have been held up."""
    visits: tuple[int, ...]
    """Per case: how often it happened."""
    spent: tuple[float, ...]
    """Per case: the time it took, on the critical path or beside it."""
    path_visits: tuple[int, ...]
    """Per case: how often it lay on the critical path."""
    path_spent: tuple[float, ...]
    """Per case: the time it took on the critical path."""
    path_planned: tuple[float, ...]
    """Per case: what of that was waiting for a date that the case itself names, such as an embargo; nobody lost it.
    Waiting for the next meeting or payment run is not among it."""
    covered: tuple[float, ...] = ()
    """Per case: what of that came before such a wait. Earlier there would have been longer at the date: the end stands.
    Empty: no case waited for a date of its own."""
    covered_visits: tuple[int, ...] = ()
    """Per case: how many visits that were."""
    gate: str = ""
    """Of a meeting, payment run or collection: when it opens, such as `every Thursday at 10:00`."""
    phases: Mapping[Phase, float] = field(default_factory=dict[Phase, float])
    """What the time on the critical path was spent on, over all cases."""
    unassigned: float = 0.0
    """The share of visits on the critical path that lay before a group: nobody was responsible before it was opened."""
    causes: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of a table whose waits are divided: the waiting on the critical path by cause (`waiting.causes.Cause`, by name),
    over all cases. Empty: not known."""
    longer: tuple[float, float] = (0.0, 0.0)
    """Of a table: by how much its waiting, and its work, is longer than in the quickest quarter of its visits on the critical
    path, in seconds a visit. Which of the two makes it slow."""
    unsure: float = 0.0
    """The share of its time on the critical path in visits whose beginning is inferred: it may be work or waiting."""

    @property
    def mean(self) -> float:
        """The mean time of a visit."""
        count = sum(self.visits)
        return sum(self.spent) / count if count else 0.0

    def excess(self) -> list[float]:
        """Per case: the time on the critical path beyond the reference (less than it counts against). What came before
        a date that the case waited for anyway is neither."""
        return self.beyond(self.reference)

    def beyond(self, reference: float) -> list[float]:
        """The same, beyond so many seconds a visit."""
        beyond = [
            spent - planned - reference * visits
            for spent, planned, visits in zip(self.path_spent, self.path_planned, self.path_visits, strict=True)
        ]
        if not self.covered:
            return beyond
        return [
            found - before + reference * visits
            for found, before, visits in zip(beyond, self.covered, self.covered_visits, strict=True)
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribution:
    """Where the time of a process's cases went, ready for the verdict and for Pareto."""

    process: str
    title: str
    cases: int
    cycles: tuple[float, ...]
    """Per case: the cycle in seconds of working time."""
    costs: tuple[SiteCost, ...]
    part_titles: Mapping[str, str]
    owners: Mapping[str, str]
    target: float | None = None
    """The goal for the cycle, in seconds of working time."""
    estimated: float = 0.0
    """The share of instances whose times are estimated rather than recorded."""
    day: float = 8 * 3600.0
    """Seconds in one working day of the organisation's calendar."""
    part_kind: str = "workflow"
    """What the parts are, as people call one: departments and teams stand for workflows in logs that name none."""

    @property
    def planned(self) -> list[float]:
        """Per case: how long it waited for dates that it names itself."""
        return [sum(of_case) for of_case in zip(*(cost.path_planned for cost in self.costs), strict=True)]

    @property
    def evidence(self) -> Evidence:
        """Recorded only when every instance was."""
        return "estimated" if self.estimated else "recorded"


class _Tally:
    """Collects one site's figures, case by case."""

    def __init__(self, cases: int) -> None:
        self.visits = [0] * cases
        self.spent = [0.0] * cases
        self.path_visits = [0] * cases
        self.path_spent = [0.0] * cases
        self.path_planned = [0.0] * cases
        self.covered = [0.0] * cases
        self.covered_visits = [0] * cases
        self.durations: list[float] = []
        self.phases: dict[Phase, float] = {}
        self.unassigned = 0
        self.titles: Counter[str] = Counter()
        self.departments: Counter[tuple[str, ...]] = Counter()


def attribute(log: ProcessLog) -> Attribution:
    """Measure every step and handoff over all finished cases, on the critical path and beside it."""
    tallies: dict[Site, _Tally] = {}
    cycles: list[float] = []
    gates = gates_of(log)
    for index, case in enumerate(log.cases):
        by_id = case.by_id()
        walked = released_last(case, by_id)
        on_path = {instance.id for instance in walked}
        covered = _covered(walked, gates)
        cycle = sum(segment.open.total_seconds() for segment in tail(case, walked, log.calendar))
        for instance in case.instances:
            stand = _Standing(
                on_path=instance.id in on_path, planned=_is_planned(instance, gates), covered=instance.id in covered
            )
            spent = _tally(log, case, index, instance, by_id, stand, tallies)
            cycle += spent if instance.id in on_path else 0.0
        cycles.append(cycle)
    count = sum(len(case.instances) for case in log.cases)
    estimated = sum(i.evidence == "estimated" for case in log.cases for i in case.instances)
    return Attribution(
        process=log.process,
        title=log.title,
        cases=len(log.cases),
        cycles=tuple(cycles),
        costs=tuple(_cost(log, site, tallies[site], gates.get(site)) for site in sorted(tallies, key=_order)),
        part_titles={site.part: log.part_title(site.part) for site in tallies},
        owners=log.owners,
        target=log.target.total_seconds() if log.target else None,
        estimated=estimated / count if count else 0.0,
        day=working_day(log.calendar),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Standing:
    """What one instance has to do with the end of its case."""

    on_path: bool
    planned: bool
    """It waits for a date that the case names."""
    covered: bool
    """On the critical path, before such a wait."""


_MOMENT = timedelta(minutes=1)
"""A wait for a date counts from here: what took less found the date passed."""


def _is_planned(instance: ActivityInstance, gates: Mapping[Site, Gate]) -> bool:
    return instance.fixed_end and instance.site not in gates


def _covered(walked: Sequence[ActivityInstance], gates: Mapping[Site, Gate]) -> frozenset[str]:
    """What came before the last wait for a date that really waited: the date decided, not what came before it."""
    waits = [
        place
        for place, one in enumerate(walked)
        if _is_planned(one, gates) and one.ended - one.ready >= _MOMENT
    ]  # fmt: skip
    return frozenset(one.id for one in walked[: waits[-1]]) if waits else frozenset()


def _tally(
    log: ProcessLog,
    case: ProcessCase,
    index: int,
    instance: ActivityInstance,
    by_id: Mapping[str, ActivityInstance],
    stand: _Standing,
    tallies: dict[Site, _Tally],
) -> float:
    """Count one instance at its step and, when a handoff released it, there; the time it took altogether."""
    releaser = case.last_releaser(instance, by_id)
    handoff = case.handoff_site(instance, by_id)
    lower = releaser.ended if releaser else case.begin
    spent: dict[Site, float] = {instance.site: 0.0} | ({handoff: 0.0} if handoff else {})
    phases: list[tuple[Site, Phase, float]] = []
    for segment in segments_of(instance, lower, handoff, log.calendar_of(instance)):
        if segment.site is not None:
            seconds = segment.open.total_seconds()
            spent[segment.site] += seconds
            phases.append((segment.site, segment.phase, seconds))
    for site, seconds in spent.items():
        tally = tallies.setdefault(site, _Tally(len(log.cases)))
        tally.visits[index] += 1
        tally.spent[index] += seconds
        meant = seconds if stand.planned and site == instance.site else 0.0
        tally.durations.append(seconds - meant)
        if stand.on_path:
            tally.path_visits[index] += 1
            tally.path_spent[index] += seconds
            tally.path_planned[index] += meant
        if stand.covered:
            tally.covered[index] += seconds - meant
            tally.covered_visits[index] += 1
    if stand.on_path:
        looked = instance.first_opened or instance.started or instance.ended
        if instance.assigned is None or instance.assigned >= looked > instance.ready:
            for site in spent:
                tallies[site].unassigned += 1
        for site, phase, seconds in phases:
            known = tallies[site].phases
            known[phase] = known.get(phase, 0.0) + seconds
    own = instance.department or log.owners.get(instance.part, "")
    tallies[instance.site].titles[instance.title or instance.step] += 1
    tallies[instance.site].departments[(own,) if own else ()] += 1
    if handoff:
        other = (releaser.department or log.owners.get(releaser.part, "")) if releaser else ""
        tallies[handoff].departments[tuple(dict.fromkeys(d for d in (other, own) if d))] += 1
    return sum(spent.values())


def _cost(log: ProcessLog, site: Site, tally: _Tally, gate: Gate | None) -> SiteCost:
    target = log.step_targets.get(site)
    aimed = target.total_seconds() if target is not None else None
    if site.kind == "handoff":
        source = log.part_title(site.source) if site.source else "Start"
        title = f"{source} → {log.part_title(site.part)}"
    else:
        title = tally.titles.most_common(1)[0][0]
    return SiteCost(
        site=site,
        title=title,
        departments=tally.departments.most_common(1)[0][0],
        reference=quantile(tally.durations, QUICK) if aimed is None else aimed,
        has_target=target is not None,
        quickest=quantile(tally.durations, QUICKEST) if aimed is None else aimed,
        visits=tuple(tally.visits),
        spent=tuple(tally.spent),
        path_visits=tuple(tally.path_visits),
        path_spent=tuple(tally.path_spent),
        path_planned=tuple(tally.path_planned),
        covered=tuple(tally.covered) if any(tally.covered_visits) else (),
        covered_visits=tuple(tally.covered_visits) if any(tally.covered_visits) else (),
        gate=gate.words if gate is not None else "",
        phases=dict(tally.phases),
        unassigned=tally.unassigned / max(1, sum(tally.path_visits)),
    )


def _order(site: Site) -> tuple[str, str, str, str]:
    return (site.part, site.kind, site.name, site.source or "")


def quantile(values: Iterable[float], p: float) -> float:
    """The p-quantile with linear interpolation between the neighbours (Hyndman and Fan's definition 7)."""
    ordered = sorted(values)
    if not ordered:
        raise ValueError("a quantile needs at least one value")
    place = (len(ordered) - 1) * p
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def working_day(calendar: WorkCalendar) -> float:
    """The length of one working day in seconds: the mean over the weekdays on which work is done."""
    days = [sum(end - start for start, end in day) for day in calendar.hours if day]
    return 60.0 * sum(days) / len(days)
