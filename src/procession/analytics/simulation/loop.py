"""The plain way to run a plan: one heap of moments, and what happens at each.

This is the core that every model needs: work with its queues, choices, arrows back. `flow` adds blocks, data and
processes. It is written for speed: two tuples a task, numbers for everything, and no object for a case.

The rules, which `kernel` keeps to the letter:

- What happens at the same moment happens in order of its code.
- Work that becomes available goes to the next free person of its queue, in turn, who is at work; else it lies there.
- A person who has a hand free and is at work takes the first of what lies in any of their queues.
- Work that is not done at closing time goes on at the next opening.
"""

from __future__ import annotations

import gc
from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import chain
from typing import Any, cast

import numpy as np

from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.hours import SECOND, HorizonReached
from procession.analytics.simulation.model import END, Bound, Choice, End, Work
from procession.analytics.simulation.prepare import Codes, Ints, Plan, place_of

DONE, AVAILABLE, ARRIVES, WAKES = range(4)
"""What happens at a moment; its code is `4 * what + kind`, where `what` is a task, a case or a person."""

MOST_VISITS = 100_000
"""Tasks of one case; a case with more goes round in a circle."""

TELL = 500
"""Cases between one word of progress and the next."""

Waiting = tuple[int, int, int]
"""A task in a queue: its rank, since when it lies there, itself."""


@dataclass(slots=True)
class Columns:
    """What happened, one array for each column; tasks in the order in which they became ready."""

    case: Codes
    node: Codes
    person: Codes
    """-1: nobody of ours."""
    ready: Ints
    handed: Ints
    """Until then a handoff lay unnoticed."""
    noticed: Ints
    gated: Ints
    """When the gate let it through."""
    available: Ints
    """Since when it lay in its queue."""
    started: Ints
    completed: Ints
    work: Ints
    """Working time."""
    releaser: Codes
    """The task whose end made it ready; -1: the case's arrival."""
    withdrawn: Ints
    """1: called off, -1 in `started` if nobody had begun it."""
    ended: Ints
    """Of each case."""
    last: Ints
    """Of each case: the task it ended with; -1: none."""
    outcome: Ints
    """Of each case: an index into `outcomes`."""
    outcomes: tuple[str, ...]
    barred: dict[int, frozenset[int]] = field(default_factory=dict[int, frozenset[int]])
    """Of tasks that some people may not do: which."""


class Loop:
    """One run."""

    def __init__(self, plan: Plan) -> None:
        model = plan.model
        self.plan, self.nodes = plan, model.nodes
        self.fifo = model.order == "fifo"
        self.readies: list[tuple[int, int, int, int, int]] = []
        """Case, node, ready, releaser, work: of each task."""
        self.begun: list[tuple[int, int, int]] = []
        """Task, started, completed."""
        self.person: list[int] = []
        """Who has each task."""
        self.steps: dict[int, tuple[int, int, int, int]] = {}
        """Of tasks that did not lie in their queue at once: handed, noticed, gated, available."""
        self.ended = [-1] * plan.cases
        self.last = [-1] * plan.cases
        self.outcome = [0] * plan.cases
        self.outcomes: dict[str, int] = {}
        self.progress: Callable[[int, int], None] | None = None
        """Told how many cases have arrived, of how many."""
        self._read_people(plan)
        self._read_nodes(plan)
        self.visits: dict[int, int] = {}
        self.counts: dict[Any, int] = {}
        self.arrived: list[int] = plan.arrived.tolist()
        self.heap: list[tuple[int, int]] = [(self.arrived[0], ARRIVES)]
        """Moments and codes; of the arrivals only the next, so that the heap stays low."""

    def _read_people(self, plan: Plan) -> None:
        people = plan.model.people
        self.busy = [0] * len(people)
        self.at_once = [person.at_once for person in people]
        self.hours_of = plan.hours_of_person
        self.waking = [False] * len(people)
        self.opens = [hours.opens for hours in plan.hours]
        self.closes = [hours.closes for hours in plan.hours]
        self.place = [0] * len(plan.hours)
        self.since = [hours.opens[0] if hours.opens else 0 for hours in plan.hours]
        self.until = [hours.closes[0] if hours.closes else 0 for hours in plan.hours]
        self.queues: list[Any] = [deque[Waiting]() if self.fifo else list[Waiting]() for _ in plan.queues]
        self.members = [deque(queue.members) for queue in plan.queues]
        self.queues_of = [
            [self.queues[q] for q, queue in enumerate(plan.queues) if person in queue.members]
            for person in range(len(people))
        ]

    def _read_nodes(self, plan: Plan) -> None:
        nodes = self.nodes
        self.next = [getattr(node, "next", END) for node in nodes]
        self.is_work = [isinstance(node, Work) for node in nodes]
        self.work = {node: [block.tolist() for block in blocks] for node, blocks in plan.work.items()}
        self.first_work = {node: blocks[0] for node, blocks in self.work.items() if not plan.repeats[node]}
        self.ways = {node: [block.tolist() for block in blocks] for node, blocks in plan.ways.items()}
        self.notice = {node: [block.tolist() for block in blocks] for node, blocks in plan.notice.items()}
        self.queue_of = plan.queue_of_node
        self.delayed = [
            isinstance(node, Work) and (node.notice is not None or node.gate is not None or node.batch is not None)
            for node in nodes
        ]
        self.collected: dict[int, list[int]] = {}
        """Of batches by number: the tasks that lie there."""
        self.let_go: set[int] = set()
        """Tasks whose batch was full before its moment came."""
        self.bounds = {i: _cumulated(node.chances) for i, node in enumerate(nodes) if isinstance(node, Choice)}
        self.urgency: list[int] = plan.urgency.tolist()
        self.entries = [source.entry for source in plan.model.sources]
        self.source: list[int] = plan.source.tolist()

    # --- the heap ------------------------------------------------------------------------------------------------------

    def run(self) -> Columns:
        """Until nothing is left to happen. Raises `HorizonReached`, and `SimulationError` for a case without end."""
        collecting = gc.isenabled()
        gc.disable()  # a million small tuples, none of them garbage: looking through them takes a fifth of the time
        try:
            self.happen()
        finally:
            if collecting:
                gc.enable()
        return self.columns()

    def happen(self) -> None:
        """One thing after the other."""
        heap, readies, persons, busy = self.heap, self.readies, self.person, self.busy
        after, is_work = self.next, self.is_work
        while heap:
            at, code = heappop(heap)
            kind = code & 3
            if kind == DONE:
                task = code >> 2
                case, node, _, _, _ = readies[task]
                follows = after[node]
                if follows != END and is_work[follows]:
                    self.ready(follows, case, at, task)
                else:
                    self.go(follows, case, at, task)
                person = persons[task]
                if person >= 0:
                    busy[person] -= 1
                    self.look(person, at)
            elif kind == AVAILABLE:
                self.let_in(code >> 2, at)
            elif kind == ARRIVES:
                self.arrive(code >> 2, at)
            else:
                person = code >> 2
                self.waking[person] = False
                self.look(person, at)

    def arrive(self, case: int, at: int) -> None:
        """A case arrives."""
        self.expect(case + 1)
        self.go(self.entries[self.source[case]], case, at, -1)

    def expect(self, case: int) -> None:
        """The next case will arrive."""
        if self.progress is not None and case % TELL == 0:
            self.progress(case, len(self.arrived))
        if case < len(self.arrived):
            heappush(self.heap, (self.arrived[case], 4 * case + ARRIVES))

    # --- the flow ------------------------------------------------------------------------------------------------------

    def go(self, node: int, case: int, at: int, releaser: int) -> None:
        """Go on at a node."""
        while node != END:
            if self.is_work[node]:
                self.ready(node, case, at, releaser)
                return
            step = self.nodes[node]
            if isinstance(step, Choice):
                node = step.ways[self.way(node, case)]
            elif isinstance(step, Bound):
                count = self.counts.get((case, node), 0)
                self.counts[case, node] = count + 1
                node = step.back if count < step.at_most else step.exhausted
            else:
                self.end(case, at, releaser, cast("End", step).outcome)
                return
        self.end(case, at, releaser, None)

    def way(self, node: int, case: int) -> int:
        """Which way chance takes."""
        bounds = self.bounds[node]
        if len(bounds) == 1:
            return 0
        blocks = self.ways[node]
        if not self.plan.repeats[node]:
            return bisect_right(bounds, blocks[0][case], 0, len(bounds) - 1)
        visit = self.visit(node, case)
        block, place = place_of(visit, case, len(blocks), self.plan.cases)
        return bisect_right(bounds, blocks[block][place], 0, len(bounds) - 1)

    def visit(self, node: int, case: int) -> int:
        """The number of this visit of a case to a node, from 0."""
        key = case * len(self.nodes) + node
        number = self.visits.get(key, 0)
        self.visits[key] = number + 1
        if number >= MOST_VISITS:
            raise SimulationError(
                "a case goes round in a circle without end", "give every arrow back a chance below 1, or at most: N"
            )
        return number

    def end(self, case: int, at: int, releaser: int, outcome: str | None) -> None:
        """A case has come to its end."""
        if outcome is None:
            outcome = self.plan.model.sources[self.source[case]].outcome
        self.ended[case] = at
        self.last[case] = releaser
        self.outcome[case] = self.outcomes.setdefault(outcome, len(self.outcomes))

    # --- work ----------------------------------------------------------------------------------------------------------

    def ready(self, node: int, case: int, at: int, releaser: int) -> None:
        """A task becomes ready."""
        task = len(self.readies)
        once = self.first_work.get(node)
        if once is not None:
            work, visit = once[case], 0
        else:
            visit = self.visit(node, case)
            blocks = self.work[node]
            block, place = place_of(visit, case, len(blocks), self.plan.cases)
            work = blocks[block][place]
        self.readies.append((case, node, at, releaser, work))
        self.person.append(-1)
        if self.delayed[node]:
            self.delay(task, node, case, at, visit, 0)
        elif self.queue_of[node] >= 0:
            self.offer(task, node, case, at)
        else:
            self.begin_alone(task, node, at, work)

    def delay(self, task: int, node: int, case: int, at: int, visit: int, lag: int) -> None:
        """What lies between ready and available: a handoff, until it is noticed, a gate, a batch."""
        step = cast("Work", self.nodes[node])
        handed = self.working_after(node, at, lag) if lag else at
        noticed = handed
        if step.notice is not None:
            blocks = self.notice[node]
            block, place = place_of(visit, case, len(blocks), self.plan.cases)
            noticed = self.working_after(node, handed, blocks[block][place])
        gated = noticed if step.gate is None else _next(self.plan.gates[node], noticed)
        available = gated
        if step.batch is not None and step.batch.at is not None:
            available = _next(self.plan.batches[node], gated)
        self.steps[task] = (handed, noticed, gated, available)
        if step.batch is not None and step.batch.size is not None:
            heappush(self.heap, (gated, 4 * task + AVAILABLE))
        elif available > at:
            heappush(self.heap, (available, 4 * task + AVAILABLE))
        else:
            self.let_in(task, at)

    def working_after(self, node: int, at: int, work: int) -> int:
        """When so much working time of the node's people has passed; day and night where it has none."""
        hours = self.plan.hours_of_node[node]
        if not work:
            return at
        return at + work if hours < 0 else self.plan.hours[hours].after(at, work)

    def let_in(self, task: int, at: int) -> None:
        """A task that was held back becomes available, or is collected with others."""
        case, node, _, _, work = self.readies[task]
        step = cast("Work", self.nodes[node])
        if step.batch is not None and step.batch.size is not None:
            self.collect(task, node, at, step.batch.size)
        elif self.queue_of[node] >= 0:
            self.offer(task, node, case, at)
        else:
            self.begin_alone(task, node, at, work)

    def collect(self, task: int, node: int, at: int, size: int) -> None:
        """A task comes to its batch, which is let go when it is full or when its moment has come."""
        if task in self.let_go:
            return
        lying = self.collected.setdefault(node, [])
        handed, noticed, gated, due = self.steps[task]
        if task in lying:  # its moment has come: all that lie here are let go
            full = True
        else:
            lying.append(task)
            full = len(lying) >= size
            if not full and node in self.plan.batches:
                heappush(self.heap, (due, 4 * task + AVAILABLE))
        if full:
            self.collected[node] = []
            self.let_go.update(lying)
            for one in lying:
                handed, noticed, gated, _ = self.steps[one]
                self.steps[one] = (handed, noticed, gated, at)
                case, _, _, _, work = self.readies[one]
                if self.queue_of[node] >= 0:
                    self.offer(one, node, case, at)
                else:
                    self.begin_alone(one, node, at, work)

    def begin_alone(self, task: int, node: int, at: int, work: int) -> None:
        """Work that nobody else's is in the way of begins as soon as its own hours allow."""
        index = self.plan.hours_of_node[node]
        if index < 0:
            begin, end = at, at + work
        else:
            hours = self.plan.hours[index]
            begin = hours.next_open(at)
            end = hours.after(begin, work)
        self.begun.append((task, begin, end))
        heappush(self.heap, (end, 4 * task + DONE))

    def offer(self, task: int, node: int, case: int, at: int) -> None:
        """Give an available task to a free person of its queue, or leave it there."""
        queue = self.queue_of[node]
        members, busy, at_once, hours_of = self.members[queue], self.busy, self.at_once, self.hours_of
        for person in members:
            if busy[person] < at_once[person]:
                hours = hours_of[person]
                if at >= self.until[hours]:
                    self.turn(hours, at)
                if at >= self.since[hours]:
                    members.rotate(-1)
                    self.start(task, person, at, self.readies[task][4])
                    return
                self.wake(person)
        if self.fifo:
            self.queues[queue].append((0, at, task))
        else:
            heappush(self.queues[queue], (self.rank(node, case, self.readies[task][2]), at, task))

    def rank(self, node: int, case: int, ready: int) -> int:
        """What orders a queue besides the time: lower comes first."""
        step = cast("Work", self.nodes[node])
        if self.plan.model.order == "priority":
            return -step.priority - self.urgency[case]
        return _LATER if step.due is None else ready + round(step.due * SECOND)

    def look(self, person: int, at: int) -> None:
        """Somebody has a hand free and looks what comes next."""
        hours = self.hours_of[person]
        if at >= self.until[hours]:
            self.turn(hours, at)
        if at < self.since[hours]:
            if any(self.queues_of[person]):
                self.wake(person)
            return
        while self.busy[person] < self.at_once[person]:
            task = self.take(person)
            if task < 0:
                return
            self.start(task, person, at, self.readies[task][4])

    def take(self, person: int) -> int:
        """Take the first task out of a person's queues; -1 where nothing lies in them."""
        best: Any = None
        for queue in self.queues_of[person]:
            if queue and (best is None or queue[0] < best[0]):
                best = queue
        if best is None:
            return -1
        return (best.popleft() if self.fifo else heappop(best))[2]

    def start(self, task: int, person: int, at: int, work: int) -> None:
        """Somebody who is at work begins a task."""
        self.busy[person] += 1
        self.person[task] = person
        hours = self.hours_of[person]
        end = at + work
        if end > self.until[hours]:
            end = self.plan.hours[hours].after(at, work)
        self.begun.append((task, at, end))
        heappush(self.heap, (end, 4 * task + DONE))

    # --- the clock -----------------------------------------------------------------------------------------------------

    def turn(self, hours: int, at: int) -> None:
        """Move to the working stretch that has not closed at `at`."""
        closes = self.closes[hours]
        place = bisect_right(closes, at, self.place[hours])
        if place == len(closes):
            raise HorizonReached
        self.place[hours] = place
        self.since[hours] = self.opens[hours][place]
        self.until[hours] = closes[place]

    def wake(self, person: int) -> None:
        """Somebody who is not at work looks into their queues when they come back."""
        if not self.waking[person]:
            self.waking[person] = True
            heappush(self.heap, (self.since[self.hours_of[person]], 4 * person + WAKES))

    # --- the columns ---------------------------------------------------------------------------------------------------

    def columns(self) -> Columns:
        """The lists as arrays."""
        readies = _table(self.readies, 5)
        begun = _table(self.begun, 3)
        count = len(self.readies)
        started, completed = np.full(count, -1, dtype=np.int64), np.full(count, -1, dtype=np.int64)
        started[begun[0]], completed[begun[0]] = begun[1], begun[2]
        ready = readies[2]
        steps = [ready.copy() for _ in range(4)]
        if self.steps:
            held = np.fromiter(self.steps, dtype=np.int64, count=len(self.steps))
            for column, values in zip(steps, _table(list(self.steps.values()), 4), strict=True):
                column[held] = values
        return Columns(
            case=readies[0].astype(np.int32), node=readies[1].astype(np.int32),
            person=np.array(self.person, dtype=np.int32), ready=ready,
            handed=steps[0], noticed=steps[1], gated=steps[2], available=steps[3], started=started,
            completed=completed, work=readies[4], releaser=readies[3].astype(np.int32), withdrawn=np.zeros(count, dtype=np.int64),
            ended=np.array(self.ended, dtype=np.int64), last=np.array(self.last, dtype=np.int64),
            outcome=np.array(self.outcome, dtype=np.int64), outcomes=tuple(self.outcomes),
        )  # fmt: skip


_LATER = 1 << 62
"""The rank of what has no due date."""


def _table(rows: list[Any], width: int) -> list[Ints]:
    """Columns of a list of rows of whole numbers."""
    if not rows:
        return [np.empty(0, dtype=np.int64) for _ in range(width)]
    values = np.fromiter(chain.from_iterable(rows), dtype=np.int64, count=len(rows) * width)
    return list(values.reshape(-1, width).T.copy())


def _cumulated(chances: tuple[float, ...]) -> list[float]:
    total, found = 0.0, list[float]()
    for chance in chances:
        total += chance
        found.append(total)
    return found


def _next(moments: list[int], at: int) -> int:
    """The first of these moments that is not before `at`."""
    place = bisect_left(moments, at)
    if place == len(moments):
        raise HorizonReached
    return moments[place]
