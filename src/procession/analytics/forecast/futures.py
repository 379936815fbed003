"""The ways a running case may go on, each taken from a finished case that had come as far.

A finished case is comparable when it made the visits that are open now. What was left of it is played again from now
on: the open visits take as long as such visits took that had lasted this long already, and what follows begins when
its last releaser ends, moves along the calendar, waits for dates and gates. So a future has the branches, loops and
joins of a real case, its path to the end, and the days of this calendar. Cases that resemble this one, by its version,
its data and what was done so far, are drawn more often.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import accumulate
from math import exp
from typing import Final, NamedTuple

from procession.analytics.courses import Course, Courses, Key, Move, Stop
from procession.analytics.forecast.load import Load
from procession.analytics.forecast.traits import Likeness
from procession.analytics.log import OpenActivity, RunningCase
from procession.analytics.pauses import stretches

FEWEST_CASES: Final = 20
"""Finished cases that a forecast needs to rest on."""
_MOST_COMPARED: Final = 600
"""The newest so many comparable cases are looked at."""
_FEWEST_EFFECTIVE: Final = 40
_UNLIKE: Final = 0.5
"""How fast the weight of a case falls with each visit that only one of the two has made."""


class Leg(NamedTuple):
    """One visit of a future that has not ended yet."""

    stop: Stop
    """What it is modelled on."""
    key: Key
    before: tuple[int, ...]
    """Positions in the future of what must end first."""
    released: float
    """When the last thing that it waits for ends; of an open one, when it was ready."""
    ready: float
    ended: float
    is_open: bool


@dataclass(frozen=True, slots=True)
class Future:
    """One way in which a case may go on."""

    like: str
    """The finished case it is modelled on."""
    legs: tuple[Leg, ...]
    end: float


@dataclass(frozen=True, slots=True)
class Futures:
    """All ways looked at, or why there are none."""

    ways: tuple[Future, ...]
    cases: int
    """Finished cases that were comparable."""
    deciding: Key | None = None
    """Where there are none: the open visit that is to blame."""
    reason: str | None = None


class _Now(NamedTuple):
    """A running case as the forecast sees it."""

    at: float
    begin: float
    open: Mapping[Key, OpenActivity]
    done: Mapping[Key, float]
    """When each ended."""
    anchors: tuple[Key, ...]
    """What a comparable case must have visited."""
    knows_ready: bool
    traits: Mapping[str, object]
    load: float
    """Cases under way."""


class Past:
    """Finished cases, ready to be asked how a running one goes on."""

    def __init__(self, courses: Courses, only: Iterable[Course] | None = None, load: Load | None = None) -> None:
        self.courses = courses
        self.cases = tuple(courses.all if only is None else only)
        self.likeness = Likeness(self.cases)
        self.load = load or Load(courses.all, [one.begin.timestamp() for one in courses.log.running])
        self._visits: dict[Key, list[tuple[Course, int]]] = {}
        self._made: dict[tuple[str, float], frozenset[Key]] = {}
        for course in sorted(self.cases, key=lambda one: one.end):
            for key, position in course.at.items():
                self._visits.setdefault(key, []).append((course, position))

    def futures(self, case: RunningCase, at: float, *, ways: int, seed: int = 0, load: float | None = None) -> Futures:
        """So many ways in which the case may go on from `at`, with so many cases under way (None: as the log has)."""
        now = _now(case, at, self.load.at(at) if load is None else load)
        if not now.anchors:
            return Futures((), 0, None, "nothing is open in this case")
        if len(self.cases) < FEWEST_CASES:
            return Futures((), len(self.cases), now.anchors[0], _too_few(len(self.cases)))
        draw = random.Random(f"{case.id} {seed}")  # not for secrets: which ways are looked at
        together = self._comparable(now, now.anchors)
        if len(together) >= FEWEST_CASES:
            drawn = self._draw(now, together, now.anchors, ways, draw)
            # A case that is drawn several times goes on the same way each time: it is played once.
            played = {one.id: self._play(now, [(one, now.anchors)]) for one in {one.id: one for one in drawn}.values()}
            return Futures(tuple(played[one.id] for one in drawn), len(together))
        if len(now.anchors) == 1:
            return self._silent(now, now.anchors[0], len(together))
        return self._apart(now, ways, draw)

    def _apart(self, now: _Now, ways: int, draw: random.Random) -> Futures:
        """No case had the same branches open: each branch goes on as its own comparable cases did."""
        found: list[tuple[Key, list[Course]]] = []
        fewest = len(self.cases)
        for key in now.anchors:
            comparable = self._comparable(now, (key,))
            if len(comparable) < FEWEST_CASES:
                return self._silent(now, key, len(comparable))
            fewest = min(fewest, len(comparable))
            found.append((key, self._draw(now, comparable, (key,), ways, draw)))
        futures = [self._play(now, [(drawn[n], (key,)) for key, drawn in found]) for n in range(ways)]
        return Futures(tuple(futures), fewest)

    def _silent(self, now: _Now, key: Key, comparable: int) -> Futures:
        visited = len(self._anywhere(key))
        if visited >= FEWEST_CASES and key in now.open:
            reason = f"it has been at this step longer than {visited - comparable} of {visited} cases"
            return Futures((), comparable, key, reason)
        return Futures((), comparable, key, _too_few(comparable))

    # --- who is comparable --------------------------------------------------------------------------------------------

    def _anywhere(self, key: Key) -> list[tuple[Course, int]]:
        """The finished cases that made this visit; where nearly none went round so often, those that went less often."""
        site, nth = key
        found = self._visits.get(key, [])
        while nth > 1 and len(found) < FEWEST_CASES:
            nth -= 1
            found = self._visits.get((site, nth), [])
        return found

    def _comparable(self, now: _Now, anchors: Sequence[Key]) -> list[Course]:
        """The newest cases that made all these visits and were at each of them longer than this one has been."""
        lasting: dict[str, Course] | None = None
        for key in anchors:
            waited = _waited(now, key)
            here = {
                course.id: course
                for course, position in self._anywhere(key)[-_MOST_COMPARED:]
                if waited is None or _lasts(course.stops[position], waited, now)
            }
            lasting = here if lasting is None else {name: one for name, one in lasting.items() if name in here}
        return list((lasting or {}).values())

    def _draw(
        self, now: _Now, comparable: Sequence[Course], anchors: Sequence[Key], ways: int, draw: random.Random
    ) -> list[Course]:
        """Comparable cases, drawn by how much they resemble this one; evenly spread, so that chance adds little."""
        traits = self.likeness.of(now.traits)
        load = self.load.likeness(now.load)
        weights = [
            exp(-_UNLIKE * self._apartness(now, one, anchors)) * traits(one) * load(self._since(now, one, anchors))
            for one in comparable
        ]
        bounds = list(accumulate(_softened(weights)))
        step = bounds[-1] / ways
        offset = draw.random() * step
        drawn: list[Course] = []
        index = 0
        for n in range(ways):
            point = offset + n * step
            while index < len(bounds) - 1 and bounds[index] < point:
                index += 1
            drawn.append(comparable[index])
        draw.shuffle(drawn)
        return drawn

    def _apartness(self, now: _Now, course: Course, anchors: Sequence[Key]) -> int:
        """Visits that only one of the two had made when it stood here."""
        since = self._since(now, course, anchors)
        made = self._made.get((course.id, since))
        if made is None:
            made = frozenset(stop.key for stop in course.stops if stop.ended <= since)
            self._made[course.id, since] = made
        return len(made.symmetric_difference(now.done.keys()))

    @staticmethod
    def _since(now: _Now, course: Course, anchors: Sequence[Key]) -> float:
        """When a finished case stood where this one stands."""
        return min(_reached(now, course, key) for key in anchors)

    # --- going on -----------------------------------------------------------------------------------------------------

    def _play(self, now: _Now, models: Sequence[tuple[Course, Sequence[Key]]]) -> Future:
        """What is left of each model, from now on."""
        legs: list[Leg] = []
        end = now.at
        for course, anchors in models:
            self._go_on(now, course, anchors, legs)
            end = max(end, max((leg.ended for leg in legs), default=now.at) + max(0.0, course.tail))
        return Future(models[0][0].id, tuple(legs), end)

    def _with_its_date(self, now: _Now, course: Course, stop: Stop) -> Stop:
        """A wait for a date is for the date of this case; where none is known, as long after its beginning as there."""
        if stop.pieces[2].move is not Move.DATE:
            return stop
        named = self.courses.dates.get(stop.site)
        own = named.of(now.traits) if named is not None else None
        return _dated(stop, own if own is not None else now.begin + stop.pieces[2].amount - course.begin)

    def _go_on(self, now: _Now, course: Course, anchors: Sequence[Key], legs: list[Leg]) -> None:
        here = {_position(course, key): key for key in anchors if key in now.open}
        since = self._since(now, course, anchors)
        ends: dict[int, tuple[float, int | None]] = {}
        for position, recorded in enumerate(course.stops):
            stop = self._with_its_date(now, course, recorded)
            if position in here:
                leg = _open_leg(now, here[position], stop)
            elif stop.key in now.done:
                ends[position] = now.done[stop.key], None
                continue
            elif stop.ended <= since or stop.key in now.open:
                continue
            else:
                leg = _next_leg(now, stop, ends)
                if leg is None:
                    continue
            legs.append(leg)
            ends[position] = leg.ended, len(legs) - 1


def _dated(stop: Stop, at: float) -> Stop:
    """A wait for a date, for another date."""
    first, second, last = (piece._replace(amount=at) if piece.move is Move.DATE else piece for piece in stop.pieces)
    return stop._replace(pieces=(first, second, last))


def _softened(weights: list[float]) -> list[float]:
    """Weights so even that no handful of cases decides alone: as though at least `_FEWEST_EFFECTIVE` were drawn from
    (Kish's effective sample size)."""
    fewest = min(_FEWEST_EFFECTIVE, len(weights) / 2)
    soft = weights
    for power in (1.0, 0.7, 0.5, 0.35, 0.25, 0.15):
        soft = [one**power for one in weights]
        if sum(soft) ** 2 >= fewest * sum(one * one for one in soft):
            break
    return soft


def _now(case: RunningCase, at: float, load: float) -> _Now:
    counts: dict[object, int] = {}
    done: dict[Key, float] = {}
    for one in sorted(case.done, key=lambda instance: instance.ended):
        counts[one.site] = counts.get(one.site, 0) + 1
        done[one.site, counts[one.site]] = one.ended.timestamp()
    opened: dict[Key, OpenActivity] = {}
    for activity in sorted(case.open, key=lambda one: one.ready):
        counts[activity.site] = counts.get(activity.site, 0) + 1
        opened[activity.site, counts[activity.site]] = activity
    anchors = tuple(opened)
    if not anchors and done and not case.open_is_all:
        anchors = (max(done, key=lambda key: done[key]),)
    return _Now(at, case.begin.timestamp(), opened, done, anchors, case.open_is_all, case.traits, load)


def _too_few(count: int) -> str:
    return f"needs {FEWEST_CASES} comparable finished cases, there {'is' if count == 1 else 'are'} {count}"


def _position(course: Course, key: Key) -> int:
    """Where a case made this visit, or the last one before it to the same place."""
    site, nth = key
    while nth > 1 and (site, nth) not in course.at:
        nth -= 1
    return course.at[site, nth]


def _reached(now: _Now, course: Course, key: Key) -> float:
    """When a finished case stood where this one stands: at the beginning of what is open, at the end of what is done."""
    stop = course.stops[_position(course, key)]
    return stop.ready if key in now.open else stop.ended


def _waited(now: _Now, key: Key) -> OpenActivity | None:
    activity = now.open.get(key)
    return None if activity is None or activity.until is not None else activity


def _lasts(stop: Stop, activity: OpenActivity, now: _Now) -> bool:
    """Whether a visit that took as long as this one would still be open."""
    first, second, last = stop.pieces
    if first.move >= Move.DATE or second.move >= Move.DATE or last.move >= Move.DATE:
        return True
    if activity.ready.timestamp() >= now.at:
        return True
    return stop.end(_ready(activity, stop, now.at)) >= now.at


def _ready(activity: OpenActivity, stop: Stop, at: float) -> float:
    """Since when an open visit has really been waiting: later by the time for which its case was paused."""
    ready = activity.ready.timestamp()
    if not activity.paused and activity.paused_at is None:
        return ready
    pauses = activity.paused
    if activity.paused_at is not None:
        pauses = (*pauses, (activity.paused_at, max(activity.paused_at, datetime.fromtimestamp(at, UTC))))
    still = stretches(pauses, ready, at)
    if any(piece.move is Move.ELAPSED for piece in stop.pieces[1:]):
        return ready + sum(until - since for since, until in still)
    worked = sum(stop.line.worked(until) - stop.line.worked(since) for since, until in still)
    return stop.line.moment(stop.line.worked(ready) + worked) if worked else ready


def _open_leg(now: _Now, key: Key, stop: Stop) -> Leg:
    """An open visit to its end."""
    activity = now.open[key]
    ready = activity.ready.timestamp()
    if activity.until is not None:
        ended = max(now.at, activity.until.timestamp())
    else:
        ended = max(now.at, stop.end(_ready(activity, stop, now.at)))
    return Leg(stop, key, (), ready, ready, ended, is_open=True)


def _next_leg(now: _Now, stop: Stop, ends: Mapping[int, tuple[float, int | None]]) -> Leg | None:
    """A visit that has not begun; None where it would have, so that this case goes another way."""
    ahead: tuple[int, ...] = ()
    released = 0.0
    for one in stop.before:
        known = ends.get(one)
        if known is not None:
            released = max(released, known[0])
            if known[1] is not None:
                ahead += (known[1],)
    released = released or now.at
    if not ahead and now.knows_ready:
        ready = stop.pieces[0].end(released, stop.line)
        if ready < now.at:
            return None
    ready, ended = stop.play(released)
    if ended < now.at:  # a foreign log tells nothing until it ends
        ready, ended = max(ready, now.at), now.at
    return Leg(stop, stop.key, ahead, released, ready, ended, is_open=False)
