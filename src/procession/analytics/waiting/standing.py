"""Time in which a case stood still on purpose, on columns: it is no wait, no work, and keeps nobody busy."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import InstanceTable
from procession.analytics.waiting import compiled
from procession.analytics.waiting.hours import OpenHours

Ints = NDArray[np.int64]
Window = tuple[Ints, Ints]
"""A beginning and an end for every row; empty where both are the same."""


def windows(table: InstanceTable) -> Iterator[Window]:
    """The first pause of every row, then the second, and so on: rows without any have an empty one."""
    row = table.pauses[:, 0]
    turn = np.arange(len(row)) - np.searchsorted(row, row)
    for number in range(int(turn.max(initial=-1)) + 1):
        chosen = table.pauses[turn == number]
        begin, end = np.zeros(len(table), dtype=np.int64), np.zeros(len(table), dtype=np.int64)
        begin[chosen[:, 0]], end[chosen[:, 0]] = chosen[:, 1], chosen[:, 2]
        yield begin, end


def overlap(begin: Ints, end: Ints, window: Window) -> Window:
    """What of a stretch lies in a window; empty where nothing does."""
    low = np.maximum(begin, window[0])
    return low, np.maximum(low, np.minimum(end, window[1]))


def stood_still(table: InstanceTable, begin: Ints, end: Ints, hours: OpenHours | None = None) -> Ints:
    """Of each row, how long its case stood still within a stretch; with hours, only while its resource was at work."""
    found = np.zeros(len(table), dtype=np.int64)
    calendar = None if hours is None else np.append(hours.of_resource, hours.of_nobody)[table.resource]
    for window in windows(table):
        low, high = overlap(begin, end, window)
        found += high - low
        if hours is not None and calendar is not None:
            found -= compiled().closed_between(hours.columns, calendar, low, high)
    return found


def awake(table: InstanceTable, rows: Ints) -> tuple[Ints, Ints, Ints]:
    """These rows by themselves, with the beginning and the end of each stretch of work in which the case went on."""
    paused = np.isin(rows, table.pauses[:, 0])
    plain = rows[~paused]
    row, begin, end = [plain], [table.start[plain]], [table.end[plain]]
    for one in rows[paused].tolist():
        own = table.pauses[table.pauses[:, 0] == one]
        begins = np.concatenate(([table.start[one]], np.maximum(own[:, 2], table.start[one])))
        ends = np.concatenate((np.maximum(own[:, 1], table.start[one]), [table.end[one]]))
        kept = begins < ends
        row.append(np.full(int(kept.sum()), one, dtype=np.int64))
        begin.append(begins[kept])
        end.append(ends[kept])
    return np.concatenate(row), np.concatenate(begin), np.concatenate(end)


def not_worked(table: InstanceTable, people: Ints, hours: OpenHours) -> Ints:
    """Pauses between begun and ended, and closed time in the rows that people did. What was done wholly outside working
    hours is work all the same."""
    paused = stood_still(table, table.start, table.end)
    if not len(hours.opens):
        return paused
    closed = compiled().closed_between(
        hours.columns, hours.of_resource[table.resource[people]], table.start[people], table.end[people]
    )
    closed += (stood_still(table, table.start, table.end, hours) - paused)[people]
    paused[people] += np.where(closed < (table.end - table.start - paused)[people], closed, 0)
    return paused
