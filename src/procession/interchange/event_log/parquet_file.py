"""Parquet: typed columns, read as they are."""

from __future__ import annotations

from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection

from procession.interchange.event_log.errors import LogFileError
from procession.interchange.event_log.gathering import Raw, quoted
from procession.interchange.event_log.report import Report

_NESTED = ("STRUCT", "MAP", "UNION", "LIST", "BLOB", "ENUM", "UUID")


def load(con: DuckDBPyConnection, path: Path, report: Report) -> Raw:
    """Read the file into the table `raw`; what is nested becomes its text."""
    source = "'" + str(path).replace("'", "''") + "'"
    try:
        described = con.execute(f"describe select * from read_parquet({source})").fetchall()
        fields = [
            f"{quoted(name)}::varchar as {quoted(name)}"
            if type_.startswith(_NESTED) or type_.endswith("[]")
            else quoted(name)
            for name, type_, *_ in described
        ]
        con.execute(f"create table raw as select {', '.join(fields)} from read_parquet({source})")
    except duckdb.Error as problem:
        first = str(problem).strip().splitlines()[0].replace(str(path), report.name)
        raise LogFileError(
            f"'{report.name}' is damaged: it cannot be read as Parquet ({first}).", "Export or copy the file again."
        ) from None
    types = {row[0]: str(row[1]) for row in con.execute("describe raw").fetchall()}
    return Raw(con, types)
