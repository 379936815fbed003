"""Read a log, whatever its format, into an `InstanceTable` and an account of what was read."""

from __future__ import annotations

import tempfile
from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

import duckdb
from duckdb import DuckDBPyConnection

from procession.analytics.instances import InstanceTable
from procession.interchange.event_log import csv_file, ocel_file, parquet_file, source, xes_file
from procession.interchange.event_log.building import build
from procession.interchange.event_log.columns import Columns, recognise
from procession.interchange.event_log.errors import LogFileError
from procession.interchange.event_log.gathering import Raw, example_of, gather, holds_moments
from procession.interchange.event_log.moments import check_zone
from procession.interchange.event_log.report import Progress, Report
from procession.interchange.event_log.words import ROLES

Format = Literal["csv", "xes", "ocel", "parquet"]

MEMORY = "2GB"
"""What DuckDB may hold in memory while reading; beyond that it writes into the folder."""

ON_DISK_FROM = 200 << 20
"""Bytes of a file from which on the raw rows are kept on disk rather than in memory."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What whoever brings a log can say about it. What is left out is found out."""

    columns: Mapping[str, str] = field(default_factory=dict[str, str])
    """By meaning (`case`, `step`, `end`, …) the column that has it; two joined by a plus are a date and a time of day."""
    left_out: frozenset[str] = frozenset()
    """Meanings that no column is taken for, whatever its name."""
    zone: str = "UTC"
    """The time zone of moments that name none."""
    day_first: bool | None = None
    """Whether 1/2/2026 is the first of February; None: told by the column, or asked."""
    separator: str | None = None
    encoding: str | None = None
    object_type: str | None = None
    """Of OCEL: which objects are the cases."""
    format: Format | None = None
    """None: told by the file's content and name."""


@dataclass(frozen=True, slots=True)
class Imported:
    """A log that was read."""

    table: InstanceTable
    report: Report


@dataclass(frozen=True, slots=True)
class Preview:
    """The beginning of a log, before it is imported."""

    names: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    columns: Columns | None
    """What the columns seem to mean; None where that could not be told."""
    problem: str = ""
    format: str = ""


def read_log(path: Path, options: Options | None = None, progress: Progress | None = None) -> Imported:
    """Read a log. Raises `LogFileError` with a sentence and a hint where nothing can be read.

    Memory does not grow with the file but with the number of instances: about a hundred bytes each.
    """
    options = options or Options()
    check_zone(options.zone)
    with _loaded(path, options, progress) as (raw, report), _telling_rows(report):
        if progress is not None:
            progress("recognising columns", 0.0)
        if not (raw.con.execute("select count(*) from raw").fetchone() or (0,))[0]:
            report.rows = report.error_count
            raise LogFileError(
                _nothing(report), LOOK if report.errors else "A log has a header and a row for each event."
            )
        columns = recognise(
            tuple(raw.types), lambda name: holds_moments(raw, name), options.columns, options.left_out,
            lambda name: example_of(raw, name),
        )  # fmt: skip
        report.dialect = columns.dialect
        report.columns = {role: columns.by_role[role] for role in ROLES if role in columns.by_role}
        report.other_columns = list(columns.others)
        whole = raw
        if columns.dialect == "Procession" and report.format == "CSV":
            whole = replace(raw, is_guarded=True)
        traits = gather(whole, columns, report, options.zone, options.day_first)
        if progress is not None:
            progress("ordering", 0.5)
        table = build(raw.con, traits, report)
        if not len(table):
            raise LogFileError(_nothing(report), LOOK)
    if progress is not None:
        progress("done", 1.0)
    return Imported(table, report)


LOOK = "Look at the rows that were left out: each has its reason."


@contextmanager
def _telling_rows(report: Report) -> Generator[None]:
    """Where nothing can be read, the reason of each row goes along."""
    try:
        yield
    except LogFileError as problem:
        if report.errors:
            problem.row_errors = report.errors_as_csv()
        raise


def _nothing(report: Report) -> str:
    if not report.rows:
        return f"'{report.name}' has no events."
    first = f" Row {report.errors[0].row}: {report.errors[0].reason}." if report.errors else ""
    if report.rows == 1:
        return f"The only row of '{report.name}' is no finished step of a case.{first}"
    return f"None of the {report.rows:,} rows of '{report.name}' is a finished step of a case.{first}"


def preview(path: Path, options: Options | None = None, rows: int = 20) -> Preview:
    """The first rows, and what the columns seem to mean."""
    options = options or Options()
    with _loaded(path, options, None) as (raw, report):
        found = raw.con.execute(f"select * from raw limit {rows}").fetchall()
        shown = tuple(tuple("" if cell is None else str(cell)[:200] for cell in row) for row in found)
        try:
            columns = recognise(
                tuple(raw.types), lambda name: holds_moments(raw, name), options.columns, options.left_out,
                lambda name: example_of(raw, name),
            )  # fmt: skip
        except LogFileError as problem:
            return Preview(tuple(raw.types), shown, None, str(problem), report.format)
        return Preview(tuple(raw.types), shown, columns, format=report.format)


@contextmanager
def _loaded(path: Path, options: Options, progress: Progress | None) -> Generator[tuple[Raw, Report]]:
    if not path.is_file():
        raise LogFileError(f"There is no file '{path}'.")
    if not path.stat().st_size:
        raise LogFileError(f"'{path.name}' is empty.", "A log has a header and a row for each event.")
    if path.suffix.lower() == ".gz" and not source.is_compressed(path):
        raise LogFileError(
            f"'{path.name}' is named .gz and is not packed with gzip.", "Take .gz off its name, or copy it again."
        )
    kind = options.format or _format(path)
    report = Report(path.name, {"csv": "CSV", "xes": "XES", "ocel": "OCEL 2.0 JSON", "parquet": "Parquet"}[kind])
    with tempfile.TemporaryDirectory(prefix="procession-log-") as name:
        folder = Path(name)
        con = connect(folder, on_disk=path.stat().st_size > ON_DISK_FROM)
        try:
            yield _load(kind, con, path, folder, options, report, progress), report
        finally:
            con.close()


def connect(folder: Path, *, on_disk: bool = False) -> DuckDBPyConnection:
    """A database that stays within its memory, loads nothing and asks no network."""
    con = duckdb.connect(str(folder / "log.duckdb") if on_disk else ":memory:")
    con.execute(f"set memory_limit = '{MEMORY}'; set temp_directory = '{folder / 'spilled'}'")
    con.execute("set autoinstall_known_extensions = false; set autoload_known_extensions = false; set TimeZone = 'UTC'")
    return con


def _load(
    kind: Format,
    con: DuckDBPyConnection,
    path: Path,
    folder: Path,
    options: Options,
    report: Report,
    progress: Progress | None,
) -> Raw:
    if kind == "parquet":
        return parquet_file.load(con, path, report)
    if kind == "xes":
        return xes_file.load(con, path, folder, report, progress)
    if kind == "ocel":
        return ocel_file.load(con, path, folder, report, options.object_type, progress)
    text = source.as_text(path, folder, options.encoding, progress)
    report.encoding = text.encoding
    return csv_file.load(con, text, report, options.separator)


def _format(path: Path) -> Format:
    """By what is in the file: Parquet and XML and JSON say so in their first letters."""
    start = next(source.pieces(path), b"")
    if start.startswith(b"PAR1"):
        return "parquet"
    letters = start[:4096].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    if letters.startswith(b"<"):
        return "xes"
    if letters.startswith(b"[") and path.name.lower().removesuffix(".gz").endswith((".json", ".jsonocel")):
        return "ocel"
    return "ocel" if letters.startswith(b"{") else "csv"
