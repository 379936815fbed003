"""Dataclasses that are made by the thousand: a command makes some ten of them, and what making one costs is most of it.

`frozen=True` makes construction three times slower, because every attribute is set through `object.__setattr__`; a
factory such as `list[str]` is four times slower than `list`. So immutability is the type checker's business here, and
factories lose their parameters at run time.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, field, fields, make_dataclass
from typing import TYPE_CHECKING, Any, TypeVar, cast, dataclass_transform, get_origin

T = TypeVar("T")


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def value(*, kw_only: bool = False) -> Callable[[type[T]], type[T]]:
    """A class of values: with slots, equal and hashed by content, and never changed (the type checker sees to that)."""

    def make(cls: type[T]) -> type[T]:
        return dataclass(slots=True, unsafe_hash=True, kw_only=kw_only)(_with_plain_factories(cls))

    return make


@dataclass_transform(field_specifiers=(field,))
def record(*, owns: Sequence[str] = ()) -> Callable[[type[T]], type[T]]:
    """A class with slots whose attributes may change, and whose method `copied` copies one.

    owns: attributes of which a copy has a list or map of its own, which shares what is inside. All others are shared.
    """

    def make(cls: type[T]) -> type[T]:
        made = dataclass(slots=True)(_with_plain_factories(cls))
        made.copied = copier(made, owns=owns)  # type: ignore[attr-defined]
        return made

    return make


def _with_plain_factories(cls: type[T]) -> type[T]:
    for one in vars(cls).values():
        if isinstance(one, Field):
            described = cast("Field[Any]", one)
            plain = get_origin(described.default_factory)
            if plain is not None:
                described.default_factory = plain
    return cls


def copier(cls: Any, *, owns: Sequence[str]) -> Callable[[Any], Any]:
    """A function that copies a record (see `record`).

    Written out attribute by attribute, as `dataclass` writes `__init__`: that takes half the time of calling the class,
    and no new attribute can be forgotten.
    """
    lines = ["def copied(self):", " twin = new(cls)"]
    for one in fields(cls):
        own = ".copy()" if one.name in owns else ""
        lines.append(f" twin.{one.name} = self.{one.name}{own}")
    names: dict[str, Any] = {"cls": cls, "new": object.__new__}
    exec("\n".join([*lines, " return twin"]), names)  # noqa: S102 - of the class's own attribute names
    return names["copied"]


# --- what the written-out classes of a compiled engine need -----------------------------------------------------------

if TYPE_CHECKING:
    # The compiler knows it by this name and no other; the written-out classes import it from here.
    from mypy_extensions import mypyc_attr  # pyright: ignore[reportUnusedImport]
else:

    def mypyc_attr(**_words: bool) -> Callable[[type[T]], type[T]]:
        """What only the compiler reads."""
        return lambda cls: cls


NOTHING: Any = MISSING
"""Stands for a default that there is not."""


def described(
    cls: Any, attributes: Sequence[tuple[str, str, Any, Any, bool]], *, frozen: bool, kw_only: bool, slots: bool
) -> None:
    """Tell a class whose methods are written out what `dataclasses.fields`, `replace` and type hints ask for.

    An attribute is (name, type, default, factory, whether it counts for equality); see `tools/native_classes.py`.
    """
    made = [
        (name, hint, field(default_factory=factory, compare=compare) if factory is not MISSING
            else field(default=default, compare=compare))
        for name, hint, default, factory, compare in attributes
    ]  # fmt: skip
    twin: Any = make_dataclass(cls.__name__, made, frozen=frozen, kw_only=kw_only)
    cls.__dataclass_fields__ = twin.__dataclass_fields__
    cls.__dataclass_params__ = twin.__dataclass_params__
    cls.__match_args__ = twin.__match_args__
    if slots:  # Pydantic sets the attributes one by one where it finds them
        cls.__slots__ = tuple(twin.__dataclass_fields__)
    cls.__annotations__ = {name: hint for name, hint, *_ in attributes}


def rebuilt(cls: Any, values: Mapping[str, Any]) -> Any:
    """A pickled object of such a class, made anew."""
    return cls(**values)
