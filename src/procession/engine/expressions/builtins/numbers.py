"""Functions of numbers."""

from __future__ import annotations

import decimal
from decimal import Decimal
from typing import Any

from ..arithmetic import negate
from ..numbers import CONTEXT, as_integer, calculate, round_to
from ..runtime import Run
from ..temporal import DaysDuration, MonthsDuration
from .registry import built_in

ZERO = Decimal(0)


@built_in("decimal(n: number, scale: number)")
def decimal_(run: Run, n: Decimal, scale: Decimal) -> Decimal | None:
    """Rounded half to even."""
    return _rounded(run, "decimal", n, scale, decimal.ROUND_HALF_EVEN)


@built_in("floor(n: number, scale: number)")
@built_in("floor(n: number)")
def floor(run: Run, n: Decimal, scale: Decimal = ZERO) -> Decimal | None:
    return _rounded(run, "floor", n, scale, decimal.ROUND_FLOOR)


@built_in("ceiling(n: number, scale: number)")
@built_in("ceiling(n: number)")
def ceiling(run: Run, n: Decimal, scale: Decimal = ZERO) -> Decimal | None:
    return _rounded(run, "ceiling", n, scale, decimal.ROUND_CEILING)


@built_in("round up(n: number, scale: number)")
def round_up(run: Run, n: Decimal, scale: Decimal) -> Decimal | None:
    return _rounded(run, "round up", n, scale, decimal.ROUND_UP)


@built_in("round down(n: number, scale: number)")
def round_down(run: Run, n: Decimal, scale: Decimal) -> Decimal | None:
    return _rounded(run, "round down", n, scale, decimal.ROUND_DOWN)


@built_in("round half up(n: number, scale: number)")
def round_half_up(run: Run, n: Decimal, scale: Decimal) -> Decimal | None:
    return _rounded(run, "round half up", n, scale, decimal.ROUND_HALF_UP)


@built_in("round half down(n: number, scale: number)")
def round_half_down(run: Run, n: Decimal, scale: Decimal) -> Decimal | None:
    return _rounded(run, "round half down", n, scale, decimal.ROUND_HALF_DOWN)


def _rounded(run: Run, name: str, n: Decimal, scale: Decimal, rounding: str) -> Decimal | None:
    result = round_to(n, scale, rounding)
    if result is None:
        run.warn(f"The scale of '{name}' is beyond -6111 to 6176")
    return result


@built_in("abs(n: number)")
def abs_number(_run: Run, n: Decimal) -> Decimal:
    return abs(n)


@built_in("abs(n: duration)")
def abs_duration(_run: Run, n: DaysDuration | MonthsDuration) -> Any:
    size = n.total if isinstance(n, DaysDuration) else n.months
    return negate(n) if size < 0 else n


@built_in("modulo(dividend: number, divisor: number)")
def modulo(run: Run, dividend: Decimal, divisor: Decimal) -> Decimal | None:
    """``dividend - divisor * floor(dividend / divisor)``: the sign is the divisor's."""
    if divisor == 0:
        run.warn("The divisor of 'modulo' is 0")
        return None
    rest = calculate(_WIDE.remainder, dividend, divisor)
    if rest is None:
        return None
    if rest != 0 and (rest < 0) != (divisor < 0):
        rest = CONTEXT.add(rest, divisor)
    return calculate(CONTEXT.plus, rest)


_WIDE = decimal.Context(prec=12_500, Emin=-99_999, Emax=99_999, traps=[decimal.InvalidOperation])


@built_in("sqrt(number: number)")
def sqrt(run: Run, number: Decimal) -> Decimal | None:
    if number < 0:
        run.warn("The number of 'sqrt' is below 0")
        return None
    return CONTEXT.sqrt(number)


@built_in("log(number: number)")
def log(run: Run, number: Decimal) -> Decimal | None:
    """The natural logarithm."""
    if number <= 0:
        run.warn("The number of 'log' is not above 0")
        return None
    return CONTEXT.ln(number)


@built_in("exp(number: number)")
def exp(run: Run, number: Decimal) -> Decimal | None:
    result = calculate(CONTEXT.exp, number)
    if result is None:
        run.warn("The answer of 'exp' is too large")
    return result


@built_in("odd(number: number)")
def odd(_run: Run, number: Decimal) -> bool:
    return _parity(number) == 1


@built_in("even(number: number)")
def even(_run: Run, number: Decimal) -> bool:
    return _parity(number) == 0


def _parity(number: Decimal) -> int | None:
    """0 or 1 for a whole number; the last digit decides, however long it is."""
    whole = as_integer(number)
    if whole is not None:
        return whole % 2
    return 0 if number == number.to_integral_value() else None
