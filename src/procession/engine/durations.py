"""Spans of time as people write them: `2 business days`, `4 hours`, `1 week`.

Seconds, minutes and hours are exact. Days, weeks and months are local calendar days of the calendar that applies; a
month from the 31st ends on the last day of a shorter one. Business
hours and business days count only its working time, from the next working moment on.
"""

from __future__ import annotations

import difflib
import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Literal

from procession.engine.calendar import CalendarError, WorkCalendar

Unit = Literal["seconds", "minutes", "hours", "days", "weeks", "months", "business hours", "business days"]

UNITS: tuple[Unit, ...] = ("seconds", "minutes", "hours", "days", "weeks", "months", "business hours", "business days")
"""Every unit, in the form a message shows."""

_EXACT: dict[Unit, int] = {"seconds": 1, "minutes": 60, "hours": 3600, "business hours": 3600}
_LONGEST: dict[Unit, int] = {
    "seconds": 3_155_760_000,
    "minutes": 52_596_000,
    "hours": 876_600,
    "days": 36_525,
    "weeks": 5_217,
    "months": 1_200,
    "business hours": 876_600,
    "business days": 36_525,
}
_OTHER_WORDS: dict[str, Unit] = {
    "working days": "business days",
    "workdays": "business days",
    "work days": "business days",
    "weekdays": "business days",
    "working hours": "business hours",
    "work hours": "business hours",
    "office hours": "business hours",
    "s": "seconds",
    "sec": "seconds",
    "secs": "seconds",
    "m": "minutes",
    "min": "minutes",
    "mins": "minutes",
    "h": "hours",
    "hr": "hours",
    "hrs": "hours",
    "d": "days",
    "w": "weeks",
}
_SPAN = re.compile(r"([0-9]{1,15}(?:\.[0-9]{1,9})?)\s*([^\W\d_][\w .-]*)", re.ASCII)


class SpanError(ValueError):
    """Text that is not a span of time."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.hint = hint
        """What would be right."""


@dataclass(frozen=True, slots=True)
class Span:
    """An amount of one unit of time, never negative."""

    amount: int | Decimal
    """How many; whole for days, weeks and business days."""

    unit: Unit
    """One of `UNITS`."""

    def __post_init__(self) -> None:
        if self.amount < 0:
            raise SpanError(f"{self.amount} {self.unit} is negative", "write how long it takes, from 0 up")
        if self.unit not in _EXACT and self.amount != int(self.amount):
            smaller = "business hours" if self.unit == "business days" else "hours"
            raise SpanError(f"{self.amount} {self.unit}: {self.unit} are whole", f"use {smaller} for parts of a day")
        if self.amount > _LONGEST[self.unit]:
            raise SpanError(f"{self.amount} {self.unit} is longer than a century", "write a shorter time")
        if isinstance(self.amount, Decimal) and self.amount == self.amount.to_integral_value():
            object.__setattr__(self, "amount", int(self.amount))

    def __str__(self) -> str:
        number = format(self.amount.normalize(), "f") if isinstance(self.amount, Decimal) else str(self.amount)
        return f"{number} {self.unit[:-1] if self.amount == 1 else self.unit}"

    @property
    def is_business(self) -> bool:
        """Whether only working time counts."""
        return self.unit.startswith("business")

    def add_to(self, at: datetime, calendar: WorkCalendar) -> datetime:
        """The moment this long after `at`, in UTC. Raises `CalendarError` where the calendar cannot reach it."""
        return self._move(at, calendar, 1)

    def subtract_from(self, at: datetime, calendar: WorkCalendar) -> datetime:
        """The moment this long before `at`, in UTC: `4 business hours before due`."""
        return self._move(at, calendar, -1)

    def _move(self, at: datetime, calendar: WorkCalendar, sign: int) -> datetime:
        if self.unit == "business days":
            if not self.amount and sign < 0:
                return calendar.last_working(at)
            return calendar.add_business_days(at, sign * int(self.amount))
        if self.unit == "days" or self.unit == "weeks":
            return calendar.add_days(at, sign * int(self.amount) * (7 if self.unit == "weeks" else 1))
        if self.unit == "months":
            return calendar.add_days(at, _days_of_months(calendar.local_day(at), sign * int(self.amount)))
        exact = sign * timedelta(microseconds=int(self.amount * _EXACT[self.unit] * 1_000_000))
        if self.unit == "business hours":
            if not self.amount and sign < 0:
                return calendar.last_working(at)
            return calendar.add_business_time(at, exact)
        if at.tzinfo is None:
            raise CalendarError(f"{at.isoformat()} has no time zone", "give an aware datetime, such as one in UTC")
        try:
            return at.astimezone(UTC) + exact
        except OverflowError:
            raise CalendarError(f"{self} from {at:%Y-%m-%d} is beyond the last day there is") from None


def parse_span(text: str) -> Span:
    """Read `2 business days`. Raises `SpanError`, whose hint names what was probably meant."""
    match = _SPAN.fullmatch(text.strip())
    if not match:
        raise SpanError(
            f"{_shown(text)} is not a length of time", f"write a number and one of {', '.join(UNITS)}, such as 2 hours"
        )
    number, word = match.groups()
    unit = _unit(word)
    if unit is None:
        raise SpanError(f"{_shown(text)}: {_shown(word)} is not a unit of time", _hint(number, word))
    return Span(Decimal(number) if "." in number else int(number), unit)


def _days_of_months(day: date, months: int) -> int:
    """Days from a day to the same day of another month, or to the last of a shorter one."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise CalendarError(f"{months} months from {day} is beyond the last day there is")
    last = monthrange(year, month + 1)[1]
    return (date(year, month + 1, min(day.day, last)) - day).days


def _unit(word: str) -> Unit | None:
    plain = " ".join(word.lower().split())
    for unit in UNITS:
        if plain in (unit, unit[:-1]):
            return unit
    return None


def _hint(number: str, word: str) -> str:
    plain = " ".join(word.lower().split()).rstrip(".")
    meant = _OTHER_WORDS.get(plain) or _OTHER_WORDS.get(plain + "s")
    if meant is None:
        near = difflib.get_close_matches(plain, [*UNITS, *(unit[:-1] for unit in UNITS)], n=1, cutoff=0.75)
        meant = _unit(near[0]) if near else None
    if meant is None:
        return f"the units are {', '.join(UNITS)}"
    shown = meant[:-1] if number == "1" else meant
    return f"did you mean {number} {shown}?"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
