"""Checks by queueing theory that every set of findings is held against.

- Little: open cases = arrivals × cycle over the middle of the log. Off by more than 5 %, the log is cut or grows, and means
  over it are too low.
- A desk that is busy more than 95 % of its time while its pile grows never catches up: its waits have no mean.
- What an ordinary queue at that load would wait (Kingman 1961; for several people Sakasegawa 1977): a desk that waits much
  longer does not only queue.
- The median cycle with open cases in it (Kaplan and Meier 1958): who leaves them out sees the quick ones only.
- Overall effectiveness of a step: availability × speed × share right at the first time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import InstanceTable
from procession.analytics.log_measures.figures import Little
from procession.analytics.log_measures.measuring import little
from procession.analytics.waiting import compiled
from procession.analytics.waiting.causes import Cause
from procession.analytics.waiting.decompose import Decomposition, case_bounds, flag
from procession.analytics.waste.figures import rising, stats

Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

LITTLE_HOLDS: Final = 0.05
FULL: Final = 0.95
GROWING: Final = 0.05
FEWEST: Final = 30
EACH: Final = 5
"""Records of a person, on average of a desk, below which nobody knows how long they were there."""
MOMENTS: Final = 10
STEPS: Final = 8
_WEEK: Final = 604_800_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """The people of one department, as a queue. Times are working time in microseconds."""

    name: str
    people: int
    busy: float
    """The share of their time in which they work on something."""
    growing: bool
    """Whether what lies there becomes more over time (Mann and Kendall, p < .05)."""
    waited: float
    """Behind other work, on average of a visit."""
    expected: float | None
    """The same in an ordinary queue with so much work; None where they are busy all the time."""

    @property
    def is_unstable(self) -> bool:
        """Whether it never catches up."""
        return self.busy > FULL and self.growing


@dataclass(frozen=True, slots=True, kw_only=True)
class Effectiveness:
    """How well the time at one step is used; each part from 0 to 1."""

    step: str
    available: float
    """The share of the time there in which whoever does it was at work."""
    speed: float
    """What a quick visit works (of 100 visits the 25th, or the step's target), as a share of the usual one."""
    first_time: float
    """The share of visits after which the case did not come again."""

    @property
    def overall(self) -> float:
        """All three together."""
        return self.available * self.speed * self.first_time


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What has to hold before figures of a log are believed."""

    little: Little | None
    """None where too few cases arrive."""
    desks: tuple[Desk, ...]
    """The busiest first."""
    median: float
    """Of finished cases, microseconds by the clock."""
    median_with_open: float | None
    """With open cases in it; None where half of all cases never ended so far, or none is open."""
    open_cases: int
    steps: tuple[Effectiveness, ...]
    """The steps with most time on critical paths, the least effective first."""

    @property
    def is_cut(self) -> bool:
        """Whether Little's law fails: the log is cut, or the process grows."""
        return self.little is not None and self.little.gap > LITTLE_HOLDS


def checks(causes: Decomposition, open_for: Sequence[float] = (), is_open: Flags | None = None) -> Checks:
    """Check a log with at least one row. `open_for` is how long each open case has been open, in microseconds; `is_open`
    says of the cases in the log which ones seem to go on after it ends (`seem_open`)."""
    table = causes.table
    first = case_bounds(table)
    began = np.minimum.reduceat(table.ready, first[:-1])
    ended = np.maximum.reduceat(table.end, first[:-1])
    cycles = (ended - began).astype(np.float64)
    if is_open is not None and not is_open.all():
        open_for = [*open_for, *(int(table.end.max()) - began[is_open]).astype(np.float64).tolist()]
        cycles = cycles[~is_open]
    return Checks(
        little=little(began, ended), desks=_desks(causes), median=float(np.median(cycles)),
        median_with_open=_with_open(cycles, open_for), open_cases=len(open_for), steps=_steps(causes),
    )  # fmt: skip


USUAL: Final = 0.05
"""The share of old cases that end with a step, from which on it is one with which cases end."""
RECENT: Final = 0.9
"""Cases are recent whose last step lies nearer to the end of the log than this share of all spans between two steps."""
FEWEST_OLD: Final = 30


def seem_open(table: InstanceTable) -> Flags:
    """Which cases of a log that does not say so seem to be cut off by its end: their last step is recent, and hardly any
    old case ends with it. Nothing seems open where there are too few old cases to know how they end."""
    first = case_bounds(table)
    last = first[1:] - 1
    ended = np.maximum.reduceat(table.end, first[:-1])
    spans = (table.end - table.ready)[table.released_by >= 0]
    if not len(spans):
        return np.zeros(len(last), dtype=bool)
    recent = ended > int(table.end.max()) - float(np.quantile(spans, RECENT))
    if (~recent).sum() < FEWEST_OLD:
        return np.zeros(len(last), dtype=bool)
    steps = table.step[last].astype(np.int64)
    often = np.bincount(steps[~recent], minlength=len(table.step_names)) / int((~recent).sum())
    return recent & (often[steps] < USUAL)


def _with_open(cycles: NDArray[np.float64], open_for: Sequence[float]) -> float | None:
    if not len(open_for):
        return None
    surviving = stats().ecdf(stats().CensoredData(uncensored=cycles, right=np.asarray(open_for, dtype=np.float64))).sf
    below = np.flatnonzero(surviving.probabilities <= 0.5)
    return float(surviving.quantiles[below[0]]) if len(below) else None


# --- desks -------------------------------------------------------------------------------------------------------------


def _desks(causes: Decomposition) -> tuple[Desk, ...]:
    table = causes.table
    ours = (table.resource >= 0) & ~flag(table, "machine") & ~flag(table, "outside") & ~table.start_estimated
    found: list[Desk] = []
    for department, name in enumerate(table.department_names):
        rows = np.flatnonzero(ours & (table.department == department))
        people = len(np.unique(table.resource[rows]))
        if len(rows) >= max(FEWEST, EACH * people):
            found.append(_desk(causes, rows, name))
    return tuple(sorted(found, key=lambda one: (-one.busy, one.name)))


def _desk(causes: Decomposition, rows: Ints, name: str) -> Desk:
    table, hours = causes.table, causes.hours
    kernel = compiled()
    people, who = np.unique(table.resource[rows], return_inverse=True)
    order = np.lexsort((table.end[rows], table.start[rows], who))
    first = np.searchsorted(who[order], np.arange(len(people) + 1)).astype(np.int64)
    own = rows[order]
    calendar = hours.of_resource[people]
    of, begins, ends, _ = kernel.busy_stretches(first, table.ready[own], table.start[own], table.end[own])
    busy = int(kernel.open_lengths(of, begins, ends, calendar, hours.columns)[0].sum())
    since, until = table.start[own][first[:-1]], np.maximum.reduceat(table.end[own], first[:-1])
    there = int((until - since - kernel.closed_between(hours.columns, calendar, since, until)).sum())
    share = min(1.0, busy / there) if there else 0.0
    waits = causes.waits[rows]
    queued = float((waits[:, Cause.CONTENTION] + waits[:, Cause.PRIORITISATION]).mean())
    return Desk(
        name=name, people=len(people), busy=share, growing=_grows(table, rows), waited=queued,
        expected=_expected(causes, rows, calendar[0], len(people), share),
    )  # fmt: skip


def _grows(table: InstanceTable, rows: Ints) -> bool:
    """Whether the visits that are open become more: looked at once a week, and ten times at least."""
    ready, end = np.sort(table.ready[rows]), np.sort(table.end[rows])
    points = max(MOMENTS, int(ready[-1] - ready[0]) // _WEEK)
    moments: Ints = int(ready[0]) + (int(ready[-1] - ready[0]) * np.arange(1, points + 1, dtype=np.int64)) // points
    lying = np.searchsorted(ready, moments, side="right") - np.searchsorted(end, moments, side="right")
    return rising(lying.astype(np.float64)) < GROWING


def _expected(causes: Decomposition, rows: Ints, calendar: int, people: int, busy: float) -> float | None:
    """The mean wait of a queue with general arrivals and work: Kingman's formula, with Sakasegawa's for several people."""
    if busy >= 1:
        return None
    table = causes.table
    ready = np.sort(table.ready[rows])
    origin = np.full(len(ready), ready[0])
    same = np.full(len(ready), calendar, dtype=np.int64)
    worked = ready - origin - compiled().closed_between(causes.hours.columns, same, origin, ready)
    work = causes.working[rows].astype(np.float64)
    varied = (_variation(np.diff(worked).astype(np.float64)) + _variation(work)) / 2
    full = busy ** (np.sqrt(2 * (people + 1)) - 1) / (people * (1 - busy))
    return float(varied * full * work.mean())


def _variation(values: NDArray[np.float64]) -> float:
    """The squared coefficient of variation."""
    mean = float(values.mean()) if len(values) else 0.0
    return float(values.var()) / mean**2 if mean else 0.0


# --- steps -------------------------------------------------------------------------------------------------------------


def _steps(causes: Decomposition) -> tuple[Effectiveness, ...]:
    table = causes.table
    steps = len(table.step_names)
    spent = np.where(causes.on_path, causes.waits.sum(axis=1) + causes.working, 0)
    total = np.bincount(table.step, weights=spent, minlength=steps)
    known = ~table.start_estimated & (table.resource >= 0) & ~flag(table, "machine") & ~flag(table, "outside")
    enough = np.bincount(table.step, weights=known, minlength=steps) >= FEWEST
    chosen = [step for step in np.argsort(-total, kind="stable").tolist() if enough[step] and total[step] > 0][:STEPS]
    found = [_effectiveness(causes, np.flatnonzero(known & (table.step == step)), step) for step in chosen]
    return tuple(sorted(found, key=lambda one: (one.overall, one.step)))


def _effectiveness(causes: Decomposition, rows: Ints, step: int) -> Effectiveness:
    table = causes.table
    away = float(causes.waits[rows, Cause.UNAVAILABILITY].sum() + causes.paused[rows].sum())
    there = float((table.end[rows] - table.ready[rows]).sum())
    work = causes.working[rows].astype(np.float64)
    usual = float(work.mean())
    cases = len(np.unique(table.case[rows]))
    return Effectiveness(
        step=table.step_names[step], available=1 - away / there if there else 1.0,
        speed=min(1.0, float(np.quantile(work, 0.25)) / usual) if usual else 1.0, first_time=cases / len(rows),
    )  # fmt: skip
