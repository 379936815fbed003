"""Boxed expressions: tables, contexts, lists, relations, functions, invocations, loops, filters and conditionals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, cast
from xml.etree.ElementTree import Element

from procession.engine.decision_table import DecisionTable, Output
from procession.engine.decision_table.hit_policy import LISTING
from procession.engine.expressions.conformance import NotConforming, convert
from procession.engine.expressions.errors import ExpressionError
from procession.engine.expressions.expression import compile_expression
from procession.engine.expressions.functions import invoke
from procession.engine.expressions.iteration import NoDomain, entries_of, filter_items
from procession.engine.expressions.parser import Dialect
from procession.engine.expressions.runtime import Run, Scope
from procession.engine.expressions.types import ANY, Type, write_type
from procession.engine.expressions.values import Function, describe_type

from .item_types import listed_values, type_from_name
from .model import Code, Model
from .xml import first, local_name, named, text_of

_POLICIES = {"MIN": "collect min", "MAX": "collect max", "SUM": "collect sum", "COUNT": "collect count"}


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a boxed expression may mention."""

    model: Model
    names: frozenset[str]

    def plus(self, *names: str) -> Surroundings:
        return replace(self, names=self.names | set(names))


def compile_boxed(element: Element | None, around: Surroundings) -> Code:
    """The expression's closure. One that cannot be read answers null with a warning: the rest of the model still
    works."""
    if element is None or local_name(element) not in BOXED:
        return _without_logic
    try:
        return typed(BOXED[local_name(element)](element, around), type_from_name(element.get("typeRef")), around)
    except ExpressionError as error:
        message = f"An expression cannot be read: {error}"
        return lambda scope: scope.run.warn(message)


def _without_logic(scope: Scope) -> Any:
    scope.run.warn("A decision has no logic")


def compile_child(element: Element | None, around: Surroundings) -> Code:
    """The one boxed expression inside an element such as ``in`` or ``return``."""
    return compile_boxed(first(element, *BOXED), around)


def typed(code: Code, type_: Type, around: Surroundings) -> Code:
    """The same, but null with a warning where the value is not of its type."""
    if type_ == ANY:
        return code
    types: Mapping[str, Type] = around.model.types

    def evaluate(scope: Scope) -> Any:
        return coerce(scope.run, code(scope), type_, types)

    return evaluate


def coerce(run: Run, value: Any, type_: Type, types: Mapping[str, Type]) -> Any:
    """The value as the type allows it, or None with a warning."""
    try:
        return convert(run, value, type_, types)
    except NotConforming:
        run.warn(f"The value is {describe_type(value)}, not of type {write_type(type_)}")
        return None


def _literal(element: Element, around: Surroundings) -> Code:
    text = text_of(element)
    if not text:
        return _without_logic
    expression = compile_expression(
        text, around.names, dialect=Dialect.DMN, members=around.model.members, types=around.model.types
    )
    return expression.compute


def _context(element: Element, around: Surroundings) -> Code:
    entries: list[tuple[str | None, Code]] = []
    for entry in named(element, "contextEntry"):
        variable = first(entry, "variable")
        name = None if variable is None else " ".join(variable.get("name", "").split())
        inside = around if name is None else around.plus(name)  # a function may call itself
        code = compile_child(entry, inside if first(entry, "functionDefinition") is not None else around)
        if variable is not None:
            code = typed(code, type_from_name(variable.get("typeRef")), around)
        entries.append((name, code))
        around = inside

    def evaluate(scope: Scope) -> Any:
        made: dict[str, Any] = {}
        inner = Scope(made, scope, scope.run)
        for name, code in entries:
            if name is None:
                return code(inner)
            made[name] = code(inner)
        return made

    return evaluate


def _list(element: Element, around: Surroundings) -> Code:
    items = [compile_boxed(item, around) for item in named(element, *BOXED)]
    return lambda scope: [item(scope) for item in items]


def _relation(element: Element, around: Surroundings) -> Code:
    columns = [column.get("name", "") for column in named(element, "column")]
    rows = [[compile_boxed(cell, around) for cell in named(row, *BOXED)] for row in named(element, "row")]
    return lambda scope: [{name: cell(scope) for name, cell in zip(columns, row, strict=False)} for row in rows]


def _function(element: Element, around: Surroundings) -> Code:
    if element.get("kind", "FEEL") != "FEEL":
        return _external
    parameters = tuple(
        (one.get("name", ""), type_from_name(one.get("typeRef"))) for one in named(element, "formalParameter")
    )
    body = compile_child(element, around.plus(*(name for name, _ in parameters)))
    types = around.model.types
    return lambda scope: make_function("", parameters, body, types, scope)


def _external(scope: Scope) -> Any:
    scope.run.warn("Functions of other languages (Java, PMML) cannot be called")


def make_function(
    name: str, parameters: tuple[tuple[str, Type], ...], body: Code, types: Mapping[str, Type], scope: Scope
) -> Function:
    """A function whose body sees the scope in which it was defined; a wrong argument leaves no answer."""

    def call(run: Run, *arguments: Any) -> Any:
        values: dict[str, Any] = {}
        for (parameter, type_), value in zip(parameters, arguments, strict=True):
            values[parameter] = coerce(run, value, type_, types)
            if values[parameter] is None and value is not None:
                return None
        return body(Scope(values, scope, run))

    return Function(name, parameters, call)


def _invocation(element: Element, around: Surroundings) -> Code:
    function = compile_child(element, around)
    bindings: list[tuple[str, Code]] = []
    for binding in named(element, "binding"):
        parameter = first(binding, "parameter")
        name = "" if parameter is None else parameter.get("name", "")
        code = compile_child(binding, around)
        if parameter is not None:
            code = typed(code, type_from_name(parameter.get("typeRef")), around)
        bindings.append((name, code))
    names = tuple(name for name, _ in bindings)

    def evaluate(scope: Scope) -> Any:
        called = function(scope)
        arguments = [code(scope) for _, code in bindings]
        return invoke(scope.run, called, arguments, names or None) if called is not None else None

    return evaluate


def _conditional(element: Element, around: Surroundings) -> Code:
    condition, then, otherwise = (compile_child(first(element, name), around) for name in ("if", "then", "else"))
    return lambda scope: then(scope) if condition(scope) is True else otherwise(scope)


def _for(element: Element, around: Surroundings) -> Code:
    variable = element.get("iteratorVariable", "")
    domain = compile_child(first(element, "in"), around)
    body = compile_child(first(element, "return"), around.plus(variable, "partial"))

    def evaluate(scope: Scope) -> Any:
        results: list[Any] = []
        for entry in _entries(scope, domain):
            results.append(body(Scope({variable: entry, "partial": results[:]}, scope, scope.run)))
        return scope.run.check_list(results)

    return _over_list(evaluate)


def _entries(scope: Scope, domain: Code) -> Any:
    for entry in entries_of(scope.run, domain(scope)):
        scope.run.spend(1)
        yield entry


def _over_list(evaluate: Code) -> Code:
    def guarded(scope: Scope) -> Any:
        try:
            return evaluate(scope)
        except NoDomain:
            scope.run.warn("A loop goes over something that is no list")
            return None

    return guarded


def _quantified(decisive: bool) -> Callable[[Element, Surroundings], Code]:
    def compile_quantified(element: Element, around: Surroundings) -> Code:
        variable = element.get("iteratorVariable", "")
        domain = compile_child(first(element, "in"), around)
        condition = compile_child(first(element, "satisfies"), around.plus(variable))

        def evaluate(scope: Scope) -> Any:
            for entry in _entries(scope, domain):
                answer = condition(Scope({variable: entry}, scope, scope.run))
                if not isinstance(answer, bool):
                    scope.run.warn("The condition of a loop is neither true nor false")
                    return None
                if answer is decisive:
                    return decisive
            return not decisive

        return _over_list(evaluate)

    return compile_quantified


def _filter(element: Element, around: Surroundings) -> Code:
    domain = compile_child(first(element, "in"), around)
    condition = compile_child(first(element, "match"), around.plus("item"))

    def evaluate(scope: Scope) -> Any:
        value = domain(scope)
        if value is None:
            return None
        items = cast("list[Any]", value) if isinstance(value, list) else [value]
        return filter_items(scope, items, condition, 10, strict=True)

    return evaluate


def _decision_table(element: Element, around: Surroundings) -> Code:
    inputs = [text_of(first(one, "inputExpression")) or "null" for one in named(element, "input")]
    columns = list(named(element, "output"))
    outputs = [_output(column, element, around) for column in columns]
    rules = [
        [text_of(cell) or "-" for cell in named(rule, "inputEntry")]
        + [text_of(cell) or "-" for cell in named(rule, "outputEntry")]
        for rule in named(element, "rule")
    ]
    hit = element.get("hitPolicy", "UNIQUE")
    policy = _POLICIES.get(element.get("aggregation", ""), "collect") if hit == "COLLECT" else hit.lower()
    table = DecisionTable(
        inputs,
        outputs,
        rules,
        hit=policy,
        names=around.names,
        dialect=Dialect.DMN,
        strict=True,
        members=tuple(around.model.members),
        types=around.model.types,
    )
    return lambda scope: _table_value(scope, table)


def _output(column: Element, table: Element, around: Surroundings) -> Output:
    options = listed_values(text_of(first(column, "outputValues")))
    if not options:
        options = around.model.allowed.get(column.get("typeRef") or table.get("typeRef") or "", ())
    return Output(column.get("name", ""), options, default=text_of(first(column, "defaultOutputEntry")) or None)


def _table_value(scope: Scope, table: DecisionTable) -> Any:
    """One output is its value, several are a context; policies that list give a list of those."""
    result = table.compute(scope)
    if not result.ok:
        scope.run.warn(result.sentence)
        return None
    if table.hit not in LISTING and table.hit.startswith("collect"):
        values: Any = result.outputs
        return values if len(table.outputs) > 1 else next(iter(values.values()))
    rows: list[Any] = [row if len(table.outputs) > 1 else next(iter(row.values())) for row in result.rows]
    return rows if table.hit in LISTING else rows[0]


BOXED: dict[str, Callable[[Element, Surroundings], Code]] = {
    "literalExpression": _literal,
    "context": _context,
    "list": _list,
    "relation": _relation,
    "functionDefinition": _function,
    "encapsulatedLogic": _function,
    "invocation": _invocation,
    "conditional": _conditional,
    "for": _for,
    "some": _quantified(True),
    "every": _quantified(False),
    "filter": _filter,
    "decisionTable": _decision_table,
}
