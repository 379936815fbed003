"""Loops: ``for``, ``some``, ``every``, and filters of lists."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

from . import syntax as s
from .errors import TooLarge
from .limits import MAX_LIST
from .numbers import as_integer
from .runtime import Run, Scope
from .temporal import Date, civil_from_days
from .values import Range

if TYPE_CHECKING:
    from .compiler import Code, Compiler

_Domains = list[tuple[str, Callable[[Scope], Any], s.Node]]


class NoDomain(Exception):
    """What a loop should go over is nothing that has entries."""


def _domains(compiler: Compiler, variables: tuple[tuple[str, s.Node], ...]) -> _Domains:
    return [(name, _domain(compiler, node), node) for name, node in variables]


def _domain(compiler: Compiler, node: s.Node) -> Callable[[Scope], Any]:
    if not isinstance(node, s.RangeLiteral):
        return compiler.compile(node)
    low, high = compiler.compile(node.low), compiler.compile(node.high)
    ends = node.low_included, node.high_included
    return lambda scope: Range(low(scope), high(scope), *ends)


def entries_of(run: Run, value: Any) -> Iterator[Any]:
    """The entries of a list, a range of whole numbers or days (backwards where it is written so), or of one value."""
    if isinstance(value, list):
        return iter(cast("list[Any]", value))
    if isinstance(value, Range):
        return _steps(run, value)
    if value is None:
        raise NoDomain
    return iter([value])


def _steps(_run: Run, value: Range) -> Iterator[Any]:
    first, last = value.low, value.high
    if isinstance(first, Date) and isinstance(last, Date):
        start, end = first.ordinal, last.ordinal
    elif isinstance(first, Decimal) and isinstance(last, Decimal):
        low, high = as_integer(first), as_integer(last)
        if low is None or high is None:
            raise NoDomain
        start, end = low, high
    else:
        raise NoDomain
    step = 1 if start <= end else -1
    start += 0 if value.low_included else step
    end += step if value.high_included else 0
    numbers = range(start, end, step)
    return map(civil_from_days, numbers) if isinstance(first, Date) else map(Decimal, numbers)


def _each(scope: Scope, domains: _Domains, values: dict[str, Any], cost: int, place: int = 0) -> Iterator[None]:
    """Sets the variables to every combination, the last varying fastest; a later list may use an earlier variable."""
    if place == len(domains):
        yield
        return
    name, domain, _ = domains[place]
    run = scope.run
    for entry in entries_of(run, domain(scope)):
        run.spend(cost)
        values[name] = entry
        yield from _each(scope, domains, values, cost, place + 1)
        for later, _, _ in domains[place + 1 :]:
            values.pop(later, None)


def compile_for(compiler: Compiler, node: s.For) -> Code:
    domains, body = _domains(compiler, node.variables), compiler.compile(node.body)
    cost = s.cost(node.body)
    partial = any(isinstance(part, s.Name) and part.name == "partial" for part in s.walk(node.body))
    kept = any(isinstance(part, s.FunctionDefinition) for part in s.walk(node.body))  # keeps this turn's variables

    def evaluate(scope: Scope) -> Any:
        results: list[Any] = []
        values: dict[str, Any] = {}
        inner = Scope(values, scope, scope.run)
        try:
            for _ in _each(inner, domains, values, cost):
                if partial:
                    scope.run.spend(len(results) // 16)
                    values["partial"] = results[:]
                results.append(body(Scope(dict(values), scope, scope.run) if kept else inner))
                if len(results) > MAX_LIST:
                    raise TooLarge(f"'for' made a list of more than {MAX_LIST} entries")
        except NoDomain:
            _warn_domain(compiler, scope, node, domains)
            return None
        return results

    return evaluate


def _warn_domain(compiler: Compiler, scope: Scope, node: s.Node, domains: _Domains) -> None:
    lists = ", ".join(compiler.source(domain) for _, _, domain in domains)
    scope.run.warn(f"{lists} is not a list, so '{compiler.source(node)}' has no answer")


def compile_quantified(compiler: Compiler, node: s.Quantified) -> Code:
    domains, condition = _domains(compiler, node.variables), compiler.compile(node.condition)
    decisive, cost = not node.every, s.cost(node.condition)

    def evaluate(scope: Scope) -> Any:
        values: dict[str, Any] = {}
        inner = Scope(values, scope, scope.run)
        result: bool | None = not decisive
        try:
            for _ in _each(inner, domains, values, cost):
                answer = condition(inner)
                if answer is decisive:
                    return decisive
                if not isinstance(answer, bool):
                    result = None
        except NoDomain:
            _warn_domain(compiler, scope, node, domains)
            return None
        if result is None:
            source = compiler.source(node.condition)
            scope.run.warn(
                f"'{source}' is neither true nor false for some entry, so '{compiler.source(node)}' has no answer"
            )
        return result

    return evaluate


def compile_filter(compiler: Compiler, node: s.Filter) -> Code:
    base, condition = compiler.compile(node.base), compiler.compile(node.condition)
    cost = s.cost(node.condition)

    def evaluate(scope: Scope) -> Any:
        value = base(scope)
        if value is None:
            compiler.why_no_answer(scope.run, node, (node.base, value))
            return None
        items = cast("list[Any]", value) if isinstance(value, list) else [value]
        return filter_items(scope, items, condition, cost)

    return evaluate


def filter_items(scope: Scope, items: list[Any], condition: Code, cost: int, *, strict: bool = False) -> Any:
    """The entries for which the condition is true, or the one at the place that it names.

    With ``strict`` a condition that is neither is an error; otherwise such an entry is left out.
    """
    if not items:
        return _of_nothing(scope, condition)
    kept: list[Any] = []
    for place, item in enumerate(items):
        scope.run.spend(cost)
        answer = condition(_item_scope(scope, item))
        if answer is True:
            kept.append(item)
        elif type(answer) is Decimal and place == 0:
            return _at(scope.run, items, answer)
        elif strict and answer is not False:
            scope.run.warn("The condition of a filter is neither true nor false")
            return None
    return kept


def _item_scope(scope: Scope, item: Any) -> Scope:
    """Names mean an entry's own values first, then the entry as ``item``, then what is around the filter."""
    inner = Scope({"item": item}, scope, scope.run)
    return Scope(cast("dict[str, Any]", item), inner, scope.run) if isinstance(item, dict) else inner


def _of_nothing(scope: Scope, condition: Code) -> Any:
    """An empty list filtered is empty, but has no first entry."""
    known = scope.run.warned and list(scope.run.warned)
    answer = condition(scope)
    scope.run.warned = known
    if isinstance(answer, Decimal):
        return _at(scope.run, [], answer)
    return []


def _at(run: Run, items: list[Any], place: Decimal) -> Any:
    index = as_integer(place)
    if not index or abs(index) > len(items):
        run.warn(f"The list has no entry {place}; it has {len(items)}")
        return None
    return items[index - 1] if index > 0 else items[index]
