"""The measures by compiled passes over the columns, as rows that are those of the statements in SQL.

For a log that is worth the moment numba takes to load. Memory is the table's own and at most three columns more.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import Codes, InstanceTable, Moments
from procession.analytics.log_measures.answers import Rows

kernels: Any = import_module("procession.analytics.log_measures.kernels")
SPREAD = np.array([0.5, 0.9, 0.99])
MEDIAN = SPREAD[:1]


class ByKernels:
    """Answers for one table."""

    def __init__(self, table: InstanceTable) -> None:
        self.table = table
        self.first = table.first_rows

    # --- what is asked by `measure_log` --------------------------------------------------------------------------------

    def cycles(self) -> tuple[Moments, Moments]:
        """Of each case the first beginning and the last end."""
        table = self.table
        return kernels.cycles(self.first, table.start, table.end, table.start_estimated)

    def variants(self, most: int) -> tuple[int, Rows]:
        """How many sequences there are, and of the most frequent: cases, the first of them, its length, median cycle."""
        numbers, example = kernels.traces(self.first, self.table.step)
        began, ended = self.cycles()
        counts = kernels.counted(numbers, len(example))
        middle = kernels.spread(numbers, ended - began, counts, MEDIAN)
        order = np.argsort(-counts, kind="stable")[:most]  # numbers are given in the order of their first cases
        return len(example), _rows(order, counts, example, np.diff(self.first)[example], middle)

    def follows(self) -> Rows:
        """Before, step, count, quantiles and sum of the time between, and the cases of each pair."""
        table = self.table
        numbers, before, step = kernels.passed(table.case, table.step, False)
        between = kernels.gaps(table.case, table.start, table.end, table.start_estimated)
        counts, totals, spread = _spread(numbers, between, len(before), SPREAD)
        cases = kernels.cases_of(numbers, table.case, len(before))
        return _rows(np.lexsort((step, before, -counts)), before, step, counts, spread, totals, cases)

    def steps(self) -> Rows:
        """As `statements.steps`."""
        table, n = self.table, len(self.table.step_names)
        cases = kernels.cases_of(table.step, table.case, n)
        sure = kernels.summed(table.step, ~table.start_estimated, n)
        counts, waited, waiting = _spread(table.step, table.start - table.ready, n, SPREAD)
        _, worked, working = _spread(table.step, table.end - table.start, n, SPREAD)
        _, _, both = _spread(table.step, table.end - table.ready, n, SPREAD)
        there = np.flatnonzero(counts)
        return _rows(there, np.arange(n), counts, cases, sure, waited, worked, waiting, working, both)

    def rework(self) -> Rows:
        """As `statements.rework`."""
        table, n = self.table, len(self.table.step_names)
        cases, again, work = kernels.rework(table.case, table.step, table.end - table.start, n)
        return _rows(np.flatnonzero(cases), np.arange(n), cases, again, work)

    def parties(self, who: str) -> Rows:
        """As `statements.parties`."""
        table = self.table
        numbers, step, code = kernels.together(table.step, self._codes(who))
        n = len(step)
        cases = kernels.cases_of(numbers, table.case, n)
        sure = kernels.summed(numbers, ~table.start_estimated, n)
        counts, waited, waiting = _spread(numbers, table.start - table.ready, n, MEDIAN)
        _, worked, working = _spread(numbers, table.end - table.start, n, MEDIAN)
        return _rows(np.lexsort((code, step)), step, code, counts, cases, waited, worked, sure, waiting, working)

    def handovers(self, who: str) -> Rows:
        """As `statements.handovers`."""
        table = self.table
        numbers, giver, taker = kernels.passed(table.case, self._codes(who), True)
        between = kernels.gaps(table.case, table.start, table.end, table.start_estimated)
        counts, totals, spread = _spread(numbers, between, len(giver), MEDIAN)
        return _rows(np.lexsort((taker, giver, -counts)), giver, taker, counts, totals, spread)

    def states(self) -> Rows:
        """As `statements.states`."""
        table, n = self.table, len(self.table.step_names)
        before, lasting = np.full(len(table), -1, np.int32), np.zeros(len(table), np.int64)
        inside = table.case[1:] == table.case[:-1]
        before[1:][inside] = table.step[:-1][inside]
        np.subtract(table.end[1:], table.end[:-1], out=lasting[1:])
        counts, totals, spread = _spread(before, lasting, n, SPREAD)
        return _rows(np.flatnonzero(counts), np.arange(n), counts, totals, spread)

    # --- the tasks that other programs do as well, under the names of the bench ----------------------------------------

    def shared(self, task: str) -> Any:
        """What `statements.SHARED` asks under this name, as arrays by column."""
        table = self.table
        if task in {"directly_follows", "handover"}:
            codes = table.step if task == "directly_follows" else table.resource
            numbers, left, right = kernels.passed(table.case, codes, False)
            return left, right, kernels.counted(numbers, len(left))
        if task == "times_between":
            numbers, left, right = kernels.passed(table.case, table.step, False)
            between = kernels.gaps(table.case, table.start, table.end, table.start_estimated)
            return left, right, *_spread(numbers, between, len(left), SPREAD)
        if task == "variants":
            numbers, example = kernels.traces(self.first, table.step)
            return kernels.counted(numbers, len(example)), example
        if task == "service_time":
            return _spread(table.step, table.end - self._begun(), len(table.step_names), MEDIAN)
        if task == "rework":
            return kernels.rework(table.case, table.step, table.end - table.start, len(table.step_names))[0]
        return self.cycles()

    def _begun(self) -> Moments:
        table = self.table
        return np.where(table.start_estimated, table.end, table.start) if table.start_estimated.any() else table.start

    def _codes(self, who: str) -> Codes:
        table = self.table
        return {"resource": table.resource, "department": table.department, "grp": table.group}[who]


def _spread(
    numbers: Codes, values: Moments, n: int, shares: NDArray[np.float64]
) -> tuple[Moments, Moments, NDArray[np.float64]]:
    """Count, sum and quantiles of the values of each number."""
    counts = kernels.counted(numbers, n)
    return counts, kernels.summed(numbers, values, n), kernels.spread(numbers, values, counts, shares)


def _rows(order: NDArray[np.intp], *columns: NDArray[Any]) -> Rows:
    """Columns as rows in this order; a column of quantiles gives lists."""
    told: Sequence[list[Any]] = [column[order].tolist() for column in columns]
    return list(zip(*told, strict=True))
