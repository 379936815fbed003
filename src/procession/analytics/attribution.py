"""What each step and handoff costs over all cases, on the critical path and beside it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from procession.analytics.critical_path import Phase, released_last, segments_of, tail
from procession.analytics.gates import gates_of
from procession.analytics.log import ActivityInstance, Evidence, ProcessCase, ProcessLog, Site
from procession.engine.calendar import WorkCalendar


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
    phases: Mapping[Phase, float] = field(default_factory=dict[Phase, float])
    """What the time on the critical path was spent on, over all cases."""
    unassigned: float = 0.0
    """The share of visits on the critical path that lay before a group: nobody was responsible before it was opened."""

    @property
    def mean(self) -> float:
        """The mean time of a visit."""
        count = sum(self.visits)
        return sum(self.spent) / count if count else 0.0

    def excess(self) -> list[float]:
        """Per case: the time on the critical path beyond the reference (less than it counts against)."""
        return [
            spent - planned - self.reference * visits
            for spent, planned, visits in zip(self.path_spent, self.path_planned, self.path_visits, strict=True)
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
        self.durations: list[float] = []
        self.phases: dict[Phase, float] = {}
        self.unassigned = 0
        self.titles: Counter[str] = Counter()
        self.departments: Counter[tuple[str, ...]] = Counter()


def attribute(log: ProcessLog) -> Attribution:
    """Measure every step and handoff over all finished cases, on the critical path and beside it."""
    tallies: dict[Site, _Tally] = {}
    cycles: list[float] = []
    dated = any(instance.fixed_end for case in log.cases for instance in case.instances)
    gates = frozenset(gates_of(log)) if dated else frozenset[Site]()
    for index, case in enumerate(log.cases):
        by_id = case.by_id()
        walked = released_last(case, by_id)
        on_path = {instance.id for instance in walked}
        cycle = sum(segment.open.total_seconds() for segment in tail(case, walked, log.calendar))
        for instance in case.instances:
            planned = instance.fixed_end and instance.site not in gates
            spent = _tally(log, case, index, instance, by_id, instance.id in on_path, planned, tallies)
            cycle += spent if instance.id in on_path else 0.0
        cycles.append(cycle)
    count = sum(len(case.instances) for case in log.cases)
    estimated = sum(i.evidence == "estimated" for case in log.cases for i in case.instances)
    return Attribution(
        process=log.process,
        title=log.title,
        cases=len(log.cases),
        cycles=tuple(cycles),
        costs=tuple(_cost(log, site, tallies[site]) for site in sorted(tallies, key=_order)),
        part_titles={site.part: log.part_title(site.part) for site in tallies},
        owners=log.owners,
        target=log.target.total_seconds() if log.target else None,
        estimated=estimated / count if count else 0.0,
        day=working_day(log.calendar),
    )


def _tally(
    log: ProcessLog,
    case: ProcessCase,
    index: int,
    instance: ActivityInstance,
    by_id: Mapping[str, ActivityInstance],
    on_path: bool,
    planned: bool,
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
        meant = seconds if planned and site == instance.site else 0.0
        tally.durations.append(seconds - meant)
        if on_path:
            tally.path_visits[index] += 1
            tally.path_spent[index] += seconds
            tally.path_planned[index] += meant
    if on_path:
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


def _cost(log: ProcessLog, site: Site, tally: _Tally) -> SiteCost:
    target = log.step_targets.get(site)
    if site.kind == "handoff":
        source = log.part_title(site.source) if site.source else "Start"
        title = f"{source} → {log.part_title(site.part)}"
    else:
        title = tally.titles.most_common(1)[0][0]
    return SiteCost(
        site=site,
        title=title,
        departments=tally.departments.most_common(1)[0][0],
        reference=target.total_seconds() if target is not None else quantile(tally.durations, 0.25),
        has_target=target is not None,
        visits=tuple(tally.visits),
        spent=tuple(tally.spent),
        path_visits=tuple(tally.path_visits),
        path_spent=tuple(tally.path_spent),
        path_planned=tuple(tally.path_planned),
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
