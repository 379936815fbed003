"""What waits on a step or handoff: in how many cases the rest could not go on before it was through."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from procession.analytics.critical_path import released_last
from procession.analytics.log import ProcessLog, Site
from procession.engine.rejections import InvalidField
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.diagnosing import visible
from procession.operations.insights.places import site_named


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


@dataclass(frozen=True, slots=True, kw_only=True)
class GetWaitingOn(Ask):
    """What waits on a step or handoff of a process: in how many finished cases it decided when they ended, and which
    workflow could not begin before it was through."""

    process: str
    """Its id."""
    place: str
    """The key of a step or handoff, as `insight.process` gives it."""


@operation("insight.waiting_on", scope="insights:read", http="GET /insights/{process}/waiting-on")
def waiting_on(ctx: Context, ask: GetWaitingOn) -> WaitingOn:
    analysis, _ = visible(ctx, ask.process)
    site = site_named(analysis, ask.place)
    if site is None:
        raise InvalidField("place", f"No finished case has a step or handoff '{ask.place}'.")
    return held_up(analysis.log, site)


def held_up(log: ProcessLog, site: Site) -> WaitingOn:
    """Walk back the path that decided each case, and see whether the place lies on it and what followed."""
    came = held = 0
    after: Counter[str] = Counter()
    for case in log.cases:
        by_id = case.by_id()
        if not any(site in (one.site, case.handoff_site(one, by_id)) for one in case.instances):
            continue
        came += 1
        path = released_last(case, by_id)
        at = [n for n, one in enumerate(path) if site in (one.site, case.handoff_site(one, by_id))]
        if not at:
            continue
        held += 1
        # What a handoff holds up is the very workflow it leads to; what a step holds up comes after its own.
        follows = path[at[-1]].part if site.kind == "handoff" else None
        follows = follows or next((one.part for one in path[at[-1] + 1 :] if one.part != site.part), None)
        if follows is not None:
            after[follows] += 1
    return WaitingOn(
        place=site.key, cases=came, held=held,
        next=tuple(HeldUp(member=part, title=log.part_title(part), cases=n) for part, n in after.most_common()),
    )  # fmt: skip
