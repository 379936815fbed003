"""What the descriptions of the tables share."""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Column,
    DateTime,
    MetaData,
    Text,
    Uuid,
    text,
)

metadata = MetaData()

NOW = text("now()")
EMPTY_TEXT = text("''")
EMPTY_JSON = text("'{}'")
FALSE = text("false")
TRUE = text("true")


def id_type() -> Uuid[str]:
    return Uuid(as_uuid=False)


def moment_type() -> DateTime:
    return DateTime(timezone=True)


def needed(name: str, type_: Any, **more: Any) -> Column[Any]:
    """A column that must have a value."""
    return Column(name, type_, nullable=False, **more)


def organisation_column() -> Column[str]:
    return Column("organisation", Text, nullable=False)
