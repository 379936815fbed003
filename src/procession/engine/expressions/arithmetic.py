"""What ``+ - * / **`` mean for each pair of types (DMN 1.5, tables 50 to 53)."""

from __future__ import annotations

import datetime as python
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from .comparison import home_zone
from .numbers import CONTEXT, as_integer, calculate
from .runtime import Run
from .temporal import (
    DAY,
    BusinessDuration,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    OutOfRange,
    Time,
    add_days_duration,
    add_months,
    civil_from_days,
    instant,
    time_instant,
)
from .values import from_python, kind_of, to_python

MAX_MONTHS = 12 * 10**12
MAX_NANOS = 10**9 * 366 * DAY

Operation = Callable[[Run, Any, Any], Any]


def operate(run: Run, operator: str, left: Any, right: Any) -> Any:
    """The result, or None where the operator has no meaning for the operands."""
    operation = _OPERATIONS.get((operator, kind_of(left), kind_of(right)))
    if operation is None:
        return None
    try:
        return operation(run, left, right)
    except OutOfRange:
        return None


def negate(value: Any) -> Any:
    """``-value``, or None."""
    match value:
        case Decimal():
            return CONTEXT.minus(value)
        case DaysDuration(days, nanos):
            return DaysDuration(-days, -nanos)
        case MonthsDuration(months):
            return MonthsDuration(-months)
        case BusinessDuration(amount, unit):
            return BusinessDuration(-amount, unit)
        case _:
            return None


def days_duration(days: int, nanos: int) -> DaysDuration | None:
    """The duration, unless it is longer than all of time."""
    return DaysDuration(days, nanos) if abs(days) * DAY + abs(nanos) <= MAX_NANOS else None


def months_duration(months: int) -> MonthsDuration | None:
    return MonthsDuration(months) if abs(months) <= MAX_MONTHS else None


def add_business(run: Run, at: Date | DateTime, duration: BusinessDuration) -> Date | DateTime | None:
    """The moment that much working time later, by the environment's calendar."""
    calendar = run.environment.calendar
    if calendar is None:
        run.warn("Business time cannot be counted here, because no calendar applies")
        return None
    zone = run.environment.zone
    moment = to_python(DateTime(at, 0) if isinstance(at, Date) else at)
    if not isinstance(moment, python.datetime):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=zone)
    try:
        if duration.unit == "days":
            moment = calendar.add_business_days(moment, duration.amount)
        else:
            moment = calendar.add_business_time(moment, python.timedelta(microseconds=duration.amount // 1000))
    except OverflowError:
        return None
    if isinstance(at, Date):
        return from_python(moment.astimezone(zone).date())
    return from_python(moment, zone if run.local else None)


# -- numbers and texts ---------------------------------------------------------------------------------------------


def _number(operation: Callable[[Decimal, Decimal], Decimal]) -> Operation:
    return lambda _run, left, right: calculate(operation, left, right)


def _concatenate(run: Run, left: str, right: str) -> str:
    return run.check_text(left + right)


# -- durations -----------------------------------------------------------------------------------------------------


def _add_days(_run: Run, left: DaysDuration, right: DaysDuration) -> DaysDuration | None:
    return days_duration(left.days + right.days, left.nanos + right.nanos)


def _add_months(_run: Run, left: MonthsDuration, right: MonthsDuration) -> MonthsDuration | None:
    return months_duration(left.months + right.months)


def _add_business(_run: Run, left: BusinessDuration, right: BusinessDuration) -> BusinessDuration | None:
    return BusinessDuration(left.amount + right.amount, left.unit) if left.unit == right.unit else None


def _scale_days(_run: Run, duration: DaysDuration, factor: Decimal) -> DaysDuration | None:
    whole = as_integer(factor)
    if whole is not None and abs(whole) < 10**12:
        return days_duration(duration.days * whole, duration.nanos * whole)
    nanos = calculate(CONTEXT.multiply, Decimal(duration.total), factor)
    return _from_nanos(nanos)


def _shrink_days(_run: Run, duration: DaysDuration, divisor: Decimal) -> DaysDuration | None:
    return _from_nanos(calculate(CONTEXT.divide, Decimal(duration.total), divisor))


def _from_nanos(nanos: Decimal | None) -> DaysDuration | None:
    if nanos is None or abs(nanos) > MAX_NANOS:
        return None
    total = int(nanos)
    days = abs(total) // DAY * (1 if total > 0 else -1)
    return DaysDuration(days, total - days * DAY)


def _scale_months(_run: Run, duration: MonthsDuration, factor: Decimal) -> MonthsDuration | None:
    return _from_months(calculate(CONTEXT.multiply, Decimal(duration.months), factor))


def _shrink_months(_run: Run, duration: MonthsDuration, divisor: Decimal) -> MonthsDuration | None:
    return _from_months(calculate(CONTEXT.divide, Decimal(duration.months), divisor))


def _from_months(months: Decimal | None) -> MonthsDuration | None:
    return None if months is None or abs(months) > MAX_MONTHS else MonthsDuration(int(months))


def _ratio_days(_run: Run, left: DaysDuration, right: DaysDuration) -> Decimal | None:
    return calculate(CONTEXT.divide, Decimal(left.total), Decimal(right.total))


def _ratio_months(_run: Run, left: MonthsDuration, right: MonthsDuration) -> Decimal | None:
    return calculate(CONTEXT.divide, Decimal(left.months), Decimal(right.months))


# -- dates and times -----------------------------------------------------------------------------------------------


def _date_plus_days(_run: Run, date: Date, duration: DaysDuration) -> Date:
    return civil_from_days(date.ordinal + duration.total // DAY)


def _date_plus_months(_run: Run, date: Date, duration: MonthsDuration) -> Date:
    return add_months(date, duration.months)


def _moment_plus_days(_run: Run, at: DateTime, duration: DaysDuration) -> DateTime:
    return add_days_duration(at, duration)


def _moment_plus_months(_run: Run, at: DateTime, duration: MonthsDuration) -> DateTime:
    return DateTime(add_months(at.date, duration.months), at.nanos, at.zone)


def _time_plus_days(_run: Run, at: Time, duration: DaysDuration) -> Time:
    return Time((at.nanos + duration.total) % DAY, at.zone)


def _time_between(_run: Run, end: Time, start: Time) -> DaysDuration | None:
    if (end.zone is None) != (start.zone is None):
        return None
    return DaysDuration(0, time_instant(end) - time_instant(start))


def _between(run: Run, end: Date | DateTime, start: Date | DateTime) -> DaysDuration | None:
    """The exact time from start to end; a date is its midnight."""
    if isinstance(end, Date) and isinstance(start, Date):
        return DaysDuration(end.ordinal - start.ordinal)
    home = home_zone(run) if run.local else 0
    last = DateTime(end, 0, home) if isinstance(end, Date) else end
    first = DateTime(start, 0, home) if isinstance(start, Date) else start
    if run.local:
        last = last if last.zone is not None else DateTime(last.date, last.nanos, home)
        first = first if first.zone is not None else DateTime(first.date, first.nanos, home)
    if (last.zone is None) != (first.zone is None):
        return None
    return DaysDuration(0, instant(last) - instant(first))


def _swapped(operation: Operation) -> Operation:
    return lambda run, left, right: operation(run, right, left)


def _negated(operation: Operation) -> Operation:
    return lambda run, left, right: operation(run, left, negate(right))


_OPERATIONS: dict[tuple[str, type, type], Operation] = {
    ("+", Decimal, Decimal): _number(CONTEXT.add),
    ("-", Decimal, Decimal): _number(CONTEXT.subtract),
    ("*", Decimal, Decimal): _number(CONTEXT.multiply),
    ("/", Decimal, Decimal): _number(CONTEXT.divide),
    ("**", Decimal, Decimal): _number(CONTEXT.power),
    ("+", str, str): _concatenate,
    ("/", DaysDuration, DaysDuration): _ratio_days,
    ("/", MonthsDuration, MonthsDuration): _ratio_months,
    ("/", DaysDuration, Decimal): _shrink_days,
    ("/", MonthsDuration, Decimal): _shrink_months,
    ("*", DaysDuration, Decimal): _scale_days,
    ("*", Decimal, DaysDuration): _swapped(_scale_days),
    ("*", MonthsDuration, Decimal): _scale_months,
    ("*", Decimal, MonthsDuration): _swapped(_scale_months),
    ("-", Time, Time): _time_between,
}

_ADDITIONS: dict[tuple[type, type], Operation] = {
    (DaysDuration, DaysDuration): _add_days,
    (MonthsDuration, MonthsDuration): _add_months,
    (BusinessDuration, BusinessDuration): _add_business,
    (Date, DaysDuration): _date_plus_days,
    (Date, MonthsDuration): _date_plus_months,
    (DateTime, DaysDuration): _moment_plus_days,
    (DateTime, MonthsDuration): _moment_plus_months,
    (Time, DaysDuration): _time_plus_days,
    (Date, BusinessDuration): add_business,
    (DateTime, BusinessDuration): add_business,
}

for (_left, _right), _operation in _ADDITIONS.items():
    _OPERATIONS["+", _left, _right] = _operation
    _OPERATIONS["-", _left, _right] = _negated(_operation)
    if _left is not _right:
        _OPERATIONS["+", _right, _left] = _swapped(_operation)
for _left in (Date, DateTime):
    for _right in (Date, DateTime):
        _OPERATIONS["-", _left, _right] = _between
