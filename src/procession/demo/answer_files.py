"""Answers as history files say them.

```yaml
occasion: [Supplier fair in Lyon, Team day]         # one of a list
country: {odds: {Germany: 6, France: 3, other: 1}}  # the more often the heavier
breach: {chance: 0.08}                              # yes in this share
cups: {whole: [1, 4]}                               # both ends included
expected: {around: 270, spread: 0.9, most: 5000}    # money, log-normal; `step: 250` for round sums
start_date: {days: [24, 45]}                        # from now; {days: [0, 5], after: first_day}
last_day: {days in: [0, 1, 4], after: first_day}    # any of these
ends: {minutes in: [30, 60], after: begins}         # a moment; `minutes: [50, 75]` for a range
serial: {text: "SN-{100000..999999}"}               # with {first name}, {last name} and the names of other fields
email: {address: "{employee}@mail.example"}         # the same without capitals and spaces
lines: {rows: [1, 5], of: {amount: {around: 70}}}   # rows of a table
reason: {if: breach, then: [The hotel was full.]}   # nothing otherwise
note: {by whom: draft-it, says: {elsa: [Shorter.]}} # as whoever did that step is wont to
```
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from procession.demo.answers import Always, Amount, Answer, ByWhom, Chance, Day, If, Minute, OneOf, Rows, Whole, Written
from procession.demo.looking import At
from procession.engine.case import Json
from procession.engine.definition import Field

_NO_LIMIT: Final = 1e12


def json_of(at: At) -> Json:
    """A value as it is handed in: whole numbers as such, others as the text of their digits."""
    if at.is_list:
        return [json_of(one) for one in at.items]
    if at.is_map:
        return {name: json_of(one) for name, one in at.map()}
    found = at.value
    if isinstance(found, Decimal):
        return int(found) if found == found.to_integral_value() and "." not in at.text else str(found)
    return found


def answer_of(at: At, field: Field | None = None) -> Answer:
    """How a field is answered. Raises HistoryFileError."""
    if at.is_list:
        values = tuple(json_of(one) for one in at.items)
        if not values:
            raise at.wrong("The list is empty.", "write at least one answer")
        if field is not None and field.type == "choice":
            for one in at.items:
                _an_option(one, one.text, field)
        return OneOf(values)
    if not at.is_map:
        return OneOf((json_of(at),))
    kind = next((key for key in _KINDS if at.get(key)), None)
    if kind is None:
        raise at.wrong("This says not how to answer.", f"write a list, or one of {', '.join(_KINDS)}")
    keys, read = _KINDS[kind]
    at.only((kind, *keys))
    return read(at, field)


def said_with(at: At, field: Field | None) -> Answer:
    """What goes with an outcome: one value that is always the same, or how to answer. Raises HistoryFileError."""
    return answer_of(at, field) if at.is_map or at.is_list else Always(json_of(at))


def _odds(at: At, field: Field | None) -> Answer:
    weights = list(at.need("odds").map())
    if not weights or sum(one.number for _, one in weights) <= 0:
        raise at.wrong("Nothing can be drawn from these odds.", "write value: weight")
    return OneOf(tuple(_weighed(name, one, field) for name, one in weights), tuple(one.number for _, one in weights))


def _weighed(name: str, at: At, field: Field | None) -> Json:
    if field is not None and field.type == "choices":
        return [one.strip() for one in name.split(",")]
    if field is not None and field.type in ("integer", "number", "rating"):
        if not name.removeprefix("-").isdigit():
            raise at.wrong(f"{name!r} is not a whole number.")
        return int(name)
    if field is not None and field.type == "choice":
        _an_option(at, name, field)
    return name


def _an_option(at: At, name: str, field: Field) -> None:
    if name not in field.options:
        raise at.unknown(name, field.options, f"option of {field.name}")


def _whole(at: At, field: Field | None) -> Answer:
    least, most = at.need("whole").pair()
    return Whole(*_ordered(at, least, most))


def _amount(at: At, field: Field | None) -> Answer:
    spread, most, step = at.get("spread"), at.get("most"), at.get("step")
    around = at.need("around").number
    if around <= 0:
        raise at.wrong(f"An amount lies not around {around:g}.", "write a number above 0")
    return Amount(
        around, spread.number if spread else 0.8, most.number if most else _NO_LIMIT, step.number if step else 0.01
    )


def _range(at: At, key: str) -> tuple[int, ...]:
    least, most = _ordered(at, *at.need(key).pair())
    return tuple(range(least, most + 1))


def _ordered(at: At, least: float, most: float) -> tuple[int, int]:
    if least > most or least != int(least) or most != int(most):
        raise at.wrong(f"From {least:g} to {most:g} is no range of whole numbers.", "the smaller number comes first")
    return int(least), int(most)


def _after(at: At) -> str | None:
    found = at.get("after")
    return found.text if found else None


def _rows(at: At, field: Field | None) -> Answer:
    columns = {one.name: one for one in field.columns} if field is not None else {}
    of = at.need("of")
    for name, one in of.map():
        if name not in columns:
            raise one.unknown(name, columns, "column")
    least, most = _ordered(at, *at.need("rows").pair())
    return Rows(least, most, {name: answer_of(one, columns[name]) for name, one in of.map()})


_KINDS: Final[dict[str, tuple[tuple[str, ...], Callable[[At, Field | None], Answer]]]] = {
    "odds": ((), _odds),
    "chance": ((), lambda at, _: Chance(at.need("chance").share)),
    "whole": ((), _whole),
    "around": (("spread", "most", "step"), _amount),
    "days": (("after",), lambda at, _: Day(_range(at, "days"), _after(at))),
    "days in": (("after",), lambda at, _: Day(tuple(one.whole for one in at.need("days in").items), _after(at))),
    "minutes": (("after",), lambda at, _: Minute(_range(at, "minutes"), _after(at))),
    "minutes in": (
        ("after",),
        lambda at, _: Minute(tuple(one.whole for one in at.need("minutes in").items), _after(at)),
    ),
    "text": ((), lambda at, _: Written(at.need("text").text)),
    "address": ((), lambda at, _: Written(at.need("address").text, lower=True)),
    "rows": (("of",), _rows),
    "if": (("then",), lambda at, field: If(at.need("if").text, answer_of(at.need("then"), field))),
    "by whom": (
        ("says",),
        lambda at, field: ByWhom(
            at.need("by whom").text, {name: answer_of(one, field) for name, one in at.need("says").map()}
        ),
    ),
}
"""Key → the keys beside it, and how it is read."""
