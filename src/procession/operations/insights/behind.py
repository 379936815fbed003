"""What lies behind the figures of a place: which groups the waiting falls to, and the cases themselves."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import median
from typing import Final

from procession.analytics.critical_path import segments_of
from procession.analytics.log import MACHINE_KINDS, ActivityInstance, ProcessCase, ProcessLog, Site
from procession.engine.moment import Directory
from procession.engine.rejections import InvalidField
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.diagnosing import visible
from procession.operations.insights.period import since
from procession.operations.insights.places import site_named
from procession.operations.values import CaseRef

FEWEST_VISITS: Final = 5
"""Below so many a group has no median."""
FEWEST_PEOPLE: Final = 2
"""A group in which fewer did the work is among the others: a bar of its own would be that person's."""
MOST_AT_ONCE: Final = 200


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


@dataclass(slots=True)
class _Spent:
    """What one case spent there."""

    waiting: timedelta = timedelta()
    working: timedelta = timedelta()
    visits: int = 0
    at: datetime | None = None


@operation("insight.behind", scope="insights:read", http="GET /insights/{process}/behind")
def behind(ctx: Context, ask: GetBehind) -> Behind:
    analysis, _ = visible(ctx, ask.process)
    if not 0 <= ask.limit <= MOST_AT_ONCE:
        raise InvalidField("limit", f"limit is 0 to {MOST_AT_ONCE}.")
    if ask.after < 0:
        raise InvalidField("after", "after is 0 or more.")
    log = analysis.log if ask.days is None else since(analysis.log, ctx.at, ask.days)
    site = site_named(analysis, ask.place)
    parts = {one.part for case in analysis.log.cases for one in case.instances}
    if site is None and ask.place not in parts:
        raise InvalidField("place", f"No finished case has a step, a handoff or a workflow '{ask.place}'.")
    spent: dict[str, _Spent] = defaultdict(_Spent)
    falls: dict[str, list[tuple[timedelta, str | None]]] = defaultdict(list)
    grouping = _Grouping(ctx)
    for case in log.cases:
        for one, waiting, working in _visits(log, case, site, ask.place):
            known = spent[case.id]
            known.waiting, known.working = known.waiting + waiting, known.working + working
            known.visits += 1
            known.at = max(one.ended, known.at) if known.at is not None else one.ended
            falls[grouping.of(one)].append((waiting, one.resource))
    ordered = sorted(spent.items(), key=lambda pair: (pair[1].waiting, pair[0]), reverse=True)
    page = ordered[ask.after : ask.after + ask.limit]
    measured = analysis.measures.places.get(site) if site is not None else None
    return Behind(
        place=ask.place, title=measured.title if measured is not None else log.part_title(ask.place), cases=len(ordered),
        groups=_shares(falls), slowest=_named(ctx, page), more=max(0, len(ordered) - ask.after - len(page)),
    )  # fmt: skip


def _visits(
    log: ProcessLog, case: ProcessCase, site: Site | None, part: str
) -> Iterator[tuple[ActivityInstance, timedelta, timedelta]]:
    """Each visit of a case to the place, with its waiting and working time; of a workflow, to any of its steps."""
    by_id = case.by_id()
    for one in case.instances:
        handoff = case.handoff_site(one, by_id)
        here = (one.site,) if site is None else (site,)
        if one.part != part if site is None else site not in (one.site, handoff):
            continue
        releaser = case.last_releaser(one, by_id)
        lower = releaser.ended if releaser else case.begin
        waiting = working = timedelta()
        for segment in segments_of(one, lower, handoff, log.calendar_of(one)):
            if segment.site in here:
                waiting += segment.duration if segment.kind != "working" else timedelta()
                working += segment.duration if segment.kind == "working" else timedelta()
        yield one, waiting, working


class _Grouping:
    """Which group a visit counts for."""

    def __init__(self, ctx: Context) -> None:
        self.directory: Directory = ctx.surroundings.directory
        with ctx.store.transaction(ctx.organisation) as tx:
            self.titles: Mapping[str, str] = {one.id: one.title for one in tx.groups.list()}

    def of(self, one: ActivityInstance) -> str:
        """The group of whoever did it: the department where it was done if they are in it, else their first by name."""
        if one.is_outside:
            return "Outside"
        if one.kind in MACHINE_KINDS:
            return "By itself"
        person = self.directory.people.get(one.resource or "")
        own = sorted(self.titles.get(group, group) for group in person.groups) if person is not None else []
        if one.department in own or not own:
            return one.department or "Others"
        return own[0]


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


def _named(ctx: Context, page: Sequence[tuple[str, _Spent]]) -> tuple[CaseBehind, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = {one.id: one for one in tx.cases.rows([case for case, _ in page])}
    return tuple(
        CaseBehind(
            case=CaseRef(id=case, name=rows[case].name, status=rows[case].status), visits=one.visits, at=one.at,
            waiting=one.waiting.total_seconds(), working=one.working.total_seconds(),
        )
        for case, one in page
        if case in rows and one.at is not None
    )  # fmt: skip
