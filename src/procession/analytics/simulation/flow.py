"""The loop for everything a definition can say: blocks, data, milestones, children; `members` adds processes.

A token of a case stands in a block: the case's own run, a branch's fork, a child's or member's run. What is called off
with a block leaves its queue, or the desk it was on, at that moment.
"""

from __future__ import annotations

from bisect import bisect_right
from datetime import timedelta
from heapq import heapify
from typing import Any

import numpy as np

from procession.analytics.simulation.loop import AVAILABLE, DONE, Columns, Loop
from procession.analytics.simulation.model import (
    END,
    Await,
    Bound,
    Choice,
    Data,
    Effect,
    End,
    Fork,
    Leave,
    Members,
    Work,
)  # fmt: skip
from procession.analytics.simulation.prepare import Plan, place_of

_MICROSECOND = timedelta(microseconds=1)


class Block:
    """A visit to a fork, or a run of a workflow: what is open inside, and how far it has come."""

    __slots__ = (
        "against",
        "alive",
        "blocks",
        "case",
        "counts",
        "done",
        "ended",
        "fork",
        "node",
        "parent",
        "picked",
        "tasks",
    )

    def __init__(self, case: int, node: int, fork: Fork | None, parent: Block | None, picked: tuple[int, ...]) -> None:
        self.case, self.node, self.fork, self.parent, self.picked = case, node, fork, parent, picked
        self.alive = True
        self.done = False
        """The case has gone on, and the rest may finish."""
        self.ended = self.against = 0
        self.tasks: set[int] = set()
        self.blocks: list[Block] = []
        self.counts: dict[int, int] = {}
        if parent is not None:
            parent.blocks.append(self)


class Run(Block):
    """A workflow under way, with data and milestones of its own."""

    __slots__ = ("data", "reached", "waiting")

    def __init__(self, case: int, node: int, fork: Fork | None, parent: Block | None, data: Data) -> None:
        super().__init__(case, node, fork, parent, (0,))
        self.data = data
        self.reached: set[str] = set()
        self.waiting: list[tuple[str, int]] = []
        """Milestones, and the tasks that stay until they are reached."""


def run_of(block: Block) -> Run:
    """The workflow's run that a block belongs to."""
    while not isinstance(block, Run):
        assert block.parent is not None
        block = block.parent
    return block


class Flow(Loop):
    """One run of a model with blocks."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        self.is_work = [False] * len(self.nodes)
        self.block_of: list[Block] = []
        self.running: dict[int, tuple[int, int]] = {}
        """Tasks under way: started, completed."""
        self.called_off: dict[int, tuple[int, int]] = {}
        """Withdrawn tasks: when, and the work done by then."""
        self.barring = frozenset(other for node in self.nodes if isinstance(node, Work) for other in node.not_by)
        self.performers: dict[tuple[int, int], set[int]] = {}
        """Who did a node that bars others, by case and node."""
        self.barred: dict[int, frozenset[int]] = {}
        """Who may not do a task."""
        self.fields = {name: [block.tolist() for block in blocks] for name, blocks in plan.fields.items()}
        self.drawn: dict[tuple[str, int], int] = {}
        """How often a field of a case was drawn."""

    # --- where a token goes ----------------------------------------------------------------------------------------------

    def arrive(self, case: int, at: int) -> None:
        self.expect(case + 1)
        source = self.plan.model.sources[self.source[case]]
        run = Run(case, END, None, None, {})
        if source.begin is not None:
            run.data = source.begin(lambda name: self.draw(name, case))
        self.flow(source.entry, run, at, -1)

    def go(self, node: int, case: int, at: int, releaser: int) -> None:
        block = self.block_of[releaser]
        block.tasks.discard(releaser)
        self.running.pop(releaser, None)
        here = self.readies[releaser][1]
        if here in self.barring:
            self.performers.setdefault((case, here), set()).add(self.person[releaser])
        self.flow(node, block, at, releaser)

    def flow(self, node: int, block: Block, at: int, releaser: int, lag: int = 0) -> None:
        """Go on at a node, in a block, until something takes time."""
        while node != END:
            step = self.nodes[node]
            match step:
                case Work():
                    self.open(node, step, block, at, releaser, lag)
                    return
                case Choice():
                    node = step.ways[self.chosen(node, step, block)]
                case Bound():
                    node = self.bounded(node, step, block)
                case Effect():
                    self.apply(step, block, at, releaser)
                    if not block.alive:
                        return
                    node = step.next
                case Leave():
                    late = self.leave(block, step.blocks, at)
                    if late is None:
                        self.end_list(self.late_block(block), at, releaser)
                        return
                    block, node = late, step.to
                case Await():
                    if step.milestone not in run_of(block).reached:
                        self.stay(node, step, block, at, releaser)
                        return
                    node = step.next
                case Fork():
                    self.fork(node, step, block, at, releaser, lag)
                    return
                case Members():
                    self.members_begin(node, step, block, at, releaser)
                    return
                case End():
                    self.end_run(run_of(block), at, releaser, step.outcome)
                    return
        self.end_list(block, at, releaser)

    def members_begin(self, node: int, step: Members, block: Block, at: int, releaser: int) -> None:
        """Begin a process; `members` knows how."""
        raise NotImplementedError  # whoever runs processes too derives from this class and says how

    def chosen(self, node: int, step: Choice, block: Block) -> int:
        """Which way is taken: by data where that has an answer, else by chance."""
        by_chance = self.way(node, block.case)
        if step.decide is None:
            return by_chance
        found = step.decide(run_of(block).data)
        return by_chance if found is None else found

    def bounded(self, node: int, step: Bound, block: Block) -> int:
        """Back, or on, when it was taken often enough in this visit to the list where it lands."""
        landing = block
        for _ in range(step.levels):
            landing = landing.parent or landing
        count = landing.counts.get(node, 0)
        landing.counts[node] = count + 1
        return step.back if count < step.at_most else step.exhausted

    # --- work ------------------------------------------------------------------------------------------------------------

    def open(self, node: int, step: Work, block: Block, at: int, releaser: int, lag: int) -> None:
        """A task becomes ready in a block."""
        case, task = block.case, len(self.readies)
        self.block_of.append(block)
        block.tasks.add(task)
        if step.not_by:
            self.bar(task, case, step, self.queue_of[node])
        if not lag:
            self.ready(node, case, at, releaser)
            return
        visit = self.visit(node, case) if self.plan.repeats[node] else 0
        blocks = self.work[node]
        chosen, place = place_of(visit, case, len(blocks), self.plan.cases)
        self.readies.append((case, node, at, releaser, blocks[chosen][place]))
        self.person.append(-1)
        self.delay(task, node, case, at, visit, lag)

    def bar(self, task: int, case: int, step: Work, queue: int) -> None:
        """Note who may not do a task. Where that leaves nobody, everybody may: in reality it would be an incident."""
        barred = frozenset[int]().union(*(self.performers.get((case, other), ()) for other in step.not_by))
        if barred and queue >= 0 and not barred.issuperset(self.members[queue]):
            self.barred[task] = barred

    def offer(self, task: int, node: int, case: int, at: int) -> None:
        barred = self.barred.get(task)
        if barred is None:
            super().offer(task, node, case, at)
            return
        members = self.members[self.queue_of[node]]
        allowed = members.__class__(person for person in members if person not in barred)
        self.members[self.queue_of[node]] = allowed
        super().offer(task, node, case, at)
        self.members[self.queue_of[node]] = members

    def take(self, person: int) -> int:
        if not self.barred:
            return super().take(person)
        best: Any = None
        for queue in self.queues_of[person]:
            found = min((one for one in queue if person not in self.barred.get(one[2], ())), default=None)
            if found is not None and (best is None or found < best[0]):
                best = (found, queue)
        if best is None:
            return -1
        found, queue = best
        queue.remove(found)
        if not self.fifo:
            heapify(queue)
        return found[2]

    def begin_alone(self, task: int, node: int, at: int, work: int) -> None:
        step = self.nodes[node]
        until = step.until if isinstance(step, Work) else None
        if until is not None:
            begin = self.plan.model.begin
            over = until(begin + timedelta(microseconds=at))
            work = work if over is None else max(0, (over - begin) // _MICROSECOND - at)
        super().begin_alone(task, node, at, work)
        self.running[task] = self.begun[-1][1:]

    def start(self, task: int, person: int, at: int, work: int) -> None:
        super().start(task, person, at, work)
        self.running[task] = self.begun[-1][1:]

    def stay(self, node: int, step: Await, block: Block, at: int, releaser: int) -> None:
        """Wait for a milestone."""
        task = len(self.readies)
        self.block_of.append(block)
        block.tasks.add(task)
        self.readies.append((block.case, node, at, releaser, 0))
        self.person.append(-1)
        run_of(block).waiting.append((step.milestone, task))

    # --- effects ---------------------------------------------------------------------------------------------------------

    def apply(self, step: Effect, block: Block, at: int, releaser: int) -> None:
        """Data, milestones, work that has become moot."""
        run = run_of(block)
        if step.write is not None:
            step.write(run.data, lambda name: self.draw(name, block.case))
        if step.against:
            block.against += 1
        if step.cancel:
            for task in [task for task in self.open_tasks(run) if self.readies[task][1] in step.cancel]:
                if task in self.block_of[task].tasks:
                    for person in self.call_off(task, at):
                        self.look(person, at)
                    self.flow(self.next[self.readies[task][1]], self.block_of[task], at, releaser)
        if step.milestone is not None and step.milestone not in run.reached:
            run.reached.add(step.milestone)
            self.milestone(run, step.milestone, at, releaser)

    def milestone(self, run: Run, name: str, at: int, releaser: int) -> None:
        """What waited for a milestone goes on."""
        waiting, run.waiting = run.waiting, [one for one in run.waiting if one[0] != name]
        for _, task in (one for one in waiting if one[0] == name):
            block = self.block_of[task]
            if block.alive and task in block.tasks:
                block.tasks.discard(task)
                self.begun.append((task, at, at))
                self.flow(self.next[self.readies[task][1]], block, at, task)

    def draw(self, name: str, case: int) -> Any:
        """A value for a field; None where nothing is known of it."""
        of = self.plan.model.fields.get(name)
        if of is None:
            return None
        visit = self.drawn.get((name, case), 0)
        self.drawn[name, case] = visit + 1
        blocks = self.fields[name]
        block, place = place_of(visit, case, len(blocks), self.plan.cases)
        drawn = blocks[block][place]
        if of.values is not None:
            return of.read(drawn)
        total, bounds = 0.0, list[float]()
        for _, weight in of.options:
            total += weight
            bounds.append(total)
        return of.options[bisect_right(bounds, drawn * total, 0, len(bounds) - 1)][0]

    # --- blocks ----------------------------------------------------------------------------------------------------------

    def fork(self, node: int, step: Fork, block: Block, at: int, releaser: int, lag: int) -> None:
        """Begin the branches; what lies unnoticed before them lies before each."""
        data = run_of(block).data
        picked = step.pick(data) if step.pick is not None else tuple(range(len(step.branches)))
        if step.detached:
            self.flow(step.branches[0], Run(block.case, node, step, None, dict(data)), at, releaser)
        if step.detached or not picked:
            self.flow(step.next, block, at, releaser)
            return
        if step.inner == "run":
            inside: Block = Run(block.case, node, step, block, dict(data))
        else:
            inside = Block(block.case, node, step, block, picked)
        for branch in picked[:1] if step.in_turn else picked:
            if inside.alive and not inside.done:
                self.flow(step.branches[branch], inside, at, releaser, lag)

    def end_list(self, block: Block, at: int, releaser: int) -> None:
        """A token has come to the end of the list of its block."""
        if isinstance(block, Run):
            self.end_run(block, at, releaser, None)
            return
        step = block.fork
        assert step is not None
        block.ended += 1
        if block.done:
            return
        total, agreed = len(block.picked), block.ended - block.against
        need = min(step.need or total, total)
        if step.votes is not None:
            if agreed >= need:
                self.close(block, step.votes[0], at, releaser)
            elif total - block.against < need:
                self.close(block, step.votes[1], at, releaser)
        elif block.ended >= need:
            self.close(block, step.next, at, releaser)
        elif step.in_turn:
            self.flow(step.branches[block.picked[block.ended]], block, at, releaser)

    def close(self, block: Block, way: int, at: int, releaser: int) -> None:
        """A block is done, and the case goes on."""
        assert block.parent is not None
        assert block.fork is not None
        if block.fork.finish_rest and block.ended < len(block.picked):
            block.done = True
        else:
            self.withdraw(block, at)
        self.flow(way, block.parent, at, releaser)

    def leave(self, block: Block, levels: int, at: int) -> Block | None:
        """Withdraw the blocks that an arrow leaves; None where one of them has gone on without its branches."""
        outer, left = block, block
        for _ in range(levels):
            if outer.done or outer.parent is None:
                return None
            left, outer = outer, outer.parent
        self.withdraw(left, at)
        return outer

    def late_block(self, block: Block) -> Block:
        """The block around that is done already: what comes late has no effect outside it."""
        while not block.done and block.parent is not None:
            block = block.parent
        return block

    def end_run(self, run: Run, at: int, releaser: int, outcome: str | None) -> None:
        """A workflow has ended: the case, or a child, whose outcome leads on."""
        self.withdraw(run, at)
        if run.fork is None:
            self.end(run.case, at, releaser, outcome)
        elif run.parent is not None:
            way = dict(run.fork.outcomes).get(outcome or "", run.fork.next)
            self.flow(way, run.parent, at, releaser)

    # --- calling off -----------------------------------------------------------------------------------------------------

    def open_tasks(self, block: Block) -> list[int]:
        """Every task that is open inside a block."""
        found = sorted(block.tasks)
        for inside in block.blocks:
            found += self.open_tasks(inside)
        return found

    def withdraw(self, block: Block, at: int) -> None:
        """Close a block with all that is open inside it; who worked on that looks what comes next."""
        for person in self.shut(block, at):
            self.look(person, at)

    def shut(self, block: Block, at: int) -> list[int]:
        """Close a block; returns who was working inside it."""
        block.alive = False
        if block.parent is not None and block in block.parent.blocks:
            block.parent.blocks.remove(block)
        freed: list[int] = []
        for inside in list(block.blocks):
            freed += self.shut(inside, at)
        for task in sorted(block.tasks):
            freed += self.call_off(task, at)
        return freed

    def call_off(self, task: int, at: int) -> list[int]:
        """Withdraw one task, wherever it is; returns who was working on it."""
        self.block_of[task].tasks.discard(task)
        begun = self.running.pop(task, None)
        node, person = self.readies[task][1], self.person[task]
        if begun is None:
            self.called_off[task] = (at, 0)
            self.drop(task, node)
            return []
        started, end = begun
        self.forget((end, 4 * task + DONE))
        index = self.hours_of[person] if person >= 0 else self.plan.hours_of_node[node]
        hours = self.plan.hours[index] if index >= 0 else None
        worked = at - min(at, started) if hours is None else hours.worked(at) - hours.worked(min(at, started))
        self.called_off[task] = (at, worked)
        if person < 0:
            return []
        self.busy[person] -= 1
        return [person]

    def drop(self, task: int, node: int) -> None:
        """Take a task that nobody has begun out of where it lies."""
        if task in self.steps:
            for moment in self.steps[task]:
                self.forget((moment, 4 * task + AVAILABLE))
        lying = self.collected.get(node, ())
        if task in lying:
            self.collected[node].remove(task)
        queue: Any = self.queues[self.queue_of[node]] if self.queue_of[node] >= 0 else []
        found = next((one for one in queue if one[2] == task), None)
        if found is not None:
            queue.remove(found)
            if not self.fifo:
                heapify(queue)

    def forget(self, moment: tuple[int, int]) -> None:
        """Something that was to happen will not."""
        if moment in self.heap:
            self.heap.remove(moment)
            heapify(self.heap)

    def columns(self) -> Columns:
        found = super().columns()
        for task, (at, worked) in self.called_off.items():
            found.completed[task], found.work[task], found.withdrawn[task] = at, worked, 1
            if found.started[task] > at:
                found.started[task] = -1
        found.barred = self.barred
        never = np.flatnonzero(found.completed < 0)
        found.completed[never], found.withdrawn[never] = found.ready[never], 1
        return found
