"""Each wait, divided among its causes; each case, divided among work and waiting along its critical path.

A wait reaches from ready to begun. Its parts are taken off in this order, do not overlap, and add up to it exactly:

0. paused: the case stood still on purpose. That counts as nobody's time, and keeps nobody busy either;
1. batching: until the last of its batch was ready. A batch is two or more instances of one step that one resource
   began one right after the other, all of them ready before the first began. It counts only where the resource was
   idle at work while the batch gathered (a full desk also works off its pile in one go), and at steps where batches
   are no rare chance;
2. contention: its resource was at work and busy with what was ready no later than it (before a batch begins, no later than the
   batch);
3. prioritisation: its resource was at work and busy with what became ready later;
4. unavailability: its resource was not at work, with something begun or without;
5. the rest: external at steps done outside; gate where the step's beginnings cluster in few hours of the week; handoff
   where another resource did what came before, until it was first opened; otherwise unexplained.

After Lashkevich, Milani, Chapela-Campa, Suvorau and Dumas, "Why am I waiting? Data-driven analysis of waiting times in
business processes", CAiSE 2023. What lies behind busy or closed time is attributed to that, so the hours of a cause are
what it explains by precedence, and not what removing it would save.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import InstanceTable
from procession.analytics.waiting import compiled
from procession.analytics.waiting.causes import Cause
from procession.analytics.waiting.clusters import gate_steps
from procession.analytics.waiting.hours import OpenHours, discovered
from procession.analytics.waiting.lying import lay_behind_work
from procession.analytics.waiting.standing import Window, awake, not_worked, overlap, windows

Flags = NDArray[np.bool_]
Sums = NDArray[np.int64]
Rows = NDArray[np.int64]

GAP: Final = 60_000_000
"""Microseconds between one end and the next beginning at which it is still one batch."""
IDLE_SHARE: Final = 0.1
"""How much of the idle time before a step's batches begin must lie before their last was ready."""
IDLE_BEFORE: Final = 0.2
"""How much of the time in which a batch gathers its resource must at least be there and idle, over a step's batches."""
BATCHED: Final = 0.3
"""The share of a step's instances that are in batches at least."""
COMPLETE: Final = 0.8
"""The share of what lies waiting when a batch begins that is in it: who collects leaves nothing behind."""
FEWEST_BATCHES: Final = 3
TOGETHER: Final = 0.5
"""Where several people do what was collected: over how much of the time in which it became ready they begin, at most. What
lies for a set time before it is begun (a timer, a cooling-off period) is begun over as long as it came in, and is no batch."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decomposition:
    """All times are microseconds; rows are those of `table`."""

    table: InstanceTable
    """Where somebody outside did it, begun is its end."""
    waits: Sums
    """Of each row (first axis) and cause (second axis) its part of the wait; a row adds up to begun - ready."""
    paused: Sums
    """Of each row the part of begun until ended that lay outside working hours, where some of it lay inside, or in which
    its case stood still."""
    on_path: Flags
    """Which rows lie on the critical path of their case."""
    before: Sums
    """Of each row on the path: from the end of its releaser (or the beginning of its case) to ready."""
    gates: Flags
    """Which steps are begun in few hours of the week only."""
    batch: Rows
    """The number of each row's batch, or -1."""
    hours: OpenHours
    hidden: Sums = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """Of each row the part of contention and prioritisation in which it provably lay instead (`waiting.lying`)."""

    @property
    def working(self) -> Sums:
        """Of each row: begun until ended, without what lay outside working hours."""
        return self.table.end - self.table.start - self.paused


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseTimes:
    """How each case's cycle divides along its critical path, in microseconds; the parts add up to the cycle exactly."""

    case: Rows
    """The cases with rows, by code."""
    cycle: Sums
    working: Sums
    paused: Sums
    """Begun, then outside working hours."""
    waits: Sums
    """By case and cause."""
    passing: Sums
    """Between one step's end and the next one's ready moment: rounding of a foreign log, or what the engine took."""
    uncertain: Sums
    """The part of the cycle in steps whose beginning is inferred: it may be work or waiting."""

    @property
    def efficiency(self) -> float:
        """Cycle time efficiency over all cases: work as a share of the cycles."""
        total = int(self.cycle.sum())
        return float(self.working.sum()) / total if total else 0.0

    @property
    def efficiency_bounds(self) -> tuple[float, float]:
        """The least and most that efficiency can be, where beginnings are inferred."""
        total = int(self.cycle.sum())
        if not total:
            return (0.0, 0.0)
        sure = float(self.working.sum() - self.inferred_working.sum())
        return sure / total, (sure + float(self.uncertain.sum())) / total

    inferred_working: Sums = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    """The work in `working` that rests on inferred beginnings."""


def decompose(
    table: InstanceTable,
    hours: OpenHours | None = None,
    *,
    external_steps: Sequence[int] = (),
    gap: int = GAP,
) -> Decomposition:
    """Divide every wait among its causes. `hours` default to what the log shows. What released each row must be known,
    recorded or estimated (`analytics.estimating`).

    Traits of the table that are used where they are there: `first_opened` (microseconds, -1 where never) and `outside`
    (whether somebody outside did it) and `machine` (whether no person did it).
    """
    outside = flag(table, "outside")
    if outside.any():  # for us, all of an outsider's time is waiting
        table = replace(table, start=np.where(outside, table.end, table.start))
    hours = hours or discovered(table)
    gates = gate_steps(table)
    waiting = Waiting(table, hours, gap)
    waits = np.zeros((len(table), len(Cause)), dtype=np.int64)
    waiting.fill(waits)
    _split_rest(table, waiting, waits, gates, external_steps)
    people = (table.resource >= 0) & ~flag(table, "machine") & ~flag(table, "outside")
    paused = not_worked(table, np.flatnonzero(people), hours)
    first = case_bounds(table)
    on_path = _on_path(table, first)
    return Decomposition(
        table=table, waits=waits, paused=paused, on_path=on_path, before=_before(table, first, on_path), gates=gates,
        batch=waiting.batch, hours=hours, hidden=lay_behind_work(waiting, waits),
    )  # fmt: skip


def by_case(found: Decomposition) -> CaseTimes:
    """Sum the critical path of each case."""
    table = found.table
    first = case_bounds(table)
    cases = table.case[first[:-1]].astype(np.int64) if len(table) else np.zeros(0, dtype=np.int64)
    rows = np.flatnonzero(found.on_path)
    place = np.searchsorted(cases, table.case[rows])

    def summed(values: Sums) -> Sums:
        total = np.zeros((len(cases), *values.shape[1:]), dtype=np.int64)
        np.add.at(total, place, values[rows])
        return total

    guessed = np.where(table.start_estimated, table.end - table.ready, 0)
    return CaseTimes(
        case=cases, cycle=_cycles(table, first), working=summed(found.working), paused=summed(found.paused),
        waits=summed(found.waits), passing=summed(found.before), uncertain=summed(guessed),
        inferred_working=summed(np.where(table.start_estimated, found.working, 0)),
    )  # fmt: skip


# --- waits -------------------------------------------------------------------------------------------------------------


class Waiting:
    """The sorted views that the kernels work on."""

    def __init__(self, table: InstanceTable, hours: OpenHours, gap: int) -> None:
        self.kernel, self.table = compiled(), table
        self.hours, self.calendar, self.of_nobody = hours.columns, hours.of_resource, hours.of_nobody
        machine = flag(table, "machine")
        self.resource = np.where(machine, -1, table.resource).astype(np.int64)
        self.known = np.flatnonzero(self.resource >= 0)
        self.unknown = np.flatnonzero((self.resource < 0) & ~machine)
        self.rows, self.first = self._sorted(self.resource, len(table.resource_names))
        of, begins, ends, self.labels = self.kernel.busy_stretches(*self._busy())
        self.length, before = self.kernel.open_lengths(of, begins, ends, self.calendar, self.hours)
        self.stretches = (of, begins, ends, before)
        self.batch, self.gathered, self.batch_begun = self._batches(gap)

    def _sorted(self, group: Rows, groups: int) -> tuple[Rows, Rows]:
        """Rows with a known resource by group and start, and where each group begins."""
        table, known = self.table, self.known
        rows = known[np.lexsort((table.end[known], table.start[known], group[known]))]
        return rows, np.searchsorted(group[rows], np.arange(groups + 1)).astype(np.int64)

    def _busy(self) -> tuple[Rows, Sums, Sums, Sums]:
        """Where each resource begins, and of each stretch of its work when that was ready, begun and ended."""
        table = self.table
        if not len(table.pauses):
            return self.first, table.ready[self.rows], table.start[self.rows], table.end[self.rows]
        row, begin, end = awake(table, self.rows)
        order = np.lexsort((end, begin, self.resource[row]))
        row = row[order]
        first = np.searchsorted(self.resource[row], np.arange(len(table.resource_names) + 1)).astype(np.int64)
        return first, table.ready[row], begin[order], end[order]

    def _batches(self, gap: int) -> tuple[Rows, Sums, Sums]:
        """Of each row its batch or -1, when its last was ready, and when its first was begun (else its own ready).

        Looked for among what one resource did, and among what all did at a step: work that is collected and then let go
        to several people. Of each step the view counts in which more is collected."""
        table, steps = self.table, len(self.table.step_names)
        step = table.step.astype(np.int64)
        batch = np.full(len(table), -1, dtype=np.int64)
        gathered, begins = table.ready.copy(), table.ready.copy()
        if not len(self.known):
            return batch, gathered, begins
        visits = np.bincount(step[self.known], minlength=steps)
        views = [
            self._grouped(self.resource * steps + step, len(table.resource_names) * steps, step, visits, gap),
            self._grouped(step, steps, step, visits, gap, by_several=True),
        ]
        best = np.argmax(np.stack([view.collected for view in views]), axis=0)
        for number, view in enumerate(views):
            chosen = (best == number) & (view.collected > 0)
            inside = view.member >= 0
            inside[inside] = chosen[step[view.rows[inside]]]
            rows, own = view.rows[inside], view.member[inside]
            batch[rows] = own + int(batch.max(initial=-1)) + 1
            gathered[rows], begins[rows] = view.last[own], view.begun[own]
        return batch, gathered, begins

    def _grouped(
        self, group: Rows, groups: int, step: Rows, visits: Rows, gap: int, *, by_several: bool = False
    ) -> _Batches:
        """The batches within each group, and how many instances of each step they really collect."""
        table = self.table
        rows, first = self._sorted(group, groups)
        member, last, begun, figures = self.kernel.batches(
            np.unique(first), table.ready[rows], table.start[rows], table.end[rows], self.resource[rows], gap,
            self.stretches, self.calendar, self.hours,
        )  # fmt: skip
        of_step = np.zeros(len(last), dtype=np.int64)
        of_step[member[member >= 0]] = step[rows[member >= 0]]
        collected = _collected(of_step, figures, visits)
        if by_several:
            spread, arrived = (np.bincount(of_step, figures[:, place], minlength=groups) for place in (5, 6))
            collected = np.where(spread <= TOGETHER * arrived, collected, 0)
        return _Batches(rows, member, last, begun, collected)

    def fill(self, waits: Sums) -> None:
        """Pauses, batching, contention, prioritisation and unavailability; the rest goes to unexplained."""
        table = self.table
        self._fill_within(waits, (table.ready, table.start), 1)
        for window in windows(table):
            still = overlap(table.ready, table.start, window)
            self._fill_within(waits, still, -1)
            waits[:, Cause.PAUSED] += still[1] - still[0]
        waits[:, Cause.UNEXPLAINED] = (table.start - table.ready) - waits.sum(axis=1)

    def _fill_within(self, waits: Sums, window: Window, sign: int) -> None:
        """Add what a window of each wait was spent on, or take it off again."""
        table, rows = self.table, self.rows
        low, high = overlap(table.ready, self.gathered, window)
        waits[:, Cause.BATCHING] += sign * (high - low)
        # Before a batch begins, what was ready before the batch counts as earlier work; inside, what was ready before
        # the row itself. Rows without a batch have only the second part.
        turn = self.batch_begun[rows]
        parts = ((self.gathered[rows], turn, self.gathered[rows]), (turn, table.start[rows], table.ready[rows]))
        own = (window[0][rows], window[1][rows])
        for begin, end, limit in parts:
            low, high = overlap(begin, np.maximum(begin, end), own)
            self._fill_part(waits, rows, low, high, limit, sign)
        away = self.kernel.closed_between(
            self.hours, np.full(len(self.unknown), self.of_nobody, dtype=np.int64), window[0][self.unknown],
            window[1][self.unknown],
        )  # fmt: skip
        waits[self.unknown, Cause.UNAVAILABILITY] += sign * away

    def _fill_part(self, waits: Sums, rows: Rows, begin: Sums, end: Sums, limit: Sums, sign: int) -> None:
        earlier = self.kernel.behind_earlier(
            self.first, self.stretches, self.length, self.labels, self.calendar, self.hours, begin, end, limit
        )
        there, away = self.idle(rows, begin, end)
        waits[rows, Cause.CONTENTION] += sign * earlier
        waits[rows, Cause.PRIORITISATION] += sign * ((end - begin) - there - away - earlier)
        waits[rows, Cause.UNAVAILABILITY] += sign * away

    def idle(self, rows: Rows, begin: Sums, end: Sums) -> tuple[Sums, Sums]:
        """How long the resource of each row was there and idle, and away, in a stretch."""
        return self.kernel.idle_parts(self.resource[rows], self.stretches, self.calendar, self.hours, begin, end)

    def lying(self, rows: Rows, until: Sums) -> Sums:
        """How long each row lay after it was gathered while its resource was there and idle, and its case not paused."""
        begin = self.gathered[rows]
        found = self.idle(rows, begin, until)[0]
        for low, high in windows(self.table):
            found -= self.idle(rows, *overlap(begin, until, (low[rows], high[rows])))[0]
        return found


@dataclass(frozen=True, slots=True)
class _Batches:
    """Batches as one way of grouping shows them."""

    rows: Rows
    member: Rows
    last: Sums
    begun: Sums
    collected: Sums
    """By step: how many instances are in batches; 0 where what looks like batches is a pile."""


def _collected(of_step: Rows, figures: Sums, visits: Rows) -> Sums:
    """By step, how many instances are in batches, if work is really collected there: judged over all its batches."""
    gathering, before, after, size, waiting = (
        np.bincount(of_step, weights=figures[:, place], minlength=len(visits)) for place in range(5)
    )
    count = np.bincount(of_step, minlength=len(visits))
    real = (
        (count >= FEWEST_BATCHES) & (size >= BATCHED * visits) & (before >= IDLE_BEFORE * gathering)
        & (before >= IDLE_SHARE * (before + after)) & (size >= COMPLETE * waiting)
    )  # fmt: skip
    return np.where(real, size, 0).astype(np.int64)


def _split_rest(
    table: InstanceTable, waiting: Waiting, waits: Sums, gates: Flags, external_steps: Sequence[int]
) -> None:
    """Move the rest from unexplained to external, gate or handoff."""
    rest = waits[:, Cause.UNEXPLAINED].copy()
    outside = flag(table, "outside") | np.isin(table.step, np.array(external_steps, dtype=np.int64))
    gate = gates[table.step] & ~outside
    released = table.released_by
    before = np.where(released >= 0, table.resource[np.maximum(released, 0)], -1)
    handed = (before >= 0) & (table.resource >= 0) & (before != table.resource) & ~outside & ~gate
    lying = rest.copy()
    opened = table.traits.get("first_opened")
    if opened is not None:
        looked = np.asarray(opened, dtype=np.int64)
        until = np.where(looked < 0, table.start, np.clip(looked, waiting.gathered, table.start))
        rows = np.flatnonzero(handed & (waiting.resource >= 0))
        lying[rows] = waiting.lying(rows, until[rows])
    for cause, where, amount in (
        (Cause.EXTERNAL, outside, rest),
        (Cause.GATE, gate, rest),
        (Cause.HANDOFF, handed, lying),
    ):
        waits[where, cause] = amount[where]
        waits[where, Cause.UNEXPLAINED] -= amount[where]


def case_bounds(table: InstanceTable) -> Rows:
    """Where each case begins among the rows, and where the last ends. Cases without rows are not counted."""
    if not len(table):
        return np.zeros(1, dtype=np.int64)
    changes = np.flatnonzero(np.diff(table.case)) + 1
    return np.concatenate(([0], changes, [len(table)])).astype(np.int64)


def flag(table: InstanceTable, name: str) -> Flags:
    """A trait that is true or false; false everywhere where the table does not have it."""
    values = table.traits.get(name)
    return np.zeros(len(table), dtype=bool) if values is None else np.asarray(values, dtype=bool)


# --- the critical path -------------------------------------------------------------------------------------------------


def _on_path(table: InstanceTable, first: Rows) -> Flags:
    return compiled().walk_back(first, table.released_by) if len(table) else np.zeros(0, dtype=bool)


def _before(table: InstanceTable, first: Rows, on_path: Flags) -> Sums:
    """From the end of what released a row to ready; for the first of a path, from the case's beginning."""
    found = np.zeros(len(table), dtype=np.int64)
    if not len(table):
        return found
    released = table.released_by
    begins = np.repeat(_begins(table, first), np.diff(first))
    found[:] = table.ready - np.where(released >= 0, table.end[np.maximum(released, 0)], begins)
    found[~on_path] = 0
    return found


def _begins(table: InstanceTable, first: Rows) -> Sums:
    """When each case begins: its earliest ready moment, or what the log says of it."""
    earliest = np.minimum.reduceat(table.ready, first[:-1])
    said = table.case_traits.get("begin")
    if said is None:
        return earliest
    return np.minimum(earliest, np.asarray(said, dtype=np.int64)[table.case[first[:-1]]])


def _cycles(table: InstanceTable, first: Rows) -> Sums:
    if not len(table):
        return np.zeros(0, dtype=np.int64)
    return np.maximum.reduceat(table.end, first[:-1]) - _begins(table, first)
