"""Fields, forms and the start of a workflow or process."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from procession.engine.definition import FIELD_TYPES, LATER_FIELD_TYPES, Field, FormEntry, Start
from procession.engine.findings import nearest
from procession.engine.schedules import MISSED
from procession.interchange.yaml.nodes import Node, resolve
from procession.interchange.yaml.reading import Codec, Key, Plain, Reading, Schema, Shape, Unreadable
from procession.interchange.yaml.values import EXPR, TEXT, BoolCodec, ListCodec, ScheduleCodec, TextCodec, WordCodec

NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OTHER_TYPES = {
    "string": "text", "str": "text", "textarea": "long text", "paragraph": "long text", "boolean": "yes/no",
    "bool": "yes/no", "checkbox": "yes/no", "int": "integer", "float": "number", "decimal": "number",
    "currency": "money", "amount": "money", "user": "person", "employee": "person", "select": "choice",
    "dropdown": "choice", "radio": "choice", "enum": "choice", "multiselect": "choices", "checkboxes": "choices",
    "timestamp": "datetime", "date time": "datetime", "date and time": "datetime", "mail": "email", "e-mail": "email",
    "link": "url", "upload": "file", "attachment": "file", "list": "table", "rows": "table", "formula": "calculated",
}  # fmt: skip


class TypeCodec(Codec):
    """A field's type; a trailing ? is read by the field."""

    what = "a type such as text, money or date"

    def read(self, node: Node, ctx: Reading) -> str:
        if node.kind != "scalar" or node.is_null:
            raise self.mismatch(node, ctx)
        name = node.text.removesuffix("?").strip()
        if name in FIELD_TYPES or name in LATER_FIELD_TYPES:
            return name
        meant = _OTHER_TYPES.get(name.lower()) or nearest(name, (*FIELD_TYPES, *LATER_FIELD_TYPES))
        raise ctx.wrong(
            node,
            f"There is no field type {name!r}.",
            f"did you mean {meant}?" if meant else f"the types are {', '.join(FIELD_TYPES)}",
        )

    def schema(self) -> Schema:
        types = (*FIELD_TYPES, *LATER_FIELD_TYPES)
        return {"enum": [*types, *(f"{one}?" for one in types)]}


class LimitCodec(Codec):
    """`min` and `max`: a number stays a decimal, anything else the text it is."""

    what = "a number, a date or a duration"

    def read(self, node: Node, ctx: Reading) -> object:
        value = resolve(node) if node.kind == "scalar" else None
        if value is None or isinstance(value, bool):
            raise self.mismatch(node, ctx)
        return TEXT.read(node, ctx) if isinstance(value, str) else value

    def schema(self) -> Schema:
        return {"type": ["number", "string"]}


class FieldCodec(Codec):
    """One field: its type alone, or a group of keys."""

    what = "a type such as text, or keys such as {type: money, currency: USD}"

    def __init__(self) -> None:
        words = ListCodec(TEXT)
        self.type = TypeCodec()
        self.shape = Shape(
            "a field",
            (
                Key("type", "type", self.type, default="text", doc="What kind of value it holds; ? makes it optional."),
                Key("label", "label", TEXT, doc="What people read; the name by default."),
                Key("help", "help", TEXT, doc="A sentence below the field."),
                Key(
                    "required", "required", BoolCodec(), default=True, doc="Whether a form that asks it needs a value."
                ),
                Key("options", "options", ListCodec(TEXT), default=(), doc="Of a choice, in order."),
                Key("currency", "currency", TEXT, doc="Of money: an ISO 4217 code such as EUR."),
                Key("min", "min", LimitCodec(), doc="The smallest value allowed."),
                Key("max", "max", LimitCodec(), doc="The largest value allowed."),
                Key("columns", "columns", FieldsCodec(self), default=(), doc="Of a table: its typed columns."),
                Key("is", "formula", EXPR, doc="Of a calculated field: its expression."),
                Key("see", "see", words, default=(), doc="Who may see it."),
                Key("edit", "edit", words, default=(), doc="Who may change it."),
            ),
            dict,
        )

    def read(self, node: Node, ctx: Reading) -> dict[str, Any]:
        if node.kind == "scalar" and not node.is_null:
            return {"type": self.type.read(node, ctx), "required": not node.text.endswith("?")}
        if node.is_null:
            return {}
        given = self.shape.read_keys(node, ctx)
        written = node.get("type")
        if written is not None and written.text.endswith("?"):
            given.setdefault("required", False)
        if "formula" in given:
            given.setdefault("type", "calculated")
        columns = given.get("columns")
        if columns is not None:
            given["columns"] = tuple(columns.values())
        return given

    def make(self, name: str, node: Node, ctx: Reading) -> Field:
        """The field of that name; the name may carry the ? too."""
        given = self.read(node, ctx)
        if name.endswith("?"):
            given["required"] = False
        return Field(name=name.removesuffix("?"), line=node.line, **given)

    def write(self, value: Field) -> Plain:
        keys = self.shape.write_keys(replace(value, columns=()))
        if value.columns:
            keys["columns"] = {column.name: self.write(column) for column in value.columns}
        if not value.required:
            del keys["required"]
            keys["type"] = f"{value.type}?"
        if "type" not in keys:
            keys = {"type": "text", **keys}
        return keys["type"] if len(keys) == 1 else keys

    def schema(self) -> Schema:
        return {"anyOf": [self.type.schema(), {"type": "null"}, self.shape.schema()]}


class FieldsCodec(Codec):
    """Fields by name, or a list of names for plain text."""

    what = "fields such as amount: money"

    def __init__(self, field: FieldCodec) -> None:
        self.field = field

    def read(self, node: Node, ctx: Reading) -> dict[str, Field]:
        found: dict[str, Field] = {}
        if node.kind == "list":
            for item in node.items:
                if item.kind != "scalar" or item.is_null:
                    ctx.add("type_mismatch", item, f"A field's name must be a word, not {item.kind}.", "write - item")
                    continue
                name = item.text.strip()
                optional = name.endswith("?")
                self._keep(found, Field(name=name.removesuffix("?"), required=not optional, line=item.line), item, ctx)
            return found
        if node.kind != "map":
            raise self.mismatch(node, ctx, "write NAME: TYPE on a line of its own for every field")
        for name, value in node.entries:
            try:
                with ctx.inside(name.text.removesuffix("?"), at=name):
                    self._keep(found, self.field.make(name.text, value, ctx), name, ctx)
            except Unreadable:
                # The field exists for the rest of the file; what is wrong with it was said.
                if NAME.fullmatch(name.text.removesuffix("?")):
                    field = Field(name=name.text.removesuffix("?"), line=name.line)
                    found.setdefault(field.name, field)
        return found

    def _keep(self, found: dict[str, Field], field: Field, at: Node, ctx: Reading) -> None:
        if not NAME.fullmatch(field.name) or len(field.name) > 63:
            better = re.sub(r"[^A-Za-z0-9_]+", "_", field.name).strip("_").lower()
            better = f"f_{better}" if better[:1].isdigit() else better
            raise ctx.wrong(
                at,
                f"{field.name[:70]!r} cannot be a field's name: letters, digits and _ only, beginning with a letter.",
                f"write {better[:63]} and give it a label" if better else None,
            )
        if field.name in found:
            ctx.add("duplicate_id", at, f"The field {field.name} occurs twice.", "give one of them another name")
            return
        found[field.name] = replace(field, line=at.line)

    def write(self, value: Any) -> Plain:
        return {name: self.field.write(field) for name, field in value.items()}

    def schema(self) -> Schema:
        reference = {"$ref": "#/$defs/field"}
        names = {"type": "array", "items": {"type": "string"}}
        return {"anyOf": [{"type": "object", "additionalProperties": reference}, names]}


class FormEntryCodec(Codec):
    """A field's name (with ? where this form does not need it), or keys that add to it."""

    what = "a field's name"

    def __init__(self) -> None:
        self.shape = Shape(
            "a form entry",
            (
                Key("name", "field", TextCodec("a field's name"), required=True, doc="The field, or item.COLUMN."),
                Key("required", "required", BoolCodec(), doc="Whether this form needs a value."),
                Key("help", "help", TEXT, doc="A sentence below the field, on this form."),
                Key("show when", "show_when", EXPR, doc="Asked only while this is true."),
                Key("required when", "required_when", EXPR, doc="Needed only while this is true."),
            ),
            dict,
        )

    def read(self, node: Node, ctx: Reading) -> FormEntry:
        if node.kind == "scalar" and not node.is_null:
            given: dict[str, Any] = {"field": TEXT.read(node, ctx)}
        else:
            given = self.shape.read(node, ctx)
        name = str(given["field"]).strip()
        if name.endswith("?"):
            given.setdefault("required", False)
        given["field"] = name.removesuffix("?")
        return FormEntry(**given, line=node.line)

    def write(self, value: FormEntry) -> Plain:
        keys = self.shape.write_keys(value)
        if value.required is False:
            del keys["required"]
            keys["name"] = f"{value.field}?"
        return keys["name"] if len(keys) == 1 else keys

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "string"}, self.shape.schema()]}


class FormCodec(Codec):
    """What a form asks, in order."""

    what = "a list of fields, such as [item, amount]"

    def __init__(self) -> None:
        self.list = ListCodec(FormEntryCodec())

    def read(self, node: Node, ctx: Reading) -> tuple[FormEntry, ...]:
        if node.kind == "map" and node.get("name") is None:
            hint = f"write [{', '.join(list(node.names())[:4])}]" if node.entries else "write [item, amount]"
            raise self.mismatch(node, ctx, hint)
        return self.list.read(node, ctx)

    def write(self, value: Any) -> Plain:
        return [self.list.item.write(entry) for entry in value]

    def schema(self) -> Schema:
        return {"anyOf": [{"$ref": "#/$defs/form-entry"}, {"type": "array", "items": {"$ref": "#/$defs/form-entry"}}]}


FORM = FormCodec()
FIELD = FieldCodec()
FIELDS = FieldsCodec(FIELD)


class ByCodec(Codec):
    """Who may start."""

    what = "everyone, public, nobody, group:NAME or role:NAME"

    def read(self, node: Node, ctx: Reading) -> str:
        word = " ".join(node.text.split()) if node.kind == "scalar" else ""
        if word in ("everyone", "public", "nobody") or re.fullmatch(r"(group|role):.+", word):
            return TEXT.read(node, ctx) and word
        near = nearest(word, ("everyone", "public", "nobody"))
        hint = f"did you mean {near}?" if near else f"write group:{word}" if re.fullmatch(r"[\w-]+", word) else None
        raise self.mismatch(node, ctx, hint)

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^(everyone|public|nobody|group:.+|role:.+)$"}


class StartCodec(Codec):
    """Who may start a case, and what is asked."""

    what = "keys such as {by: everyone, form: [item]}"
    later = ("mail",)

    def __init__(self) -> None:
        self.shape = Shape(
            "start",
            (
                Key("by", "by", ByCodec(), default="everyone", doc="Who may start a case."),
                Key("form", "form", FORM, doc="What is asked; by default every field that no step writes."),
                Key("schedule", "schedule", ScheduleCodec(), doc="When cases start by themselves."),
                Key(
                    "missed",
                    "missed",
                    WordCodec(MISSED),
                    default="once",
                    doc="Runs that nobody was there to start: one case for all, none, or each.",
                ),
            ),
            Start,
            shorthand="by",
        )

    def read(self, node: Node, ctx: Reading) -> Start:
        def later(name: Node, value: Node) -> bool:
            if name.text not in self.later:
                return False
            ctx.add("not_available", name, f"Starting by {name.text} comes with a later version.", "start it by hand")
            return True

        if node.kind != "map":
            return self.shape.read(node, ctx)
        return Start(**self.shape.read_keys(node, ctx, other=later))

    def write(self, value: Start) -> Plain:
        return self.shape.write(value)

    def schema(self) -> Schema:
        return self.shape.schema()


START = StartCodec()
