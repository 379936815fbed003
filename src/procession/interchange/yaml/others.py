"""The files of shared decisions, data sets, calendars, connections and people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from procession.engine.calendar import CalendarError, WorkCalendar
from procession.engine.definition import Field
from procession.engine.fields import coerce
from procession.engine.moment import Absence, Directory, Person
from procession.engine.other_definitions import CalendarFile, Connection, DataSet, Decision, People
from procession.engine.rejections import FieldRejection
from procession.engine.steps.decide import Decide
from procession.interchange.yaml.forms import FIELDS
from procession.interchange.yaml.hints import keys_of
from procession.interchange.yaml.nodes import Node, plain
from procession.interchange.yaml.reading import Codec, Key, Plain, Reading, Schema, Shape, Unreadable
from procession.interchange.yaml.values import EXPR, TEXT, BoolCodec, IntCodec, ListCodec, MapCodec, RowsCodec
from procession.interchange.yaml.workflows import ID, title_of


class DecisionCodec(Codec):
    what = "a decision"

    def __init__(self) -> None:
        table = keys_of(Decide.Config, {"rules": ("rules", RowsCodec())}, {}, skip=("use",))
        self.shape = Shape(
            "a decision",
            (
                Key("decision", "id", ID, required=True, doc="Its id, unique in the organisation."),
                Key("title", "title", TEXT, doc="What people call it."),
                Key("fields", "fields", FIELDS, default={}, doc="Types of its inputs and outputs."),
                *table,
                Key("is", "expression", EXPR, doc="Instead of a table: an expression for the output."),
            ),
            dict,
        )

    def read(self, node: Node, ctx: Reading) -> Decision:
        given = self.shape.read_keys(node, ctx)
        if "rules" not in given and "expression" not in given:
            ctx.add("missing_key", node, "The decision decides nothing.", "write rules:, or is: with an expression")
        given.setdefault("title", title_of(given["id"]))
        return Decision(**given)

    def write(self, value: Decision) -> Plain:
        return _titled(self.shape.write_keys(value), value)

    def schema(self) -> Schema:
        return self.shape.schema()


class DataSetCodec(Codec):
    what = "a data set"

    def __init__(self) -> None:
        self.shape = Shape(
            "a data set",
            (
                Key("data set", "id", ID, required=True, doc="Its id, unique in the organisation."),
                Key("title", "title", TEXT, doc="What people call it."),
                Key("columns", "columns", FIELDS, required=True, doc="Its typed columns."),
                Key("rows", "rows", _Rows(), default=(), doc="One list of cells, or group of named cells, per row."),
                Key("csv", "csv", TEXT, doc="A file beside this one that holds the rows instead."),
            ),
            dict,
        )

    def read(self, node: Node, ctx: Reading) -> DataSet:
        given = self.shape.read_keys(node, ctx)
        given.setdefault("title", title_of(given["id"]))
        rows: list[Mapping[str, Any]] = []
        for row in given.pop("rows", ()):
            try:
                rows.append(_typed_row(row, given["columns"], ctx))
            except Unreadable:
                continue
        return DataSet(rows=tuple(rows), **given)

    def write(self, value: DataSet) -> Plain:
        keys = _titled(self.shape.write_keys(replace(value, rows=())), value)
        if value.rows:
            keys["rows"] = [list(row.values()) for row in value.rows]
        return keys

    def schema(self) -> Schema:
        return self.shape.schema()


class _Rows(Codec):
    """Rows as nodes: their cells are typed once the columns are known."""

    what = "a list of rows"

    def read(self, node: Node, ctx: Reading) -> tuple[Node, ...]:
        if node.kind != "list":
            raise self.mismatch(node, ctx, "begin every row with '- '")
        return tuple(node.items)

    def schema(self) -> Schema:
        return {"type": "array", "items": {"type": ["array", "object"]}}


def _typed_row(node: Node, columns: Mapping[str, Field], ctx: Reading) -> Mapping[str, Any]:
    if node.kind == "list":
        if len(node.items) != len(columns):
            raise ctx.wrong(
                node, f"The row has {len(node.items)} cells, but there are {len(columns)} columns.", ", ".join(columns)
            )
        cells = dict(zip(columns, node.items, strict=True))
    elif node.kind == "map":
        cells = {name.text: value for name, value in node.entries}
    else:
        raise ctx.wrong(node, "A row must be a list of cells.", f"write [{', '.join(columns)}]")
    row: dict[str, Any] = {}
    for name, cell in cells.items():
        column = columns.get(name)
        if column is None:
            raise ctx.wrong(
                cell, f"There is no column {name!r}.", f"the columns are {', '.join(columns)}", "unknown_field"
            )
        try:
            row[name] = coerce(column, cell.text if column.type != "choice" and cell.text else plain(cell))
        except FieldRejection as problem:
            raise ctx.wrong(cell, problem.message, problem.hint) from None
    return {name: row.get(name) for name in columns}


class ConnectionCodec(Codec):
    what = "a connection"

    def __init__(self) -> None:
        self.shape = Shape(
            "a connection",
            (
                Key("connection", "id", ID, required=True, doc="Its id, unique in the organisation."),
                Key("url", "url", TEXT, required=True, doc="The base of every address below it."),
                Key("headers", "headers", MapCodec(TEXT), default={}, doc="Sent with every call; {secrets.NAME}."),
                Key("secrets", "secrets", ListCodec(TEXT), default=(), doc="Names of the secrets it needs."),
                Key("limit", "limit", IntCodec(1), doc="Calls a minute."),
            ),
            Connection,
        )

    def read(self, node: Node, ctx: Reading) -> Connection:
        return self.shape.read(node, ctx)

    def write(self, value: Connection) -> Plain:
        return self.shape.write(value)

    def schema(self) -> Schema:
        return self.shape.schema()


class CalendarCodec(Codec):
    what = "a working calendar"
    keys = ("calendar", "zone", "hours", "holidays", "closures")

    def read(self, node: Node, ctx: Reading) -> CalendarFile:
        given = plain(node)
        calendar_id = given.pop("calendar", None)
        try:
            calendar = WorkCalendar.from_json({"id": calendar_id, **given})
        except CalendarError as problem:
            raise ctx.wrong(node, f"{problem}.", getattr(problem, "hint", None)) from None
        return CalendarFile(id=calendar.id, calendar=calendar)

    def write(self, value: CalendarFile) -> Plain:
        keys = value.calendar.to_json()
        return {"calendar": keys.pop("id"), **keys}

    def schema(self) -> Schema:
        return {"type": "object", "required": ["calendar"], "properties": {key: {} for key in self.keys}}


class PeopleCodec(Codec):
    """`people:` of a folder or a test: by name, with groups, roles, manager and absences."""

    what = "people such as {ana: {}, dana: {roles: [manager], manager: bo}}"

    def __init__(self) -> None:
        away = Shape(
            "an absence",
            (
                Key("from", "begins", TEXT, required=True),
                Key("to", "ends", TEXT, required=True),
                Key("substitute", "substitute", TEXT),
            ),
            dict,
        )
        self.person = Shape(
            "a person",
            (
                Key("name", "name", TEXT, doc="What people read; from the key by default."),
                Key("email", "email", TEXT, default="", doc="Where mail goes."),
                Key("manager", "manager", TEXT, doc="The person's manager."),
                Key("groups", "groups", ListCodec(TEXT), default=(), doc="Groups the person is in."),
                Key("roles", "roles", ListCodec(TEXT), default=(), doc="Roles the person has."),
                Key("calendar", "calendar", TEXT, doc="The person's working calendar."),
                Key("away", "away", ListCodec(away), default=(), doc="Absences, with a substitute."),
                Key("admin", "admin", BoolCodec(), default=False, doc="May administer."),
            ),
            dict,
        )

    def read(self, node: Node, ctx: Reading) -> Directory:
        if node.kind == "list" and all(item.kind == "scalar" for item in node.items):
            node = Node("map", node.line, node.column, entries=[(item, Node("map", 0, 0)) for item in node.items])
        if node.kind != "map":
            raise self.mismatch(node, ctx)
        people: dict[str, Person] = {}
        for name, value in node.entries:
            try:
                with ctx.inside(name.text, at=name):
                    given: dict[str, Any] = {} if value.is_null else self.person.read(value, ctx)
                    given["absences"] = tuple(_absence(one, value, ctx) for one in given.pop("away", ()))
                    given.setdefault("name", name.text.partition("@")[0].replace(".", " ").title())
                    given.setdefault("email", name.text if "@" in name.text else "")
                    people[name.text] = Person(id=name.text, **given)
            except Unreadable:
                continue
        for name, value in node.entries:
            manager = people[name.text].manager if name.text in people else None
            if manager is not None and manager not in people:
                ctx.add("unknown_person", value, f"{name.text}'s manager {manager} is not among the people.")
        return directory_of(people.values())

    def write(self, value: Directory) -> Plain:
        written: dict[str, Plain] = {}
        for person in value.people.values():
            keys = {
                key.name: key.codec.write(getattr(person, key.attr))
                for key in self.person.keys.values()
                if key.attr != "away" and getattr(person, key.attr) != key.default
            }
            if person.absences:
                keys["away"] = [
                    {"from": one.begins.isoformat(), "to": one.ends.isoformat()}
                    | ({"substitute": one.substitute} if one.substitute else {})
                    for one in person.absences
                ]
            written[person.id] = keys
        return written

    def schema(self) -> Schema:
        return {"type": "object", "additionalProperties": {"anyOf": [{"type": "null"}, self.person.schema()]}}


def directory_of(people: Any) -> Directory:
    """The people with their groups and roles, members in the order given."""
    by_id = {person.id: person for person in people}
    groups: dict[str, tuple[str, ...]] = {}
    roles: dict[str, tuple[str, ...]] = {}
    for person in by_id.values():
        for name in person.groups:
            groups[name] = (*groups.get(name, ()), person.id)
        for name in person.roles:
            roles[name] = (*roles.get(name, ()), person.id)
    return Directory(people=by_id, groups=groups, roles=roles)


def _absence(given: Mapping[str, Any], node: Node, ctx: Reading) -> Absence:
    day = Field(name="away", type="date")
    try:
        begins, ends = (date.fromisoformat(coerce(day, given[key])) for key in ("begins", "ends"))
    except FieldRejection as problem:
        raise ctx.wrong(node, problem.message, problem.hint) from None
    if ends < begins:
        raise ctx.wrong(
            node, f"The absence from {begins} ends on {ends}, before it begins.", "write the first day first"
        )
    return Absence(begins=begins, ends=ends, substitute=given.get("substitute"))


def _titled(keys: dict[str, Plain], value: Any) -> dict[str, Plain]:
    if value.title == title_of(value.id):
        keys.pop("title", None)
    return keys


PEOPLE = PeopleCodec()


class PeopleFileCodec(Codec):
    what = "people"

    def __init__(self) -> None:
        self.shape = Shape(self.what, (Key("people", "directory", PEOPLE, required=True),), People)

    def read(self, node: Node, ctx: Reading) -> People:
        return self.shape.read(node, ctx)

    def write(self, value: People) -> Plain:
        return self.shape.write(value)

    def schema(self) -> Schema:
        return self.shape.schema()


DECISION = DecisionCodec()
DATA_SET = DataSetCodec()
CONNECTION = ConnectionCodec()
CALENDAR = CalendarCodec()
PEOPLE_FILE = PeopleFileCodec()
