"""Ranges written in a text, for ``range("[1..10]")``: both ends must be literals."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from . import syntax as s
from .errors import ExpressionError
from .parser import Dialect, Parser
from .temporal_text import parse_date, parse_datetime, parse_duration, parse_time
from .values import Range
from .vocabulary import Vocabulary

_READERS = {"date": parse_date, "date and time": parse_datetime, "time": parse_time, "duration": parse_duration}


def parse_range(text: str) -> Range | None:
    """The range, or None where the text is none."""
    try:
        node = Parser(text, Vocabulary(_READERS), Dialect.DMN).parse_expression()
    except ExpressionError:
        return None
    if not isinstance(node, s.RangeLiteral):
        return None
    low, high = _literal(node.low), _literal(node.high)
    if low is None or high is None:
        return None
    return Range(low, high, node.low_included, node.high_included)


def _literal(node: s.Node) -> Any:
    match node:
        case s.Literal(value=value):
            return value
        case s.Negation(operand=s.Literal(value=Decimal() as number)):
            return -number
        case s.Call(function=s.Name(name=name), arguments=(s.Literal(value=str() as text),), names=None) if (
            name in _READERS
        ):
            return _READERS[name](text)
        case _:
            return None
