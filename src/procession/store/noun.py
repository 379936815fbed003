"""What the stores of all nouns share."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from sqlalchemy import CursorResult

if TYPE_CHECKING:
    from procession.store.transaction import Transaction

T = TypeVar("T")


class Noun:
    """The rows of one noun, within a transaction."""

    def __init__(self, tx: Transaction) -> None:
        self.tx = tx
        self.run = tx.run
        self.rows_of = tx.rows_of

    def all(self, kind: type[T], statement: str, /, **parameters: Any) -> list[T]:
        """The rows as values of a dataclass whose fields are the statement's columns, in order."""
        return values(kind, self.run(statement, **parameters))

    def one(self, kind: type[T], statement: str, /, **parameters: Any) -> T | None:
        """The first row, or None."""
        row = self.run(statement, **parameters).first()
        return kind(*row) if row is not None else None


def values(kind: type[T], rows: CursorResult[Any] | Iterable[Any]) -> list[T]:
    """Rows as values."""
    return [kind(*row) for row in rows]


def like(text: str) -> str:
    """A pattern for ILIKE that finds the text anywhere, whatever characters it holds."""
    escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{escaped}%"


MOST_COUNTED = 1000
"""So many are counted for a badge, and no more: what it costs must not grow with what waits."""


def up_to_most(rows: str) -> str:
    """An expression that counts the rows of a SELECT, as far as `:most`."""
    return f"(SELECT count(*) FROM ({rows} LIMIT :most) counted)"
