"""Item definitions to types."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from xml.etree.ElementTree import Element

from procession.engine.expressions.errors import ExpressionError
from procession.engine.expressions.expression import UnaryTests, compile_unary_tests, start_run
from procession.engine.expressions.parser import Dialect
from procession.engine.expressions.runtime import DEFAULT, Scope
from procession.engine.expressions.syntax import Literal
from procession.engine.expressions.type_parser import simple_type
from procession.engine.expressions.types import (
    ANY,
    ConstrainedType,
    ContextType,
    FunctionType,
    ListType,
    NamedType,
    Type,
)

from .model import DmnError
from .xml import first, named, text_of


def type_from_name(name: str | None) -> Type:
    """What a ``typeRef`` means; without one any value is allowed."""
    if not name:
        return ANY
    plain = name.rpartition(":")[2] if name.startswith("feel:") else name
    return simple_type(plain) or NamedType(plain)


def read_item_definition(element: Element) -> Type:
    """The type that an item definition, or a component of one, describes."""
    function = first(element, "functionItem")
    components = list(named(element, "itemComponent"))
    if function is not None:
        parameters = tuple(type_from_name(one.get("typeRef")) for one in named(function, "parameters"))
        base: Type = FunctionType(parameters, type_from_name(function.get("outputTypeRef")))
    elif components:
        base = ContextType(tuple((one.get("name", ""), read_item_definition(one)) for one in components))
    else:
        base = type_from_name(text_of(element, "typeRef"))
    base = _constrained(base, text_of(first(element, "allowedValues")))
    if element.get("isCollection") == "true":
        base = ListType(base)
    return _constrained(base, text_of(first(element, "typeConstraint")))


def _constrained(base: Type, text: str | None) -> Type:
    return base if not text else ConstrainedType(base, _test(text), text)


def _test(text: str) -> Callable[[Any], bool]:
    tests = compile_tests(text)
    return lambda value: tests.compute(Scope({}, None, start_run(DEFAULT, Dialect.DMN)), value) is True


def compile_tests(text: str) -> UnaryTests:
    try:
        return compile_unary_tests(text, dialect=Dialect.DMN)
    except ExpressionError as error:
        raise DmnError(f"The allowed values '{text[:80]}' cannot be read: {error}") from None


def listed_values(text: str | None) -> tuple[Any, ...]:
    """The values of a list of literals, in order; empty where it is anything else."""
    if not text:
        return ()
    tests = compile_tests(text).tree.tests
    values = tuple(test.value for test in tests if isinstance(test, Literal))
    return values if len(values) == len(tests) else ()


def component_names(element: Element) -> Iterator[str]:
    """The names of all components, at any depth."""
    for component in named(element, "itemComponent"):
        yield component.get("name", "")
        yield from component_names(component)
