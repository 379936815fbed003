"""The types after ``instance of`` and in a function's parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from .types import (
    ANY,
    SIMPLE_TYPES,
    ContextType,
    FunctionType,
    ListType,
    NamedType,
    RangeType,
    SimpleType,
    Type,
)
from .vocabulary import Vocabulary

if TYPE_CHECKING:
    from .parser import Parser

_ALIASES = {
    "day time duration": "days and time duration",
    "dayTimeDuration": "days and time duration",
    "year month duration": "years and months duration",
    "yearMonthDuration": "years and months duration",
    "dateTime": "date and time",
    "any": "Any",
}
_BUILT_IN = Vocabulary([*SIMPLE_TYPES, *_ALIASES])


def simple_type(name: str) -> SimpleType | None:
    """The type of FEEL's own of that name."""
    name = _ALIASES.get(name, name)
    return SimpleType(name) if name in SIMPLE_TYPES else None


def parse_type(parser: Parser) -> Type:
    """Reads a type from where the parser stands."""
    if parser.token.kind != "word":
        raise parser.error("A type is missing", hint="such as number, string, date or list<number>")
    name = _type_name(parser)
    if parser.is_next("<") and name in ("list", "range", "context", "function"):
        parser.at += 1
        return parser.nested(lambda: _parse_inside(parser, name))
    return simple_type(name) or NamedType(name)


def _type_name(parser: Parser) -> str:
    own = parser.types.longest(parser.tokens, parser.at)
    built_in = _BUILT_IN.longest(parser.tokens, parser.at)
    if own and (built_in is None or own[1] > built_in[1]):
        parser.at += own[1]
        return own[0]
    if built_in:
        parser.at += built_in[1]
        return built_in[0]
    name = parser.token.text
    parser.at += 1
    while parser.is_next(".") and parser.peek().kind == "word":
        name += "." + parser.peek().text
        parser.at += 2
    return name


def _parse_inside(parser: Parser, name: str) -> Type:
    if name == "context":
        entries: list[tuple[str, Type]] = []
        while not parser.is_next(">"):
            if entries:
                parser.expect(",", "an entry's type")
            key = parser.declared_name("the entry", ":")
            parser.at += 1
            entries.append((key, parse_type(parser)))
        parser.at += 1
        return ContextType(tuple(entries))
    if name == "function":
        parameters: list[Type] = []
        while not parser.is_next(">"):
            if parameters:
                parser.expect(",", "a parameter's type")
            parameters.append(parse_type(parser))
        parser.at += 1
        result = parse_type(parser) if parser.accept("->") else ANY
        return FunctionType(tuple(parameters), result)
    inside = parse_type(parser)
    parser.expect(">", f"the type in '{name}<'")
    return ListType(inside) if name == "list" else RangeType(inside)
