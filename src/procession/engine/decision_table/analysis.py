"""Gaps and overlaps of a table, each with an example that shows it.

Every input falls into finitely many pieces within which no cell changes its answer (see ``partition``). A gap is a
choice of
pieces that no rule accepts, an overlap one that two rules with different answers accept. Both searches are exact
where they finish; what they cannot look into is said, never guessed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from procession.engine.expressions.comparison import equal
from procession.engine.expressions.expression import start_run
from procession.engine.expressions.parser import Dialect
from procession.engine.expressions.runtime import DEFAULT, Scope
from procession.engine.expressions.temporal import Date, DateTime, DaysDuration
from procession.engine.expressions.text import write_value
from procession.engine.expressions.values import from_python, to_python

from .cells import OutputCell
from .columns import Column
from .partition import constants_of, sample_between, sort_key, sorted_points
from .table import DecisionTable

MAX_STATES = 50_000
"""Combinations looked at before we give up."""

MAX_PAIRS = 50_000
MAX_FINDINGS = 10


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is known of an input besides its type. ``min`` and ``max`` are included."""

    min: Any = None
    max: Any = None
    options: tuple[Any, ...] = ()
    """All values it can have, where they can be listed."""
    places: int | None = None
    """Decimal places a number can have; an integer has 0."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A gap (``rules`` is empty) or an overlap of rules, with values that show it."""

    kind: str
    """``gap`` or ``overlap``."""
    example: dict[str, Any]
    """A value for each input, by the input's text."""
    rules: tuple[int, ...]
    sentence: str


@dataclass(frozen=True, slots=True)
class Analysis:
    """What was found, and what could not be looked into and why."""

    findings: tuple[Finding, ...] = ()
    unchecked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Piece:
    sample: Any
    rules: int


@dataclass(slots=True)
class _Search:
    states: int = 0
    seen: set[tuple[int, int]] = field(default_factory=set[tuple[int, int]])


class _TooLarge(Exception):
    pass


def find_gaps_and_overlaps(
    table: DecisionTable, input_types: Mapping[str, str] | None = None, bounds: Mapping[str, Bounds] | None = None
) -> Analysis:
    """Looks for inputs that no rule accepts, and for rules that contradict each other.

    ``input_types`` (types of fields) and ``bounds`` are by the input's text; where they are missing, the cells tell
    the type. Overlaps matter under ``unique`` and ``any`` only. An empty input is not looked at.
    """
    types, limits = input_types or {}, bounds or {}
    columns: list[list[_Piece]] = []
    unchecked: list[str] = []
    for place, column in enumerate(table.columns):
        text = table.inputs[place]
        pieces = _pieces(column, types.get(text, ""), limits.get(text) or Bounds(options=table.input_options[place]))
        if isinstance(pieces, str):
            unchecked.append(f"{text}: {pieces}")
        else:
            columns.append(pieces)
    if unchecked:
        return Analysis((), tuple(unchecked))
    findings: list[Finding] = []
    has_default = any(output.default is not None for output in table.outputs)
    for search in (() if has_default else (_gaps,)) + ((_overlaps,) if table.hit in ("unique", "any") else ()):
        try:
            findings += search(table, columns)
        except _TooLarge:
            what = "gaps" if search is _gaps else "overlaps"
            unchecked.append(f"The table has too many combinations to be searched for {what}")
    return Analysis(tuple(findings), tuple(unchecked))


# -- pieces --------------------------------------------------------------------------------------------------------


def _pieces(column: Column, kind: str, bounds: Bounds) -> list[_Piece] | str:
    """One sample of each stretch of values in which the cells answer alike, or the reason why there are none."""
    if kind == "choices":
        return "it holds several choices at once, so gaps and overlaps were not looked for"
    constants = constants_of(cell.tree for cell in column.cells)
    if constants is None:
        return "a cell compares with something that is no constant, so gaps and overlaps were not looked for"
    samples = _samples(constants.values, constants.ordered, kind, bounds)
    if samples is None:
        return "its values have no order that can be cut into stretches, so gaps and overlaps were not looked for"
    scope = Scope({}, None, start_run(DEFAULT, Dialect.PROCESSION))
    found: dict[int, _Piece] = {}
    for sample in samples:
        rules = column.match(scope, sample)
        found.setdefault(rules, _Piece(sample, rules))
    return list(found.values())


def _samples(constants: tuple[Any, ...], ordered: bool, kind: str, bounds: Bounds) -> list[Any] | None:
    if kind == "yes/no" or (constants and isinstance(constants[0], bool)):
        return [True, False]
    options = [from_python(option) for option in bounds.options]
    if options:
        return options
    if not constants:
        return [_any_value(kind, bounds)]
    if isinstance(constants[0], str) and not ordered:
        return [*constants, "another text"]
    if sort_key(constants[0]) is None:
        return None
    return list(_stretches(constants, kind, bounds))


def _any_value(kind: str, bounds: Bounds) -> Any:
    """Some value of a type, for a column that accepts them all."""
    least = bounds.min if bounds.min is not None else bounds.max
    if least is not None:
        return from_python(least)
    values = {
        "date": Date(2026, 1, 5),
        "datetime": DateTime(Date(2026, 1, 5), 0),
        "duration": DaysDuration(1),
        **dict.fromkeys(("integer", "number", "money", "percent", "rating"), Decimal(0)),
    }
    return values.get(kind, "any")


def _stretches(constants: tuple[Any, ...], kind: str, bounds: Bounds) -> Iterator[Any]:
    low, high = from_python(bounds.min), from_python(bounds.max)
    places = 0 if kind in ("integer", "rating") else bounds.places
    points = sorted_points([*constants, *(end for end in (low, high) if type(end) is type(constants[0]))])
    for before, after in zip([None, *points], [*points, None], strict=True):
        sample = _step_between(before, after, places) if places is not None else sample_between(before, after)
        for value in (sample, after):
            if value is not None and _allowed(value, low, high, places):
                yield value


def _step_between(low: Any, high: Any, places: int) -> Any:
    """A number with so many decimal places strictly between, or None."""
    if not isinstance(low if low is not None else high, Decimal):
        return sample_between(low, high)
    step = Decimal((0, (1,), -places))
    if low is None:
        return (high // step) * step - step
    candidate = (low // step) * step + step
    if candidate <= low:
        candidate += step
    return candidate if high is None or candidate < high else None


def _allowed(value: Any, low: Any, high: Any, places: int | None) -> bool:
    key = sort_key(value)
    if (low is not None and key < sort_key(low)) or (high is not None and key > sort_key(high)):
        return False
    return places is None or not isinstance(value, Decimal) or value == round(value, places)


# -- searches ------------------------------------------------------------------------------------------------------


def _gaps(table: DecisionTable, columns: Sequence[list[_Piece]]) -> list[Finding]:
    search = _Search()
    found = _uncovered(columns, 0, (1 << len(table.rules)) - 1, [], search)
    findings: list[Finding] = []
    for samples in found:
        rest = [pieces[0].sample for pieces in columns[len(samples) :]]
        example = [*samples, *rest]
        findings.append(Finding("gap", _example(table, example), (), f"No rule fits {_words(table, example)}"))
        if len(findings) == MAX_FINDINGS:
            break
    return findings


def _uncovered(
    columns: Sequence[list[_Piece]], place: int, rules: int, samples: list[Any], search: _Search
) -> Iterator[list[Any]]:
    """Choices of pieces, from the left, after which no rule is left; each set of rules is followed once a column."""
    if not rules:
        yield list(samples)
        return
    if place == len(columns) or (place, rules) in search.seen:
        return
    search.seen.add((place, rules))
    search.states += 1
    if search.states > MAX_STATES:
        raise _TooLarge
    for piece in columns[place]:
        yield from _uncovered(columns, place + 1, rules & piece.rules, [*samples, piece.sample], search)


def _overlaps(table: DecisionTable, columns: Sequence[list[_Piece]]) -> list[Finding]:
    count = len(table.rules)
    if count * (count - 1) // 2 > MAX_PAIRS:
        raise _TooLarge
    findings: list[Finding] = []
    for first in range(count):
        for second in range(first + 1, count):
            if not table.strict and _same_answer(table.answers[first], table.answers[second]):
                continue
            both = 1 << first | 1 << second
            chosen = [next((p.sample for p in pieces if p.rules & both == both), _MISSING) for pieces in columns]
            if _MISSING in chosen:
                continue
            sentence = f"Rules {first + 1} and {second + 1} both fit {_words(table, chosen)}"
            findings.append(Finding("overlap", _example(table, chosen), (first + 1, second + 1), sentence))
            if len(findings) == MAX_FINDINGS:
                return findings
    return findings


_MISSING = object()


def _same_answer(one: tuple[OutputCell, ...], other: tuple[OutputCell, ...]) -> bool:
    """Surely the same: equal constants, or the same text."""
    run = start_run(DEFAULT, Dialect.PROCESSION)
    for left, right in zip(one, other, strict=True):
        if left.expression is None and right.expression is None:
            if not equal(run, left.value, right.value):
                return False
        elif left.expression is None or right.expression is None or left.expression.text != right.expression.text:
            return False
    return True


def _example(table: DecisionTable, samples: Sequence[Any]) -> dict[str, Any]:
    return {text: to_python(sample) for text, sample in zip(table.inputs, samples, strict=True)}


def _words(table: DecisionTable, samples: Sequence[Any]) -> str:
    run = start_run(DEFAULT, Dialect.PROCESSION)
    pairs = zip(table.inputs, samples, strict=True)
    return ", ".join(f"{text} = {write_value(run, sample)}" for text, sample in pairs)
