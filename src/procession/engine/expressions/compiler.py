"""Syntax trees to closures: each takes the scope and answers with a value.

Compiling once moves all looking at the tree out of the evaluation. A closure first tries the common case (two
numbers, two texts); everything else goes through one slow path that also finds the words for a warning.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any, cast

from . import syntax as s
from .arithmetic import negate, operate
from .builtins import BUILT_INS
from .conformance import is_instance
from .durations import make_duration
from .functions import compile_call, compile_definition
from .iteration import compile_filter, compile_for, compile_quantified
from .numbers import CONTEXT, calculate
from .properties import PROPERTIES
from .relations import compile_between, compile_comparison, compile_in, compile_range, compile_unary_test
from .runtime import Run, Scope
from .types import Type, write_type
from .values import SCALARS, describe_type, kind_of

Code = Callable[[Scope], Any]
_MISSING = object()


class Compiler:
    """Compiles the tree of one text; ``types`` are those that others have defined."""

    def __init__(self, text: str, types: Mapping[str, Type] | None = None) -> None:
        self.text = text
        self.types: Mapping[str, Type] = types or {}

    def compile(self, node: s.Node) -> Code:
        return _COMPILERS[type(node)](self, node)

    def source(self, node: s.Node) -> str:
        """The node's text on one line, shortened where it is long."""
        words = " ".join(self.text[node.start : node.end].split())
        return words if len(words) <= 80 else words[:77] + "…"

    def why_no_answer(self, run: Run, node: s.Node, *operands: tuple[s.Node, Any]) -> None:
        """Warns why a node has no answer, unless an operand's own warning has said it already."""
        whole = self.source(node)
        for operand, value in operands:
            if value is None:
                if isinstance(operand, s.Name | s.Path | s.Literal | s.InputValue | s.Filter | s.Call):
                    run.warn(f"{self.source(operand)} is empty, so '{whole}' has no answer")
                elif not run.warned:
                    run.warn(f"'{self.source(operand)}' is empty, so '{whole}' has no answer")
                return
        kinds = " and ".join(f"{self.source(operand)} is {describe_type(value)}" for operand, value in operands)
        run.warn(f"{kinds}, so '{whole}' has no answer")


def _literal(_compiler: Compiler, node: s.Literal) -> Code:
    value = node.value
    return lambda scope: value


def lookup(scope: Scope, name: str) -> Any:
    """The value of a name, from the innermost scope that has it; _MISSING where none does."""
    level: Scope | None = scope
    while level is not None:
        value = level.values.get(name, _MISSING)
        if value is not _MISSING:
            if type(value) in SCALARS or level.outer is not None:
                return value
            return scope.run.convert(name, value)
        level = level.outer
    return _MISSING


def _name(_compiler: Compiler, node: s.Name) -> Code:
    name = node.name
    function = BUILT_INS.get(name)

    def read(scope: Scope) -> Any:
        value = scope.values.get(name, _MISSING)
        if type(value) in SCALARS:
            return value
        value = lookup(scope, name)
        if value is _MISSING:
            if function is None:
                scope.run.warn(f"There is nothing named '{name}'")
            return function
        return value

    return read


def _input(_compiler: Compiler, _node: s.InputValue) -> Code:
    def read(scope: Scope) -> Any:
        value = lookup(scope, "?")
        return None if value is _MISSING else value

    return read


def _path(compiler: Compiler, node: s.Path) -> Code:
    base, name, source = compiler.compile(node.base), node.name, compiler.source(node.base)

    def read(scope: Scope) -> Any:
        value = base(scope)
        if isinstance(value, dict):
            found: Any = cast("dict[str, Any]", value).get(name, _MISSING)
            if found is not _MISSING:
                return found
        return member(scope.run, value, name, source)

    return read


def member(run: Run, value: Any, name: str, source: str) -> Any:
    """What stands behind the dot; of a list, that of each of its entries."""
    if isinstance(value, list):
        run.spend(len(value))  # type: ignore[reportUnknownArgumentType]
        return [member(run, item, name, source) for item in value]  # type: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        if name not in value:
            run.warn(f"{source} has no '{name}'")
        return value.get(name)  # type: ignore[reportUnknownMemberType]
    kind = kind_of(value)
    read = PROPERTIES.get(kind, {}).get(name)
    if read is not None:
        return read(value)
    if value is not None:
        run.warn(f"{source} is {describe_type(value)}, which has no '{name}'")
    return None


def _negation(compiler: Compiler, node: s.Negation) -> Code:
    operand = compiler.compile(node.operand)

    def evaluate(scope: Scope) -> Any:
        value = operand(scope)
        result = negate(value)
        if result is None:
            compiler.why_no_answer(scope.run, node, (node.operand, value))
        return result

    return evaluate


_NUMBER_OPERATIONS = {
    "+": CONTEXT.add,
    "-": CONTEXT.subtract,
    "*": CONTEXT.multiply,
    "/": CONTEXT.divide,
    "**": CONTEXT.power,
}


def _arithmetic(compiler: Compiler, node: s.Arithmetic) -> Code:
    left, right, sign = compiler.compile(node.left), compiler.compile(node.right), node.operator
    numbers = _NUMBER_OPERATIONS[sign]

    def evaluate(scope: Scope) -> Any:
        one, other = left(scope), right(scope)
        if type(one) is Decimal and type(other) is Decimal:
            result = calculate(numbers, one, other)
            if result is None:
                zero = sign == "/" and other == 0
                reason = "nothing can be divided by 0" if zero else "the number is too large, or none"
                scope.run.warn(f"'{compiler.source(node)}' has no answer: {reason}")
            return result
        warned = scope.run.warned and len(scope.run.warned)
        result = operate(scope.run, sign, one, other)
        if result is None and (scope.run.warned and len(scope.run.warned)) == warned:
            compiler.why_no_answer(scope.run, node, (node.left, one), (node.right, other))
        return result

    return evaluate


def _and(compiler: Compiler, node: s.And) -> Code:
    return _logic(compiler, node, node.operands, False)


def _or(compiler: Compiler, node: s.Or) -> Code:
    return _logic(compiler, node, node.operands, True)


def _logic(compiler: Compiler, node: s.Node, operands: tuple[s.Node, ...], decisive: bool) -> Code:
    """Three-valued: one decisive operand decides, else one that is neither true nor false leaves no answer."""
    codes = [compiler.compile(operand) for operand in operands]

    def evaluate(scope: Scope) -> Any:
        result: bool | None = not decisive
        unknown: tuple[s.Node, Any] | None = None
        for place, code in enumerate(codes):
            value = code(scope)
            if value is decisive:
                return decisive
            if value is not result and value is not (not decisive):
                result = None
                unknown = unknown or (operands[place], value)
        if unknown is not None:
            compiler.why_no_answer(scope.run, node, unknown)
        return result

    return evaluate


def _if(compiler: Compiler, node: s.If) -> Code:
    condition, then, otherwise = map(compiler.compile, (node.condition, node.then, node.otherwise))

    def evaluate(scope: Scope) -> Any:
        value = condition(scope)
        if value is True:
            return then(scope)
        if value is not False:
            scope.run.warn(f"'{compiler.source(node.condition)}' is neither true nor false, so 'else' was taken")
        return otherwise(scope)

    return evaluate


def _instance_of(compiler: Compiler, node: s.InstanceOf) -> Code:
    value, type_, types = compiler.compile(node.value), node.type, compiler.types

    def evaluate(scope: Scope) -> Any:
        result = is_instance(scope.run, value(scope), type_, types)
        if result is None:
            scope.run.warn(f"There is no type named '{write_type(type_)}'")
        return result

    return evaluate


def _list(compiler: Compiler, node: s.ListLiteral) -> Code:
    items = [compiler.compile(item) for item in node.items]

    def evaluate(scope: Scope) -> Any:
        scope.run.spend(len(items))
        return [item(scope) for item in items]

    return evaluate


def _context(compiler: Compiler, node: s.ContextLiteral) -> Code:
    entries = [(key, compiler.compile(entry)) for key, entry in node.entries]
    keys = {key for key, _ in entries}
    twice = len(keys) < len(entries)

    def evaluate(scope: Scope) -> Any:
        scope.run.spend(len(entries))
        if twice:
            scope.run.warn(f"'{compiler.source(node)}' has a key twice")
            return None
        made: dict[str, Any] = {}
        inner = Scope(made, scope, scope.run)
        for key, entry in entries:
            made[key] = entry(inner)
        return made

    return evaluate


def _duration(compiler: Compiler, node: s.DurationOf) -> Code:
    unit = node.unit
    if isinstance(node.amount, s.Literal):
        fixed = make_duration(node.amount.value, unit)
        if fixed is not None:
            return lambda scope: fixed
    amount = compiler.compile(node.amount)

    def evaluate(scope: Scope) -> Any:
        value = amount(scope)
        result = make_duration(value, unit)
        if result is None:
            compiler.why_no_answer(scope.run, node, (node.amount, value))
        return result

    return evaluate


_COMPILERS: dict[type[s.Node], Callable[[Compiler, Any], Code]] = {
    s.Literal: _literal,
    s.Name: _name,
    s.InputValue: _input,
    s.Path: _path,
    s.Filter: compile_filter,
    s.Call: compile_call,
    s.Negation: _negation,
    s.Arithmetic: _arithmetic,
    s.Comparison: compile_comparison,
    s.Between: compile_between,
    s.In: compile_in,
    s.And: _and,
    s.Or: _or,
    s.If: _if,
    s.For: compile_for,
    s.Quantified: compile_quantified,
    s.InstanceOf: _instance_of,
    s.FunctionDefinition: compile_definition,
    s.ListLiteral: _list,
    s.ContextLiteral: _context,
    s.RangeLiteral: compile_range,
    s.UnaryTest: compile_unary_test,
    s.DurationOf: _duration,
}
