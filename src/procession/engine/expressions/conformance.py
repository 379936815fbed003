"""Whether a value is of a type, and the conversions that a declared type allows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from .runtime import Run
from .temporal import Date, DateTime
from .types import (
    ConstrainedType,
    ContextType,
    FunctionType,
    ListType,
    NamedType,
    RangeType,
    SimpleType,
    Type,
)
from .values import BuiltIn, Function, Range, type_name


def conforms(run: Run, value: Any, type_: Type, named: Mapping[str, Type]) -> bool:
    """Whether the value may be used where the type is declared; null always may."""
    if value is None:
        return True
    run.spend(1)
    match type_:
        case SimpleType("Any"):
            return True
        case SimpleType("Null"):
            return False
        case SimpleType(name):
            return type_name(value) == name
        case NamedType(name):
            return name in named and conforms(run, value, named[name], named)
        case ConstrainedType(base, allows):
            return conforms(run, value, base, named) and allows(value)
        case ListType(item):
            return isinstance(value, list) and all(conforms(run, one, item, named) for one in cast("list[Any]", value))
        case ContextType(entries):
            return isinstance(value, dict) and _has_entries(run, cast("dict[str, Any]", value), entries, named)
        case RangeType(point):
            return isinstance(value, Range) and all(conforms(run, end, point, named) for end in (value.low, value.high))
        case FunctionType(parameters):
            if isinstance(value, BuiltIn):
                return True
            return isinstance(value, Function) and len(value.parameters) == len(parameters)


def _has_entries(
    run: Run, value: dict[str, Any], entries: tuple[tuple[str, Type], ...], named: Mapping[str, Type]
) -> bool:
    return all(name in value and conforms(run, value[name], type_, named) for name, type_ in entries)


def is_instance(run: Run, value: Any, type_: Type, named: Mapping[str, Type]) -> bool | None:
    """``value instance of type``; None where the type is not known."""
    if isinstance(type_, NamedType) and type_.name not in named:
        return None
    if value is None:
        return type_ == SimpleType("Null")
    while isinstance(type_, ConstrainedType | NamedType):  # which values are allowed is no matter of the type
        type_ = type_.base if isinstance(type_, ConstrainedType) else named.get(type_.name, SimpleType("Null"))
    return conforms(run, value, type_, named)


class NotConforming(Exception):
    """A value is not of the type that its place declares."""


def convert(run: Run, value: Any, type_: Type, named: Mapping[str, Type]) -> Any:
    """The value where the type is declared: as it is, or by one of FEEL's implicit conversions. Raises NotConforming.

    A list of one becomes its entry, a single value a list of it, a date its midnight in UTC.
    """
    if value is None or conforms(run, value, type_, named):
        return value
    if isinstance(value, list):
        items = cast("list[Any]", value)
        converted: Any = items[0] if len(items) == 1 else items
    elif isinstance(value, Date):
        converted = DateTime(value, 0, 0)
    else:
        converted = [value]
    if converted is not value and conforms(run, converted, type_, named):
        return converted
    if isinstance(value, Date) and conforms(run, [value], type_, named):
        return [value]
    raise NotConforming
