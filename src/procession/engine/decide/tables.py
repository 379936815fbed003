"""Decision tables inside a case: what they find is written, what they cannot find is an incident."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procession.engine import fields
from procession.engine.case import Json
from procession.engine.decide.data import field_of, write_expressions, write_unsealed
from procession.engine.definition import Step
from procession.engine.expressions import ExpressionError
from procession.engine.rejections import FieldRejection

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


def decide_table(deciding: Deciding, step: Step, activation: str) -> None:
    """Evaluate the step's table and write its outputs; no rule, or two that differ, writes nothing."""
    shared = deciding.program.library.get(step.config.use) if step.config.use is not None else None
    if shared is not None and shared.expression is not None:
        outputs = step.config.outputs or shared.outputs
        if write_expressions(deciding, {outputs[0]: shared.expression}, "decided", activation):
            deciding.finish(activation, "done")
        return
    table = deciding.program.table(step)
    try:
        result = table.evaluate(deciding.values.of(table.names_used, activation), deciding.values.environment())
    except ExpressionError as problem:
        deciding.incident("no_answer", f"{step.title}: {problem.message}.", activation)
        return
    if not result.ok:
        deciding.incident(result.code, f"{step.title}: {result.sentence}", activation)
        return
    values: dict[str, Json] = {}
    for name, value in result.outputs.items():
        field = field_of(deciding, name)
        try:
            values[name] = None if value is None else fields.from_feel(field, value)
        except FieldRejection as problem:
            deciding.incident("type_mismatch", f"{step.title}: {problem.message}", activation)
            return
    if write_unsealed(deciding, values, "decided", activation, step.id):
        deciding.finish(activation, "done")
