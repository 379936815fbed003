"""What a delay in one place does to the end: how much of it is absorbed, and what makes it grow.

The case is played twice along its links, once as it is and once with the delay. On the way to the end the delay is
followed from step to step, and every change of its size has one cause: the step that comes next waited for something
else anyway (slack); it waits for the next meeting or payment run (gate), or for a date; nights, weekends and holidays
lie between (calendar); other work lies before it at the desk where it comes later (queue). The causes add up to the
difference of the two ends exactly.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from statistics import mean, median
from typing import Literal, NamedTuple

from procession.analytics.attribution import quantile
from procession.analytics.courses import Course, Move, Piece, replay
from procession.analytics.forecast.futures import Future, Leg
from procession.analytics.log import Site
from procession.analytics.queues import Queues
from procession.analytics.workline import WorkLine

Cause = Literal["delay", "slack", "gate", "date", "calendar", "queue"]
"""What changed the size of the delay: itself, something that was waited for anyway, the next opening of a gate, a date
that stands, hours without work, other work at the same desk."""

_MOVED = 1.0
"""Seconds that count as a difference."""


class Delay(NamedTuple):
    """How much later something ends."""

    seconds: float
    working: bool = True
    """In working time; else by the clock."""

    def after(self, end: float, line: WorkLine) -> float:
        """The later end."""
        if not self.working:
            return end + self.seconds
        return line.moment(line.worked(end) + self.seconds)


class Link(NamedTuple):
    """One cause on the way of the delay to the end."""

    cause: Cause
    site: Site | None
    """Where; None at the end of the case."""
    title: str
    seconds: float
    """By the clock; negative where it takes from the delay."""
    before: float
    """When this ended without the delay."""
    after: float
    """And when with it."""
    because: str = ""
    """What was waited for anyway, or when the gate opens."""


class Shift(NamedTuple):
    """One way with and without the delay."""

    end: float
    later: float
    links: tuple[Link, ...]
    ends: tuple[tuple[float, float], ...]
    """Of each leg."""

    @property
    def seconds(self) -> float:
        return self.later - self.end


@dataclass(frozen=True, slots=True, kw_only=True)
class Cascade:
    """What a delay does, over all ways a case may go on, or over finished cases. Seconds by the clock."""

    site: Site
    title: str
    delay: Delay
    asked: float
    """The delay as it ends there, by the clock: the median."""
    ways: int
    """Ways, or finished cases, in which it happens."""
    unchanged: float
    """The share that ends no later."""
    usually: float
    """The median of how much later the end is."""
    average: float
    low: float
    high: float
    """8 of 10 lie between."""
    links: tuple[Link, ...]
    """The causes in a typical way."""
    ends: tuple[float, float]
    """Its end without and with the delay."""
    parts: Mapping[str, float]
    """Member → how much later its last step ends, the median."""
    shifts: tuple[float, ...]

    @property
    def amplification(self) -> float:
        """How much each hour of the delay costs at the end, on average."""
        return self.average / self.asked if self.asked else 0.0

    def sums(self) -> dict[str, float]:
        """Seconds by cause in the typical way; they add up to its difference."""
        totals: dict[str, float] = {}
        for link in self.links:
            totals[link.cause] = totals.get(link.cause, 0.0) + link.seconds
        return totals


def way_of(course: Course) -> Future:
    """A finished case as a way that went as it went; one that was paused, as it would have gone without."""
    times = replay(course) if course.was_paused else [(stop.ready, stop.ended) for stop in course.stops]
    legs: list[Leg] = []
    for stop, (ready, ended) in zip(course.stops, times, strict=True):
        released = max((times[one][1] for one in stop.before), default=course.begin)
        legs.append(Leg(stop, stop.key, stop.before, released, ready, ended, is_open=False))
    end = course.end
    if course.was_paused:
        end = max((ended for _, ended in times), default=course.begin) + course.tail
    return Future(course.id, tuple(legs), end)


def cascade(ways: Sequence[Future], site: Site, delay: Delay, queues: Queues | None = None) -> Cascade | None:
    """What the delay does; None where no way comes to this place. Without `queues` a step waits as long as it waited."""
    shifts = [(way, found) for way in ways if (found := shift(way, site, delay, queues)) is not None]
    if not shifts:
        return None
    seconds = [found.seconds for _, found in shifts]
    middle = median(seconds)
    end = median(found.end for _, found in shifts)
    way, typical = min(shifts, key=lambda pair: (abs(pair[1].seconds - middle), abs(pair[1].end - end)))
    first = next(leg for leg in way.legs if site in (leg.stop.site, leg.stop.handoff))
    return Cascade(
        site=site, title=first.stop.instance.title or site.name, delay=delay,
        asked=median(found.links[0].seconds for _, found in shifts), ways=len(shifts),
        unchanged=sum(one < _MOVED for one in seconds) / len(seconds), usually=middle, average=mean(seconds),
        low=quantile(seconds, 0.1), high=quantile(seconds, 0.9), links=typical.links,
        ends=(typical.end, typical.later), parts=_parts(shifts), shifts=tuple(seconds),
    )  # fmt: skip


def shift(way: Future, site: Site, delay: Delay, queues: Queues | None = None) -> Shift | None:
    """One way with and without the delay at the first of its visits to the place; at a handoff, of what it released."""
    target = next((n for n, leg in enumerate(way.legs) if site in (leg.stop.site, leg.stop.handoff)), None)
    if target is None:
        return None
    played = _played(way, target, delay, queues)
    last = max((leg.ended for leg in way.legs), default=way.end)
    later = way.end - last + max(times[1] for times in played)
    ends = tuple((leg.ended, times[1]) for leg, times in zip(way.legs, played, strict=True))
    return Shift(way.end, later, tuple(_links(way, played, target)), ends)


_Times = tuple[float, float, float]
"""Ready and ended; and by how many working seconds it waits longer behind other work."""


def _played(way: Future, target: int, delay: Delay, queues: Queues | None) -> list[_Times]:
    """Every leg with the delay."""
    played: list[_Times] = []
    for index, leg in enumerate(way.legs):
        released = _released(leg, played)
        behind = queues is not None and any(played[one][0] > way.legs[one].ready for one in leg.before)
        if released > leg.released or behind:
            times = _again(way, leg, released, played, queues)
        else:
            times = leg.ready, leg.ended, 0.0
        if index == target:
            times = times[0], delay.after(times[1], leg.stop.line), times[2]
        played.append(times)
    return played


def _again(way: Future, leg: Leg, released: float, played: Sequence[_Times], queues: Queues | None) -> _Times:
    """A leg that is released later: ready and ended, and how much longer it waits at the desk where it comes later."""
    stop = leg.stop
    ready, ended = stop.play(released) if released > leg.released else (leg.ready, leg.ended)
    if queues is None or stop.pieces[1].move not in (Move.STILL, Move.WORKED):
        return ready, ended, 0.0
    line = stop.line
    came = max(((played[one][0], way.legs[one].ready) for one in leg.before), default=(ready, leg.ready))
    later, since = (line.worked(new) - line.worked(old) for new, old in ((ready, leg.ready), came))
    longer = queues.longer(stop, later, since)
    if not longer:
        return ready, ended, 0.0
    waits = Piece(Move.WORKED, max(0.0, stop.pieces[1].amount + longer))
    ended = stop.pieces[2].end(waits.end(ready, stop.line), stop.line)
    return (ready, ended, longer) if ended >= leg.ended else (ready, leg.ended, longer)


def _released(leg: Leg, played: Sequence[_Times]) -> float:
    """When all that the leg waits for has ended, with the delay: never earlier than without."""
    return max((played[one][1] for one in leg.before), default=leg.released) if leg.before else leg.released


# --- the chain of causes -----------------------------------------------------------------------------------------------


def _links(way: Future, played: Sequence[_Times], target: int) -> list[Link]:
    """The causes from the delay to the end, or to where nothing of it is left."""
    leg = way.legs[target]
    links = [
        Link("delay", leg.stop.site, _title(leg), played[target][1] - leg.ended, leg.ended, played[target][1]),
    ]
    route = _route(way, played, target)
    for before, index in pairwise(route):
        links += _through(way, played, before, index)
    final = route[-1]
    slack = max((one.ended for one in way.legs), default=0.0) - way.legs[final].ended
    moved = played[final][1] - way.legs[final].ended
    if slack > 0 and moved > 0:
        other = max(way.legs, key=lambda one: one.ended)
        absorbed = min(slack, moved)
        links.append(
            Link("slack", None, "The end", -absorbed, way.end, max(way.end, way.end + moved - slack), _title(other))
        )
    return links


def _route(way: Future, played: Sequence[_Times], target: int) -> list[int]:
    """The legs that the delay goes through: back from the leg that ends last; where it does not get there, forward to
    wherever most of it goes."""
    last = max(range(len(played)), key=lambda one: played[one][1])
    route = [last]
    while route[-1] != target and way.legs[route[-1]].before:
        route.append(max(way.legs[route[-1]].before, key=lambda one: played[one][1]))
    if route[-1] == target:
        return route[::-1]
    route = [target]
    while played[route[-1]][1] - way.legs[route[-1]].ended > 0:
        after = [one for one, leg in enumerate(way.legs) if route[-1] in leg.before]
        if not after:
            break
        route.append(max(after, key=lambda one: (played[one][1] - way.legs[one].ended, -one)))
    return route


def _through(way: Future, played: Sequence[_Times], before: int, index: int) -> list[Link]:
    """What a leg does to the delay that comes from the leg before it."""
    leg = way.legs[index]
    links: list[Link] = []
    came = played[before][1] - way.legs[before].ended
    released = max(leg.released, played[before][1])
    moved = released - leg.released
    if came - moved > 0:
        others = [one for one in leg.before if one != before]
        other = max(others, key=lambda one: way.legs[one].ended, default=None)
        because = _title(way.legs[other]) if other is not None else ""
        links.append(Link("slack", leg.stop.site, _title(leg), moved - came, leg.released, released, because))
    was, now = leg.released, released
    started = leg.stop.pieces[1].end(leg.ready, leg.stop.line)
    longer = played[index][2]
    for place, (piece, old) in enumerate(zip(leg.stop.pieces, (leg.ready, started, leg.ended), strict=True)):
        new = piece.end(now, leg.stop.line) if now > was else old
        change = (new - old) - (now - was)
        if abs(change) > 0:
            links.append(_link(leg, piece, change, old, new))
        if place == 1 and longer:
            behind = Piece(Move.WORKED, max(0.0, piece.amount + longer)).end(now, leg.stop.line)
            links.append(Link("queue", leg.stop.site, _title(leg), behind - new, new, behind))
            new = behind
        was, now = old, new
    rest = (played[index][1] - leg.ended) - (now - was)
    if longer and rest:  # never earlier than without the delay
        links.append(Link("queue", leg.stop.site, _title(leg), rest, now, played[index][1]))
    return links


def _link(leg: Leg, piece: Piece, change: float, old: float, new: float) -> Link:
    if piece.move is Move.GATE and piece.gate is not None:
        return Link("gate", leg.stop.site, _title(leg), change, old, new, piece.gate.words)
    cause: Cause = "date" if piece.move is Move.DATE else "calendar"
    return Link(cause, leg.stop.site, _title(leg), change, old, new)


def _title(leg: Leg) -> str:
    return leg.stop.instance.title or leg.stop.site.name


def _parts(shifts: Sequence[tuple[Future, Shift]]) -> dict[str, float]:
    """How much later the last step of each member ends."""
    found: dict[str, list[float]] = {}
    for way, one in shifts:
        ends: dict[str, tuple[float, float]] = {}
        for leg, (end, later) in zip(way.legs, one.ends, strict=True):
            old, new = ends.get(leg.stop.site.part, (end, later))
            ends[leg.stop.site.part] = max(old, end), max(new, later)
        for part, (old, new) in ends.items():
            found.setdefault(part, []).append(new - old)
    return {part: median(of) for part, of in found.items()}


def moment(seconds: float) -> datetime:
    """Seconds since 1970 as a moment."""
    return datetime.fromtimestamp(seconds, UTC)
