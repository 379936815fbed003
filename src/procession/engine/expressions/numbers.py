"""Decimal numbers of 34 digits, as IEEE 754 decimal128 has them."""

from __future__ import annotations

import decimal
from collections.abc import Callable
from decimal import Decimal

CONTEXT = decimal.Context(
    prec=34,
    rounding=decimal.ROUND_HALF_EVEN,
    Emin=-6143,
    Emax=6144,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)
MAX_DIGITS = 6200
"""Digits of the longest number literal that may be read."""

_SCALE_LIMITS = (-6111, 6176)


def read_number(text: str) -> Decimal | None:
    """The number that the text writes, rounded to 34 digits; None where it is none or out of range."""
    if len(text) > MAX_DIGITS:
        return None
    try:
        value = CONTEXT.create_decimal(text)
    except decimal.DecimalException:
        return None
    return value if value.is_finite() else None


def from_python(value: float) -> Decimal | None:
    """An int exactly, a float by its shortest text; None for infinity and not-a-number, and beyond the range."""
    if isinstance(value, int):
        return read_number(str(value)) if value.bit_length() < 20_000 else None
    return read_number(repr(value))


def calculate(operation: Callable[..., Decimal], *operands: Decimal) -> Decimal | None:
    """The operation's result, or None where it has none (a division by zero, a number beyond the range)."""
    try:
        value = operation(*operands)
    except decimal.DecimalException:
        return None
    return value if value.is_finite() else None


def as_integer(value: Decimal) -> int | None:
    """The whole number that this is, or None."""
    if value != value.to_integral_value() or value.adjusted() > 40:
        return None
    return int(value)


def truncate(value: Decimal) -> int | None:
    """The whole number towards zero, as DMN reads positions and scales; None where it is huge."""
    return as_integer(value.to_integral_value(decimal.ROUND_DOWN))


def round_to(value: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    """The number with that many decimal places; None where the scale is none that DMN allows."""
    places = truncate(scale)
    if places is None or not _SCALE_LIMITS[0] <= places <= _SCALE_LIMITS[1]:
        return None
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and exponent >= -places:
        return value
    wide = decimal.Context(prec=MAX_DIGITS * 2 + 100, rounding=rounding, Emin=-99_999, Emax=99_999)
    try:
        return calculate(CONTEXT.plus, value.quantize(Decimal((0, (1,), -places)), context=wide))
    except decimal.DecimalException:
        return None


def write_number(value: Decimal) -> str:
    """Plain digits with '.', no exponent, no zeros that say nothing."""
    text = f"{value:f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text in ("-0", "") else text
