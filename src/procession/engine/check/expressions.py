"""Expressions: do they read, do they name what exists, do they give what is asked, can a condition be true."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from procession.engine.check.conditions import can_be_true
from procession.engine.check.context import Checking
from procession.engine.check.types import Names, fits, kind_of, members_of, roots, said
from procession.engine.check.uses import Use, uses_of
from procession.engine.definition import Field
from procession.engine.expressions import (
    Expression,
    ExpressionError,
    compile_expression,
    compile_template,
    find_conflicts,
    infer_type,
)
from procession.engine.expressions import syntax as s
from procession.engine.findings import did_you_mean

_LANGUAGE = frozenset({"not", "partial", "item"})


def check_expressions(ctx: Checking) -> None:
    """Findings about every expression of the definition."""
    for use in uses_of(ctx):
        check_use(ctx, use)


def check_use(ctx: Checking, use: Use) -> None:
    """Findings about one expression or text."""
    for expression, offset in compiled(ctx, use):
        _unknown_names(ctx, use, expression, offset)
        _conflicts(ctx, use, expression, offset)
        if not use.template:
            _result(ctx, use, expression, infer_type(expression, use.names), offset)
        fields = {name: one for name, one in _fields_of(ctx, use).items() if name in use.names}
        if use.condition and not can_be_true(expression, fields):
            ctx.add(
                "never_true",
                use.path,
                f"{use.what}: {expression.text} is never true.",
                _why_never(expression, fields),
                severity="warning",
                line=use.line,
            )


def compiled(ctx: Checking, use: Use) -> list[tuple[Expression, int]]:
    """The expressions of a use, each with how far into its text it stands; what cannot be read is reported."""
    try:
        if not use.template:
            return [(compile_expression(use.text, roots(use.names)), 0)]
        template = compile_template(use.text, roots(use.names))
    except ExpressionError as problem:
        ctx.add(
            "expression_error",
            use.path,
            f"{use.what} cannot be read: {problem.message.rstrip('.')}.",
            problem.hint,
            line=use.line,
            offset=(max(problem.line - 1, 0), max(problem.column - 1, 0)),
        )
        return []
    return [(part, max(use.text.find(part.text), 0)) for part in template.parts if isinstance(part, Expression)]


def _fields_of(ctx: Checking, use: Use) -> Mapping[str, Field]:
    """The fields that the names of a use stand for."""
    return ctx.fields if use.fields is None else use.fields


def _unknown_names(ctx: Checking, use: Use, expression: Expression, offset: int) -> None:
    for node in s.walk(expression.tree):
        if isinstance(node, s.Path) and isinstance(node.base, s.Name):
            if node.base.name == "settings":
                _setting(ctx, use, node, offset)
            _member(ctx, use, node, node.base.name, offset)
    for name in sorted(expression.names_used - _LANGUAGE):
        if name in use.names:
            continue
        at = _place_of(expression, name)
        column = offset + at if "\n" not in expression.text else 0
        called = any(isinstance(n, s.Call) and isinstance(n.function, s.Name) and n.function.name == name
                     for n in s.walk(expression.tree))  # fmt: skip
        ctx.add(
            "unknown_field",
            use.path,
            f"{use.what} names {name!r}, which is no {'function' if called else 'field'} here.",
            _hint_for(ctx, name, use, expression),
            line=use.line,
            offset=(0, column),
        )


def _member(ctx: Checking, use: Use, node: s.Path, root: str, offset: int) -> None:
    """What stands behind the dot of a table, an item, a file or a person."""
    members = members_of(root, use.names)
    if members and node.name not in members:
        ctx.add(
            "unknown_field",
            use.path,
            f"{use.what} names {root}.{node.name}, which is not there.",
            did_you_mean(node.name, members, otherwise=f"{root} has {{}}"),
            line=use.line,
            offset=(0, offset + node.start),
        )


def _hint_for(ctx: Checking, name: str, use: Use, expression: Expression) -> str | None:
    """The nearest field, or quotes where an option or plain text was meant."""
    known = roots(use.names) - {"case", "assignee"}
    options = {option for one in _fields_of(ctx, use).values() for option in one.options}
    if use.target is not None:
        options |= set(use.target.options)
    whole = expression.text.strip()
    if name in options or whole in options:
        return f'did you mean the text "{whole if whole in options else name}"? write it in quotes'
    if name in ("yes", "no"):
        return f"write {'true' if name == 'yes' else 'false'} instead of {name}"
    near = did_you_mean(name, known, otherwise="")
    if near:
        return near
    if use.target is not None and re.fullmatch(r"[\w ,.-]+", whole):
        return f'text stands in quotes: "{whole}"'
    return did_you_mean(name, sorted(known), otherwise="there is {}")


def _place_of(expression: Expression, name: str) -> int:
    return next((n.start for n in s.walk(expression.tree) if isinstance(n, s.Name) and n.name == name), 0)


def _setting(ctx: Checking, use: Use, node: s.Path, offset: int) -> None:
    known = ctx.library.settings
    if known is None or node.name in known:
        return
    ctx.add(
        "unknown_setting",
        use.path,
        f"{use.what} needs the setting {node.name!r}, which the administrator has not set.",
        did_you_mean(node.name, known, otherwise="there is {}") or f"set {node.name} under settings",
        severity="error" if ctx.library.publishing else "note",
        line=use.line,
        offset=(0, offset + node.start),
    )


def _conflicts(ctx: Checking, use: Use, expression: Expression, offset: int) -> None:
    for conflict in find_conflicts(expression, use.names):
        sentence = f"{use.what}: in {expression.text}, {conflict.message[0].lower()}{conflict.message[1:].rstrip('.')}."
        column = offset + conflict.column - 1 if conflict.line == 1 else conflict.column - 1
        hint = _hint_for_types(expression, use.names)
        ctx.add(
            "type_mismatch", use.path, sentence, hint, line=use.line, offset=(max(conflict.line - 1, 0), max(column, 0))
        )


def _hint_for_types(expression: Expression, names: Names) -> str | None:
    """What was probably meant where a name meets a constant of another type."""
    for node in s.walk(expression.tree):
        if not isinstance(node, s.Comparison | s.Arithmetic) or not isinstance(node.right, s.Literal):
            continue
        value = node.right.value
        left = expression.text[node.left.start : node.left.end]
        kind = kind_of(names.get(left, "any"))
        if isinstance(node, s.Arithmetic):
            if kind in ("date", "datetime") and isinstance(value, Decimal):
                return f"write the number with its unit, such as {left} {node.operator} {value} days"
        elif isinstance(value, str) and kind == "number":
            return f"write {value} without quotes"
        elif isinstance(value, str) and kind == "yes/no":
            return f"write {left} = {'false' if value.lower() in ('no', 'false') else 'true'}"
        elif isinstance(value, str) and kind == "date":
            return f'write date("{value}")'
        elif isinstance(value, Decimal) and kind == "text":
            return f'write "{value}" in quotes'
    return None


def _result(ctx: Checking, use: Use, expression: Expression, given: str | None, offset: int) -> None:
    sentence = hint = None
    if use.condition and given not in (None, "yes/no"):
        sentence = f"{use.what} must be true or false, but {expression.text} is {said(given)}."
        hint = "compare it with something, such as = or >"
    elif use.wants and given is not None and given not in use.wants:
        wanted = " or ".join(said(kind) for kind in use.wants)
        sentence = f"{use.what} must give {wanted}, but {expression.text} is {said(given)}."
    elif use.target is not None and not fits(use.target, given):
        wanted = kind_of(use.target.type)
        sentence = f"{use.what} must be {said(wanted)}, but {expression.text} is {said(given)}."
        if wanted == "text":
            hint = f"write string({expression.text})"
    elif use.target is not None and use.target.options and isinstance(expression.tree, s.Literal):
        value = expression.tree.value
        if isinstance(value, str) and value not in use.target.options:
            sentence = f"{use.what}: {value!r} is not one of its options."
            hint = did_you_mean(value, use.target.options)
    if use.target is not None and use.target.formula is not None:
        sentence = f"{use.what}: {use.target.name} is calculated, so nothing else may write it."
        hint = "write another field, or drop its formula"
    if sentence is not None:
        ctx.add("type_mismatch", use.path, sentence, hint, line=use.line, offset=(0, offset))


def _why_never(expression: Expression, fields: Mapping[str, Field]) -> str | None:
    """The nearest option, where the condition compares a choice with a text that is none of its options."""
    for node in s.walk(expression.tree):
        if isinstance(node, s.Comparison) and isinstance(node.left, s.Name) and isinstance(node.right, s.Literal):
            options = fields[node.left.name].options if node.left.name in fields else ()
            value = node.right.value
            if options and isinstance(value, str) and value not in options:
                return did_you_mean(value, options, otherwise="its options are {}")
    return "remove the condition, or the step"
