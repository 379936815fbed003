"""Asking, reviews, sending back, collecting and what is begun by hand, as history files say them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from procession.demo import company
from procession.demo.answer_files import answer_of
from procession.demo.looking import At
from procession.demo.troubles import STARTER, Asking, Following, Review, SendingBack, Weekly
from procession.engine.definition import Definition

DAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")
_OFTEN: Final = {"every": 1, "every second": 2, "every third": 3, "every fourth": 4}
_PEOPLE: Final = tuple(one.id for one in company.EMPLOYEES)


def rhythm(at: At) -> tuple[int, int]:
    """`Mondays`, or `every second Monday`: the day of the week, and every how many weeks."""
    words = at.text.split()
    day = words[-1].capitalize().removesuffix("s")
    often = " ".join(words[:-1]) or "every"
    if day not in DAYS or often not in _OFTEN:
        raise at.wrong(f"{at.text!r} is no rhythm.", "write Mondays, or every second Monday")
    return DAYS.index(day), _OFTEN[often]


def weekly(at: At, *, beside: Iterable[str] = ()) -> Weekly:
    """`{on: Fridays, at: 14}`."""
    at.only(("on", "at", *beside))
    weekday, weeks = rhythm(at.need("on"))
    hour = at.need("at")
    if not 0 <= hour.whole < 24:
        raise hour.wrong(f"{hour.text} is no hour of the day.", "write a whole number from 0 to 23")
    return Weekly(weekday=weekday, hour=hour.whole, weeks=weeks)


def asking(at: At, hours: Callable[[At], float]) -> Asking:
    """`{every: 1 business day, by: starter, says: [Is there any news?]}`."""
    at.only(("every", "by", "says"))
    return Asking(every=hours(at.need("every")), by=_person(at.need("by")), says=_sentences(at.need("says")))


def review(at: At) -> Review:
    """`{on: Mondays, at: 9, by: viktor}`."""
    return Review(when=weekly(at, beside=("by",)), by=_person(at.need("by")))


def sending_back(at: At, step_of: Callable[[At], str]) -> SendingBack:
    """`{to: check-the-balance, share: 0.15, because: [A day is missing.]}`."""
    at.only(("to", "share", "because"))
    return SendingBack(to=step_of(at.need("to")), share=at.need("share").share, because=_sentences(at.need("because")))


def following(at: At, ended: Definition, definitions: Mapping[str, Definition]) -> Following:
    """`{begin: supplier-invoice, after: [approved], share: 0.9, days: [2, 8], carry: {order: order_number}}`."""
    at.only(("begin", "after", "share", "days", "carry", "with"))
    begin = at.need("begin").name_among(definitions, "definition")
    least, most = at.need("days").pair()
    if least > most:
        raise at.wrong(f"From {least:g} to {most:g} days is no range.", "the smaller number comes first")
    fields, carry = definitions[begin].fields, at.get("carry")
    carried: dict[str, str] = {}
    for name, one in carry.map() if carry else ():
        if name not in fields:
            raise one.unknown(name, fields, f"field of {begin}")
        carried[name] = one.name_among(ended.fields, f"field of {ended.id}")
    said = at.get("with")
    answers = dict(said.map()) if said else {}
    for name, one in answers.items():
        if name not in fields:
            raise one.unknown(name, fields, f"field of {begin}")
    return Following(
        begin=begin, outcomes=tuple(one.text for one in at.need("after").items), share=at.need("share").share,
        least=least, most=most, carry=carried,
        answers={name: answer_of(one, fields[name]) for name, one in answers.items()},
    )  # fmt: skip


def _person(at: At) -> str:
    return at.name_among((STARTER, *_PEOPLE), "person of the company")


def _sentences(at: At) -> tuple[str, ...]:
    found = tuple(one.text for one in at.items)
    if not found:
        raise at.wrong("The list is empty.", "write at least one sentence")
    return found
