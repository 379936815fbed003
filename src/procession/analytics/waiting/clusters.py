"""Steps that are begun in few hours of the week, while work arrives at many: meetings, payment runs, collections."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import InstanceTable

SLOTS: Final = 2
"""In so many hours of the week at most."""
SHARE: Final = 0.8
"""So many of the beginnings lie in them."""
FEWEST: Final = 8
CHI_SQUARED_99: Final = 6.635
"""The 99 % point with one degree of freedom."""
_HOUR: Final = 3_600_000_000
_WEEK: Final = 168


def gate_steps(table: InstanceTable) -> NDArray[np.bool_]:
    """Of each step: whether four fifths of its beginnings lie in two hours of the week, and its ready moments do not
    (chi-squared test of the two shares, p < .01). Beginnings that are inferred prove nothing."""
    steps = len(table.step_names)
    sure = ~table.start_estimated
    slot_of = (table.start[sure] // _HOUR) % _WEEK
    step = table.step[sure].astype(np.int64)
    begun = _counts(step, slot_of, steps)
    ready = _counts(step, (table.ready[sure] // _HOUR) % _WEEK, steps)
    visits = begun.sum(axis=1)
    top = np.argsort(-begun, axis=1, kind="stable")[:, :SLOTS]
    inside = np.take_along_axis(begun, top, axis=1).sum(axis=1)
    arrived = np.take_along_axis(ready, top, axis=1).sum(axis=1)
    pooled = (inside + arrived) / np.maximum(2 * visits, 1)
    spread = 2 * visits * pooled * (1 - pooled)
    chi = np.divide((inside - arrived) ** 2, spread, out=np.zeros(steps), where=spread > 0)
    weeks = _weeks(table, sure, step, steps)
    return (visits >= FEWEST) & (weeks >= 3) & (inside >= SHARE * visits) & (inside > arrived) & (chi > CHI_SQUARED_99)


def _counts(step: NDArray[np.int64], slot: NDArray[np.int64], steps: int) -> NDArray[np.int64]:
    return np.bincount(step * _WEEK + slot, minlength=steps * _WEEK).reshape(steps, _WEEK)


def _weeks(table: InstanceTable, sure: NDArray[np.bool_], step: NDArray[np.int64], steps: int) -> NDArray[np.int64]:
    """In how many weeks each step was begun: an hour of the week shows only where weeks repeat."""
    week = table.start[sure] // (_HOUR * _WEEK)
    pairs = np.unique(np.stack((step, week)), axis=1)[0] if len(step) else step
    return np.bincount(pairs, minlength=steps)
