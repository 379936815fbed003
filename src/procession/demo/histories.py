"""The past of the invented company, and what lies on its desks today: which cases, when, and how they were made.

Everything follows from the seed, the history files, the plant and the present moment. Cases are made by the real engine
(`acting`) and encoded for the store, in batches that can run in several processes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from random import Random
from typing import Final

from procession.demo import company
from procession.demo.acting import Start, Tried, make
from procession.demo.habits import Habits
from procession.demo.history_file import SHIPPED, History, OnDesk, Spell, Trial, habits_of
from procession.engine.calendar import WorkCalendar
from procession.engine.definition import Definition
from procession.engine.instants import to_instant
from procession.engine.pilots import Pilot
from procession.engine.program import Program, compile_definition
from procession.engine.world import Recorded
from procession.store.history import Encoded, Happened, encode

PROCESS: Final = "employee-onboarding"
"""The process that a plan speaks of by itself."""

READ_AFTER: Final = timedelta(days=1)
"""Older notifications count as read."""

_MONDAY: Final = date(1970, 1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """How much past there is. None: as much as the history files say."""

    seed: int = 20
    plant: str = SHIPPED
    """What is planted: `shipped`, `nothing`, or another name that history files know."""
    hires: int | None = None
    """Onboardings that began long enough ago to have ended by now."""
    joining: int | None = None
    """Onboardings of the last weeks; most of them run."""
    others: int | None = None
    """Cases of each other definition."""
    tried: int | None = None
    """Cases of the latest weeks, of definitions of which a version is tried. None: as of the others."""
    inbox: bool = True
    """Also the tasks that lie on the desk of the demo's person."""

    def spells(self, history: History) -> Iterator[Spell]:
        """When how many cases of a definition begin."""
        wanted = (self.hires, self.joining) if history.definition == PROCESS else (self.others,)
        for place, spell in enumerate(history.cases):
            count = wanted[place] if place < len(wanted) else self.others
            if self.tried is not None and history.trial is not None and place == len(history.cases) - 1:
                count = self.tried
            yield spell if count is None else replace(spell, begin=count)


def starts(plan: Plan, histories: Sequence[History], now: datetime) -> list[Start]:
    """Every case that is made, in the order they begin, numbered in that order."""
    calendar = company.office_calendar(now)
    found: list[Start] = []
    for one in histories:
        rng = Random(f"{plan.seed}/{one.definition}")
        moments = (at for spell in plan.spells(one) for at in _moments(now, spell, calendar, rng))
        found.extend(Start(definition=one.definition, at=at, number=0, seed=0) for at in moments)
        if plan.inbox:
            found.extend(_waiting(one, now, calendar))
    return _numbered(plan, sorted(found, key=lambda one: one.at))


def _moments(now: datetime, spell: Spell, calendar: WorkCalendar, rng: Random) -> Iterator[datetime]:
    """Moments of work, evenly spread over the days of a spell."""
    for place in range(spell.begin):
        ago = spell.first - (spell.first - spell.last) * (place + rng.random()) / spell.begin
        at = now - timedelta(days=ago, minutes=rng.randint(0, 240))
        if spell.weekday is not None:
            at = _on_the_day(at, spell.weekday, spell.weeks)
        at = calendar.next_working(at)
        if at < now:
            yield at


def _on_the_day(at: datetime, weekday: int, weeks: int) -> datetime:
    """The same time on the last such day up to then."""
    return at - timedelta(days=((at.date() - _MONDAY).days - weekday) % (7 * weeks))


def _waiting(history: History, now: datetime, calendar: WorkCalendar) -> Iterator[Start]:
    """Cases that stand still: on somebody's desk, or stuck."""
    for one in history.on_desk:
        yield Start(
            definition=history.definition,
            at=_ready_for(one, now, calendar),
            number=0,
            seed=0,
            hold=(one.step, one.person),
            values=dict(one.values),
            starter=one.starter,
            hurry=True,
        )
    for stuck in history.stuck:
        at = calendar.next_working(now - timedelta(days=stuck.days))
        yield Start(definition=history.definition, at=at, number=0, seed=0, hold=(stuck.step, ""))


def _ready_for(one: OnDesk, now: datetime, calendar: WorkCalendar) -> datetime:
    """When a case has to begin, so that its task is due then."""
    closing = calendar.end_of_day(calendar.local_day(now))
    left = calendar.working_between(now, closing)
    if one.due == "overdue":
        due = calendar.add_business_time(now, timedelta(hours=-6))
    elif one.due == "today" and left:
        due = now + left * 0.6
    else:
        due = calendar.add_business_time(now, left + timedelta(hours=5))
    prelude = timedelta(minutes=30)
    return min(calendar.add_business_time(due, -timedelta(hours=one.span) - prelude), now - timedelta(minutes=1))


def _numbered(plan: Plan, found: list[Start]) -> list[Start]:
    counts: dict[str, int] = {}
    numbered: list[Start] = []
    for one in found:
        number = counts[one.definition] = counts.get(one.definition, 0) + 1
        seed = Random(f"{plan.seed}/{one.definition}/{number}").getrandbits(64)
        numbered.append(replace(one, number=number, seed=seed))
    return numbered


# --- making ----------------------------------------------------------------------------------------------------------


Published = Mapping[str, tuple[Definition, int]]
"""Definition's id → what it says, and its version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trying:
    """A version that is tried with some of the cases."""

    pilot: Pilot
    trial: Trial
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Cases to be made together, with all that a process of its own needs."""

    organisation: str
    published: Published
    """The definitions in force."""
    habits: Habits
    now: datetime
    starts: tuple[Start, ...]
    trials: Mapping[str, Trying] = field(default_factory=dict[str, "Trying"])
    """Of definitions of which another version is tried with some."""


def batches(
    organisation: str,
    published: Published,
    histories: Sequence[History],
    plan: Plan,
    now: datetime,
    *,
    size: int = 60,
    trials: Mapping[str, Trying] | None = None,
) -> list[Batch]:
    """The whole past, in batches of about the same work."""
    todo = starts(plan, histories, now)
    # The long cases of processes first, so that the last batch to end is a short one.
    todo.sort(key=lambda one: published[one.definition][0].kind != "process")
    habits = habits_of(histories, plan.plant)
    return [
        Batch(
            organisation=organisation,
            published=published,
            habits=habits,
            now=now,
            starts=tuple(todo[first : first + size]),
            trials=trials or {},
        )
        for first in range(0, len(todo), size)
    ]


def make_batch(batch: Batch) -> Encoded:
    """Make the cases of a batch, ready to be written."""
    return encode(batch.organisation, lived(batch), read_until=to_instant(batch.now - READ_AFTER))


def lived(batch: Batch) -> Iterator[tuple[str, list[Happened]]]:
    """Each case of a batch (members too) with what happened."""
    programs, at = compile_all(batch.published), company.moment(batch.now)
    tried = {name: _tried(one, batch.habits) for name, one in batch.trials.items()}
    for start in batch.starts:
        yield from by_case(make(start, programs, at, batch.habits, batch.now, tried.get(start.definition)))


def _tried(one: Trying, habits: Habits) -> Tried:
    program = compile_definition(one.trial.definition, version=one.pilot.version)
    return Tried(pilot=one.pilot, since=one.since, program=program, manner=habits.with_places(one.trial.places))


def by_case(log: Iterable[Recorded]) -> Iterator[tuple[str, list[Happened]]]:
    """The events of each case, in order."""
    cases: dict[str, list[Happened]] = {}
    for row in log:
        cases.setdefault(row.case_id, []).append(Happened(row.at, row.actor, row.event))
    yield from cases.items()


_compiled: list[tuple[Published, dict[str, Program]]] = []


def compile_all(published: Published) -> dict[str, Program]:
    """Programs of definitions; made once in each process."""
    if not _compiled or _compiled[0][0] != published:
        made = {name: compile_definition(one, version=version) for name, (one, version) in published.items()}
        _compiled[:] = [(published, made)]
    return _compiled[0][1]
