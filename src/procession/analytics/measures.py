"""Plain figures for the map: how long steps and handoffs wait and work, how often they are done again, what is open.

Times here are elapsed, nights and weekends included, because that is what a requester sees. Diagnosis counts working
time instead (`attribution`).
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from procession.analytics.attribution import quantile
from procession.analytics.counted import working_between
from procession.analytics.critical_path import critical_path, segments_of
from procession.analytics.log import Evidence, ProcessLog, Site

Heat = Literal["h0", "h1", "h2", "h3", "h4", "h5"]

HEAT_LIMITS = (
    timedelta(hours=6),
    timedelta(hours=18),
    timedelta(days=1.5),
    timedelta(days=3),
    timedelta(days=5),
)
"""Where each heat level ends: h0 is under six hours, h5 five days and more."""

FEWEST_FOR_PERCENTILES = 20
FEWEST_FOR_HEAT = 5

_ZERO = timedelta()


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """How one kind of time is distributed."""

    count: int
    median: timedelta
    mean: timedelta
    p85: timedelta | None
    """85 of 100 take no longer; None below 20 values, which are too few to say."""

    @property
    def note(self) -> str | None:
        """Why there is no percentile, in words."""
        if self.p85 is not None:
            return None
        return f"percentiles need {FEWEST_FOR_PERCENTILES} values, there are {self.count}"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceMeasures:
    """The figures of one step or handoff."""

    site: Site
    title: str
    visits: int
    cases: int
    """In how many cases it happened."""
    waiting: Spread | None
    """Per visit; for a step outside the organisation, the time spent there. None where it was never finished."""
    working: Spread | None
    """Per visit; None for a handoff."""
    rework: float
    """The share of its cases in which it was done more than once."""
    open_now: int

    @property
    def heat(self) -> Heat | None:
        """The colour on the map, by median waiting; None below five visits."""
        if self.waiting is None or self.waiting.count < FEWEST_FOR_HEAT:
            return None
        return heat(self.waiting.median)


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """The figures of a process."""

    cases: int
    cycle: Spread | None
    late: float | None
    """The share of cases over the target; None without a target or a case."""
    shares: dict[str, float]
    """How the cycle of all cases divides into working, waiting, handoff, outside and closed hours."""
    efficiency: float | None
    """Cycle-time efficiency: work on the critical path as a share of the cycle without closed hours."""
    places: dict[Site, PlaceMeasures]
    evidence: Evidence
    """Recorded only when every instance was."""


def heat(waiting: timedelta) -> Heat:
    """The heat level of a waiting time."""
    levels: tuple[Heat, ...] = ("h0", "h1", "h2", "h3", "h4", "h5")
    return levels[sum(waiting >= limit for limit in HEAT_LIMITS)]


def spread(values: list[timedelta]) -> Spread | None:
    """Median, mean and, where there are enough values, the 85th percentile."""
    if not values:
        return None
    seconds = [value.total_seconds() for value in values]
    enough = len(values) >= FEWEST_FOR_PERCENTILES
    return Spread(
        count=len(values),
        median=timedelta(seconds=statistics.median(seconds)),
        mean=sum(values, _ZERO) / len(values),
        p85=timedelta(seconds=quantile(seconds, 0.85)) if enough else None,
    )


class _Tally:
    def __init__(self) -> None:
        self.waiting: list[timedelta] = []
        self.working: list[timedelta] = []
        self.per_case: Counter[str] = Counter()
        self.titles: Counter[str] = Counter()
        self.open = 0


def measure(log: ProcessLog) -> Measures:
    """Measure every step and handoff that the log knows, finished or open."""
    tallies: dict[Site, _Tally] = {}
    for case in log.cases:
        by_id = case.by_id()
        for instance in case.instances:
            releaser = case.last_releaser(instance, by_id)
            handoff = case.handoff_site(instance, by_id)
            sums = {instance.site: [_ZERO, _ZERO]} | ({handoff: [_ZERO, _ZERO]} if handoff else {})
            lower = releaser.ended if releaser else case.begin
            for segment in segments_of(instance, lower, handoff, log.calendar_of(instance)):
                if segment.site is not None:
                    sums[segment.site][segment.kind == "working"] += segment.duration
            for site, (waiting, working) in sums.items():
                tally = tallies.setdefault(site, _Tally())
                tally.waiting.append(waiting)
                tally.working.append(working)
                tally.per_case[case.id] += 1
            tallies[instance.site].titles[instance.title or instance.step] += 1
    _count_open(log, tallies)
    shares = _shares(log)
    running = 1 - shares["closed hours"]
    return Measures(
        cases=len(log.cases),
        cycle=spread([case.cycle for case in log.cases]),
        late=_late(log),
        shares=shares,
        efficiency=shares["working"] / running if log.cases and running > 0 else None,
        places={site: _place(log, site, tally) for site, tally in tallies.items()},
        evidence="estimated" if any(i.evidence == "estimated" for c in log.cases for i in c.instances) else "recorded",
    )


def _count_open(log: ProcessLog, tallies: dict[Site, _Tally]) -> None:
    """A step that is open counts as open there; one that nobody has looked at yet, also at the handoff before it."""
    for activity in log.open:
        tallies.setdefault(activity.site, _Tally()).open += 1
        if activity.handoff and activity.first_opened is None:
            handoff = Site("handoff", activity.part, activity.handoff, activity.source)
            tallies.setdefault(handoff, _Tally()).open += 1


def _place(log: ProcessLog, site: Site, tally: _Tally) -> PlaceMeasures:
    if site.kind == "handoff":
        title = f"{log.part_title(site.source) if site.source else 'Start'} → {log.part_title(site.part)}"
    else:
        title = tally.titles.most_common(1)[0][0] if tally.titles else log.part_title(site.name)
    again = sum(count > 1 for count in tally.per_case.values())
    return PlaceMeasures(
        site=site,
        title=title,
        visits=len(tally.waiting),
        cases=len(tally.per_case),
        waiting=spread(tally.waiting),
        working=spread(tally.working) if site.kind == "step" else None,
        rework=again / len(tally.per_case) if tally.per_case else 0.0,
        open_now=tally.open,
    )


def _shares(log: ProcessLog) -> dict[str, float]:
    totals = {"working": _ZERO, "waiting": _ZERO, "handoff": _ZERO, "outside": _ZERO, "closed hours": _ZERO}
    for case in log.cases:
        for kind, time in critical_path(case, log).by_kind().items():
            totals[kind] += time
    whole = sum(totals.values(), _ZERO)
    return {kind: time / whole if whole else 0.0 for kind, time in totals.items()}


def _late(log: ProcessLog) -> float | None:
    if log.target is None or not log.cases:
        return None
    return sum(working_between(log.calendar, c.begin, c.end) > log.target for c in log.cases) / len(log.cases)
