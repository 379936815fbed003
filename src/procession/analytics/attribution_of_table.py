"""What each step and handoff of a table costs: the rule of `attribution`, on columns.

The verdict and the vital few read the same values, so an imported log is judged like our own history. Of more than
`MOST_CASES` cases evenly spaced ones are taken, so that resampling stays quick. What a table does not hold is left out:
targets, dates that cases name, and who was responsible before a task was opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from procession.analytics.attribution import Attribution, SiteCost, quantile
from procession.analytics.critical_path import Phase
from procession.analytics.instances import InstanceTable
from procession.analytics.log import Site
from procession.analytics.waiting import compiled
from procession.analytics.waiting.decompose import case_bounds, flag
from procession.analytics.waiting.hours import HOUR, OpenHours

MOST_CASES: Final = 5_000

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Piece:
    """One phase of every row: how long it took, in working time, and where."""

    phase: Phase
    spent: Ints
    """Microseconds."""
    at_handoff: NDArray[np.bool_]
    """Whether it is spent at the handoff rather than at the step."""


def attribute_table(table: InstanceTable, hours: OpenHours, *, process: str = "log", title: str = "") -> Attribution:
    """Measure every step and handoff over all cases of a table, on the critical path and beside it."""
    table = _some_cases(table)
    first = case_bounds(table)
    cases = len(first) - 1
    case = np.repeat(np.arange(cases), np.diff(first))
    released = table.released_by.astype(np.int64)
    on_path = compiled().walk_back(first, released) if len(table) else np.zeros(0, dtype=bool)
    pieces = _pieces(table, hours, first, case)
    crossing = pieces[0].at_handoff
    sites = _sites(table, crossing, released)
    costs = [
        _cost(table, site, rows, pieces, handoff, case, on_path, cases)
        for site, rows, handoff in sites
    ]  # fmt: skip
    spent: Ints = np.sum([piece.spent for piece in pieces], axis=0)
    cycles = np.bincount(case[on_path], weights=spent[on_path], minlength=cases) / 1e6
    guessed = table.ready_estimated | table.start_estimated
    return Attribution(
        process=process, title=title or process, cases=cases, cycles=tuple(cycles.tolist()), costs=tuple(costs),
        part_titles={part: part for part in {site.part for site, _, _ in sites}}, owners={},
        estimated=float(guessed.mean()) if len(table) else 0.0, day=_day(hours),
    )  # fmt: skip


def _some_cases(table: InstanceTable) -> InstanceTable:
    if table.cases <= MOST_CASES:
        return table
    kept = np.zeros(table.cases, dtype=bool)
    kept[np.linspace(0, table.cases - 1, MOST_CASES).astype(np.int64)] = True
    return table.only(kept)


def _pieces(table: InstanceTable, hours: OpenHours, first: Ints, case: Ints) -> list[_Piece]:
    """The phases of `critical_path.segments_of`, of all rows at once."""
    outside, machine = flag(table, "outside"), flag(table, "machine")
    released = table.released_by.astype(np.int64)
    before = np.maximum(released, 0)
    begins = np.minimum.reduceat(table.ready, first[:-1])[case] if len(table) else table.ready
    lower = np.where(released >= 0, table.end[before], _said_begin(table, begins))
    crossing = np.where(released >= 0, table.workflow[before] != table.workflow, False)
    named = table.traits.get("handoff")
    if named is not None:
        crossing = np.array([bool(one) for one in named], dtype=bool)
    opened = table.traits.get("first_opened")
    looked = np.full(len(table), -1, dtype=np.int64) if opened is None else np.asarray(opened, dtype=np.int64)
    person = ~outside & ~machine
    seen = np.where((looked >= 0) & person, np.clip(looked, table.ready, table.start), table.start)
    known = (looked >= 0) & person
    ready, end = np.clip(table.ready, lower, table.end), table.end
    begun = np.where(outside, ready, np.clip(table.start, ready, end))
    seen = np.clip(seen, ready, begun)
    nowhere = np.zeros(len(table), dtype=bool)

    def piece(phase: Phase, since: Ints, until: Ints, at_handoff: NDArray[np.bool_], *, work: bool = False) -> _Piece:
        return _Piece(phase, _open_time(table, hours, since, np.maximum(since, until), work=work), at_handoff)

    return [
        piece("transit", lower, ready, crossing),
        piece("unopened", ready, np.where(known, seen, ready), crossing),
        piece("unstarted", np.where(known, seen, ready), begun, crossing & ~known & person),
        piece("working", begun, np.where(outside, begun, end), nowhere, work=True),
        piece("outside", np.where(outside, begun, end), end, nowhere),
    ]


def _said_begin(table: InstanceTable, begins: Ints) -> Ints:
    said = table.case_traits.get("begin")
    if said is None:
        return begins
    return np.minimum(begins, np.asarray(said, dtype=np.int64)[table.case])


def _open_time(table: InstanceTable, hours: OpenHours, since: Ints, until: Ints, *, work: bool) -> Ints:
    """Working time by the calendar of whoever did it. Work done wholly outside working hours counts as work."""
    if not len(table):
        return since
    calendar = np.where(
        table.resource >= 0,
        hours.of_resource[np.maximum(table.resource, 0)] if len(hours.of_resource) else -1,
        hours.of_nobody,
    )
    counted: Ints = until - since - compiled().closed_between(hours.columns, calendar.astype(np.int64), since, until)
    return np.where((counted == 0) & work, until - since, counted)


def _sites(
    table: InstanceTable, crossing: NDArray[np.bool_], released: Ints
) -> list[tuple[Site, NDArray[np.int64], bool]]:
    """Every step and handoff with its rows."""
    found: list[tuple[Site, NDArray[np.int64], bool]] = []
    keys = table.workflow.astype(np.int64) * len(table.step_names) + table.step
    for key in np.unique(keys).tolist():
        rows = np.flatnonzero(keys == key)
        row = int(rows[0])
        found.append((Site("step", _part(table, row), table.step_names[int(table.step[row])]), rows, False))
    source = np.where(released >= 0, table.workflow[np.maximum(released, 0)], -1).astype(np.int64)
    pairs = np.where(crossing, (source + 1) * (len(table.workflow_names) + 1) + table.workflow + 1, -1)
    for pair in np.unique(pairs[pairs >= 0]).tolist():
        rows = np.flatnonzero(pairs == pair)
        row = int(rows[0])
        name = str(table.traits["handoff"][row]) if "handoff" in table.traits else "handoff"
        before = table.workflow_names[int(source[row])] if source[row] >= 0 else None
        found.append((Site("handoff", _part(table, row), name, before), rows, True))
    return sorted(found, key=lambda one: (one[0].part, one[0].kind, one[0].name, one[0].source or ""))


def _part(table: InstanceTable, row: int) -> str:
    code = int(table.workflow[row])
    return table.workflow_names[code] if code >= 0 else "log"


def _cost(
    table: InstanceTable, site: Site, rows: Ints, pieces: list[_Piece], handoff: bool, case: Ints,
    on_path: NDArray[np.bool_], cases: int,
) -> SiteCost:  # fmt: skip
    parts: list[tuple[Phase, Ints]] = [
        (one.phase, np.where(one.at_handoff[rows] == handoff, one.spent[rows], 0)) for one in pieces
    ]
    seconds: NDArray[np.float64] = np.sum([spent for _, spent in parts], axis=0) / 1e6
    along = on_path[rows]

    def per_case(weights: Any, kept: NDArray[np.bool_] | None = None) -> NDArray[Any]:
        chosen = rows if kept is None else rows[kept]
        return np.bincount(case[chosen], weights=weights if kept is None else weights[kept], minlength=cases)

    ones = np.ones(len(rows))
    before = site.source or "Start"
    departments = _departments(table, rows, handoff)
    return SiteCost(
        site=site, title=f"{before} → {site.part}" if handoff else site.name, departments=departments,
        reference=quantile(seconds.tolist(), 0.25), has_target=False,
        visits=tuple(per_case(ones).astype(np.int64).tolist()), spent=tuple(per_case(seconds).tolist()),
        path_visits=tuple(per_case(ones, along).astype(np.int64).tolist()),
        path_spent=tuple(per_case(seconds, along).tolist()), path_planned=(0.0,) * cases,
        phases={phase: float(spent[along].sum()) / 1e6 for phase, spent in parts if spent[along].any()},
    )  # fmt: skip


def _departments(table: InstanceTable, rows: Ints, handoff: bool) -> tuple[str, ...]:
    """Who answers for it most often: one department of a step, both sides of a handoff."""
    own = table.department[rows].astype(np.int64)
    released = table.released_by[rows].astype(np.int64)
    other = np.where((released >= 0) & handoff, table.department[np.maximum(released, 0)], -1)
    pairs, counts = np.unique(np.stack((other, own)), axis=1, return_counts=True)
    commonest = pairs[:, int(counts.argmax())].tolist()
    return tuple(dict.fromkeys(str(table.department_names[code]) for code in commonest if code >= 0))


def _day(hours: OpenHours) -> float:
    """Seconds in a working day: the mean over days with working hours; around the clock, 24 hours."""
    if not len(hours.opens):
        return 86_400.0
    last = int(hours.first[1])
    opens, closes = hours.opens[:last], hours.closes[:last]
    days = len(np.unique(opens // (24 * HOUR)))
    return min(86_400.0, float((closes - opens).sum()) / 1e6 / max(days, 1))
