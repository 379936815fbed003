"""Fields and forms: types, options, currencies, limits, formulas, and the names that forms and steps use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from procession.engine.check.context import Checking
from procession.engine.check.types import names_of_fields
from procession.engine.check.uses import Scoped, item_field, scoped_steps
from procession.engine.currencies import CODES
from procession.engine.definition import LATER_FIELD_TYPES, Field, Form, Process
from procession.engine.expressions import ExpressionError, compile_expression
from procession.engine.expressions.inference import DURATIONS, infer_type
from procession.engine.fields import WITH_LIMITS, limit_of
from procession.engine.findings import did_you_mean
from procession.engine.rejections import InvalidField
from procession.engine.steps import LATER_KINDS


def check_fields(ctx: Checking) -> None:
    """Findings about the fields themselves."""
    for one in ctx.fields.values():
        _check_field(ctx, one, f"fields/{one.name}")
    _check_circles(ctx)


def _check_field(ctx: Checking, one: Field, path: str, *, column: bool = False) -> None:
    def add(code: str, key: str, sentence: str, hint: str | None = None, severity: str = "error") -> None:
        ctx.add(code, f"{path}/{key}" if key else path, sentence, hint, line=one.line, severity=severity)  # type: ignore[arg-type]

    if one.type in LATER_FIELD_TYPES:
        add("not_available", "type", f"{one.name}: fields of type {one.type} come with a later version.",
            _instead_of(one.type))  # fmt: skip
    if one.type in ("choice", "choices") and not one.options:
        add("missing_key", "", f"{one.name} is a {one.type} without options.", "write options: [first, second]")
    if one.options and one.type not in ("choice", "choices"):
        add("type_mismatch", "options", f"{one.name} has options, but {one.type} offers none.", "write type: choice")
    repeated = sorted({option for option in one.options if one.options.count(option) > 1})
    if repeated:
        add("duplicate_id", "options", f"{one.name} has the option {repeated[0]!r} twice.", "keep one of them")
    if one.currency is not None and one.type != "money":
        add("type_mismatch", "currency", f"{one.name} has a currency, but its type is {one.type}.", "write type: money")
    elif one.currency is not None and one.currency not in CODES:
        add("type_mismatch", "currency", f"{one.name}: there is no currency {one.currency!r}.",
            did_you_mean(one.currency.upper(), CODES) or "write its ISO 4217 code, such as EUR")  # fmt: skip
    _check_limits(one, add)
    if (one.type == "calculated") != (one.formula is not None):
        if one.formula is None:
            add("missing_key", "", f"{one.name} is calculated, but nothing says how.", 'write is: "= expression"')
        else:
            add("type_mismatch", "type", f"{one.name} has a formula, so its type must be calculated.",
                "write type: calculated")  # fmt: skip
    if one.type == "table" and not one.columns:
        add("missing_key", "", f"{one.name} is a table without columns.", "write columns: {item: text, cost: money}")
    if one.columns and one.type != "table":
        add("type_mismatch", "columns", f"{one.name} has columns, but its type is {one.type}.", "write type: table")
    if column and one.type in ("table", "calculated"):
        add("type_mismatch", "type", f"{one.name}: a column cannot be {one.type}.",
            "make it a field of its own, outside the table")  # fmt: skip
    for inner in one.columns:
        _check_field(ctx, inner, f"{path}/columns/{inner.name}", column=True)


MOST_STARS = 10
"""The highest rating that fits a row of choices."""


def _check_limits(one: Field, add: object) -> None:
    assert callable(add)
    known: dict[str, object] = {}
    for key, limit in (("min", one.min), ("max", one.max)):
        if limit is None:
            continue
        if one.type not in WITH_LIMITS:
            add("type_mismatch", key, f"{one.name} has a {key}, but {one.type} has no order.", f"remove {key}:")
            continue
        try:
            known[key] = limit_of(one, limit)
        except InvalidField as problem:
            add("type_mismatch", key, f"{key} of {problem.message[0].lower()}{problem.message[1:]}", problem.hint)
    if one.type == "rating" and any(not 0 <= limit <= MOST_STARS for limit in known.values()):  # type: ignore[operator]
        add("type_mismatch", "max", f"{one.name}: a rating lies between 0 and {MOST_STARS}.", "leave min: and max: out")
    if len(known) == 2 and known["min"] > known["max"]:  # type: ignore[operator]
        add("type_mismatch", "max", f"{one.name}: nothing is from {one.min} up to {one.max}.", "exchange min and max")


def _instead_of(kind: str) -> str | None:
    others = {
        "time": "text",
        "phone": "text",
        "files": "file",
        "image": "file",
        "people": "person",
    }
    return f"until then write type: {others[kind]}" if kind in others else None


def _check_circles(ctx: Checking) -> None:
    """Calculated fields that need themselves, and formulas that ask the clock."""
    needs: dict[str, list[str]] = {}
    names = names_of_fields(ctx.fields)
    for one in ctx.fields.values():
        if one.formula is None:
            continue
        try:
            expression = compile_expression(one.formula, ctx.fields)
        except ExpressionError:
            continue
        needs[one.name] = sorted(expression.names_used & set(ctx.fields))
        if infer_type(expression, names) in DURATIONS[1:]:
            ctx.add("type_mismatch", f"fields/{one.name}/is", f"{one.name} is months or business time, which have no fixed "
                    "length, so it cannot be kept.", "calculate the date it leads to, such as = start + 1 month",
                    line=one.line)  # fmt: skip
        squeezed = one.formula.replace(" ", "")
        for call in ("now()", "today()"):
            if call in squeezed:
                ctx.add(
                    "type_mismatch",
                    f"fields/{one.name}/is",
                    f"{one.name} may not use {call}: a calculated field changes only when its inputs do.",
                    "write it by a set: when a step finishes",
                    line=one.line,
                )
    reported: set[str] = set()
    for name in needs:
        circle = _circle(name, needs)
        if circle and not reported & set(circle):
            reported.update(circle)
            said = " → ".join((*circle, circle[0]))
            ctx.add(
                "type_mismatch",
                f"fields/{name}/is",
                f"{name} is calculated from itself: {said}.",
                "break the circle by a field that is entered",
                line=ctx.fields[name].line,
            )


def _circle(start: str, needs: Mapping[str, list[str]]) -> tuple[str, ...]:
    """The shortest way from a calculated field back to itself."""
    waiting: list[tuple[str, ...]] = [(start,)]
    seen: set[str] = set()
    for trail in waiting:
        for following in needs.get(trail[-1], ()):
            if following == start:
                return trail
            if following not in seen and following in needs:
                seen.add(following)
                waiting.append((*trail, following))
    return ()


def check_forms(ctx: Checking) -> None:
    """Findings about the names of fields in forms, `set`, outputs, attachments and assignments."""
    _check_form(ctx, ctx.definition.start.form or (), "start/form", "the start", None)
    if isinstance(ctx.definition, Process):
        subject = ctx.definition.subject
        if subject is not None:
            _known(ctx, [subject], "subject", "subject", 0)
        return
    for scoped in scoped_steps(ctx):
        step = scoped.step
        if step.kind in LATER_KINDS:
            continue
        path, said = f"steps/{step.id}", f"“{step.title}”"
        _check_form(ctx, getattr(step.config, "form", ()), f"{path}/form", said, scoped)
        _known(ctx, step.set, f"{path}/set", f"set of {said}", step.line, scoped)
        if step.kind == "set":
            _known(ctx, step.config.values, f"{path}/set", said, step.line, scoped)
        if step.kind in ("wait", "workflow", "automate"):
            _known(ctx, step.config.take, f"{path}/take", f"take of {said}", step.line, scoped)
        if step.kind == "decide":
            _known(ctx, step.config.outputs, f"{path}/outputs", f"outputs of {said}", step.line, scoped)
        if step.kind == "email":
            _known(ctx, step.config.attach, f"{path}/attach", f"attach of {said}", step.line)
            for name in step.config.attach:
                if name in ctx.fields and ctx.fields[name].type not in ("file", "files", "image"):
                    ctx.add(
                        "type_mismatch", f"{path}/attach", f"{said} attaches {name}, which is no file.", line=step.line
                    )
        if step.kind == "archive":
            _known(ctx, step.config.fields, f"{path}/fields", f"fields of {said}", step.line)


def _check_form(ctx: Checking, form: Form, path: str, said: str, scoped: Scoped | None) -> None:
    seen: set[str] = set()
    for number, entry in enumerate(form):
        place = f"{path}/{number}"
        field = ctx.fields.get(entry.field) or (item_field(entry.field, scoped, ctx) if scoped is not None else None)
        if field is None:
            names = [*ctx.fields, *_columns(ctx, scoped)]
            ctx.add(
                "unknown_field",
                place,
                f"The form of {said} asks for {entry.field!r}, which is no field here.",
                did_you_mean(entry.field, names) or f"add {entry.field} to fields:",
                line=entry.line,
            )
        elif field.type == "calculated":
            ctx.add("type_mismatch", place, f"The form of {said} asks for {entry.field}, which is calculated.",
                    "leave it out; people see it beside the form", line=entry.line)  # fmt: skip
        elif entry.field in seen:
            ctx.add(
                "duplicate_id", place, f"The form of {said} asks for {entry.field} twice.", "keep one", line=entry.line
            )
        seen.add(entry.field)


def _columns(ctx: Checking, scoped: Scoped | None) -> list[str]:
    if scoped is None:
        return []
    found: list[str] = []
    for step in ctx.steps:
        if step.kind == "each" and step.config.as_ in scoped.items:
            table = ctx.fields.get(step.config.of)
            found += [f"{step.config.as_}.{column.name}" for column in table.columns] if table is not None else []
    return found


def _known(ctx: Checking, names: Iterable[str], path: str, said: str, line: int, scoped: Scoped | None = None) -> None:
    """Every name must be a field, or a column of the item."""
    for name in names:
        if name in ctx.fields or (scoped is not None and item_field(name, scoped, ctx) is not None):
            continue
        ctx.add(
            "unknown_field",
            f"{path}/{name}",
            f"{said} names {name!r}, which is no field here.",
            did_you_mean(name, [*ctx.fields, *_columns(ctx, scoped)]) or f"add {name} to fields:",
            line=line,
        )
