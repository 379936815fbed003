"""What lies behind the figures of a place: which groups the waiting falls to, and the cases themselves."""

from __future__ import annotations

import heapq
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from procession.analytics.critical_path import segments_of
from procession.analytics.log import MACHINE_KINDS, ActivityInstance, ProcessCase, ProcessLog
from procession.engine.rejections import InvalidField
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.analysis import analysis_of, figure_of
from procession.operations.insights.diagnosing import seen
from procession.operations.insights.facts import MOST_CASES
from procession.operations.insights.figures import kept_figure
from procession.operations.insights.period import since
from procession.operations.insights.places import names
from procession.operations.insights.read_log import Analysis
from procession.operations.values import CaseRef

FEWEST_VISITS: Final = 5
"""Below so many a group has no median."""
FEWEST_PEOPLE: Final = 2
"""A group in which fewer did the work is among the others: a bar of its own would be that person's."""
MOST_AT_ONCE: Final = 200
FIRST: Final = 3
"""Cases of each place that are known without reading the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupShare:
    """How much of the waiting at a place fell to one group."""

    title: str
    """As people call the group; `Others`, `Outside` and `By itself` stand for what has none."""
    visits: int
    waiting: float | None
    """The median per visit in seconds, nights and weekends included; null below five visits."""
    share: float
    """Of all waiting at the place."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseBehind:
    """What one finished case spent at a place. Times are seconds, nights and weekends included."""

    case: CaseRef
    waiting: float
    working: float
    visits: int
    """How often it came by."""
    at: datetime
    """When it left, the last time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Behind:
    """What lies behind the figures of a place."""

    place: str
    title: str
    cases: int
    """Finished cases that came by."""
    groups: tuple[GroupShare, ...]
    """Whoever did the work, by group, the largest share first. Of a handoff: whoever took the work up."""
    slowest: tuple[CaseBehind, ...]
    """Those that waited longest come first."""
    more: int
    """How many cases follow after these."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetBehind(Ask):
    """What lies behind the figures of a step, a handoff or a whole workflow of a process: which groups its waiting fell
    to, and the cases that came by, those that waited longest first."""

    process: str
    """Its id."""
    place: str
    """The key of a step, a handoff or a member, as `insight.process` gives it."""
    days: int | None = None
    """Only cases that ended in the last so many days."""
    limit: int = 50
    """How many cases, 0 to 200."""
    after: int = 0
    """So many are passed over."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spent:
    """What one finished case spent at a place. Times are seconds, nights and weekends included."""

    case_id: str
    waiting: float
    working: float
    visits: int
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceBehind:
    """What lies behind a place, before the cases are called by their names."""

    title: str
    cases: int
    groups: tuple[GroupShare, ...]
    slowest: tuple[Spent, ...]


@operation("insight.behind", scope="insights:read", http="GET /insights/{process}/behind")
def behind(ctx: Context, ask: GetBehind) -> Behind:
    definition, _ = seen(ctx, ask.process)
    if not 0 <= ask.limit <= MOST_AT_ONCE:
        raise InvalidField("limit", f"limit is 0 to {MOST_AT_ONCE}.")
    if ask.after < 0:
        raise InvalidField("after", "after is 0 or more.")
    first = figure_of(ctx, definition, BEHIND)
    key = next((key for key in first if names(ask.place, key)), None)
    if key is None:
        raise InvalidField("place", f"No finished case has a step, a handoff or a workflow '{ask.place}'.")
    found = first[key]
    if ask.days is not None or ask.after or ask.limit > FIRST:
        analysis = analysis_of(ctx, definition)
        log = analysis.log if ask.days is None else since(analysis.log, ctx.at, ask.days)
        found = _places(log, analysis.groups, {key: found.title}, MOST_CASES)[key]
    page = found.slowest[ask.after : ask.after + ask.limit]
    return Behind(
        place=ask.place, title=found.title, cases=found.cases, groups=found.groups, slowest=_named(ctx, page),
        more=max(0, found.cases - ask.after - len(page)),
    )  # fmt: skip


@kept_figure("behind", dict[str, PlaceBehind])
def BEHIND(analysis: Analysis) -> dict[str, PlaceBehind]:  # noqa: N802 - the decorator makes it a constant
    """What lies behind every place, with the cases that waited longest there; by the key of the place."""
    log, measured = analysis.log, analysis.measures.places
    titles = {site.key: one.title for site, one in measured.items() if one.visits}
    parts = dict.fromkeys(one.part for case in log.cases for one in case.instances)
    return _places(log, analysis.groups, titles | {part: log.part_title(part) for part in parts}, FIRST)


@dataclass(slots=True)
class _Sum:
    """What one case spent there."""

    at: datetime
    waiting: timedelta = timedelta()
    working: timedelta = timedelta()
    visits: int = 0


def _places(
    log: ProcessLog, groups: Mapping[str, tuple[str, ...]], titles: Mapping[str, str], most: int
) -> dict[str, PlaceBehind]:
    """What lies behind these places, with so many cases of each."""
    spent: dict[str, dict[str, _Sum]] = {key: {} for key in titles}
    falls: dict[str, dict[str, list[tuple[timedelta, str | None]]]] = {key: defaultdict(list) for key in titles}
    for case in log.cases:
        for key, one, waiting, working in _visits(log, case, titles):
            known = spent[key].setdefault(case.id, _Sum(one.ended))
            known.waiting, known.working = known.waiting + waiting, known.working + working
            known.visits, known.at = known.visits + 1, max(known.at, one.ended)
            falls[key][_group_of(one, groups)].append((waiting, one.resource))
    return {
        key: PlaceBehind(
            title=title, cases=len(spent[key]), groups=_shares(falls[key]), slowest=tuple(_slowest(spent[key], most))
        )
        for key, title in titles.items()
    }


def _slowest(spent: Mapping[str, _Sum], most: int) -> Iterator[Spent]:
    for case, one in heapq.nlargest(most, spent.items(), key=lambda pair: (pair[1].waiting, pair[0])):
        yield Spent(
            case_id=case, visits=one.visits, at=one.at, waiting=one.waiting.total_seconds(),
            working=one.working.total_seconds(),
        )  # fmt: skip


def _visits(
    log: ProcessLog, case: ProcessCase, wanted: Collection[str]
) -> Iterator[tuple[str, ActivityInstance, timedelta, timedelta]]:
    """Each visit of a case to one of these places, with its waiting and working time; of a workflow, to any of its
    steps."""
    by_id = case.by_id()
    for one in case.instances:
        handoff = case.handoff_site(one, by_id)
        here = [(one.part, one.site), (one.site.key, one.site)]
        if handoff is not None:
            here.append((handoff.key, handoff))
        here = [(key, site) for key, site in here if key in wanted]
        if not here:
            continue
        releaser = case.last_releaser(one, by_id)
        lower = releaser.ended if releaser else case.begin
        segments = list(segments_of(one, lower, handoff, log.calendar_of(one)))
        for key, site in here:
            of_it = [segment for segment in segments if segment.site == site]
            waiting = sum((segment.duration for segment in of_it if segment.kind != "working"), timedelta())
            working = sum((segment.duration for segment in of_it if segment.kind == "working"), timedelta())
            yield key, one, waiting, working


def _group_of(one: ActivityInstance, groups: Mapping[str, tuple[str, ...]]) -> str:
    """The group a visit counts for: the department where it was done if whoever did it is in it, else their first by
    name."""
    if one.is_outside:
        return "Outside"
    if one.kind in MACHINE_KINDS:
        return "By itself"
    own = groups.get(one.resource or "", ())
    return one.department or "Others" if one.department in own or not own else own[0]


def _shares(falls: Mapping[str, Sequence[tuple[timedelta, str | None]]]) -> tuple[GroupShare, ...]:
    together: dict[str, list[timedelta]] = defaultdict(list)
    for title, visits in falls.items():
        people = {person for _, person in visits}
        alone = title not in ("Outside", "By itself") and len(people) < FEWEST_PEOPLE
        together["Others" if alone and len(falls) > 1 else title] += [waiting for waiting, _ in visits]
    whole = sum((sum(one, timedelta()) for one in together.values()), timedelta())
    found = [
        GroupShare(
            title=title, visits=len(waits), share=sum(waits, timedelta()) / whole if whole else 0.0,
            waiting=median(one.total_seconds() for one in waits) if len(waits) >= FEWEST_VISITS else None,
        )
        for title, waits in together.items()
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-one.share, one.title)))


def _named(ctx: Context, page: Sequence[Spent]) -> tuple[CaseBehind, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = {one.id: one for one in tx.cases.rows([one.case_id for one in page])}
    return tuple(
        CaseBehind(
            case=CaseRef(id=one.case_id, name=rows[one.case_id].name, status=rows[one.case_id].status),
            visits=one.visits, at=one.at, waiting=one.waiting, working=one.working,
        )
        for one in page
        if one.case_id in rows
    )  # fmt: skip
