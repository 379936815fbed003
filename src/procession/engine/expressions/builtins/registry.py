"""How built-in functions are declared and called.

A function is declared with the signature that its users see::

    @built_in("substring(string: string, start position: number, length: number?)")

A ``?`` after a type allows null and, at the end, leaving the argument out; ``...`` takes any number of arguments as
one list.
Several declarations of one name are tried in order. Where the arguments fit none, the answer is null and a warning
says why.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeVar

from ..runtime import Run
from ..temporal import Date, DateTime, DaysDuration, MonthsDuration, OutOfRange, Time
from ..values import BuiltIn, Function, Range, describe_type

_F = TypeVar("_F", bound=Callable[..., Any])

_KINDS: dict[str, tuple[type, ...]] = {
    "any": (object,),
    "number": (Decimal,),
    "string": (str,),
    "boolean": (bool,),
    "date": (Date,),
    "time": (Time,),
    "moment": (Date, DateTime),
    "datetime": (DateTime,),
    "duration": (DaysDuration, MonthsDuration),
    "days": (DaysDuration,),
    "list": (list,),
    "context": (dict,),
    "range": (Range,),
    "function": (Function, BuiltIn),
}
_WORDS = {
    "number": "a number",
    "string": "a text",
    "boolean": "yes or no",
    "date": "a date",
    "time": "a time",
    "moment": "a date or a date and time",
    "datetime": "a date and time",
    "duration": "a duration",
    "days": "a days and time duration",
    "list": "a list",
    "context": "a context",
    "range": "a range",
    "function": "a function",
}


@dataclass(frozen=True, slots=True)
class Parameter:
    name: str
    kind: str
    optional: bool
    variadic: bool


@dataclass(frozen=True, slots=True)
class Signature:
    name: str
    parameters: tuple[Parameter, ...]
    function: Callable[..., Any]

    @property
    def required(self) -> int:
        return sum(not parameter.optional and not parameter.variadic for parameter in self.parameters)

    @property
    def is_variadic(self) -> bool:
        return bool(self.parameters) and self.parameters[-1].variadic

    def accepts(self, count: int) -> bool:
        least = len(self.parameters) if self.is_variadic else self.required
        return least <= count and (self.is_variadic or count <= len(self.parameters))

    def order(self, names: tuple[str, ...]) -> list[int] | None:
        """For each parameter the place of its argument, -1 for one left out; None where the names do not fit."""
        known = [parameter.name for parameter in self.parameters]
        if len(set(names)) != len(names) or any(name not in known for name in names):
            return None
        places = [names.index(name) if name in names else -1 for name in known]
        fits = all(place >= 0 or parameter.optional for place, parameter in zip(places, self.parameters, strict=True))
        return places if fits else None


REGISTRY: dict[str, list[Signature]] = {}


def built_in(text: str) -> Callable[[_F], _F]:
    """Declares a function of the language by its signature."""
    name, _, rest = text.partition("(")
    parameters = tuple(_parameter(part) for part in rest.rstrip(")").split(",") if part.strip())

    def declare(function: _F) -> _F:
        REGISTRY.setdefault(name, []).append(Signature(name, parameters, function))
        return function

    return declare


def _parameter(text: str) -> Parameter:
    name, _, kind = (part.strip() for part in text.partition(":"))
    bare = kind.rstrip("?.")
    assert bare in _KINDS, text
    return Parameter(name, bare, kind.endswith("?"), kind.endswith("..."))


def choose(function: BuiltIn, count: int, names: tuple[str, ...] | None) -> list[tuple[Signature, list[int] | None]]:
    """The signatures that a call of that shape may mean, each with the order of its named arguments."""
    found: list[tuple[Signature, list[int] | None]] = []
    for signature in function.signatures:
        if names is None:
            if signature.accepts(count):
                found.append((signature, None))
        elif (order := signature.order(names)) is not None:
            found.append((signature, order))
    return found


def call(run: Run, function: BuiltIn, arguments: list[Any], names: tuple[str, ...] | None) -> Any:
    """Calls the first signature that the arguments fit."""
    run.spend(1)
    problem = ""
    for signature, order in choose(function, len(arguments), names):
        ordered = arguments if order is None else [arguments[place] if place >= 0 else None for place in order]
        ready = _fit(signature, ordered)
        if isinstance(ready, list):
            try:
                return signature.function(run, *ready)
            except OutOfRange:
                ready = f"The answer of '{signature.name}' lies beyond the years that are known"
        problem = problem or ready
    run.warn(problem or _shape_problem(function, len(arguments), names))
    return None


def _shape_problem(function: BuiltIn, count: int, names: tuple[str, ...] | None) -> str:
    forms = " or ".join(describe(signature) for signature in function.signatures)
    given = f"arguments named {', '.join(names)}" if names else f"{count} arguments" if count != 1 else "1 argument"
    return f"'{function.name}' cannot be called with {given}; it is {forms}"


def describe(signature: Signature) -> str:
    """The signature as its users see it, without types."""
    names = [p.name + ("?" if p.optional else "…" if p.variadic else "") for p in signature.parameters]
    return f"{signature.name}({', '.join(names)})"


def _fit(signature: Signature, arguments: list[Any]) -> list[Any] | str:
    """The arguments as the function takes them, or a sentence about the first that does not fit."""
    ready: list[Any] = []
    for place, parameter in enumerate(signature.parameters):
        if parameter.variadic:
            ready.append(list(arguments[place:]))
            break
        value = arguments[place] if place < len(arguments) else None
        if value is None:
            if not parameter.optional and parameter.kind != "any":
                return f"The {parameter.name} of '{signature.name}' is empty"
        elif not isinstance(value, _KINDS[parameter.kind]) or (parameter.kind == "number" and value is True):
            value = _coerce(value, parameter.kind)
            if value is None:
                given = describe_type(arguments[place])
                return f"The {parameter.name} of '{signature.name}' is {given}, not {_WORDS[parameter.kind]}"
        ready.append(value)
    return ready


def _coerce(value: Any, kind: str) -> Any:
    """FEEL's implicit conversions: a value to a list of it, and a list of one to that one."""
    if kind == "list":
        return [value]
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], _KINDS[kind]):  # type: ignore[reportUnknownArgumentType]
        return value[0]  # type: ignore[reportUnknownVariableType]
    return None
