"""The cells of a decision table, compiled."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from procession.engine.expressions.errors import ExpressionError
from procession.engine.expressions.expression import Expression, UnaryTests, compile_expression, compile_unary_tests
from procession.engine.expressions.parser import Dialect
from procession.engine.expressions.relations import is_in
from procession.engine.expressions.runtime import Scope
from procession.engine.expressions.syntax import Literal, Tests
from procession.engine.expressions.types import Type
from procession.engine.expressions.values import from_python, kind_of


class CellError(ExpressionError):
    """A cell that cannot be read. ``rule`` and ``column`` count from 1; input columns come before output columns."""

    def __init__(self, rule: int, column: int, cause: ExpressionError) -> None:
        super().__init__(cause.message, cause.line, cause.column, cause.hint)
        self.rule = rule
        self.cell_column = column

    def __str__(self) -> str:
        return f"rule {self.rule}, column {self.cell_column}: {super().__str__()}"


@dataclass(frozen=True, slots=True)
class Output:
    """One output column: the field it fills, its options in order of priority, and how its cells are read."""

    name: str
    options: tuple[Any, ...] = ()
    """From the highest priority to the lowest; for the policies ``priority`` and ``output order``."""
    is_text: bool = False
    """A cell is the text itself, not an expression."""
    is_list: bool = False
    """A cell may be bare options, separated by commas: the list of them."""
    default: Any = None
    """The cell that counts when no rule fits; None where there is none."""


@dataclass(frozen=True, slots=True)
class Dictionary:
    """What the texts of a table's cells may mention."""

    names: frozenset[str]
    dialect: Dialect
    members: tuple[str, ...] = ()
    types: Mapping[str, Type] | None = None


class FixedTest:
    """An input cell that is a plain value of the file, not a text to be read."""

    def __init__(self, value: Any) -> None:
        self.value: Any = from_python(value)
        self.text = str(value)
        self.names_used: frozenset[str] = frozenset()
        items = cast("list[Any]", self.value) if kind_of(self.value) is list else [self.value]
        literals = tuple(Literal(start=0, end=0, value=item) for item in items)
        self.tree = Tests(start=0, end=0, tests=literals, negated=False)

    def compute(self, scope: Scope, value: Any) -> bool | None:
        return is_in(scope.run, value, self.value)


InputCell = UnaryTests | FixedTest


def compile_input(cell: Any, dictionary: Dictionary, options: Iterable[str]) -> InputCell:
    """A text is read as tests; any other value stands for itself."""
    if cell is None:
        raise ExpressionError("The cell is empty", hint="'-' means any value")
    if not isinstance(cell, str):
        return FixedTest(cell)
    return compile_unary_tests(
        cell,
        dictionary.names,
        options=options,
        dialect=dictionary.dialect,
        members=dictionary.members,
        types=dictionary.types,
    )


@dataclass(frozen=True, slots=True)
class OutputCell:
    """What a rule answers in one column: a fixed value, or an expression."""

    value: Any
    expression: Expression | None = None

    def compute(self, scope: Scope) -> Any:
        return self.value if self.expression is None else self.expression.compute(scope)


def compile_output(cell: Any, output: Output, dictionary: Dictionary) -> OutputCell:
    """The text itself where the column's cells are texts; otherwise FEEL. An empty cell answers null."""
    if cell is None:
        return OutputCell(None)
    if not isinstance(cell, str):
        return OutputCell(from_python(cell) if not output.is_text else str(cell))
    if output.is_text:
        unquoted = cell.strip().strip('"')
        return OutputCell(unquoted if cell not in output.options and unquoted in output.options else cell)
    if output.is_list:
        parts = [part.strip() for part in cell.split(",")]
        if all(part in output.options for part in parts):
            return OutputCell(list(parts))
    if cell.strip() in ("", "-"):
        return OutputCell(None)
    expression = compile_expression(
        cell, dictionary.names, dialect=dictionary.dialect, members=dictionary.members, types=dictionary.types
    )
    if isinstance(expression.tree, Literal):
        return OutputCell(expression.tree.value)
    return OutputCell(None, expression)
