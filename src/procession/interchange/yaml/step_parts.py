"""Parts of steps that hold no other step: names of steps, reminders, retries, the ways out of a state."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from procession.engine.definition import Notice
from procession.engine.durations import SpanError, parse_span
from procession.engine.steps.state import Action, After
from procession.interchange.yaml.nodes import Node
from procession.interchange.yaml.reading import Codec, Key, Plain, Reading, Schema, Shape, Unreadable
from procession.interchange.yaml.values import EXPR, TEXT, AssigneeCodec, IntCodec, ListCodec, SpanCodec, WordCodec


class StepNameCodec(Codec):
    """A step, by id, title or state name; kept as its id. Names that nothing has are left for `check`."""

    what = "the id or title of a step"

    def read(self, node: Node, ctx: Reading) -> str:
        name = TEXT.read(node, ctx).strip()
        return ctx.names.get(name, name)

    def schema(self) -> Schema:
        return {"type": "string"}


class NoticeCodec(Codec):
    """When to remind or escalate."""

    what = "a time such as 4 business hours before due, 1 business day overdue, or 2 days after opening"
    anchors = (("before due", "before due"), ("overdue", "overdue"), ("after due", "overdue"),
               ("after opening", "after opening"))  # fmt: skip

    def __init__(self) -> None:
        self.shape = Shape(
            "a notice",
            (
                Key("after", "after", TEXT, doc="1 business day overdue, or 2 days (after opening)."),
                Key("before", "before", TEXT, doc="4 business hours (before due)."),
                Key(
                    "to",
                    "to",
                    ListCodec(AssigneeCodec(mail=True)),
                    doc="Who is told, or gets it; the assignee by default.",
                ),
                Key("do", "do", TEXT, default="notify", doc="notify, reassign, or an outcome to take."),
            ),
            dict,
        )

    def read(self, node: Node, ctx: Reading) -> Notice:
        if node.kind == "scalar":
            return self._timed(node, "", ctx, {})
        given = self.shape.read_keys(node, ctx)
        word = "after" if "after" in given else "before"
        if ("after" in given) == ("before" in given):
            raise ctx.wrong(
                node,
                f"{ctx.key} needs either after: or before:.",
                "write after: 1 business day overdue",
                code="missing_key",
            )
        del given[word]
        at = node.get(word)
        assert at is not None
        return self._timed(at, word, ctx, given)

    def _timed(self, node: Node, word: str, ctx: Reading, given: dict[str, Any]) -> Notice:
        text = " ".join(node.text.split())
        anchor = {"after": "after opening", "before": "before due"}.get(word)
        for suffix, meaning in self.anchors:
            if text.endswith(" " + suffix):
                text, anchor = text.removesuffix(" " + suffix), meaning
                break
        if anchor is None or node.is_null:
            raise self.mismatch(node, ctx, f"write {text or '1 day'} before due, overdue, or after opening")
        try:
            span = parse_span(text)
        except SpanError as problem:
            raise ctx.wrong(node, f"{ctx.key}: {problem}.", problem.hint) from None
        return Notice(span=span, anchor=anchor, line=node.line, **given)  # type: ignore[arg-type]

    def write(self, value: Notice) -> Plain:
        keys: dict[str, Plain] = {"after": f"{value.span} {value.anchor}"}
        if value.anchor == "before due":
            keys = {"before": f"{value.span} before due"}
        if value.to != _DEFAULT_TO:
            keys["to"] = self.shape.keys["to"].codec.write(value.to)
        if value.do != "notify":
            keys["do"] = value.do
        return f"{value.span} {value.anchor}" if len(keys) == 1 else keys

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "string"}, self.shape.schema()]}


_DEFAULT_TO = next(one.default for one in fields(Notice) if one.name == "to")


class RetryCodec(Codec):
    """`retry: 3`, or times and the pause between them."""

    what = "a number of attempts after the first, or {times: 5, backoff: exponential}"

    def __init__(self) -> None:
        self.shape = Shape(
            "retry",
            (
                Key("times", "retry", IntCodec(), default=3, doc="Attempts after the first."),
                Key("backoff", "backoff", WordCodec(("exponential", "fixed")), default="exponential", doc="The pause."),
            ),
            dict,
            shorthand="times",
        )

    def read(self, node: Node, ctx: Reading) -> dict[str, Any]:
        return self.shape.read(node, ctx)

    def write(self, value: Any) -> Plain:
        keys = self.shape.write_keys(value)
        return keys.get("times", 3) if set(keys) <= {"times"} else keys

    def schema(self) -> Schema:
        return self.shape.schema()


class _Lined(Codec):
    """A group of keys that also keeps its line."""

    def __init__(self, shape: Shape, make: Any) -> None:
        self.shape, self.make, self.what = shape, make, shape.what

    def read(self, node: Node, ctx: Reading) -> Any:
        return self.make(**self.shape.read_keys(node, ctx), line=node.line)

    def write(self, value: Any) -> Plain:
        return self.shape.write(value)

    def schema(self) -> Schema:
        return self.shape.schema()


class ActionsCodec(ListCodec):
    """Ways out of a state that a person takes."""

    def __init__(self) -> None:
        shape = Shape(
            "an action",
            (
                Key("action", "name", TEXT, required=True, doc="What the button says."),
                Key("to", "to", StepNameCodec(), required=True, doc="The state it leads to."),
                Key("when", "when", EXPR, doc="Allowed only when this is true, with the form as just filled in."),
            ),
            dict,
        )
        super().__init__(_Lined(shape, Action), one=False)


class AfterCodec(Codec):
    """Ways out of a state that time takes: `{15 minutes: {to: Escalated}}`."""

    what = "times with states, such as {15 minutes: {to: Escalated}}"

    def __init__(self) -> None:
        self.to = Shape("a timer", (Key("to", "to", StepNameCodec(), required=True),), dict, shorthand="to")

    def read(self, node: Node, ctx: Reading) -> tuple[After, ...]:
        if node.kind != "map":
            raise self.mismatch(node, ctx)
        found: list[After] = []
        for name, value in node.entries:
            try:
                with ctx.inside(name.text, at=value):
                    span = SpanCodec().read(name, ctx)
                    found.append(After(span=span, line=name.line, **self.to.read(value, ctx)))
            except Unreadable:
                continue
        return tuple(found)

    def write(self, value: tuple[After, ...]) -> Plain:
        return {str(after.span): {"to": after.to} for after in value}

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": self.to.schema()}


NOTICES = ListCodec(NoticeCodec())
NAMES = ListCodec(StepNameCodec())
