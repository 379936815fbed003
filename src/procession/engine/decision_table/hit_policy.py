"""What a table answers when several of its rules fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from procession.engine.expressions.arithmetic import operate
from procession.engine.expressions.comparison import compare, equal
from procession.engine.expressions.runtime import Run, Warning_

from .cells import Output

HIT_POLICIES = (
    "unique",
    "any",
    "first",
    "priority",
    "rule order",
    "output order",
    "collect",
    "collect sum",
    "collect min",
    "collect max",
    "collect count",
)
LISTING = frozenset(["rule order", "output order", "collect"])
"""Policies that answer with a list."""

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """What a table came to: outputs, or the reason why there are none. Never silently nothing."""

    ok: bool
    outputs: dict[str, Any] = field(default_factory=dict[str, Any])
    """By output name. A policy that lists gives each name the list of its values, in the policy's order."""
    rows: list[Row] = field(default_factory=list[Row])
    """The outputs of each rule that counted, in the policy's order."""
    rules: tuple[int, ...] = ()
    """The rules that fitted, from 1, in the table's order."""
    code: str = ""
    """``no_rule`` or ``conflict`` where it failed."""
    sentence: str = ""
    """Why it failed, in words."""
    warnings: tuple[Warning_, ...] = ()


class Undecidable(Exception):
    """The fitting rules give no single answer."""


def settle(
    run: Run, hit: str, strict: bool, outputs: Sequence[Output], rows: list[Row]
) -> tuple[dict[str, Any], list[Row]]:
    """The outputs and the rows that counted. Raises Undecidable with the reason."""
    match hit:
        case "unique":
            return _agreed(run, rows, must_be_one=strict)
        case "any":
            return _agreed(run, rows, must_be_one=False)
        case "first":
            return rows[0], rows[:1]
        case "priority":
            best = _by_priority(run, outputs, rows)[:1]
            return best[0], best
        case "output order":
            return _listed(outputs, ordered := _by_priority(run, outputs, rows)), ordered
        case "rule order" | "collect":
            return _listed(outputs, rows), rows
        case _:
            return {output.name: _aggregate(run, hit, output, rows) for output in outputs}, rows


def _agreed(run: Run, rows: list[Row], *, must_be_one: bool) -> tuple[dict[str, Any], list[Row]]:
    if len(rows) > 1 and must_be_one:
        raise Undecidable("only one may")
    if not all(equal(run, rows[0], row) for row in rows[1:]):
        raise Undecidable("they give different answers")
    return rows[0], rows[:1]


def _listed(outputs: Sequence[Output], rows: list[Row]) -> dict[str, Any]:
    return {output.name: [row[output.name] for row in rows] for output in outputs}


def _by_priority(run: Run, outputs: Sequence[Output], rows: list[Row]) -> list[Row]:
    """By the place of the outputs among their options, the first output first; what is no option comes last."""

    def rank(row: Row) -> tuple[int, ...]:
        return tuple(_place(run, output.options, row[output.name]) for output in outputs if output.options)

    return sorted(rows, key=rank)


def _place(run: Run, options: tuple[Any, ...], value: Any) -> int:
    return next((place for place, option in enumerate(options) if equal(run, option, value)), len(options))


def _aggregate(run: Run, hit: str, output: Output, rows: list[Row]) -> Any:
    values = [row[output.name] for row in rows]
    if hit == "collect count":
        return Decimal(len(values))
    result = values[0]
    for value in values[1:]:
        if hit == "collect sum":
            result = operate(run, "+", result, value)
        else:
            order = compare(run, value, result)
            if order is None:
                raise Undecidable(f"their values of {output.name} cannot be compared")
            if (order < 0) == (hit == "collect min") and order != 0:
                result = value
    if result is None or (hit == "collect sum" and isinstance(result, str)):
        raise Undecidable(f"their values of {output.name} cannot be put together")
    return result
