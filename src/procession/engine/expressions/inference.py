"""What type an expression has, and which of its operations can never have an answer, without evaluating it.

Only what is sure is said: where a value could be of several types, the answer is None and nothing is called a conflict.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from . import syntax as s
from .expression import Expression
from .lexer import place
from .temporal import BusinessDuration, Date, DateTime, DaysDuration, MonthsDuration, Time
from .values import kind_of

FIELD_KINDS = {
    **dict.fromkeys(["integer", "number", "money", "percent", "rating"], "number"),
    **dict.fromkeys(["text", "long text", "choice", "email", "phone", "url"], "text"),
    **dict.fromkeys(["choices", "table", "files", "people", "list"], "list"),
    **{kind: kind for kind in ("yes/no", "date", "datetime", "time", "duration", "context")},
    **{kind: kind for kind in ("months duration", "business duration")},  # of expressions; no field holds them
}
"""The kind of value that a field of each type holds; other types are left open."""

_LITERALS: dict[type, str] = {
    Decimal: "number",
    str: "text",
    bool: "yes/no",
    Date: "date",
    DateTime: "datetime",
    Time: "time",
    DaysDuration: "duration",
    MonthsDuration: "months duration",
    BusinessDuration: "business duration",
}

DURATIONS = ("duration", "months duration", "business duration")
"""Three kinds that never mix: days and time have a fixed length, months have none, business time needs a calendar."""

_RESULTS: dict[str, str] = {
    **dict.fromkeys(
        [
            "decimal",
            "floor",
            "ceiling",
            "round up",
            "round down",
            "round half up",
            "round half down",
            "modulo",
            "sqrt",
            "log",
            "exp",
            "string length",
            "count",
            "product",
            "median",
            "stddev",
            "number",
            "day of year",
            "week of year",
            "count of cases",
        ],
        "number",
    ),
    **dict.fromkeys(
        [
            "string",
            "substring",
            "upper case",
            "lower case",
            "substring before",
            "substring after",
            "replace",
            "string join",
            "day of week",
            "month of year",
        ],
        "text",
    ),
    **dict.fromkeys(
        [
            "not",
            "contains",
            "starts with",
            "ends with",
            "matches",
            "list contains",
            "all",
            "any",
            "odd",
            "even",
            "is",
            "before",
            "after",
            "includes",
            "during",
            "overlaps",
            "coincides",
            "sample",
        ],
        "yes/no",
    ),
    **dict.fromkeys(
        [
            "split",
            "append",
            "concatenate",
            "union",
            "distinct values",
            "duplicate values",
            "flatten",
            "reverse",
            "sort",
            "sublist",
            "insert before",
            "remove",
            "list replace",
            "index of",
            "get entries",
            "mode",
        ],
        "list",
    ),
    **dict.fromkeys(["context", "context put", "context merge"], "context"),
    "years and months duration": "months duration",
    "date": "date",
    "today": "date",
    "now": "datetime",
    "date and time": "datetime",
    "time": "time",
}

_SUMS: dict[tuple[str, str, str], str] = {
    ("+", "text", "text"): "text",
    **{("/", one, one): "number" for one in ("duration", "months duration")},
    **{("*", one, "number"): one for one in ("duration", "months duration")},
    **{("*", "number", one): one for one in ("duration", "months duration")},
    **{("/", one, "number"): one for one in ("duration", "months duration")},
    ("-", "time", "time"): "duration",
    **{(sign, "number", "number"): "number" for sign in ("+", "-", "*", "/", "**")},
    **{(sign, one, one): one for sign in ("+", "-") for one in DURATIONS},
    **{(sign, kind, "duration"): kind for sign in ("+", "-") for kind in ("date", "datetime", "time")},
    **{("+", "duration", kind): kind for kind in ("date", "datetime", "time")},
    **{(sign, kind, one): kind for sign in ("+", "-") for kind in ("date", "datetime") for one in DURATIONS[1:]},
    **{("+", one, kind): kind for kind in ("date", "datetime") for one in DURATIONS[1:]},
    **{("-", one, other): "duration" for one in ("date", "datetime") for other in ("date", "datetime")},
}

_PROPERTIES = {
    **dict.fromkeys(["year", "month", "day", "weekday", "hour", "minute", "second"], "number"),
    **dict.fromkeys(["days", "hours", "minutes", "seconds", "years", "months"], "number"),
}


@dataclass(frozen=True, slots=True)
class Conflict:
    """An operation whose operands are of types that it does not take."""

    message: str
    line: int
    column: int


def infer_type(expression: Expression, types: Mapping[str, str]) -> str | None:
    """``number``, ``text``, ``yes/no``, ``date``, ``datetime``, ``time``, ``duration``, ``list``, ``context``; None
    if unsure.

    ``types`` are the types of the fields in scope, in the words of our files; ``lines.cost`` names a table's column.
    """
    return _Inference(expression.text, types).kind(expression.tree, {})


def find_conflicts(expression: Expression, types: Mapping[str, str]) -> tuple[Conflict, ...]:
    """The operations that can have no answer whatever the values are, such as ``amount > "x"``."""
    inference = _Inference(expression.text, types)
    inference.kind(expression.tree, {})
    return tuple(inference.conflicts)


_Bound = Mapping[str, str | None]


class _Inference:
    def __init__(self, text: str, types: Mapping[str, str]) -> None:
        self.text = text
        self.types = types
        self.conflicts: list[Conflict] = []

    def kind(self, node: s.Node, bound: _Bound) -> str | None:
        """The node's kind. Every node below is looked at once, so that each conflict is found once."""
        rule = _RULES.get(type(node))
        if rule is not None:
            return rule(self, node, bound)
        for child in s.children(node):
            self.kind(child, bound)
        return None

    def conflict(self, node: s.Node, *operands: tuple[s.Node, str]) -> None:
        words = " and ".join(f"{self.source(one)} is {_WORDS[kind]}" for one, kind in operands)
        line, column = place(self.text, node.start)
        self.conflicts.append(Conflict(f"{words}, so '{self.source(node)}' can have no answer", line, column))

    def source(self, node: s.Node) -> str:
        return " ".join(self.text[node.start : node.end].split())[:80]

    def literal(self, node: s.Literal, _bound: _Bound) -> str | None:
        return _LITERALS.get(kind_of(node.value))

    def name(self, node: s.Name, bound: _Bound) -> str | None:
        if node.name in bound:
            return bound[node.name]
        return FIELD_KINDS.get(self.types.get(node.name, ""))

    def path(self, node: s.Path, bound: _Bound) -> str | None:
        if isinstance(node.base, s.Name) and node.base.name not in bound:
            declared = self.types.get(f"{node.base.name}.{node.name}")
            if declared is not None:
                base = self.kind(node.base, bound)
                return "list" if base == "list" else FIELD_KINDS.get(declared)
        base = self.kind(node.base, bound)
        if base in ("date", "datetime", "time", *DURATIONS):
            return _PROPERTIES.get(node.name)
        return "list" if base == "list" else None

    def arithmetic(self, node: s.Arithmetic, bound: _Bound) -> str | None:
        left, right = self.kind(node.left, bound), self.kind(node.right, bound)
        if left is None or right is None:
            return None
        result = _SUMS.get((node.operator, left, right))
        if result is None:
            self.conflict(node, (node.left, left), (node.right, right))
        return result

    def comparison(self, node: s.Comparison, bound: _Bound) -> str:
        left, right = self.kind(node.left, bound), self.kind(node.right, bound)
        if left is not None and right is not None:
            unordered = node.operator not in ("=", "!=") and left in ("yes/no", "list", "context")
            if left != right or unordered:
                self.conflict(node, (node.left, left), (node.right, right))
        return "yes/no"

    def between(self, node: s.Between, bound: _Bound) -> str:
        kinds = [(one, self.kind(one, bound)) for one in (node.value, node.low, node.high)]
        known = [(one, kind) for one, kind in kinds if kind is not None]
        if len({kind for _, kind in known}) > 1:
            self.conflict(node, *known)
        return "yes/no"

    def logic(self, node: s.And | s.Or, bound: _Bound) -> str:
        for operand in node.operands:
            kind = self.kind(operand, bound)
            if kind is not None and kind != "yes/no":
                self.conflict(node, (operand, kind))
        return "yes/no"

    def condition(self, node: s.If, bound: _Bound) -> str | None:
        kind = self.kind(node.condition, bound)
        if kind is not None and kind != "yes/no":
            self.conflict(node, (node.condition, kind))
        then, otherwise = self.kind(node.then, bound), self.kind(node.otherwise, bound)
        if _is_null(node.then):
            return otherwise
        return then if then == otherwise or _is_null(node.otherwise) else None

    def negation(self, node: s.Negation, bound: _Bound) -> str | None:
        kind = self.kind(node.operand, bound)
        if kind is not None and kind not in ("number", *DURATIONS):
            self.conflict(node, (node.operand, kind))
            return None
        return kind

    def call(self, node: s.Call, bound: _Bound) -> str | None:
        kinds = [self.kind(argument, bound) for argument in node.arguments]
        if not isinstance(node.function, s.Name) or node.function.name in bound:
            return None
        name = node.function.name
        if name == "abs":
            return kinds[0] if kinds else None
        if name == "duration":
            return _of_text(node.arguments[0]) if node.arguments else None
        return _RESULTS.get(name)

    def loop(self, node: s.For | s.Quantified, bound: _Bound) -> str:
        inside = dict(bound)
        for name, domain in node.variables:
            kind = self.kind(domain, inside)
            inside[name] = None if kind in ("list", None) or isinstance(domain, s.RangeLiteral) else kind
        inside["partial"] = "list"
        body = node.body if isinstance(node, s.For) else node.condition
        kind = self.kind(body, inside)
        if isinstance(node, s.For):
            return "list"
        if kind is not None and kind != "yes/no":
            self.conflict(node, (body, kind))
        return "yes/no"

    def filter(self, node: s.Filter, bound: _Bound) -> str | None:
        self.kind(node.base, bound)
        names = {part.name for part in s.walk(node.condition) if isinstance(part, s.Name)}
        kind = self.kind(node.condition, {**bound, **dict.fromkeys(names)})  # an entry's own values come first
        return "list" if kind == "yes/no" else None

    def function(self, node: s.FunctionDefinition, bound: _Bound) -> None:
        if not node.external:
            self.kind(node.body, {**bound, **{name: None for name, _ in node.parameters}})

    def context(self, node: s.ContextLiteral, bound: _Bound) -> str:
        inside = dict(bound)
        for key, entry in node.entries:
            inside[key] = self.kind(entry, inside)
        return "context"

    def within(self, node: s.In, bound: _Bound) -> str:
        kind = self.kind(node.value, bound)
        for test in node.tests:
            found = self._tested_kind(test, bound)
            if kind is not None and found is not None and found not in (kind, "list"):
                self.conflict(node, (node.value, kind), (test, found))
        return "yes/no"

    def _tested_kind(self, test: s.Node, bound: _Bound) -> str | None:
        if isinstance(test, s.UnaryTest):
            return self.kind(test.operand, bound)
        if isinstance(test, s.RangeLiteral):
            self.kind(test.high, bound)
            return self.kind(test.low, bound)
        return self.kind(test, bound)

    def items(self, node: s.ListLiteral, bound: _Bound) -> str:
        for item in node.items:
            self.kind(item, bound)
        return "list"


def _of_text(node: s.Node) -> str | None:
    """What `duration("P2M")` is, from its text; None where that is not written down."""
    if not isinstance(node, s.Literal) or not isinstance(node.value, str):
        return None
    days = node.value.partition("T")[0]
    return "months duration" if "Y" in days or "M" in days else "duration"


def _is_null(node: s.Node) -> bool:
    return isinstance(node, s.Literal) and node.value is None


def _instance(inference: _Inference, node: s.InstanceOf, bound: _Bound) -> str:
    inference.kind(node.value, bound)
    return "yes/no"


def _duration(inference: _Inference, node: s.DurationOf, bound: _Bound) -> str:
    kind = inference.kind(node.amount, bound)
    if kind is not None and kind != "number":
        inference.conflict(node, (node.amount, kind))
    if node.unit in ("month", "year"):
        return "months duration"
    return "business duration" if node.unit.startswith("business") else "duration"


_WORDS = {
    "number": "a number",
    "text": "a text",
    "yes/no": "yes or no",
    "date": "a date",
    "datetime": "a date and time",
    "time": "a time",
    "duration": "a duration of days and time",
    "months duration": "a duration of months",
    "business duration": "a duration of business time",
    "list": "a list",
    "context": "a context",
}

_RULES: dict[type[s.Node], Callable[[_Inference, Any, _Bound], str | None]] = {
    s.Literal: _Inference.literal,
    s.Name: _Inference.name,
    s.Path: _Inference.path,
    s.Arithmetic: _Inference.arithmetic,
    s.Comparison: _Inference.comparison,
    s.Between: _Inference.between,
    s.And: _Inference.logic,
    s.Or: _Inference.logic,
    s.If: _Inference.condition,
    s.Negation: _Inference.negation,
    s.Call: _Inference.call,
    s.For: _Inference.loop,
    s.Quantified: _Inference.loop,
    s.Filter: _Inference.filter,
    s.FunctionDefinition: _Inference.function,
    s.ContextLiteral: _Inference.context,
    s.In: _Inference.within,
    s.ListLiteral: _Inference.items,
    s.InstanceOf: _instance,
    s.DurationOf: _duration,
}
