"""What expressions see in a case, and what they answer there."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from math import isfinite
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import ZoneInfo

from procession.engine import fields
from procession.engine.case import Case, Json
from procession.engine.definition import Definition, Field
from procession.engine.expressions import Environment, Evaluation, Expression, ExpressionError, Template
from procession.engine.expressions.runtime import Warning_
from procession.engine.moment import Counted, Moment, Person
from procession.engine.records import mypyc_attr
from procession.engine.rejections import FieldRejection

if TYPE_CHECKING:
    from procession.engine.program import Program


_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_FIRST = datetime(1, 1, 1, tzinfo=UTC)
"""No period reaches further back."""


@mypyc_attr(acyclic=True)
class Values:
    """Reads the values of one case for expressions, decoding only what an expression asks for."""

    __slots__ = ("case", "moment", "program")

    def __init__(self, program: Program, case: Case, moment: Moment) -> None:
        self.program = program
        self.case = case
        self.moment = moment

    @property
    def definition(self) -> Definition:
        return self.program.definition

    def environment(self, calendar: Any = None) -> Environment:
        calendar = calendar or self.moment.calendar
        return Environment(
            now=self.moment.at,
            calendar=calendar,
            zone=ZoneInfo(calendar.zone),
            functions={"sample": self._sample, "count of cases": self._count_of_cases},
        )

    def _count_of_cases(self, workflow: object, filter: object = None, period: object = None) -> int:  # noqa: A002
        """Other cases of a workflow, those that the filter describes, that began in the last `period`."""
        if not isinstance(workflow, str):
            raise ValueError('count of cases needs the id of a workflow, such as "support-ticket"')
        if filter is not None and not isinstance(filter, Mapping):
            raise ValueError("the filter of count of cases is a context, such as {cause: cause}")
        if period is None:
            since = None
        elif isinstance(period, timedelta) and period >= timedelta(0):
            since = self.moment.at - min(period, self.moment.at - _FIRST)
        else:
            raise ValueError("the period of count of cases is a length of time, such as 90 days")
        wanted = cast("Mapping[str, object]", filter or {})
        return self.moment.count_of_cases(Counted(workflow=workflow, wanted=wanted, since=since, but=self.case.id))

    def _sample(self, percent: object) -> bool:
        """Whether this case falls into a sample of so many percent: the same answer whenever it is asked."""
        if not isinstance(percent, Decimal | int):
            raise ValueError("sample needs a number of percent")
        share = int.from_bytes(hashlib.sha256(self.case.id.encode()).digest()[:8]) / 2**64 * 100
        return Decimal(share) < percent

    def evaluate(
        self,
        text: str,
        at: str = "",
        extra: Mapping[str, object] | None = None,
        calendar: Any = None,
        *,
        strict: bool = False,
    ) -> Evaluation:
        """Evaluate an expression as seen from the activation `at` (its enclosing `each` items are in scope).

        One that asks for too much has no answer, and a warning says so; with `strict` it raises ExpressionError.
        """
        expression = self.program.expression(text)
        try:
            return expression.evaluate(self._in_scope(expression, at, extra), self.environment(calendar))
        except ExpressionError as problem:
            if strict:
                raise
            return Evaluation(None, (Warning_(problem.message),))

    def render(self, text: str, at: str = "", extra: Mapping[str, object] | None = None) -> Evaluation:
        """Fill in a text with `{expr}`."""
        template = self.program.template(text)
        try:
            return template.render(self._in_scope(template, at, extra), self.environment())
        except ExpressionError as problem:
            return Evaluation(None, (Warning_(problem.message),))

    def render_text(self, text: str, at: str = "", extra: Mapping[str, object] | None = None) -> str:
        plain = self.program.template(text).plain
        if plain is not None:
            return plain
        value = self.render(text, at, extra).value
        return value if isinstance(value, str) else "" if value is None else show(value)

    def _in_scope(self, one: Expression | Template, at: str, extra: Mapping[str, object] | None) -> dict[str, object]:
        """What it reads; also values that bear the name of a function."""
        found = self.of(one.names_used, at, extra)
        if extra and one.names_shared:
            found.update((name, extra[name]) for name in one.names_shared if name in extra)
        return found

    def of(self, names: Iterable[str], at: str = "", extra: Mapping[str, object] | None = None) -> dict[str, object]:
        """The values behind names."""
        found: dict[str, object] = {}
        for name in names:
            if extra is not None and name in extra:
                found[name] = extra[name]
            elif name in self.definition.fields:
                found[name] = self.field(name)
            else:
                found[name] = self._special(name, at)
        return found

    def field(self, name: str) -> object:
        stored = self.case.data.get(name)
        return None if stored is None else fields.to_feel(self.definition.fields[name], stored)

    def _special(self, name: str, at: str) -> object:
        if name == "starter":
            return self.person(self.case.starter)
        if name == "settings":
            return dict(self.moment.settings)
        if name == "case":
            return {"id": self.case.id, "name": self.case.name, "number": Decimal(self.case.number)}
        if name == "assignee":
            one = self.case.activations.get(at)
            return self.person(one.assignee) if one is not None and one.assignee else None
        return self._item(name, at)

    def _item(self, name: str, at: str) -> object:
        """The row that an `each` around the activation stands at."""
        while at:
            activation = self.case.activations.get(at)
            if activation is None:
                return None
            around = self.case.activations.get(activation.up)
            if around is not None:
                node = self.program.nodes.get(around.step)
                if node is not None and node.step.kind == "each" and node.step.config.as_ == name:
                    return self.item(node.step.config.of, activation.branch, activation.up)
            at = activation.up
        return None

    def length(self, of: str, at: str) -> int:
        """How many items the list of an `each` has; null is empty."""
        stored = self._table(of)
        rows = self.evaluate(of, at).value if stored is None else stored
        return len(cast("list[object]", rows)) if isinstance(rows, list) else 0

    def item(self, of: str, branch: str, at: str) -> object:
        """The item of a list that a branch of an `each` stands for."""
        place = int(branch) - 1
        stored = self._table(of)
        if stored is not None:
            if place >= len(stored):
                return None
            field = self.definition.fields[of.strip()]
            (row,) = cast("list[object]", fields.to_feel(field, [stored[place]]))
            return row
        rows = self.evaluate(of, at).value
        return (
            cast("list[object]", rows)[place]
            if isinstance(rows, list) and place < len(cast("list[object]", rows))
            else None
        )

    def _table(self, of: str) -> list[Json] | None:
        """The rows of a list that is simply a table of the case: an `each` then reads one row, not all for each."""
        field = self.definition.fields.get(of.strip())
        return self.case.data.get(field.name) or [] if field is not None and field.type == "table" else None

    def person(self, id_: str) -> dict[str, object]:
        """A person as expressions see one."""
        known = self.moment.directory.people.get(id_)
        if known is None:
            bare = id_.removeprefix("guest:")
            return {"id": id_, "name": bare, "email": bare if "@" in bare else None, "manager": None}
        return {"id": known.id, "name": known.name, "email": known.email or None, "manager": known.manager}


def show(value: object) -> str:
    """A value inside a text: dates in ISO form, decimals with a point, the items of a list one after the other."""
    if isinstance(value, list):
        return ", ".join(show(one) for one in cast("list[object]", value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return f"{value.to_integral_value():f}" if value == value.to_integral_value() else f"{value:f}"
    return str(value)


def person_name(moment: Moment, id_: str | None) -> str:
    """How a person is called in a sentence."""
    if id_ is None:
        return "nobody"
    known: Person | None = moment.directory.people.get(id_)
    return known.name if known is not None else id_.removeprefix("guest:")


def portable(definition: Definition, data: Mapping[str, Json]) -> dict[str, Json]:
    """Data with its types, readable by a case of another definition: field → [type, value]."""
    found: dict[str, Json] = {}
    for name, value in data.items():
        field = definition.fields.get(name)
        if field is not None and value is not None:
            found[name] = [_type_of(field), value]
    return found


def _type_of(field: Field) -> Json:
    if field.type == "table":
        return {column.name: column.type for column in field.columns}
    return field.type


def from_portable(data: Mapping[str, Json]) -> dict[str, object]:
    """The values of `portable` data, as expressions see them."""
    found: dict[str, object] = {}
    for name, (type_, value) in data.items():
        if isinstance(type_, dict):
            columns = tuple(Field(name=column, type=kind) for column, kind in cast("dict[str, str]", type_).items())
            field = Field(name=name, type="table", columns=columns)
        else:
            field = Field(name=name, type=type_)
        found[name] = fields.to_feel(field, value)
    return found


def json_of(value: object) -> Json:
    """A value as JSON for a machine; decimals keep all their digits as `{"$number": text}`."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return value
    if isinstance(value, Decimal):
        return {"$number": format(value, "f")}
    if isinstance(value, Mapping):
        return {str(key): json_of(one) for key, one in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [json_of(one) for one in cast("list[object]", value)]
    return fields.from_feel(Field(name="value", type="text"), value) if isinstance(value, str) else _plain(value)


def _plain(value: object) -> Json:
    for type_ in ("datetime", "date", "duration"):
        try:
            return fields.from_feel(Field(name="value", type=type_), value)
        except FieldRejection:
            continue
    return str(value)


DEEPEST = 50
"""Levels of lists and mappings in data from outside."""


def storable(data: Json, depth: int = 0) -> Json:
    """Data from outside as it can be kept: what is no JSON, or deeper than anybody means, becomes null."""
    if isinstance(data, str):
        return _UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", data)
    if isinstance(data, float):
        return data if isfinite(data) else None
    if data is None or isinstance(data, bool | int):
        return data
    if depth < DEEPEST and isinstance(data, list):
        return [storable(one, depth + 1) for one in cast("list[Json]", data)]
    if depth < DEEPEST and isinstance(data, Mapping):
        entries = cast("Mapping[str, Json]", data)
        return {storable(key): storable(one, depth + 1) for key, one in entries.items()}
    return None


def _decimal(text: str) -> Decimal | None:
    """A number from outside; what is none, or not finite, has no value."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def to_values(data: Json) -> object:
    """JSON from outside as expressions see it: numbers become decimals."""
    if isinstance(data, bool) or data is None or isinstance(data, str):
        return data
    if isinstance(data, int | float):
        return _decimal(str(data))
    if isinstance(data, list):
        return [to_values(one) for one in cast("list[Json]", data)]
    if isinstance(data, Mapping):
        mapping = cast("Mapping[str, Json]", data)
        if set(mapping) == {"$number"}:
            return _decimal(str(mapping["$number"]))
        return {key: to_values(one) for key, one in mapping.items()}
    return data
