"""What waits on a step or handoff: in how many cases the rest could not go on before it was through, and what a day
less there takes off the whole."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, replace

from procession.analytics.attribution import working_day
from procession.analytics.cascade import Delay
from procession.analytics.critical_path import released_last
from procession.analytics.log import ProcessLog, Site
from procession.analytics.sooner import sooner_everywhere
from procession.engine.rejections import InvalidField
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.analysis import figure_of
from procession.operations.insights.diagnosing import seen
from procession.operations.insights.easing import SoonerView, sooner_view
from procession.operations.insights.figures import kept_figure
from procession.operations.insights.places import names
from procession.operations.insights.read_log import Analysis


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldUp:
    """A workflow that could not begin before the place was through."""

    member: str
    title: str
    cases: int
    """In how many cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingOn:
    """What waits on a place."""

    place: str
    cases: int
    """Finished cases that came by."""
    held: int
    """Those of them whose whole course waited for it: it lies on the path that decided when they ended."""
    next: tuple[HeldUp, ...]
    """What came after it on that path in another workflow, the most frequent first."""
    sooner: SoonerView | None = None
    """What a working day less there saves at the end; null while there is too little history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetWaitingOn(Ask):
    """What waits on a step or handoff of a process: in how many finished cases it decided when they ended, which workflow
    could not begin before it was through, and what a working day less there saves at the end."""

    process: str
    """Its id."""
    place: str
    """The key of a step or handoff, as `insight.process` gives it."""


@operation("insight.waiting_on", scope="insights:read", http="GET /insights/{process}/waiting-on")
def waiting_on(ctx: Context, ask: GetWaitingOn) -> WaitingOn:
    definition, _ = seen(ctx, ask.process)
    found = figure_of(ctx, definition, WAITING_ON)
    place = next((one for key, one in found.items() if names(ask.place, key)), None)
    if place is None:
        raise InvalidField("place", f"No finished case has a step or handoff '{ask.place}'.")
    return place


@kept_figure("waiting on", dict[str, WaitingOn])
def WAITING_ON(analysis: Analysis) -> dict[str, WaitingOn]:  # noqa: N802 - the decorator makes it a constant
    """What waits on each step and handoff, by its key."""
    log, places = analysis.log, analysis.measures.places
    sites = [one.site for one in analysis.measured.costs]
    held = held_up_everywhere(log, sites)
    if not analysis.has_enough:
        return {site.key: one for site, one in held.items()}
    forecaster, day = analysis.forecaster, working_day(log.calendar)
    courses = forecaster.courses
    less = sooner_everywhere(courses.all, courses.line(), Delay(day), forecaster.queues)

    def said(site: Site) -> SoonerView | None:
        title = places[site].title if site in places else site.name
        return sooner_view(less[site], title, "a working day", day, day) if site in less else None

    return {site.key: replace(one, sooner=said(site)) for site, one in held.items()}


def held_up(log: ProcessLog, site: Site) -> WaitingOn:
    """Walk back the path that decided each case, and see whether the place lies on it and what followed."""
    return held_up_everywhere(log, [site])[site]


def held_up_everywhere(log: ProcessLog, sites: Iterable[Site]) -> dict[Site, WaitingOn]:
    """The same of many places at once."""
    came: Counter[Site] = Counter()
    held: Counter[Site] = Counter()
    after: dict[Site, Counter[str]] = defaultdict(Counter)
    for case in log.cases:
        by_id = case.by_id()
        handoffs = {one.id: site for one in case.instances if (site := case.handoff_site(one, by_id)) is not None}
        came.update({one.site for one in case.instances} | set(handoffs.values()))
        path = released_last(case, by_id)
        last: dict[Site, int] = {}
        for n, one in enumerate(path):
            last.update(dict.fromkeys((one.site, handoffs.get(one.id, one.site)), n))
        held.update(last.keys())
        for site, at in last.items():
            # What a handoff holds up is the very workflow it leads to; what a step holds up comes after its own.
            follows = path[at].part if site.kind == "handoff" else None
            follows = follows or next((one.part for one in path[at + 1 :] if one.part != site.part), None)
            if follows is not None:
                after[site][follows] += 1
    return {
        site: WaitingOn(
            place=site.key, cases=came[site], held=held[site],
            next=tuple(HeldUp(member=part, title=log.part_title(part), cases=n) for part, n in after[site].most_common()),
        )
        for site in sites
    }  # fmt: skip
