"""The data of simulated cases: drawn for what forms ask, written by the definition's own rules and tables.

A condition is evaluated where everything it reads is known; where it is not, chance decides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from procession.analytics.simulation.figures import Figures
from procession.analytics.simulation.model import Data, FieldChance
from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.decide.timing import as_beginning
from procession.engine.definition import Field, Step
from procession.engine.expressions import ExpressionError
from procession.engine.expressions.runtime import Environment
from procession.engine.program import Program

Draw = Callable[[str], Any]

SURROUNDINGS: Final = Environment(now=datetime(2026, 1, 5, 9, tzinfo=UTC), calendar=STANDARD)
"""What expressions see of the time; conditions on `now()` see one moment."""

NUMBERS = frozenset(("number", "money", "percent", "integer"))


def chance_of(field: Field, figures: Figures, key: str) -> FieldChance | None:
    """How a field is drawn; None where nothing is known of its values."""
    given = figures.data.get(key) or figures.data.get(field.name)
    if given is not None:
        if given.values is not None and field.type in NUMBERS:
            read = _whole if field.type == "integer" else _decimal
            return FieldChance(values=given.values, read=read)
        return given
    if field.type == "choice" and field.options:
        return FieldChance(options=tuple((option, 1.0) for option in field.options))
    if field.type == "yes/no":
        return FieldChance(options=((True, 1.0), (False, 1.0)))
    return None


def _decimal(value: float) -> Decimal:
    return Decimal(f"{value:.2f}")


def _whole(value: float) -> Decimal:
    return Decimal(round(value))


def answer(program: Program, text: str, data: Data) -> Any:
    """What an expression says of a case's data; None where something it reads is not known."""
    try:
        expression = program.expression(text)
        if any(data.get(name) is None for name in expression.names_used):
            return None
        return expression.evaluate(data, SURROUNDINGS).value
    except ExpressionError:
        return None


def clock(program: Program, text: str, calendar: WorkCalendar) -> Callable[[datetime], datetime | None] | None:
    """When a wait `until:` is over, by when it began; None where that depends on the case's data."""
    source = text.strip().removeprefix("=").strip()
    try:
        expression = program.expression(source)
    except ExpressionError:
        return None
    if any(name in program.names for name in expression.names_used):
        return None
    zone = ZoneInfo(calendar.zone)
    daily = "now" not in source  # then it is the same all day
    known: dict[date, datetime | None] = {}

    def over(began: datetime) -> datetime | None:
        day = began.astimezone(zone).date()
        if daily and day in known:
            return known[day]
        known[day] = result = worked_out(began)
        return result

    def worked_out(began: datetime) -> datetime | None:
        try:
            found = expression.evaluate({}, Environment(now=began, calendar=calendar, zone=zone)).value
        except ExpressionError:
            return None
        return as_beginning(found, calendar)

    return over


def condition(program: Program, text: str) -> Callable[[Data], bool | None]:
    """A condition over a case's data; None as its answer where it has none."""

    def holds(data: Data) -> bool | None:
        found = answer(program, text, data)
        return found if isinstance(found, bool) else None

    return holds


def writing(
    program: Program, names: Iterable[str], expressions: Mapping[str, str], prefix: str
) -> Callable[[Data, Draw], None] | None:
    """What a step does to the data: fields drawn, expressions written, calculated fields worked out."""
    drawn, written = tuple(names), dict(expressions)
    if not drawn and not written:
        return None

    def write(data: Data, draw: Draw) -> None:
        for name in drawn:
            value = draw(f"{prefix}{name}")
            if value is not None:
                data[name] = value
        for name, text in written.items():
            data[name] = answer(program, text, data)
        calculate(program, data)

    return write


def calculate(program: Program, data: Data) -> None:
    """Work out the calculated fields."""
    for field in program.calculated:
        if field.formula is not None:
            data[field.name] = answer(program, field.formula, data)


def deciding(program: Program, step: Step, prefix: str) -> Callable[[Data, Draw], None]:
    """What a decision table writes; where its inputs are not known, one of the options of each output."""
    table = program.table(step)
    outputs = tuple(output.name for output in table.outputs)

    def write(data: Data, draw: Draw) -> None:
        found: Mapping[str, Any] = {}
        if all(data.get(name) is not None for name in table.names_used & program.names):
            try:
                result = table.evaluate(data, SURROUNDINGS)
                found = result.outputs if result.ok else {}
            except ExpressionError:
                found = {}
        for name in outputs:
            data[name] = found[name] if name in found else draw(f"{prefix}{name}")
        calculate(program, data)

    return write


def uses_data(program: Program, workflows: Mapping[str, Program]) -> bool:
    """Whether anything in a workflow depends on a case's data."""
    for node in program.nodes.values():
        step = node.step
        if step.when is not None or step.kind in ("decide", "choose", "each"):
            return True
        if step.kind == "workflow" and step.config.use in workflows:
            inside = workflows[step.config.use]
            if inside is not program and uses_data(inside, {k: v for k, v in workflows.items() if v is not inside}):
                return True
    return False
