"""What can be wrong with a log as a whole.

LogFileError
    AmbiguousDates    the file can be read in two ways, and whoever brings it has to say which
    CasesUnknown      OCEL: which objects are the cases could not be told
    ColumnsUnknown    what the columns mean could not be told
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence


class LogFileError(Exception):
    """A log that cannot be read; the message says what is wrong and where, the hint what would be right."""

    def __init__(self, sentence: str, hint: str = "") -> None:
        super().__init__(sentence)
        self.hint = hint
        self.row_errors = ""
        """Why each row was left out, as CSV; empty where it did not come to single rows."""


class AmbiguousDates(LogFileError):
    """Every date of a column reads as day/month and as month/day."""

    def __init__(self, column: str, example: str) -> None:
        super().__init__(
            f"The dates of column '{column}' read in two ways: '{example}' may begin with the day or with the month.",
            "Say which it is: --dates day-first or --dates month-first.",
        )
        self.column = column
        self.example = example


class CasesUnknown(LogFileError):
    """Several types of objects could be the cases."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        listed = ", ".join(f"'{kind}' ({count:,})" for kind, count in counts.items()) or "none"
        super().__init__(f"Which objects are the cases? There are {listed}.", "Say which with --object-type TYPE.")
        self.types = tuple(counts)


class ColumnsUnknown(LogFileError):
    """The file has no column that could be what is missing."""

    def __init__(
        self, missing: Sequence[str], columns: Sequence[str], no_moments: tuple[str, str] | None = None
    ) -> None:
        """`no_moments`: a column that is called like the time, and a value of it that is none."""
        shown = ", ".join(f"'{name}'" for name in columns[:30]) + (", …" if len(columns) > 30 else "")
        called = (
            f" '{no_moments[0]}' is called like one, but holds no moments, such as '{no_moments[1]}'."
            if no_moments
            else ""
        )
        super().__init__(
            f"No column was found for {' and '.join(missing)}.{called} The columns are {shown}.",
            "Write moments like 2026-12-31 08:15 or 31.12.2026 08:15, or name another column: --column end='Changed at'."
            if no_moments
            else "Name them by hand, such as --column case='Order number' --column step=Status --column end='Changed at'.",
        )
        self.missing = tuple(missing)
        self.columns = tuple(columns)
