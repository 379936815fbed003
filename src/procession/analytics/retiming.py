"""What making a step of a table instant would have saved: the finished cases played again along their recorded links.

Level one of the counterfactuals, as `whatif` is for our own history, on columns: no queues. A case's rows keep their
waits and their work in working time. A step that followed what ran side by side still waits for the last of it. What
waits for a meeting or a run begins at the next one that was held. Where a beginning is inferred, all of the time until
the end may be work or none of it: then the saving of the work alone is told as two bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import InstanceTable
from procession.analytics.waiting.decompose import Decomposition, by_case, case_bounds

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

ROUNDS: Final = 200
MOST_STEPS: Final = 30
"""Steps with most time on critical paths that are tried; further ones are not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Saving:
    """A mean over all cases with its 95 % interval from resampled cases, in seconds by the clock."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Instant:
    """What it would have saved if a step had taken no time, in seconds by the clock: how much sooner cases end."""

    step: str
    cases: int
    """That come to it, of those that were played."""
    work: Saving
    """Its work alone takes none, as a machine would do it; where beginnings are inferred, the most it can be."""
    work_least: Saving
    """The same where inferred work counts as none; equal to `work` where all beginnings are recorded."""
    whole: Saving
    """Nobody waits for it either."""
    unchanged: float
    """The share of its cases that would not have ended a minute earlier, even if it took no time at all."""
    spent_work: float
    """Its work, in seconds a case, on critical paths or beside them; at most, where beginnings are inferred."""
    spent: float
    """Its work and its wait, in seconds a case."""
    cycle: float
    """The mean cycle, to compare with."""


@dataclass(frozen=True, slots=True)
class _Played:
    """What the kernel needs, laid out once."""

    table: InstanceTable
    first: Ints
    calendar: Ints
    columns: tuple[Ints, Ints, Ints, Ints]
    openings: Ints
    opening_first: Ints
    kernel: Any

    def ends(self, target: int, take_wait: NDArray[np.bool_], take_work: NDArray[np.bool_]) -> Ints:
        """When each case ends."""
        table = self.table
        rows = self.kernel.played(
            self.first, table.released_by.astype(np.int64), table.ready, table.start, table.end,
            table.step.astype(np.int64), self.calendar, self.columns, self.openings, self.opening_first, target,
            take_wait, take_work,
        )  # fmt: skip
        return np.maximum.reduceat(rows, self.first[:-1])

    def saved(self, ends: Ints) -> Floats:
        """Seconds by case."""
        return (np.maximum.reduceat(self.table.end, self.first[:-1]) - ends).astype(np.float64) / 1e6


def make_instant(found: Decomposition, steps: Sequence[int] | None = None) -> tuple[Instant, ...]:
    """Play the cases of a table again for each of these steps (by default those with most time on critical paths), the
    one that would save most first."""
    table = found.table
    if not len(table):
        return ()
    cycle = float(by_case(found).cycle.mean()) / 1e6
    tried = _most_time(found) if steps is None else list(steps)
    played = _laid_out(found)
    drawn = np.random.default_rng(0).integers(0, len(played.first) - 1, size=(ROUNDS, len(played.first) - 1))
    all_found = [_instant(found, played, step, cycle, drawn) for step in tried]
    return tuple(sorted(all_found, key=lambda one: (-one.whole.mean, one.step)))


def _instant(found: Decomposition, played: _Played, step: int, cycle: float, drawn: Ints) -> Instant:
    table = played.table
    everything, nothing = np.ones(len(table), np.bool_), np.zeros(len(table), np.bool_)
    guessed = table.start_estimated
    whole = played.saved(played.ends(step, everything, everything))
    work = played.saved(played.ends(step, guessed, everything))
    least = played.saved(played.ends(step, nothing, ~guessed)) if guessed[table.step == step].any() else work
    rows = table.step == step
    case = np.repeat(np.arange(len(played.first) - 1), np.diff(played.first))
    comes = np.unique(case[rows])
    cases = len(played.first) - 1
    return Instant(
        step=table.step_names[step], cases=len(comes), work=_saving(work, drawn), work_least=_saving(least, drawn),
        whole=_saving(whole, drawn), unchanged=float((whole[comes] < 60).mean()),
        spent_work=float(found.working[rows].sum()) / 1e6 / cases,
        spent=float(found.working[rows].sum() + found.waits[rows].sum()) / 1e6 / cases, cycle=cycle,
    )  # fmt: skip


def _saving(values: Floats, drawn: Ints) -> Saving:
    means = np.sort(values[drawn].mean(axis=1))
    outside = int(len(means) * 0.025)
    return Saving(mean=float(values.mean()), low=float(means[outside]), high=float(means[-1 - outside]))


def _most_time(found: Decomposition) -> list[int]:
    table = found.table
    spent = np.where(found.on_path, table.end - table.ready, 0)
    total = np.bincount(table.step, weights=spent, minlength=len(table.step_names))
    return [step for step in np.argsort(-total, kind="stable")[:MOST_STEPS].tolist() if total[step] > 0]


def _laid_out(found: Decomposition) -> _Played:
    table, hours = found.table, found.hours
    of_resource = hours.of_resource if len(hours.of_resource) else np.full(1, hours.of_nobody, np.int64)
    calendar = np.where(table.resource >= 0, of_resource[np.maximum(table.resource, 0)], hours.of_nobody)
    steps = len(table.step_names)
    held: list[Ints] = [
        np.unique(table.start[(table.step == step) & ~table.start_estimated]) if found.gates[step] else table.start[:0]
        for step in range(steps)
    ]
    return _Played(
        table=table, first=case_bounds(table), calendar=calendar.astype(np.int64), columns=hours.columns,
        openings=np.concatenate(held) if held else table.start[:0],
        opening_first=np.concatenate(([0], np.cumsum([len(one) for one in held]))).astype(np.int64),
        kernel=import_module("procession.analytics.retiming_kernel"),
    )  # fmt: skip
