"""The finitely many places where a column's cells can change their answer.

Between two neighbouring constants of a column nothing changes, so one sample from each stretch, and each constant
itself,
stand for all values there are. The same pieces index a column for evaluation and are searched for gaps and overlaps.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from procession.engine.expressions import syntax as s
from procession.engine.expressions.compiler import Compiler
from procession.engine.expressions.expression import start_run
from procession.engine.expressions.parser import Dialect
from procession.engine.expressions.runtime import DEFAULT, Scope
from procession.engine.expressions.temporal import (
    SECOND,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    at_instant,
    civil_from_days,
    instant,
)
from procession.engine.expressions.values import Range, kind_of


@dataclass(frozen=True, slots=True)
class Constants:
    """All constants that a column's cells compare with, and whether any cell asks for an order."""

    values: tuple[Any, ...]
    ordered: bool


def constants_of(cells: Iterable[s.Tests]) -> Constants | None:
    """The constants of the cells; None where a cell depends on anything else, or they are of several types."""
    found: list[Any] = []
    ordered = False
    for cell in cells:
        for test in cell.tests:
            match test:
                case s.UnaryTest(operator=sign, operand=operand):
                    found.append(constant(operand))
                    ordered = ordered or sign not in ("=", "!=")
                case s.RangeLiteral(low=low, high=high):
                    found += [constant(low), constant(high)]
                    ordered = True
                case _:
                    found.append(constant(test))
    if any(value is None or isinstance(value, list | dict | Range) for value in found):
        return None
    if len({kind_of(value) for value in found}) > 1:
        return None
    return Constants(tuple(found), ordered)


_FIXED_FUNCTIONS = frozenset(["date", "time", "date and time", "duration"])


def constant(node: s.Node) -> Any:
    """The value of a part that is the same for every case; None where it is not, or has none."""
    for part in s.walk(node):
        match part:
            case s.Literal() | s.Negation() | s.DurationOf() | s.Arithmetic() | s.Call():
                pass
            case s.Name(name=name) if name in _FIXED_FUNCTIONS:
                pass
            case _:
                return None
    if any(isinstance(part, s.Name) for part in s.walk(node)) and not isinstance(node, s.Call):
        return None
    return Compiler("").compile(node)(Scope({}, None, start_run(DEFAULT, Dialect.PROCESSION)))


def sort_key(value: Any) -> Any:
    """What orders values of one type: themselves, or a number that they stand for. None where there is no order."""
    match value:
        case bool():
            return None
        case Decimal() | str():
            return value
        case Date():
            return value.ordinal
        case DateTime():
            return instant(value)
        case DaysDuration():
            return value.total
        case MonthsDuration(months):
            return months
        case _:
            return None


def sorted_points(values: Sequence[Any]) -> list[Any]:
    """The distinct values in order."""
    distinct = {sort_key(value): value for value in values}
    return [distinct[key] for key in sorted(distinct)]


def sample_between(low: Any, high: Any) -> Any | None:
    """A value strictly between two neighbours, below the first (``low`` None) or above the last (``high`` None).

    None where there is none, as between two days that follow each other.
    """
    match low if low is not None else high:
        case Decimal():
            return _number_between(low, high)
        case Date():
            return _day_between(low, high)
        case DateTime(zone=zone):
            at = _whole_between(_key(low), _key(high), SECOND)
            return None if at is None else at_instant(at, zone)
        case DaysDuration():
            total = _whole_between(_key(low), _key(high), SECOND)
            return None if total is None else DaysDuration(0, total)
        case MonthsDuration():
            months = _whole_between(_key(low), _key(high), 1)
            return None if months is None else MonthsDuration(months)
        case str():
            return _text_between(low, high)
        case _:
            return None


def _key(value: Any) -> Any:
    return None if value is None else sort_key(value)


def _number_between(low: Decimal | None, high: Decimal | None) -> Decimal:
    if low is None or high is None:
        return high - 1 if high is not None else low + 1 if low is not None else Decimal(0)
    middle = (low + high) / 2
    for places in range(12):
        rounded = round(middle, places)
        if low < rounded < high:
            return rounded
    return middle


def _day_between(low: Date | None, high: Date | None) -> Date | None:
    days = _whole_between(_key(low), _key(high), 1)
    return None if days is None else civil_from_days(days)


def _whole_between(low: int | None, high: int | None, step: int) -> int | None:
    if low is None or high is None:
        return high - step if high is not None else low + step if low is not None else None
    middle = (low + high) // 2
    rounded = middle - middle % step
    return rounded if low < rounded < high else middle if low < middle < high else None


def _text_between(low: str | None, high: str | None) -> str | None:
    """A text just behind the lower one, if it comes before the higher; "" comes before all."""
    if low is None:
        return None if high == "" else ""
    candidate = low + " "
    return candidate if high is None or candidate < high else None
