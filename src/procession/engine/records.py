"""Dataclasses that are made by the thousand: a command makes some ten of them, and what making one costs is most of it.

`frozen=True` makes construction three times slower, because every attribute is set through `object.__setattr__`; a
factory such as `list[str]` is four times slower than `list`. So immutability is the type checker's business here, and
factories lose their parameters at run time.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import Field, dataclass, field, fields
from typing import Any, TypeVar, cast, dataclass_transform, get_origin

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """A class of values: with slots, equal and hashed by content, and never changed (the type checker sees to that)."""

    def make(cls: type[T]) -> type[T]:
        return dataclass(slots=True, unsafe_hash=True, kw_only=kw_only)(_with_plain_factories(cls))

    return make


@dataclass_transform(field_specifiers=(field,))
def record() -> Callable[[type[T]], type[T]]:
    """A class with slots whose attributes may change."""

    def make(cls: type[T]) -> type[T]:
        return dataclass(slots=True)(_with_plain_factories(cls))

    return make


def _with_plain_factories(cls: type[T]) -> type[T]:
    for one in vars(cls).values():
        if isinstance(one, Field):
            described = cast("Field[Any]", one)
            plain = get_origin(described.default_factory)
            if plain is not None:
                described.default_factory = plain
    return cls


def copier(cls: Any) -> Callable[[T], T]:
    """A function that copies a record with the lists and maps it holds, but not what is inside those.

    Written out attribute by attribute, as `dataclass` writes `__init__`: that takes half the time of calling the class,
    and no new attribute can be forgotten.
    """
    lines = ["def copy(old):", " twin = new(cls)"]
    for one in fields(cls):
        factory: object = one.default_factory
        own = ".copy()" if factory is list or factory is dict else ""
        lines.append(f" twin.{one.name} = old.{one.name}{own}")
    names: dict[str, Any] = {"cls": cls, "new": object.__new__}
    exec("\n".join([*lines, " return twin"]), names)  # noqa: S102 - of the class's own attribute names
    return names["copy"]
