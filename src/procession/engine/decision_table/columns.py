"""The input columns of a table, indexed where all their cells compare with constants.

A set of rules is an integer with bit *i* set for rule *i*. An indexed column answers with the rules whose cells
accept a value in one lookup: by hash where the cells only ask for equality, by bisection where they ask for an order.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

from procession.engine.expressions.expression import Expression, start_run
from procession.engine.expressions.parser import Dialect
from procession.engine.expressions.runtime import DEFAULT, Scope
from procession.engine.expressions.values import kind_of

from .cells import InputCell
from .partition import constants_of, sample_between, sorted_points

Match = Callable[[Scope, Any], int]


class Column:
    """One input: its expression and its cells."""

    __slots__ = ("cells", "expression", "match")

    def __init__(self, expression: Expression, cells: Sequence[InputCell]) -> None:
        self.expression = expression
        self.cells = tuple(cells)
        self.match: Match = _index(self.cells) or _sequential(self.cells)


def _sequential(cells: tuple[InputCell, ...]) -> Match:
    tests = [(1 << place, cell.compute) for place, cell in enumerate(cells)]

    def match(scope: Scope, value: Any) -> int:
        rules = 0
        for bit, test in tests:
            if test(scope, value) is True:
                rules |= bit
        return rules

    return match


def _index(cells: tuple[InputCell, ...]) -> Match | None:
    constants = constants_of(cell.tree for cell in cells)
    if constants is None:
        return None
    if not constants.values:
        everything = (1 << len(cells)) - 1
        return lambda scope, value: everything
    if not constants.ordered and isinstance(constants.values[0], str | bool | Decimal):
        return _by_hash(cells, constants.values)
    kind = kind_of(constants.values[0])
    if kind is Decimal:
        return _by_bisection(cells, sorted_points(constants.values), kind)
    return None


def _accepting(cells: tuple[InputCell, ...], value: Any) -> int:
    """The rules that accept a value; asked once, when the table is compiled."""
    scope = Scope({}, None, start_run(DEFAULT, Dialect.DMN))
    return _sequential(cells)(scope, value)


def _by_hash(cells: tuple[InputCell, ...], values: tuple[Any, ...]) -> Match:
    kind = kind_of(values[0])
    rules = {value: _accepting(cells, value) for value in values}
    others = _accepting(cells, _unlike(values)) if kind is not bool else 0
    slow = _sequential(cells)

    def match(scope: Scope, value: Any) -> int:
        if type(value) is not kind:
            return slow(scope, value)
        return rules.get(value, others) if kind is not bool or value in rules else slow(scope, value)

    return match


def _unlike(values: tuple[Any, ...]) -> Any:
    """A value of the same type that is none of these."""
    if isinstance(values[0], str):
        return "".join(values) + "-"
    return max(values) + 1


def _by_bisection(cells: tuple[InputCell, ...], points: list[Any], kind: type) -> Match:
    between = [_accepting(cells, sample_between(None, points[0]))]
    for low, high in zip(points, [*points[1:], None], strict=True):
        between.append(_accepting(cells, sample_between(low, high)))
    exact = [_accepting(cells, point) for point in points]
    slow = _sequential(cells)
    count = len(points)

    def match(scope: Scope, value: Any) -> int:
        if type(value) is not kind:
            return slow(scope, value)
        place = bisect_left(points, value)
        if place < count and points[place] == value:
            return exact[place]
        return between[place]

    return match
