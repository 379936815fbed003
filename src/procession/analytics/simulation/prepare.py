"""A model made ready to run: numbers for names, hours as arrays, and every draw of chance made.

Chance is drawn by the seed for each node, each visit of a case to it, and each case, in a stream of its own. A change
to one step therefore leaves the draws of every other as they were, and the order in which things happen draws nothing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

import numpy as np
import numpy.typing as npt

from procession.analytics.simulation.arrivals import FOUR_WEEKS, Listed, Poisson, Replayed, Spaced, moments_of
from procession.analytics.simulation.distributions import Distribution, Fixed
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.hours import SECOND, HorizonReached, Hours, Moments, hours_of, micros
from procession.analytics.simulation.model import (
    END,
    Await,
    Bound,
    Choice,
    Effect,
    FieldChance,
    Fork,
    Handoff,
    Leave,
    Members,
    Model,
    Node,
    Work,
)  # fmt: skip

Ints = npt.NDArray[np.int64]
Codes = npt.NDArray[np.int32]
"""Numbers of things: cases, nodes, people, tasks."""
Floats = npt.NDArray[np.float64]

VISITS: Final = 4
"""Blocks of draws for a node that a case may visit again; later visits take theirs from other places of these."""
STRIDE: Final = 7919
"""How far a later visit moves in a block: a prime, so that it meets every place before it comes back."""

WORK, NOTICE, WAY, ARRIVAL, URGENCY, FIELD, LAG, HANDOFF = range(8)
"""What a stream of chance is for."""

LONGEST: Final = micros(timedelta(days=36525))
"""A century: what takes longer is a mistake."""


def stream(seed: int, *key: int) -> np.random.Generator:
    """The stream of chance for one purpose."""
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(seed, spawn_key=key)))


@dataclass(frozen=True, slots=True)
class Limit:
    """How much is simulated: so many cases of each source, or all that arrive before a moment."""

    cases: int | None = None
    span: timedelta | None = None

    def __post_init__(self) -> None:
        if (self.cases is None) == (self.span is None):
            raise SimulationError("give a number of cases or a length of time, one of the two")
        if self.cases is not None and self.cases < 1:
            raise SimulationError(f"{self.cases} cases", "simulate at least one")
        if self.span is not None and self.span <= timedelta():
            raise SimulationError(f"a time of {self.span}", "simulate at least a day")


@dataclass(frozen=True, slots=True)
class Queue:
    """Where work lies until one of these people takes it."""

    name: str
    members: tuple[int, ...]


@dataclass(slots=True)
class Plan:
    """A model in numbers. Times are microseconds from its beginning."""

    model: Model
    seed: int
    horizon: int
    hours: list[Hours]
    """Each different set of working hours."""
    hours_of_person: list[int]
    hours_of_node: list[int]
    """For work without a queue: whose hours count; -1 is day and night."""
    queues: list[Queue]
    queue_of_node: list[int]
    """-1: none."""
    arrived: Ints
    """Of each case, in order."""
    source: Ints
    """Of each case."""
    urgency: Ints
    """Of each case: added to the priority of its steps."""
    work: dict[int, list[Ints]]
    """Of each `Work`: blocks by visit, values by case."""
    notice: dict[int, list[Ints]]
    ways: dict[int, list[Floats]]
    """Of each `Choice`: a number from 0 to 1."""
    repeats: list[bool]
    """Nodes that one case may visit more than once."""
    gates: dict[int, list[int]]
    """Of work with a gate: its moments."""
    batches: dict[int, list[int]]
    """Of work in batches: the moments at which they are let go."""
    fields: dict[str, list[Floats]]
    """Of each field: what its value is drawn from."""
    happens: dict[tuple[int, int], list[Floats]]
    """Of each handoff (its node, its place there): a number from 0 to 1."""
    lags: dict[tuple[int, int], list[Ints]]

    @property
    def cases(self) -> int:
        return len(self.arrived)


def prepare(model: Model, limit: Limit, seed: int, horizon: int) -> Plan:
    """The plan up to a horizon. Raises `HorizonReached` where the arrivals alone go beyond it."""
    kinds, hours_of_person, named = _hours(model, horizon)
    arrived, source = _arrivals(model, limit, seed, named, kinds)
    repeats = repeating(model.nodes)
    draws = _Draws(seed, len(arrived))
    queues, queue_of_node = _queues(model)
    work = {index: node for index, node in enumerate(model.nodes) if isinstance(node, Work)}
    end = model.begin + timedelta(microseconds=horizon)

    def moments(at: Moments) -> list[int]:
        return [micros(moment - model.begin) for moment in at.between(model.begin, end)]

    return Plan(
        model=model, seed=seed, horizon=horizon, hours=kinds, hours_of_person=hours_of_person,
        hours_of_node=[_own_hours(node, model, queues, queue_of_node[i], hours_of_person, named)
                       for i, node in enumerate(model.nodes)],
        queues=queues, queue_of_node=queue_of_node, arrived=arrived, source=source,
        urgency=_urgency(model, seed, source),
        work={i: draws.times(one.work, WORK, i, repeated=repeats[i]) for i, one in work.items()},
        notice={i: draws.times(one.notice, NOTICE, i, repeated=repeats[i])
                for i, one in work.items() if one.notice is not None},
        ways={i: draws.shares(WAY, i, repeated=repeats[i])
              for i, one in enumerate(model.nodes) if isinstance(one, Choice) and len(one.ways) > 1},
        repeats=repeats, gates={i: moments(one.gate) for i, one in work.items() if one.gate is not None},
        batches={i: moments(one.batch.at) for i, one in work.items()
                 if one.batch is not None and one.batch.at is not None},
        fields={name: draws.values(one, number) for number, (name, one) in enumerate(model.fields.items())},
        happens={(i, h): draws.shares(HANDOFF, i, h, repeated=True) for i, h, _ in _handoffs(model)},
        lags={(i, h): draws.times(one.lag, LAG, i, h, repeated=True)
              for i, h, one in _handoffs(model) if one.lag is not None},
    )  # fmt: skip


def _handoffs(model: Model) -> Iterator[tuple[int, int, Handoff]]:
    for index, node in enumerate(model.nodes):
        if isinstance(node, Members):
            yield from ((index, number, handoff) for number, handoff in enumerate(node.handoffs))


# --- hours and people ------------------------------------------------------------------------------------------------


def _hours(model: Model, horizon: int) -> tuple[list[Hours], list[int], dict[str, int]]:
    """The different hours, each person's, and each calendar's."""
    kinds: list[Hours] = []
    named: dict[str, int] = {}
    for name, calendar in model.calendars.items():
        named[name] = len(kinds)
        kinds.append(hours_of(calendar, model.begin, horizon))
    hours_of_person: list[int] = []
    for person in model.people:
        index = named[person.calendar]
        if person.away:
            away = sorted((micros(a - model.begin), micros(b - model.begin)) for a, b in person.away)
            kinds.append(kinds[index].without(away))
            index = len(kinds) - 1
        hours_of_person.append(index)
    return kinds, hours_of_person, named


def _queues(model: Model) -> tuple[list[Queue], list[int]]:
    members: dict[str, list[int]] = {}
    for index, person in enumerate(model.people):
        for group in person.groups:
            members.setdefault(group, []).append(index)
    queues: list[Queue] = []
    known: dict[tuple[str, int | None], int] = {}
    of_node: list[int] = []
    for node in model.nodes:
        if not isinstance(node, Work) or node.group is None:
            of_node.append(-1)
            continue
        key = (node.group, node.seat)
        if key not in known:
            people = members[node.group]
            known[key] = len(queues)
            chosen = people if node.seat is None else [people[node.seat % len(people)]]
            queues.append(Queue(node.group, tuple(chosen)))
        of_node.append(known[key])
    return queues, of_node


def _own_hours(
    node: Node, model: Model, queues: list[Queue], queue: int, of_person: list[int], named: dict[str, int]
) -> int:
    """Whose hours count at a node: the first of its queue's people for lags, its calendar's without a queue."""
    if queue >= 0:
        return of_person[queues[queue].members[0]]
    if isinstance(node, Work) and node.calendar is not None:
        if node.calendar not in named:
            raise SimulationError(f"{node.place.key} works by the calendar {node.calendar}, which there is not")
        return named[node.calendar]
    return -1


# --- chance ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Draws:
    seed: int
    cases: int

    def times(self, of: Distribution, *key: int, repeated: bool) -> list[Ints]:
        """Times in microseconds, by visit and case."""
        if isinstance(of, Fixed):
            return [np.full(self.cases, round(of.value * SECOND), dtype=np.int64)]
        return [self._micros(of, (*key, visit)) for visit in range(VISITS if repeated else 1)]

    def _micros(self, of: Distribution, key: tuple[int, ...]) -> Ints:
        seconds = of.draw(stream(self.seed, *key), self.cases)
        seconds *= SECOND
        return np.rint(seconds, out=seconds).astype(np.int64)

    def values(self, of: FieldChance, number: int) -> list[Floats]:
        """What values of a field are drawn from, by visit and case."""
        if of.values is None:
            return self.shares(FIELD, number, repeated=True)
        return [of.values.draw(stream(self.seed, FIELD, number, visit), self.cases) for visit in range(VISITS)]

    def shares(self, *key: int, repeated: bool) -> list[Floats]:
        """Numbers from 0 to 1, by visit and case."""
        return [stream(self.seed, *key, visit).random(self.cases) for visit in range(VISITS if repeated else 1)]


def place_of(visit: int, case: int, blocks: int, cases: int) -> tuple[int, int]:
    """The block and the place in it that a visit's draw stands at."""
    if visit < blocks:
        return visit, case
    if blocks == 1:
        return 0, (case + visit * STRIDE) % cases
    return 1 + (visit - 1) % (blocks - 1), (case + visit * STRIDE) % cases


def _urgency(model: Model, seed: int, source: Ints) -> Ints:
    found = np.zeros(len(source), dtype=np.int64)
    for index, one in enumerate(model.sources):
        if one.urgent:
            bounds = np.cumsum([share for share, _ in one.urgent])
            if bounds[-1] > 1 + 1e-9:
                raise SimulationError(f"the shares of urgent cases of {one.name} add up to {bounds[-1]:g}")
            levels = np.array([level for _, level in one.urgent] + [0], dtype=np.int64)
            own = source == index
            drawn = stream(seed, URGENCY, index).random(int(own.sum()))
            found[own] = levels[np.searchsorted(bounds, drawn, side="right")]
    return found


def _arrivals(model: Model, limit: Limit, seed: int, named: dict[str, int], kinds: list[Hours]) -> tuple[Ints, Ints]:
    moments: list[Ints] = []
    until = None if limit.span is None else micros(limit.span)
    for index, source in enumerate(model.sources):
        calendar = None if isinstance(source.arrivals, Listed | Replayed) else source.arrivals.calendar
        if calendar is not None and calendar not in named:
            raise SimulationError(f"{source.name} arrives by the calendar {calendar}, which there is not")
        hours = None if calendar is None else kinds[named[calendar]]
        chance = stream(seed, ARRIVAL, index)
        moments.append(moments_of(source.arrivals, hours, model.begin, chance, count=limit.cases, until=until))
    arrived = np.concatenate(moments)
    if not len(arrived):
        raise SimulationError("no case arrives in that time", "simulate a longer time, or more arrivals")
    source = np.repeat(np.arange(len(moments)), [len(one) for one in moments])
    order = np.lexsort((source, arrived))
    return arrived[order], source[order].astype(np.int64)


def first_horizon(model: Model, limit: Limit) -> int:
    """A guess how far to read the hours: until the last arrival, and a quarter of a year more."""
    quarter = micros(timedelta(days=91))
    if limit.span is not None:
        return micros(limit.span) + quarter
    longest = 0.0
    for source in model.sources:
        match source.arrivals:
            case Poisson() | Spaced() as one:
                working = 1.0 if one.calendar is None else _share(model, one.calendar)
                longest = max(longest, (limit.cases or 0) / one.per_hour * 3600 / working * 1.1)
            case Replayed() as one:
                longest = max(longest, (limit.cases or 0) / one.per_hour * 3600 * 1.1 + FOUR_WEEKS.total_seconds())
            case Listed() as one:
                longest = max(longest, (max(one.at) - model.begin).total_seconds())
    return min(LONGEST, max(0, round(longest)) * SECOND + quarter)


def _share(model: Model, calendar: str) -> float:
    """The working share of a week."""
    hours = model.calendars[calendar].hours if calendar in model.calendars else (((0, 1440),),) * 7
    return sum(end - start for day in hours for start, end in day) / (7 * 1440)


def further(horizon: int) -> int:
    """The next horizon to try. Raises `SimulationError` beyond a century."""
    if horizon >= LONGEST:
        raise SimulationError(
            "the work would not be done within a century",
            "there are too few people for so many cases, or a gate stays shut",
        )
    return min(LONGEST, horizon * 2)


# --- which nodes come again --------------------------------------------------------------------------------------------


def successors(node: Node) -> Iterator[int]:
    """Where a node can lead, blocks' branches included."""
    match node:
        case Choice():
            yield from node.ways
        case Bound():
            yield from (node.back, node.exhausted)
        case Fork():
            yield from (*node.branches, node.next, *(way for _, way in node.outcomes), *(node.votes or ()))
        case Leave():
            yield node.to
        case Members():
            yield from (*(member.entry for member in node.members), node.next)
        case Work() | Effect() | Await():
            yield node.next
        case _:
            pass


def repeating(nodes: tuple[Node, ...]) -> list[bool]:
    """Nodes that one case may visit more than once: on a circle, or inside what may begin several times."""
    again = [_reaches(nodes, index, index) for index in range(len(nodes))]
    for index, node in enumerate(nodes):
        many = isinstance(node, Fork) and (node.pick is not None or again[index])
        back = isinstance(node, Members) and any(handoff.again for handoff in node.handoffs)
        if many or back:
            for inside in _reachable(nodes, successors(node)):
                again[inside] = True
    return again


def _reaches(nodes: tuple[Node, ...], begin: int, goal: int) -> bool:
    return goal in _reachable(nodes, successors(nodes[begin]))


def _reachable(nodes: tuple[Node, ...], first: Iterator[int]) -> set[int]:
    found: set[int] = set()
    waiting = deque(first)
    while waiting:
        one = waiting.popleft()
        if one != END and one not in found:
            found.add(one)
            waiting.extend(successors(nodes[one]))
    return found


__all__ = ["HorizonReached", "Limit", "Plan", "Queue", "first_horizon", "further", "place_of", "prepare", "stream"]
