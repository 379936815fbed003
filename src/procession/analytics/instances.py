"""A log as columns: one row an activity instance, millions of them where need be.

Our own history and imported logs both come to this shape, so that every measure is written once. Moments are whole
microseconds since 1970 in UTC. Names are codes into a list, -1 where nothing is known. What a log does not record is
estimated by whoever imports it, and marked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Codes = NDArray[np.int32]
Moments = NDArray[np.int64]
Flags = NDArray[np.bool_]


def _codes() -> Codes:
    return np.empty(0, np.int32)


def _no_pauses() -> Moments:
    return np.empty((0, 3), np.int64)


class TableError(ValueError):
    """Columns that do not fit together; the sentence names the column and the row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceTable:
    """Activity instances, ordered by case, then end, start and place in the log.

    All columns have the same length; raises `TableError` where they do not, where an instance is not in the order
    ready ≤ start ≤ end, or where a code has no name.
    """

    case: Codes
    step: Codes
    resource: Codes
    department: Codes
    workflow: Codes
    ready: Moments
    """When it could have been begun."""
    start: Moments
    """When somebody or something began with it."""
    end: Moments
    """When it was done."""
    ready_estimated: Flags
    """Where `ready` is inferred from what ended before, rather than recorded."""
    start_estimated: Flags
    """Where `start` is inferred; working and waiting time are then intervals between nothing and end - ready."""
    group: Codes = field(default_factory=_codes)
    """The group or role in which it was done; left out, none is known."""
    released_by: Codes = field(default_factory=_codes)
    """The row whose end made it ready, in the same case and above it; -1 for what the case began with. Left out, none is
    known."""
    pauses: Moments = field(default_factory=_no_pauses)
    """When cases stood still on purpose: row, begin and end of each stretch, by row and begin, without overlap, within the
    row's ready and end."""
    case_names: Sequence[str]
    step_names: Sequence[str]
    resource_names: Sequence[str] = ()
    department_names: Sequence[str] = ()
    group_names: Sequence[str] = ()
    workflow_names: Sequence[str] = ()
    case_traits: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])
    """By name, a value for each case (by its code): what was known of the whole case."""
    traits: Mapping[str, Sequence[Any]] = field(default_factory=dict[str, Sequence[Any]])
    """By name, a value for each instance: other columns of the log."""

    def __post_init__(self) -> None:
        rows = len(self.case)
        for name in ("group", "released_by"):
            if len(getattr(self, name)) == 0:
                object.__setattr__(self, name, np.full(rows, -1, np.int32))
        coded = {
            "case": (self.case, self.case_names),
            "step": (self.step, self.step_names),
            "resource": (self.resource, self.resource_names),
            "department": (self.department, self.department_names),
            "workflow": (self.workflow, self.workflow_names),
            "group": (self.group, self.group_names),
        }
        for name, (codes, names) in coded.items():
            _refuse(name, len(codes) != rows, f"has {len(codes)} rows, and case has {rows}")
            lowest = 0 if name in {"case", "step"} else -1
            wrong = np.flatnonzero((codes < lowest) | (codes >= len(names)))
            _refuse(name, bool(len(wrong)), f"row {int(wrong[0]) if len(wrong) else 0} has a code without a name")
        for name in ("ready", "start", "end", "ready_estimated", "start_estimated", "released_by"):
            _refuse(name, len(getattr(self, name)) != rows, f"has another length than case, which has {rows} rows")
        disordered = np.flatnonzero((self.ready > self.start) | (self.start > self.end))
        _refuse("start", bool(len(disordered)), f"row {int(disordered[0]) if len(disordered) else 0} is out of order")
        self._refuse_releasers()
        self._refuse_pauses()

    def _refuse_releasers(self) -> None:
        rows = np.flatnonzero(self.released_by != -1)
        by = self.released_by[rows]
        wrong = (by < 0) | (by >= rows)
        wrong[~wrong] = self.case[by[~wrong]] != self.case[rows[~wrong]]
        at = rows[wrong]
        _refuse("released_by", bool(len(at)), f"row {int(at[0]) if len(at) else 0} needs a row above it, of its case")

    def _refuse_pauses(self) -> None:
        _refuse("pauses", self.pauses.ndim != 2 or self.pauses.shape[1] != 3, "needs row, begin and end")
        row, begin, end = self.pauses.T
        _refuse("pauses", bool(((row < 0) | (row >= len(self))).any()), "names a row that is not there")
        wrong = (begin > end) | (begin < self.ready[row]) | (end > self.end[row])
        wrong[1:] |= (row[1:] < row[:-1]) | ((row[1:] == row[:-1]) & (begin[1:] < end[:-1]))
        at = np.flatnonzero(wrong)
        _refuse("pauses", bool(len(at)), f"entry {int(at[0]) if len(at) else 0} is out of order, or outside its row")

    def __len__(self) -> int:
        return len(self.case)

    @property
    def cases(self) -> int:
        """How many cases there are."""
        return len(self.case_names)

    @property
    def first_rows(self) -> Moments:
        """Where each case begins, and one more: the number of rows. Needs the rows in order of their cases."""
        return np.searchsorted(self.case, np.arange(self.cases + 1)).astype(np.int64)

    def only(self, cases: Flags) -> InstanceTable:
        """The table of some cases, given as a flag for each; the others, and names nobody has any more, are left out."""
        kept = np.flatnonzero(cases)
        rows = np.flatnonzero(cases[self.case])
        renumbered = np.full(self.cases + 1, -1, np.int32)
        renumbered[kept] = np.arange(len(kept), dtype=np.int32)
        moved = np.full(len(self) + 1, -1, np.int32)
        moved[rows] = np.arange(len(rows), dtype=np.int32)
        coded: dict[str, Any] = {}
        for name in ("step", "resource", "department", "workflow", "group"):
            coded[name], coded[f"{name}_names"] = _renamed(getattr(self, name)[rows], getattr(self, f"{name}_names"))
        paused = moved[self.pauses[:, 0]]
        plain = ("ready", "start", "end", "ready_estimated", "start_estimated")
        return InstanceTable(
            case=renumbered[self.case[rows]],
            case_names=[self.case_names[int(one)] for one in kept],
            released_by=moved[self.released_by[rows]],
            pauses=np.column_stack((paused, self.pauses[:, 1:]))[paused >= 0].astype(np.int64),
            case_traits={name: [values[int(one)] for one in kept] for name, values in self.case_traits.items()},
            traits={name: [values[int(one)] for one in rows] for name, values in self.traits.items()},
            **{name: getattr(self, name)[rows] for name in plain},
            **coded,
        )

    @property
    def is_estimated(self) -> bool:
        """Whether any moment is inferred rather than recorded."""
        return bool(self.ready_estimated.any() or self.start_estimated.any())


def _renamed(codes: Codes, names: Sequence[str]) -> tuple[Codes, Sequence[str]]:
    """The codes of the names that still occur, in the order of the names."""
    used = np.unique(codes[codes >= 0])
    fresh = np.full(len(names) + 1, -1, np.int32)
    fresh[used] = np.arange(len(used), dtype=np.int32)
    return fresh[codes], [names[int(one)] for one in used]


def _refuse(column: str, wrong: bool, why: str) -> None:
    if wrong:
        raise TableError(f"column {column}: {why}")
