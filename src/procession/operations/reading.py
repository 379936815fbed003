"""From what came through a door to an ask, and from an answer to what JSON can hold.

A value of the wrong type, a missing or an unknown key is refused with its place and a hint; several are reported at
once.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from procession.engine.rejections import FieldRejection, InvalidField, InvalidForm, MissingField
from procession.operations.catalogue import Operation
from procession.operations.rejections import UnknownKey

TEXT_LIMIT = 1_000_000
"""Characters of any one text of a request, unless its field says less."""
DEPTH_LIMIT = 30
"""How deep a request may nest."""


@cache
def adapter(of: Any) -> TypeAdapter[Any]:
    """Pydantic's reader of a type; made once, at first use, since that takes milliseconds."""
    return TypeAdapter(of)


def read(operation: Operation, values: Mapping[str, object]) -> Any:
    """The ask that `values` stand for. Raises a `FieldRejection`, or an `InvalidForm` with several."""
    refuse_unstorable(values)
    try:
        return adapter(operation.ask).validate_python(dict(values))
    except ValidationError as error:
        known = [parameter.name for parameter in operation.parameters]
        problems = [_problem(detail, known) for detail in error.errors(include_url=False, include_context=True)]
        raise (problems[0] if len(problems) == 1 else InvalidForm(problems)) from None


def refuse_unstorable(value: object, at: str = "", depth: int = 0) -> None:
    """Refuse text that no database can hold (NUL, lone surrogates), and what is too long or too deep."""
    if isinstance(value, str):
        if len(value) > TEXT_LIMIT:
            raise InvalidField(at, f"The text is longer than {TEXT_LIMIT:,} characters.")
        if "\x00" in value or any("\ud800" <= letter <= "\udfff" for letter in value):
            raise InvalidField(at, "The text holds a character that cannot be stored.")
    elif isinstance(value, (Mapping, list, tuple)):
        if depth >= DEPTH_LIMIT:
            raise InvalidField(at, f"The value is nested deeper than {DEPTH_LIMIT} levels.")
        if isinstance(value, Mapping):
            for key, inner in cast("Mapping[object, object]", value).items():
                refuse_unstorable(key, at, depth + 1)
                refuse_unstorable(inner, f"{at}.{key}" if at else str(key), depth + 1)
        else:
            for place, inner in enumerate(cast("Sequence[object]", value)):
                refuse_unstorable(inner, f"{at}.{place}", depth + 1)


def _problem(detail: ErrorDetails, known: Sequence[str]) -> FieldRejection:
    place = ".".join(str(part) for part in detail["loc"])
    name = str(detail["loc"][-1]) if detail["loc"] else ""
    kind = detail["type"]
    if kind in ("unexpected_keyword_argument", "extra_forbidden"):
        near = difflib.get_close_matches(name, known, 1)
        hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known) or 'no key at all'}."
        return UnknownKey(place, f"There is no {name!r} here.", hint=hint)
    if kind in ("missing", "missing_argument", "missing_keyword_only_argument"):
        return MissingField(place, f"{name} is missing.")
    if kind == "dataclass_type":
        return InvalidField(place, f"{name or 'The request'} must be an object with named values.")
    sentence = detail["msg"].replace("Input should be", "must be").replace("Value error, ", "")
    return InvalidField(place, f"{name or 'The request'} {sentence[0].lower()}{sentence[1:]}.")


def to_plain(answer: object, of: Any) -> Any:
    """The answer as dictionaries, lists, text, numbers; moments and decimals stay what they are."""
    return adapter(of).dump_python(answer)
