"""Figures of members, steps and handoffs as the map and the lists show them."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from procession.analytics.log import ProcessCase, ProcessLog, Site
from procession.analytics.measures import Measures, PlaceMeasures, Spread, heat
from procession.drawing.map_of_process import Figure, step_key
from procession.operations.insights.read_log import Analysis

_DAYS_A_MONTH = 30.44


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceView:
    """The figures of one member, step or handoff. Times are elapsed, nights and weekends included, in seconds."""

    key: str
    """Names the place in addresses: `access/create`, `background>access/cleared`; a member by its name."""
    map_key: str
    """Names it on the map."""
    kind: Literal["member", "step", "handoff"]
    title: str
    visits: int
    waiting: float | None
    """The median; of a member, from its first step to its end. None where it was never finished."""
    waiting_85: float | None
    """85 of 100 take no longer; None below 20 visits, which are too few to say."""
    working: float | None
    """The median of the work itself; None for a handoff."""
    rework: float
    """The share of cases in which it was done more than once."""
    open_now: int
    heat: int | None
    """0 (under six hours) to 5 (five days and more); None below five visits."""
    pill: str
    """The waiting in a few letters, such as `1.1 d`."""
    work: str
    """The work in a few letters, such as `8 min work`."""
    cases_per_month: float


def places_of(analysis: Analysis) -> tuple[PlaceView, ...]:
    """Every place that the log knows: members first, then steps and handoffs."""
    return places_in(analysis.log, analysis.measures)


def places_in(log: ProcessLog, measures: Measures) -> tuple[PlaceView, ...]:
    """Every place that a log knows, as it was measured: members first, then steps and handoffs."""
    months = _months(log)
    return (*_members(log, months), *(_place(one, months) for one in measures.places.values()))


def figures_of(places: Iterable[PlaceView]) -> Mapping[str, Figure]:
    """The same for `map_of_process`."""
    heats: dict[int, Literal[0, 1, 2, 3, 4, 5]] = {0: 0, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5}
    return {
        one.map_key: Figure(
            pill=one.pill, heat=heats[one.heat] if one.heat is not None else None, open_count=one.open_now or None,
            work=one.work, cases_per_month=one.cases_per_month,
        )
        for one in places
    }  # fmt: skip


def site_named(analysis: Analysis, key: str) -> Site | None:
    """The step or handoff of this key, also by its key on the map."""
    for cost in analysis.measured.costs:
        if key in (cost.site.key, _map_key(cost.site)):
            return cost.site
    return None


def names(place: str, key: str) -> bool:
    """Whether this is the key of a place, or its key on the map, where a handoff goes by its name alone."""
    return place == key or (">" in key and place == key.rpartition("/")[2])


def short(span: timedelta) -> str:
    """A span in a few letters: `8 min`, `3.5 h`, `1.1 d`."""
    seconds = span.total_seconds()
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    amount, unit = (seconds / 3600, "h") if seconds < 24 * 3600 else (seconds / 86400, "d")
    return f"{amount:.1f} {unit}" if amount < 10 else f"{amount:.0f} {unit}"


def _map_key(site: Site) -> str:
    return site.name if site.kind == "handoff" else step_key(site.part, site.name)


def _place(one: PlaceMeasures, months: float) -> PlaceView:
    return PlaceView(
        key=one.site.key, map_key=_map_key(one.site), kind=one.site.kind, title=one.title, visits=one.visits,
        waiting=_median(one.waiting), waiting_85=_85(one.waiting), working=_median(one.working), rework=one.rework,
        open_now=one.open_now, heat=int(one.heat[1:]) if one.heat is not None else None,
        pill=short(one.waiting.median) if one.waiting is not None else "",
        work=f"{short(one.working.median)} work" if one.working is not None and one.working.median else "",
        cases_per_month=one.visits / months,
    )  # fmt: skip


def _median(spread: Spread | None) -> float | None:
    return spread.median.total_seconds() if spread is not None else None


def _85(spread: Spread | None) -> float | None:
    return spread.p85.total_seconds() if spread is not None and spread.p85 is not None else None


def _months(log: ProcessLog) -> float:
    if not log.cases:
        return 1.0
    span = max(case.end for case in log.cases) - min(case.begin for case in log.cases)
    return max(1.0, span.total_seconds() / 86400 / _DAYS_A_MONTH)


def _members(log: ProcessLog, months: float) -> Iterator[PlaceView]:
    spans: dict[str, list[float]] = {}
    for case in log.cases:
        for part, seconds in _spans(case):
            spans.setdefault(part, []).append(seconds)
    running = {(one.part, one.case_id) for one in log.open}
    for part in dict.fromkeys((*log.titles, *spans)):
        found = spans.get(part, [])
        median = timedelta(seconds=statistics.median(found)) if found else None
        yield PlaceView(
            key=part,
            map_key=part,
            kind="member",
            title=log.part_title(part),
            visits=len(found),
            waiting=median.total_seconds() if median is not None else None,
            waiting_85=None,
            working=None,
            rework=0.0,
            open_now=sum(part == other for other, _ in running),
            pill=short(median) if median is not None else "",
            work="",
            heat=int(heat(median)[1:]) if median is not None and len(found) >= 5 else None,
            cases_per_month=len(found) / months,
        )


def _spans(case: ProcessCase) -> Iterator[tuple[str, float]]:
    """Each run of a member: from its first step's readiness to its last step's end."""
    bounds: dict[tuple[str, str], tuple[float, float]] = {}
    for one in case.instances:
        ready, ended = one.ready.timestamp(), one.ended.timestamp()
        first, last = bounds.get((one.part, one.case_id), (ready, ended))
        bounds[one.part, one.case_id] = (min(first, ready), max(last, ended))
    for (part, _), (first, last) in bounds.items():
        yield part, last - first
