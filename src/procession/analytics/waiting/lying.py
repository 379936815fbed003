"""What a wait did not wait for, although somebody was busy: it lay, unnoticed.

Precedence charges every moment in which a resource was busy to that work. But where the resource later stood idle while
the case still lay there, it had not been waiting for the work before: whoever is free takes up what they know of. So all
busy time before the last idle moment is time in which it lay. Nothing is known of the time after it, nor of cases that
are taken up straight from other work: what is told is the least that it can be.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from procession.analytics.waiting.causes import Cause

if TYPE_CHECKING:
    from procession.analytics.waiting.decompose import Sums, Waiting

IDLE: Final = 60_000_000
"""Microseconds of idling below which somebody may have been on the way from one to the next."""


def lay_behind_work(waiting: Waiting, waits: Sums) -> NDArray[np.int64]:
    """Of each row: how much of what is charged to contention and prioritisation it lay, rather than waited."""
    table, rows = waiting.table, waiting.rows
    found = np.zeros(len(table), dtype=np.int64)
    begin, end = waiting.gathered[rows], table.start[rows]
    until = waiting.kernel.last_idle(
        waiting.resource[rows], waiting.stretches, waiting.calendar, waiting.hours, begin, np.maximum(begin, end), IDLE
    )
    there, away = waiting.idle(rows, begin, until)
    busy = (until - begin) - there - away
    found[rows] = np.minimum(busy, waits[rows][:, [Cause.CONTENTION, Cause.PRIORITISATION]].sum(axis=1))
    return found
