"""The same log through every format, dialect and time zone is the same table."""

from __future__ import annotations

import csv
import gzip
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from procession.analytics.instances import InstanceTable
from procession.analytics.table_of_log import table_of
from procession.interchange.event_log.reading import Options, read_log
from procession.interchange.event_log.writing import write_log
from tests.analytics.build import case, did, log
from tests.interchange.event_log.given import given_log
from tests.interchange.event_log.made import made

NAMED = ("case", "step", "resource", "department", "group", "workflow")
COLUMNS = ("ready", "start", "end", "ready_estimated", "start_estimated", "released_by")


def assert_same(one: InstanceTable, other: InstanceTable) -> None:
    for name in NAMED:
        assert list(getattr(one, f"{name}_names")) == list(getattr(other, f"{name}_names")), name
    for name in NAMED + COLUMNS:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    for name in ("case_traits", "traits"):
        mine = {key: list(values) for key, values in getattr(one, name).items()}
        theirs = {key: list(values) for key, values in getattr(other, name).items()}
        assert mine == theirs, name


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> InstanceTable:
    """Two cases with everything that a table can hold, in names that no format finds easy."""
    path = tmp_path_factory.mktemp("small") / "log.csv"
    path.write_text(made(), encoding="utf-8")
    return read_log(path).table


@pytest.mark.parametrize(
    "name", ["log.csv", "log.csv.gz", "log.xes", "log.xes.gz", "log.json", "log.json.gz", "log.parquet"]
)
def test_what_is_written_is_read_as_the_same_table(small: InstanceTable, tmp_path: Path, name: str) -> None:
    write_log(small, tmp_path / name)
    again = read_log(tmp_path / name)
    assert again.report.error_count == 0
    assert_same(again.table, small)


@pytest.mark.parametrize("name", ["log.csv", "log.xes", "log.json", "log.parquet"])
@pytest.mark.parametrize("log_name", ["simod__LoanApp_simplified", "opm__raw_itsm_2024", "eventdataR__patients"])
def test_logs_of_others_survive_every_format(tmp_path: Path, log_name: str, name: str) -> None:
    first = read_log(given_log(log_name)).table
    write_log(first, tmp_path / name)
    assert_same(read_log(tmp_path / name).table, first)


@pytest.mark.parametrize("name", ["log.csv", "log.xes", "log.json", "log.parquet"])
def test_columns_beside_that_are_called_like_others_keep_their_values(tmp_path: Path, name: str) -> None:
    """The log has the columns Activity and Resource beside those that say the step and who did it."""
    whole = read_log(given_log("wta__PurchasingExample")).table
    first = whole.only(np.arange(whole.cases) < 20)
    write_log(first, tmp_path / name)
    again = read_log(tmp_path / name).table
    assert list(again.traits["other Resource"]) == list(first.traits["Resource"])
    assert list(again.traits["Activity"]) == list(first.traits["Activity"])
    assert np.array_equal(again.resource, first.resource) and np.array_equal(again.step, first.step)


def test_our_own_history_survives_every_format(tmp_path: Path) -> None:
    """What the engine recorded is in a table, and what it did not record stays marked."""
    ours = table_of(
        log(
            case(
                did("a.check", 0, 1, 3, resource="ann"), did("b.pay", 3, None, 5, "a.check", resource="ben"), name="1"
            ),
            case(
                did(
                    "a.check",
                    30,
                    31,
                    33,
                    resource="ben",
                ),
                name="2",
                begin=30,
            ),
        )
    )
    for name in ("log.csv", "log.xes", "log.json", "log.parquet"):
        write_log(ours, tmp_path / name)
        again = read_log(tmp_path / name).table
        assert again.case_names == ours.case_names and np.array_equal(again.end, ours.end)
        assert np.array_equal(again.start_estimated, ours.start_estimated)
        assert np.array_equal(again.ready[~again.ready_estimated], ours.ready[~ours.ready_estimated])
        assert [again.department_names[one] for one in again.department] == ["a team", "b team", "a team"]


# --- CSV of other programs: the names of their columns, their separators, their way to write a moment -----------------


def in_zone(zone: str, form: str) -> Callable[[str], str]:
    return lambda text: datetime.fromisoformat(text).astimezone(ZoneInfo(zone)).strftime(form) if text else ""


DIALECTS: dict[str, tuple[Sequence[str], str, str, Callable[[str], str], Options]] = {
    # names for case, step, start, end, resource; separator; encoding; how a moment is written; what the reader is told
    "PM4Py": (
        ("case:concept:name", "concept:name", "start_timestamp", "time:timestamp", "org:resource"), ",", "utf-8",
        in_zone("UTC", "%Y-%m-%d %H:%M:%S.%f+00:00"), Options(),
    ),
    "Disco": (
        ("Case ID", "Activity", "Start Timestamp", "Complete Timestamp", "Resource"), ",", "utf-8-sig",
        in_zone("America/New_York", "%m/%d/%Y %H:%M:%S.%f"), Options(zone="America/New_York"),
    ),
    "Celonis": (
        ("_CASE_KEY", "ACTIVITY_EN", "STARTTIME", "ENDTIME", "USER_NAME"), ";", "utf-8",
        in_zone("UTC", "%Y%m%d %H:%M:%S.%f"), Options(),
    ),
    "bupaR": (
        ("case_id", "activity_id", "start", "complete", "resource_id"), "\t", "utf-16",
        in_zone("Asia/Kolkata", "%Y-%m-%dT%H:%M:%S.%f%z"), Options(),
    ),
    "Prosimos": (
        ("case_id", "activity", "start_time", "end_time", "resource"), "|", "utf-8",
        in_zone("UTC", "%Y-%m-%dT%H:%M:%S.%fZ"), Options(),
    ),
    "Camunda": (
        ("PROC_INST_ID_", "ACT_NAME_", "START_TIME_", "END_TIME_", "ASSIGNEE_"), ";", "utf-8",
        in_zone("Europe/Berlin", "%Y-%m-%d %H:%M:%S.%f"), Options(zone="Europe/Berlin"),
    ),
    "Procession": (
        ("case", "step", "start", "end", "resource"), ",", "utf-8", in_zone("UTC", "%Y-%m-%dT%H:%M:%S.%fZ"), Options(),
    ),
    "German": (
        ("Vorgangsnummer", "Tätigkeit", "Beginn", "Ende", "Bearbeiter"), ";", "cp1252",
        in_zone("Europe/Berlin", "%d.%m.%Y %H:%M:%S,%f"), Options(zone="Europe/Berlin"),
    ),
    "French": (
        ("N° de dossier", "Activité", "Début", "Fin", "Utilisateur"), ";", "latin-1",
        in_zone("Europe/Paris", "%d/%m/%Y %H:%M:%S.%f"), Options(zone="Europe/Paris"),
    ),
    "Spanish": (
        ("Número de expediente", "Actividad", "Fecha de inicio", "Fecha de fin", "Usuario"), ",", "utf-8",
        in_zone("Europe/Madrid", "%d-%m-%Y %H:%M:%S.%f"), Options(zone="Europe/Madrid"),
    ),
    "Italian": (
        ("Numero pratica", "Attività", "Data inizio", "Data fine", "Addetto"), ";", "utf-8",
        in_zone("Europe/Rome", "%d.%m.%Y %H:%M:%S.%f"), Options(zone="Europe/Rome"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("dialect", DIALECTS)
def test_the_same_log_in_another_dialect_and_zone_is_the_same_table(dialect: str, tmp_path: Path) -> None:
    names, separator, encoding, moment, options = DIALECTS[dialect]
    whole = read_log(given_log("ead__Procure_to_Pay")).table
    some = np.arange(whole.cases) % 20 == 0
    first = read_log_of(whole.only(some), tmp_path)
    text = rows_of(first, names, separator, moment)
    path = tmp_path / "theirs.csv"
    path.write_bytes(text.encode(encoding))
    imported = read_log(path, options)
    assert imported.report.error_count == 0
    if dialect not in ("German", "French", "Spanish", "Italian"):
        assert imported.report.dialect == dialect
    assert_same(imported.table, first)


def read_log_of(table: InstanceTable, folder: Path) -> InstanceTable:
    """The table without traits, as a file of its own gives it."""
    import dataclasses

    bare = dataclasses.replace(table, case_traits={}, traits={})
    write_log(bare, folder / "bare.parquet")
    return read_log(folder / "bare.parquet").table


def rows_of(table: InstanceTable, names: Sequence[str], separator: str, moment: Callable[[str], str]) -> str:
    import io

    out = io.StringIO()
    writer = csv.writer(out, delimiter=separator)
    writer.writerow(names)
    for row in range(len(table)):
        start, end = (
            np.datetime64(int(at[row]), "us").item().isoformat() + "+00:00" for at in (table.start, table.end)
        )
        who = table.resource_names[table.resource[row]] if table.resource[row] >= 0 else ""
        cells = (table.case_names[table.case[row]], table.step_names[table.step[row]], moment(start), moment(end), who)
        writer.writerow(cells)
    return out.getvalue()


def test_sap_writes_the_day_and_the_hour_in_two_columns(tmp_path: Path) -> None:
    path = tmp_path / "changes.csv"
    path.write_text(
        "EBELN;TCODE;UDATE;UTIME;USERNAME\n450001;ME21N;20260105;081500;ANN\n450001;ME29N;20260106;101010;BEN\n"
    )
    imported = read_log(path)
    assert imported.report.dialect == "SAP" and imported.report.columns["end"] == "UDATE+UTIME"
    assert np.diff(imported.table.end).tolist() == [(25 * 3600 + 55 * 60 + 10) * 1_000_000]


# --- beginnings and ends as rows --------------------------------------------------------------------------------------


def test_beginnings_and_ends_as_rows_are_paired(tmp_path: Path) -> None:
    """First in, first out within a case, a step and a resource; an end alone keeps its beginning open."""
    lines = ["case,activity,lifecycle,timestamp,resource"]
    for step, phase, minute, who in (
        ("a", "start", 0, "x"), ("a", "start", 5, "x"), ("a", "complete", 10, "x"), ("a", "complete", 20, "x"),
        ("b", "complete", 21, "y"), ("b", "start", 22, "y"), ("b", "complete", 30, "y"),
        ("c", "start", 31, "x"), ("c", "complete", 40, "y"), ("d", "start", 41, "x"), ("e", "suspend", 42, "x"),
        ("e", "ate_abort", 43, "x"),
    ):  # fmt: skip
        lines.append(f"1,{step},{phase},2026-01-05T10:{minute:02}:00Z,{who}")
    (tmp_path / "log.csv").write_text("\n".join(lines))
    imported = read_log(tmp_path / "log.csv")
    table = imported.table
    minutes = (table.start - table.end.min()) // 60_000_000 + 10
    got = [
        (table.step_names[s], int(m), bool(e))
        for s, m, e in zip(table.step, minutes, table.start_estimated, strict=True)
    ]
    assert got == [("a", 0, False), ("a", 5, False), ("b", 20, True), ("b", 22, False), ("c", 31, False)]
    assert imported.report.unfinished == 1
    assert any("assignment or a pause" in note for note in imported.report.notes)
    assert any("given up" in note for note in imported.report.notes)


def test_where_no_row_begins_each_end_is_an_instance(tmp_path: Path) -> None:
    """Rows that schedule, assign or give up are none; one without a phase is."""
    lines = ["case,activity,lifecycle,timestamp"]
    phases = ("schedule", "complete", "assign", "complete", "", "ate_abort")
    lines += [f"1,a{n},{phase},2026-01-05T10:0{n}:00Z" for n, phase in enumerate(phases)]
    (tmp_path / "log.csv").write_text("\n".join(lines))
    imported = read_log(tmp_path / "log.csv")
    assert [imported.table.step_names[step] for step in imported.table.step] == ["a1", "a3", "a4"]
    assert imported.table.start_estimated.all() and imported.report.unfinished == 0
    assert any("given up" in note for note in imported.report.notes)


def test_a_packed_file_needs_no_name_that_says_so(tmp_path: Path) -> None:
    (tmp_path / "log.txt").write_bytes(gzip.compress(made().encode()))
    assert read_log(tmp_path / "log.txt").table.cases == 2
