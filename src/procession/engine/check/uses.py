"""Every expression of a workflow: where it stands, what it sees, and what it is for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, cast, get_args, get_origin, get_type_hints

from procession.engine.check.context import Checking
from procession.engine.check.types import PERSON, Names, item_names, names_of_fields
from procession.engine.definition import Assignee, Expr, Field, Form, Scope, Step, Text, Workflow
from procession.engine.durations import Span
from procession.engine.expressions.inference import DURATIONS
from procession.engine.steps import LATER_KINDS, step_types


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """One expression, or a text with expressions in it."""

    path: str
    text: str
    what: str
    """For messages: `when of “Sign off”`."""
    names: Names
    """What it sees."""
    fields: Mapping[str, Field] | None = None
    """The fields that the names stand for, where they are not the definition's own."""
    template: bool = False
    target: Field | None = None
    """The field that it fills."""
    wants: tuple[str, ...] = ()
    """Kinds of value that it may give; empty: any."""
    condition: bool = False
    line: int = 0


@dataclass(frozen=True, slots=True)
class Scoped:
    """A step with the names of the `each` blocks around it."""

    step: Step
    items: Names = field(default_factory=dict[str, str])


def base_names(ctx: Checking) -> dict[str, str]:
    """What every expression of the definition sees."""
    names = names_of_fields(ctx.fields)
    for name in ("starter", "assignee"):
        if name not in names:
            names |= {name: "context", **{f"{name}.{part}": kind for part, kind in PERSON.items()}}
    return {"settings": "any", "case": "any", **names}


def scoped_steps(ctx: Checking) -> Iterator[Scoped]:
    """Every step, with the items it sees."""
    for root in ctx.roots:
        yield from _scoped(root, {}, base_names(ctx))


def _scoped(scope: Scope, items: Names, names: Names) -> Iterator[Scoped]:
    for step in scope.steps:
        yield from _scoped_step(step, items, names)


def _scoped_step(step: Step, items: Names, names: Names) -> Iterator[Scoped]:
    yield Scoped(step, items)
    inner = items
    if step.kind == "each":
        inner = {**items, **item_names(step.config.as_, step.config.of, {**names, **items})}
    for child in step.scopes():
        yield from _scoped(child, inner, names)
    for _, target in step.targets():
        if target.inline is not None:
            yield from _scoped_step(target.inline, items, names)


def uses_of(ctx: Checking) -> Iterator[Use]:
    """Every expression of the definition's fields, start and steps."""
    names = base_names(ctx)
    for name, one in ctx.fields.items():
        if one.formula is not None:
            what = f"the formula of {name}"
            yield Use(path=f"fields/{name}/is", text=one.formula, what=what, names=names, line=one.line)
    yield from _form_uses("start/form", ctx.definition.start.form or (), names, "start")
    if ctx.definition.name is not None:
        yield Use(path="name", text=ctx.definition.name, what="name", names=names, template=True)
    if isinstance(ctx.definition, Workflow):
        for scoped in scoped_steps(ctx):
            if scoped.step.kind not in LATER_KINDS:
                yield from _step_uses(ctx, scoped, {**names, **scoped.items})


def _step_uses(ctx: Checking, scoped: Scoped, names: Names) -> Iterator[Use]:
    step = scoped.step
    path = f"steps/{step.id}"
    said = f"“{step.title}”"

    def use(key: str, text: str, what: str = "", **more: Any) -> Use:
        more.setdefault("names", names)
        return Use(path=f"{path}/{key}", text=text, what=f"{what or key} of {said}", line=step.line, **more)

    if step.when is not None:
        yield use("when", step.when, condition=True)
    if step.open_while is not None:
        yield use("open while", step.open_while, condition=True)
    if step.due is not None and not isinstance(step.due, Span):
        yield use("due", step.due, wants=("date", "datetime", *DURATIONS))
    yield from _writes(ctx, step.set, f"{path}/set", f"set of {said}", names, step.line)
    if step.instructions:
        yield use("instructions", step.instructions, template=True)
    yield from _config_uses(ctx, step, names, use)
    for child in step.scopes():
        if child.when is not None:
            place = (
                next((str(at) for at, one in enumerate(step.config.cases) if one is child), "0")
                if step.kind == "choose"
                else "0"
            )
            yield use(f"cases/{place}/when", child.when, what="when of a case", condition=True)
    for label in ("remind", "escalate"):
        for notice in getattr(step, label):
            yield from _who_uses(notice.to, label, use)


def _config_uses(ctx: Checking, step: Step, names: Names, use: Any) -> Iterator[Use]:
    """The expressions of the kind's own keys: some by their meaning, the rest by their type hints."""
    config, path, said = step.config, f"steps/{step.id}", f"“{step.title}”"
    form = getattr(config, "form", ())
    yield from _form_uses(f"{path}/form", form, names, said)
    if step.kind == "set":
        yield from _writes(ctx, config.values, f"{path}/set", f"set of {said}", names, step.line)
        return
    if step.kind == "decide":
        for number, text in enumerate(config.inputs):
            yield use("inputs", text, what=f"input {number + 1}")
        return
    if step.kind == "workflow":
        child = (ctx.library.workflows or {}).get(config.use)
        target = child.fields if child is not None else None
        yield from _writes(ctx, config.with_, f"{path}/with", f"with of {said}", names, step.line, fields=target)
        inner = _child_names(child)
        if inner is not None:
            yield from _writes(ctx, config.take, f"{path}/take", f"take of {said}", inner, step.line)
        return
    if step.kind == "state":
        for number, action in enumerate(config.actions):
            if action.when is not None:
                yield use(f"actions/{number}/when", action.when, what=f"when of {action.name!r}", condition=True)
    extra = {"message": "any"} if step.kind == "wait" else {"result": "any"} if step.kind == "automate" else {}
    take = getattr(config, "take", None)
    if isinstance(take, Mapping):
        values = cast("Mapping[str, Expr]", take)
        yield from _writes(ctx, values, f"{path}/take", f"take of {said}", {**names, **extra}, step.line)
    if step.kind == "wait":
        if config.until is not None:
            yield use("until", config.until, wants=("date", "datetime"))
        if config.for_ is not None and not isinstance(config.for_, Span):
            yield use("for", config.for_, wants=DURATIONS)
    if step.kind == "each":
        yield use("of", config.of, wants=("list",))
    for attribute, hint in _texts_of(step.kind):
        held = getattr(config, attribute)
        if held is None or (step.kind, attribute) in (("wait", "until"), ("each", "of")):
            continue
        yield from _by_hint(attribute.rstrip("_").replace("_", " "), held, hint, use)


@cache
def _texts_of(kind: str) -> tuple[tuple[str, str], ...]:
    """Attributes of a kind's `Config` that hold expressions, texts with expressions, or words that name people."""
    found: list[tuple[str, str]] = []
    for name, hint in get_type_hints(step_types()[kind].Config).items():
        parts = {hint, *get_args(hint)}
        if Span in parts or name == "form":
            continue
        if Expr in parts and get_origin(hint) is not Mapping:
            found.append((name, "expr"))
        elif Text in parts:
            found.append((name, "text"))
        elif Assignee in parts:
            found.append((name, "who"))
        elif Any in parts and kind != "decide":
            found.append((name, "any"))
    return tuple(found)


def _by_hint(key: str, held: Any, hint: str, use: Any) -> Iterator[Use]:
    if hint == "expr" and isinstance(held, str):
        yield use(key, held)
    elif hint == "text" and isinstance(held, str):
        yield use(key, held, template=True)
    elif hint == "who":
        yield from _who_uses(held, key, use)
    elif hint == "any":
        for text in _texts_in(held):
            yield use(key, text, template=True)


def _who_uses(words: tuple[Assignee, ...], key: str, use: Any) -> Iterator[Use]:
    for word in words:
        inner = word
        while inner.of is not None:
            inner = inner.of
        if "{" in inner.name:
            yield use(key, inner.name, template=True)


def _texts_in(held: Any) -> Iterator[str]:
    if isinstance(held, str):
        if "{" in held:
            yield held
    elif isinstance(held, Mapping):
        for inner in held.values():  # type: ignore[reportUnknownVariableType]
            yield from _texts_in(inner)
    elif isinstance(held, list | tuple):
        for inner in held:  # type: ignore[reportUnknownVariableType]
            yield from _texts_in(inner)


def _child_names(child: Workflow | None) -> Names | None:
    return None if child is None else {"starter": "any", "settings": "any", **names_of_fields(child.fields)}


def _form_uses(path: str, form: Form, names: Names, said: str) -> Iterator[Use]:
    for number, entry in enumerate(form):
        for key, text in (("show when", entry.show_when), ("required when", entry.required_when)):
            if text is not None:
                what = f"{key} of {entry.field} ({said})"
                place = f"{path}/{number}/{key}"
                yield Use(path=place, text=text, what=what, names=names, condition=True, line=entry.line)


def _writes(
    ctx: Checking,
    values: Mapping[str, Expr],
    path: str,
    what: str,
    names: Names,
    line: int,
    *,
    fields: Mapping[str, Field] | None = None,
) -> Iterator[Use]:
    """Expressions that fill fields: of the definition, or of the child given."""
    known = ctx.fields if fields is None else fields
    for name, text in values.items():
        yield Use(
            path=f"{path}/{name}", text=text, what=f"{what}: {name}", names=names, target=known.get(name), line=line
        )


def item_field(name: str, scoped: Scoped, ctx: Checking) -> Field | None:
    """The column that `item.serial` names inside an `each`; None where there is none."""
    item, dot, column = name.partition(".")
    if not dot or item not in scoped.items:
        return None
    for step in ctx.steps:
        if step.kind == "each" and step.config.as_ == item:
            table = ctx.fields.get(step.config.of)
            return next((one for one in table.columns if one.name == column), None) if table is not None else None
    return None
