"""Waiting behind other work, played again: how long a task waits if it comes later than it came.

Of every finished case it is known who did each task, when it was there, when it was begun and ended. So the desk at
which a delayed task arrives is known too: what lies before it there, and who is at work on what. Tasks are taken in the
order in which they came, each by whoever of those who do such tasks is free first; nobody turns to a task faster than
people do who have nothing else to do. The task is played once at the moment it came and once at the later one, and the
difference is added to how long it really waited. What the delay changes for other cases, and through them for this one
again, is not followed.

That holds where people do one thing after another and take what came first. Where a log shows something else, desks are
left out: those at which work overlaps, and those whose waits are not told better by playing the queue than by the
middle of all waits there. All times are working seconds of the organisation's calendar.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Final, NamedTuple

from procession.analytics.courses import Course, Stop
from procession.analytics.log import MACHINE_KINDS, Site
from procession.analytics.workline import WorkLine

FEWEST_TASKS: Final = 30
"""Tasks of a desk below which nothing is said of its queue."""
_OVERLAPPING: Final = 0.1
"""The share of tasks that begin while the same person is at work on another, above which there is no queue."""
_BETTER: Final = 0.8
"""How much of the error of the middle the played queue may have at most."""
_CHECKED: Final = 200
"""Tasks of a desk that its queue is checked on, at most."""
_BACK: Final = 300
"""How many tasks back those are looked for that still lie there."""
_HAIR: Final = 60.0
"""Seconds that count as at once."""


class _Task(NamedTuple):
    """One task as it was done."""

    ready: float
    started: float
    ended: float
    person: str
    able: tuple[str, ...]
    """Who might have done it."""
    notice: float
    """How long after it came it is begun at the soonest."""
    case: str
    site: Site
    since: float
    """When what released it had become ready: of several that a meeting lets go, who had come to it first goes first."""


@dataclass(slots=True)
class _Desk:
    """People who share work, and all the tasks that they did, in the order these came."""

    people: tuple[str, ...]
    tasks: list[_Task]
    came: list[float] = field(default_factory=list[float])
    begun: dict[str, list[tuple[float, float]]] = field(default_factory=dict[str, list[tuple[float, float]]])
    """Of each person: begin and end of what they did, in order of the begin."""

    def __post_init__(self) -> None:
        self.tasks.sort(key=lambda one: (one.ready, one.started))
        self.came = [one.ready for one in self.tasks]
        self.begun = {person: [] for person in self.people}
        for one in self.tasks:
            self.begun[one.person].append((one.started, one.ended))
        for own in self.begun.values():
            own.sort()

    def begins(self, task: _Task, at: float, since: float) -> float:
        """When the task is begun if it comes at `at`, released by what had become ready at `since`; the desk being as it
        was when the task really came, or at `at`, where that is earlier."""
        state = min(at, task.ready)
        free = {person: self._free(person, task, state) for person in self.people}
        for other in self._before(task, state, at, since):
            begin, person = _taken(other, other.ready, free)
            free[person] = begin + other.ended - other.started
        return _taken(task, at, free)[0]

    def _free(self, person: str, task: _Task, state: float) -> float:
        """When somebody is through with what they had begun by then."""
        own = self.begun[person]
        index = bisect_left(own, (state,)) - 1
        if index >= 0 and own[index] == (task.started, task.ended) and person == task.person:
            index -= 1
        return own[index][1] if index >= 0 else 0.0

    def _before(self, task: _Task, state: float, at: float, since: float) -> Iterable[_Task]:
        """What is taken before a task that comes at `at`: what lay there by then, and what came since."""
        first = bisect_left(self.came, state)
        for other in self.tasks[max(0, first - _BACK) : first]:
            if other.started >= state and other.case != task.case:
                yield other
        for other in self.tasks[first:]:
            if other.ready > at:
                return
            later = other.ready == at and other.since > since
            if other.case != task.case and not later:
                yield other


def _taken(task: _Task, at: float, free: dict[str, float]) -> tuple[float, str]:
    """When a task that comes at `at` is begun, and by whom."""
    person = min(task.able, key=lambda one: free[one])
    return max(free[person], at + task.notice), person


class Queues:
    """The desks of finished cases at which work queues."""

    def __init__(self, courses: Sequence[Course], line: WorkLine) -> None:
        self._at: dict[int, tuple[_Desk, _Task]] = {}
        self._plain: dict[int, float] = {}
        self.desks: list[tuple[str, ...]] = []
        """The people of each desk whose queue is played."""
        able = _able(courses)
        tasks = _tasks(courses, line, able)
        together = _together(tasks.values())
        desk_of = {person: place for place, people in enumerate(together) for person in people}
        shared: dict[int, dict[int, _Task]] = defaultdict(dict)
        for key, one in tasks.items():
            shared[desk_of[one.person]][key] = one
        for place, of in shared.items():
            desk = _Desk(together[place], list(of.values()))
            if _queues(desk):
                self.desks.append(together[place])
                self._at.update({key: (desk, one) for key, one in of.items()})

    def longer(self, stop: Stop, later: float, since: float) -> float:
        """By how many working seconds a stop waits longer (less long, where negative) if it comes `later` working
        seconds later than it did (sooner, where negative), and what releases it becomes ready `since` later."""
        found = self._at.get(id(stop.instance))
        if found is None or not (later or since):
            return 0.0
        desk, task = found
        key = id(stop.instance)
        if key not in self._plain:
            self._plain[key] = desk.begins(task, task.ready, task.since)
        longer = desk.begins(task, task.ready + later, task.since + since) - later - self._plain[key]
        return max(longer, task.ready - task.started, -later if later > 0 else longer)


def _able(courses: Iterable[Course]) -> dict[Site, tuple[str, ...]]:
    """Place → who did tasks there that lay before a group."""
    found: dict[Site, set[str]] = defaultdict(set)
    for course in courses:
        for stop in course.stops:
            one = stop.instance
            if one.resource is not None and (one.assigned is None or one.assigned > one.ready):
                found[stop.site].add(one.resource)
    return {site: tuple(sorted(people)) for site, people in found.items()}


def _tasks(courses: Sequence[Course], line: WorkLine, able: dict[Site, tuple[str, ...]]) -> dict[int, _Task]:
    """Every task that somebody of the house did, by the id of its instance."""
    found: dict[int, _Task] = {}
    for course in courses:
        for stop in course.stops:
            one = stop.instance
            if one.resource is None or one.is_outside or one.kind in MACHINE_KINDS or one.started is None or one.paused:
                continue
            ready, started, ended = line.worked(stop.ready), line.worked(stop.started), line.worked(stop.ended)
            since = max((line.worked(course.stops[before].ready) for before in stop.before), default=ready)
            group = able.get(stop.site, ()) if one.assigned is None or one.assigned > one.ready else ()
            people = group if one.resource in group else (one.resource,)
            found[id(one)] = _Task(ready, started, ended, one.resource, people, 0.0, course.id, stop.site, since)
    return _noticed(found)


def _noticed(tasks: dict[int, _Task]) -> dict[int, _Task]:
    """Whoever had nothing else to do shows how soon they turn to a task. Of the others it is the middle of those at the
    same place, as far as that is not longer than they waited; where nobody ever was free, at once."""
    last: dict[str, float] = {}
    known: dict[int, float] = {}
    for key, one in sorted(tasks.items(), key=lambda pair: pair[1].started):
        if last.get(one.person, 0.0) < one.started - _HAIR:
            known[key] = one.started - one.ready
        last[one.person] = max(last.get(one.person, 0.0), one.ended)
    free: dict[Site, list[float]] = defaultdict(list)
    for key, notice in known.items():
        free[tasks[key].site].append(notice)
    usual = {site: median(found) for site, found in free.items()}
    return {
        key: one._replace(notice=known.get(key, min(one.started - one.ready, usual.get(one.site, 0.0))))
        for key, one in tasks.items()
    }


def _together(tasks: Iterable[_Task]) -> list[tuple[str, ...]]:
    """People who share work, directly or through others."""
    leader: dict[str, str] = {}

    def lead(person: str) -> str:
        while leader.setdefault(person, person) != person:
            person = leader[person]
        return person

    for group in {one.able for one in tasks}:
        for person in group[1:]:
            leader[lead(person)] = lead(group[0])
    desks: dict[str, list[str]] = defaultdict(list)
    for person in sorted(leader | {one: one for group in {t.able for t in tasks} for one in group}):
        desks[lead(person)].append(person)
    return [tuple(people) for people in desks.values()]


def _queues(desk: _Desk) -> bool:
    """Whether its people do one thing after another, and playing the queue tells how long tasks wait."""
    if len(desk.tasks) < FEWEST_TASKS:
        return False
    overlaps = 0
    for own in desk.begun.values():
        overlaps += sum(later[0] < earlier[1] - _HAIR for earlier, later in itertools.pairwise(own))
    if overlaps > _OVERLAPPING * len(desk.tasks):
        return False
    checked = desk.tasks[:: max(1, len(desk.tasks) // _CHECKED)]
    waits = [one.started - one.ready for one in checked]
    middle = median(waits)
    guessed = sum(abs(wait - middle) for wait in waits)
    played = sum(abs(desk.begins(one, one.ready, one.since) - one.started) for one in checked)
    return played < _BETTER * guessed
