"""XES: read by r4pm where that reads all of it, else by a reader of our own that streams.

r4pm is quick and forgiving: what it does not understand becomes nothing or zero, and a line on its error output. So it
runs in a process of its own, and its result counts only when it said nothing and gave as many events as the file has.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from xml.parsers import expat

import duckdb
from duckdb import DuckDBPyConnection

from procession.interchange.event_log.errors import LogFileError
from procession.interchange.event_log.gathering import Raw, quoted
from procession.interchange.event_log.report import Progress, Report
from procession.interchange.event_log.rows import Rows
from procession.interchange.event_log.source import is_compressed, pieces
from procession.interchange.event_log.xes_stream import Reader

MOST_AT_ONCE = 1 << 30
"""Bytes of a file from which on it is streamed: r4pm holds the whole log in memory."""

LONGEST = 900
"""Seconds r4pm may take."""

_EVENT = re.compile(rb"<event[\s/>]")
_WITHOUT_ZONE = re.compile(rb"<date\s[^>]*value=[\"'][^\"']*T[0-9:]+(\.[0-9]+)?[\"']")
_DECLARED = re.compile(rb"<!DOCTYPE|<!ENTITY", re.IGNORECASE)


def load(con: DuckDBPyConnection, path: Path, folder: Path, report: Report, progress: Progress | None) -> Raw:
    """Read the file into the table `raw`. Entities and document types are refused: they can name files and networks."""
    plain, events, is_simple = _looked_through(path, folder, report.name, progress)
    report.encoding = "UTF-8"
    if is_simple and (raw := _by_r4pm(con, plain, folder, events)) is not None:
        return raw
    return _by_own_reader(con, plain, folder, report, progress)


def _looked_through(path: Path, folder: Path, name: str, progress: Progress | None) -> tuple[Path, int, bool]:
    """The unpacked file, its number of events, and whether r4pm may read it."""
    packed = is_compressed(path)
    plain = folder / "log.xes" if packed else path
    out = plain.open("wb") if packed else None
    events, size, is_simple, tail, inside = 0, 0, True, b"", False
    try:
        for piece in pieces(path, progress):
            if not inside:
                if _DECLARED.search(tail + piece):
                    raise _declared(name)
                inside = b"<trace" in piece
            if size == 0:
                is_simple = not _WITHOUT_ZONE.search(piece) and not piece.startswith((b"\xff\xfe", b"\xfe\xff"))
            seen = tail + piece
            events += len(_EVENT.findall(seen)) - len(_EVENT.findall(tail))
            tail = seen[-9:]
            size += len(piece)
            if out:
                out.write(piece)
    finally:
        if out:
            out.close()
    return plain, events, is_simple and size <= MOST_AT_ONCE


def _declared(name: str) -> LogFileError:
    return LogFileError(
        f"'{name}' declares a document type or entities, which are not read: they can name files and networks.",
        "Export the log again without <!DOCTYPE …>.",
    )


def _by_r4pm(con: DuckDBPyConnection, path: Path, folder: Path, events: int) -> Raw | None:
    target = folder / "events.parquet"
    command = [sys.executable, "-m", "procession.interchange.event_log.xes_by_r4pm", str(path.resolve()), str(target)]
    try:
        done = subprocess.run(command, capture_output=True, timeout=LONGEST, check=False)
    except subprocess.TimeoutExpired:
        return None
    if done.returncode != 0 or done.stderr or not target.exists():
        return None
    try:
        described = con.execute(f"describe select * from read_parquet('{target}')").fetchall()
    except duckdb.Error:  # no column at all
        return None
    fields = [
        f"timezone('UTC', {quoted(column)}) as {quoted(column)}" if kind == "TIMESTAMP" else quoted(column)
        for column, kind, *_ in described
    ]
    con.execute(f"create table raw as select {', '.join(fields)} from read_parquet('{target}')")
    if (con.execute("select count(*) from raw").fetchone() or (0,))[0] != events:
        con.execute("drop table raw")
        return None
    return Raw(con, {row[0]: str(row[1]) for row in con.execute("describe raw").fetchall()})


def _by_own_reader(con: DuckDBPyConnection, path: Path, folder: Path, report: Report, progress: Progress | None) -> Raw:
    rows = Rows(folder)
    reader = Reader(rows.add)
    try:
        for piece in pieces(path, progress):
            reader.feed(piece)
        reader.close()
    except expat.ExpatError as problem:
        raise LogFileError(
            f"'{report.name}' is no whole XML: {expat.ErrorString(problem.code)}, at line {problem.lineno}.",
            "Export or copy the file again.",
        ) from None
    except PermissionError:
        raise _declared(report.name) from None
    if not reader.is_log:
        raise LogFileError(f"'{report.name}' is XML, but no XES: its first element is not <log>.")
    if reader.stray:
        report.notes.append(f"{reader.stray:,} events belong to no trace; they are left out.")
    return rows.into(con)
