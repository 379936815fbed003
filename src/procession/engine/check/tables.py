"""Decision tables: their shape, their cells, and inputs that no rule or too many rules answer."""

from __future__ import annotations

from procession.engine.check.context import Checking
from procession.engine.definition import Field
from procession.engine.expressions import ExpressionError, compile_expression, compile_unary_tests
from procession.engine.findings import did_you_mean

HITS = (
    "unique", "any", "first", "priority", "rule order", "output order", "collect", "collect sum", "collect min",
    "collect max", "collect count",
)  # fmt: skip


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
        if self.hit not in HITS:
            hint = did_you_mean(self.hit, HITS, otherwise="write one of {}")
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
        """Filled in by `decision_table.find_gaps_and_overlaps`."""
