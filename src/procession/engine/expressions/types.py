"""FEEL's types, as ``instance of`` and DMN's type references name them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

SIMPLE_TYPES = (
    "Any",
    "Null",
    "number",
    "string",
    "boolean",
    "date",
    "time",
    "date and time",
    "days and time duration",
    "years and months duration",
    "list",
    "context",
    "function",
    "range",
)


@dataclass(frozen=True, slots=True)
class SimpleType:
    """One of SIMPLE_TYPES; ``list`` and so on without anything about what is inside."""

    name: str


@dataclass(frozen=True, slots=True)
class ListType:
    item: Type


@dataclass(frozen=True, slots=True)
class ContextType:
    entries: tuple[tuple[str, Type], ...]


@dataclass(frozen=True, slots=True)
class FunctionType:
    parameters: tuple[Type, ...]
    result: Type


@dataclass(frozen=True, slots=True)
class RangeType:
    point: Type


@dataclass(frozen=True, slots=True)
class NamedType:
    """A type that somebody else defines: an item definition of a DMN model."""

    name: str


@dataclass(frozen=True, slots=True)
class ConstrainedType:
    """A type of which only some values are allowed."""

    base: Type
    allows: Callable[[Any], bool]
    text: str


Type = SimpleType | ListType | ContextType | FunctionType | RangeType | NamedType | ConstrainedType

ANY = SimpleType("Any")


def write_type(type_: Type) -> str:
    """The type as an author would write it."""
    match type_:
        case SimpleType(name) | NamedType(name):
            return name
        case ListType(item):
            return f"list<{write_type(item)}>"
        case RangeType(point):
            return f"range<{write_type(point)}>"
        case ContextType(entries):
            return f"context<{', '.join(f'{name}: {write_type(entry)}' for name, entry in entries)}>"
        case FunctionType(parameters, result):
            return f"function<{', '.join(map(write_type, parameters))}> -> {write_type(result)}"
        case ConstrainedType(base):
            return write_type(base)
