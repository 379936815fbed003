"""Which of the pairs follow each other directly.

Where one subject runs through a whole process, each workflow shares its key with every other. Four things tell a direct
link from an inherited one:

- **Direction.** Of two workflows only one comes first.
- **What sets it off.** A → B and A → C: does C wait for B, or do both only wait for A? If B sets C off, the time from B
  to C does not depend on how long B took; if A does, the time from A to C does not.
- **Joins.** With two sources that do not follow each other, a target waits for both only if it also waits where that
  source came last.
- **Transitivity.** A → C is not proposed where A → B and B → C cover the same cases (Aho, Garey and Ullman 1972, here
  weighed by cases).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import numpy as np

from procession.analytics.discovery.candidates import Candidate
from procession.analytics.discovery.keys import rank_correlation
from procession.analytics.discovery.logs import WorkflowLog

EXPLAINED: Final = 0.65
"""Of the cases of A → C, the share that must run through what lies between, for A → C to be left out."""
FEWEST_LAST: Final = 5
"""Cases in which one of two sources came last, without which nothing shows that it is waited for."""
WAITED: Final = 0.8
"""Of those cases, the share that began after it."""


def direct(found: Iterable[Candidate], logs: Sequence[WorkflowLog]) -> list[Candidate]:
    """The candidates that are direct, in the order of the logs."""
    kept = {(one.source, one.target): one for one in found}
    _drop_turned(kept)
    _drop_siblings(kept, logs)
    _drop_circles(kept)
    _drop_unwaited(kept, logs)
    _drop_transitive(kept, logs)
    return [kept[pair] for pair in sorted(kept)]


Kept = dict[tuple[int, int], Candidate]


def _weight(one: Candidate) -> tuple[float, int]:
    return one.linked * one.best.forward, one.best.matched


def _drop_turned(kept: Kept) -> None:
    """Of both directions, the weaker."""
    for a, b in list(kept):
        if (a, b) in kept and (b, a) in kept:
            weaker = min(((a, b), (b, a)), key=lambda pair: _weight(kept[pair]))
            del kept[weaker]


def _drop_siblings(kept: Kept, logs: Sequence[WorkflowLog]) -> None:
    """B → C where both are set off by the same A, and C does not wait for B."""
    siblings = [
        (b, c)
        for b, c in kept
        if any((a, c) in kept and not _sets_off(kept[a, b], kept[a, c], kept[b, c], logs) for a, to in kept if to == b)
    ]
    for pair in siblings:
        del kept[pair]


def _sets_off(to_b: Candidate, to_c: Candidate, b_to_c: Candidate, logs: Sequence[WorkflowLog]) -> bool:
    """Whether C's beginning follows B's end rather than A's, over cases in which all three are known."""
    b_of_a = _targets_of(to_b, len(logs[to_b.source]))
    c = np.flatnonzero(to_c.paired >= 0)
    a = to_c.paired[c]
    b = b_of_a[a]
    ends = b_to_c.anchor.moments
    known = (b >= 0) & ~np.isnan(ends[b])
    a, b, c = a[known], b[known], c[known]
    if len(c) < 12:
        return True  # too few to tell: a sequence is what the times show
    of_b = ends[b] - to_c.anchor.moments[a]
    of_c = logs[to_c.target].begins[c] - to_c.anchor.moments[a]
    follows_a = rank_correlation(of_b, of_c)
    follows_b = rank_correlation(of_b, of_c - of_b)
    told_apart = 2.0 / math.sqrt(len(c))
    return not (follows_b < -told_apart and abs(follows_a) < abs(follows_b))


def _targets_of(one: Candidate, sources: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """For each source case the target case that is paired with it; -1 where there is none."""
    back = np.full(sources, -1, dtype=np.int64)
    rows = np.flatnonzero(one.paired >= 0)
    back[one.paired[rows]] = rows
    return back


def _drop_circles(kept: Kept) -> None:
    """The weakest pair of each circle, until there is none."""
    while circle := _circle(kept):
        del kept[min(circle, key=lambda pair: _weight(kept[pair]))]


def _circle(kept: Collection[tuple[int, int]]) -> list[tuple[int, int]]:
    for a, b in sorted(kept):
        if way := _way(kept, b, a):
            return [(a, b), *way]
    return []


def _way(kept: Collection[tuple[int, int]], start: int, goal: int) -> list[tuple[int, int]]:
    """The pairs of one way from start to goal; empty without one."""
    came: dict[int, tuple[int, int]] = {}
    todo = [start]
    while todo:
        at = todo.pop()
        for pair in kept:
            if pair[0] == at and pair[1] not in came and pair[1] != start:
                came[pair[1]] = pair
                todo.append(pair[1])
    way: list[tuple[int, int]] = []
    while goal in came and (not way or goal != start):
        way.append(came[goal])
        goal = came[goal][0]
    return way[::-1]


def _drop_unwaited(kept: Kept, logs: Sequence[WorkflowLog]) -> None:
    """B → E where E waits for another source C alone: it does not wait for B even where B ends last."""
    unwaited: set[tuple[int, int]] = set()
    for b, e in kept:
        others = [c for c, to in kept if to == e and c != b and not _way(kept, b, c) and not _way(kept, c, b)]
        if any(not _is_waited_for(kept[b, e], kept[c, e], logs) for c in others):
            unwaited.add((b, e))
    for pair in unwaited:
        siblings = [other for other in kept if other[1] == pair[1] and other not in unwaited]
        if siblings:  # where no source is ever last, there is no telling: all stay
            del kept[pair]


def _is_waited_for(one: Candidate, other: Candidate, logs: Sequence[WorkflowLog]) -> bool:
    rows = np.flatnonzero((one.paired >= 0) & (other.paired >= 0))
    if len(rows) < FEWEST_LAST:
        return True  # they hardly ever meet: the target follows one or the other
    mine, its = one.anchor.moments[one.paired[rows]], other.anchor.moments[other.paired[rows]]
    last = rows[mine > its]
    if len(last) < FEWEST_LAST:
        own = {key.target_field for key in one.keys} - {key.target_field for key in other.keys}
        return bool(own)  # data that only it can have given
    begins = logs[one.target].begins[last]
    return float((begins >= one.anchor.moments[one.paired[last]]).mean()) >= WAITED


def _drop_transitive(kept: Kept, logs: Sequence[WorkflowLog]) -> None:
    """A → C where the cases run through what lies between."""
    explained: list[tuple[int, int]] = []
    for a, c in kept:
        between = [b for b, to in kept if to == c and b != a and _way(kept, a, b)]
        if not between:
            continue
        rows = kept[a, c].paired >= 0
        through = np.zeros(len(rows), dtype=bool)
        for b in between:
            through |= (kept[b, c].paired >= 0) | (kept[b, c].found >= 0)
        known = max(_with_key(kept[b, c], logs[b]) for b in between)
        if rows.any() and float(through[rows].mean()) / max(known, 0.05) >= EXPLAINED:
            explained.append((a, c))
    for pair in explained:
        del kept[pair]


def _with_key(one: Candidate, source: WorkflowLog) -> float:
    """The share of source cases whose key is known."""
    return len(one.best.source_view.filled) / max(len(source), 1)
