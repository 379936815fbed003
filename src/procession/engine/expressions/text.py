"""Values as text: what ``string()`` answers, and what a template inserts."""

from __future__ import annotations

from decimal import Decimal
from typing import Any, cast

from .errors import TooDeep, TooLarge
from .limits import MAX_STRING, MAX_VALUE_DEPTH
from .numbers import write_number
from .runtime import Run
from .temporal import BusinessDuration, Date, DateTime, DaysDuration, MonthsDuration, Time
from .temporal_text import write
from .values import BuiltIn, Function, Range


def write_value(run: Run, value: Any) -> str:
    """The value's text: a string as it is, everything inside lists and contexts as it would be written."""
    if isinstance(value, str):
        return value
    pieces: list[str] = []
    _Writer(run, pieces).write(value, 0)
    return run.check_text("".join(pieces))


class _Writer:
    """Collects the pieces of a text and stops when they grow too many."""

    def __init__(self, run: Run, pieces: list[str]) -> None:
        self.run = run
        self.pieces = pieces
        self.size = 0

    def add(self, piece: str) -> None:
        self.size += len(piece)
        if self.size > MAX_STRING:
            raise TooLarge(f"The expression made a text of more than {MAX_STRING} characters")
        self.pieces.append(piece)

    def write(self, value: Any, depth: int) -> None:
        if depth > MAX_VALUE_DEPTH:
            raise TooDeep(f"A value holds lists or contexts more than {MAX_VALUE_DEPTH} levels deep")
        self.run.spend(1)
        match value:
            case None:
                self.add("null")
            case bool():
                self.add("true" if value else "false")
            case Decimal():
                self.add(write_number(value))
            case str():
                self.add(_quoted(value))
            case Date() | Time() | DateTime() | DaysDuration() | MonthsDuration() | BusinessDuration():
                self.add(write(value))
            case list():
                self._write_list(cast("list[Any]", value), depth)
            case dict():
                self._write_context(cast("dict[str, Any]", value), depth)
            case Range():
                self._write_range(value, depth)
            case Function() | BuiltIn():
                self.add(f"function {value.name}".strip())
            case _:
                self.add(str(value))

    def _write_list(self, items: list[Any], depth: int) -> None:
        self.add("[")
        for index, item in enumerate(items):
            if index:
                self.add(", ")
            self.write(item, depth + 1)
        self.add("]")

    def _write_context(self, entries: dict[str, Any], depth: int) -> None:
        self.add("{")
        for index, (key, entry) in enumerate(entries.items()):
            if index:
                self.add(", ")
            self.add(f"{key if _is_plain(key) else _quoted(key)}: ")
            self.write(entry, depth + 1)
        self.add("}")

    def _write_range(self, value: Range, depth: int) -> None:
        if value.unequal or (value.low is not None and value.low is value.high and value.low_included):
            self.add("!=" if value.unequal else "=")
            self.write(value.low, depth + 1)
        elif value.low is None or value.high is None:
            low = value.high is None
            included = value.low_included if low else value.high_included
            self.add(f"{'>' if low else '<'}{'=' if included else ''}")
            self.write(value.low if low else value.high, depth + 1)
        else:
            self.add("[" if value.low_included else "(")
            self.write(value.low, depth + 1)
            self.add("..")
            self.write(value.high, depth + 1)
            self.add("]" if value.high_included else ")")


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _is_plain(key: str) -> bool:
    return key.replace(" ", "").isidentifier()
