"""CSV: how the cells are separated, what the columns are called, and the rows that do not fit."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from procession.interchange.event_log.errors import LogFileError
from procession.interchange.event_log.gathering import Raw
from procession.interchange.event_log.report import Report
from procession.interchange.event_log.source import Text

SEPARATORS = ",;\t|"
LONGEST_ROW = 16 << 20
"""Bytes of a row; a longer one ends the reading with a sentence."""

MOST_COLUMNS = 1000
_NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}


def load(con: DuckDBPyConnection, text: Text, report: Report, separator: str | None = None) -> Raw:
    """Read the file into the table `raw`, all cells as text; rows with too few or too many cells are accounted for."""
    head = _head(text.path)
    if not head.strip():
        raise LogFileError(f"'{report.name}' is empty.", "A log has a header and a row for each event.")
    between = separator or _separator(head)
    names = _header(head, between, report.name)
    report.separator = _NAMES.get(between, between)
    columns = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in names)
    options = (
        f"delim = {_text(between)}, quote = '\"', escape = '\"', header = true, auto_detect = false, nullstr = '', "
        f"columns = {{{columns}}}, max_line_size = {LONGEST_ROW}, buffer_size = {4 * LONGEST_ROW}, store_rejects = true, "
        "rejects_limit = 0, null_padding = false, new_line = '\\n', strict_mode = true"
    )
    try:
        con.execute(f"create table raw as select * from read_csv({_text(str(text.path))}, {options})")
    except duckdb.Error as problem:
        raise _said(report.name, problem) from None
    left_out = _refused(con, report)
    return Raw(con, dict.fromkeys(names, "VARCHAR"), first_row=2, left_out=left_out)


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _head(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return file.read(1 << 16)


def _separator(head: str) -> str:
    """The one that splits the first lines into the most columns, as many in each."""
    best, most = ",", 0.0
    for one in SEPARATORS:
        rows = [len(row) for row in _rows(head, one)[:50]]
        rows = rows[:-1] if len(rows) > 2 else rows  # the last one may be cut
        if not rows or rows[0] < 2:
            continue
        score = rows[0] * sum(count == rows[0] for count in rows) / len(rows)
        if score > most:
            best, most = one, score
    return best


def _rows(head: str, separator: str) -> list[list[str]]:
    csv.field_size_limit(LONGEST_ROW)
    try:
        return [row for row in csv.reader(io.StringIO(head), delimiter=separator) if row]
    except csv.Error:
        return []


def _header(head: str, separator: str, name: str) -> list[str]:
    rows = _rows(head, separator)
    first = rows[0] if rows else []
    if len(first) < 2:
        raise LogFileError(
            f"'{name}' has one column only, '{(first or [''])[0][:60]}'.",
            "A log has at least a case, a step and a time; name what separates them with --separator.",
        )
    if len(first) > MOST_COLUMNS:
        raise LogFileError(f"'{name}' has {len(first):,} columns, and the limit is {MOST_COLUMNS:,}.")
    names: list[str] = []
    for place, cell in enumerate(first, 1):
        said = cell.strip() or f"column {place}"
        while said.casefold() in (one.casefold() for one in names):
            said += " (again)"
        names.append(said)
    return names


def _refused(con: DuckDBPyConnection, report: Report) -> list[int]:
    """Account for the rows that do not fit; gives their numbers in order."""
    rows = con.execute(
        "select line, min(error_type::varchar), min(error_message) from reject_errors group by line order by line"
    ).fetchall()
    for line, kind, message in rows:
        reason = _REASONS.get(kind, f"it cannot be read: {str(message).splitlines()[0]}")
        report.fail(int(line), _UNCLOSED if "unterminated" in str(message) else reason)
    con.execute("drop table reject_errors; drop table reject_scans")
    return [int(row[0]) for row in rows]


_UNCLOSED = "a quotation mark opens in it and is never closed, so that nothing after it could be read"
_REASONS = {
    "MISSING COLUMNS": "it has fewer cells than the header",
    "TOO MANY COLUMNS": "it has more cells than the header",
    "UNQUOTED VALUE": "a quotation mark stands inside a cell",
    "LINE SIZE OVER MAXIMUM": f"it is longer than {LONGEST_ROW >> 20} MB",
    "INVALID ENCODING": "it is no text",
}


def _said(name: str, problem: Exception) -> LogFileError:
    first = str(problem).strip().splitlines()[0]
    if "aximum line size" in str(problem) or "buffer" in str(problem):
        return LogFileError(f"'{name}' has a row longer than {LONGEST_ROW >> 20} MB, which is the limit.")
    return LogFileError(f"'{name}' cannot be read as CSV: {first}", "Is the separator right? Name it with --separator.")
