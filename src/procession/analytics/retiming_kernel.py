# pyright: basic, reportUntypedFunctionDecorator=false
# numba has no types of its own, and what it compiles is written in its part of the language.
"""Cases of a table played again with a step that takes less: the compiled part of `retiming`.

Every row keeps its wait and its work in working time and begins when what it waited for now ends. Nothing ever becomes
later, and without a change every moment stays what it was.
"""

from __future__ import annotations

import numpy as np
from numba import njit

from procession.analytics.waiting.kernel import _closed, _open_until

MOST_BESIDE = 1000
"""Rows that ran beside a releaser and are looked at; further ones are not."""


@njit(cache=True)
def _moment_of(hours, calendar, worked):
    """When so much has been worked: a closing rather than the opening after it."""
    opens, _closes, done, first = hours
    low, high = first[calendar], first[calendar + 1]
    place = low + np.searchsorted(done[low:high], worked, side="left") - 1
    if place < low:
        place = low
    return opens[place] + worked - done[place]


@njit(cache=True)
def _carried(hours, calendar, was, until, now):
    """When a stretch that went from `was` to `until` ends if it begins at `now`, which is no later."""
    if now >= was:
        return until
    if until == was:
        return now
    if calendar < 0:
        return now + (until - was)
    _opens, _closes, _done, first = hours
    low, high = first[calendar], first[calendar + 1]
    if low == high:
        return now + (until - was)
    worked = (until - was) - _closed(hours, calendar, was, until)
    if worked == 0:  # wholly outside hours: it ran by the clock
        return min(until, now + (until - was))
    ends = _moment_of(hours, calendar, _open_until(hours, calendar, now) + worked)
    return min(until, max(now, ends))


@njit(cache=True)
def played(
    first, released, ready, start, end, step, calendar, hours, openings, opening_first, target, take_wait, take_work
):
    """The new end of every row if `target` is a step whose wait and whose work, flagged by row, take no time.

    `openings` are the moments at which gates opened, by step from `opening_first`; a step without any is no gate.
    """
    ends = end.copy()
    for c in range(len(first) - 1):
        for i in range(first[c], first[c + 1]):
            r = released[i]
            was, now = ready[i], ready[i]
            if r >= 0:
                was, now = end[r], ends[r]
                j = r - 1
                while j >= first[c] and end[j] > ready[r] and r - j <= MOST_BESIDE:
                    now = max(now, ends[j])
                    j -= 1
                now = min(now, was)
            since = _carried(hours, calendar[i], was, ready[i], now)
            if step[i] == target and take_wait[i]:
                begun = since
            elif opening_first[step[i] + 1] > opening_first[step[i]]:
                low, high = opening_first[step[i]], opening_first[step[i] + 1]
                place = low + np.searchsorted(openings[low:high], since, side="left")
                begun = start[i] if since >= ready[i] or place >= high else min(start[i], openings[place])
            else:
                begun = _carried(hours, calendar[i], ready[i], start[i], since)
            if step[i] == target and take_work[i]:
                ends[i] = begun
            else:
                ends[i] = _carried(hours, calendar[i], start[i], end[i], begun)
    return ends
