"""Functions that compare points and ranges (J. F. Allen's interval relations, as DMN names them).

A point is any value with an order. An end that a range leaves out counts as just inside of it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..comparison import compare, within
from ..runtime import Run
from ..values import Range
from .registry import built_in


class _NoOrder(Exception):
    pass


def _order(run: Run, one: Any, other: Any) -> int:
    order = compare(run, one, other)
    if order is None:
        raise _NoOrder
    return order


def _sides(value: Any) -> Range:
    """A point as the range of just itself."""
    return value if isinstance(value, Range) else Range(value, value, True, True)


def _ends_before(run: Run, first: Range, second: Range) -> bool:
    """Whether all of the first lies before all of the second."""
    if first.high is None or second.low is None:
        return False
    order = _order(run, first.high, second.low)
    return order < 0 or (order == 0 and not (first.high_included and second.low_included))


def _starts_no_later(run: Run, first: Range, second: Range) -> bool:
    if first.low is None:
        return True
    if second.low is None:
        return False
    order = _order(run, first.low, second.low)
    return order < 0 or (order == 0 and (first.low_included or not second.low_included))


def _ends_no_earlier(run: Run, first: Range, second: Range) -> bool:
    if first.high is None:
        return True
    if second.high is None:
        return False
    order = _order(run, first.high, second.high)
    return order > 0 or (order == 0 and (first.high_included or not second.high_included))


def _includes(run: Run, outer: Range, inner: Range) -> bool:
    return _starts_no_later(run, outer, inner) and _ends_no_earlier(run, outer, inner)


def _same_start(run: Run, first: Range, second: Range) -> bool:
    if first.low is None or second.low is None:
        return first.low is second.low
    return first.low_included == second.low_included and _order(run, first.low, second.low) == 0


def _same_end(run: Run, first: Range, second: Range) -> bool:
    if first.high is None or second.high is None:
        return first.high is second.high
    return first.high_included == second.high_included and _order(run, first.high, second.high) == 0


def _answer(run: Run, name: str, relation: Callable[[Run, Range, Range], bool], one: Any, other: Any) -> bool | None:
    try:
        return relation(run, _sides(one), _sides(other))
    except _NoOrder:
        run.warn(f"The values given to '{name}' cannot be compared with each other")
        return None


@built_in("before(range: range, point: any)")
@built_in("before(point: any, range: range)")
@built_in("before(range1: range, range2: range)")
@built_in("before(point1: any, point2: any)")
def before(run: Run, one: Any, other: Any) -> bool | None:
    return _answer(run, "before", _ends_before, one, other)


@built_in("after(range: range, point: any)")
@built_in("after(point: any, range: range)")
@built_in("after(range1: range, range2: range)")
@built_in("after(point1: any, point2: any)")
def after(run: Run, one: Any, other: Any) -> bool | None:
    return _answer(run, "after", _ends_before, other, one)


@built_in("meets(range1: range, range2: range)")
def meets(run: Run, one: Range, other: Range) -> bool | None:
    return _answer(run, "meets", _meets, one, other)


@built_in("met by(range1: range, range2: range)")
def met_by(run: Run, one: Range, other: Range) -> bool | None:
    return _answer(run, "met by", _meets, other, one)


def _meets(run: Run, first: Range, second: Range) -> bool:
    if first.high is None or second.low is None:
        return False
    return first.high_included and second.low_included and _order(run, first.high, second.low) == 0


@built_in("overlaps(range1: range, range2: range)")
def overlaps(run: Run, one: Range, other: Range) -> bool | None:
    return _answer(run, "overlaps", _overlap, one, other)


def _overlap(run: Run, first: Range, second: Range) -> bool:
    return not _ends_before(run, first, second) and not _ends_before(run, second, first)


@built_in("overlaps before(range1: range, range2: range)")
def overlaps_before(run: Run, one: Range, other: Range) -> bool | None:
    return _answer(run, "overlaps before", _overlaps_before, one, other)


@built_in("overlaps after(range1: range, range2: range)")
def overlaps_after(run: Run, one: Range, other: Range) -> bool | None:
    return _answer(run, "overlaps after", _overlaps_before, other, one)


def _overlaps_before(run: Run, first: Range, second: Range) -> bool:
    """The first begins earlier and ends inside the second, or where it ends."""
    begins = _starts_no_later(run, first, second) and not _same_start(run, first, second)
    return begins and _overlap(run, first, second) and _ends_no_earlier(run, second, first)


@built_in("finishes(point: any, range: range)")
@built_in("finishes(range1: range, range2: range)")
def finishes(run: Run, one: Any, other: Range) -> bool | None:
    return _answer(run, "finishes", _finishes, one, other)


@built_in("finished by(range: range, point: any)")
@built_in("finished by(range1: range, range2: range)")
def finished_by(run: Run, one: Range, other: Any) -> bool | None:
    return _answer(run, "finished by", _finishes, other, one)


def _finishes(run: Run, first: Range, second: Range) -> bool:
    return _same_end(run, first, second) and _starts_no_later(run, second, first)


@built_in("starts(point: any, range: range)")
@built_in("starts(range1: range, range2: range)")
def starts(run: Run, one: Any, other: Range) -> bool | None:
    return _answer(run, "starts", _starts, one, other)


@built_in("started by(range: range, point: any)")
@built_in("started by(range1: range, range2: range)")
def started_by(run: Run, one: Range, other: Any) -> bool | None:
    return _answer(run, "started by", _starts, other, one)


def _starts(run: Run, first: Range, second: Range) -> bool:
    return _same_start(run, first, second) and _ends_no_earlier(run, second, first)


@built_in("includes(range: range, point: any)")
@built_in("includes(range1: range, range2: range)")
def includes(run: Run, one: Range, other: Any) -> bool | None:
    if not isinstance(other, Range):
        return within(run, other, one)
    return _answer(run, "includes", _includes, one, other)


@built_in("during(point: any, range: range)")
@built_in("during(range1: range, range2: range)")
def during(run: Run, one: Any, other: Range) -> bool | None:
    return includes(run, other, one)


@built_in("coincides(range1: range, range2: range)")
@built_in("coincides(point1: any, point2: any)")
def coincides(run: Run, one: Any, other: Any) -> bool | None:
    if isinstance(one, Range) != isinstance(other, Range):
        return None
    return _answer(run, "coincides", _coincide, one, other)


def _coincide(run: Run, first: Range, second: Range) -> bool:
    return _same_start(run, first, second) and _same_end(run, first, second)
