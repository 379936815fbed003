# pyright: basic, reportUntypedFunctionDecorator=false
# numba has no types of its own, and what it compiles is written in its part of the language.
"""The compiled part: everything here is O(n log n) in the number of instances, and works on whole microseconds.

Of each resource the time is cut into busy stretches, each labelled with the earliest moment at which something of what
it held was ready. How much of a wait was spent behind earlier work is then the length of stretches in it with a label
not later than its own: answered for all waits of a resource in one pass over sorted labels, with a Fenwick tree.
Importing this module imports numba; only `waiting.compiled` does so.
"""

from __future__ import annotations

import numpy as np
from numba import njit

# --- busy time and hours -----------------------------------------------------------------------------------------------


@njit(cache=True)
def _open_until(hours, calendar, at):
    """Open time of a calendar before `at`."""
    opens, closes, done, first = hours
    low, high = first[calendar], first[calendar + 1]
    place = low + np.searchsorted(opens[low:high], at, side="right") - 1
    if place < low:
        return 0
    return done[place] + min(at, closes[place]) - opens[place]


@njit(cache=True)
def _closed(hours, calendar, begin, end):
    if calendar < 0 or end <= begin:
        return 0
    return (end - begin) - (_open_until(hours, calendar, end) - _open_until(hours, calendar, begin))


@njit(cache=True)
def closed_between(hours, calendar, begin, end):
    """Time outside the calendar's hours, for each row."""
    found = np.zeros(len(begin), np.int64)
    for i in range(len(begin)):
        found[i] = _closed(hours, calendar[i], begin[i], end[i])
    return found


@njit(cache=True)
def _push(heap, count, key, value):
    place = count
    while place > 0:
        above = (place - 1) // 2
        if key[heap[above]] <= key[value]:
            break
        heap[place] = heap[above]
        place = above
    heap[place] = value


@njit(cache=True)
def _pop(heap, count, key):
    """Takes the top away; the heap then holds `count` - 1."""
    value = heap[count - 1]
    place = 0
    while True:
        below = 2 * place + 1
        if below >= count - 1:
            break
        if below + 1 < count - 1 and key[heap[below + 1]] < key[heap[below]]:
            below += 1
        if key[value] <= key[heap[below]]:
            break
        heap[place] = heap[below]
        place = below
    heap[place] = value


@njit(cache=True)
def busy_stretches(first, ready, start, end):
    """Of rows sorted by resource and start, `first` saying where each resource begins: its busy stretches.

    Gives where each resource's stretches begin, their beginnings, ends, and labels: the earliest `ready` among what was
    under way.
    """
    most = 2 * len(start)
    begins, ends, labels = np.empty(most, np.int64), np.empty(most, np.int64), np.empty(most, np.int64)
    of = np.zeros(len(first), np.int64)
    heap = np.empty(len(start), np.int64)
    count = 0
    for r in range(len(first) - 1):
        low, high = first[r], first[r + 1]
        of[r] = count
        stops = np.sort(end[low:high])
        held, p, q = 0, low, 0
        now = start[low] if high > low else 0
        while q < len(stops):
            then = min(start[p], stops[q]) if p < high else stops[q]
            while held > 0 and end[heap[0]] <= now:
                _pop(heap, held, ready)
                held -= 1
            if held > 0 and then > now:
                label = ready[heap[0]]
                if count > of[r] and ends[count - 1] == now and labels[count - 1] == label:
                    ends[count - 1] = then
                else:
                    begins[count], ends[count], labels[count] = now, then, label
                    count += 1
            now = max(now, then)
            while p < high and start[p] <= now:
                if end[p] > start[p]:
                    _push(heap, held, ready, p)
                    held += 1
                p += 1
            while q < len(stops) and stops[q] <= now:
                q += 1
    of[len(first) - 1] = count
    return of, begins[:count], ends[:count], labels[:count]


@njit(cache=True)
def open_lengths(of, begins, ends, calendar, hours):
    """Of each stretch: how much of it lies inside its resource's hours, and how much of those before it did."""
    length, before = np.zeros(len(begins), np.int64), np.zeros(len(begins), np.int64)
    for r in range(len(of) - 1):
        total = 0
        for j in range(of[r], of[r + 1]):
            before[j] = total
            length[j] = ends[j] - begins[j] - _closed(hours, calendar[r], begins[j], ends[j])
            total += length[j]
    return length, before


@njit(cache=True)
def _busy_until(low, high, begins, ends, before, calendar, hours, at):
    """Time at work, and busy, before `at`."""
    place = low + np.searchsorted(begins[low:high], at, side="right") - 1
    if place < low:
        return 0
    until = min(at, ends[place])
    return before[place] + until - begins[place] - _closed(hours, calendar, begins[place], until)


@njit(cache=True)
def _idle(r, stretches, calendar, hours, begin, end):
    """Time in which the resource was there and did nothing, and time in which it was away."""
    of, begins, ends, before = stretches
    low, high = of[r], of[r + 1]
    if end <= begin:
        return 0, 0
    away = _closed(hours, calendar[r], begin, end)
    if low == high:
        return end - begin - away, away
    busy = _busy_until(low, high, begins, ends, before, calendar[r], hours, end) - _busy_until(
        low, high, begins, ends, before, calendar[r], hours, begin
    )
    return end - begin - busy - away, away


# --- batches -----------------------------------------------------------------------------------------------------------


@njit(cache=True)
def batches(first, ready, start, end, resource, gap, stretches, calendar, hours):
    """Of rows sorted by group and start, `first` saying where each group begins: the batch of each (or -1).

    Of each batch: when its last was ready, its first start, and five sums over its members: how long each waited for
    the last in working hours, how much of that and of the time until the first start its resource was idle, how many
    they are, and how many were waiting when it began. Then over how long a time they were begun, and became ready.
    """
    member = np.full(len(start), -1, np.int64)
    last, begun = np.empty(len(start), np.int64), np.empty(len(start), np.int64)
    figures = np.zeros((len(start), 7), np.int64)
    count = 0
    for g in range(len(first) - 1):
        i, high = first[g], first[g + 1]
        arrivals = np.sort(ready[i:high])
        low = i
        while i < high:
            until, newest, oldest = end[i], ready[i], ready[i]
            j = i + 1
            while j < high and start[j] <= until + gap and ready[j] <= start[i]:
                until, newest, oldest = max(until, end[j]), max(newest, ready[j]), min(oldest, ready[j])
                j += 1
            if j - i >= 2 and newest > oldest:
                member[i:j] = count
                last[count], begun[count] = newest, start[i]
                for k in range(i, j):
                    there, away = _idle(resource[k], stretches, calendar, hours, ready[k], newest)
                    figures[count, 0] += newest - ready[k] - away
                    figures[count, 1] += there
                    figures[count, 2] += _idle(resource[k], stretches, calendar, hours, newest, start[i])[0]
                figures[count, 3] = j - i
                figures[count, 4] = np.searchsorted(arrivals, start[i], side="right") - (i - low)
                figures[count, 5], figures[count, 6] = start[j - 1] - start[i], newest - oldest
                count += 1
            i = j
    return member, last[:count], begun[:count], figures[:count]


# --- the parts of a wait -----------------------------------------------------------------------------------------------


@njit(cache=True)
def behind_earlier(first, stretches, length, labels, calendar, hours, begin, end, limit):
    """Of each stretch of waiting (sorted by resource, `first` saying where each resource begins): how much of it the
    resource spent, at work, on what was ready not after `limit`."""
    of, begins, ends, _ = stretches
    found = np.zeros(len(begin), np.int64)
    for r in range(len(first) - 1):
        a, b = first[r], first[r + 1]
        low, size = of[r], of[r + 1] - of[r]
        if a == b or size == 0:
            continue
        tree = np.zeros(size + 1, np.int64)
        by_label = np.argsort(labels[low : low + size])
        by_limit = np.argsort(limit[a:b])
        taken = 0
        for x in by_limit:
            i = a + x
            while taken < size and labels[low + by_label[taken]] <= limit[i]:
                place = by_label[taken] + 1
                while place <= size:
                    tree[place] += length[low + by_label[taken]]
                    place += place & -place
                taken += 1
            if end[i] <= begin[i]:
                continue
            p = np.searchsorted(ends[low : low + size], begin[i], side="right")
            q = np.searchsorted(begins[low : low + size], end[i], side="left")
            if q <= p:
                continue
            total = 0
            place = q
            while place > 0:
                total += tree[place]
                place -= place & -place
            place = p
            while place > 0:
                total -= tree[place]
                place -= place & -place
            over, under = begins[low + p], ends[low + q - 1]
            if labels[low + p] <= limit[i] and begin[i] > over:
                total -= begin[i] - over - _closed(hours, calendar[r], over, begin[i])
            if labels[low + q - 1] <= limit[i] and under > end[i]:
                total -= under - end[i] - _closed(hours, calendar[r], end[i], under)
            found[i] = total
    return found


@njit(cache=True)
def idle_parts(resource, stretches, calendar, hours, begin, end):
    """Of each stretch of waiting: time in which its resource was there and idle, and away."""
    there, away = np.zeros(len(begin), np.int64), np.zeros(len(begin), np.int64)
    for i in range(len(begin)):
        there[i], away[i] = _idle(resource[i], stretches, calendar, hours, begin[i], end[i])
    return there, away


# --- along the path ----------------------------------------------------------------------------------------------------


@njit(cache=True)
def walk_back(first, released_by):
    """The rows of each case's critical path, from the one that ended last back along what released each."""
    found = np.zeros(len(released_by), np.bool_)
    for c in range(len(first) - 1):
        if first[c] == first[c + 1]:
            continue
        i = first[c + 1] - 1
        while i >= 0 and not found[i]:
            found[i] = True
            i = released_by[i]
    return found


@njit(cache=True)
def longest(first, ready, end, spent, link_first, links):
    """How long each case takes if each row takes `spent` after the last of what it waited for: its recorded `links`, or
    everything of its case above it that had ended when it was ready."""
    found = np.zeros(len(first) - 1, np.int64)
    reach, furthest = np.zeros(len(end), np.int64), np.zeros(len(end), np.int64)
    for c in range(len(first) - 1):
        for i in range(first[c], first[c + 1]):
            since = 0
            if len(link_first) > 0:
                for j in range(link_first[i], link_first[i + 1]):
                    since = max(since, reach[links[j]])
            else:
                place = first[c] + np.searchsorted(end[first[c] : i], ready[i], side="right") - 1
                if place >= first[c]:
                    since = furthest[place]
            reach[i] = since + spent[i]
            furthest[i] = max(reach[i], furthest[i - 1]) if i > first[c] else reach[i]
            found[c] = furthest[i]
    return found


@njit(cache=True)
def last_idle(resource, stretches, calendar, hours, begin, end, least):
    """Of each stretch of waiting: the last moment in it at which its resource was there and idle for more than `least`
    up to then, or its beginning where there was none."""
    of, begins, ends, _ = stretches
    found = begin.copy()
    for i in range(len(begin)):
        low, high = of[resource[i]], of[resource[i] + 1]
        clock = calendar[resource[i]]
        at = end[i]
        place = low + np.searchsorted(begins[low:high], at, side="left") - 1
        while at > begin[i]:
            since = max(begin[i], ends[place]) if place >= low else begin[i]
            if since < at and (at - since) - _closed(hours, clock, since, at) > least:
                found[i] = at
                break
            if place < low:
                break
            at = min(at, begins[place])
            place -= 1
    return found
