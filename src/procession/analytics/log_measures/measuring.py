"""Run the measures over a table."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
from duckdb import DuckDBPyConnection
from numpy.typing import NDArray

from procession.analytics.instances import InstanceTable, Moments
from procession.analytics.log_measures import statements
from procession.analytics.log_measures.dialects import DUCKDB
from procession.analytics.log_measures.figures import (
    Bucket,
    Follows,
    Handover,
    Little,
    LogFigures,
    Party,
    State,
    StepFigures,
    Variant,
    quantiles,
)

MOST_VARIANTS = 50
DAY = 86_400_000_000
DAYS_UNTIL_WEEKS = 120
"""A log that is longer is told by weeks."""

FEWEST_FOR_LITTLE = 20

Rows = list[tuple[Any, ...]]


def measure_log(table: InstanceTable) -> LogFigures:
    """Measure a table with at least one instance."""
    con = loaded(table)
    try:
        return _measured(con, table)
    finally:
        con.close()


def loaded(table: InstanceTable, threads: int | None = None) -> DuckDBPyConnection:
    """A database with the table `flow` of the instances."""
    con = duckdb.connect(":memory:")
    con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false")
    if threads:
        con.execute(f"set threads = {threads}")
    con.register("columns", flow_columns(table))
    con.execute("create table flow as select * from columns")
    con.unregister("columns")
    return con


def flow_columns(table: InstanceTable) -> dict[str, Any]:
    """The columns of `flow`. The rows are in order, so that the one before is one row above."""
    rows = len(table)
    first = table.first_rows[:-1]
    place = np.arange(rows, dtype=np.int32) - np.repeat(first, np.diff(table.first_rows)).astype(np.int32)
    begun = np.where(table.start_estimated, table.end, table.start)
    found: dict[str, Any] = {
        "case_code": table.case, "place": place, "step": table.step, "resource": table.resource,
        "department": table.department, "grp": table.group, "workflow": table.workflow, "ready": table.ready,
        "begun": begun, "done": table.end, "waited": table.start - table.ready, "worked": table.end - table.start,
        "sure": (~table.start_estimated).astype(np.int32),
    }  # fmt: skip
    for name in ("step", "resource", "department", "grp"):
        found[f"before_{name}"] = _shifted(found[name], first, -1)
    found["before_done"] = _shifted(table.end, first, 0)
    return found


def _shifted(column: Any, first: Moments, nothing: int) -> Any:
    before = np.empty_like(column)
    before[1:] = column[:-1]
    before[first] = nothing
    return before


def _measured(con: DuckDBPyConnection, table: InstanceTable) -> LogFigures:
    cycles = con.execute(statements.cycles(DUCKDB)).fetchnumpy()
    began, ended = np.asarray(cycles["began"]), np.asarray(cycles["ended"])
    spans = ended - began
    at = {"p": np.percentile(spans, [50, 90, 99]).tolist()}
    days, buckets = _buckets(began, ended)
    counts = _rows(con, statements.variants(DUCKDB))
    named = {"resource": table.resource_names, "department": table.department_names, "grp": table.group_names}
    return LogFigures(
        cases=table.cases, instances=len(table), begin=int(began.min()), end=int(ended.max()),
        cycle=quantiles(len(spans), at["p"]), mean_cycle=float(spans.mean()),
        steps=_steps(con, table.step_names), follows=_follows(con, table.step_names),
        variant_count=len(counts), variants=_variants(counts[:MOST_VARIANTS], table),
        people=_parties(con, table.step_names, "resource", named),
        groups=_parties(con, table.step_names, "grp", named),
        departments=_parties(con, table.step_names, "department", named),
        handovers_people=_handovers(con, "resource", named), handovers_groups=_handovers(con, "grp", named),
        handovers_departments=_handovers(con, "department", named),
        states=_states(con, table.step_names), buckets=buckets, bucket_days=days, little=little(began, ended),
        estimated_starts=float(table.start_estimated.mean()),
    )  # fmt: skip


def _name(names: Sequence[str], code: int) -> str:
    return names[code]


def _rows(con: DuckDBPyConnection, statement: str) -> Rows:
    return con.execute(statement).fetchall()


def _steps(con: DuckDBPyConnection, names: Sequence[str]) -> tuple[StepFigures, ...]:
    again = {row[0]: row[1:] for row in _rows(con, statements.rework(DUCKDB))}
    found = [
        StepFigures(
            _name(names, step), n, cases, int(sure), quantiles(n, waiting), quantiles(n, working), quantiles(n, both),
            int(waited), int(worked), *(int(one) for one in again.get(step, (0, 0, 0))),
        )
        for step, n, cases, sure, waited, worked, waiting, working, both in _rows(con, statements.steps(DUCKDB))
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (-(one.waited + one.worked), one.step)))


def _follows(con: DuckDBPyConnection, names: Sequence[str]) -> tuple[Follows, ...]:
    cases = {(row[0], row[1]): row[3] for row in _rows(con, statements.follows(DUCKDB))}
    return tuple(
        Follows(_name(names, before), _name(names, step), n, cases[before, step], quantiles(n, between), int(total))
        for before, step, n, between, total in _rows(con, statements.follows_times(DUCKDB))
    )


def _variants(counts: Rows, table: InstanceTable) -> tuple[Variant, ...]:
    first = table.first_rows
    found: list[Variant] = []
    for n, example, _, cycle in counts:
        codes = table.step[first[example] : first[example + 1]].tolist()
        steps = tuple(_name(table.step_names, code) for code in codes)
        found.append(Variant(steps, n, n / table.cases, quantiles(n, cycle)))
    return tuple(found)


def _parties(
    con: DuckDBPyConnection, steps: Sequence[str], who: str, named: Mapping[str, Sequence[str]]
) -> tuple[Party, ...]:
    names = named[who]
    if not names:
        return ()
    return tuple(
        Party(
            _name(steps, step), _name(names, code) if code >= 0 else "", n, cases, int(sure), quantiles(n, waiting),
            quantiles(n, working), int(waited), int(worked),
        )
        for step, code, n, cases, waited, worked, sure, waiting, working in _rows(con, statements.parties(DUCKDB, who))
    )  # fmt: skip


def _handovers(con: DuckDBPyConnection, who: str, named: Mapping[str, Sequence[str]]) -> tuple[Handover, ...]:
    names = named[who]
    return tuple(
        Handover(_name(names, giver), _name(names, taker), n, quantiles(n, between), int(total))
        for giver, taker, n, total, between in (_rows(con, statements.handovers(DUCKDB, who)) if names else ())
    )


def _states(con: DuckDBPyConnection, names: Sequence[str]) -> tuple[State, ...]:
    return tuple(
        State(_name(names, step), quantiles(n, lasting), int(total))
        for step, n, total, lasting in _rows(con, statements.states(DUCKDB))
    )


def _buckets(began: Moments, ended: Moments) -> tuple[int, tuple[Bucket, ...]]:
    """Arrivals, ends and open cases by day, or by week where the log is long."""
    low, high = int(began.min()), int(ended.max())
    days = 1 if (high - low) <= DAYS_UNTIL_WEEKS * DAY else 7
    width = days * DAY
    monday = 4 * DAY  # 5 January 1970
    edge = low - (low - monday) % width if days == 7 else low - low % DAY
    edges = np.arange(edge, high + 1, width, dtype=np.int64)
    edges = np.r_[edges, edges[-1] + width]
    arrivals, gone = (np.histogram(one, edges)[0] for one in (began, ended))
    starts, ends = np.sort(began), np.sort(ended)

    def before(ordered: Moments, at: Moments) -> NDArray[np.float64]:
        """The time up to each moment that has passed since each of the moments before it, in all."""
        count = np.searchsorted(ordered, at)
        relative = np.concatenate([[0.0], np.cumsum((ordered - low).astype(np.float64))])
        return count * (at - low).astype(np.float64) - relative[count]

    open_time = np.diff(before(starts, edges)) - np.diff(before(ends, edges))
    return days, tuple(
        Bucket(int(at), int(new), int(done), float(spent) / width)
        for at, new, done, spent in zip(edges, arrivals, gone, open_time, strict=False)
    )


def little(began: Moments, ended: Moments) -> Little | None:
    """Little's law between the tenth and the ninetieth of a hundred arrivals; None where too few arrive in between."""
    begin, end = (int(at) for at in np.percentile(began, [10, 90]))
    inside = (began >= begin) & (began < end)
    if end <= begin or inside.sum() < FEWEST_FOR_LITTLE:
        return None
    overlap = np.minimum(ended, end) - np.maximum(began, begin)
    open_ = float(np.maximum(overlap, 0).astype(np.float64).sum()) / (end - begin)
    rate = float(inside.sum()) / (end - begin)
    cycle = float((ended - began)[inside].mean())
    gap = abs(open_ - rate * cycle) / open_ if open_ else 0.0
    return Little(begin, end, open_, rate * DAY, cycle, gap)
