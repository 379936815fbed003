"""What was read and what was not: the account that every import gives."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from procession.interchange.event_log.cells import harmless

MOST_ERRORS = 10_000
"""Row errors that are kept one by one; further ones are counted."""

Progress = Callable[[str, float], None]
"""Is told what is being done and which share of it is done, from 0 to 1."""


@dataclass(frozen=True, slots=True)
class RowError:
    """A row that was left out."""

    row: int
    """Its number in the file: of a CSV file the header is row 1, of other formats the first event is 1."""
    reason: str


@dataclass(slots=True)
class Report:
    """How a file became a table. Counts are of rows of the file, unless they say otherwise."""

    name: str
    """The file's."""
    format: str
    encoding: str = ""
    separator: str = ""
    dialect: str = ""
    """Whose way to name columns it follows, where that was recognised."""
    columns: dict[str, str] = field(default_factory=dict[str, str])
    """By what it means, the column that was taken for it."""
    other_columns: list[str] = field(default_factory=list[str])
    """Columns that became traits of cases or instances."""
    rows: int = 0
    """Data rows or events in the file."""
    duplicates: int = 0
    """Rows equal to an earlier one in every column; left out."""
    instances: int = 0
    cases: int = 0
    steps: int = 0
    resources: int = 0
    unfinished: int = 0
    """Instances that were begun and not ended; left out."""
    without_resource: int = 0
    """Instances of which nobody says who did them."""
    without_start: int = 0
    """Instances of which only the end is recorded; their beginning is estimated."""
    ready_recorded: int = 0
    """Instances of which the log says when they could have been begun."""
    errors: list[RowError] = field(default_factory=list[RowError])
    error_count: int = 0
    notes: list[str] = field(default_factory=list[str])
    """What to know before a figure is believed, a sentence each."""

    def fail(self, row: int, reason: str) -> None:
        """Count a row that was left out, and keep it while there is room."""
        self.error_count += 1
        if len(self.errors) < MOST_ERRORS:
            self.errors.append(RowError(row, reason))

    def errors_as_csv(self) -> str:
        """The row errors as a file to download; cells that a spreadsheet would calculate are made harmless."""
        out = io.StringIO()
        writer = csv.writer(out)
        writer.writerow(["row", "reason"])
        writer.writerows([one.row, harmless(one.reason)] for one in sorted(self.errors, key=lambda one: one.row))
        if self.error_count > len(self.errors):
            writer.writerow(["", f"and {self.error_count - len(self.errors)} more"])
        return out.getvalue()

    def as_json(self) -> Mapping[str, Any]:
        """The account for programs; at most a hundred row errors."""
        plain = {name: getattr(self, name) for name in self.__slots__ if name != "errors"}
        return plain | {"errors": [{"row": one.row, "reason": one.reason} for one in self.errors[:100]]}
