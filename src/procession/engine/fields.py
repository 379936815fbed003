"""The values of fields: from what somebody sent, to what is stored, to what expressions see, to what people read.

```
raw (JSON or form text) ── coerce ──▶ stored JSON ── to_feel ──▶ value of an expression
                                          ▲  └────── show ─────▶ text for titles and mails
                                          └──────── from_feel ── value of an expression
```
A stored value is canonical: the same value is always the same JSON. Numbers, money and percent are decimal strings
without superfluous zeros, integers likewise; a yes/no is a boolean; dates are `2026-12-31`; moments are UTC
(`2026-12-31T09:00:00Z`); durations are ISO 8601 in days, hours, minutes and seconds; choices and tables are lists; a
person or group is its id; a file is `{id, name, size, sha256}`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import cast

from procession.engine.canonical import UNSTORABLE, decimal_of, iso_duration, kind_of, plain_text, rounded
from procession.engine.currencies import digits_of
from procession.engine.definition import Field
from procession.engine.field_input import (
    LONG_TEXT_LIMIT,
    ROW_LIMIT,
    TEXT_LIMIT,
    WITH_LIMITS,
    coerce,
    date_meant,
    is_missing,
    limit_of,
)
from procession.engine.rejections import InvalidField
from procession.engine.stored_values import NUMERIC, Json, outward, show, show_duration, to_feel

__all__ = [
    "LONG_TEXT_LIMIT", "NUMERIC", "ROW_LIMIT", "TEXT_LIMIT", "WITH_LIMITS", "Json", "coerce", "date_meant", "from_feel",
    "is_missing", "limit_of", "outward", "show", "show_duration", "to_feel",
]  # fmt: skip


def from_feel(field: Field, value: object) -> Json:
    """What is stored for the result of an expression. Raises `InvalidField` where it does not fit the field's type."""
    if value is None:
        return None
    kind = field.type
    if kind == "calculated":
        return _untyped_from_feel(field, value)
    if kind in NUMERIC:
        if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
            raise _misfit(field, value)
        if kind == "money" and field.currency and isinstance(value, Decimal):
            value = value.quantize(Decimal(1).scaleb(-digits_of(field.currency))) if value.is_finite() else value
    elif kind == "yes/no":
        if not isinstance(value, bool):
            raise _misfit(field, value)
    elif kind == "date":
        if not isinstance(value, date) or isinstance(value, datetime):
            raise _misfit(field, value)
    elif kind == "datetime":
        if not isinstance(value, datetime):
            raise _misfit(field, value)
    elif kind == "duration":
        if not isinstance(value, timedelta):
            raise _misfit(field, value)
    elif kind == "choices":
        value = cast("list[object]", value) if isinstance(value, list) else [value]
    elif kind == "table":
        return _rows_from_feel(field, value)
    elif kind == "file":
        if not isinstance(value, Mapping):
            raise _misfit(field, value)
        known = cast("Mapping[str, object]", value)
        value = {name: int(v) if isinstance(v, Decimal) else v for name, v in known.items()}
    elif not isinstance(value, str):
        raise _misfit(field, value)
    return coerce(field, value)


def _rows_from_feel(field: Field, value: object) -> Json:
    rows = cast("list[object]", value) if isinstance(value, (list, tuple)) else [value]
    columns = {column.name: column for column in field.columns}
    plain: list[object] = []
    for row in rows:
        if not isinstance(row, Mapping):
            raise _misfit(field, row)
        cells = cast("Mapping[str, object]", row)
        plain.append({n: from_feel(columns[n], v) if n in columns else v for n, v in cells.items()})
    return coerce(field, plain)


def _untyped_from_feel(field: Field, value: object) -> Json:
    """A calculated field takes its type from its formula, so a stored value says what it is: `{"number": "12.5"}`."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, (int, Decimal)):
        number = decimal_of(rounded(Decimal(value)))
        if number is None:
            raise InvalidField(field.name, f"{field.title} is too large a number.")
        return {"number": plain_text(number)}
    if isinstance(value, str):
        if UNSTORABLE.search(value) or len(value) > LONG_TEXT_LIMIT:
            raise InvalidField(field.name, f"{field.title} is too long or holds a character that cannot be stored.")
        return value
    if isinstance(value, datetime):
        return {"datetime": coerce(Field(name=field.name, label=field.label, type="datetime"), value)}
    if isinstance(value, date):
        return {"date": value.isoformat()}
    if isinstance(value, timedelta):
        return {"duration": iso_duration(value)}
    if isinstance(value, (list, tuple)):
        return [_untyped_from_feel(field, item) for item in cast("list[object]", value)]
    if isinstance(value, Mapping):
        entries = cast("Mapping[str, object]", value)
        return {"context": {str(name): _untyped_from_feel(field, item) for name, item in entries.items()}}
    raise _misfit(field, value)


_UNEVEN = {
    "MonthsDuration": ("months", " Months have no fixed length: keep the date (start + 1 month), or write days."),
    "BusinessDuration": (
        "business time",
        " Business time needs a calendar: keep the date (start + 2 business days), or write hours.",
    ),
}
"""Durations that a field cannot hold, by the name of their type: this module knows nothing of expressions."""


def _misfit(field: Field, value: object) -> InvalidField:
    wanted = {"yes/no": "yes or no", "choices": "a list", "table": "a list of rows"}.get(field.type, f"a {field.type}")
    said, reason = _UNEVEN.get(type(value).__name__, (kind_of(value), ""))
    return InvalidField(field.name, f"{field.title} must be {wanted}, not {said}.{reason}")
