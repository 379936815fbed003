"""From the type hint of a `Config` attribute to the codec that reads it, so that a new kind of step needs no reader."""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from procession.docstrings import attribute_docs
from procession.engine.definition import Assignee, Expr, Text
from procession.engine.durations import Span
from procession.interchange.yaml.reading import Codec, Key
from procession.interchange.yaml.values import (
    EXPR,
    SPAN,
    TEMPLATE,
    TEXT,
    AssigneeCodec,
    BoolCodec,
    EitherCodec,
    IntCodec,
    ListCodec,
    MapCodec,
    PlainCodec,
    SpanOrExprCodec,
    WordCodec,
)


def key_name(attribute: str) -> str:
    """The YAML key of an attribute: `done_when` is `done when`, `for_` is `for`."""
    return attribute.rstrip("_").replace("_", " ")


def default_of(one: Any) -> Any:
    """A dataclass field's default; None where it has none."""
    if one.default is not MISSING:
        return one.default
    return one.default_factory() if one.default_factory is not MISSING else None


def is_required(one: Any) -> bool:
    return one.default is MISSING and one.default_factory is MISSING


def keys_of(
    cls: type,
    special: Mapping[str, tuple[str, Codec]],
    forms: Mapping[object, Codec],
    *,
    skip: tuple[str, ...] = (),
) -> tuple[Key, ...]:
    """The keys of a dataclass. `special` gives an attribute its own key and codec; `forms` codecs for certain hints."""
    if not is_dataclass(cls):
        raise TypeError(f"{cls!r} is no dataclass")
    hints = get_type_hints(cls)
    docs = attribute_docs(cls)
    keys: list[Key] = []
    for one in fields(cls):
        if one.name in skip:
            continue
        name, codec = special.get(one.name) or (key_name(one.name), codec_for(hints[one.name], forms))
        keys.append(Key(name, one.name, codec, is_required(one), default_of(one), docs.get(one.name, "")))
    return tuple(keys)


_SIMPLE: Mapping[object, Callable[[], Codec]] = {
    str: lambda: TEXT,
    Text: lambda: TEMPLATE,
    Expr: lambda: EXPR,
    Span: lambda: SPAN,
    bool: BoolCodec,
    int: IntCodec,
    Assignee: AssigneeCodec,
    Any: PlainCodec,
    object: PlainCodec,
}


def codec_for(hint: Any, forms: Mapping[object, Codec]) -> Codec:
    """The codec of a type hint."""
    if hint in forms:
        return forms[hint]
    if hint in _SIMPLE:
        return _SIMPLE[hint]()
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return WordCodec([str(word) for word in args])
    if origin in (Union, types.UnionType):
        choices = [arg for arg in args if arg is not type(None)]
        if len(choices) == 1:
            return codec_for(choices[0], forms)
        if set(choices) == {Span, Expr}:
            return SpanOrExprCodec()
        return EitherCodec(*(codec_for(choice, forms) for choice in choices))
    if origin is tuple and len(args) == 2 and args[1] is Ellipsis:
        return ListCodec(codec_for(args[0], forms))
    if origin is not None and issubclass(origin, Mapping):
        return MapCodec(codec_for(args[1], forms)) if args[1] not in (Any, object) else PlainCodec()
    raise TypeError(f"no form of YAML is known for {hint!r}")
