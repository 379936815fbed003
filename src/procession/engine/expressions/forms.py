"""Expressions that begin with a word: ``if``, ``for``, ``some``, ``every``, ``function``, and the constants."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from . import syntax as s
from .errors import ExpressionError
from .type_parser import parse_type
from .types import ANY, Type
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from .parser import Parser


def if_form(parser: Parser) -> s.Node:
    start = parser.token.start
    parser.at += 1
    condition = parser.expression()
    parser.expect("then", "the condition of 'if'")
    then = parser.expression()
    parser.expect("else", "the 'then' of 'if'")
    otherwise = parser.expression()
    return parser.keep(s.If(start=start, end=otherwise.end, condition=condition, then=then, otherwise=otherwise))


def for_form(parser: Parser) -> s.Node:
    start = parser.token.start
    parser.at += 1
    variables = read_variables(parser, "return", ["partial"])
    try:
        body = parser.expression()
    finally:
        parser.scopes.pop()
    return parser.keep(s.For(start=start, end=body.end, variables=variables, body=body))


def quantified_form(parser: Parser) -> s.Node:
    start, every = parser.token.start, parser.token.text == "every"
    parser.at += 1
    variables = read_variables(parser, "satisfies", [])
    try:
        condition = parser.expression()
    finally:
        parser.scopes.pop()
    return parser.keep(
        s.Quantified(start=start, end=condition.end, every=every, variables=variables, condition=condition)
    )


def read_variables(parser: Parser, then: str, more: list[str]) -> tuple[tuple[str, s.Node], ...]:
    """``x in list, y in …`` and the word after it; leaves a scope open that knows the variables."""
    scope = Vocabulary()
    parser.scopes.append(scope)
    found: list[tuple[str, s.Node]] = []
    try:
        while True:
            name = parser.declared_name("the variable", "in")
            parser.at += 1
            found.append((name, read_domain(parser)))
            scope.add(name)
            if not parser.accept(","):
                break
        for name in more:
            scope.add(name)
        parser.expect(then, "the lists")
    except ExpressionError:
        parser.scopes.pop()
        raise
    return tuple(found)


def read_domain(parser: Parser) -> s.Node:
    """A list, or two numbers with ``..`` between them."""
    low = parser.expression()
    if not parser.accept(".."):
        return low
    high = parser.expression()
    return parser.keep(
        s.RangeLiteral(start=low.start, end=high.end, low=low, high=high, low_included=True, high_included=True)
    )


def function_form(parser: Parser) -> s.Node:
    start = parser.token.start
    parser.at += 1
    parser.expect("(", "'function'")
    scope = Vocabulary()
    parameters: list[tuple[str, Type]] = []
    while not parser.is_next(")"):
        if parameters:
            parser.expect(",", "a parameter")
        name = parser.declared_name("the parameter", ":", ",", ")")
        type_ = parser.nested(lambda: parse_type(parser)) if parser.accept(":") else ANY
        parameters.append((name, type_))
        scope.add(name)
    parser.at += 1
    external = parser.accept("external")
    parser.scopes.append(scope)
    try:
        body = parser.expression()
    finally:
        parser.scopes.pop()
    return parser.keep(
        s.FunctionDefinition(start=start, end=body.end, parameters=tuple(parameters), body=body, external=external)
    )


def constant(parser: Parser) -> s.Node:
    token = parser.token
    parser.at += 1
    value = {"true": True, "false": False, "null": None}[token.text]
    return parser.keep(s.Literal(start=token.start, end=token.end, value=value))


FORMS: dict[str, Callable[[Parser], s.Node]] = {
    "if": if_form,
    "for": for_form,
    "some": quantified_form,
    "every": quantified_form,
    "function": function_form,
    "true": constant,
    "false": constant,
    "null": constant,
}
