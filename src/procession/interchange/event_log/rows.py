"""Rows whose columns become known only while they come: kept in parts on disk, joined at the end."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

from duckdb import DuckDBPyConnection

from procession.interchange.event_log.gathering import Raw, quoted

PART = 50_000
"""Rows of one part."""


class Rows:
    """Collects rows; memory holds one part."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.waiting: list[Mapping[str, str]] = []
        self.parts: list[tuple[Path, tuple[str, ...]]] = []

    def add(self, row: Mapping[str, str]) -> None:
        """Take one row: its values by column."""
        self.waiting.append(row)
        if len(self.waiting) == PART:
            self._write()

    def _write(self) -> None:
        names = tuple(dict.fromkeys(name for row in self.waiting for name in row))
        path = self.folder / f"part-{len(self.parts)}.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerows([row.get(name, "") for name in names] for row in self.waiting)
        self.parts.append((path, names))
        self.waiting = []

    def into(self, con: DuckDBPyConnection) -> Raw:
        """Make the table `raw` of all that was added."""
        if self.waiting or not self.parts:
            self._write()
        shown = _apart(dict.fromkeys(name for _, some in self.parts for name in some))
        names = tuple(shown.values())
        con.execute(f"create table raw ({', '.join(f'{quoted(name)} varchar' for name in names or ('nothing',))})")
        for path, some in self.parts:
            if not some:
                continue
            columns = ", ".join("'" + shown[name].replace("'", "''") + "': 'VARCHAR'" for name in some)
            con.execute(
                f"insert into raw by name select * from read_csv('{str(path).replace(chr(39), chr(39) * 2)}', delim = ',', "
                f"quote = '\"', escape = '\"', header = false, auto_detect = false, nullstr = '', columns = {{{columns}}}, "
                "max_line_size = 67108864, buffer_size = 268435456, new_line = '\\n')"
            )
            path.unlink()
        return Raw(con, dict.fromkeys(names, "VARCHAR"))


def _apart(names: Iterable[str]) -> dict[str, str]:
    """A name for each column that no other has; a database takes small and large letters for the same."""
    shown: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        other = name
        while other.lower() in taken:
            other += " (again)"
        taken.add(other.lower())
        shown[name] = other
    return shown
