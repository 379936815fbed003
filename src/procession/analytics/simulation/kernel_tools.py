# pyright: basic, reportUntypedFunctionDecorator=false
# numba has no types of its own, and what it compiles is written in its part of the language.
"""The kernel's tools: a heap of moments, searches, queues ordered by rank, hours, draws."""

from __future__ import annotations

from numba import njit

from procession.analytics.simulation.compiled import (
    AT,
    CASES,
    CIRCLE,
    CLOSES,
    CODE,
    DELAYS,
    EVENTS,
    HOURS_FROM,
    L_LEFT,
    L_RIGHT,
    N_REPEAT_OF,
    OPENS,
    ORDER,
    PERSON_HOURS,
    PLACE,
    REPEATING,
    SINCE,
    T_AVAILABLE,
    T_RANK,
    T_READY,
    TOO_SHORT,
    TROUBLE,
    UNTIL,
    WAKES,
    WAKING,
    WORKED,
)
from procession.analytics.simulation.loop import MOST_VISITS
from procession.analytics.simulation.prepare import STRIDE

compiled = njit(cache=True, _nrt=False, forceinline=True)  # pyright: ignore[reportCallIssue]
"""Nothing is allocated inside, so nothing is counted; and the tables are not handed over at each call."""


@compiled
def push(w, at, code):
    place = w.counts[EVENTS]
    w.counts[EVENTS] += 1
    while place > 0:
        above = (place - 1) >> 1
        if w.heap[above, AT] < at or (w.heap[above, AT] == at and w.heap[above, CODE] < code):
            break
        w.heap[place, AT], w.heap[place, CODE] = w.heap[above, AT], w.heap[above, CODE]
        place = above
    w.heap[place, AT], w.heap[place, CODE] = at, code


@compiled
def pop(w):
    first_at, first_code = w.heap[0, AT], w.heap[0, CODE]
    w.counts[EVENTS] -= 1
    size = w.counts[EVENTS]
    at, code = w.heap[size, AT], w.heap[size, CODE]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= size:
            break
        other = below + 1
        if other < size and (
            w.heap[other, AT] < w.heap[below, AT]
            or (w.heap[other, AT] == w.heap[below, AT] and w.heap[other, CODE] < w.heap[below, CODE])
        ):
            below = other
        if at < w.heap[below, AT] or (at == w.heap[below, AT] and code < w.heap[below, CODE]):
            break
        w.heap[place, AT], w.heap[place, CODE] = w.heap[below, AT], w.heap[below, CODE]
        place = below
    w.heap[place, AT], w.heap[place, CODE] = at, code
    return first_at, first_code


@compiled
def first_after(table, column, low, high, at):
    """The first row whose value is above `at`."""
    while low < high:
        middle = (low + high) >> 1
        if table[middle, column] > at:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def first_from(table, column, low, high, at):
    """The first row whose value is not below `at`."""
    while low < high:
        middle = (low + high) >> 1
        if table[middle, column] >= at:
            high = middle
        else:
            low = middle + 1
    return low


@compiled
def after(w, hours, at, work):
    low, high = w.hours[hours, HOURS_FROM], w.hours[hours + 1, HOURS_FROM]
    place = first_after(w.stretches, CLOSES, low, high, at)
    if place == high:
        w.counts[TROUBLE] = TOO_SHORT
        return at
    begin = max(at, w.stretches[place, OPENS])
    if begin + work <= w.stretches[place, CLOSES]:
        return begin + work
    worked = w.stretches[place, WORKED] - (w.stretches[place, CLOSES] - begin) + work
    place = first_from(w.stretches, WORKED, low, high, worked)
    if place == high:
        w.counts[TROUBLE] = TOO_SHORT
        return at
    return w.stretches[place, CLOSES] - (w.stretches[place, WORKED] - worked)


@compiled
def next_moment(w, column, node, at):
    low, high = w.nodes[node, column], w.nodes[node + 1, column]
    place = first_from(w.moments, 0, low, high, at)
    if place == high:
        w.counts[TROUBLE] = TOO_SHORT
        return at
    return w.moments[place, 0]


@compiled
def visit_number(w, node, case):
    if w.nodes[node, N_REPEAT_OF] < 0:
        return 0
    key = case * w.counts[REPEATING] + w.nodes[node, N_REPEAT_OF]
    number = w.visits[key]
    w.visits[key] = number + 1
    if number >= MOST_VISITS:
        w.counts[TROUBLE] = CIRCLE
    return number


@compiled
def drawn_at(w, at, blocks, visit, case):
    if visit < blocks:
        return at + visit * w.counts[CASES] + case
    moved = (case + visit * STRIDE) % w.counts[CASES]
    if blocks == 1:
        return at + moved
    return at + (1 + (visit - 1) % (blocks - 1)) * w.counts[CASES] + moved


@compiled
def turn(w, hours, at):
    place = first_after(w.stretches, CLOSES, w.hours[hours, PLACE], w.hours[hours + 1, HOURS_FROM], at)
    if place == w.hours[hours + 1, HOURS_FROM]:
        w.counts[TROUBLE] = TOO_SHORT
        return
    w.hours[hours, PLACE] = place
    w.hours[hours, SINCE], w.hours[hours, UNTIL] = w.stretches[place, OPENS], w.stretches[place, CLOSES]


@compiled
def wake(w, person):
    if w.people[person, WAKING] == 0:
        w.people[person, WAKING] = 1
        push(w, w.hours[w.people[person, PERSON_HOURS], SINCE], 4 * person + WAKES)


@compiled
def before(w, one, other):
    """Whether one task comes before another in a queue."""
    if w.counts[ORDER] != 0 and w.tasks[T_RANK, one] != w.tasks[T_RANK, other]:
        return w.tasks[T_RANK, one] < w.tasks[T_RANK, other]
    since = T_AVAILABLE if w.counts[DELAYS] != 0 else T_READY
    if w.tasks[since, one] != w.tasks[since, other]:
        return w.tasks[since, one] < w.tasks[since, other]
    return one < other


@compiled
def merge(w, one, other):
    """Two skew heaps as one (Sleator and Tarjan 1986), without recursion."""
    if one < 0:
        return other
    if other < 0:
        return one
    if before(w, other, one):
        one, other = other, one
    top = one
    while True:
        follows = w.links[L_RIGHT, one]
        w.links[L_RIGHT, one] = w.links[L_LEFT, one]
        if follows < 0:
            w.links[L_LEFT, one] = other
            return top
        if before(w, other, follows):
            follows, other = other, follows
        w.links[L_LEFT, one] = follows
        one = follows
