"""What is to come in a running case, and how much later each of it could end without the case ending later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from statistics import median

from procession.analytics.forecast.futures import Future
from procession.analytics.log import Site


@dataclass(frozen=True, slots=True, kw_only=True)
class Prospect:
    """A step that is open or may come, as most ways have it. Times are medians over the ways that it is in."""

    site: Site
    title: str
    chance: float
    """The share of ways that it is in."""
    is_open: bool
    begins: datetime
    ends: datetime
    slack: float
    """Seconds by the clock."""
    on_path: float
    """The share of its ways in which the end of the case waits for it."""


def slack_of(way: Future) -> list[float]:
    """Seconds by the clock that each leg could end later without the way ending later, when what follows it keeps its
    pace: the least, over what it releases, of their beginning plus their own slack minus its end."""
    last = max((leg.ended for leg in way.legs), default=0.0)
    found = [last - leg.ended for leg in way.legs]
    for position in range(len(way.legs) - 1, -1, -1):
        leg = way.legs[position]
        for before in leg.before:
            spare = leg.ready + found[position] - way.legs[before].ended
            found[before] = max(0.0, min(found[before], spare))
    return found


def prospects_of(ways: Sequence[Future]) -> tuple[Prospect, ...]:
    """What is open and what may come, in order of its beginning. Repeated visits count as one from first to last."""
    begins: dict[Site, list[float]] = {}
    ends: dict[Site, list[float]] = {}
    slacks: dict[Site, list[float]] = {}
    titles: dict[Site, str] = {}
    open_now: set[Site] = set()
    for way in ways:
        seen: dict[Site, tuple[float, float, float]] = {}
        for leg, slack in zip(way.legs, slack_of(way), strict=True):
            site = leg.stop.site
            first, last, least = seen.get(site, (leg.ready, leg.ended, slack))
            seen[site] = min(first, leg.ready), max(last, leg.ended), min(least, slack)
            titles.setdefault(site, leg.stop.instance.title or site.name)
            if leg.is_open:
                open_now.add(site)
        for site, (first, last, least) in seen.items():
            begins.setdefault(site, []).append(first)
            ends.setdefault(site, []).append(last)
            slacks.setdefault(site, []).append(least)
    found = [
        Prospect(
            site=site, title=titles[site], chance=len(begins[site]) / len(ways), is_open=site in open_now,
            begins=_moment(begins[site]), ends=_moment(ends[site]), slack=median(slacks[site]),
            on_path=sum(one < 1.0 for one in slacks[site]) / len(slacks[site]),
        )
        for site in begins
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (one.begins, one.ends)))


def _moment(values: Sequence[float]) -> datetime:
    return datetime.fromtimestamp(median(values), UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class PartProspect:
    """A workflow that is open or may come, from its next beginning to its last end. Medians over the ways."""

    part: str
    chance: float
    is_open: bool
    begins: datetime
    ends: datetime
    slack: float
    """How much later its tightest step could end."""
    on_path: float


def part_prospects(ways: Sequence[Future]) -> tuple[PartProspect, ...]:
    """The workflows that are not done, in order of their beginning."""
    found: dict[str, list[tuple[float, float, float]]] = {}
    open_now: set[str] = set()
    for way in ways:
        seen: dict[str, tuple[float, float, float]] = {}
        for leg, slack in zip(way.legs, slack_of(way), strict=True):
            part = leg.stop.site.part
            first, last, least = seen.get(part, (leg.ready, leg.ended, slack))
            seen[part] = min(first, leg.ready), max(last, leg.ended), min(least, slack)
            if leg.is_open:
                open_now.add(part)
        for part, spans in seen.items():
            found.setdefault(part, []).append(spans)
    parts = [
        PartProspect(
            part=part, chance=len(spans) / len(ways), is_open=part in open_now,
            begins=_moment([one[0] for one in spans]), ends=_moment([one[1] for one in spans]),
            slack=median(one[2] for one in spans), on_path=sum(one[2] < 1.0 for one in spans) / len(spans),
        )
        for part, spans in found.items()
    ]  # fmt: skip
    return tuple(sorted(parts, key=lambda one: (one.begins, one.ends)))
