"""Codecs of single values: text, numbers, words, spans of time, expressions, people, lists and maps."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from procession.engine.assignment_words import AssignmentError, parse_assignee
from procession.engine.definition import Expr, Text
from procession.engine.durations import Span, SpanError, parse_span
from procession.engine.findings import Position, did_you_mean, listed
from procession.engine.schedules import EXAMPLE, Schedule, ScheduleError, parse_schedule
from procession.interchange.yaml.nodes import Node, plain, resolve
from procession.interchange.yaml.reading import Codec, Plain, Reading, Schema, Unreadable

_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
SPAN_PATTERN = (
    r"^\s*[0-9]+(\.[0-9]+)?\s*(seconds?|minutes?|hours?|days?|weeks?|months?|business hours?|business days?)\s*$"
)
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufeff\ufffe\uffff]")


class TextCodec(Codec):
    """Plain text. Numbers and words such as yes count as the text they are written with."""

    def __init__(self, what: str = "text", make: Any = str) -> None:
        self.what, self.make = what, make

    def read(self, node: Node, ctx: Reading) -> Any:
        if node.kind != "scalar" or node.is_null:
            hint = 'put text that begins with { or [ in quotes, such as "{item}"' if node.kind != "scalar" else None
            raise self.mismatch(node, ctx, hint)
        if _CONTROL.search(node.text):
            raise ctx.wrong(node, f"{ctx.key} holds a character that cannot be stored.")
        return self.make(node.text)

    def schema(self) -> Schema:
        return {"type": ["string", "number", "boolean"]}


class ExprCodec(Codec):
    """An expression; a leading = is not needed and is dropped."""

    what = "an expression such as amount > 500"

    def read(self, node: Node, ctx: Reading) -> Expr:
        if node.kind != "scalar" or node.is_null:
            hint = "put an expression that begins with { or [ in quotes" if node.kind != "scalar" else None
            raise self.mismatch(node, ctx, hint)
        text = node.text
        skipped = len(text) - len(text.lstrip())
        if text.lstrip().startswith("="):
            after = text.lstrip()[1:]
            skipped += 1 + len(after) - len(after.lstrip())
        ctx.mark(Position(node.line, node.column + (0 if node.plain else 1) + skipped))
        expression = text[skipped:].rstrip()
        if not expression:
            raise self.mismatch(node, ctx)
        return Expr(expression)

    def schema(self) -> Schema:
        return {"type": ["string", "number", "boolean"]}


_OTHER_DATES = re.compile(r"([0-9]{1,4})([./-])([0-9]{1,2})\2([0-9]{1,4})")


def _iso_dates(text: str) -> list[str]:
    """What dates a text such as 31.12.2026 or 12/31/2026 may mean, in the form that files use."""
    match = _OTHER_DATES.fullmatch(text.strip())
    if match is None:
        return []
    first, second, third = int(match[1]), int(match[3]), int(match[4])
    orders = ((first, second, third), (third, second, first), (third, first, second))
    found: list[str] = []
    for year, month, day in orders:
        try:
            found.append(date(year, month, day).isoformat())
        except ValueError:
            continue
    return list(dict.fromkeys(one for one in found if int(one[:4]) >= 1900))


def plain_date(node: Node, ctx: Reading) -> Expr | None:
    """The expression of a date that stands plain; None where something else stands there. Another form of date, and a day
    that no month has, is told."""
    if node.kind != "scalar" or not _OTHER_DATES.fullmatch(node.text.strip()):
        return None
    meant = _iso_dates(node.text)
    if _ISO_DATE.fullmatch(node.text):
        if meant:
            return Expr(f'date("{node.text}")')
        raise ctx.wrong(node, f"{ctx.key}: there is no day {node.text}.", "write a day that the month has")
    hint = f"write {listed(meant, 'or')}" if meant else "write a date such as 2026-12-31"
    raise ctx.wrong(node, f"{ctx.key}: a date is written year-month-day, not {node.text!r}.", hint)


class SpanCodec(Codec):
    """A span of time."""

    what = "a length of time such as 2 business days"

    def read(self, node: Node, ctx: Reading) -> Span:
        if not node.is_text:
            hint = f"write {node.text} hours or {node.text} days" if node.kind == "scalar" and node.text else None
            raise self.mismatch(node, ctx, hint)
        try:
            return parse_span(node.text)
        except SpanError as problem:
            raise ctx.wrong(node, f"{ctx.key}: {problem}.", problem.hint) from None

    def write(self, value: Span) -> Plain:
        return str(value)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": SPAN_PATTERN}


class SpanOrExprCodec(Codec):
    """A span, or `= expr`; a plain date is an expression too."""

    what = "a length of time such as 2 business days, or = and an expression"

    def read(self, node: Node, ctx: Reading) -> Span | Expr:
        if node.kind == "scalar" and node.text.lstrip().startswith("="):
            return ExprCodec().read(node, ctx)
        day = plain_date(node, ctx)
        return day if day is not None else SpanCodec().read(node, ctx)

    def write(self, value: Any) -> Plain:
        return str(value) if isinstance(value, Span) else f"= {value}"

    def schema(self) -> Schema:
        return {"type": "string"}


class MomentCodec(Codec):
    """`= expr`, or a plain date."""

    what = "= and an expression for a date, or a date such as 2026-12-31"

    def read(self, node: Node, ctx: Reading) -> Expr:
        day = plain_date(node, ctx)
        return day if day is not None else ExprCodec().read(node, ctx)

    def write(self, value: Expr) -> Plain:
        return f"= {value}"

    def schema(self) -> Schema:
        return {"type": "string"}


class ScheduleCodec(Codec):
    """When cases start by themselves."""

    what = f"days and a time, such as {EXAMPLE}"

    def read(self, node: Node, ctx: Reading) -> Schedule:
        if not node.is_text:
            raise self.mismatch(node, ctx, "say the days and the time")
        try:
            return parse_schedule(node.text)
        except ScheduleError as problem:
            raise ctx.wrong(node, f"{ctx.key}: {problem}.", problem.hint) from None

    def write(self, value: Schedule) -> Plain:
        return value.text

    def schema(self) -> Schema:
        return {"type": "string", "examples": [EXAMPLE, "1st of the month 08:00", "every 2 hours"]}


class BoolCodec(Codec):
    what = "true or false"

    def read(self, node: Node, ctx: Reading) -> bool:
        word = node.text.lower() if node.kind == "scalar" else ""
        if word in ("true", "yes"):
            return True
        if word in ("false", "no"):
            return False
        raise self.mismatch(node, ctx)

    def schema(self) -> Schema:
        return {"enum": [True, False, "yes", "no"]}


class IntCodec(Codec):
    """A whole number from `lowest` up."""

    def __init__(self, lowest: int = 0) -> None:
        self.lowest = lowest
        self.what = f"a whole number from {lowest} up"

    def read(self, node: Node, ctx: Reading) -> int:
        value = resolve(node) if node.kind == "scalar" else None
        if isinstance(value, Decimal) and value == value.to_integral_value() and self.lowest <= value < 1_000_000:
            return int(value)
        raise self.mismatch(node, ctx)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.lowest}


class WordCodec(Codec):
    """One of a few words."""

    def __init__(self, words: Sequence[str]) -> None:
        self.words = tuple(words)
        self.what = listed(self.words, "or")

    def read(self, node: Node, ctx: Reading) -> str:
        if node.kind == "scalar" and node.text in self.words:
            return node.text
        hint = did_you_mean(node.text, self.words, otherwise="write one of {}") if node.kind == "scalar" else None
        raise self.mismatch(node, ctx, hint)

    def schema(self) -> Schema:
        return {"enum": list(self.words)}


class EitherCodec(Codec):
    """The first of several forms that fits."""

    def __init__(self, *choices: Codec) -> None:
        self.choices = choices
        self.what = listed([choice.what for choice in choices], "or")

    def read(self, node: Node, ctx: Reading) -> Any:
        known = len(ctx.findings)
        for choice in self.choices:
            try:
                return choice.read(node, ctx)
            except Unreadable:
                del ctx.findings[known:]
        raise self.mismatch(node, ctx)

    def write(self, value: Any) -> Plain:
        return str(value) if isinstance(value, str) else value

    def schema(self) -> Schema:
        return {"anyOf": [choice.schema() for choice in self.choices]}


class AssigneeCodec(Codec):
    """Who."""

    what = "who, such as group:finance or starter"

    def __init__(self, *, mail: bool = False) -> None:
        self.mail = mail

    def read(self, node: Node, ctx: Reading) -> Any:
        if not node.is_text:
            hint = 'put it in quotes, such as "role:{level}"' if node.kind == "map" else None
            raise self.mismatch(node, ctx, hint)
        if _CONTROL.search(node.text):
            raise ctx.wrong(node, f"{ctx.key} holds a character that cannot be stored.")
        try:
            return parse_assignee(node.text, mail=self.mail)
        except AssignmentError as problem:
            raise ctx.wrong(node, f"{ctx.key}: {problem}.", problem.hint) from None

    def write(self, value: Any) -> Plain:
        return str(value.name) if value.kind == "address" else str(value)

    def schema(self) -> Schema:
        return {"type": "string"}


class ListCodec(Codec):
    """A list; a single value stands for a list of one."""

    def __init__(self, item: Codec, *, one: bool = True, least: int = 0) -> None:
        self.item, self.one, self.least = item, one, least
        self.what = f"a list; each entry is {item.what}"

    def read(self, node: Node, ctx: Reading) -> tuple[Any, ...]:
        if node.kind != "list":
            if not self.one or (node.kind == "scalar" and node.is_null):
                raise self.mismatch(node, ctx, "begin every entry with '- ', or write [a, b]")
            return (self.item.read(node, ctx),)
        found: list[Any] = []
        for number, item in enumerate(node.items):
            try:
                with ctx.inside(str(number), at=item):
                    found.append(self.item.read(item, ctx))
            except Unreadable:
                continue
        if len(node.items) < self.least:
            raise ctx.wrong(node, f"{ctx.key} needs at least {self.least} entry." if self.least == 1 else self.what)
        return tuple(found)

    def write(self, value: tuple[Any, ...]) -> Plain:
        written = [self.item.write(item) for item in value]
        return written[0] if self.one and len(written) == 1 and not isinstance(written[0], list) else written

    def schema(self) -> Schema:
        many: Schema = {"type": "array", "items": self.item.schema()}
        return {"anyOf": [self.item.schema(), many]} if self.one else many


class MapCodec(Codec):
    """Names chosen by the author, each with a value."""

    def __init__(self, item: Codec, what: str = "a group of names with values") -> None:
        self.item, self.what = item, what

    def read(self, node: Node, ctx: Reading) -> dict[str, Any]:
        if node.kind != "map":
            raise self.mismatch(node, ctx, "write NAME: VALUE")
        found: dict[str, Any] = {}
        for name, value in node.entries:
            try:
                with ctx.inside(name.text, at=value):
                    if _CONTROL.search(name.text):
                        raise ctx.wrong(name, "A name holds a character that cannot be stored.")
                    found[name.text] = self.item.read(value, ctx)
            except Unreadable:
                continue
        return found

    def write(self, value: Any) -> Plain:
        return {name: self.item.write(held) for name, held in value.items()}

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": self.item.schema()}


class PlainCodec(Codec):
    """Whatever stands there."""

    def read(self, node: Node, ctx: Reading) -> Any:
        self._refuse_controls(node, ctx)
        return plain(node)

    def _refuse_controls(self, node: Node, ctx: Reading) -> None:
        if _CONTROL.search(node.text):
            raise ctx.wrong(node, f"{ctx.key} holds a character that cannot be stored.")
        for item in node.items:
            self._refuse_controls(item, ctx)
        for name, value in node.entries:
            self._refuse_controls(name, ctx)
            self._refuse_controls(value, ctx)


class RowsCodec(Codec):
    """Rows of a decision table; every cell is kept as the text that was written."""

    what = 'a list of rows, such as - ["< 500", auto]'

    def read(self, node: Node, ctx: Reading) -> tuple[tuple[str, ...], ...]:
        if node.kind != "list":
            raise self.mismatch(node, ctx, 'write one row per line: - ["< 500", auto]')
        rows: list[tuple[str, ...]] = []
        for number, row in enumerate(node.items):
            with ctx.inside(str(number), at=row):
                if row.kind != "list" or any(cell.kind != "scalar" for cell in row.items):
                    raise ctx.wrong(
                        row,
                        f"Rule {number + 1} must be a list of cells.",
                        'put cells with [ ] in quotes: "[500..5000]"',
                    )
                for place, cell in enumerate(row.items):
                    with ctx.inside(str(place)):
                        ctx.mark(Position(cell.line, cell.column + (0 if cell.plain else 1)))
                    if _CONTROL.search(cell.text):
                        raise ctx.wrong(cell, "A cell holds a character that cannot be stored.")
                rows.append(tuple("-" if cell.is_null else cell.text for cell in row.items))
        return tuple(rows)

    def write(self, value: Any) -> Plain:
        return [[str(cell) for cell in row] for row in value]

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": "array", "items": {"type": ["string", "number", "boolean", "null"]}}}


TEXT = TextCodec()
TEMPLATE = TextCodec("text, in which {expr} inserts a value", Text)
EXPR = ExprCodec()
SPAN = SpanCodec()
