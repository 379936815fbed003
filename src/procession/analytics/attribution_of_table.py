"""What each step and handoff of a table costs: the rule of `attribution`, on columns.

The verdict and the vital few read the same values, so an imported log is judged like our own history. Of more than
`MOST_CASES` cases evenly spaced ones are taken, so that resampling stays quick. What a table does not hold is left out:
targets, dates that cases name, and who was responsible before a task was opened.

Where waits are divided among their causes, only what neither other work nor closed hours explain counts at a handoff: a
busy department has a problem of its own, and not one with those who send it work. Nobody knows when somebody first
looked, as a rule, in logs of other programs. Where beginnings are not recorded either, all of the time between two ends
may be work or may be the handoff; `guessed_as` says which of the two is taken.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from procession.analytics.attribution import QUICK, QUICKEST, Attribution, SiteCost, quantile
from procession.analytics.critical_path import Phase
from procession.analytics.instances import InstanceTable
from procession.analytics.log import Site
from procession.analytics.waiting import compiled
from procession.analytics.waiting.causes import Cause
from procession.analytics.waiting.decompose import Decomposition, case_bounds, flag
from procession.analytics.waiting.hours import HOUR, OpenHours

MOST_CASES: Final = 5_000

Ints = NDArray[np.int64]
Guess = Literal["work", "handoff"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a table beyond its columns."""

    causes: Decomposition
    """Of the same rows."""
    gates: Mapping[int, str] = field(default_factory=dict[int, str])
    """By step, when it opens, of steps that are done in few hours of the week: `every Tuesday at 10:00`."""
    guessed_as: Guess = "work"
    part_kind: str = "workflow"


@dataclass(frozen=True, slots=True)
class _Piece:
    """One phase of every row: how long it took, in working time, and where."""

    phase: Phase
    spent: Ints
    """Microseconds."""
    at_handoff: NDArray[np.bool_]
    """Whether it is spent at the handoff rather than at the step."""


def attribute_table(
    table: InstanceTable, hours: OpenHours, known: Known | None = None, *, process: str = "log", title: str = ""
) -> Attribution:
    """Measure every step and handoff over all cases of a table, on the critical path and beside it."""
    chosen = _some_cases(table)
    rows_of = np.flatnonzero(chosen[table.case])
    waits = None if known is None else known.causes.waits[rows_of]
    working = None if known is None else known.causes.working[rows_of]
    table = table if chosen.all() else table.only(chosen)
    first = case_bounds(table)
    cases = len(first) - 1
    case = np.repeat(np.arange(cases), np.diff(first))
    released = table.released_by.astype(np.int64)
    on_path = compiled().walk_back(first, released) if len(table) else np.zeros(0, dtype=bool)
    if known is None or waits is None or working is None:
        pieces = _pieces(table, hours, first, case)
    else:
        pieces = _divided(table, hours, first, case, waits, working, known.guessed_as)
    crossing = pieces[0].at_handoff
    sites = _sites(table, crossing, released)
    costs = [
        _cost(table, site, rows, pieces, handoff, case, on_path, cases)
        for site, rows, handoff in sites
    ]  # fmt: skip
    if known is not None and waits is not None:
        costs = [
            replace(
                cost, gate=known.gates.get(int(table.step[rows[0]]), "") if not handoff else "",
                causes=_causes(waits, rows[on_path[rows]], handoff, crossing),
                longer=_longer(rows[on_path[rows]], handoff, pieces),
                unsure=_unsure(table, rows[on_path[rows]], handoff, pieces),
            )
            for cost, (_, rows, handoff) in zip(costs, sites, strict=True)
        ]  # fmt: skip
    spent: Ints = np.sum([piece.spent for piece in pieces], axis=0)
    cycles = np.bincount(case[on_path], weights=spent[on_path], minlength=cases) / 1e6
    guessed = table.ready_estimated | table.start_estimated
    return Attribution(
        process=process, title=title or process, cases=cases, cycles=tuple(cycles.tolist()), costs=tuple(costs),
        part_titles={part: part for part in {site.part for site, _, _ in sites}}, owners={},
        estimated=float(guessed.mean()) if len(table) else 0.0, day=day_of(hours),
        part_kind="workflow" if known is None else known.part_kind,
    )  # fmt: skip


def _some_cases(table: InstanceTable) -> NDArray[np.bool_]:
    if table.cases <= MOST_CASES:
        return np.ones(table.cases, dtype=bool)
    kept = np.zeros(table.cases, dtype=bool)
    kept[np.linspace(0, table.cases - 1, MOST_CASES).astype(np.int64)] = True
    return kept


_AT_HANDOFF: Final = (Cause.HANDOFF, Cause.UNEXPLAINED)
"""What of a wait counts between two parts; the rest is the taker's own."""
_AT_STEP: Final = (Cause.BATCHING, Cause.CONTENTION, Cause.PRIORITISATION, Cause.GATE)


def _divided(
    table: InstanceTable, hours: OpenHours, first: Ints, case: Ints, waits: Ints, working: Ints, guessed_as: Guess
) -> list[_Piece]:
    """The phases of every row where its wait is divided among causes; closed hours are left out."""
    released = table.released_by.astype(np.int64)
    before = np.maximum(released, 0)
    crossing = (released >= 0) & (table.workflow[before] != table.workflow)
    begins = np.minimum.reduceat(table.ready, first[:-1])[case] if len(table) else table.ready
    lower = np.minimum(np.where(released >= 0, table.end[before], _said_begin(table, begins)), table.ready)
    lying: Ints = waits[:, list(_AT_HANDOFF)].sum(axis=1)
    own: Ints = waits[:, list(_AT_STEP)].sum(axis=1)
    guessed = table.start_estimated
    work = working
    if guessed_as == "handoff":
        between = guessed & crossing
        lying = np.where(between, lying + own + work, lying)
        own, work = np.where(between, 0, own), np.where(between, 0, work)
    nowhere = np.zeros(len(table), dtype=bool)
    return [
        _Piece("transit", _open_time(table, hours, lower, table.ready, work=False), crossing),
        _Piece("unstarted", lying, crossing),
        _Piece("unstarted", own, nowhere),
        _Piece("working", work, nowhere),
        _Piece("outside", waits[:, Cause.EXTERNAL], nowhere),
    ]


def _causes(waits: Ints, rows: Ints, handoff: bool, crossing: NDArray[np.bool_]) -> dict[str, float]:
    """Seconds of waiting at a place by cause, closed hours left out; the greatest first."""
    found: dict[str, float] = {}
    for cause in Cause:
        if cause not in (Cause.UNAVAILABILITY, Cause.PAUSED):
            counted = rows if cause not in _AT_HANDOFF or handoff else rows[~crossing[rows]]
            seconds = float(waits[counted, cause].sum()) / 1e6
            if seconds and (cause in _AT_HANDOFF or not handoff):
                found[cause.name] = seconds
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def _longer(rows: Ints, handoff: bool, pieces: list[_Piece]) -> tuple[float, float]:
    """Mean beyond the quickest quarter, of waiting and of work."""
    if not len(rows):
        return 0.0, 0.0
    spent = np.zeros((2, len(rows)))
    for one in pieces:
        spent[int(one.phase == "working")] += np.where(one.at_handoff[rows] == handoff, one.spent[rows], 0) / 1e6
    waited, worked = spent.mean(axis=1) - np.quantile(spent, 0.25, axis=1)
    return float(waited), float(worked)


def _unsure(table: InstanceTable, rows: Ints, handoff: bool, pieces: list[_Piece]) -> float:
    spent: Ints = np.sum([np.where(one.at_handoff[rows] == handoff, one.spent[rows], 0) for one in pieces], axis=0)
    whole = float(spent.sum())
    return float(spent[table.start_estimated[rows]].sum()) / whole if whole else 0.0


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
        reference=quantile(seconds.tolist(), QUICK), has_target=False, quickest=quantile(seconds.tolist(), QUICKEST),
        visits=tuple(per_case(ones).astype(np.int64).tolist()), spent=tuple(per_case(seconds).tolist()),
        path_visits=tuple(per_case(ones, along).astype(np.int64).tolist()),
        path_spent=tuple(per_case(seconds, along).tolist()), path_planned=(0.0,) * cases,
        phases=_by_phase(parts, along),
    )  # fmt: skip


def _by_phase(parts: list[tuple[Phase, Ints]], along: NDArray[np.bool_]) -> dict[Phase, float]:
    found: dict[Phase, float] = {}
    for phase, spent in parts:
        seconds = float(spent[along].sum()) / 1e6
        if seconds:
            found[phase] = found.get(phase, 0.0) + seconds
    return found


def _departments(table: InstanceTable, rows: Ints, handoff: bool) -> tuple[str, ...]:
    """Who answers for it most often: one department of a step, both sides of a handoff."""
    own = table.department[rows].astype(np.int64)
    released = table.released_by[rows].astype(np.int64)
    other = np.where((released >= 0) & handoff, table.department[np.maximum(released, 0)], -1)
    pairs, counts = np.unique(np.stack((other, own)), axis=1, return_counts=True)
    commonest = pairs[:, int(counts.argmax())].tolist()
    return tuple(dict.fromkeys(str(table.department_names[code]) for code in commonest if code >= 0))


def day_of(hours: OpenHours) -> float:
    """Seconds in a working day: the mean over days with working hours; around the clock, 24 hours."""
    if not len(hours.opens):
        return 86_400.0
    last = int(hours.first[1])
    opens, closes = hours.opens[:last], hours.closes[:last]
    days = len(np.unique(opens // (24 * HOUR)))
    return min(86_400.0, float((closes - opens).sum()) / 1e6 / max(days, 1))
