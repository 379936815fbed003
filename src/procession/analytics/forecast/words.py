"""Forecasts and cascades as people say them. Days are those of the organisation's zone."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from procession.analytics.cascade import Cascade, Cause, Link, moment
from procession.analytics.forecast.forecaster import Forecast
from procession.analytics.words import number

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def day(at: datetime, zone: str, *, year: int | None = None, weekday: bool = False) -> str:
    """`4 Dec`; with the year where it is not the given one."""
    local = at.astimezone(ZoneInfo(zone))
    text = f"{local.day} {_MONTHS[local.month - 1]}"
    if weekday:
        text = f"{_WEEKDAYS[local.weekday()]} {text}"
    return text if year in (None, local.year) else f"{text} {local.year}"


def clock(at: datetime, zone: str) -> str:
    """`14:30`."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def length(seconds: float) -> str:
    """A time by the clock: minutes under an hour and a half, hours under a day and a half, else days."""
    if abs(seconds) < 5400:
        amount, unit = round(seconds / 60), "minute"
    elif abs(seconds) < 129_600:
        amount, unit = seconds / 3600, "hour"
    else:
        amount, unit = seconds / 86_400, "day"
    text = number(amount)
    return f"{text} {unit}" if text == "1" else f"{text} {unit}s"


def in_words(forecast: Forecast, now: datetime, zone: str) -> str:
    """`Probably 4 Dec; 8 of 10 such cases finish between 1 and 9 Dec.`, or why nothing is said."""
    if forecast.usually is None or forecast.earliest is None or forecast.latest is None:
        reason = forecast.reason or ""
        return f"No forecast yet: {reason}."
    year = now.astimezone(ZoneInfo(zone)).year
    usually, early, late = forecast.usually, forecast.earliest, forecast.latest
    if late - early < timedelta(days=1) and _same_day(early, late, zone):
        when = "today" if _same_day(now, late, zone) else f"on {day(late, zone, year=year)}"
        if clock(early, zone) == clock(late, zone):
            return f"Probably {when} at {clock(usually, zone)}, as 8 of 10 such cases."
        return (
            f"Probably {when} at {clock(usually, zone)}; 8 of 10 such cases finish between {clock(early, zone)} "
            f"and {clock(late, zone)}."
        )
    first, last, middle = (day(one, zone, year=year) for one in (early, late, usually))
    if first.split(" ", 1)[1] == last.split(" ", 1)[1]:
        first = first.split(" ", 1)[0]
    if first == last or _same_day(early, late, zone):
        return f"Probably {middle}, as 8 of 10 such cases."
    return f"Probably {middle}; 8 of 10 such cases finish between {first} and {last}."


def _same_day(one: datetime, other: datetime, zone: str) -> bool:
    return one.astimezone(ZoneInfo(zone)).date() == other.astimezone(ZoneInfo(zone)).date()


# --- cascades ----------------------------------------------------------------------------------------------------------


def lines_of(found: Cascade, zone: str) -> list[tuple[Cause, str, float]]:
    """Each cause with a sentence, and how much later things are after it (seconds by the clock)."""
    lines: list[tuple[Cause, str, float]] = []
    total = 0.0
    for link in found.links:
        total += link.seconds
        if abs(link.seconds) >= 60 or link.cause == "delay":
            lines.append((link.cause, _line(link, zone), total))
    return lines


def _line(link: Link, zone: str) -> str:
    before, after = (_moment(one, zone) for one in (link.before, link.after))
    amount = length(abs(link.seconds))
    if link.cause == "delay":
        return f"{link.title} ends {before} as it is, and {after} with the delay: {amount} later by the clock."
    if link.cause == "gate":
        if link.seconds > 0:
            return f"{link.title} is held {link.because}. It misses {before}; the next one is {after}: {amount} on top."
        return f"{link.title} is held {link.because}; the wait for it takes in {amount} of the delay."
    if link.cause == "queue":
        if link.seconds > 0:
            return f"{link.title} comes later to its desk and finds more work before it: {amount} on top."
        return f"{link.title} comes later to its desk and finds less work before it; {amount} are made good."
    if link.cause == "date":
        return f"{link.title} ends at a date that stands, {after}; {amount} of the delay are taken in."
    if link.cause == "slack":
        waited = (
            f"waits for {link.because} until {before} anyway"
            if link.because
            else f"would not go on before {before} anyway"
        )
        return f"{link.title} {waited}: {amount} of the delay are taken in."
    if link.seconds > 0:
        return f"{link.title}: nights, weekends and holidays that now lie in between add {amount}."
    return f"{link.title}: fewer nights, weekends and holidays lie in between; {amount} are made good."


_SUMS: Final = {
    "delay": ("the delay itself", ""), "gate": ("meetings or runs that are missed", "taken in by the wait for a meeting or run"),
    "date": ("", "taken in by a date that stands"), "slack": ("", "taken in by what is waited for anyway"),
    "calendar": ("nights, weekends and holidays", "nights, weekends and holidays made good"),
    "queue": ("more work at the desk", "less work at the desk"),
}  # fmt: skip
"""Of each cause: what adds to a delay, and what takes from it."""


def sums_of(found: Cascade) -> str:
    """`3 days the delay itself + 11 days meetings or runs that are missed = 14 days`; empty where there is one cause."""
    sums = [(cause, seconds) for cause, seconds in found.sums().items() if abs(seconds) >= 1800]
    if len(sums) < 2:
        return ""
    said = ""
    for cause, seconds in sums:
        sign = "" if not said else " + " if seconds > 0 else " − "
        said += f"{sign}{length(abs(seconds))} {_SUMS[cause][seconds < 0]}"
    return f"{said} = {length(found.ends[1] - found.ends[0])}"


def _moment(seconds: float, zone: str) -> str:
    at = moment(seconds)
    return f"{day(at, zone, weekday=True)} {clock(at, zone)}"


def sentence_of(found: Cascade, late: str) -> str:
    """The whole of it: what usually happens, and in how many ways nothing does."""
    if found.unchanged > 0.995:
        return f"{late} late at {found.title}: the end does not move, whichever way the case goes."
    usually = (
        "the end usually does not move" if found.usually < 60 else f"the end usually moves by {length(found.usually)}"
    )
    spread = f"; 8 of 10 ways move it by {_between(found.low, found.high)}" if found.high - found.low >= 3600 else ""
    none = ""
    if found.unchanged >= 0.005:
        none = f". In {round(100 * found.unchanged)} of 100 it costs nothing"
    return f"{late} late at {found.title}: {usually}{spread}{none}. On average it costs {length(found.average)}."


def _between(low: float, high: float) -> str:
    return f"up to {length(high)}" if low < 60 else f"between {length(low)} and {length(high)}"
