"""Which values are equal, and which come first.

Both answer None where FEEL has no answer: values of different types, or a null where an order is asked.
"""

from __future__ import annotations

import datetime as python
from decimal import Decimal
from typing import Any

from .errors import TooDeep
from .limits import MAX_VALUE_DEPTH
from .runtime import Run
from .temporal import (
    BusinessDuration,
    Date,
    DateTime,
    DaysDuration,
    MonthsDuration,
    Time,
    Zone,
    instant,
    time_instant,
)
from .values import Range, kind_of, zone_of


def equal(run: Run, left: Any, right: Any, depth: int = 0) -> bool | None:
    """``left = right``: null equals only null; different types have no answer."""
    if left is None or right is None:
        return left is right
    kind = kind_of(left)
    if kind is not type(right):
        return None
    if kind is Decimal or kind is str or kind is bool or kind is Date or kind is DaysDuration or kind is MonthsDuration:
        return left == right
    if depth > MAX_VALUE_DEPTH:
        raise TooDeep(f"A value holds lists or contexts more than {MAX_VALUE_DEPTH} levels deep")
    if kind is list:
        return _equal_lists(run, left, right, depth)
    if kind is dict:
        return _equal_contexts(run, left, right, depth)
    if kind is DateTime or kind is Time:
        order = compare(run, left, right)
        return None if order is None else order == 0
    if kind is Range:
        return _equal_ranges(run, left, right)
    if kind is BusinessDuration:
        return left == right
    return left is right


def _equal_lists(run: Run, left: list[Any], right: list[Any], depth: int) -> bool | None:
    if len(left) != len(right):
        return False
    run.spend(len(left))
    for one, other in zip(left, right, strict=True):
        same = equal(run, one, other, depth + 1)
        if not same:
            return same
    return True


def _equal_contexts(run: Run, left: dict[str, Any], right: dict[str, Any], depth: int) -> bool | None:
    if left.keys() != right.keys():
        return False
    run.spend(len(left))
    for key, one in left.items():
        same = equal(run, one, right[key], depth + 1)
        if not same:
            return same
    return True


def _equal_ranges(run: Run, left: Range, right: Range) -> bool | None:
    shape = (left.low_included, left.high_included, left.unequal) == (
        right.low_included,
        right.high_included,
        right.unequal,
    )
    if not shape:
        return False
    return equal(run, left.low, right.low) and equal(run, left.high, right.high)


def compare(run: Run, left: Any, right: Any) -> int | None:
    """Below, at or above zero as left is before, at or after right; None where they have no order."""
    kind = kind_of(left)
    if kind is not type(right):
        return None
    if kind is Decimal or kind is str:
        return -1 if left < right else 1 if left > right else 0
    if kind is Date:
        one, other = (left.year, left.month, left.day), (right.year, right.month, right.day)
        return _order(one, other)
    if kind is DaysDuration:
        return _order(left.total, right.total)
    if kind is MonthsDuration:
        return _order(left.months, right.months)
    if kind is DateTime:
        left, right = settle(run, left), settle(run, right)
        if (left.zone is None) != (right.zone is None):
            return None
        return _order(instant(left), instant(right))
    if kind is Time:
        if (left.zone is None) != (right.zone is None):
            if not run.local:
                return None
            left, right = _settle_time(run, left), _settle_time(run, right)
        return _order(time_instant(left), time_instant(right))
    if kind is BusinessDuration and left.unit == right.unit:
        return _order(left.amount, right.amount)
    return None


def _order(one: Any, other: Any) -> int:
    return -1 if one < other else 1 if one > other else 0


def settle(run: Run, at: DateTime) -> DateTime:
    """In our files a moment without a zone is in the organisation's; in DMN it stays without."""
    return DateTime(at.date, at.nanos, home_zone(run)) if run.local and at.zone is None else at


def _settle_time(run: Run, at: Time) -> Time:
    return Time(at.nanos, home_zone(run)) if at.zone is None else at


def home_zone(run: Run) -> Zone:
    """The environment's zone in our own terms."""
    zone = run.environment.zone
    return zone_of(zone, (run.environment.now or python.datetime(1970, 1, 1, tzinfo=python.UTC)).astimezone(zone))


def within(run: Run, value: Any, range_: Range) -> bool | None:
    """Whether the range holds the value; None where they cannot be compared."""
    if range_.unequal:
        same = equal(run, value, range_.low)
        return None if same is None else not same
    if value is None or (range_.low is None and range_.high is None):
        return None
    if range_.low is not None:
        order = compare(run, value, range_.low)
        if order is None:
            return None
        if order < 0 or (order == 0 and not range_.low_included):
            return False
    if range_.high is not None:
        order = compare(run, value, range_.high)
        if order is None:
            return None
        if order > 0 or (order == 0 and not range_.high_included):
            return False
    return True
