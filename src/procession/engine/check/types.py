"""The names that an expression sees, each with its type in the words of our files; `lines.cost` is a table's column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from procession.engine.definition import Field
from procession.engine.expressions import ExpressionError, compile_expression, infer_type
from procession.engine.expressions.inference import FIELD_KINDS

Names = Mapping[str, str]
"""Name → type of field; `any` where it is not known."""

PERSON: Names = dict.fromkeys(("id", "name", "email"), "text")
_FILE: Names = {"id": "text", "name": "text", "size": "number", "sha256": "text"}


def names_of_fields(fields: Mapping[str, Field]) -> dict[str, str]:
    """Fields with their columns; a calculated one has the type of its formula, where that can be told."""
    names: dict[str, str] = {}
    for one in fields.values():
        names[one.name] = "any" if one.type in ("calculated", "person") else one.type
        names |= {f"{one.name}.{column.name}": column.type for column in one.columns}
        if one.type == "file":
            names |= {f"{one.name}.{part}": kind for part, kind in _FILE.items()}
    waiting = [one for one in fields.values() if one.formula is not None]
    for _ in waiting:
        waiting = [one for one in waiting if not _settle(one, names)]
    return names


def _settle(one: Field, names: dict[str, str]) -> bool:
    """Note the type of a formula; False where it depends on one that is not known yet."""
    try:
        found = infer_type(compile_expression(one.formula or "null", roots(names)), names)
    except ExpressionError:
        return True
    if found is not None:
        names[one.name] = found
    return found is not None


def item_names(item: str, table: str, names: Names) -> dict[str, str]:
    """What the item of an `each` over a table is called inside, with its columns."""
    own = {f"{item}.{name[len(table) + 1 :]}": kind for name, kind in names.items() if name.startswith(f"{table}.")}
    return {item: "context" if own else "any", **own}


def roots(names: Iterable[str]) -> frozenset[str]:
    """The names themselves, without what may stand behind a dot."""
    return frozenset(name for name in names if "." not in name)


def members_of(root: str, names: Names) -> tuple[str, ...]:
    """What may stand behind the dot of a name; empty where anything may."""
    return tuple(name[len(root) + 1 :] for name in names if name.startswith(f"{root}."))


def kind_of(type_: str) -> str | None:
    """The kind of value of a field type, or of an inferred one; None where it is open."""
    return FIELD_KINDS.get(type_)


def fits(target: Field, given: str | None) -> bool:
    """Whether a value of that kind can be stored in the field; True where it cannot be told."""
    wanted = kind_of(target.type)
    if given is None or wanted is None:
        return True
    return wanted == given or (target.type == "choices" and given == "text")


_WORDS = {
    "number": "a number", "text": "text", "yes/no": "a yes/no", "date": "a date", "datetime": "a date and time",
    "time": "a time of day", "duration": "a duration of days and time", "months duration": "a duration of months",
    "business duration": "a duration of business time", "list": "a list", "context": "a group of values",
}  # fmt: skip


def said(kind: str | None) -> str:
    """A kind in a sentence: `a number`."""
    return _WORDS.get(kind or "", kind or "something")
