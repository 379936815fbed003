"""XES: by a compiled scan where the file is of the plain kind, as nearly all are; else by a reader of all XML that streams.

The scan gives up at whatever it does not know, so that both give the same.
"""

from __future__ import annotations

from pathlib import Path
from xml.parsers import expat

from duckdb import DuckDBPyConnection

from procession.interchange.event_log.errors import LogFileError
from procession.interchange.event_log.gathering import Raw
from procession.interchange.event_log.report import Progress, Report
from procession.interchange.event_log.rows import Rows
from procession.interchange.event_log.source import is_compressed, pieces
from procession.interchange.event_log.xes_stream import Reader

SCANNED_FROM = 1 << 21
"""Bytes of a file from which on the compiled scan is worth the moment it takes to load."""


def load(con: DuckDBPyConnection, path: Path, folder: Path, report: Report, progress: Progress | None) -> Raw:
    """Read the file into the table `raw`. Entities and document types are refused: they can name files and networks."""
    plain = _unpacked(path, folder, progress) if is_compressed(path) else path
    report.encoding = "UTF-8"
    if plain.stat().st_size >= SCANNED_FROM:
        from procession.interchange.event_log import xes_scan

        try:
            if (raw := xes_scan.load(con, plain, progress)) is not None:
                return raw
        except PermissionError:
            raise _declared(report.name) from None
    return streamed(con, plain, folder, report, progress)


def _unpacked(path: Path, folder: Path, progress: Progress | None) -> Path:
    plain = folder / "log.xes"
    with plain.open("wb") as out:
        for piece in pieces(path, progress):
            out.write(piece)
    return plain


def _declared(name: str) -> LogFileError:
    return LogFileError(
        f"'{name}' declares a document type or entities, which are not read: they can name files and networks.",
        "Export the log again without <!DOCTYPE …>.",
    )


def streamed(con: DuckDBPyConnection, path: Path, folder: Path, report: Report, progress: Progress | None) -> Raw:
    """Read the file by the reader of all XML, at about a tenth of the speed."""
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
        raise LogFileError(
            f"'{report.name}' is XML, but no XES: its first element is not <log>.",
            "Export the log as XES, CSV, OCEL 2.0 (JSON) or Parquet.",
        )
    if reader.stray:
        report.notes.append(f"{reader.stray:,} events belong to no trace; they are left out.")
    return rows.into(con)
