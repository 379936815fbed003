"""Steps, blocks, arrows and states."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from procession.engine.definition import Form, FormEntry, Scope, Step, Target
from procession.engine.findings import listed, nearest
from procession.engine.step_ids import RESERVED, is_kebab, kebab
from procession.engine.steps import LATER_KINDS, step_types
from procession.engine.steps.later import LaterConfig
from procession.interchange.yaml.forms import FORM
from procession.interchange.yaml.hints import keys_of
from procession.interchange.yaml.nodes import Node
from procession.interchange.yaml.reading import Codec, Key, Plain, Reading, Schema, Shape, Unreadable, described, shown
from procession.interchange.yaml.step_parts import NAMES, NOTICES, ActionsCodec, AfterCodec, RetryCodec
from procession.interchange.yaml.values import (
    EXPR,
    SPAN,
    TEXT,
    AssigneeCodec,
    IntCodec,
    ListCodec,
    MapCodec,
    MomentCodec,
    PlainCodec,
    RowsCodec,
    SpanOrExprCodec,
)


def kind_names() -> tuple[str, ...]:
    """Keys that name a kind of step, those of later versions included."""
    return (*(name for name in step_types() if name != "state"), *LATER_KINDS)


class TargetCodec(Codec):
    """Where an arrow leads: a step, `end`, `end NAME`, or one step written in place."""

    what = "a step, end, end NAME, or one step such as {task: Fix it}"

    def read(self, node: Node, ctx: Reading) -> Target:
        if node.kind == "map":
            return Target(inline=STEP.read(node, ctx), line=node.line)
        if node.kind != "scalar" or node.is_null:
            raise self.mismatch(node, ctx)
        name = TEXT.read(node, ctx).strip()
        if name in ctx.names:
            return Target(step=ctx.names[name], line=node.line)
        if name == "end" or name.startswith("end "):
            return Target(end=name[3:].strip(), line=node.line)
        return Target(step=name, line=node.line)

    def write(self, value: Target) -> Plain:
        if value.inline is not None:
            return STEP.write(value.inline)
        return value.step if value.step is not None else f"end {value.end}".rstrip()

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/step"}]}


class StepListCodec(Codec):
    """Steps in order."""

    what = "a list of steps"

    def read(self, node: Node, ctx: Reading) -> tuple[Step, ...]:
        if node.kind != "list":
            hint = "begin every step with '- ', such as - task: Sign the form"
            raise self.mismatch(node, ctx, hint)
        steps: list[Step] = []
        for number, item in enumerate(node.items):
            try:
                with ctx.inside(str(number), at=item):
                    steps.append(STEP.read(item, ctx))
            except Unreadable:
                continue
        return tuple(steps)

    def write(self, value: tuple[Step, ...]) -> Plain:
        return [STEP.write(step) for step in value]

    def schema(self) -> Schema:
        return {"type": "array", "items": {"$ref": "#/$defs/step"}}


STEPS = StepListCodec()


class ScopeCodec(Codec):
    """A list of steps as a branch of its own, named by its first step."""

    def __init__(self, name: str = "") -> None:
        self.name = name
        self.what = STEPS.what

    def read(self, node: Node, ctx: Reading) -> Scope:
        return branch(STEPS.read(node, ctx), self.name)

    def write(self, value: Scope) -> Plain:
        return STEPS.write(value.steps)

    def schema(self) -> Schema:
        return STEPS.schema()


def branch(steps: tuple[Step, ...], name: str = "", **more: Any) -> Scope:
    """A scope named by its first step."""
    return Scope(name=name or (steps[0].id if steps else "nothing"), steps=steps, **more)


class BranchesCodec(Codec):
    """The branches of a parallel block: each entry is a step, or a list of steps."""

    what = "a list of steps; an entry that is a list is a branch of several"

    def read(self, node: Node, ctx: Reading) -> tuple[Scope, ...]:
        if node.kind != "list":
            raise self.mismatch(node, ctx, "begin every branch with '- '")
        branches: list[Scope] = []
        for number, item in enumerate(node.items):
            try:
                with ctx.inside(str(number), at=item):
                    steps = STEPS.read(item, ctx) if item.kind == "list" else (STEP.read(item, ctx),)
                    branches.append(branch(steps))
            except Unreadable:
                continue
        return tuple(branches)

    def write(self, value: tuple[Scope, ...]) -> Plain:
        written = [STEPS.write(scope.steps) for scope in value]
        return [steps[0] if len(steps) == 1 else steps for steps in written]

    def schema(self) -> Schema:
        step = {"$ref": "#/$defs/step"}
        return {"type": "array", "items": {"anyOf": [step, {"type": "array", "items": step}]}}


class CasesCodec(Codec):
    """The branches of a choose block."""

    def __init__(self) -> None:
        self.shape = Shape(
            "a case",
            (
                Key("when", "when", EXPR, required=True, doc="Taken when this is true."),
                Key("steps", "steps", STEPS, default=(), doc="The steps of this branch."),
                Key("label", "label", TEXT, doc="What the diagram calls it."),
            ),
            branch,
        )
        self.list = ListCodec(self.shape, one=False)
        self.what = "a list; each entry has when: and steps:"

    def read(self, node: Node, ctx: Reading) -> tuple[Scope, ...]:
        if node.kind != "list":
            raise self.mismatch(node, ctx, "begin every case with '- when: …'")
        cases: list[Scope] = []
        for number, item in enumerate(node.items):
            try:
                with ctx.inside(str(number), at=item):
                    given = self.shape.read_keys(item, ctx)
                    name = "" if given.get("steps") else f"nothing-{number + 1}"
                    cases.append(branch(given.pop("steps", ()), name, **given))
            except Unreadable:
                continue
        return tuple(cases)

    def write(self, value: Any) -> Plain:
        return self.list.write(value)

    def schema(self) -> Schema:
        return self.list.schema()


TARGET = TargetCodec()
WHO = ListCodec(AssigneeCodec())

_USUALLY = MapCodec(SPAN, "keys work: and wait:")
COMMON: tuple[Key, ...] = (
    Key("id", "id", TEXT, doc="Its name in arrows and tests; the title in kebab-case by default."),
    Key("when", "when", EXPR, doc="Skipped unless this is true."),
    Key("next", "next", TARGET, doc="Where to go instead of the step below."),
    Key("at most", "at_most", IntCodec(1), doc="How often its arrows may lead back."),
    Key("on exhausted", "on_exhausted", TARGET, doc="Where to go when they may no more; the step below by default."),
    Key("set", "set", MapCodec(EXPR, "fields with expressions"), default={}, doc="Data written when it finishes."),
    Key("due", "due", SpanOrExprCodec(), doc="When it must be done, counted from its opening."),
    Key("remind", "remind", NOTICES, default=(), doc="Reminders."),
    Key("escalate", "escalate", NOTICES, default=(), doc="What happens when it is late."),
    Key("instructions", "instructions", TEXT, doc="How it is done: Markdown with {fields}."),
    Key("department", "department", TEXT, doc="Where the work is done, when not by the owner."),
    Key("calendar", "calendar", TEXT, doc="The working calendar that its times follow."),
    Key("usually", "usually", _USUALLY, default={}, doc="What people say it takes."),
    Key("milestone", "milestone", TEXT, doc="Reached when it finishes."),
    Key("open while", "open_while", EXPR, doc="It can be worked only while this is true."),
    Key("cancel", "cancel", NAMES, default=(), doc="Steps withdrawn when this one finishes."),
)

_NOT_FOR_STATES = ("when", "next", "at most", "on exhausted", "cancel")
"""A state's ways out are its actions and timers."""


FORMS: Mapping[object, Codec] = {
    Target: TARGET,
    Form: FORM,
    tuple[FormEntry, ...]: FORM,
    Scope: ScopeCodec(),
    tuple[Scope, ...]: BranchesCodec(),
}

SPECIAL: Mapping[str, Mapping[str, tuple[str, Codec]]] = {
    "task": {"not_by": ("not by", NAMES)},
    "approval": {"not_by": ("not by", NAMES)},
    "parallel": {"branches": ("steps", BranchesCodec())},
    "choose": {"cases": ("cases", CasesCodec())},
    "each": {"body": ("steps", ScopeCodec())},
    "automate": {"retry": ("retry", RetryCodec())},
    "decide": {"rules": ("rules", RowsCodec())},
    "wait": {"until": ("until", MomentCodec())},
    "email": {
        "to": ("to", ListCodec(AssigneeCodec(mail=True), least=1)),
        "draft_for": ("draft for", ListCodec(AssigneeCodec())),
    },
    "survey": {"to": ("to", ListCodec(AssigneeCodec(mail=True), least=1))},
    "state": {
        "not_by": ("not by", NAMES),
        "on_enter": ("on enter", ScopeCodec()),
        "actions": ("actions", ActionsCodec()),
        "after": ("after", AfterCodec()),
    },
}
"""Attributes of built-in kinds whose key or form is not what their name and hint say."""

_SKIPPED = {"automate": ("backoff",), "set": ("values",), "end": ("outcome",)}


@dataclass(frozen=True)
class KindForm:
    """How one kind of step is written."""

    shape: Shape
    config: type[Any]


@cache
def form_of(kind: str) -> KindForm:
    """The form of a kind, from its `Config`."""
    config = step_types()[kind].Config
    own = keys_of(config, SPECIAL.get(kind, {}), FORMS, skip=_SKIPPED.get(kind, ()))
    absent = _NOT_FOR_STATES if kind == "state" else ("set",) if kind == "set" else ()
    common = tuple(key for key in COMMON if key.name not in absent)
    return KindForm(Shape(f"a step {kind}" if kind != "state" else "a state", (*common, *own), dict), config)


class StepCodec(Codec):
    """One step: its kind with the title, and its keys."""

    what = "a step such as task: Sign the form"

    def read(self, node: Node, ctx: Reading) -> Step:
        if node.kind != "map":
            hint = f"write task: {node.text}" if node.kind == "scalar" and node.text else "write task: TITLE"
            raise ctx.wrong(node, f"A step must name its kind, not be {shown(node)}.", hint)
        kind = self._kind(node, ctx)
        value = node.get(kind)
        assert value is not None
        if kind == "set":
            return self._set(node, value, ctx)
        if value.kind != "scalar" or value.is_null:
            raise ctx.wrong(value, f"{kind}: needs a title, not {shown(value)}.", f"write {kind}: What is to be done")
        title = TEXT.read(value, ctx).strip()
        if kind in LATER_KINDS:
            rest = PlainCodec().read(node, ctx)
            keys = {name: held for name, held in rest.items() if name not in (kind, "id")}
            return Step(
                id=self.id_of(node, title, ctx), kind=kind, title=title, config=LaterConfig(keys=keys), line=node.line
            )
        return self.build(node, kind, title, ctx, leave=(kind,))

    def _kind(self, node: Node, ctx: Reading) -> str:
        kinds = kind_names()
        found = [name for name in node.names() if name in kinds]
        if len(found) > 1 and "set" in found:
            found.remove("set")
        if len(found) == 1:
            return found[0]
        if found:
            raise ctx.wrong(node, f"A step has exactly one kind; this one has {listed(found)}.", "make it two steps")
        for name, _ in node.entries:
            near = nearest(name.text, kinds)
            if near is not None and name.text not in _COMMON_NAMES:
                raise ctx.wrong(
                    name, f"There is no kind of step {name.text!r}.", f"did you mean {near}?", code="unknown_key"
                )
        first = node.entries[0][0].text if node.entries else ""
        if first == "<<":
            raise ctx.wrong(node, "Merge keys (<<) are not used here.", "write the keys out", code="unknown_key")
        raise ctx.wrong(
            node,
            f"This step has no kind{f'; {first!r} is none' if first else ''}.",
            f"begin it with one of {listed(kinds, 'or')}",
            code="unknown_key" if first and first not in _COMMON_NAMES else "missing_key",
        )

    def _set(self, node: Node, value: Node, ctx: Reading) -> Step:
        given = node.get("title")
        names = list(value.names()) if value.kind == "map" else []
        title = TEXT.read(given, ctx).strip() if given is not None else f"Set {listed(names)}"
        step_id = self.id_of(node, title, ctx)
        with ctx.inside("steps", step_id, at=node, absolute=True):
            with ctx.inside("set", at=value):
                values = MapCodec(EXPR, "fields with expressions").read(value, ctx)
            if not values:
                raise ctx.wrong(value, "set: names no field.", 'write set: {field: "expression"}')
        return self.build(node, "set", title, ctx, leave=("set", "title"), step_id=step_id, values=values)

    def build(
        self, node: Node, kind: str, title: str, ctx: Reading, *, leave: tuple[str, ...], step_id: str = "", **more: Any
    ) -> Step:
        """The step of that kind from the node's keys; those in `leave` are dealt with already."""
        form = form_of(kind)
        step_id = step_id or self.id_of(node, title, ctx)
        on: dict[str, Target] = {}

        def other(name: Node, value: Node) -> bool:
            if name.text in leave:
                return True
            outcome = name.text.removeprefix("on ").strip()
            if kind == "state" or not name.text.startswith("on ") or not outcome:
                return False
            try:
                with ctx.inside(name.text, at=value):
                    on[outcome] = TARGET.read(value, ctx)
            except Unreadable:
                pass
            return True

        with ctx.inside("steps", step_id, at=node, absolute=True):
            known = [f"on {outcome}" for outcome in ("reject", "approve", "done")] if kind != "state" else []
            given = form.shape.read_keys(node, ctx, other=other, known=known)
            given.pop("id", None)
            given |= given.pop("retry", {})
            common = {key.attr: given.pop(key.attr) for key in COMMON if key.attr in given}
            if kind == "end":
                given["outcome"] = title
            return Step(
                id=step_id, kind=kind, title=title, config=form.config(**given, **more), on=on, line=node.line, **common
            )

    def id_of(self, node: Node, title: str, ctx: Reading) -> str:
        """The step's id, which is unique in the file; what is wrong with it is reported."""
        given = node.get("id")
        if given is not None and not given.is_null:
            step_id = TEXT.read(given, ctx).strip() if given.kind == "scalar" else ""
            if not is_kebab(step_id):
                ctx.add(
                    "type_mismatch",
                    given,
                    f"id: {shown(given)} is not an id: small letters a to z, digits and hyphens.",
                    f"write id: {kebab(step_id)}" if kebab(step_id) else None,
                )
                step_id = kebab(step_id) or kebab(title)
        else:
            step_id = kebab(title)
            if not step_id:
                ctx.add(
                    "missing_key", node, f"{title!r} has no letter a to z, so the step needs id:.", "write id: NAME"
                )
        if step_id in RESERVED:
            ctx.add("duplicate_id", given or node, f"{step_id} is reserved.", "write another id:")
            step_id = f"{step_id}-step"
        step_id = step_id or f"step-on-line-{node.line}"
        if step_id in ctx.ids:
            other, line = ctx.ids[step_id]
            same = f"Two steps have the id {step_id}: {other!r} on line {line} and {title!r}."
            ctx.add("duplicate_id", given or node, same, f"give this one its own, such as id: {step_id}-2")
            number = 2
            while f"{step_id}-{number}" in ctx.ids:
                number += 1
            step_id = f"{step_id}-{number}"
        ctx.ids[step_id] = (title, node.line)
        return step_id

    def write(self, value: Step) -> Plain:
        if isinstance(value.config, LaterConfig):
            own = {"id": value.id} if value.id != kebab(value.title) else {}
            return {value.kind: value.title, **own, **value.config.keys}
        keys = self.write_keys(value)
        if value.kind == "set":
            values = {name: str(expression) for name, expression in value.config.values.items()}
            usual = f"Set {listed(values)}"
            title = {} if value.title == usual else {"title": value.title}
            return {"set": values, **title, **keys}
        return {value.kind: value.title, **keys}

    def write_keys(self, value: Step) -> dict[str, Plain]:
        """All keys but the kind's own."""
        keys: dict[str, Plain] = {}
        common = {key.name for key in COMMON}
        form = form_of(value.kind)
        for key in form.shape.keys.values():
            if key.name == "retry":
                if (value.config.retry, value.config.backoff) != (3, "exponential"):
                    keys["retry"] = key.codec.write(value.config)
                continue
            held = getattr(value if key.name in common else value.config, key.attr)
            if key.name == "id":
                if held != kebab(value.title):
                    keys["id"] = held
            elif key.required or held != key.default:
                keys[key.name] = key.codec.write(held)
        for outcome, target in value.on.items():
            keys[f"on {outcome}"] = TARGET.write(target)
        return keys

    def schema(self) -> Schema:
        kinds: list[Schema] = []
        for name, kind in step_types().items():
            if name == "state":
                continue
            shape = form_of(name).shape.schema()
            title: Schema = {"type": "object"} if name == "set" else {"type": ["string", "number"]}
            shape["properties"] = {
                name: described(title, " ".join((kind.__doc__ or "").split())),
                **shape["properties"],
            }
            if name == "set":
                shape["properties"]["title"] = {"type": "string"}
            shape["patternProperties"] = {"^on .+$": {"$ref": "#/$defs/target"}}
            shape["required"] = [name, *shape.get("required", [])]
            kinds.append(shape)
        kinds.extend({"type": "object", "required": [name]} for name in LATER_KINDS)
        return {"anyOf": kinds}


_COMMON_NAMES = frozenset(key.name for key in COMMON)
STEP = StepCodec()


class StatesCodec(Codec):
    """States by name."""

    what = "states by name, such as New: {assign: group:support, …}"

    def read(self, node: Node, ctx: Reading) -> tuple[Step, ...]:
        if node.kind != "map":
            raise self.mismatch(node, ctx, "write the state's name and a colon, its keys indented below")
        found: list[Step] = []
        for name, value in node.entries:
            try:
                keys = Node("map", name.line, name.column) if value.is_null else value
                if keys.kind != "map":
                    raise ctx.wrong(value, f"The state {name.text!r} must have keys, not be {shown(value)}.")
                title = TEXT.read(name, ctx)
                found.append(STEP.build(keys, "state", title, ctx, leave=()))
            except Unreadable:
                continue
        return tuple(found)

    def write(self, value: tuple[Step, ...]) -> Plain:
        return {step.title: STEP.write_keys(step) for step in value}

    def schema(self) -> Schema:
        shape = form_of("state").shape.schema()
        return {"type": "object", "additionalProperties": {"anyOf": [shape, {"type": "null"}]}}


STATES = StatesCodec()
