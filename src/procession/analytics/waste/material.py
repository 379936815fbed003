"""What waste finders read: the causes of every wait, and what a log may know beyond it.

Only `causes` has to be there. Our own history fills all of it; an imported log what it holds. A finder that needs what is
missing finds nothing, and says so nowhere: silence is no proof that there is no waste.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray

from procession.analytics.instances import InstanceTable
from procession.analytics.waiting import compiled
from procession.analytics.waiting.causes import EXTRANEOUS, Cause
from procession.analytics.waiting.decompose import Decomposition, case_bounds, flag
from procession.analytics.waiting.standing import stood_still

Flags = NDArray[np.bool_]
Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

HOUR: Final = 3_600_000_000
WEEK: Final = 168 * HOUR
SHOWN: Final = 5
"""So many example cases stand behind a finding."""

NO_DECISION, IN_FAVOUR, AGAINST = -1, 0, 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Decisions:
    """What was decided, by row of the table."""

    outcome: NDArray[np.int8]
    """`NO_DECISION`, `IN_FAVOUR`, or `AGAINST` (refused, or sent back for a change)."""
    reason: Sequence[str]
    """Why it was refused; empty where nobody said."""
    amount: Floats
    """What it was about, in money or whatever the case counts; NaN where there is none."""
    origin: Ints
    """The row whose work was decided on, or -1."""
    told: Flags
    """Whether whoever did that work learned of a refusal: it came back to them, or they were told, or looked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """Values that were given, one a row, in the order in which that happened."""

    row: Ints
    """The row of the table in which it was given."""
    field: Ints
    """Which field, by its place in `fields`."""
    value: Sequence[str]
    """As text."""
    typed: Flags
    """A person typed it; otherwise it was carried, calculated, imported, or stood there already and was confirmed."""
    fields: Sequence[str]
    """What people call each field."""
    started: Flags | None = None
    """Given in the form that began the case, before its first row; None: none is."""

    def is_start(self, place: int) -> bool:
        """Whether a value was given in the form that began the case."""
        return self.started is not None and bool(self.started[place])


@dataclass(frozen=True, slots=True, kw_only=True)
class Looks:
    """Views and questions about open work by people whose work it is not, one a row."""

    row: Ints
    who: Ints
    """Any number that tells people apart."""
    at: Ints
    """Microseconds since 1970."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection:
    """Two workflows whose cases follow each other although nothing connects them, as discovery found them."""

    source: str
    target: str
    key: str
    """What people call the field that both hold."""
    matched: int
    """Cases of the target with exactly one source."""
    cases: int
    forward: float
    """The share of them that began after their source."""
    lags: Floats
    """Of the matched cases, seconds from one to the other."""
    p_value: float
    by_hand: float = 1.0
    """The share of the target's cases that a person started, rather than a process or another case."""
    examples: tuple[str, ...] = ()
    retyped: tuple[str, ...] = ()
    """Fields that people take over by hand."""


def _in_place(values: Ints, rows: Ints, changed: Ints) -> Ints:
    found = values.copy()
    found[rows] = changed
    return found


@dataclass(frozen=True, kw_only=True)
class Material:
    """Everything that finders read."""

    causes: Decomposition
    decisions: Decisions | None = None
    entries: Entries | None = None
    looks: Looks | None = None
    sent: Flags | None = None
    """By row: whether somebody passed the work on by mail, upload or message, rather than the system."""
    regulated: frozenset[str] = frozenset()
    """Steps, by name, that a rule outside asks for, or that a second pair of eyes must do."""
    loops: frozenset[str] = frozenset()
    """Steps, by name, that are meant to be repeated."""
    connections: tuple[Connection, ...] = ()
    returned: Flags | None = None
    """By row: whether somebody sent the work back to it, rather than the definition."""
    lacking: Flags | None = None
    """By row: whether it could not go on because information was missing; None where the log does not say."""
    links: tuple[Ints, Ints] | None = None
    """All rows that each row waited for, in the form of a sparse matrix (where each row's begin, one more, and which);
    None: the table's `released_by` is all that is known."""
    notes: tuple[str, ...] = field(default=())
    """What was left out, in sentences."""

    @property
    def table(self) -> InstanceTable:
        return self.causes.table

    @cached_property
    def steps(self) -> Ints:
        """The step of each row."""
        return self.table.step.astype(np.int64)

    @cached_property
    def weeks(self) -> float:
        """How long the log is, from its first beginning to its last end; one week at least."""
        table = self.table
        return max(1.0, float(table.end.max() - table.ready.min()) / WEEK) if len(table) else 1.0

    @cached_property
    def waited(self) -> Ints:
        """Of each row, how long it waited while people were at work and its case was not paused."""
        waits = self.causes.waits
        closed = waits[:, Cause.UNAVAILABILITY] + waits[:, Cause.PAUSED] + waits[:, Cause.BATCHING] - self.collecting
        return waits.sum(axis=1) - closed

    @cached_property
    def collecting(self) -> Ints:
        """Of each row, how long it waited for its batch while people were at work."""
        table, hours, found = self.table, self.causes.hours, self.causes.waits[:, Cause.BATCHING].copy()
        rows = np.flatnonzero((found > 0) & (table.resource >= 0))
        found[rows] -= compiled().closed_between(
            hours.columns, hours.of_resource[table.resource[rows]], table.ready[rows], table.ready[rows] + found[rows]
        )
        return found

    @cached_property
    def unseen(self) -> Ints:
        """Of each row, how long it lay in working hours until somebody looked, where that is recorded; elsewhere what of
        its wait neither closed hours nor other work that it can have waited for explain."""
        table = self.table
        lying = self.causes.waits[:, list(EXTRANEOUS)].sum(axis=1) + self.causes.hidden
        opened = table.traits.get("first_opened")
        if opened is None:
            return lying
        looked = np.asarray(opened, dtype=np.int64)
        known = np.flatnonzero((looked >= 0) & self.person)
        until = np.clip(looked[known], table.ready[known], table.start[known])
        hours = self.causes.hours
        closed = compiled().closed_between(
            hours.columns, hours.of_resource[table.resource[known]], table.ready[known], until
        )
        still = stood_still(table, table.ready, _in_place(table.ready, known, until), hours)
        lying[known] = until - table.ready[known] - closed - still[known]
        return lying

    @cached_property
    def spent(self) -> Ints:
        """Of each row: its waiting while people were at work, and its work."""
        return self.waited + self.causes.working

    @cached_property
    def path_time(self) -> Ints:
        """Of each row on a critical path: its waiting while people were at work, and its work; elsewhere nothing."""
        return np.where(self.causes.on_path, self.spent, 0)

    @cached_property
    def cycle(self) -> float:
        """The mean cycle of a case without closed hours, in microseconds."""
        cases = max(1, len(np.unique(self.table.case)))
        return float(self.path_time.sum()) / cases

    @cached_property
    def person(self) -> Flags:
        """Whether one of our people did it."""
        return (self.table.resource >= 0) & ~flag(self.table, "machine") & ~flag(self.table, "outside")

    @cached_property
    def case_first(self) -> Ints:
        """Where each case with rows begins, and the end of the last."""
        return case_bounds(self.table)

    def a_week(self, micros: float) -> float:
        """A total over the whole log as hours a week."""
        return micros / HOUR / self.weeks

    def share(self, micros: float) -> float:
        """A total over all cases as a share of their cycles."""
        whole = float(self.path_time.sum())
        return micros / whole if whole else 0.0

    def examples(self, rows: Ints) -> tuple[str, ...]:
        """The newest cases among these rows."""
        codes = list(dict.fromkeys(self.table.case[rows[np.argsort(-self.table.end[rows], kind="stable")]].tolist()))
        return tuple(str(self.table.case_names[code]) for code in codes[:SHOWN])

    def step(self, number: int) -> str:
        """What people call a step."""
        return self.table.step_names[number]

    def place(self, row: int) -> str:
        """The key of a row's step, for addresses; its name where the log has no keys."""
        known = self.table.traits.get("place")
        return str(known[row]) if known is not None else self.table.step_names[int(self.table.step[row])]
