"""Measures of a log, worked out by hand on a few lines, and held against plain Python on logs of others."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from dataclasses import fields, is_dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.analytics.instances import InstanceTable
from procession.analytics.log_measures import statements
from procession.analytics.log_measures.by_kernels import ByKernels
from procession.analytics.log_measures.by_sql import BySql, flow_columns, loaded
from procession.analytics.log_measures.dialects import CLICKHOUSE, DUCKDB
from procession.analytics.log_measures.figures import LogFigures
from procession.analytics.log_measures.filters import Filter, FilterError, chosen
from procession.analytics.log_measures.measuring import little, measure_log, measured
from procession.interchange.event_log.reading import read_log
from tests.interchange.event_log.given import given_log

ROOT = Path(__file__).parents[2]
HOUR = 3_600_000_000
LINES = """case,step,ready,start,end,resource,department,group,case:version,case:size
1,ask,2026-01-05T08:00Z,2026-01-05T08:00Z,2026-01-05T09:00Z,ann,sales,team a,1,5
1,check,2026-01-05T09:00Z,2026-01-05T11:00Z,2026-01-05T12:00Z,ben,legal,team b,1,5
1,ask,2026-01-05T12:00Z,2026-01-05T13:00Z,2026-01-05T13:30Z,ann,sales,team a,1,5
1,check,2026-01-05T13:30Z,2026-01-05T16:30Z,2026-01-05T17:30Z,ben,legal,team b,1,5
2,ask,2026-01-06T08:00Z,2026-01-06T08:00Z,2026-01-06T10:00Z,ann,sales,team a,2,7
2,check,2026-01-06T10:00Z,2026-01-06T10:00Z,2026-01-06T11:00Z,ann,sales,team a,2,7
3,ask,2026-01-07T08:00Z,2026-01-07T08:00Z,2026-01-07T09:00Z,,,,2,7
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> InstanceTable:
    path = tmp_path_factory.mktemp("small") / "log.csv"
    path.write_text(LINES)
    return read_log(path).table


@pytest.fixture(scope="module", params=["SQL", "compiled"])
def figures(small: InstanceTable, request: pytest.FixtureRequest) -> LogFigures:
    if request.param == "compiled":
        return measured(ByKernels(small), small)
    with BySql(small) as answers:
        return measured(answers, small)


def test_what_follows_what_and_how_long_it_takes(figures: LogFigures) -> None:
    found = {(one.before, one.step): (one.count, one.cases, one.total // HOUR) for one in figures.follows}
    assert found == {("ask", "check"): (3, 2, 5), ("check", "ask"): (1, 1, 1)}


def test_variants_are_sequences_of_steps(figures: LogFigures) -> None:
    found = {one.steps: one.cases for one in figures.variants}
    assert found == {("ask", "check", "ask", "check"): 1, ("ask", "check"): 1, ("ask",): 1}
    assert figures.variant_count == 3


def test_each_step_waits_and_works(figures: LogFigures) -> None:
    found = {one.step: (one.count, one.waited / HOUR, one.worked / HOUR, one.is_sure) for one in figures.steps}
    assert found == {"ask": (4, 1.0, 4.5, True), "check": (3, 5.0, 3.0, True)}
    again = {one.step: (one.again_cases, one.again, one.again_work / HOUR) for one in figures.steps}
    assert again == {"ask": (1, 1, 0.5), "check": (1, 1, 1.0)}


def test_who_does_what_and_who_hands_over_to_whom(figures: LogFigures) -> None:
    people = {(one.step, one.who): (one.count, one.waited / HOUR) for one in figures.people}
    assert people == {
        ("ask", "ann"): (3, 1.0),
        ("ask", ""): (1, 0.0),
        ("check", "ann"): (1, 0.0),
        ("check", "ben"): (2, 5.0),
    }
    assert [(one.giver, one.taker, one.count, one.total / HOUR) for one in figures.handovers_people] == [
        ("ann", "ben", 2, 5.0), ("ben", "ann", 1, 1.0),
    ]  # fmt: skip
    assert [(one.giver, one.taker) for one in figures.handovers_departments] == [("sales", "legal"), ("legal", "sales")]
    assert {one.who for one in figures.groups} == {"team a", "team b", ""}


def test_a_step_as_a_state_lasts_until_the_next_ends(figures: LogFigures) -> None:
    assert {one.step: (one.lasting.count, one.total / HOUR) for one in figures.states} == {
        "ask": (3, 8.0),
        "check": (1, 1.5),
    }


def test_few_values_have_no_quantiles_and_the_note_says_how_many_it_takes(figures: LogFigures) -> None:
    assert figures.cycle.p50 is None and figures.cycle.note == "50 of 100 needs 5 values, there are 3"
    many = measure_log(read_log(given_log("opm__raw_itsm_2024")).table)
    assert many.cycle.p99 is not None and many.cycle.note is None
    twenty = next(one for one in many.steps if 20 <= one.count < 100)
    assert twenty.waiting.p90 is not None and twenty.waiting.p99 is None


def test_arrivals_and_open_cases_by_day(figures: LogFigures) -> None:
    assert [(one.arrivals, one.ended) for one in figures.buckets] == [(1, 1), (1, 1), (1, 1)]
    assert [round(one.open * 24, 6) for one in figures.buckets] == [9.5, 3.0, 1.0]
    assert figures.bucket_days == 1 and figures.little is None


def test_littles_law_holds_in_a_steady_log_and_fails_where_cases_pile_up() -> None:
    began = np.arange(1000, dtype=np.int64) * HOUR
    steady = little(began, began + 5 * HOUR)
    growing = little(began, began + np.arange(1000, dtype=np.int64) * HOUR)
    assert steady is not None and steady.holds and steady.open == pytest.approx(5, rel=0.01)
    assert growing is not None and not growing.holds


def test_every_log_is_measured_as_plain_python_measures_it() -> None:
    """Counting with dictionaries gives the same graph, variants, handovers and rework."""
    table = read_log(given_log("wta__PurchasingExample")).table
    found = measure_log(table)
    cases: list[list[tuple[str, str]]] = [[] for _ in range(table.cases)]
    for case, step, who in zip(table.case, table.step, table.resource, strict=True):
        cases[case].append((table.step_names[step], table.resource_names[who]))
    pairs = [pair for case in cases for pair in pairwise(case)]
    assert {(f.before, f.step): f.count for f in found.follows} == Counter((a[0], b[0]) for a, b in pairs)
    assert {(h.giver, h.taker): h.count for h in found.handovers_people} == Counter(
        (a[1], b[1]) for a, b in pairs if a[1] != b[1]
    )
    variants = Counter(tuple(step for step, _ in case) for case in cases)
    assert found.variant_count == len(variants)
    assert all(variants[one.steps] == one.cases for one in found.variants)
    assert [one.cases for one in found.variants] == sorted(variants.values(), reverse=True)[:50]
    again = Counter(step for case in cases for step, n in Counter(step for step, _ in case).items() if n > 1)
    assert {one.step: one.again_cases for one in found.steps if one.again_cases} == again


@pytest.mark.parametrize(
    ("wanted", "cases"),
    [
        (Filter(), [0, 1, 2]),
        (Filter(version="2"), [1, 2]),
        (Filter(values={"size": "5"}), [0]),
        (Filter(department="legal"), [0]),
        (Filter(begun_from=1_767_600_000_000_000 + 24 * HOUR), [1, 2]),
        (Filter(begun_before=1_767_600_000_000_000 + 24 * HOUR), [0]),
    ],
)
def test_filters_choose_whole_cases(small: InstanceTable, wanted: Filter, cases: list[int]) -> None:
    assert np.flatnonzero(chosen(small, wanted)).tolist() == cases


def test_a_filter_of_something_else_says_what_there_is(small: InstanceTable) -> None:
    with pytest.raises(FilterError, match="no field 'colour'; there are: size, version"):
        chosen(small, Filter(values={"colour": "red"}))
    with pytest.raises(FilterError, match="no department 'it'; there are: legal, sales"):
        chosen(small, Filter(department="it"))


# --- compiled passes ---------------------------------------------------------------------------------------------------


def table_of(rows: list[tuple[int, int, int, int, int, int, int, bool]], codes: int) -> InstanceTable:
    """A table from (case, step, resource, group, ready, waited, worked, whether the beginning is estimated)."""
    cases = {case: code for code, case in enumerate(sorted({row[0] for row in rows}))}
    ordered = sorted((cases[row[0]], sum(row[4:7]), *row[1:]) for row in rows)
    case, end, step, resource, group, ready, waited, _, estimated = (
        list(column) for column in zip(*ordered, strict=True)
    )
    begin = np.array(ready, np.int64)
    coded = {name: np.array(column, np.int32) for name, column in (
        ("case", case), ("step", step), ("resource", resource), ("group", group), ("department", group))}  # fmt: skip
    names = [f"n{code}" for code in range(codes)]
    return InstanceTable(
        **coded, workflow=np.full(len(case), -1, np.int32), ready=begin, start=begin + np.array(waited, np.int64),
        end=np.array(end, np.int64), ready_estimated=np.zeros(len(case), np.bool_),
        start_estimated=np.array(estimated, np.bool_), case_names=[f"c{code}" for code in range(len(cases))],
        step_names=names, resource_names=names, group_names=names, department_names=names,
    )  # fmt: skip


def assert_same_figures(table: InstanceTable) -> None:
    """Every figure, to a thousandth of a microsecond."""
    with BySql(table) as answers:
        by_sql = measured(answers, table)
    compiled = measured(ByKernels(table), table)
    for name in LogFigures.__slots__:
        assert rounded(getattr(compiled, name)) == rounded(getattr(by_sql, name)), name


def rounded(value: Any) -> Any:
    if is_dataclass(value):
        return {one.name: rounded(getattr(value, one.name)) for one in fields(value)}
    if isinstance(value, tuple | list):
        return [rounded(one) for one in value]
    return round(value, 3) if isinstance(value, float) else value


FEW, MANY = st.integers(0, 3), st.integers(0, 2999)


def rows_of(code: st.SearchStrategy[int]) -> st.SearchStrategy[list[tuple[int, int, int, int, int, int, int, bool]]]:
    span = st.one_of(st.integers(0, 3), st.integers(0, 10**12))
    known = st.one_of(st.just(-1), code)
    moment = st.integers(1_700_000_000_000_000, 1_700_000_000_000_000 + 10**12)
    row = st.tuples(st.integers(0, 9), code, known, known, moment, span, span, st.booleans())
    return st.lists(row, min_size=1, max_size=80)


@given(rows_of(FEW), rows_of(MANY))
@settings(max_examples=25, deadline=None)
def test_compiled_passes_give_what_the_sql_gives(
    few: list[tuple[int, int, int, int, int, int, int, bool]],
    many: list[tuple[int, int, int, int, int, int, int, bool]],
) -> None:
    """With names few enough for a slot a pair, and with so many that pairs are hashed."""
    assert_same_figures(table_of(few, 4))
    assert_same_figures(table_of([*many, (0, 2999, 2999, 2999, 1_700_000_000_000_000, 1, 1, False)], 3000))


def test_tables_of_pairs_grow() -> None:
    """More pairs than the tables begin with, hashed and not."""
    chance = np.random.default_rng(5)
    for codes in (60, 3000):
        case, step, who, group, waited = (
            chance.integers(0, most, 4_000).tolist() for most in (900, codes, codes, codes, 9)
        )
        moments = range(1_700_000_000_000_000, 1_700_000_000_004_000)
        columns = zip(case, step, who, group, moments, waited, strict=True)
        rows = [(c, s, w, g, at, ago, 1, False) for c, s, w, g, at, ago in columns]
        assert_same_figures(table_of(rows, codes))


@pytest.mark.parametrize("name", ["simod__LoanApp_simplified", "eventdataR__patients", "wta__PurchasingExample"])
def test_logs_of_others_are_measured_alike_by_both(name: str) -> None:
    assert_same_figures(read_log(given_log(name)).table)


def test_the_shared_tasks_find_the_same_by_both() -> None:
    """What is timed against other programs is what the SQL finds."""
    table = read_log(given_log("wta__PurchasingExample")).table
    con, compiled = loaded(table), ByKernels(table)
    asked = {name: con.execute(make(DUCKDB)).fetchnumpy() for name, make in statements.SHARED.items()}

    def pairs(name: str, *columns: str) -> dict[tuple[Any, ...], Any]:
        keys = zip(*(asked[name][column].tolist() for column in columns), strict=True)
        return dict(zip(keys, asked[name]["n"].tolist(), strict=True))

    before, step, counts = compiled.shared("directly_follows")
    assert pairs("directly_follows", "before_step", "step") == {
        (int(a), int(b)): int(n) for a, b, n in zip(before, step, counts, strict=True)
    }
    giver, taker, counts = compiled.shared("handover")
    assert pairs("handover", "before_resource", "resource") == {
        (int(a), int(b)): int(n) for a, b, n in zip(giver, taker, counts, strict=True)
    }
    before, step, _, totals, spread = compiled.shared("times_between")
    between = {(int(a), int(b)): (int(t), q.tolist()) for a, b, t, q in zip(before, step, totals, spread, strict=True)}
    found = asked["times_between"]
    for a, b, total, quantiles in zip(*(found[k] for k in ("before_step", "step", "total", "quantiles")), strict=True):
        assert between[int(a), int(b)][0] == total
        assert between[int(a), int(b)][1] == pytest.approx(list(quantiles), rel=1e-12)
    assert sorted(compiled.shared("variants")[0].tolist()) == sorted(asked["variants"]["n"].tolist())
    assert [one.tolist() for one in compiled.shared("throughput")] == [
        asked["throughput"][name].tolist() for name in ("began", "ended")
    ]
    _, totals, middle = compiled.shared("service_time")
    for code, total, (half,) in zip(*(asked["service_time"][k] for k in ("step", "total", "quantiles")), strict=True):
        assert (totals[code], middle[code, 0]) == (total, pytest.approx(half))
    again = compiled.shared("rework")
    assert {code: n for code, n in enumerate(again.tolist()) if n} == dict(
        zip(asked["rework"]["step"].tolist(), asked["rework"]["cases"].tolist(), strict=True)
    )


# --- other engines -----------------------------------------------------------------------------------------------------

STATEMENTS = {
    **statements.SHARED,
    "follows": statements.follows, "follows_times": statements.follows_times, "all_variants": statements.variants,
    "steps": statements.steps, "states": statements.states, "all_rework": statements.rework,
    "people": lambda dialect: statements.parties(dialect, "resource"),
    "handovers": lambda dialect: statements.handovers(dialect, "resource"),
}  # fmt: skip


def written(table: InstanceTable, path: Path) -> None:
    """The columns of `flow` with timestamps, as another engine is given them."""
    import duckdb

    columns = flow_columns(table) | {"started": table.start}
    con = duckdb.connect()
    con.register("columns", columns)
    con.execute(
        "copy (select case_code, place, step, resource, department, grp, workflow, sure, make_timestamp(ready) as ready_at, "
        "make_timestamp(begun) as begun_at, make_timestamp(done) as done_at, make_timestamp(started) as start_at "
        f"from columns) to '{path}' (format parquet)"
    )


def by_duckdb(path: Path) -> dict[str, list[Any]]:
    import duckdb

    con = duckdb.connect()
    con.execute(f"create table flow as {statements.flow(DUCKDB, str(path))}")
    return {name: con.execute(make(DUCKDB)).fetchall() for name, make in STATEMENTS.items()}


def comparable(rows: list[Any]) -> list[Any]:
    """Rows in one order, numbers as floats, and without the number of a case that stands for others."""
    flat = [[float(v) for cell in row for v in (cell if isinstance(cell, list | tuple) else [cell])] for row in rows]
    return sorted([round(value, 3) for value in row] for row in flat)


def test_the_table_made_by_sql_is_the_table_made_by_numpy(tmp_path: Path) -> None:
    """Whoever keeps the log in Parquet gets the same measures: the row before is found by the window."""
    table = read_log(given_log("simod__LoanApp_simplified")).table
    written(table, tmp_path / "log.parquet")
    con = loaded(table)
    ours = {name: con.execute(make(DUCKDB)).fetchall() for name, make in STATEMENTS.items()}
    theirs = by_duckdb(tmp_path / "log.parquet")
    for name in STATEMENTS:
        assert comparable(ours[name]) == comparable(theirs[name]), name


@pytest.mark.deep
@pytest.mark.timeout(900)
def test_clickhouse_gives_the_same_answers(tmp_path: Path) -> None:
    """The same text on a second engine: chDB, in an environment of its own below build/."""
    python = ROOT / "build" / "peers-chdb" / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", python.parents[1]], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", "chdb==4.4.0"], check=True)
    for name in ("simod__LoanApp_simplified", "opm__raw_itsm_2024", "eventdataR__patients"):
        written(read_log(given_log(name)).table, tmp_path / "log.parquet")
        asked = {"flow": statements.flow(CLICKHOUSE, str(tmp_path / "log.parquet"))}
        asked |= {one: make(CLICKHOUSE) for one, make in STATEMENTS.items()}
        script = Path(__file__).parent / "run_on_chdb.py"
        done = subprocess.run([python, script], input=json.dumps(asked), capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr[-2000:]
        theirs = json.loads(done.stdout)
        ours = by_duckdb(tmp_path / "log.parquet")
        for one in STATEMENTS:
            assert comparable(theirs[one]) == comparable(ours[one]), (name, one)
