"""What less time at a place saves at the end, as it is said."""

from __future__ import annotations

from dataclasses import dataclass

from procession.analytics.sooner import Sooner
from procession.analytics.words import percent, spell

_SHORT = 0.6
"""A place that takes less than this share of what is taken off on average is said to take no time at all instead."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SoonerView:
    """What less time at a place saves at the end of the finished cases that came there. Times are seconds of working
    time per case."""

    less: float
    """How much less it takes there, on average: where a visit took less than is taken off, all of it."""
    saved: float
    """How much sooner the case ends, on average."""
    usually: float
    """The median."""
    high: float
    """One of 10 cases ends sooner by more."""
    unchanged: float
    """The share that ends at the same moment: something else, a date or a meeting is waited for anyway."""
    cases: int
    sentence: str


def sooner_view(found: Sooner, title: str, amount: str, asked: float, day: float) -> SoonerView:
    """In words and figures.

    Args:
        title: what people call the place.
        amount: how much was taken off, in words: `1 working day`.
        asked: the same in seconds of working time.
        day: the working seconds of a day.
    """
    return SoonerView(
        less=found.less, saved=found.saved, usually=found.usually, high=found.high, unchanged=found.unchanged,
        cases=found.cases, sentence=_sentence(found, title, amount, asked, day),
    )  # fmt: skip


def _sentence(found: Sooner, title: str, amount: str, asked: float, day: float) -> str:
    """`Taking a working day off Vendor check takes 6 working hours off the whole case on average; in 22 % of the cases
    nothing.`"""
    if found.less < 1:
        return f"{title} takes no time that could be taken off."
    taking = f"Taking {amount} off {title}"
    if found.less < _SHORT * asked:
        taking += f", or all of it where it takes less (on average {spell(found.less, day)}),"
    if found.saved < 60:
        return f"{taking} takes nothing off the whole case: something else is waited for anyway."
    none = f"; in {percent(found.unchanged)} of the cases nothing" if found.unchanged >= 0.005 else ""
    much = f", in one of ten over {spell(found.high, day)}" if found.high > 1.5 * found.saved else ""
    return f"{taking} takes {spell(found.saved, day)} off the whole case on average{none}{much}."
