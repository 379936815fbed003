"""Expressions in brackets: groups, lists, ranges, contexts, and the arguments of a call."""

from __future__ import annotations

from typing import TYPE_CHECKING

from . import syntax as s
from .lexer import Token
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from .parser import Parser

NAME_SIGNS = frozenset(["+", "-", "*", "/", "'", "’", "."])
"""Signs that a name may hold."""


def bracketed(parser: Parser) -> s.Node:
    match parser.token.text:
        case "(":
            return group_or_range(parser)
        case "[":
            return list_or_range(parser)
        case "]":
            opening = parser.token
            parser.at += 1
            low = parser.expression()
            return range_from(parser, opening, low, False)
        case "{":
            return context(parser)
        case _:
            raise parser.error(f"'{parser.token.text}' is not expected here")


def group_or_range(parser: Parser) -> s.Node:
    opening = parser.token
    parser.at += 1
    outer, parser.in_range_end = parser.in_range_end, False
    try:
        inner = parser.nested(parser.test)
        if parser.is_next(".."):
            return range_from(parser, opening, inner, False)
        parser.expect(")", "the expression in brackets")
    finally:
        parser.in_range_end = outer
    return inner


def list_or_range(parser: Parser) -> s.Node:
    opening = parser.token
    parser.at += 1
    outer, parser.in_range_end = parser.in_range_end, False
    try:
        if parser.is_next("]"):
            parser.at += 1
            return parser.keep(s.ListLiteral(start=opening.start, end=parser.tokens[parser.at - 1].end, items=()))
        items = [parser.nested(parser.test)]
        if parser.is_next(".."):
            return range_from(parser, opening, items[0], True)
        while parser.accept(","):
            items.append(parser.nested(parser.test))
        end = parser.expect("]", "the list").end
    finally:
        parser.in_range_end = outer
    return parser.keep(s.ListLiteral(start=opening.start, end=end, items=tuple(items)))


def range_from(parser: Parser, opening: Token, low: s.Node, low_included: bool) -> s.Node:
    parser.expect("..", "the lower end of the range")
    parser.in_range_end = True
    high = parser.expression()
    parser.in_range_end = False
    closing = parser.token
    if closing.text not in ("]", ")", "[") or closing.kind != "symbol":
        raise parser.error("The range is not closed", hint="']' includes the upper end, ')' leaves it out")
    parser.at += 1
    included = closing.text == "]"
    return parser.keep(
        s.RangeLiteral(
            start=opening.start, end=closing.end, low=low, high=high, low_included=low_included, high_included=included
        )
    )


def context(parser: Parser) -> s.Node:
    opening = parser.token
    parser.at += 1
    scope = Vocabulary()
    parser.scopes.append(scope)
    entries: list[tuple[str, s.Node]] = []
    try:
        while not parser.is_next("}"):
            if entries:
                parser.expect(",", "a context's entry")
            key = context_key(parser)
            parser.expect(":", f"the key '{key}'")
            entries.append((key, parser.expression()))
            scope.add(key)
            parser.own_members.add(key)
    finally:
        parser.scopes.pop()
    end = parser.expect("}", "the context").end
    return parser.keep(s.ContextLiteral(start=opening.start, end=end, entries=tuple(entries)))


def context_key(parser: Parser) -> str:
    if parser.token.kind == "string":
        parser.at += 1
        return parser.tokens[parser.at - 1].value
    return parser.declared_name("the context's entry", ":")


def call(parser: Parser, function: s.Node) -> s.Node:
    parser.at += 1
    outer, parser.in_range_end = parser.in_range_end, False
    arguments: list[s.Node] = []
    names: list[str] = []
    try:
        while not parser.is_next(")"):
            if arguments:
                parser.expect(",", "an argument")
            if _is_named_argument(parser):
                names.append(parser.declared_name("the parameter", ":"))
                parser.at += 1
            elif names:
                raise parser.error("After a named argument all others need names too")
            arguments.append(parser.nested(parser.test))
            if names and len(names) != len(arguments):
                raise parser.error("After a named argument all others need names too")
        end = parser.expect(")", "the arguments").end
    finally:
        parser.in_range_end = outer
    given = tuple(names) if names else None
    return parser.keep(
        s.Call(start=function.start, end=end, function=function, arguments=tuple(arguments), names=given)
    )


def _is_named_argument(parser: Parser) -> bool:
    ahead = 0
    while parser.peek(ahead).kind == "word" or (ahead and parser.peek(ahead).text in NAME_SIGNS):
        ahead += 1
    return ahead > 0 and parser.peek(ahead).text == ":" and parser.peek(ahead).kind == "symbol"
