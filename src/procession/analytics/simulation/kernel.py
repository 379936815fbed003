# pyright: basic, reportUntypedFunctionDecorator=false
# numba has no types of its own, and what it compiles is written in its part of the language.
"""The loop compiled, for volume: the same rules, the same draws, the same log to the microsecond.

It runs work with lags, gates and timed batches, choices by chance, arrows back, and blocks that wait for all their
branches; `compiled.unsupported` says what a model has beyond that. Importing this module imports numba: only `run`
does so. Everything stands in tables of whole numbers, whose columns `compiled` names.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from procession.analytics.simulation.compiled import (
    ARRIVED,
    ARRIVES,
    AT_ONCE,
    AVAILABLE,
    BUSY,
    CASES,
    CIRCLE,
    CLOSES,
    DEFAULT,
    DELAYS,
    DONE,
    ENDED,
    ENTRY,
    EVENTS,
    FINE,
    FORKING,
    HEAD,
    HOURS_FROM,
    K_BOUND,
    K_CHOICE,
    K_FORK,
    K_WORK,
    L_CASE,
    L_LEFT,
    L_NODE,
    L_PERSON,
    L_RELEASER,
    L_RIGHT,
    LAST,
    MEMBERS_FROM,
    N_AT_MOST,
    N_BACK,
    N_BATCHES_FROM,
    N_BRANCHES_FROM,
    N_DUE,
    N_EXHAUSTED,
    N_FORK_OF,
    N_GATES_FROM,
    N_HAS_BATCH,
    N_HAS_GATE,
    N_HOURS_OF_NODE,
    N_INSIDE_FROM,
    N_KIND,
    N_NEXT,
    N_NOTICE_AT,
    N_NOTICE_BLOCKS,
    N_OUTCOME_OF,
    N_OWNER,
    N_PRIORITY,
    N_QUEUE_OF_NODE,
    N_REPEAT_OF,
    N_SHARE_AT,
    N_SHARE_BLOCKS,
    N_WAYS_FROM,
    N_WORK_AT,
    N_WORK_BLOCKS,
    OPENS,
    ORDER,
    OUTCOME,
    PERSON_HOURS,
    QUEUES_FROM,
    REPEATING,
    SINCE,
    SOURCE,
    STACKED,
    T_AVAILABLE,
    T_COMPLETED,
    T_GATED,
    T_NOTICED,
    T_RANK,
    T_READY,
    T_STARTED,
    T_WORK,
    TAIL,
    TASKS,
    TOO_SHORT,
    TROUBLE,
    TURN,
    UNTIL,
    URGENCY,
    WAKING,
    Tables,
    doubled,
    outcomes_of,
    tables_of,
)
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.hours import HorizonReached
from procession.analytics.simulation.kernel_tools import (
    after,
    before,
    compiled,
    drawn_at,
    first_after,
    merge,
    next_moment,
    pop,
    push,
    turn,
    visit_number,
    wake,
)
from procession.analytics.simulation.loop import Columns
from procession.analytics.simulation.prepare import Plan


@compiled
def _start(w, task, person, at):
    w.people[person, BUSY] += 1
    w.links[L_PERSON, task] = person
    hours = w.people[person, PERSON_HOURS]
    end = at + w.tasks[T_WORK, task]
    if end > w.hours[hours, UNTIL]:
        end = after(w, hours, at, w.tasks[T_WORK, task])
    w.tasks[T_STARTED, task], w.tasks[T_COMPLETED, task] = at, end
    push(w, end, 4 * task + DONE)


@compiled
def _begin_alone(w, task, node, at):
    hours = w.nodes[node, N_HOURS_OF_NODE]
    begin, end = at, at + w.tasks[T_WORK, task]
    if hours >= 0:
        place = first_after(w.stretches, CLOSES, w.hours[hours, HOURS_FROM], w.hours[hours + 1, HOURS_FROM], at)
        if place == w.hours[hours + 1, HOURS_FROM]:
            w.counts[TROUBLE] = TOO_SHORT
            return
        begin = max(at, w.stretches[place, OPENS])
        end = after(w, hours, begin, w.tasks[T_WORK, task])
    w.tasks[T_STARTED, task], w.tasks[T_COMPLETED, task] = begin, end
    push(w, end, 4 * task + DONE)


@compiled
def _offer(w, task, node, at):
    queue = w.nodes[node, N_QUEUE_OF_NODE]
    low = w.queues[queue, MEMBERS_FROM]
    size = w.queues[queue + 1, MEMBERS_FROM] - low
    for step in range(size):
        person = w.lists[low + (w.queues[queue, TURN] + step) % size]
        if w.people[person, BUSY] < w.people[person, AT_ONCE]:
            hours = w.people[person, PERSON_HOURS]
            if at >= w.hours[hours, UNTIL]:
                turn(w, hours, at)
            if at >= w.hours[hours, SINCE]:
                w.queues[queue, TURN] = (w.queues[queue, TURN] + 1) % size
                _start(w, task, person, at)
                return
            wake(w, person)
    if w.counts[ORDER] == 0:
        if w.queues[queue, HEAD] < 0:
            w.queues[queue, HEAD] = task
        else:
            w.links[L_LEFT, w.queues[queue, TAIL]] = task
        w.queues[queue, TAIL] = task
    else:
        w.queues[queue, HEAD] = merge(w, w.queues[queue, HEAD], task)


@compiled
def _look(w, person, at):
    hours = w.people[person, PERSON_HOURS]
    low, high = w.people[person, QUEUES_FROM], w.people[person + 1, QUEUES_FROM]
    if at >= w.hours[hours, UNTIL]:
        turn(w, hours, at)
    if at < w.hours[hours, SINCE]:
        for place in range(low, high):
            if w.queues[w.lists[place], HEAD] >= 0:
                wake(w, person)
                return
        return
    while w.people[person, BUSY] < w.people[person, AT_ONCE]:
        best = -1
        for place in range(low, high):
            queue = w.lists[place]
            if w.queues[queue, HEAD] >= 0 and (best < 0 or before(w, w.queues[queue, HEAD], w.queues[best, HEAD])):
                best = queue
        if best < 0:
            return
        task = w.queues[best, HEAD]
        if w.counts[ORDER] == 0:
            w.queues[best, HEAD] = w.links[L_LEFT, task]
        else:
            w.queues[best, HEAD] = merge(w, w.links[L_LEFT, task], w.links[L_RIGHT, task])
        _start(w, task, person, at)


@compiled
def _let_in(w, task, at):
    node = w.links[L_NODE, task]
    if w.nodes[node, N_QUEUE_OF_NODE] >= 0:
        _offer(w, task, node, at)
    else:
        _begin_alone(w, task, node, at)


@compiled
def _ready(w, node, case, at, releaser):
    task = w.counts[TASKS]
    w.counts[TASKS] += 1
    visit = visit_number(w, node, case)
    w.links[L_CASE, task], w.links[L_NODE, task], w.links[L_PERSON, task] = case, node, -1
    w.tasks[T_READY, task], w.links[L_RELEASER, task] = at, releaser
    w.tasks[T_WORK, task] = w.times[drawn_at(w, w.nodes[node, N_WORK_AT], w.nodes[node, N_WORK_BLOCKS], visit, case)]
    w.links[L_LEFT, task] = -1
    if w.counts[ORDER] != 0:
        w.links[L_RIGHT, task] = -1
        if w.counts[ORDER] == 1:
            w.tasks[T_RANK, task] = -w.nodes[node, N_PRIORITY] - w.cases[case, URGENCY]
        else:
            w.tasks[T_RANK, task] = at + w.nodes[node, N_DUE] if w.nodes[node, N_DUE] >= 0 else 1 << 62
    if w.counts[DELAYS] == 0:
        _let_in(w, task, at)
        return
    noticed = at
    if w.nodes[node, N_NOTICE_BLOCKS] > 0:
        lag = w.times[drawn_at(w, w.nodes[node, N_NOTICE_AT], w.nodes[node, N_NOTICE_BLOCKS], visit, case)]
        if lag > 0:
            hours = w.nodes[node, N_HOURS_OF_NODE]
            noticed = at + lag if hours < 0 else after(w, hours, at, lag)
    gated = next_moment(w, N_GATES_FROM, node, noticed) if w.nodes[node, N_HAS_GATE] else noticed
    available = next_moment(w, N_BATCHES_FROM, node, gated) if w.nodes[node, N_HAS_BATCH] else gated
    w.tasks[T_NOTICED, task], w.tasks[T_GATED, task], w.tasks[T_AVAILABLE, task] = noticed, gated, available
    if available > at:
        push(w, available, 4 * task + AVAILABLE)
    else:
        _let_in(w, task, at)


@compiled
def _end_of_list(w, block, case, at, releaser):
    """Where a token goes at the end of a list: after the block whose last branch it was, or nowhere."""
    if block < 0:
        w.cases[case, ENDED], w.cases[case, LAST], w.cases[case, OUTCOME] = (
            at,
            releaser,
            w.sources[w.cases[case, SOURCE], DEFAULT],
        )
        return -1
    key = case * w.counts[FORKING] + w.nodes[block, N_FORK_OF]
    w.joined[key] += 1
    if w.joined[key] < w.nodes[block + 1, N_BRANCHES_FROM] - w.nodes[block, N_BRANCHES_FROM]:
        return -1
    w.joined[key] = 0
    for place in range(w.nodes[block, N_INSIDE_FROM], w.nodes[block + 1, N_INSIDE_FROM]):
        w.visits[case * w.counts[REPEATING] + w.nodes[w.lists[place], N_REPEAT_OF]] = 0
    return block


@compiled
def _go(w, node, block, case, at, releaser):
    """Go on at a node, or with -1 at the end of the list of a block."""
    w.counts[STACKED] = 0
    while True:
        if node < 0:
            done = _end_of_list(w, block, case, at, releaser)
            if done >= 0:
                node, block = w.nodes[done, N_NEXT], w.nodes[done, N_OWNER]
                continue
        elif w.nodes[node, N_KIND] == K_WORK:
            _ready(w, node, case, at, releaser)
        elif w.nodes[node, N_KIND] == K_CHOICE:
            node = w.lists[w.nodes[node, N_WAYS_FROM] + _way(w, node, case)]
            continue
        elif w.nodes[node, N_KIND] == K_BOUND:
            node = (
                w.nodes[node, N_BACK]
                if visit_number(w, node, case) < w.nodes[node, N_AT_MOST]
                else w.nodes[node, N_EXHAUSTED]
            )
            continue
        elif w.nodes[node, N_KIND] == K_FORK:
            for place in range(w.nodes[node + 1, N_BRANCHES_FROM] - 1, w.nodes[node, N_BRANCHES_FROM] - 1, -1):
                w.stack[2 * w.counts[STACKED]] = w.lists[place]
                w.stack[2 * w.counts[STACKED] + 1] = node
                w.counts[STACKED] += 1
        else:
            w.cases[case, ENDED], w.cases[case, LAST], w.cases[case, OUTCOME] = (
                at,
                releaser,
                w.nodes[node, N_OUTCOME_OF],
            )
        if w.counts[STACKED] == 0:
            return
        w.counts[STACKED] -= 1
        node, block = w.stack[2 * w.counts[STACKED]], w.stack[2 * w.counts[STACKED] + 1]


@compiled
def _way(w, node, case):
    low, high = w.nodes[node, N_WAYS_FROM], w.nodes[node + 1, N_WAYS_FROM]
    if high - low == 1:
        return 0
    visit = visit_number(w, node, case)
    drawn = w.shares[drawn_at(w, w.nodes[node, N_SHARE_AT], w.nodes[node, N_SHARE_BLOCKS], visit, case)]
    way = 0
    while way < high - low - 1 and drawn >= w.bounds[low + way]:
        way += 1
    return way


@njit(cache=True, _nrt=False)  # pyright: ignore[reportCallIssue]
def _happen(w, next_case):
    """Run until nothing is left, something is wrong, or the tables are full. Gives the next case to arrive."""
    room = len(w.queues) + len(w.people) + 4 * len(w.nodes) + 16
    while w.counts[EVENTS] > 0:
        if w.counts[TROUBLE] != FINE:
            return next_case
        if w.counts[TASKS] + room > w.links.shape[1] or w.counts[EVENTS] + room > len(w.heap):
            return next_case
        at, code = pop(w)
        what, kind = code >> 2, code & 3
        if kind == DONE:
            node, case, person = w.links[L_NODE, what], w.links[L_CASE, what], w.links[L_PERSON, what]
            _go(w, w.nodes[node, N_NEXT], w.nodes[node, N_OWNER], case, at, what)
            if person >= 0:
                w.people[person, BUSY] -= 1
                _look(w, person, at)
        elif kind == AVAILABLE:
            _let_in(w, what, at)
        elif kind == ARRIVES:
            next_case = what + 1
            if next_case < w.counts[CASES]:
                push(w, w.cases[next_case, ARRIVED], 4 * next_case + ARRIVES)
            _go(w, w.sources[w.cases[what, SOURCE], ENTRY], -1, what, at, -1)
        else:
            w.people[what, WAKING] = 0
            _look(w, what, at)
    return next_case


def run(plan: Plan) -> Columns:
    """Run a plan whose model is supported. Raises `HorizonReached`, and `SimulationError` for a case without end."""
    w = tables_of(plan)
    next_case = 0
    while w.counts[EVENTS] > 0:
        next_case = _happen(w, next_case)
        if w.counts[TROUBLE] == TOO_SHORT:
            raise HorizonReached
        if w.counts[TROUBLE] == CIRCLE:
            raise SimulationError(
                "a case goes round in a circle without end", "give every arrow back a chance below 1, or at most: N"
            )
        w = doubled(w)
    return _columns(w, outcomes_of(plan.model))


def _columns(w: Tables, outcomes: tuple[str, ...]) -> Columns:
    tasks, links = w.tasks[:, : w.counts[TASKS]], w.links[:, : w.counts[TASKS]]
    delays = bool(w.counts[DELAYS])
    return Columns(
        case=links[L_CASE], node=links[L_NODE], person=links[L_PERSON], ready=tasks[T_READY], handed=tasks[T_READY],
        noticed=tasks[T_NOTICED if delays else T_READY], gated=tasks[T_GATED if delays else T_READY],
        available=tasks[T_AVAILABLE if delays else T_READY], started=tasks[T_STARTED],
        completed=tasks[T_COMPLETED], work=tasks[T_WORK], releaser=links[L_RELEASER],
        withdrawn=np.zeros(tasks.shape[1], dtype=np.int64), ended=w.cases[:, ENDED].copy(),
        last=w.cases[:, LAST].copy(), outcome=w.cases[:, OUTCOME].copy(), outcomes=outcomes,
    )  # fmt: skip
