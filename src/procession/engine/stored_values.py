"""What is stored, as expressions see it, as programs outside get it, and as people read it.

A calculated field takes its type from its formula, so its stored value says what it is: `{"number": "12.5"}`.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any, cast

from procession.engine.canonical import duration_of, plain_text
from procession.engine.currencies import digits_of
from procession.engine.definition import Field

Json = Any
"""What JSON can hold: None, bool, int, str, list, dict (never a float: numbers are decimal strings)."""

NUMERIC = frozenset({"number", "money", "percent", "integer", "rating"})


def to_feel(field: Field, stored: Json) -> object:
    """The value that expressions see: Decimal, date, aware datetime, timedelta, bool, str, list or dict."""
    if stored is None:
        return None
    kind = field.type
    if kind in NUMERIC:
        return Decimal(stored)
    if kind == "date":
        return date.fromisoformat(stored)
    if kind == "datetime":
        return datetime.fromisoformat(stored)
    if kind == "duration":
        return duration_of(stored)
    if kind == "table":
        columns = {column.name: column for column in field.columns}
        return [
            {name: to_feel(columns[name], value) if name in columns else value for name, value in row.items()}
            for row in stored
        ]
    if kind == "calculated":
        return untyped_to_feel(stored)
    if kind == "file":
        return {**stored, "size": Decimal(stored["size"])}
    return stored


def outward(field: Field, stored: Json) -> object:
    """The value as programs outside get it: numbers as Decimal (JSON numbers with all digits), the rest as JSON."""
    if stored is None:
        return None
    if field.type in NUMERIC:
        return Decimal(stored)
    if field.type == "table":
        columns = {column.name: column for column in field.columns}
        return [{name: outward(columns[name], cell) for name, cell in row.items() if name in columns} for row in stored]
    if field.type == "calculated":
        return untyped_outward(stored)
    return stored


def show(field: Field, stored: Json) -> str:
    """The value as people read it, in titles, mails and lists: `1,250.50 USD`, `20 %`, `Yes`, `2026-12-31`."""
    if stored is None:
        return ""
    kind = field.type
    if kind == "money":
        amount = Decimal(stored)
        if field.currency is None:
            return f"{amount:,f}"
        digits = max(digits_of(field.currency), -cast(int, amount.as_tuple().exponent))
        return f"{amount:,.{digits}f} {field.currency}"
    if kind == "percent":
        return f"{plain_text(Decimal(stored).scaleb(2))} %"
    if kind in NUMERIC:
        return f"{Decimal(stored):,f}"
    if kind == "yes/no":
        return "Yes" if stored else "No"
    if kind == "datetime":
        return stored.replace("T", " ").removesuffix("Z").removesuffix(":00") + " UTC"
    if kind == "duration":
        return show_duration(duration_of(stored))
    if kind == "choices":
        return ", ".join(stored)
    if kind == "file":
        return stored["name"]
    if kind == "table":
        return "1 row" if len(stored) == 1 else f"{len(stored)} rows"
    if kind == "calculated":
        return show_untyped(stored)
    return str(stored)


def show_duration(amount: timedelta) -> str:
    """`2 days 3 hours`; the parts that are zero are left out."""
    seconds = Decimal(abs(amount) // timedelta(microseconds=1)).scaleb(-6)
    parts: list[str] = []
    for size, name in ((86400, "day"), (3600, "hour"), (60, "minute"), (1, "second")):
        count, seconds = divmod(seconds, size) if size > 1 else (seconds, Decimal(0))
        if count:
            parts.append(f"{plain_text(count)} {name}{'' if count == 1 else 's'}")
    return ("-" if amount < timedelta(0) else "") + (" ".join(parts) or "0 minutes")


def untyped_to_feel(stored: Json) -> object:
    if isinstance(stored, list):
        return [untyped_to_feel(item) for item in cast("list[Json]", stored)]
    if not isinstance(stored, dict):
        return stored
    ((kind, inner),) = cast("dict[str, Any]", stored).items()
    if kind == "number":
        return Decimal(inner)
    if kind == "date":
        return date.fromisoformat(inner)
    if kind == "datetime":
        return datetime.fromisoformat(inner)
    if kind == "duration":
        return duration_of(inner)
    return {name: untyped_to_feel(item) for name, item in inner.items()}


def untyped_outward(stored: Json) -> object:
    if isinstance(stored, list):
        return [untyped_outward(item) for item in cast("list[Json]", stored)]
    if not isinstance(stored, dict):
        return stored
    ((kind, inner),) = cast("dict[str, Any]", stored).items()
    if kind == "context":
        return {name: untyped_outward(item) for name, item in inner.items()}
    return Decimal(inner) if kind == "number" else inner


def show_untyped(stored: Json) -> str:
    value = untyped_to_feel(stored)
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, Decimal):
        return f"{value:,f}"
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d %H:%M} UTC"
    if isinstance(value, timedelta):
        return show_duration(value)
    if isinstance(value, list):
        return ", ".join(show_untyped(item) for item in stored)
    if isinstance(value, dict):
        return ", ".join(f"{name}: {show_untyped(item)}" for name, item in stored["context"].items())
    return str(value)
