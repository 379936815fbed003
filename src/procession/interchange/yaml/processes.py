"""The file of a process."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from procession.engine.definition import Feedback, Handoff, HandoffSource, Member, Process, Start
from procession.interchange.yaml.forms import FIELDS, START
from procession.interchange.yaml.nodes import Node
from procession.interchange.yaml.reading import Codec, Key, Plain, Reading, Schema, Shape, Unreadable
from procession.interchange.yaml.values import (
    EXPR,
    SPAN,
    TEMPLATE,
    TEXT,
    BoolCodec,
    IntCodec,
    ListCodec,
    MapCodec,
    TextCodec,
    WordCodec,
)
from procession.interchange.yaml.workflows import ID, MEASURES, WORDS, title_of

PRIORITIES = ("speed", "cost", "quality", "compliance")
_CARRY = MapCodec(EXPR, "fields of the target with expressions")


class SourceCodec(Codec):
    """What sets a handoff off."""

    what = "start, MEMBER.completed, MEMBER.OUTCOME or MEMBER.milestone.NAME"

    def read(self, node: Node, ctx: Reading) -> HandoffSource:
        if node.kind != "scalar" or node.is_null:
            raise self.mismatch(node, ctx)
        text = TEXT.read(node, ctx).strip()
        if text == "start":
            return HandoffSource()
        member, dot, rest = text.partition(".")
        rest = rest.strip()
        if not dot or not member or not rest:
            meant = "MEMBER" if member in ("", "end") else member
            raise self.mismatch(node, ctx, f"write {meant}.completed")
        if rest == "completed":
            return HandoffSource(member=member)
        word, dot, milestone = rest.partition(".")
        if word == "milestone" and milestone.strip():
            return HandoffSource(member=member, milestone=milestone.strip())
        if word == "milestone":
            raise self.mismatch(node, ctx, f"write {member}.milestone.NAME")
        return HandoffSource(member=member, outcome=rest)

    def write(self, value: HandoffSource) -> Plain:
        return str(value)

    def schema(self) -> Schema:
        return {"type": "string"}


class SourcesCodec(Codec):
    """One source, or `{any of: [...]}`."""

    what = "start, MEMBER.completed, MEMBER.OUTCOME, MEMBER.milestone.NAME or {any of: [...]}"

    def __init__(self) -> None:
        self.any_of = Shape("from", (Key("any of", "any_of", ListCodec(SOURCE, least=1), required=True),), dict)

    def read(self, node: Node, ctx: Reading) -> tuple[HandoffSource, ...]:
        if node.kind == "map":
            return self.any_of.read(node, ctx)["any_of"]
        if node.kind == "list":
            raise self.mismatch(node, ctx, "write {any of: [a.completed, b.completed]}, or one handoff for each")
        return (SOURCE.read(node, ctx),)

    def write(self, value: tuple[HandoffSource, ...]) -> Plain:
        return str(value[0]) if len(value) == 1 else {"any of": [str(source) for source in value]}

    def schema(self) -> Schema:
        return {"anyOf": [SOURCE.schema(), self.any_of.schema()]}


SOURCE = SourceCodec()
_SOURCES = SourcesCodec()
HANDOFF = Shape(
    "a handoff",
    (
        Key("from", "sources", _SOURCES, required=True, doc="What sets it off."),
        Key("to", "to", ListCodec(TEXT, least=1), required=True, doc="A member, several, or end."),
        Key("when", "when", EXPR, doc="It happens only when this is true."),
        Key("carry", "carry", _CARRY, default={}, doc="Data passed: the target's field, and an expression."),
        Key("optional", "optional", BoolCodec(), default=False, doc="Waited for only while it can still happen."),
        Key("again", "again", BoolCodec(), default=False, doc="It goes back and starts a new run."),
        Key("at most", "at_most", IntCodec(1), doc="How often it may go back."),
        Key("usually", "usually", MapCodec(SPAN, "keys work: and wait:"), default={}, doc="What people say it takes."),
        Key("owner", "owner", TEXT, doc="The group that answers for it."),
    ),
    dict,
)


class HandoffsCodec(Codec):
    """Handoffs; one with several targets becomes one for each."""

    what = "a list of handoffs, such as - {from: start, to: background}"

    def read(self, node: Node, ctx: Reading) -> tuple[Handoff, ...]:
        if node.kind != "list":
            raise self.mismatch(node, ctx, "begin every handoff with '- '")
        found: list[Handoff] = []
        used: Counter[str] = Counter()
        for number, item in enumerate(node.items):
            try:
                with ctx.inside(str(number), at=item):
                    before = "/".join(ctx.path)
                    given = HANDOFF.read_keys(item, ctx)
            except Unreadable:
                continue
            for target in given.pop("to"):
                handoff = make_handoff(given, target.strip(), used, item.line)
                found.append(handoff)
                for path, position in list(ctx.positions.items()):
                    if path == before or path.startswith(before + "/"):
                        ctx.positions[f"handoffs/{handoff.id}{path[len(before) :]}"] = position
        return tuple(found)

    def write(self, value: Iterable[Handoff]) -> Plain:
        written: list[Plain] = []
        for handoff in value:
            to = handoff.to if handoff.to is not None else f"end {handoff.end}".rstrip()
            keys = {"from": _SOURCES.write(handoff.sources), "to": to}
            for key in HANDOFF.keys.values():
                held = getattr(handoff, key.attr)
                if key.name not in keys and held != key.default:
                    keys[key.name] = key.codec.write(held)
            written.append(keys)
        return written

    def schema(self) -> Schema:
        return {"type": "array", "items": HANDOFF.schema()}


def make_handoff(given: dict[str, Any], target: str, used: Counter[str], line: int) -> Handoff:
    """The handoff to one target, with its id."""
    end = target[3:].strip() if target == "end" or target.startswith("end ") else None
    sources: tuple[HandoffSource, ...] = given["sources"]
    pair = f"{'|'.join(str(source) for source in sources)}->{target}"
    used[pair] += 1
    handoff_id = pair if used[pair] == 1 else f"{pair}#{used[pair]}"
    return Handoff(id=handoff_id, to=None if end is not None else target, end=end, line=line, **given)


MEMBER = Shape(
    "a member",
    (
        Key("use", "use", ID, required=True, doc="The workflow's id."),
        Key("title", "title", TEXT, doc="What the map calls it."),
        Key("take", "take", MapCodec(EXPR), default={}, doc="Data back: our field, and an expression over its fields."),
    ),
    dict,
    shorthand="use",
)


class MembersCodec(Codec):
    """Members by name."""

    what = "members such as background: {use: background-check}"

    def read(self, node: Node, ctx: Reading) -> dict[str, Member]:
        if node.kind != "map":
            raise self.mismatch(node, ctx, "write NAME: {use: WORKFLOW}")
        found: dict[str, Member] = {}
        for name, value in node.entries:
            try:
                with ctx.inside(name.text, at=value):
                    if name.text in ("start", "end") or "." in name.text or not name.text.strip():
                        raise ctx.wrong(name, f"{name.text!r} cannot be a member's name.", "choose another name")
                    TEXT.read(name, ctx)
                    found[name.text] = Member(id=name.text, line=name.line, **MEMBER.read(value, ctx))
            except Unreadable:
                continue
        return found

    def write(self, value: Any) -> Plain:
        return {name: MEMBER.write(member) for name, member in value.items()}

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": MEMBER.schema()}


class FeedbacksCodec(Codec):
    """One question back, or several."""

    what = "keys such as {from: background.completed, to: people-ops, ask: Was it complete?}"

    def __init__(self) -> None:
        self.shape = Shape(
            "feedback",
            (
                Key("from", "source", SOURCE, required=True, doc="When it is asked."),
                Key("to", "to", TEXT, required=True, doc="The group that is asked."),
                Key("ask", "ask", TEXT, required=True, doc="The question."),
            ),
            dict,
        )

    def read(self, node: Node, ctx: Reading) -> tuple[Feedback, ...]:
        found: list[Feedback] = []
        for item in node.items if node.kind == "list" else [node]:
            try:
                found.append(Feedback(**self.shape.read(item, ctx), line=item.line))
            except Unreadable:
                continue
        return tuple(found)

    def write(self, value: tuple[Feedback, ...]) -> Plain:
        written = [self.shape.write(one) for one in value]
        return written[0] if len(written) == 1 else written

    def schema(self) -> Schema:
        one = self.shape.schema()
        return {"anyOf": [one, {"type": "array", "items": one}]}


_NO_START = Start()
SHAPE = Shape(
    "a process",
    (
        Key("process", "id", ID, required=True, doc="Its id, unique in the organisation."),
        Key("title", "title", TEXT, doc="What people call it; from the id by default."),
        Key("name", "name", TEMPLATE, doc="What a case is called; {field} inserts a value."),
        Key("goal", "goal", TEXT, doc="What is true when it has gone well."),
        Key("priority", "priority", WordCodec(PRIORITIES), doc="What it is held against."),
        Key("owner", "owner", TEXT, doc="The group that answers for it."),
        Key("target", "target", SPAN, doc="How long a case should take."),
        Key("subject", "subject", TEXT, doc="The field that says what one case is about."),
        Key("visible to", "visible_to", WORDS, default=(), doc="Who may see its cases; members by default."),
        Key("tags", "tags", WORDS, default=(), doc="Words to find it by."),
        Key("fields", "fields", FIELDS, default={}, doc="The typed data of a case."),
        Key("start", "start", START, default=_NO_START, doc="Who may start a case, and what is asked."),
        Key("workflows", "members", MembersCodec(), required=True, doc="The workflows that take part."),
        Key("handoffs", "handoffs", HandoffsCodec(), required=True, doc="What passes from one to the next."),
        Key("boundaries", "boundaries", MapCodec(TEXT), default={}, doc="Where it begins and ends, and for whom."),
        Key("measures", "measures", MEASURES, default={}, doc="Figures entered per case."),
        Key("feedback", "feedback", FeedbacksCodec(), default=(), doc="What is asked back along the process."),
        Key(
            "outcome", "outcome", TextCodec("the outcome's name"), default="done", doc="Of a case that reaches the end."
        ),
    ),
    dict,
)


class ProcessCodec(Codec):
    what = "a process"

    def read(self, node: Node, ctx: Reading) -> Process:
        given = SHAPE.read_keys(node, ctx)
        given.setdefault("title", title_of(given["id"]))
        given.setdefault("fields", {})
        given.setdefault("start", _NO_START)
        return Process(**given)

    def write(self, value: Process) -> Plain:
        keys = SHAPE.write_keys(value)
        if value.title == title_of(value.id):
            keys.pop("title", None)
        return keys

    def schema(self) -> Schema:
        return SHAPE.schema()


PROCESS = ProcessCodec()
