"""How values read: the words a person sees."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pytest

from procession.web import formats
from procession.web.formats import Eyes, seen_by

NOW = datetime(2026, 11, 21, 13, 0, tzinfo=UTC)  # a Saturday
BERLIN = Eyes(zone=ZoneInfo("Europe/Berlin"), now=NOW)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 min"), (720, "12 min"), (5400, "1.5 h"), (21_600, "6 h"), (129_600, "1.5 d"), (1_071_360, "12.4 d")],
)
def test_a_duration_has_one_unit(seconds: int, text: str) -> None:
    assert formats.duration(seconds) == text


def test_working_time_says_so_and_is_never_told_in_days() -> None:
    assert formats.duration(timedelta(hours=60), working=True) == "60 h working"


@pytest.mark.parametrize(
    ("hours", "text"), [(0.5, "30 min"), (3.5, "3 h 30 min"), (22, "22 h"), (27, "1 d 3 h"), (216, "9 d")]
)
def test_an_age_has_two_units_where_that_helps(hours: float, text: str) -> None:
    assert formats.span(timedelta(hours=hours)) == text


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (timedelta(seconds=20), "just now"),
        (timedelta(minutes=5), "5 min ago"),
        (timedelta(hours=3), "3 h ago"),
        (timedelta(hours=27), "yesterday"),
        (timedelta(days=3), "3 days ago"),
        (timedelta(days=9), "12 Nov"),
        (timedelta(days=400), "17 Oct 2025"),
        (timedelta(hours=-3), "in 3 h"),
        (timedelta(days=-1), "tomorrow"),
    ],
)
def test_times_are_relative_for_a_week(before: timedelta, text: str) -> None:
    with seen_by(BERLIN):
        assert formats.relative(NOW - before) == text


def test_the_tooltip_has_the_whole_moment_with_the_zone() -> None:
    with seen_by(BERLIN):
        html = formats.time(NOW - timedelta(days=1))
    assert 'title="20 Nov 2026, 14:00 CET"' in html
    assert ">yesterday</time>" in html


@pytest.mark.parametrize(
    ("after", "text", "tone", "group"),
    [
        (timedelta(days=-2), "2 days late", "bad", "overdue"),
        (timedelta(hours=-5), "5 h late", "bad", "overdue"),
        (timedelta(0), "by 14:00", "warn", "today"),
        (timedelta(hours=2), "by 16:00", "warn", "today"),
        (timedelta(days=1), "tomorrow", "neutral", "week"),
        (timedelta(days=3), "Tue", "neutral", "week"),
        (timedelta(days=12), "3 Dec", "neutral", "later"),
    ],
)
def test_a_due_date_says_how_urgent_it_is(after: timedelta, text: str, tone: str, group: str) -> None:
    with seen_by(BERLIN):
        assert formats.due(NOW + after) == formats.Due(text, tone, group)  # type: ignore[arg-type]


def test_the_day_is_the_viewers_day() -> None:
    late_evening = datetime(2026, 11, 21, 23, 30, tzinfo=UTC)
    with seen_by(BERLIN):
        assert formats.due(late_evening).text == "tomorrow"
    with seen_by(Eyes(now=NOW)):
        assert formats.due(late_evening).text == "by 23:30"


def test_money_keeps_its_cents_and_says_its_currency() -> None:
    assert formats.money(Decimal(7480), "USD") == "$7,480.00"
    assert formats.money("-310.5", "EUR") == "−€310.50"
    assert formats.money(7480, "CHF") == "CHF 7,480.00"
    assert formats.money(1200, "JPY") == "¥1,200"
    assert formats.money(None, "EUR") == "–"


def test_numbers_are_grouped_and_rounded_half_up() -> None:
    assert formats.number(1840) == "1,840"
    assert formats.number(Decimal("0.125"), 2) == "0.13"
    assert formats.percent(Decimal("0.614")) == "61%"
    assert formats.file_size(184_000) == "184 KB"
    assert formats.plural(1, "case") == "1 case"
    assert formats.plural(1200, "case") == "1,200 cases"


def test_initials_and_hues_are_steady() -> None:
    assert formats.initials("Amara Osei") == "AO"
    assert formats.initials("Jean-Luc van den Berg") == "JB"
    assert formats.initials("") == "?"
    assert formats.hue("Amara Osei") == formats.hue("Amara Osei")


class Given(NamedTuple):
    type: str
    value: str | None
    shown: str


@pytest.mark.parametrize(
    ("type_", "value", "shown", "text"),
    [
        ("date", "2026-12-28", "2026-12-28", "28 Dec 2026"),
        ("date", None, "", ""),
        ("datetime", "2026-12-28T08:30:00Z", "2026-12-28 08:30 UTC", "28 Dec 2026, 09:30 CET"),
        ("money", "4200.50", "4,200.50 EUR", "4,200.50 EUR"),
    ],
)
def test_what_stands_in_a_field_is_written_for_the_one_who_reads(
    type_: str, value: str | None, shown: str, text: str
) -> None:
    with seen_by(Eyes(zone=ZoneInfo("Europe/Berlin"))):
        assert formats.answer(Given(type_, value, shown)) == text


@pytest.mark.parametrize(
    "evil",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        '<b hx-get="/x" hx-trigger="load">b</b>',
        "[a](javascript:alert(1))",
        "[a](data:text/html,x)",
        '<a href="#" style="position:fixed" data-open="x">a</a>',
    ],
)
def test_markdown_of_people_can_do_nothing(evil: str) -> None:
    html = formats.markdown(evil)
    assert "<script" not in html
    assert "<img" not in html
    assert "<b" not in html
    assert 'href="javascript' not in html
    assert 'href="data' not in html
    assert "<a" not in html


def test_markdown_is_markdown() -> None:
    html = formats.markdown("1. **Check** the [order](https://example.org)")
    assert "<ol>" in html
    assert "<strong>Check</strong>" in html
    assert 'href="https://example.org" rel="noopener noreferrer nofollow"' in html
