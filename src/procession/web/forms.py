"""Forms: what a field shows, and what comes back when the form is sent.

`Field` is a value that the macro `ui.field` draws. `read` turns what a browser sent into the values an operation
takes; it judges nothing beyond what the browser's own controls could have got wrong, since the engine checks every
value again and names the field that is wrong.

Names on the wire: `amount` · `lines.0.item` for a row of a table · `wait.n` and `wait.unit` for a duration.
A button named `_add_row` asks for one more row of the table that is its value, `_remove_row` for one less
(`lines.2`), so that tables work without JavaScript.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, tzinfo
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Protocol

FieldType = Literal[
    "text",
    "long text",
    "integer",
    "number",
    "money",
    "percent",
    "yes/no",
    "date",
    "datetime",
    "duration",
    "choice",
    "choices",
    "rating",
    "email",
    "url",
    "file",
    "person",
    "group",
    "table",
    "calculated",
]


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to choose."""

    value: str
    label: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of a form, ready to be drawn."""

    name: str
    """Its name on the wire."""
    label: str
    type: FieldType = "text"
    value: Any = None
    """The value as the engine keeps it, or, after a refusal, the text as it was typed."""
    shown: str = ""
    """How a calculated or read-only value reads; without it the value itself is shown."""
    required: bool = False
    hint: str = ""
    error: str = ""
    options: Sequence[Option] = ()
    """What can be chosen: for choice, choices, person, group."""
    currency: str = ""
    unit: str = ""
    """What a number counts, written after it."""
    min: Any = None
    max: Any = None
    accept: str = ""
    """File endings or media types, as the `accept` attribute takes them."""
    columns: Sequence[Field] = ()
    """The columns of a table."""
    rows: Sequence[Mapping[str, Any]] = ()
    """The rows of a table, by column name."""
    errors: Mapping[str, str] | None = None
    """Errors inside a table, by `row.column`, such as `0.amount`."""
    read_only: bool = False
    autocomplete: str = ""
    wide: bool = True
    """Whether it takes the whole width of the form or half of it."""
    conditional: bool = False
    """Whether what stands in other fields decides if it is asked, or needed."""
    visible: bool = True
    """False while its condition does not hold."""

    @property
    def state(self) -> Literal["hidden", "asked", "required"]:
        """How a page shows it."""
        return "hidden" if not self.visible else "required" if self.required else "asked"

    @property
    def stars(self) -> Sequence[Option]:
        """Of a rating: what can be chosen, the worst first."""
        lowest, highest = int(self.min if self.min is not None else 1), int(self.max if self.max is not None else 5)
        return [Option(str(one), str(one)) for one in range(lowest, highest + 1)]

    def cell(self, row: int | str, column: Field) -> Field:
        """The field in one cell of this table; row `__row__` is the pattern for new rows."""
        known = row if isinstance(row, int) and row < len(self.rows) else None
        return replace(
            column,
            name=f"{self.name}.{row}.{column.name}",
            label=f"{column.label}, row {row + 1}" if isinstance(row, int) else column.label,
            value=None if known is None else self.rows[known].get(column.name),
            error=(self.errors or {}).get(f"{row}.{column.name}", ""),
            required=False,  # an empty row does not count, so the browser must not insist on its cells
        )


class FormData(Protocol):
    """What a form sent: Starlette's FormData has this shape."""

    def __iter__(self) -> Iterator[str]:
        """The names sent."""
        ...

    def getlist(self, key: str) -> Sequence[Any]:
        """All values sent under a name."""
        ...


_ISO_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")
DURATION_UNITS = (("minutes", "minutes"), ("hours", "hours"), ("days", "days"), ("weeks", "weeks"))


def duration_parts(value: str | None) -> tuple[str, str]:
    """`("2", "days")` of `P2D`: the largest unit that needs no fraction."""
    found = _ISO_DURATION.fullmatch(value or "")
    if not found or not value or value == "P":
        return (value or "", "days") if not found else ("", "days")
    days, hours, minutes = (int(part or 0) for part in found.groups())
    total = (days * 24 + hours) * 60 + minutes
    for unit, size in (("weeks", 10080), ("days", 1440), ("hours", 60)):
        if total and total % size == 0:
            return str(total // size), unit
    return str(total), "minutes"


def read(fields: Sequence[Field], form: FormData, zone: tzinfo) -> dict[str, Any]:
    """The values of the fields that the form asked for; an empty control gives None, text that is no number stays text.

    Numbers come as decimal strings, percent as a fraction, dates and durations as ISO 8601, datetimes with the
    offset of `zone`, choices as a list, tables as a list of rows, files as they were uploaded.
    """
    return {
        each.name: _table(each, form, zone) if each.type == "table" else _value(each, each.name, form, zone)
        for each in fields
        if each.type != "calculated" and not each.read_only
    }


def wanted_rows(field: Field, form: FormData) -> list[dict[str, Any]] | None:
    """The rows of a table after its "Add row" or "Remove" button was pressed; None when neither was."""
    rows = _raw_rows(field, form)
    if field.name in form.getlist("_add_row"):
        return [*rows, {}]
    for asked in form.getlist("_remove_row"):
        name, _, index = str(asked).rpartition(".")
        if name == field.name and index.isdigit():
            return [row for place, row in enumerate(rows) if place != int(index)]
    return None


def _value(field: Field, name: str, form: FormData, zone: tzinfo) -> Any:
    if field.type == "duration":
        return _duration(_text(form, f"{name}.n"), _text(form, f"{name}.unit"))
    if field.type == "choices":
        return [str(value) for value in form.getlist(name) if value != ""]
    if field.type == "file":
        files = [value for value in form.getlist(name) if getattr(value, "filename", "")]
        return files[0] if files else None
    text = _text(form, name)
    if text is None:
        return None
    match field.type:
        case "yes/no":
            return {"yes": True, "no": False}.get(text, text)
        case "integer" | "number" | "money" | "rating":
            return _number(text)
        case "percent":
            return _fraction(text)
        case "datetime":
            return _moment(text, zone)
        case _:
            return text


def _table(field: Field, form: FormData, zone: tzinfo) -> list[dict[str, Any]]:
    rows = [
        {column.name: _value(column, f"{field.name}.{index}.{column.name}", form, zone) for column in field.columns}
        for index in _row_numbers(field.name, form)
    ]
    return [row for row in rows if any(value not in (None, []) for value in row.values())]


def _raw_rows(field: Field, form: FormData) -> list[dict[str, Any]]:
    return [
        {column.name: _text(form, f"{field.name}.{index}.{column.name}") for column in field.columns}
        for index in _row_numbers(field.name, form)
    ]


def _row_numbers(name: str, form: FormData) -> list[int]:
    """The rows that were sent, in order; removed ones leave gaps."""
    pattern = re.compile(re.escape(name) + r"\.(\d{1,4})\.")
    return sorted({int(found.group(1)) for key in form if (found := pattern.match(key))})


def _text(form: FormData, name: str) -> str | None:
    values = [str(value) for value in form.getlist(name)]
    return (values[-1].replace("\r\n", "\n").strip() or None) if values else None


def _number(text: str) -> str:
    """Without the separators of thousands that people type; whatever else is odd is left for the engine to refuse."""
    return text.replace("\u00a0", "").replace(" ", "").replace(",", "") if _LOOKS_GROUPED.fullmatch(text) else text


_LOOKS_GROUPED = re.compile(r"[-−]?\d{1,3}([, \u00a0]\d{3})+(\.\d+)?")


def _fraction(text: str) -> str:
    try:
        return str(Decimal(text.removesuffix("%").strip()) / 100)
    except InvalidOperation:
        return text


def _moment(text: str, zone: tzinfo) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return (moment if moment.tzinfo else moment.replace(tzinfo=zone)).isoformat()


def _duration(count: str | None, unit: str | None) -> str | None:
    if count is None or not count.isdigit():
        return count
    amount = int(count)
    match unit:
        case "minutes":
            return f"PT{amount}M"
        case "hours":
            return f"PT{amount}H"
        case "weeks":
            return f"P{amount * 7}D"
        case _:
            return f"P{amount}D"
