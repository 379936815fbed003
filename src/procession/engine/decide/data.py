"""The data of a case: what a form accepted, what steps write, and what is calculated from it."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from typing import TYPE_CHECKING, cast

from procession.engine import events as ev
from procession.engine import fields
from procession.engine.case import Json
from procession.engine.definition import Field, Form, FormEntry
from procession.engine.expressions import ExpressionError
from procession.engine.rejections import FieldRejection, InvalidField, InvalidForm, MissingField, UnknownField

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


def accept_form(deciding: Deciding, form: Form, values: Mapping[str, object], at: str = "") -> dict[str, Json]:
    """What a form's answers write: checked, in stored form, keyed as `DataWritten` wants it.

    A field that was not sent keeps the value the case has. Raises InvalidForm with every problem at once.
    """
    program = deciding.program
    made_ready = program.asked(form)
    asked = made_ready.entries
    problems: list[FieldRejection] = [_unknown(name, asked) for name in values if name not in asked]
    accepted = _coerced(deciding, asked, values, at, problems)
    proposed = proposed_values(deciding, accepted, at) if made_ready.conditional else {}
    for name, (entry, field) in asked.items():
        if entry.show_when is not None and deciding.values.evaluate(entry.show_when, at, proposed).value is not True:
            accepted.pop(name, None)
            continue
        required = field.required if entry.required is None else entry.required
        if entry.required_when is not None:
            required = deciding.values.evaluate(entry.required_when, at, proposed).value is True
        if not required:
            continue
        value = accepted[name] if name in accepted else stored_value(deciding, name, at)
        if fields.is_missing(field, value) and not any(one.field == name for one in problems):
            problems.append(MissingField(name, f"{field.title} is required."))
    if problems:
        raise problems[0] if len(problems) == 1 else InvalidForm(problems)
    if not program.has_each:
        return accepted
    return {cell_name(deciding, name, at): value for name, value in accepted.items()}


def _coerced(
    deciding: Deciding, asked: dict[str, tuple[FormEntry, Field]], values: Mapping[str, object], at: str,
    problems: list[FieldRejection],
) -> dict[str, Json]:  # fmt: skip
    """Answers to what is asked, in stored form; what does not fit its field, or is sealed, joins the problems."""
    accepted: dict[str, Json] = {}
    for name, (_, field) in asked.items():
        if name not in values:
            continue
        try:
            accepted[name] = fields.coerce(field, values[name])
        except FieldRejection as problem:
            problems.append(problem)
            continue
        if deciding.case.sealed and sealed_among(deciding, {cell_name(deciding, name, at): accepted[name]}):
            del accepted[name]
            problems.append(InvalidField(name, f"{field.title} is sealed and can no longer be changed."))
    return accepted


def proposed_values(deciding: Deciding, accepted: Mapping[str, Json], at: str) -> dict[str, object]:
    """What conditions of a form see: the answers just given, those to columns within their item, and what is
    calculated from them."""
    found: dict[str, object] = {}
    for name, stored in accepted.items():
        value = fields.to_feel(field_of(deciding, name), stored)
        item, dot, column = name.partition(".")
        if not dot:
            found[name] = value
            continue
        row = found.get(item) or deciding.values.of([item], at)[item]
        found[item] = {**cast("dict[str, object]", row or {}), column: value}
    found.update({name: value for name, (value, _) in _calculated(deciding, found).items()})
    return found


def sealed_among(deciding: Deciding, values: Mapping[str, Json]) -> list[str]:
    """Those of the fields (keyed as in `DataWritten`) that an archive step sealed and that would change."""
    sealed = deciding.case.sealed
    if not sealed:
        return []
    names = {name: name.partition("[")[0] for name in values}
    everything = "*" in sealed
    return [
        name
        for name, base in names.items()
        if (everything or base in sealed) and (base != name or deciding.case.data.get(base) != values[name])
    ]


def _unknown(name: str, asked: Mapping[str, object]) -> UnknownField:
    name = name[:80]
    near = get_close_matches(name, list(asked), n=1)
    hint = f"Did you mean {near[0]}?" if near else f"Asked here: {', '.join(asked) or 'nothing'}."
    return UnknownField(name, f"{name} is not asked here.", hint=hint)


def field_of(deciding: Deciding, name: str) -> Field:
    """The field a form entry names; `item.column` is a column of the table the `each` runs over."""
    return deciding.program.field(name)


def _row_of(deciding: Deciding, item: str, at: str) -> tuple[str, int] | None:
    """Table and place of the row that `item` stands for at an activation."""
    while at:
        one = deciding.case.activations[at]
        around = deciding.case.activations.get(one.up)
        if around is not None:
            step = deciding.node(around).step
            if step.kind == "each" and step.config.as_ == item:
                return step.config.of.strip(), int(one.branch) - 1
        at = one.up
    return None


def cell_name(deciding: Deciding, name: str, at: str) -> str:
    """A field's key in `DataWritten`: `item.serial` becomes `lines[2].serial`."""
    if "." not in name:
        return name
    item, _, column = name.partition(".")
    row = _row_of(deciding, item, at)
    return f"{row[0]}[{row[1]}].{column}" if row is not None else name


def stored_value(deciding: Deciding, name: str, at: str) -> Json:
    """What the case holds for a form entry."""
    item, dot, column = name.partition(".")
    row = _row_of(deciding, item, at) if dot else None
    if row is None:
        return deciding.case.data.get(name)
    rows = cast("list[dict[str, Json]]", deciding.case.data.get(row[0]) or [])
    return rows[row[1]].get(column) if row[1] < len(rows) else None


def write(
    deciding: Deciding, values: dict[str, Json], origin: str, step: str | None = None, reason: str | None = None
) -> None:
    """Write stored values that differ from what is there, then what is calculated from them."""
    changed = {name: value for name, value in values.items() if "[" in name or deciding.case.data.get(name) != value}
    if not changed:
        return
    deciding.emit(ev.DataWritten(values=changed, origin=origin, step=step, reason=reason))
    recalculate(deciding)
    rename(deciding)


def write_expressions(
    deciding: Deciding, expressions: Mapping[str, str], origin: str, at: str, extra: Mapping[str, object] | None = None,
    *, outcome: str | None = None, context: Mapping[str, Json] | None = None,
) -> bool:  # fmt: skip
    """Write fields from expressions, all read before any is written. False when one does not fit: an incident then.

    `outcome`: the one with which the step was about to finish, where it was; `context`: what the incident is to keep.
    """
    values: dict[str, Json] = {}
    step = deciding.case.activations[at].step
    for name, text in expressions.items():
        field = field_of(deciding, name)
        try:
            value = deciding.values.evaluate(text, at, extra, strict=True).value
            values[cell_name(deciding, name, at)] = None if value is None else fields.from_feel(field, value)
        except (FieldRejection, ExpressionError) as problem:
            sentence = f"{field.title} cannot be '{text}': {problem}"
            deciding.incident("type_mismatch", sentence, at, outcome=outcome, context=context)
            return False
    return write_unsealed(deciding, values, origin, at, step, outcome, context)


def write_unsealed(
    deciding: Deciding, values: dict[str, Json], origin: str, at: str, step: str, outcome: str | None = None,
    context: Mapping[str, Json] | None = None,
) -> bool:  # fmt: skip
    """Write what a step gives, unless an archive step sealed it: an incident then, and False."""
    sealed = sealed_among(deciding, values)
    if sealed:
        titles = ", ".join(field_of(deciding, name).title for name in sealed)
        sentence = f"{titles}: sealed, and can no longer be changed."
        deciding.incident("sealed", sentence, at, outcome=outcome, context=context)
        return False
    write(deciding, values, origin, step)
    return True


def recalculate(deciding: Deciding) -> None:
    """Bring every calculated field up to date; they may build on each other, in any order."""
    calculated = deciding.program.calculated
    if not calculated:
        return
    before = {one.name: deciding.case.data.get(one.name) for one in calculated}
    fresh = calculate(deciding)
    changed = {name: value for name, value in fresh.items() if before[name] != value}
    for name in sealed_among(deciding, changed):
        del changed[name]
    if changed:
        deciding.emit(ev.DataWritten(values=changed, origin="calculated"))


def calculate(deciding: Deciding) -> dict[str, Json]:
    """The values of all calculated fields, from the data as it is."""
    return {name: stored for name, (_, stored) in _calculated(deciding, {}).items()}


def _calculated(deciding: Deciding, given: Mapping[str, object]) -> dict[str, tuple[object, Json]]:
    """Each calculated field's value, as expressions see it and as it is stored; `given` counts instead of the data."""
    known = dict(given)
    done: dict[str, tuple[object, Json]] = {}
    waiting = list(deciding.program.calculated)
    names = {one.name for one in waiting}
    while waiting:
        ready = [one for one in waiting if (_inputs(deciding, one) & names).issubset(done)]
        if not ready:
            break  # a circle; check refuses it
        for one in ready:
            waiting.remove(one)
            value = deciding.values.evaluate(formula(one), "", known).value
            try:
                done[one.name] = value, None if value is None else fields.from_feel(one, value)
            except FieldRejection:
                done[one.name] = None, None
            known[one.name] = done[one.name][0]
    return done


def formula(field: Field) -> str:
    """The expression of a calculated field, without the mark."""
    assert field.formula is not None
    return field.formula.strip().removeprefix("=").strip()


def _inputs(deciding: Deciding, field: Field) -> frozenset[str]:
    return deciding.program.expression(formula(field)).names_used


def rename(deciding: Deciding) -> None:
    """Let the case's name follow the data it is made of."""
    if deciding.case.status != "open" or deciding.program.definition.name is None:
        return
    name = case_name(deciding)
    if name and name != deciding.case.name:
        deciding.emit(ev.CaseRenamed(name=name))


def case_name(deciding: Deciding) -> str:
    """What the case is called: its own text, or the title and the running number."""
    definition = deciding.program.definition
    if definition.name is not None:
        name = " ".join(deciding.values.render_text(definition.name).split())
        if name:
            return name[:200]
    subject = getattr(definition, "subject", None)
    if subject is not None and deciding.case.data.get(subject) is not None:
        value = deciding.case.data[subject]
        person = deciding.moment.directory.people.get(value) if isinstance(value, str) else None
        shown = person.name if person is not None else fields.show(definition.fields[subject], value)
        return f"{definition.title} · {shown}"
    return f"{definition.title} {deciding.case.number}" if deciding.case.number else definition.title
