"""Whether a condition can ever be true: constants are computed, and what is said of one field is put together."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from procession.engine.definition import Field
from procession.engine.expressions import Expression, ExpressionError
from procession.engine.expressions import syntax as s
from procession.engine.fields import NUMERIC, limit_of
from procession.engine.rejections import InvalidField

_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "=": "=", "!=": "!="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "=": "!=", "!=": "="}


@dataclass(frozen=True, slots=True)
class Range:
    """What a field may still be: an interval, or a set of texts; `impossible` once nothing is left."""

    low: Any = None
    high: Any = None
    low_open: bool = False
    high_open: bool = False
    texts: frozenset[str] | None = None
    """None: any text."""

    @property
    def impossible(self) -> bool:
        if self.texts is not None and not self.texts:
            return True
        if self.low is None or self.high is None:
            return False
        return self.low > self.high or (self.low == self.high and (self.low_open or self.high_open))

    def narrowed(self, operator: str, value: Any) -> Range:
        """What is left where `field operator value` is true."""
        if isinstance(value, str):
            known = self.texts
            if operator == "=":
                return replace(self, texts=frozenset({value}) if known is None or value in known else frozenset())
            return replace(self, texts=known - {value}) if operator == "!=" and known is not None else self
        if not isinstance(value, Decimal):
            return self
        if operator in ("=", ">=", ">"):
            is_open = operator == ">"
            if self.low is None or value > self.low or (value == self.low and is_open):
                narrowed = replace(self, low=value, low_open=is_open)
            else:
                narrowed = self
            return narrowed._below("<=", value) if operator == "=" else narrowed
        return self._below(operator, value) if operator in ("<", "<=") else self

    def _below(self, operator: str, value: Any) -> Range:
        is_open = operator == "<"
        if self.high is None or value < self.high or (value == self.high and is_open):
            return replace(self, high=value, high_open=is_open)
        return self


Ranges = Mapping[str, Range]


def ranges_of(fields: Mapping[str, Field]) -> dict[str, Range]:
    """What the fields may be by their own limits and options."""
    found: dict[str, Range] = {}
    for name, field in fields.items():
        if field.type == "choice" and field.options:
            found[name] = Range(texts=frozenset(field.options))
        elif field.type in NUMERIC:
            try:
                low, high = limit_of(field, field.min), limit_of(field, field.max)
            except InvalidField:
                continue
            found[name] = Range(low=low, high=high)
    return found


def can_be_true(expression: Expression, fields: Mapping[str, Field]) -> bool:
    """False only where the condition is certainly never true."""
    if not expression.names_used and not _asks_outside(expression.tree):
        try:
            return expression.evaluate({}).value is True
        except ExpressionError:
            return True
    return bool(_possible(expression.tree, [ranges_of(fields)]))


def _asks_outside(tree: s.Node) -> bool:
    """Whether it asks the clock or the world, whose answers change."""
    return any(isinstance(node, s.Call) for node in s.walk(tree))


_MOST = 64
"""Alternatives followed; beyond that a condition counts as possible."""


def _possible(node: s.Node, worlds: list[dict[str, Range]], *, negated: bool = False) -> list[dict[str, Range]]:
    """Of the given sets of ranges, those in which the condition can hold, narrowed by it."""
    if len(worlds) > _MOST:
        return worlds
    match node:
        case s.Literal(value=bool() as value):
            return worlds if value is not negated else []
        case s.And(operands=operands) | s.Or(operands=operands):
            if isinstance(node, s.And) is not negated:
                for operand in operands:
                    worlds = _possible(operand, worlds, negated=negated)
                return worlds
            return [world for operand in operands for world in _possible(operand, worlds, negated=negated)]
        case s.Call(function=s.Name(name="not"), arguments=(inner,)):
            return _possible(inner, worlds, negated=not negated)
        case s.Comparison(operator=operator, left=left, right=right):
            return _compared(_OPPOSITE.get(operator, operator) if negated else operator, left, right, worlds)
        case s.Between(value=value, low=low, high=high) if not negated:
            return _compared("<=", value, high, _compared(">=", value, low, worlds))
        case _:
            return worlds


def _compared(operator: str, left: s.Node, right: s.Node, worlds: list[dict[str, Range]]) -> list[dict[str, Range]]:
    if isinstance(right, s.Name) and not isinstance(left, s.Name):
        left, right, operator = right, left, _MIRRORED.get(operator, operator)
    value = _constant(right)
    if not isinstance(left, s.Name) or value is None:
        return worlds
    kept: list[dict[str, Range]] = []
    for world in worlds:
        narrowed = world.get(left.name, Range()).narrowed(operator, value)
        if not narrowed.impossible:
            kept.append({**world, left.name: narrowed})
    return kept


def _constant(node: s.Node) -> Any:
    if isinstance(node, s.Negation):
        inner = _constant(node.operand)
        return -inner if isinstance(inner, Decimal) else None
    if not isinstance(node, s.Literal) or isinstance(node.value, bool):
        return None
    return Decimal(node.value) if isinstance(node.value, int) else node.value
