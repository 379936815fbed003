"""The file of a workflow."""

from __future__ import annotations

from typing import Any

from procession.engine.definition import Scope, Start, Workflow
from procession.engine.findings import nearest
from procession.engine.step_ids import is_kebab, kebab
from procession.interchange.yaml.forms import FIELDS, START, TypeCodec
from procession.interchange.yaml.nodes import Node
from procession.interchange.yaml.reading import Codec, Key, Plain, Reading, Schema, Shape
from procession.interchange.yaml.step_parts import StepNameCodec
from procession.interchange.yaml.steps import STATES, STEPS, ScopeCodec
from procession.interchange.yaml.values import SPAN, TEMPLATE, TEXT, ListCodec, MapCodec, TextCodec

WORDS = ListCodec(TEXT)


class IdCodec(Codec):
    """The id of a definition."""

    what = "an id in small letters, digits and hyphens, such as purchase-approval"

    def read(self, node: Node, ctx: Reading) -> str:
        text = TEXT.read(node, ctx) if node.kind == "scalar" and not node.is_null else ""
        if is_kebab(text):
            return text
        raise self.mismatch(node, ctx, f"write {kebab(text)}" if kebab(text) else None)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[a-z0-9]+(-[a-z0-9]+)*$"}


class MeasureCodec(Codec):
    """A figure entered per case: `{type: rating}`, or the type alone."""

    what = "a type such as rating, or {type: rating}"

    def __init__(self) -> None:
        self.shape = Shape("a measure", (Key("type", "type", TypeCodec(), required=True),), dict, shorthand="type")

    def read(self, node: Node, ctx: Reading) -> str:
        return self.shape.read(node, ctx)["type"]

    def write(self, value: str) -> Plain:
        return {"type": value}

    def schema(self) -> Schema:
        return self.shape.schema()


MEASURES = MapCodec(MeasureCodec(), "measures such as satisfaction: {type: rating}")
ID = IdCodec()

_NO_START = Start()
_HEAD: tuple[Key, ...] = (
    Key("workflow", "id", ID, required=True, doc="Its id, unique in the organisation."),
    Key("title", "title", TEXT, doc="What people call it; from the id by default."),
    Key("name", "name", TEMPLATE, doc="What a case is called; {field} inserts a value."),
    Key("purpose", "purpose", TEXT, doc="What it is good for, in a sentence."),
    Key("owner", "owner", TEXT, doc="The group that answers for it."),
    Key("target", "target", SPAN, doc="How long a case should take."),
    Key("visible to", "visible_to", WORDS, default=(), doc="Who may see its cases; members by default."),
    Key("tags", "tags", WORDS, default=(), doc="Words to find it by."),
    Key("review every", "review_every", SPAN, doc="How often its text is looked over."),
    Key("measures", "measures", MEASURES, default={}, doc="Figures entered per case."),
    Key("fields", "fields", FIELDS, default={}, doc="The typed data of a case."),
    Key("start", "start", START, default=_NO_START, doc="Who may start a case, and what is asked."),
    Key("outcome", "outcome", TextCodec("the outcome's name"), default="done", doc="Of a case that reaches the end."),
)
_BODY: tuple[Key, ...] = (
    Key("steps", "steps", STEPS, doc="The steps, in order."),
    Key("initial", "initial", StepNameCodec(), doc="The state a case begins in."),
    Key("states", "states", STATES, doc="States instead of steps."),
    Key("on cancel", "on_cancel", ScopeCodec("on cancel"), doc="Steps run when a case is cancelled."),
)
SHAPE = Shape("a workflow", (*_HEAD, *_BODY), dict)
_LATER = ("nodes", "flows")


def title_of(definition_id: str) -> str:
    """`purchase-approval` reads `Purchase approval`."""
    words = definition_id.replace("-", " ")
    return words[:1].upper() + words[1:]


class WorkflowCodec(Codec):
    what = "a workflow"

    def read(self, node: Node, ctx: Reading) -> Workflow:
        def other(name: Node, value: Node) -> bool:
            if name.text in _LATER:
                ctx.add(
                    "not_available",
                    name,
                    f"{name.text}: (imported diagrams) come with a later version.",
                    "write steps:",
                )
            return name.text in _LATER

        given = SHAPE.read_keys(node, ctx, other=other)
        body = self._body(node, given, ctx)
        given.setdefault("title", title_of(given["id"]))
        given.setdefault("fields", {})
        given.setdefault("start", _NO_START)
        return Workflow(body=body, **given)

    def _body(self, node: Node, given: dict[str, Any], ctx: Reading) -> Scope:
        steps, states, initial = given.pop("steps", None), given.pop("states", None), given.pop("initial", None)
        if states is not None:
            if steps is not None:
                ctx.add("type_mismatch", node, "A workflow has steps: or states:, not both.", "keep one of them")
            if not states:
                ctx.add("missing_key", node, "states: holds no state.", "write the state's name and a colon")
            if initial is None and states:
                first = states[0].title
                ctx.add("missing_key", node, "States need to know where a case begins.", f"write initial: {first}")
            return Scope(
                name="main", kind="states", steps=states, initial=initial or (states[0].id if states else None)
            )
        if initial is not None:
            at = node.get("initial") or node
            ctx.add("type_mismatch", at, "initial: belongs to states:; steps begin at the top.", "remove it")
        written = node.get("steps")
        empty = written is None or written.is_null or (written.kind == "list" and not written.items)
        if not steps and empty:
            known = any(name.text in _LATER for name, _ in node.entries)
            near = None if known else nearest_of_body(node)
            if not known and near is None:
                ctx.add("missing_key", node, "The workflow has no steps.", "write steps: and below it - task: TITLE")
        return Scope(name="main", steps=steps or ())

    def write(self, value: Workflow) -> Plain:
        states = value.body.kind == "states"
        view = _View(value)
        keys = SHAPE.write_keys(view)
        if value.title == title_of(value.id):
            keys.pop("title", None)
        body: dict[str, Plain] = {"steps": STEPS.write(value.body.steps)}
        if states:
            by_id = {step.id: step.title for step in value.body.steps}
            initial = value.body.initial or ""
            body = {"initial": by_id.get(initial, initial), "states": STATES.write(value.body.steps)}
        end = {key: keys.pop(key) for key in ("outcome", "on cancel") if key in keys}
        return {**keys, **body, **end}

    def schema(self) -> Schema:
        return SHAPE.schema()


def nearest_of_body(node: Node) -> str | None:
    """A key that was probably meant to be `steps` or `states`; it is reported as unknown already."""
    return next(
        (near for key in node.names() if (near := nearest(key, ("steps", "states"))) and key not in SHAPE.keys), None
    )


class _View:
    """A workflow as its file's keys see it: the body stands apart."""

    steps = states = initial = None

    def __init__(self, workflow: Workflow) -> None:
        self._workflow = workflow

    def __getattr__(self, name: str) -> Any:
        return getattr(self._workflow, name)


WORKFLOW = WorkflowCodec()
