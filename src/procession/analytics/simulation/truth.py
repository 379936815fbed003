"""Why every task waited at each moment, from what the run knows: who may do a task, when they are there, on what they
work meanwhile, and which lag, gate or batch held it.

The waiting of a task is cut in this order: handed over, not noticed, gate, batch, then its queue. In the queue a moment
is `CLOSED` when nobody who may do it is at work; otherwise all who are at work are busy, and it is `OVERTAKEN` when one
of them works on what came to its queue later, else `OTHER_WORK` when one of them works for another workflow, else
`BUSY`. What begins is work, or `PAUSED` while whoever has it is not there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from procession.analytics.simulation.causes import Cause
from procession.analytics.simulation.hours import Hours, union
from procession.analytics.simulation.loop import Columns
from procession.analytics.simulation.model import Await, Work
from procession.analytics.simulation.prepare import Ints, Plan

Pieces = tuple[Ints, Ints, Ints, Ints]
"""Tasks, causes, beginnings, ends."""


@dataclass(frozen=True, slots=True)
class Truth:
    """Stretches of time with their cause, by task and then by time; without gaps from ready to completed."""

    task: Ints
    cause: Ints
    begin: Ints
    end: Ints

    def by_task(self, tasks: int) -> Ints:
        """How long each task (row) had each cause (column), in microseconds."""
        found = np.zeros((tasks, len(Cause)), dtype=np.int64)
        np.add.at(found, (self.task, self.cause), self.end - self.begin)
        return found


def truth_of(plan: Plan, c: Columns) -> Truth:
    """The truth of one run."""
    parts = [*_before_the_queue(plan, c), *_in_queues(plan, c), *_alone(plan, c), *_under_way(plan, c)]
    task, cause, begin, end = (np.concatenate(column) for column in zip(*parts, strict=True))
    kept = end > begin
    task, cause, begin, end = task[kept], cause[kept], begin[kept], end[kept]
    order = np.lexsort((begin, task))
    return _joined(task[order], cause[order], begin[order], end[order])


def _joined(task: Ints, cause: Ints, begin: Ints, end: Ints) -> Truth:
    """Neighbours of the same task and cause become one."""
    if not len(task):
        return Truth(task, cause, begin, end)
    new = np.ones(len(task), dtype=bool)
    new[1:] = (task[1:] != task[:-1]) | (cause[1:] != cause[:-1]) | (begin[1:] != end[:-1])
    first = np.flatnonzero(new)
    last = np.append(first[1:], len(task)) - 1
    return Truth(task[first], cause[first], begin[first], end[last])


def _pieces(task: Ints, cause: Cause | Ints, begin: Ints, end: Ints) -> Pieces:
    causes = cause if isinstance(cause, np.ndarray) else np.full(len(task), int(cause), dtype=np.int64)
    return task, causes, begin, end


def _stops(c: Columns) -> Ints:
    """Until when a task waited: its start, or when it was withdrawn."""
    return np.where(c.started < 0, c.completed, np.minimum(c.started, c.completed))


def _before_the_queue(plan: Plan, c: Columns) -> Iterator[Pieces]:
    held = np.flatnonzero(c.available > c.ready)
    stop = _stops(c)[held]
    causes = [node.notice_cause if isinstance(node, Work) else Cause.DATA for node in plan.model.nodes]
    of_node = np.array([int(cause) for cause in causes], dtype=np.int64)
    bounds = [np.minimum(column[held], stop) for column in (c.ready, c.handed, c.noticed, c.gated, c.available)]
    noticing = of_node[c.node[held]]
    for cause, begin, end in zip(
        (Cause.HANDOFF, noticing, Cause.GATE, Cause.BATCH), bounds[:-1], bounds[1:], strict=True
    ):
        yield _pieces(held, cause, begin, end)


# --- work without a queue ----------------------------------------------------------------------------------------------


def _alone(plan: Plan, c: Columns) -> Iterator[Pieces]:
    """Before work without a queue begins, its own hours are closed; a wait for a milestone waits for data."""
    queue = np.array(plan.queue_of_node, dtype=np.int64)[c.node]
    tasks = np.flatnonzero(queue < 0)
    waiting = np.array([isinstance(node, Await) for node in plan.model.nodes])[c.node[tasks]]
    cause = np.where(waiting, int(Cause.DATA), int(Cause.CLOSED))
    stop = _stops(c)[tasks]
    yield _pieces(tasks, cause, np.minimum(c.available[tasks], stop), stop)


def _under_way(plan: Plan, c: Columns) -> Iterator[Pieces]:
    """From the start on: work, and pauses while whoever has it is not there."""
    nodes = plan.model.nodes
    cause = np.array([_working_cause(node) for node in nodes], dtype=np.int64)
    begun = np.flatnonzero((c.started >= 0) & (c.started < c.completed))
    of_person = np.array([*plan.hours_of_person, -1], dtype=np.int64)
    of_node = np.array(plan.hours_of_node, dtype=np.int64)
    hours = np.where(c.person[begun] >= 0, of_person[c.person[begun]], of_node[c.node[begun]])
    through = begun[hours < 0]
    yield _pieces(through, cause[c.node[through]], c.started[through], c.completed[through])
    numbers: list[int] = np.unique(hours[hours >= 0]).tolist()
    for number in numbers:
        own = begun[hours == number]
        for tasks, is_open, begin, end in _cut(plan.hours[number], own, c.started[own], c.completed[own]):
            yield _pieces(tasks, cause[c.node[tasks]] if is_open else Cause.PAUSED, begin, end)


def _working_cause(node: object) -> int:
    if isinstance(node, Work) and node.outside:
        return int(Cause.OUTSIDE)
    if isinstance(node, Work) and node.place.kind == "wait":
        return int(Cause.TIMER)
    return int(Cause.WORK)


def _cut(
    hours: Hours, tasks: Ints, begin: Ints, end: Ints
) -> tuple[tuple[Ints, bool, Ints, Ints], tuple[Ints, bool, Ints, Ints]]:
    """Stretches of tasks, cut into what lies inside these hours and what lies outside."""
    opens, closes = np.array(hours.opens, dtype=np.int64), np.array(hours.closes, dtype=np.int64)
    first, last = np.searchsorted(closes, begin, side="right"), np.searchsorted(opens, end, side="left")
    row, place = _spread(first, last)
    inside = (tasks[row], True, np.maximum(begin[row], opens[place]), np.minimum(end[row], closes[place]))
    row, place = _spread(first, last + 1)
    before = np.concatenate((np.array([-(1 << 62)], dtype=np.int64), closes))
    after = np.concatenate((opens, np.array([1 << 62], dtype=np.int64)))
    outside = (tasks[row], False, np.maximum(begin[row], before[place]), np.minimum(end[row], after[place]))
    return inside, outside


def _spread(first: npt.NDArray[np.intp], last: npt.NDArray[np.intp]) -> tuple[Ints, Ints]:
    """For each row every place from its first up to its last: the rows repeated, and the places."""
    count = np.maximum(last - first, 0)
    row = np.repeat(np.arange(len(first)), count)
    place = np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + np.repeat(first, count)
    return row, place


# --- queues ------------------------------------------------------------------------------------------------------------


def _in_queues(plan: Plan, c: Columns) -> Iterator[Pieces]:
    """Each queue's waiting, cut by the hours of those who may do it and by what they do meanwhile."""
    queue = np.array(plan.queue_of_node, dtype=np.int64)[c.node]
    stop = _stops(c)
    waiting = np.flatnonzero((queue >= 0) & (stop > c.available))
    workflows = _workflows(plan)
    for eligible, tasks in _groups(plan, c, queue, waiting):
        anybody = union([plan.hours[plan.hours_of_person[person]] for person in eligible])
        for own, is_open, begin, end in _cut(anybody, tasks, c.available[tasks], stop[tasks]):
            if not is_open:
                yield _pieces(own, Cause.CLOSED, begin, end)
            elif plan.model.order == "fifo" and len(set(workflows)) == 1:
                yield _pieces(own, Cause.BUSY, begin, end)
            else:
                yield _by_company(_Company(plan, c, eligible, workflows), c, own, begin, end, workflows)


def _groups(plan: Plan, c: Columns, queue: Ints, waiting: Ints) -> Iterator[tuple[tuple[int, ...], Ints]]:
    """Waiting tasks with those who may do them."""
    barred = {task: people for task, people in c.barred.items() if people}
    apart = np.array(sorted(barred), dtype=np.int64)
    plain = waiting[~np.isin(waiting, apart)]
    numbers: list[int] = np.unique(queue[plain]).tolist()
    for number in numbers:
        yield plan.queues[number].members, plain[queue[plain] == number]
    special: dict[tuple[int, ...], list[int]] = {}
    for task in waiting[np.isin(waiting, apart)].tolist():
        allowed = tuple(p for p in plan.queues[int(queue[task])].members if p not in barred[task])
        special.setdefault(allowed, []).append(task)
    for allowed, tasks in special.items():
        yield allowed, np.array(tasks, dtype=np.int64)


def _workflows(plan: Plan) -> list[int]:
    """Of each node: the number of its workflow; without a place, that of none."""
    known: dict[str, int] = {}
    names = [node.place.workflow if isinstance(node, Work) else "" for node in plan.model.nodes]
    numbers = [known.setdefault(name, len(known)) if name else -1 for name in names]
    first = next((number for number in numbers if number >= 0), 0)
    return [number if number >= 0 else first for number in numbers]


class _Company:
    """What some people work on, moment by moment: the latest arrival among it, and whether it is one workflow."""

    def __init__(self, plan: Plan, c: Columns, people: Sequence[int], workflows: Sequence[int]) -> None:
        begun = np.flatnonzero(np.isin(c.person, np.array(people)) & (c.started >= 0) & (c.started < c.completed))
        changes: list[tuple[int, int, int]] = []  # moment, 1 begins or 0 ends, task
        for person in people:
            own = begun[c.person[begun] == person]
            hours = plan.hours[plan.hours_of_person[person]]
            (tasks, _, begin, end), _ = _cut(hours, own, c.started[own], c.completed[own])
            changes += zip(begin.tolist(), [1] * len(tasks), tasks.tolist(), strict=True)
            changes += zip(end.tolist(), [0] * len(tasks), tasks.tolist(), strict=True)
        changes.sort()
        self.at, self.latest, self.latest_task, self.workflow = self._sweep(changes, c, workflows)

    def _sweep(
        self, changes: list[tuple[int, int, int]], c: Columns, workflows: Sequence[int]
    ) -> tuple[Ints, Ints, Ints, Ints]:
        available: list[int] = c.available.tolist()
        node: list[int] = c.node.tolist()
        at, latest, latest_task, workflow = [-(1 << 62)], [-1], [-1], [-1]
        active: set[int] = set()
        for moment, begins, task in changes:
            if begins:
                active.add(task)
            else:
                active.discard(task)
            newest = max(((available[one], one) for one in active), default=(-1, -1))
            ours = {workflows[node[one]] for one in active}
            at.append(moment)
            latest.append(newest[0])
            latest_task.append(newest[1])
            workflow.append(ours.pop() if len(ours) == 1 else -2)
        return (np.array(at, dtype=np.int64), np.array(latest, dtype=np.int64),
                np.array(latest_task, dtype=np.int64), np.array(workflow, dtype=np.int64))  # fmt: skip


def _by_company(company: _Company, c: Columns, tasks: Ints, begin: Ints, end: Ints, workflows: Sequence[int]) -> Pieces:
    """Open waiting, cut wherever those at work turn to something else."""
    first = np.searchsorted(company.at, begin, side="right") - 1
    last = np.searchsorted(company.at, end, side="left")
    row, place = _spread(first, last)
    own = tasks[row]
    until = np.append(company.at[1:], 1 << 62)
    starts, ends = np.maximum(begin[row], company.at[place]), np.minimum(end[row], until[place])
    later = company.latest[place] > c.available[own]
    same = company.latest[place] == c.available[own]
    later |= same & (company.latest_task[place] > own)
    other = company.workflow[place] != np.array(workflows, dtype=np.int64)[c.node[own]]
    cause = np.where(later, int(Cause.OVERTAKEN), np.where(other, int(Cause.OTHER_WORK), int(Cause.BUSY)))
    return _pieces(own, cause, starts, ends)
