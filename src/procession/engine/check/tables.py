"""Decision tables: their shape, their cells, and inputs that no rule or too many rules answer."""

from __future__ import annotations

from procession.engine.check.context import Checking
from procession.engine.currencies import digits_of
from procession.engine.decision_table import HIT_POLICIES, Bounds, find_gaps_and_overlaps, make_table
from procession.engine.definition import Field
from procession.engine.expressions import ExpressionError, compile_expression, compile_unary_tests
from procession.engine.fields import WITH_LIMITS, limit_of
from procession.engine.findings import did_you_mean, listed
from procession.engine.rejections import InvalidField


def check_tables(ctx: Checking) -> None:
    """Findings about the `decide:` steps of a workflow."""
    for step in ctx.steps:
        if step.kind == "decide" and step.config.use is None:
            _Table(ctx, f"steps/{step.id}", f"“{step.title}”", step.config, step.line).check()


class _Table:
    def __init__(self, ctx: Checking, path: str, said: str, config: object, line: int) -> None:
        self.ctx, self.path, self.said, self.line = ctx, path, said, line
        self.inputs: tuple[str, ...] = config.inputs  # type: ignore[attr-defined]
        self.outputs: tuple[str, ...] = config.outputs  # type: ignore[attr-defined]
        self.rules: tuple[tuple[str, ...], ...] = config.rules  # type: ignore[attr-defined]
        self.hit: str = config.hit  # type: ignore[attr-defined]

    def add(self, code: str, key: str, sentence: str, hint: str | None = None) -> None:
        self.ctx.add(code, f"{self.path}/{key}", sentence, hint, line=self.line)

    def check(self) -> None:
        before = len(self.ctx.findings)
        if self.hit not in HIT_POLICIES:
            hint = did_you_mean(self.hit, HIT_POLICIES, otherwise="write one of {}")
            self.add("type_mismatch", "hit", f"{self.said}: there is no hit policy {self.hit!r}.", hint)
        for key, held in (("inputs", self.inputs), ("outputs", self.outputs), ("rules", self.rules)):
            if not held:
                example = {"inputs": "[amount]", "outputs": "[level]", "rules": '- ["< 500", auto]'}[key]
                self.add("missing_key", key, f"{self.said} has no {key}.", f"write {key}: {example}")
        width = len(self.inputs) + len(self.outputs)
        for number, rule in enumerate(self.rules):
            if len(rule) != width:
                self.add(
                    "type_mismatch",
                    f"rules/{number}",
                    f"{self.said}, rule {number + 1}: {len(rule)} cells for {len(self.inputs)} inputs and "
                    f"{len(self.outputs)} outputs.",
                    f"write {width} cells; - stands for any value",
                )
            elif self.inputs and self.outputs:
                self._check_cells(number, rule)
        if len(self.ctx.findings) == before and self.rules:
            self._gaps_and_overlaps()

    def _check_cells(self, number: int, rule: tuple[str, ...]) -> None:
        for place, cell in enumerate(rule):
            where = f"{self.said}, rule {number + 1}"
            name = (*self.inputs, *self.outputs)[place]
            field = self.ctx.fields.get(name)
            try:
                if place < len(self.inputs):
                    options = field.options if field is not None else ()
                    tests = compile_unary_tests(cell, self.ctx.fields, options=options)
                    for unknown in sorted(tests.names_used - set(self.ctx.fields) - {"not", "settings", "starter"}):
                        self.add(
                            "unknown_field" if not options else "type_mismatch",
                            f"rules/{number}/{place}",
                            f"{where}: {unknown!r} is neither an option of {name} nor a field.",
                            did_you_mean(unknown, options or self.ctx.fields, otherwise="write {}")
                            or f'text stands in quotes: "{unknown}"',
                        )
                else:
                    self._check_output(number, place, cell, name, field, where)
            except ExpressionError as problem:
                sentence = f"{where}: the cell {cell!r} cannot be read: {problem.message.rstrip('.')}."
                self.add("expression_error", f"rules/{number}/{place}", sentence, problem.hint)

    def _check_output(self, number: int, place: int, cell: str, name: str, field: Field | None, where: str) -> None:
        if field is None or cell == "-":
            return
        if field.type in ("choice", "text", "long text"):
            if field.options and cell.strip().strip('"') not in field.options:
                self.add(
                    "type_mismatch",
                    f"rules/{number}/{place}",
                    f"{where}: {cell!r} is not an option of {name}.",
                    did_you_mean(cell, field.options, otherwise="its options are {}"),
                )
            return
        compile_expression(cell, self.ctx.fields)

    def _gaps_and_overlaps(self) -> None:
        fields = self.ctx.fields
        try:
            table = make_table(self.inputs, self.outputs, self.hit, self.rules, fields, self.ctx.expression_names)
        except ExpressionError as problem:
            self.add(
                "expression_error", "rules", f"{self.said} cannot be read: {problem.message.rstrip('.')}.", problem.hint
            )
            return
        bounds = {
            name: found for name in self.inputs if name in fields and (found := _bounds(fields[name])) is not None
        }
        types = {name: fields[name].type for name in self.inputs if name in fields}
        analysis = find_gaps_and_overlaps(table, types, bounds)
        for one in analysis.findings:
            example = {name: _shown(value) for name, value in one.example.items()}
            gap = one.kind == "gap"
            self.ctx.add(
                "table_gap" if gap else "table_overlap",
                f"{self.path}/rules/{one.rules[-1] - 1}" if one.rules else f"{self.path}/rules",
                f"{self.said}: {_said_of(one.rules, example)}",
                "add a rule for it; - stands for any value" if gap else "let the rules not meet, or write hit: first",
                severity="warning" if gap else "error",
                line=self.line,
                example=example,
            )
        for reason in analysis.unchecked:
            sentence = f"{self.said}: {reason.rstrip('.')}."
            self.ctx.add("too_large_to_check", f"{self.path}/rules", sentence, severity="note", line=self.line)


def _said_of(rules: tuple[int, ...], example: dict[str, str]) -> str:
    given = listed(f"{name} = {value}" for name, value in example.items())
    if not rules:
        return f"no rule answers {given}."
    return f"rules {listed(str(rule) for rule in rules)} both answer {given}, and differently."


def _shown(value: object) -> str:
    return "null" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _bounds(one: Field) -> Bounds | None:
    """What the field's own limits leave."""
    if one.options:
        return Bounds(options=one.options)
    if one.type not in WITH_LIMITS:
        return None
    try:
        low, high = limit_of(one, one.min), limit_of(one, one.max)
    except InvalidField:
        return None
    places = 0 if one.type == "integer" else digits_of(one.currency) if one.type == "money" and one.currency else None
    return Bounds(min=low, max=high, places=places)
