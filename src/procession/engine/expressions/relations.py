"""Relations between values: comparisons, ranges, ``between`` and ``in``, and the tests of a table's cells."""

from __future__ import annotations

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from . import syntax as s
from .comparison import compare, equal, within
from .runtime import Run, Scope
from .values import Range, describe_type, kind_of

if TYPE_CHECKING:
    from .compiler import Code, Compiler

_RELATIONS: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def relate(run: Run, relation: str, one: Any, other: Any) -> bool | None:
    """``one < other`` and so on, for values of any type."""
    if relation in ("=", "!="):
        same = equal(run, one, other)
        return same if same is None or relation == "=" else not same
    order = compare(run, one, other)
    return None if order is None else _RELATIONS[relation](order, 0)


def compile_comparison(compiler: Compiler, node: s.Comparison) -> Code:
    left, right, relation = compiler.compile(node.left), compiler.compile(node.right), node.operator
    native = _RELATIONS[relation]

    def evaluate(scope: Scope) -> Any:
        one, other = left(scope), right(scope)
        kind = kind_of(one)
        if kind is type(other) and (kind is Decimal or kind is str):
            return native(one, other)
        result = relate(scope.run, relation, one, other)
        if result is None:
            compiler.why_no_answer(scope.run, node, (node.left, one), (node.right, other))
        return result

    return evaluate


def compile_between(compiler: Compiler, node: s.Between) -> Code:
    value, low, high = compiler.compile(node.value), compiler.compile(node.low), compiler.compile(node.high)

    def evaluate(scope: Scope) -> Any:
        found, least, most = value(scope), low(scope), high(scope)
        above, below = relate(scope.run, ">=", found, least), relate(scope.run, "<=", found, most)
        if above is None or below is None:
            compiler.why_no_answer(scope.run, node, (node.value, found), (node.low, least), (node.high, most))
            return None
        return above and below

    return evaluate


def compile_range(compiler: Compiler, node: s.RangeLiteral) -> Code:
    low, high = compiler.compile(node.low), compiler.compile(node.high)

    def evaluate(scope: Scope) -> Any:
        least, most = low(scope), high(scope)
        if compare(scope.run, least, most) is None:
            compiler.why_no_answer(scope.run, node, (node.low, least), (node.high, most))
            return None
        return Range(least, most, node.low_included, node.high_included)

    return evaluate


def make_test_range(relation: str, operand: Any) -> Range | None:
    """The range that ``< 5`` and so on stand for."""
    match relation:
        case "<" | "<=":
            return None if operand is None else Range(None, operand, False, relation == "<=")
        case ">" | ">=":
            return None if operand is None else Range(operand, None, relation == ">=", False)
        case "=":
            return Range(operand, operand, True, True)
        case _:
            return Range(operand, None, False, False, unequal=True)


def compile_unary_test(compiler: Compiler, node: s.UnaryTest) -> Code:
    operand, relation = compiler.compile(node.operand), node.operator
    return lambda scope: make_test_range(relation, operand(scope))


Test = Callable[[Scope, Any], bool | None]


def compile_test(compiler: Compiler, node: s.Node) -> Test:
    """A test of a value: of a table's cell, or behind ``in``."""
    if isinstance(node, s.UnaryTest):
        operand, relation = compiler.compile(node.operand), node.operator
        return lambda scope, value: relate(scope.run, relation, value, operand(scope))
    code = compiler.compile(node)
    if any(isinstance(part, s.InputValue) for part in s.walk(node)):
        return lambda scope, value: _truth(code(Scope({"?": value}, scope, scope.run)))
    is_range = isinstance(node, s.RangeLiteral)

    def test(scope: Scope, value: Any) -> bool | None:
        expected = code(scope)
        if expected is None and is_range:
            return None
        return is_in(scope.run, value, expected)

    return test


def _truth(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def is_in(run: Run, value: Any, expected: Any) -> bool | None:
    """Whether the value equals what is expected, or is in it where that is a list or a range."""
    if isinstance(expected, Range):
        if isinstance(value, Range):
            return equal(run, value, expected)
        return within(run, value, expected)
    if isinstance(expected, list):
        run.spend(len(expected))  # type: ignore[reportUnknownArgumentType]
        for item in expected:  # type: ignore[reportUnknownVariableType]
            if (within(run, value, item) if isinstance(item, Range) else equal(run, value, item)) is True:
                return True
        return equal(run, value, expected) is True
    if isinstance(expected, bool) and not isinstance(value, bool):
        return expected if value is not None else False
    return equal(run, value, expected)


def compile_in(compiler: Compiler, node: s.In) -> Code:
    value, tests = compiler.compile(node.value), [compile_test(compiler, test) for test in node.tests]

    def evaluate(scope: Scope) -> Any:
        found = value(scope)
        answers = [test(scope, found) for test in tests]
        if True in answers:
            return True
        if None in answers:
            if found is None:
                compiler.why_no_answer(scope.run, node, (node.value, found))
            else:
                source = compiler.source(node.value)
                kind = describe_type(found)
                scope.run.warn(f"{source} is {kind}, which cannot be compared in '{compiler.source(node)}'")
            return None
        return False

    return evaluate
