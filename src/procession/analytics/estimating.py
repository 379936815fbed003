"""What a log does not record: when work could have begun, and when it was begun.

An instance became ready when the last one before it in its case ended that neither overlaps it nor is concurrent to it.
Two steps are concurrent when they overlap in more than 5 % of the cases in which both occur. Where only the end of work
is recorded, its beginning lies between the moment it was ready and its end; the table holds the latest of the moment it
was ready and the end of what the same resource did before, and marks it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import Codes, Flags, Moments

CONCURRENT = 0.05
"""From which share of the cases on, in which two steps both occur, an overlap is no accident."""

MOST_AT_ONCE = 1000
"""Instances of one case that go on at the same time and are compared with each other; further ones are not."""

Pairs = NDArray[np.int64]
"""Pairs of steps as one number each, `first * steps + second`, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimated:
    """The moments of instances, with a flag for each that is inferred."""

    ready: Moments
    start: Moments
    ready_estimated: Flags
    start_estimated: Flags
    released_by: Codes


def estimate(
    *,
    case: Codes,
    step: Codes,
    resource: Codes,
    ready: Moments,
    start: Moments,
    end: Moments,
    ready_known: Flags,
    start_known: Flags,
) -> Estimated:
    """Fill in what is not known. Columns are in the order of a table: by case, end, start and place in the log.

    `ready` and `start` are read only where they are known, and must there lie in order.
    """
    begun = np.where(start_known, start, end)
    bound = np.where(ready_known, ready, begun)
    first = _first_of_case(case)
    before = _last_ended(first, end, bound)
    before = _not_concurrent(before, first, step, concurrent_steps(case, step, begun, end))
    case_begin = _least_of_case(case, np.minimum(begun, bound))
    released = np.where(before >= 0, end[before], case_begin)
    found_ready = np.where(ready_known, ready, np.minimum(released, bound))
    busy_until = _end_before(resource, end)
    found_start = np.where(start_known, start, np.minimum(np.maximum(found_ready, busy_until), end))
    return Estimated(
        ready=found_ready,
        start=found_start,
        ready_estimated=~ready_known,
        start_estimated=~start_known,
        released_by=before.astype(np.int32),
    )


def concurrent_steps(case: Codes, step: Codes, start: Moments, end: Moments) -> Pairs:
    """The pairs of steps, in both directions, that overlap in more than 5 % of the cases in which both occur.

    An instant inside the time of another overlaps it; what merely touches does not.
    """
    steps = int(step.max()) + 1 if len(step) else 1
    by_start = np.lexsort((end, start, case))
    case, step, start, end = case[by_start], step[by_start], start[by_start], end[by_start]
    together: list[Pairs] = []
    rows = np.arange(len(case), dtype=np.int64)
    for apart in range(1, MOST_AT_ONCE + 1):
        rows = rows[rows < len(case) - apart]
        later = rows + apart
        going_on = (case[later] == case[rows]) & (start[later] < end[rows])
        rows = rows[going_on]
        if not len(rows):
            break
        later = rows + apart
        real = end[later] > start[rows]
        one, other = step[rows][real].astype(np.int64), step[later][real].astype(np.int64)
        pair = np.minimum(one, other) * steps + np.maximum(one, other)
        together.append(_distinct(case[rows][real], pair))
    if not together:
        return np.empty(0, np.int64)
    pairs, overlapping = np.unique(np.unique(np.concatenate(together), axis=0)[:, 1], return_counts=True)
    both = _cases_with_both(case, step, pairs, steps)
    often = pairs[overlapping > CONCURRENT * both]
    return np.unique(np.concatenate([often, (often % steps) * steps + often // steps]))


def _distinct(case: Codes, pair: Pairs) -> Pairs:
    return np.unique(np.stack([case.astype(np.int64), pair], axis=1), axis=0)


def _cases_with_both(case: Codes, step: Codes, pairs: Pairs, steps: int) -> NDArray[np.int64]:
    """For each pair the number of cases in which both steps occur; of a step with itself, those in which it does."""
    seen = np.unique(case.astype(np.int64) * steps + step)
    by_step: dict[int, NDArray[np.int64]] = {}
    order = np.argsort(seen % steps, kind="stable")
    sorted_steps = (seen % steps)[order]
    for one in np.unique(np.concatenate([pairs // steps, pairs % steps])):
        low, high = np.searchsorted(sorted_steps, [one, one + 1])
        by_step[int(one)] = (seen // steps)[order[low:high]]
    counts = [
        len(np.intersect1d(by_step[int(pair // steps)], by_step[int(pair % steps)], assume_unique=True))
        for pair in pairs
    ]
    return np.asarray(counts, np.int64)


def _first_of_case(case: Codes) -> NDArray[np.int64]:
    """For each row the first row of its case."""
    rows = np.arange(len(case), dtype=np.int64)
    begins = np.flatnonzero(np.r_[True, case[1:] != case[:-1]]) if len(case) else rows
    return np.repeat(begins, np.diff(np.r_[begins, len(case)]))


def _least_of_case(case: Codes, moments: Moments) -> Moments:
    if not len(case):
        return moments
    begins = np.flatnonzero(np.r_[True, case[1:] != case[:-1]])
    return np.repeat(np.minimum.reduceat(moments, begins), np.diff(np.r_[begins, len(case)]))


def _last_ended(first: NDArray[np.int64], end: Moments, bound: Moments) -> NDArray[np.int64]:
    """For each row the last row above it, of its case, that ended at its bound or before; -1 where there is none.

    All rows search at once, each halving its own stretch of the column.
    """
    low, high = first.copy(), np.arange(len(end), dtype=np.int64)
    while (open_ := low < high).any():
        middle = (low + high) // 2
        ended = end[np.minimum(middle, len(end) - 1)] <= bound
        low = np.where(open_ & ended, middle + 1, low)
        high = np.where(open_ & ~ended, middle, high)
    return np.where(low > first, low - 1, -1)


def _not_concurrent(
    before: NDArray[np.int64], first: NDArray[np.int64], step: Codes, concurrent: Pairs
) -> NDArray[np.int64]:
    """Step back over what is concurrent to a row, to the first that is not."""
    if not len(concurrent):
        return before
    steps = int(step.max()) + 1
    before = before.copy()
    rows = np.flatnonzero(before >= 0)
    while len(rows):
        pair = step[before[rows]].astype(np.int64) * steps + step[rows]
        place = np.minimum(np.searchsorted(concurrent, pair), len(concurrent) - 1)
        rows = rows[concurrent[place] == pair]
        before[rows] -= 1
        gone = before[rows] < first[rows]
        before[rows[gone]] = -1
        rows = rows[~gone]
    return before


def _end_before(resource: Codes, end: Moments) -> Moments:
    """For each row the end of what its resource did before it, in the whole log; the least moment where there is none."""
    order = np.lexsort((np.arange(len(end)), end, resource))
    nothing = np.iinfo(np.int64).min
    found = np.full(len(end), nothing, np.int64)
    same = resource[order[1:]] == resource[order[:-1]]
    known = resource[order[1:]] >= 0
    found[order[1:]] = np.where(same & known, end[order[:-1]], nothing)
    return found
