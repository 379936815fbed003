"""The type of an expression, as far as it can be told without running it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from procession.engine.definition import Field
from procession.engine.expressions import syntax as s
from procession.engine.expressions.temporal import Date, DateTime, DaysDuration


@dataclass(frozen=True, slots=True)
class Type:
    """A kind of value; `members` of a context, `item` of a list."""

    kind: str
    members: Mapping[str, Type] = field(default_factory=dict[str, "Type"])
    item: Type | None = None
    options: tuple[str, ...] = ()
    """Of text that is a choice."""

    def __str__(self) -> str:
        return _WORDS.get(self.kind, self.kind)


_WORDS = {
    "number": "a number", "text": "text", "yes/no": "a yes/no", "date": "a date", "datetime": "a date and time",
    "duration": "a duration", "list": "a list", "row": "a group of values",
}  # fmt: skip

NUMBER, TEXT, YES_NO = Type("number"), Type("text"), Type("yes/no")
DATE, DATETIME, DURATION = Type("date"), Type("datetime"), Type("duration")
_PERSON = Type("row", {"name": TEXT, "email": TEXT, "id": TEXT})

_OF_FIELD: Mapping[str, Type] = {
    **dict.fromkeys(("text", "long text", "email", "url", "phone", "group"), TEXT),
    **dict.fromkeys(("integer", "number", "money", "percent", "rating"), NUMBER),
    "yes/no": YES_NO,
    "date": DATE,
    "datetime": DATETIME,
    "duration": DURATION,
    "file": Type("row", {"id": TEXT, "name": TEXT, "size": NUMBER, "sha256": TEXT}),
}


def type_of_field(one: Field) -> Type | None:
    """The type that expressions see; None for a calculated field, whose formula says, and for a person."""
    if one.type == "choice":
        return Type("text", options=one.options)
    if one.type == "choices":
        return Type("list", item=Type("text", options=one.options))
    if one.type == "table":
        return Type("list", item=Type("row", {c.name: t for c in one.columns if (t := type_of_field(c)) is not None}))
    return _OF_FIELD.get(one.type)


def fits(target: Field, given: Type | None) -> bool:
    """Whether a value of that type can be stored in the field; True where the type is not known."""
    wanted = type_of_field(target)
    if given is None or wanted is None:
        return True
    if target.type == "choices" and given.kind == "text":
        return True
    return wanted.kind == given.kind


Report = Callable[[s.Node, str, str | None], None]
"""Called with the part that is wrong, a sentence and a hint."""


def type_of(node: s.Node, names: Mapping[str, Type | None], report: Report | None = None) -> Type | None:
    """The type of an expression over typed names; None where it cannot be told. Mistakes go to `report`."""
    return _Inference(report or (lambda _node, _sentence, _hint: None)).of(node, dict(names))


class _Inference:
    def __init__(self, report: Report) -> None:
        self.report = report

    def of(self, node: s.Node, names: dict[str, Type | None]) -> Type | None:
        match node:
            case s.Literal(value=value):
                return _of_value(value)
            case s.Name(name=name):
                return names.get(name)
            case s.Path(base=base, name=name):
                return self._member(node, self.of(base, names), name)
            case s.Filter(base=base):
                inside = self.of(base, names)
                return inside if inside is not None and inside.kind == "list" else None
            case s.DurationOf():
                return DURATION if "business" not in node.unit else None
            case s.Negation(operand=operand):
                return self.of(operand, names)
            case s.Arithmetic():
                return self._arithmetic(node, self.of(node.left, names), self.of(node.right, names))
            case s.Comparison():
                self._compared(node, node.left, node.right, names)
                return YES_NO
            case s.Between():
                self._compared(node, node.value, node.low, names)
                self._compared(node, node.value, node.high, names)
                return YES_NO
            case s.And(operands=operands) | s.Or(operands=operands):
                for operand in operands:
                    self._truth(operand, self.of(operand, names))
                return YES_NO
            case s.In(value=value):
                self.of(value, names)
                return YES_NO
            case s.If(condition=condition, then=then, otherwise=otherwise):
                self._truth(condition, self.of(condition, names))
                first, second = self.of(then, names), self.of(otherwise, names)
                return first if first is not None and second is not None and first.kind == second.kind else None
            case s.For(variables=variables, body=body):
                return Type("list", item=self.of(body, self._bound(variables, names)))
            case s.Quantified(variables=variables, condition=condition):
                self._truth(condition, self.of(condition, self._bound(variables, names)))
                return YES_NO
            case s.InstanceOf():
                return YES_NO
            case s.ListLiteral(items=items):
                kinds = [self.of(item, names) for item in items]
                alike = kinds and all(
                    one is not None and kinds[0] is not None and one.kind == kinds[0].kind for one in kinds
                )
                return Type("list", item=kinds[0] if alike else None)
            case s.Call(function=s.Name(name=name), arguments=arguments):
                given = [self.of(argument, names) for argument in arguments]
                return _result_of(name, given)
            case _:
                return None

    def _bound(
        self, variables: tuple[tuple[str, s.Node], ...], names: dict[str, Type | None]
    ) -> dict[str, Type | None]:
        inner = dict(names)
        for name, domain in variables:
            over = self.of(domain, inner)
            inner[name] = over.item if over is not None and over.kind == "list" else None
        return inner

    def _member(self, node: s.Node, base: Type | None, name: str) -> Type | None:
        if base is None:
            return None
        if base.kind == "list" and base.item is not None:
            return Type("list", item=self._member(node, base.item, name))
        if base.kind == "row" and base.members:
            if name not in base.members:
                self.report(node, f"There is no {name!r} in it.", f"it has {', '.join(base.members)}")
            return base.members.get(name)
        if base.kind in ("number", "text", "yes/no"):
            self.report(node, f"{str(base).capitalize()} has no part {name!r}.", None)
        return None

    def _arithmetic(self, node: s.Arithmetic, left: Type | None, right: Type | None) -> Type | None:
        if left is None or right is None:
            return None
        pair = (left.kind, right.kind)
        if pair == ("number", "number"):
            return NUMBER
        if node.operator == "+" and pair == ("text", "text"):
            return TEXT
        if node.operator == "-" and left.kind == right.kind and left.kind in ("date", "datetime"):
            return DURATION
        if node.operator in "+-" and right.kind == "duration" and left.kind in ("date", "datetime", "duration"):
            return left
        if node.operator == "+" and left.kind == "duration" and right.kind in ("date", "datetime"):
            return right
        if node.operator in "*/" and "duration" in pair and "number" in pair:
            return DURATION
        if node.operator == "/" and pair == ("duration", "duration"):
            return NUMBER
        hint = "turn the number into text with string(…)" if set(pair) == {"text", "number"} else None
        if left.kind == "date" and right.kind == "number" or left.kind == "datetime" and right.kind == "number":
            hint = "write the number with its unit, such as 3 days"
        self.report(node, f"{str(left).capitalize()} {node.operator} {right} has no answer.", hint)
        return None

    def _compared(self, node: s.Node, left: s.Node, right: s.Node, names: dict[str, Type | None]) -> None:
        first, second = self.of(left, names), self.of(right, names)
        if first is None or second is None or first.kind == second.kind:
            return
        if {first.kind, second.kind} == {"date", "datetime"} or "list" in (first.kind, second.kind):
            return
        hint = None
        if isinstance(right, s.Literal) and second.kind == "text" and first.kind == "number":
            hint = f"write {right.value} without quotes"
        elif isinstance(right, s.Literal) and second.kind == "text" and first.kind == "yes/no":
            hint = "compare it with true or false"
        elif isinstance(right, s.Literal) and second.kind == "text" and first.kind == "date":
            hint = f'write date("{right.value}")'
        elif isinstance(right, s.Literal) and first.kind == "text" and second.kind == "number":
            hint = f'write "{right.value}" in quotes'
        self.report(node, f"{str(first).capitalize()} can never equal or be compared with {second}.", hint)

    def _truth(self, node: s.Node, given: Type | None) -> None:
        if given is not None and given.kind != "yes/no":
            self.report(node, f"{str(given).capitalize()} is neither true nor false.", "compare it with something")


def _of_value(value: Any) -> Type | None:
    if isinstance(value, bool):
        return YES_NO
    if isinstance(value, (int, Decimal)):
        return NUMBER
    if isinstance(value, str):
        return TEXT
    if isinstance(value, (DateTime, datetime)):
        return DATETIME
    if isinstance(value, (Date, date)):
        return DATE
    return DURATION if isinstance(value, (DaysDuration, timedelta)) else None


_NUMBERS = frozenset(
    "sum count mean median stddev floor ceiling round abs modulo sqrt log exp decimal number product year month day"
    .split() + ["string length", "round up", "round down", "round half up", "round half down", "count of cases", "day of year"]
)  # fmt: skip
_TEXTS = frozenset(["string", "upper case", "lower case", "substring", "substring before", "substring after", "replace",
                    "string join", "day of week", "month of year", "trim"])  # fmt: skip
_TRUTHS = frozenset(["contains", "starts with", "ends with", "matches", "list contains", "not", "all", "any", "sample",
                     "is defined", "is", "before", "after", "includes"])  # fmt: skip


def _result_of(name: str, given: list[Type | None]) -> Type | None:
    if name in _NUMBERS:
        if name == "sum" and given and given[0] is not None and given[0].item is not None:
            return given[0].item if given[0].item.kind in ("number", "duration") else None
        return NUMBER if name != "sum" else None
    if name in _TEXTS:
        return TEXT
    if name in _TRUTHS:
        return YES_NO
    if name in ("date", "today"):
        return DATE
    if name in ("date and time", "now"):
        return DATETIME
    if name in ("min", "max") and given and all(one is not None and one.kind == "number" for one in given):
        return NUMBER
    return None
