"""JSON in and out, without ever losing a digit: numbers are decimals on both ways."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from enum import Enum
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
        raise InvalidJson(f"The body is not JSON: {error.msg}, {where}.", line=error.lineno, column=error.colno) from None
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
    except TypeError:  # an integer beyond 64 bits, which orjson refuses
        return json.dumps(value, default=_plain, ensure_ascii=False).encode()


def _outward(value: object) -> object:
    if isinstance(value, Decimal):
        return orjson.Fragment(format(value, "f"))
    return _plain(value)


def _plain(value: object) -> object:
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (set, frozenset, tuple)):
        return list(cast("tuple[object, ...]", value))
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, bytes):
        return value.hex()
    isoformat = getattr(value, "isoformat", None)
    if isoformat is not None:
        return isoformat()
    raise TypeError(f"{type(value).__name__} cannot be written as JSON")
