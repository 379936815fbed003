"""How values are written for people: time, duration, money, numbers, names, Markdown.

Times depend on who looks (time zone) and when (now). Both are set for the length of one rendering by
`templating.render`, so that a template says `{{ task.due_at | due }}` and nothing more.
"""

from __future__ import annotations

import zlib
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, Literal, Protocol

import nh3
from markdown_it import MarkdownIt
from markupsafe import Markup

from procession.store.noun import MOST_COUNTED

MISSING = "–"
"""What stands where there is no value."""

Number = int | float | Decimal


def _utc_now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Eyes:
    """Whose eyes a page is rendered for."""

    zone: tzinfo = UTC
    """The viewer's time zone; every time on the page is in it."""

    now: datetime = field(default_factory=_utc_now)
    """The moment of rendering, with a time zone."""


_eyes: ContextVar[Eyes | None] = ContextVar("eyes", default=None)


@contextmanager
def seen_by(eyes: Eyes) -> Generator[None]:
    """Format for these eyes inside the block."""
    token = _eyes.set(eyes)
    try:
        yield
    finally:
        _eyes.reset(token)


def eyes() -> Eyes:
    """The eyes in force; UTC and the present outside of a rendering."""
    return _eyes.get() or Eyes()


# --- numbers -------------------------------------------------------------------------------------------------------


def counted(value: int) -> str:
    """A count that ends at `MOST_COUNTED`: `12`, `1,000+`."""
    return number(value) + ("+" if value >= MOST_COUNTED else "")


def number(value: Number | None, digits: int | None = None) -> str:
    """`1,840` or, with two digits, `7,480.00`. Without `digits` a decimal keeps what it has."""
    if value is None:
        return MISSING
    if digits is None:
        text = f"{value:,}" if isinstance(value, int) else f"{Decimal(str(value)):,f}"
    else:
        text = f"{_rounded(value, digits):,f}"
    return text.replace("-", "−")


def percent(fraction: Number | None, digits: int = 0) -> str:
    """A fraction as percent: 0.614 is `61 %` in words and `61%` in tables; here `61%`."""
    return MISSING if fraction is None else number(Decimal(str(fraction)) * 100, digits) + "%"


_SIGNS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥", "INR": "₹"}
_WITHOUT_CENTS = frozenset({"JPY", "KRW", "ISK", "CLP", "VND"})


def currency_sign(currency: str) -> str:
    """`$` for USD; the code itself where no sign is known."""
    return _SIGNS.get(currency, currency)


def money(amount: Number | str | None, currency: str = "", digits: int | None = None) -> str:
    """`$7,480.00`; a currency without a sign of its own is written in front: `CHF 7,480.00`."""
    if amount is None:
        return MISSING
    value = Decimal(str(amount))
    text = number(abs(value), (0 if currency in _WITHOUT_CENTS else 2) if digits is None else digits)
    sign = _SIGNS.get(currency, f"{currency} " if currency else "")
    return ("−" if value < 0 else "") + sign + text


def file_size(size: int) -> str:
    """`184 KB`, in steps of 1,000."""
    value = float(size)
    for unit in ("B", "KB", "MB"):
        if value < 1000:
            return f"{_short(value)} {unit}"
        value /= 1000
    return f"{_short(value)} GB"


def plural(count: int, one: str, many: str | None = None) -> str:
    """`1 case`, `3 cases`; `many` where an s is not enough."""
    return f"{number(count)} {one if count == 1 else many or one + 's'}"


def _rounded(value: Number, digits: int) -> Decimal:
    return Decimal(str(value)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)


def _short(value: float) -> str:
    """One decimal under ten, none above, no `.0`."""
    return str(_rounded(value, 1 if value < 9.95 else 0)).removesuffix(".0")


# --- durations -----------------------------------------------------------------------------------------------------

Span = timedelta | int | float | None
"""A length of time; numbers are seconds."""


def duration(value: Span, *, working: bool = False) -> str:
    """One unit, for figures: `12 min`, `6 h`, `1.5 d`, `12.4 d`.

    A day is 24 hours of calendar time. Working time is told in hours only, and says so: `12 h working`.
    """
    if value is None:
        return MISSING
    seconds = _seconds(value)
    sign, seconds = ("−", -seconds) if seconds < 0 else ("", seconds)
    if seconds < 3570:
        text = f"{round(seconds / 60)} min"
    elif working or seconds < 86_220:
        text = f"{_short(seconds / 3600)} h"
    else:
        text = f"{_rounded(seconds / 86400, 1)}".removesuffix(".0") + " d"
    return sign + text + (" working" if working else "")


def span(value: Span) -> str:
    """Two units, for the age of one thing: `22 h`, `1 d 3 h`, `9 d`."""
    if value is None:
        return MISSING
    minutes = round(max(_seconds(value), 0) / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min" if minutes and hours < 4 else f"{hours} h"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h" if hours and days < 7 else f"{days} d"


def _seconds(value: timedelta | float) -> float:
    return value.total_seconds() if isinstance(value, timedelta) else float(value)


# --- times ---------------------------------------------------------------------------------------------------------

Tone = Literal["neutral", "ok", "warn", "bad", "info", "guest", "outline"]


def clock(value: datetime) -> str:
    """`16:00` in the viewer's zone."""
    return f"{_local(value):%H:%M}"


def day(value: date | datetime | None) -> str:
    """`3 Dec`, with the year when it is not this one."""
    if value is None:
        return MISSING
    local = _local(value).date() if isinstance(value, datetime) else value
    year = "" if local.year == _local(eyes().now).year else f" {local.year}"
    return f"{local.day} {local:%b}{year}"


def full(value: datetime) -> str:
    """`21 Nov 2026, 10:12 CET`."""
    local = _local(value)
    return f"{_whole_day(local)}, {local:%H:%M %Z}"


def relative(value: datetime) -> str:
    """`just now`, `5 min ago`, `3 h ago`, `yesterday`, `3 days ago`; the date from a week on; coming: `in 3 h`."""
    seconds = (eyes().now - value).total_seconds()
    days = (_local(eyes().now).date() - _local(value).date()).days
    if abs(days) >= 7:
        return day(value)
    if abs(seconds) < 60:
        return "just now"
    if abs(seconds) < 3600:
        text = f"{int(abs(seconds) // 60)} min"
    elif days == 0 or abs(seconds) < 6 * 3600:
        text = f"{int(abs(seconds) // 3600)} h"
    elif abs(days) == 1:
        return "yesterday" if days == 1 else "tomorrow"
    else:
        text = f"{abs(days)} days"
    return f"{text} ago" if seconds > 0 else f"in {text}"


def time(value: datetime | None, style: Literal["relative", "clock", "day", "full"] = "relative") -> Markup:
    """A `<time>` element; the whole moment with its zone is in the tooltip."""
    if value is None:
        return Markup(MISSING)  # noqa: S704 a constant
    text = {"relative": relative, "clock": clock, "day": day, "full": full}[style](value)
    live = Markup(" data-relative") if style == "relative" else ""
    return Markup('<time datetime="{}" title="{}"{}>{}</time>').format(value.isoformat(), full(value), live, text)


@dataclass(frozen=True, slots=True)
class Due:
    """A due date as a list shows it."""

    text: str
    """`2 days late`, `by 16:00`, `Tue`, `3 Dec`."""
    tone: Tone
    """bad when late, warn when today, neutral otherwise."""
    group: Literal["overdue", "today", "week", "later", "none"]
    """The heading of the inbox under which it stands."""


def due(value: datetime | None) -> Due:
    """How a due date reads now. Late is strictly after."""
    if value is None:
        return Due("", "neutral", "none")
    now = eyes().now
    if now > value:
        late = (now - value).total_seconds()
        days = round(late / 86400)
        hours = int(late // 3600)
        text = f"{days} day{'s' if days > 1 else ''} late" if late >= 86400 else f"{hours} h late" if hours else "late"
        return Due(text, "bad", "overdue")
    days = (_local(value).date() - _local(now).date()).days
    if days == 0:
        return Due(f"by {clock(value)}", "warn", "today")
    if days < 7:
        return Due("tomorrow" if days == 1 else f"{_local(value):%a}", "neutral", "week")
    return Due(day(value), "neutral", "later")


def due_time(value: datetime | None) -> Markup:
    """A due date as a `<time>` element in its colour."""
    if value is None:
        return Markup("")
    seen = due(value)
    return Markup('<time class="due due-{}" datetime="{}" title="{}" data-due>{}</time>').format(
        seen.tone, value.isoformat(), full(value), seen.text
    )


class Answer(Protocol):
    """What stands in a field of a case, such as the views of operations say it."""

    @property
    def type(self) -> str: ...
    @property
    def value(self) -> Any: ...
    @property
    def shown(self) -> str: ...


def answer(given: Answer) -> str:
    """What stands in a field, for people: dates as `28 Dec 2026`, moments in the viewer's zone, all else as it is shown."""
    if given.type == "date" and given.value:
        return _whole_day(date.fromisoformat(str(given.value)))
    if given.type == "datetime" and given.value:
        return full(datetime.fromisoformat(str(given.value)))
    return given.shown


def _whole_day(value: date) -> str:
    return f"{value.day} {value:%b %Y}"


def local_input(value: datetime | str | None) -> str:
    """What a `datetime-local` input wants: `2026-11-21T10:12` in the viewer's zone."""
    if not value:
        return ""
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    return f"{_local(moment):%Y-%m-%dT%H:%M}"


def _local(value: datetime) -> datetime:
    return value.astimezone(eyes().zone) if value.tzinfo else value.replace(tzinfo=eyes().zone)


# --- people and text -----------------------------------------------------------------------------------------------


def initials(name: str) -> str:
    """`AO` for Amara Osei, `T` for Treasury."""
    words = [word for word in name.replace("-", " ").split() if word[0].isalnum()]
    chosen = words[:1] + words[-1:] if len(words) > 1 else words
    return "".join(word[0] for word in chosen).upper() or "?"


def hue(name: str) -> int:
    """One of the five person hues; the same name always has the same."""
    return zlib.crc32(name.encode()) % 5


_MARKDOWN = MarkdownIt("commonmark", {"html": False, "linkify": False}).enable("table").enable("strikethrough")
_TAGS = {
    *("p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a"),
    *("h1", "h2", "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td"),
}


def markdown(text: str | None) -> Markup:
    """Markdown of people as harmless HTML: no raw HTML, no images, no attributes but a link's address."""
    html = nh3.clean(
        _MARKDOWN.render(text or ""),
        tags=_TAGS,
        attributes={"a": {"href"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    return Markup(html)  # noqa: S704 sanitised in the line above
