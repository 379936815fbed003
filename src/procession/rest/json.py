"""JSON in and out, without ever losing a digit: numbers are decimals on both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NoReturn, cast

import orjson

from procession.engine.rejections import InvalidField, Rejection

LONGEST_NUMBER = 400
"""Digits (and decimal places) of a number; more would only serve to keep the machine busy."""


class InvalidJson(Rejection):
    """The body is not JSON."""

    kind = "invalid_json"


def parse(body: bytes) -> Mapping[str, Any]:
    """The object that the body holds; an empty body is an empty object. Raises `InvalidJson`."""
    if not body.strip():
        return {}
    try:
        value: Any = json.loads(body, parse_float=_decimal, parse_int=_integer, parse_constant=_refuse)
    except RecursionError:
        raise InvalidJson("The body nests too deeply.") from None
    except UnicodeDecodeError:
        raise InvalidJson("The body is not UTF-8.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InvalidJson(
            f"The body is not JSON: {error.msg}, {where}.", line=error.lineno, column=error.colno
        ) from None
    if not isinstance(value, dict):
        raise InvalidField("", "The body must be an object with named values.")
    return cast("Mapping[str, Any]", value)


def _decimal(text: str) -> Decimal:
    number = Decimal(text) if len(text) <= LONGEST_NUMBER else None
    if number is None or (number and abs(number.adjusted()) > LONGEST_NUMBER):
        raise InvalidJson("The body holds a number that is too long.")
    return number


def _integer(text: str) -> int:
    if len(text) > LONGEST_NUMBER:
        raise InvalidJson("The body holds a number that is too long.")
    return int(text)


def _refuse(name: str) -> NoReturn:
    raise InvalidJson(f"{name} is not JSON; leave the value out or send null.")


def render(value: object) -> bytes:
    """The value as JSON; decimals become numbers with all their digits."""
    try:
        return orjson.dumps(value, default=_outward)
    except TypeError:  # an integer beyond 64 bits, which orjson refuses; as a decimal it is written in full
        return orjson.dumps(_without_long_integers(value), default=_outward)


def _without_long_integers(value: object) -> object:
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return Decimal(value)
    if isinstance(value, Mapping):
        return {key: _without_long_integers(inner) for key, inner in cast("Mapping[str, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_without_long_integers(inner) for inner in cast("list[object]", value)]
    return value


def _outward(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    if isinstance(value, (set, frozenset)):
        return sorted(cast("frozenset[str]", value))
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
