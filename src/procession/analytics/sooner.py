"""What less time at one place saves at the end: the mirror of the cascade.

Every finished case is played again with as much less at the place, never less than nothing. What follows begins when
what it waits for ends, and what takes from a delay takes from a saving as well: something else was waited for anyway,
a date stands, the meeting or payment run is not held sooner, or only a whole period sooner. Queues are played as they
are for delays.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import NamedTuple

from procession.analytics.attribution import quantile
from procession.analytics.cascade import Delay
from procession.analytics.courses import Course, Move, Piece, Stop, replay
from procession.analytics.log import Site
from procession.analytics.queues import Queues
from procession.analytics.workline import WorkLine

_MOVED = 60.0
"""Seconds that count as a difference."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sooner:
    """What it saves over the finished cases that come to the place. Times are seconds of working time per case."""

    site: Site
    title: str
    cases: int
    """Finished cases that come to the place."""
    less: float
    """How much less it takes there, on average: not all cases take as long as is taken off."""
    saved: float
    """How much sooner the case ends, on average."""
    usually: float
    """The median."""
    high: float
    """One of 10 cases ends sooner by more."""
    unchanged: float
    """The share that ends at the same moment."""
    savings: tuple[float, ...]
    """Of each case."""

    @property
    def gain(self) -> float:
        """What each hour less there saves at the end."""
        return self.saved / self.less if self.less else 0.0


def sooner(
    courses: Sequence[Course], line: WorkLine, site: Site, less: Delay, queues: Queues | None = None
) -> Sooner | None:
    """What so much less at the first visit to a place saves; None where no case comes there."""
    return _sooner(_visits(courses).get(site, ()), line, site, less, queues)


def sooner_everywhere(
    courses: Sequence[Course], line: WorkLine, less: Delay, queues: Queues | None = None
) -> dict[Site, Sooner]:
    """The same of every step and handoff that a case comes to."""
    found = {site: _sooner(visits, line, site, less, queues) for site, visits in _visits(courses).items()}
    return {site: one for site, one in found.items() if one is not None}


_Times = list[tuple[float, float]]


class _Visit(NamedTuple):
    """The first visit of a case to a place."""

    course: Course
    plain: _Times
    """Ready and ended of every stop as it was."""
    target: int
    """Which of them."""


def _visits(courses: Sequence[Course]) -> dict[Site, list[_Visit]]:
    found: dict[Site, list[_Visit]] = {}
    for course in courses:
        plain = replay(course)
        first: dict[Site, int] = {}
        for place, stop in enumerate(course.stops):
            first.setdefault(stop.site, place)
            if stop.handoff is not None:
                first.setdefault(stop.handoff, place)
        for site, target in first.items():
            found.setdefault(site, []).append(_Visit(course, plain, target))
    return found


def _sooner(visits: Sequence[_Visit], line: WorkLine, site: Site, less: Delay, queues: Queues | None) -> Sooner | None:
    if not visits:
        return None
    taken: list[float] = []
    saved: list[float] = []
    for one in visits:
        played, off = _played(one, site, less, queues)
        taken.append(off)
        before, after = (line.worked(max(ended for _, ended in times)) for times in (one.plain, played))
        saved.append(before - after)
    titles = (one.course.stops[one.target].instance.title for one in visits)
    return Sooner(
        site=site, title=next(filter(None, titles), site.name), cases=len(saved), less=fmean(taken), saved=fmean(saved),
        usually=median(saved), high=quantile(saved, 0.9), savings=tuple(saved),
        unchanged=sum(abs(one) < _MOVED for one in saved) / len(saved),
    )  # fmt: skip


def _played(visit: _Visit, site: Site, less: Delay, queues: Queues | None) -> tuple[_Times, float]:
    """Ready and ended of every stop with less at the target, and how much less that is in working seconds."""
    course, plain, target = visit
    played = plain[:target]
    off = 0.0
    for place in range(target, len(course.stops)):
        stop = course.stops[place]
        released = max((played[one][1] for one in stop.before), default=course.begin)
        was = max((plain[one][1] for one in stop.before), default=course.begin)
        ready, ended = plain[place] if released == was else _again(course, stop, plain, played, released, queues)
        if place == target:
            off = min(_amount(less, ended, stop.line), _spent(stop, site, released, ready, ended))
            ended = max(released, stop.line.moment(stop.line.worked(ended) - off)) if off > 0 else ended
            ready = min(ready, ended)
        played.append((ready, ended))
    return played, max(0.0, off)


def _again(
    course: Course, stop: Stop, plain: _Times, played: _Times, released: float, queues: Queues | None
) -> tuple[float, float]:
    """A stop that is released at another time, behind other work."""
    ready, ended = stop.play(released)
    if queues is None or stop.pieces[1].move not in (Move.STILL, Move.WORKED):
        return ready, ended
    line = stop.line
    came = max(((played[one][0], plain[one][0]) for one in stop.before), default=(ready, stop.ready))
    moved, since = (line.worked(new) - line.worked(old) for new, old in ((ready, stop.ready), came))
    longer = queues.longer(stop, moved, since)
    if not longer:
        return ready, ended
    waits = Piece(Move.WORKED, max(0.0, stop.pieces[1].amount + longer))
    return ready, stop.pieces[2].end(waits.end(ready, line), line)


def _amount(less: Delay, ended: float, line: WorkLine) -> float:
    """In working seconds before an end."""
    return less.seconds if less.working else line.worked(ended) - line.worked(ended - less.seconds)


def _spent(stop: Stop, site: Site, released: float, ready: float, ended: float) -> float:
    """Working seconds at the place: of a handoff until somebody first looks, of a step from then on."""
    line = stop.line
    whole = line.worked(ended) - line.worked(released)
    opened = stop.instance.first_opened or stop.instance.started
    looked = line.worked(opened.timestamp()) - line.worked(stop.ready) if opened is not None else 0.0
    between = min(whole, line.worked(ready) - line.worked(released) + max(0.0, looked))
    if site.kind == "handoff":
        return between
    return whole - between if stop.handoff is not None else whole
