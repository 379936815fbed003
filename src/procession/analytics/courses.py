"""Cases as courses: what had to end before what could begin, how long each piece took, and how it moves.

A finished case is taken apart into pieces that can be played again from another beginning. Work and waiting inside the
house take as much working time as they took; what passes outside takes as long by the clock; a date stays where it is;
a gate opens when it opens next. Played from where they were, they give back the recorded times; of a
case that was paused, the times it would have had without the pause.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum
from functools import cached_property
from typing import NamedTuple

from procession.analytics.gates import Gate, gates_of, opening_of
from procession.analytics.log import MACHINE_KINDS, ActivityInstance, ProcessCase, ProcessLog, Site
from procession.analytics.named_dates import NamedDate, named_dates
from procession.analytics.pauses import Stretch, stretches
from procession.analytics.workline import WorkLine, line_of
from procession.engine.calendar import WorkCalendar

Key = tuple[Site, int]
"""A place and the how manyth visit to it, from 1."""


class Move(IntEnum):
    """How the end of a piece follows its beginning."""

    STILL = 0
    """It takes no time."""
    WORKED = 1
    """After so much working time, inside working hours again."""
    WORKED_OUT = 2
    """After so much working time and then so long by the clock: it ended outside working hours."""
    ELAPSED = 3
    """After so long by the clock."""
    DATE = 4
    """At a date of its own, or at once when that has passed."""
    GATE = 5
    """When the gate opens next."""


_PLAIN = (Move.STILL, Move.WORKED)


class Piece(NamedTuple):
    """One stretch of a visit."""

    move: Move
    amount: float = 0.0
    """Seconds; of a date, the moment."""
    offset: float = 0.0
    """By the clock, after the rest."""
    gate: Gate | None = None

    def end(self, begin: float, line: WorkLine) -> float:
        """When it ends if it begins at `begin`."""
        move = self.move
        if move is Move.WORKED:
            return line.after(begin, self.amount)
        if move is Move.STILL:
            return begin
        if move is Move.ELAPSED:
            return begin + self.amount
        if move is Move.WORKED_OUT:
            return line.moment(line.worked(begin) + self.amount) + self.offset
        if move is Move.DATE:
            return max(begin, self.amount)
        assert self.gate is not None
        return max(begin, self.gate.next(begin) + self.offset)


class Stop(NamedTuple):
    """One visit of a course."""

    key: Key
    before: tuple[int, ...]
    """Positions of what released it."""
    pieces: tuple[Piece, Piece, Piece]
    """Until it is ready, until somebody begins, until it ends."""
    ready: float
    started: float
    ended: float
    line: WorkLine
    instance: ActivityInstance
    plain: float | None
    """Working seconds from ready to ended, where nothing else decides."""
    handoff: Site | None = None
    """The handoff that released it, as a place."""

    @property
    def site(self) -> Site:
        return self.key[0]

    def play(self, released: float) -> tuple[float, float]:
        """Ready and ended if what it waits for ends at `released`."""
        transit = self.pieces[0]
        ready = released if transit.move is Move.STILL else transit.end(released, self.line)
        return ready, self.end(ready)

    def end(self, ready: float) -> float:
        """When it ends if it is ready at `ready`."""
        if self.plain is not None:
            return self.line.after(ready, self.plain)
        return self.pieces[2].end(self.pieces[1].end(ready, self.line), self.line)


@dataclass(frozen=True, slots=True)
class Course:
    """A case as stops in order of their end."""

    id: str
    begin: float
    end: float
    stops: tuple[Stop, ...]
    at: Mapping[Key, int]
    """Where each visit stands."""
    traits: Mapping[str, object]

    @property
    def was_paused(self) -> bool:
        """Whether it stood still for a while."""
        return any(stop.instance.paused for stop in self.stops)

    @property
    def tail(self) -> float:
        """What passed between the last stop and the end of the case: normally nothing."""
        return self.end - max((stop.ended for stop in self.stops), default=self.begin)


class Courses:
    """The finished cases of a log as courses, with the calendars and gates that they move along."""

    def __init__(self, log: ProcessLog) -> None:
        self.log = log
        self.gates: Mapping[Site, Gate] = gates_of(log)
        begins = [case.begin for case in log.cases] + [one.ready for one in log.open]
        self._year = min((at.year for at in begins), default=2000) - 1
        self.all: tuple[Course, ...] = tuple(self.course(case) for case in log.cases)

    @cached_property
    def dates(self) -> Mapping[Site, NamedDate]:
        """Of waits for a date that cases name: the answer that names it."""
        return named_dates(self.log.cases, self.log.calendar.zone)

    def _date(self, instance: ActivityInstance, ended: float, traits: Mapping[str, object]) -> float | None:
        """The date that a wait was for: when it ended, or before it began, where the date had passed by then and it
        ended at once. None: it was for no date."""
        named = self.dates.get(instance.site) if instance.kind == "wait" else None
        own = named.of(traits) if named is not None else None
        if own is not None and own < ended:
            return own
        return ended if instance.fixed_end else None

    def line(self, calendar: WorkCalendar | None = None) -> WorkLine:
        """The working time of a calendar; the organisation's where none is named."""
        return line_of(calendar or self.log.calendar, self._year)

    def course(self, case: ProcessCase) -> Course:
        """A case taken apart."""
        stops: list[Stop] = []
        at: dict[Key, int] = {}
        place: dict[str, int] = {}
        by_id = case.by_id()
        for instance in case.instances:
            site = instance.site
            nth = 1
            while (site, nth) in at:
                nth += 1
            before = tuple(place[name] for name in instance.releasers)
            released = max((stops[one].ended for one in before), default=case.begin.timestamp())
            line = self.line(self.log.calendar_of(instance))
            stop = self._stop(instance, nth, before, released, line, case.traits)
            stops.append(stop._replace(handoff=case.handoff_site(instance, by_id)) if instance.handoff else stop)
            place[instance.id] = at[site, nth] = len(stops) - 1
        return Course(case.id, case.begin.timestamp(), case.end.timestamp(), tuple(stops), at, case.traits)

    def _stop(
        self, instance: ActivityInstance, nth: int, before: tuple[int, ...], released: float, line: WorkLine,
        traits: Mapping[str, object],
    ) -> Stop:  # fmt: skip
        ready, ended = instance.ready.timestamp(), instance.ended.timestamp()
        started = _started(instance).timestamp()
        still = stretches(instance.paused, released, ended) if instance.paused else ()
        gate = self.gates.get(instance.site) if opening_of(instance) is not None else None
        transit = worked_piece(released, ready, line, still)
        if instance.is_outside:
            wait, started = Piece(Move.STILL), ready
            date = self._date(instance, ended, traits)
            work = _until(instance, ready, ended, gate, still, date)
        elif gate is not None:
            wait = Piece(Move.GATE, 0.0, started - gate.next(_went_on(ready, started, still)), gate)
            work = worked_piece(started, ended, line, still)
        elif instance.kind in MACHINE_KINDS:
            wait, work = _elapsed(ready, started, still), _elapsed(started, ended, still)
        else:
            wait, work = worked_piece(ready, started, line, still), worked_piece(started, ended, line, still)
        plain = wait.amount + work.amount if work.move is Move.WORKED and wait.move in _PLAIN else None
        return Stop((instance.site, nth), before, (transit, wait, work), ready, started, ended, line, instance, plain)


def _started(instance: ActivityInstance) -> datetime:
    """When work on it began; what was finished in one go was waiting until then, a machine's is work at once."""
    fallback = instance.ready if instance.kind in MACHINE_KINDS else instance.ended
    return min(max(instance.started or fallback, instance.ready), instance.ended)


def _until(
    instance: ActivityInstance,
    ready: float,
    ended: float,
    gate: Gate | None,
    still: Sequence[Stretch],
    date: float | None,
) -> Piece:
    """Time spent outside: until a gate opens, until a date, or so long by the clock."""
    if gate is not None:
        return Piece(Move.GATE, 0.0, ended - gate.next(_went_on(ready, ended, still)), gate)
    if date is not None:
        return Piece(Move.DATE, date)
    return _elapsed(ready, ended, still)


def _went_on(begin: float, end: float, still: Sequence[Stretch]) -> float:
    """Since when a gate was waited for: from the beginning, or since the case went on after its last pause."""
    return max((until for _, until in still if begin < until < end), default=begin)


def _elapsed(begin: float, end: float, still: Sequence[Stretch] = ()) -> Piece:
    amount = end - begin - sum(max(0.0, min(until, end) - max(since, begin)) for since, until in still)
    return Piece(Move.ELAPSED, amount) if amount > 0 else Piece(Move.STILL)


def worked_piece(begin: float, end: float, line: WorkLine, still: Sequence[Stretch] = ()) -> Piece:
    """A stretch of the house's own time: what ended inside working hours ends inside them again; what passed wholly
    outside them ran by the clock; what ended outside them keeps its distance to the working time before. What passed
    while the case was paused is left out."""
    if end <= begin:
        return Piece(Move.STILL)
    worked = line.worked(end) - line.worked(begin)
    for since, until in still:
        if begin < until and since < end:
            worked -= line.worked(min(until, end)) - line.worked(max(since, begin))
    if line.is_working(end):
        return Piece(Move.WORKED, max(0.0, worked))
    if worked <= 0:
        return _elapsed(begin, end, still)
    if still:
        return Piece(Move.WORKED, worked)
    return Piece(Move.WORKED_OUT, worked, end - line.moment(line.worked(begin) + worked))


def replay(course: Course) -> list[tuple[float, float]]:
    """Ready and ended of every stop, played from the recorded beginning: the recorded times."""
    played: list[tuple[float, float]] = []
    for stop in course.stops:
        released = max((played[one][1] for one in stop.before), default=course.begin)
        played.append(stop.play(released))
    return played
