"""When cases start by themselves: `weekdays 09:00 Europe/Berlin`, `last business day of the month 17:00`.

A schedule names local days and clock times. Business days are those of the organisation's calendar; every other day
is one whether or not work is done on it. The zone is the one written, else that of the organisation's calendar. A clock time
that the day skips (summer time begins) is the moment of the change; one that comes twice is the first.
"""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Literal

from procession.engine.calendar import CalendarError, WorkCalendar
from procession.engine.calendar_form import WEEKDAYS, zone_named
from procession.engine.findings import did_you_mean, listed

HORIZON_DAYS = 2922
"""How far ahead a run is looked for: eight years, so that every 29 February is found."""

EXAMPLE = "weekdays 09:00 Europe/Berlin"
_FORMS = "write days and a time, such as weekdays 09:00, Monday 09:00, 1st of the month 08:00 or every 2 hours"
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_EVERY_DAY = frozenset(range(7))
_SETS = {
    "day": _EVERY_DAY, "days": _EVERY_DAY, "daily": _EVERY_DAY,
    "weekday": frozenset(range(5)), "weekdays": frozenset(range(5)),
    "weekend": frozenset((5, 6)), "weekends": frozenset((5, 6)),
}  # fmt: skip
_TIME = re.compile(r"([0-9]{1,2})[:.]([0-9]{2})")
_INTERVAL = re.compile(r"every ([0-9]{1,4} )?(minutes?|hours?)", re.IGNORECASE)
_ORDINAL = re.compile(r"([0-9]{1,2})(?:st|nd|rd|th)?(?: day)?")
_PERIOD = re.compile(r"(.+?) of (?:the|each|every) (month|quarter|year)", re.IGNORECASE)
_PERIODS: dict[str, int] = {"month": 1, "quarter": 3, "year": 12}

Missed = Literal["once", "skip", "all"]
"""What is done about runs that no worker was there to start: one case for all of them, none, or each."""

MISSED: tuple[Missed, ...] = ("once", "skip", "all")


class ScheduleError(ValueError):
    """Text that is no schedule."""

    def __init__(self, sentence: str, hint: str) -> None:
        super().__init__(sentence)
        self.hint = hint
        """What would be right."""


@dataclass(frozen=True, slots=True)
class Days:
    """Which local days: some days of the week, the business days, or one day of a month, quarter or year."""

    week: frozenset[int] = frozenset()
    """Days of the week, Monday 0."""
    business: bool = False
    """Only working days of the organisation's calendar."""
    number: int = 0
    """The nth day of the period, -1 for the last one; 0 for days of the week."""
    months: int = 1
    """Length of the period: 1 month, 3 a quarter, 12 a year."""
    month: int = 0
    """One month of the year, 1 to 12; 0 for any."""

    def include(self, day: date, calendar: WorkCalendar) -> bool:
        """Whether the day is one of them."""
        if self.number == 0:
            return calendar.works_on(day) if self.business else day.weekday() in self.week
        if self.month:
            return day.month == self.month and day.day == self.number
        return self._of_period(day, calendar)

    def _of_period(self, day: date, calendar: WorkCalendar) -> bool:
        first = date(day.year, (day.month - 1) // self.months * self.months + 1, 1)
        last_month = first.month + self.months - 1
        last = date(day.year, last_month, monthrange(day.year, last_month)[1])
        if not self.business:
            wanted = last if self.number < 0 else min(first + timedelta(days=self.number - 1), last)
            return day == wanted
        if not calendar.works_on(day):
            return False
        rest = (last - day).days if self.number < 0 else (day - first).days
        step = timedelta(days=1 if self.number < 0 else -1)
        before = sum(calendar.works_on(day + step * number) for number in range(1, rest + 1))
        return before == (0 if self.number < 0 else self.number - 1)

    def __str__(self) -> str:
        if self.month:
            return f"every {self.number} {_MONTHS[self.month - 1]}"
        if self.number:
            kind = "business day" if self.business else "day"
            which = "last" if self.number < 0 else _ordinal(self.number)
            period = next(name for name, months in _PERIODS.items() if months == self.months)
            return f"on the {which} {kind} of the {period}"
        if self.business:
            return "every business day"
        named = {_EVERY_DAY: "day", _SETS["weekday"]: "weekday"}.get(self.week)
        return f"every {named or listed([WEEKDAYS[one].capitalize() for one in sorted(self.week)], 'and')}"


@dataclass(frozen=True, slots=True)
class Schedule:
    """Local days and clock times, in a zone."""

    text: str
    """As it was written."""
    days: Days
    times: tuple[int, ...]
    """Minutes since midnight, in order."""
    zone: str | None = None
    """IANA name; None: the zone of the organisation's calendar."""
    interval: str | None = None
    """Of `every 2 hours`: those words."""

    def __str__(self) -> str:
        clocks = listed([f"{one // 60:02}:{one % 60:02}" for one in self.times], "and")
        said = self.interval or f"{self.days} {clocks}"
        return f"{said} {self.zone}" if self.zone else said

    def next_after(self, at: datetime, calendar: WorkCalendar) -> datetime | None:
        """The first run later than `at`, in UTC; None where none is to come within eight years."""
        return next(self.runs_after(at, calendar), None)

    def runs_after(self, at: datetime, calendar: WorkCalendar) -> Iterator[datetime]:
        """Every run later than `at`, in order."""
        local = replace(calendar, zone=self.zone) if self.zone else calendar
        latest = at.astimezone(UTC)
        first = local.local_day(at)
        for number in range(HORIZON_DAYS + 1):
            try:
                day = first + timedelta(days=number)
            except OverflowError:
                return
            if not self.days.include(day, local):
                continue
            for minutes in self.times:
                run = local.at_clock(day, timedelta(minutes=minutes))
                if run > latest:  # a jump of the clock may bring two times together: one run then
                    latest = run
                    yield run


def parse_schedule(text: str) -> Schedule:
    """Read `weekdays 09:00 Europe/Berlin`. Raises `ScheduleError`, whose hint names what was probably meant."""
    words = text.replace(",", " , ").split()
    if not words:
        raise ScheduleError("A schedule needs words", _FORMS)
    zone = _take_zone(words)
    plain = " ".join(words).replace(" ,", ",")
    interval = _INTERVAL.fullmatch(plain)
    if interval is not None:
        return _interval(" ".join(text.split()), interval, zone)
    times = _take_times(words, plain)
    return Schedule(" ".join(text.split()), _days(" ".join(words).replace(" ,", ",")), times, zone)


def _take_zone(words: list[str]) -> str | None:
    """Take a time zone off the end: what has a slash, or is UTC."""
    last = words[-1]
    if "/" not in last and last.upper() not in ("UTC", "GMT", "CET", "EST"):
        return None
    try:
        zone_named("schedule", last)
    except CalendarError:
        raise ScheduleError(
            f"There is no time zone {last!r}", "write an IANA name such as Europe/Berlin, or leave it out"
        ) from None
    words.pop()
    return last


def _take_times(words: list[str], plain: str) -> tuple[int, ...]:
    """Take clock times off the end, `09:00 and 14:30`."""
    found: set[int] = set()
    while words and (_TIME.fullmatch(words[-1]) or (found and words[-1].lower() in (",", "and", "at"))):
        word = words.pop()
        match = _TIME.fullmatch(word)
        if match is None:
            continue
        hour, minute = int(match[1]), int(match[2])
        if hour > 23 or minute > 59:
            raise ScheduleError(f"{word} is no time of the day", "write 00:00 to 23:59")
        found.add(hour * 60 + minute)
    if "*" in plain:
        raise ScheduleError(f"{_shown(plain)} is written for cron", _FORMS)
    hour = re.fullmatch("(.+?)(?: at)? ([0-9]{1,2})(?: o'clock)?", plain)
    if not found and hour is not None and int(hour[2]) < 24:
        raise ScheduleError(f"{_shown(plain)} says no time", f"write {hour[1][:40]} {int(hour[2]):02}:00")
    if not found:
        raise ScheduleError(f"{_shown(plain)} says no time", f"write {plain[:40]} 09:00" if plain else _FORMS)
    return tuple(sorted(found))


def _interval(text: str, match: re.Match[str], zone: str | None) -> Schedule:
    count, unit = int(match[1] or 1), match[2].lower().rstrip("s")
    fits = [5, 10, 15, 20, 30] if unit == "minute" else [1, 2, 3, 4, 6, 8, 12]
    if count not in fits:
        said = f"every {count} {unit}{'' if count == 1 else 's'}"
        raise ScheduleError(
            f"{said} does not divide a{'n hour' if unit == 'minute' else ' day'} evenly",
            f"write {listed([str(one) for one in fits], 'or')} {unit}s",
        )
    step = count if unit == "minute" else count * 60
    words = f"every {unit}" if count == 1 else f"every {count} {unit}s"
    return Schedule(text, Days(_EVERY_DAY), tuple(range(0, 24 * 60, step)), zone, words)


def _days(words: str) -> Days:
    """The days that words name."""
    plain = words.lower().strip(" ,")
    for begin in ("every ", "each ", "on the ", "on ", "the "):
        plain = plain.removeprefix(begin)
    if not plain:
        raise ScheduleError("The schedule says no days", _FORMS)
    if plain in ("business day", "business days", "working day", "working days"):
        return Days(business=True)
    period = _PERIOD.fullmatch(plain)
    if period is not None:
        return _of_period(period[1], _PERIODS[period[2]])
    month = _day_of_year(plain)
    if month is not None:
        return month
    week: set[int] = set()
    for word in re.split(r"\s*,\s*|\s+and\s+|\s+", plain.replace(", and", ",")):
        week |= _week(word, words)
    return Days(frozenset(week))


def _week(word: str, words: str) -> frozenset[int]:
    if word in _SETS:
        return _SETS[word]
    for place, name in enumerate(WEEKDAYS):
        if word in (name, f"{name}s", name[:3]):
            return frozenset((place,))
    known = [*(name.capitalize() for name in WEEKDAYS), "weekdays", "daily", "business days"]
    raise ScheduleError(f"{_shown(words)} names no days", did_you_mean(word.capitalize(), known) or _FORMS)


def _of_period(words: str, months: int) -> Days:
    business = False
    for kind in (" business day", " working day", " day"):
        if words.endswith(kind):
            business = kind != " day"
            words = words.removesuffix(kind)
            break
    numbers = {"first": 1, "second": 2, "third": 3, "last": -1}
    match = _ORDINAL.fullmatch(words)
    number = numbers.get(words, int(match[1]) if match else 0)
    if number == 0 or number > (20 if business else 31):
        raise ScheduleError(
            f"{_shown(words)} is no day of a {next(name for name, one in _PERIODS.items() if one == months)}",
            "write 1st to 31st (of business days to 20th), or last, such as last day of the month 17:00",
        )
    return Days(number=number, months=months, business=business)


def _day_of_year(words: str) -> Days | None:
    match = re.fullmatch(r"([0-9]{1,2})(?:st|nd|rd|th)?(?: of)? ([a-z]+)|([a-z]+) ([0-9]{1,2})(?:st|nd|rd|th)?", words)
    if match is None:
        return None
    number, name = (int(match[1]), match[2]) if match[1] else (int(match[4]), match[3])
    month = next((place for place, one in enumerate(_MONTHS, 1) if name in (one.lower(), one[:3].lower())), 0)
    if not month:
        return None
    if not 1 <= number <= monthrange(2024, month)[1]:
        raise ScheduleError(f"There is no {number} {_MONTHS[month - 1]}", "write a day that the month has")
    return Days(number=number, month=month, months=12)


def _ordinal(number: int) -> str:
    ending = "th" if 10 < number % 100 < 14 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")
