"""How a process has done over time: by the week in which cases began."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from procession.analytics.attribution import quantile
from procession.analytics.log import ProcessCase, ProcessLog

WEEK = timedelta(weeks=1)
TWO = 2
"""Points that make a line."""
FEWEST = 5
"""Cases of a week below which nothing is said of it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """The cases that began within one or several weeks. Times in seconds, nights and weekends included."""

    begin: datetime
    cases: int
    """Finished ones."""
    running: int
    """Those that have not finished: the figures of a stretch with many of them are too good."""
    median: float | None
    """None below five cases."""
    high: float | None
    """85 of 100 take no longer."""
    on_time: float | None
    """The share within the target; None without a target."""
    work: float | None
    """Working time of steps as a share of the cycle."""
    again: float | None
    """The share of cases in which a step was done more than once."""


def trend(log: ProcessLog, now: datetime, weeks: int = 26, most: int = 13) -> tuple[Stretch, ...]:
    """The last so many weeks up to now, in at most so many stretches of whole weeks; in fewer, longer ones where otherwise
    hardly any would have cases enough."""
    each = max(-(-weeks // most), 1)
    while True:
        found = _stretches(log, now, weeks, each)
        if sum(one.median is not None for one in found) >= TWO or each * TWO > weeks:
            return found
        each *= 2


def _stretches(log: ProcessLog, now: datetime, weeks: int, each: int) -> tuple[Stretch, ...]:
    first = now - weeks * WEEK
    stretches: list[Stretch] = []
    begin = first
    while begin < now:
        end = min(begin + each * WEEK, now)
        cases = [one for one in log.cases if begin <= one.begin < end]
        running = sum(begin <= one.begin < end for one in log.running)
        stretches.append(_stretch(log, begin, cases, running))
        begin = end
    return tuple(stretches)


def _stretch(log: ProcessLog, begin: datetime, cases: Sequence[ProcessCase], running: int) -> Stretch:
    if len(cases) < FEWEST:
        return Stretch(
            begin=begin, cases=len(cases), running=running, median=None, high=None, on_time=None, work=None, again=None
        )
    cycles = [one.cycle.total_seconds() for one in cases]
    late = None
    if log.target is not None:
        late = sum(log.calendar.working_between(one.begin, one.end) > log.target for one in cases) / len(cases)
    worked = sum(_worked(one) for one in cases)
    return Stretch(
        begin=begin, cases=len(cases), running=running, median=statistics.median(cycles), high=quantile(cycles, 0.85),
        on_time=None if late is None else 1 - late, work=worked / sum(cycles) if sum(cycles) else None,
        again=sum(did_again(one) for one in cases) / len(cases),
    )  # fmt: skip


def _worked(case: ProcessCase) -> float:
    """Time in which at least one step of people was being worked on, in seconds."""
    spans = sorted((one.started, one.ended) for one in case.instances if one.started is not None and not one.is_outside)
    total, until = 0.0, case.begin
    for begin, end in spans:
        if end > max(begin, until):
            total += (end - max(begin, until)).total_seconds()
            until = end
    return total


def did_again(case: ProcessCase) -> bool:
    """Whether a step was done more than once in the same run."""
    seen = [(one.case_id, one.site) for one in case.instances]
    return len(set(seen)) < len(seen)
