"""From a definition's decision table to a compiled one."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from procession.engine.definition import Field

from .cells import Output
from .table import DecisionTable

TEXT_TYPES = frozenset(
    ["text", "long text", "choice", "email", "url", "phone", "person", "group", "address", "location"]
)
"""Types of field whose output cells are the text itself."""


def make_table(
    inputs: Sequence[str],
    outputs: Sequence[str],
    hit: str,
    rules: Sequence[Sequence[Any]],
    fields: Mapping[str, Field],
    names: Iterable[str] = (),
) -> DecisionTable:
    """The table with the options and types of the fields that it reads and writes.

    Raises ExpressionError for an input or a policy, CellError for a cell that cannot be read.
    """
    return DecisionTable(
        inputs,
        [_output(name, fields) for name in outputs],
        rules,
        hit=hit,
        names={*fields, *names},
        input_options=[fields[text.strip()].options if text.strip() in fields else () for text in inputs],
    )


def _output(name: str, fields: Mapping[str, Field]) -> Output:
    field = fields.get(name)
    if field is None:
        return Output(name)
    return Output(name, tuple(field.options), field.type in TEXT_TYPES, field.type == "choices")
