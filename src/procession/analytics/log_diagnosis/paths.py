"""Where a case's critical path runs: through which parts, across which borders, and what runs beside it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from procession.analytics.log_diagnosis.dividing import divided
from procession.analytics.waiting.causes import Cause
from procession.analytics.waiting.decompose import Decomposition

BESIDE: Final = 0.5
"""A step that lies on the critical path in less than this share of its visits runs beside it as a rule."""
FEWEST_VISITS: Final = 20


@dataclass(frozen=True, slots=True)
class PartTime:
    """A part of the log along critical paths. Microseconds by the clock."""

    part: str
    visits: int
    total: int
    share: float
    """Of all cycles."""
    parts: tuple[int, ...]
    """The total divided as `SHARES`; what lies between two parts counts at the one that gets the work."""


@dataclass(frozen=True, slots=True)
class Passing:
    """Work that goes from one part to another along critical paths."""

    source: str
    target: str
    count: int
    total: int
    """Handed over and not begun, which neither other work nor closed hours explain; microseconds."""
    share: float
    """Of all cycles."""


@dataclass(frozen=True, slots=True)
class Beside:
    """A step that seldom lies on the critical path: to make it quicker ends few cases sooner."""

    step: str
    visits: int
    on_path: float
    """The share of its visits that lie on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Paths:
    """All critical paths of a log together."""

    parts: tuple[PartTime, ...]
    """Empty where the log has no parts."""
    passings: tuple[Passing, ...]
    beside: tuple[Beside, ...]


def paths_of(found: Decomposition, *, has_parts: bool) -> Paths:
    """Sum critical paths by part. The table's workflows are the parts."""
    table = found.table
    cycle = max(1, int((np.where(found.on_path, table.end - table.ready, 0) + found.before).sum()))
    return Paths(
        parts=_parts(found, cycle) if has_parts else (), passings=_passings(found, cycle) if has_parts else (),
        beside=_beside(found),
    )  # fmt: skip


def _parts(found: Decomposition, cycle: int) -> tuple[PartTime, ...]:
    table = found.table
    parts: list[PartTime] = []
    for code in np.unique(table.workflow[found.on_path]).tolist():
        rows = np.flatnonzero(found.on_path & (table.workflow == code))
        shares = divided(
            int(found.working[rows].sum()), int(found.paused[rows].sum()), int(found.before[rows].sum()),
            found.waits[rows].sum(axis=0),
        )  # fmt: skip
        name = table.workflow_names[int(code)] if code >= 0 else "not said"
        parts.append(PartTime(name, len(rows), sum(shares), sum(shares) / cycle, shares))
    return tuple(sorted(parts, key=lambda one: (-one.total, one.part)))


def _passings(found: Decomposition, cycle: int) -> tuple[Passing, ...]:
    table = found.table
    released = table.released_by.astype(np.int64)
    source = np.where(released >= 0, table.workflow[np.maximum(released, 0)], -1)
    rows = np.flatnonzero(found.on_path & (source >= 0) & (table.workflow >= 0) & (source != table.workflow))
    lying = found.waits[rows][:, [Cause.HANDOFF, Cause.UNEXPLAINED]].sum(axis=1) + found.before[rows]
    names = list(table.workflow_names)
    many = len(names)
    pair, place = np.unique(source[rows].astype(np.int64) * many + table.workflow[rows], return_inverse=True)
    counts = np.bincount(place, minlength=len(pair))
    totals = np.bincount(place, weights=lying, minlength=len(pair))
    passings = [
        Passing(names[int(code) // many], names[int(code) % many], int(n), int(total), float(total) / cycle)
        for code, n, total in zip(pair.tolist(), counts.tolist(), totals.tolist(), strict=True)
    ]
    return tuple(sorted(passings, key=lambda one: (-one.total, one.source, one.target)))


def _beside(found: Decomposition) -> tuple[Beside, ...]:
    table = found.table
    steps = len(table.step_names)
    visits = np.bincount(table.step, minlength=steps)
    along = np.bincount(table.step, weights=found.on_path, minlength=steps)
    seldom = np.flatnonzero((visits >= FEWEST_VISITS) & (along < BESIDE * visits))
    beside = [
        Beside(table.step_names[one], int(visits[one]), float(along[one] / visits[one])) for one in seldom.tolist()
    ]
    return tuple(sorted(beside, key=lambda one: (-one.visits, one.step)))
