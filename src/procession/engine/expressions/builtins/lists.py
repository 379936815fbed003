"""Functions of lists. A single value counts as a list of it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import cmp_to_key
from typing import Any, cast

from ..arithmetic import operate
from ..comparison import compare, equal
from ..errors import TooDeep
from ..limits import MAX_VALUE_DEPTH
from ..numbers import CONTEXT, calculate, truncate
from ..runtime import Run
from ..temporal import DaysDuration, MonthsDuration
from ..values import BuiltIn, Function
from .registry import built_in


def _spread(items: list[Any]) -> list[Any]:
    """``sum(1, 2)`` and ``sum([1, 2])`` mean the same."""
    return cast("list[Any]", items[0]) if len(items) == 1 and isinstance(items[0], list) else items


@built_in("list contains(list: list, element: any)")
def list_contains(run: Run, items: list[Any], element: Any) -> bool:
    run.spend(len(items))
    return any(equal(run, item, element) for item in items)


@built_in("count(list: list)")
def count(_run: Run, items: list[Any]) -> Decimal:
    return Decimal(len(items))


@built_in("min(list: list)")
@built_in("min(c: any...)")
def minimum(run: Run, items: list[Any]) -> Any:
    return _extreme(run, "min", _spread(items), -1)


@built_in("max(list: list)")
@built_in("max(c: any...)")
def maximum(run: Run, items: list[Any]) -> Any:
    return _extreme(run, "max", _spread(items), 1)


def _extreme(run: Run, name: str, items: list[Any], sign: int) -> Any:
    if not items:
        return None
    run.spend(len(items))
    best = items[0]
    for item in items:
        order = compare(run, item, best)
        if order is None:
            run.warn(f"The values given to '{name}' cannot be compared with each other")
            return None
        if order * sign > 0:
            best = item
    return best


@built_in("sum(list: list)")
@built_in("sum(n: any...)")
def total(run: Run, items: list[Any]) -> Any:
    items = _spread(items)
    run.spend(len(items))
    if not items:
        return None
    result = items[0]
    if not isinstance(result, Decimal | DaysDuration | MonthsDuration):
        return _no_numbers(run, "sum")
    for item in items[1:]:
        result = operate(run, "+", result, item) if type(item) is type(result) else None
        if result is None:
            return _no_numbers(run, "sum")
    return result


def _no_numbers(run: Run, name: str) -> None:
    run.warn(f"The list of '{name}' holds something other than numbers")


def _numbers(run: Run, name: str, items: list[Any]) -> list[Decimal] | None:
    items = _spread(items)
    run.spend(len(items))
    if all(isinstance(item, Decimal) for item in items):
        return cast("list[Decimal]", items)
    _no_numbers(run, name)
    return None


@built_in("mean(list: list)")
@built_in("mean(n: any...)")
def mean(run: Run, items: list[Any]) -> Decimal | None:
    items = _spread(items)
    whole = total(run, items)
    return None if whole is None else operate(run, "/", whole, Decimal(len(items)))


@built_in("product(list: list)")
@built_in("product(n: any...)")
def product(run: Run, items: list[Any]) -> Decimal | None:
    numbers = _numbers(run, "product", items)
    result: Decimal | None = Decimal(1) if numbers else None
    for number in numbers or []:
        result = calculate(CONTEXT.multiply, result, number) if result is not None else None
    return result


@built_in("median(list: list)")
@built_in("median(n: any...)")
def median(run: Run, items: list[Any]) -> Decimal | None:
    numbers = _numbers(run, "median", items)
    if not numbers:
        return None
    numbers = sorted(numbers)
    middle = len(numbers) // 2
    if len(numbers) % 2:
        return numbers[middle]
    pair = calculate(CONTEXT.add, numbers[middle - 1], numbers[middle])
    return None if pair is None else CONTEXT.divide(pair, Decimal(2))


@built_in("stddev(list: list)")
@built_in("stddev(n: any...)")
def stddev(run: Run, items: list[Any]) -> Decimal | None:
    """Of a sample: the squared distances are divided by one less than their number."""
    numbers = _numbers(run, "stddev", items)
    if numbers is None or len(numbers) < 2:
        return None
    average = mean(run, cast("list[Any]", numbers))
    if average is None:
        return None
    squares = [calculate(CONTEXT.power, CONTEXT.subtract(number, average), Decimal(2)) for number in numbers]
    spread = total(run, squares)
    return None if spread is None else CONTEXT.sqrt(CONTEXT.divide(spread, Decimal(len(numbers) - 1)))


@built_in("mode(list: list)")
@built_in("mode(n: any...)")
def mode(run: Run, items: list[Any]) -> list[Any] | None:
    """All of the most frequent numbers, smallest first."""
    numbers = _numbers(run, "mode", items)
    if numbers is None:
        return None
    counts: dict[Decimal, int] = {}
    for number in numbers:
        counts[number] = counts.get(number, 0) + 1
    most = max(counts.values(), default=0)
    return sorted(number for number, times in counts.items() if times == most)


@built_in("all(list: list)")
@built_in("all(b: any...)")
def all_(run: Run, items: list[Any]) -> bool | None:
    return _decided(run, _spread(items), False)


@built_in("any(list: list)")
@built_in("any(b: any...)")
def any_(run: Run, items: list[Any]) -> bool | None:
    return _decided(run, _spread(items), True)


def _decided(run: Run, items: list[Any], decisive: bool) -> bool | None:
    run.spend(len(items))
    if any(item is decisive for item in items):
        return decisive
    return not decisive if all(isinstance(item, bool) for item in items) else None


@built_in("sublist(list: list, start position: number, length: number?)")
def sublist(run: Run, items: list[Any], start: Decimal, length: Decimal | None) -> list[Any] | None:
    first, size = truncate(start), None if length is None else truncate(length)
    if not first or abs(first) > len(items) or (length is not None and (size is None or size < 0)):
        run.warn("The start position or length of 'sublist' lies outside the list")
        return None
    begin = first - 1 if first > 0 else len(items) + first
    if size is not None and begin + size > len(items):
        run.warn("The length of 'sublist' reaches beyond the list")
        return None
    return run.check_list(items[begin:] if size is None else items[begin : begin + size])


@built_in("append(list: list, item: any...)")
def append(run: Run, items: list[Any], more: list[Any]) -> list[Any]:
    return run.check_list([*items, *more])


@built_in("concatenate(list: any...)")
def concatenate(run: Run, lists: list[Any]) -> list[Any]:
    result: list[Any] = []
    for part in lists:
        run.spend(1)
        result = run.check_list([*result, *part]) if isinstance(part, list) else [*result, part]
    return result


@built_in("insert before(list: list, position: number, newItem: any)")
def insert_before(run: Run, items: list[Any], position: Decimal, item: Any) -> list[Any] | None:
    at = _place(run, "insert before", items, position)
    return None if at is None else run.check_list([*items[:at], item, *items[at:]])


@built_in("remove(list: list, position: number)")
def remove(run: Run, items: list[Any], position: Decimal) -> list[Any] | None:
    at = _place(run, "remove", items, position)
    return None if at is None else run.check_list([*items[:at], *items[at + 1 :]])


@built_in("list replace(list: list, position: number, newItem: any)")
def list_replace_at(run: Run, items: list[Any], position: Decimal, item: Any) -> list[Any] | None:
    at = _place(run, "list replace", items, position)
    return None if at is None else run.check_list([*items[:at], item, *items[at + 1 :]])


@built_in("list replace(list: list, match: function, newItem: any)")
def list_replace_matching(run: Run, items: list[Any], match: Function | BuiltIn, item: Any) -> list[Any] | None:
    replaced: list[Any] = []
    for one in items:
        hit = run.apply(match, [one, item])
        if not isinstance(hit, bool):
            run.warn("The function given to 'list replace' answers something other than true or false")
            return None
        replaced.append(item if hit else one)
    return run.check_list(replaced)


def _place(run: Run, name: str, items: list[Any], position: Decimal) -> int | None:
    at = truncate(position)
    if not at or abs(at) > len(items):
        run.warn(f"The position of '{name}' lies outside the list")
        return None
    return at - 1 if at > 0 else len(items) + at


@built_in("reverse(list: list)")
def reverse(run: Run, items: list[Any]) -> list[Any]:
    return run.check_list(items[::-1])


@built_in("index of(list: list, match: any)")
def index_of(run: Run, items: list[Any], match: Any) -> list[Any]:
    run.spend(len(items))
    return [Decimal(place) for place, item in enumerate(items, 1) if equal(run, item, match)]


@built_in("union(list: any...)")
def union(run: Run, lists: list[Any]) -> list[Any]:
    return distinct_values(run, concatenate(run, lists))


@built_in("distinct values(list: list)")
def distinct_values(run: Run, items: list[Any]) -> list[Any]:
    """The first of equal values is kept. Numbers and texts are told apart by hash, others by comparing each with
    each."""
    run.spend(len(items))
    kept: list[Any] = []
    others: list[Any] = []
    seen: set[tuple[type, Any]] = set()
    for item in items:
        if isinstance(item, str | Decimal | bool) or item is None:
            key = (type(item), item)
            if key in seen:
                continue
            seen.add(key)
        else:
            run.spend(len(others))
            if any(equal(run, item, other) for other in others):
                continue
            others.append(item)
        kept.append(item)
    return kept


@built_in("duplicate values(list: list)")
def duplicate_values(run: Run, items: list[Any]) -> list[Any]:
    """Values that occur more than once, each once."""
    kept: list[Any] = []
    for place, item in enumerate(items):
        run.spend(len(items))
        if any(equal(run, item, other) for other in items[place + 1 :]) and not list_contains(run, kept, item):
            kept.append(item)
    return kept


@built_in("flatten(list: list)")
def flatten(run: Run, items: list[Any]) -> list[Any]:
    flat: list[Any] = []
    _flatten(run, items, flat, 0)
    return run.check_list(flat)


def _flatten(run: Run, items: list[Any], into: list[Any], depth: int) -> None:
    if depth > MAX_VALUE_DEPTH:
        raise TooDeep(f"A list holds lists more than {MAX_VALUE_DEPTH} levels deep")
    run.spend(len(items) + 1)
    for item in items:
        if isinstance(item, list):
            _flatten(run, cast("list[Any]", item), into, depth + 1)
        else:
            into.append(item)


@built_in("sort(list: list, precedes: function?)")
def sort(run: Run, items: list[Any], precedes: Function | BuiltIn | None) -> list[Any] | None:
    """``precedes(a, b)`` is true where a comes first; without it the values' own order counts."""
    run.spend(len(items))
    order = _own_order(run) if precedes is None else _given_order(run, precedes)
    try:
        return sorted(items, key=cmp_to_key(order))
    except _NoOrder:
        run.warn("The values given to 'sort' cannot be put in order")
        return None


class _NoOrder(Exception):
    pass


def _own_order(run: Run) -> Callable[[Any, Any], int]:
    def order(one: Any, other: Any) -> int:
        run.spend(1)
        result = compare(run, one, other)
        if result is None:
            raise _NoOrder
        return result

    return order


def _given_order(run: Run, precedes: Function | BuiltIn) -> Callable[[Any, Any], int]:
    def order(one: Any, other: Any) -> int:
        return (
            -1 if run.apply(precedes, [one, other]) is True else 1 if run.apply(precedes, [other, one]) is True else 0
        )

    return order
