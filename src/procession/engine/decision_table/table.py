"""A decision table, compiled once and evaluated often."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from procession.engine.expressions.errors import ExpressionError, TooDeep
from procession.engine.expressions.expression import compile_expression, start_run
from procession.engine.expressions.parser import Dialect
from procession.engine.expressions.runtime import DEFAULT, Environment, Run, Scope
from procession.engine.expressions.text import write_value
from procession.engine.expressions.types import Type
from procession.engine.expressions.values import from_python, to_python

from .cells import CellError, Dictionary, Output, OutputCell, compile_input, compile_output
from .columns import Column
from .hit_policy import HIT_POLICIES, LISTING, Result, Row, Undecidable, settle

MAX_RULES = 5_000


class DecisionTable:
    """Rules whose input cells are tests and whose output cells are answers.

    ``inputs`` are expressions, ``rules`` have one cell for each input and then one for each output. ``input_options``
    are,
    for each input, the options that may stand bare in its cells. Under ``unique`` two fitting rules that differ are a
    conflict; with ``strict`` (as DMN has it) any two are. Raises ExpressionError, or CellError with rule and column.
    """

    def __init__(
        self,
        inputs: Sequence[str],
        outputs: Sequence[Output],
        rules: Sequence[Sequence[Any]],
        *,
        hit: str = "unique",
        names: Iterable[str] = (),
        input_options: Sequence[Sequence[str]] = (),
        dialect: Dialect = Dialect.PROCESSION,
        strict: bool = False,
        members: Sequence[str] = (),
        types: Mapping[str, Type] | None = None,
    ) -> None:
        if hit not in HIT_POLICIES:
            raise ExpressionError(f"'{hit}' is no hit policy", hint=f"one of {', '.join(HIT_POLICIES)}")
        if len(rules) > MAX_RULES:
            raise ExpressionError(f"The table has {len(rules)} rules; {MAX_RULES} are the most")
        if not outputs:
            raise ExpressionError("The table has no output")
        self.inputs = tuple(inputs)
        self.outputs = tuple(replace(o, options=tuple(map(from_python, o.options))) for o in outputs)
        self.hit = hit
        self.strict = strict
        self.dialect = dialect
        self.rules = tuple(tuple(rule) for rule in rules)
        self.input_options = tuple(map(tuple, input_options)) or ((),) * len(inputs)
        dictionary = Dictionary(frozenset(names), dialect, tuple(members), types)
        self.columns = self._compile_columns(dictionary)
        self.answers = self._compile_answers(dictionary)
        self._defaults = [compile_output(output.default, output, dictionary) for output in self.outputs]
        self.names_used = self._names_used()
        self._columns = [(column.expression.compute, column.match) for column in self.columns]
        self._everything = (1 << len(self.rules)) - 1

    def _compile_columns(self, dictionary: Dictionary) -> tuple[Column, ...]:
        width = len(self.inputs) + len(self.outputs)
        for number, rule in enumerate(self.rules, 1):
            if len(rule) != width:
                cause = ExpressionError(f"The rule has {len(rule)} cells; the table has {width} columns")
                raise CellError(number, min(len(rule), width) or 1, cause)
        columns: list[Column] = []
        for place, text in enumerate(self.inputs):
            expression = compile_expression(
                text, dictionary.names, dialect=self.dialect, members=dictionary.members, types=dictionary.types
            )
            cells = [
                _in_place(number, place + 1, compile_input, rule[place], dictionary, self.input_options[place])
                for number, rule in enumerate(self.rules, 1)
            ]
            columns.append(Column(expression, cells))
        return tuple(columns)

    def _compile_answers(self, dictionary: Dictionary) -> tuple[tuple[OutputCell, ...], ...]:
        first = len(self.inputs)
        return tuple(
            tuple(
                _in_place(number, first + place + 1, compile_output, rule[first + place], output, dictionary)
                for place, output in enumerate(self.outputs)
            )
            for number, rule in enumerate(self.rules, 1)
        )

    def _names_used(self) -> frozenset[str]:
        found = frozenset[str]().union(*(column.expression.names_used for column in self.columns))
        for column in self.columns:
            found = found.union(*(cell.names_used for cell in column.cells))
        cells = (cell for answer in (*self.answers, self._defaults) for cell in answer)
        return found.union(*(cell.expression.names_used for cell in cells if cell.expression is not None))

    def evaluate(self, values: Mapping[str, object], environment: Environment = DEFAULT) -> Result:
        """What the table says of these values, in Python's terms. Raises BudgetExceeded, TooDeep or TooLarge."""
        run = start_run(environment, self.dialect)
        try:
            return self._finish(run, self.compute(Scope(values, None, run)))
        except RecursionError:
            raise TooDeep("The table's expressions go too deep") from None

    def _finish(self, run: Run, result: Result) -> Result:
        outputs = {name: to_python(value) for name, value in result.outputs.items()}
        rows = [{name: to_python(value) for name, value in row.items()} for row in result.rows]
        return Result(result.ok, outputs, rows, result.rules, result.code, result.sentence, run.warnings())

    def compute(self, scope: Scope) -> Result:
        """The same inside a run that is under way, in FEEL values."""
        fitting = self._everything
        found: list[Any] = []
        for compute, match in self._columns:
            value = compute(scope)
            found.append(value)
            fitting &= match(scope, value)
        scope.run.spend(1 + len(found))
        if not fitting:
            return self._without_rule(scope, found)
        numbers = _numbers(fitting)
        if self.hit == "first":
            numbers = numbers[:1]
        scope.run.spend(len(numbers))
        rows = [self._row(scope, number) for number in numbers]
        try:
            outputs, counted = settle(scope.run, self.hit, self.strict, self.outputs, rows)
        except Undecidable as reason:
            which = (
                f"Rules {', '.join(map(str, numbers[:-1]))} and {numbers[-1]}" if numbers[1:] else f"Rule {numbers[0]}"
            )
            both = " both" if len(numbers) == 2 else " all" if numbers[2:] else ""
            fit = "fit" if numbers[1:] else "fits"
            sentence = f"{which}{both} {fit} {self._given(scope, found)}, and {reason}"
            return Result(False, rules=tuple(numbers), code="conflict", sentence=sentence)
        return Result(True, outputs, counted, tuple(numbers))

    def _row(self, scope: Scope, number: int) -> Row:
        answers = self.answers[number - 1]
        return {output.name: cell.compute(scope) for output, cell in zip(self.outputs, answers, strict=True)}

    def _without_rule(self, scope: Scope, found: list[Any]) -> Result:
        if any(output.default is not None for output in self.outputs):
            row = {o.name: cell.compute(scope) for o, cell in zip(self.outputs, self._defaults, strict=True)}
            outputs = {name: [value] for name, value in row.items()} if self.hit in LISTING else row
            return Result(True, outputs, [row])
        empty = [text for text, value in zip(self.inputs, found, strict=True) if value is None]
        reason = f"; {' and '.join(empty)} {'are' if empty[1:] else 'is'} empty" if empty else ""
        return Result(False, code="no_rule", sentence=f"No rule fits {self._given(scope, found)}{reason}")

    def _given(self, scope: Scope, found: list[Any]) -> str:
        parts = [
            f"{text} = {'nothing' if value is None else write_value(scope.run, value)[:60]}"
            for text, value in zip(self.inputs, found, strict=True)
        ]
        return ", ".join(parts) or "nothing"


def _numbers(rules: int) -> list[int]:
    """The numbers, from 1, of the bits that are set."""
    numbers: list[int] = []
    while rules:
        lowest = rules & -rules
        numbers.append(lowest.bit_length())
        rules ^= lowest
    return numbers


def _in_place(rule: int, column: int, compile_cell: Any, *arguments: Any) -> Any:
    try:
        return compile_cell(*arguments)
    except ExpressionError as error:
        raise CellError(rule, column, error) from None
