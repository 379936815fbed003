"""Spans of time as people write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.calendar import STANDARD, CalendarError, WorkCalendar
from procession.engine.durations import UNITS, Span, SpanError, Unit, parse_span


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("2 business days", Span(2, "business days")),
        ("1 business day", Span(1, "business days")),
        ("4 Business  Hours", Span(4, "business hours")),
        ("15 minutes", Span(15, "minutes")),
        (" 1 week ", Span(1, "weeks")),
        ("1.5 hours", Span(Decimal("1.5"), "hours")),
        ("30 seconds", Span(30, "seconds")),
        ("3days", Span(3, "days")),
        ("2.0 days", Span(2, "days")),
    ],
)
def test_a_number_and_a_unit_is_a_span(text: str, span: Span) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("2 working days", "did you mean 2 business days?"),
        ("1 workday", "did you mean 1 business day?"),
        ("2 busines days", "did you mean 2 business days?"),
        ("2 h", "did you mean 2 hours?"),
        ("2 min.", "did you mean 2 minutes?"),
        ("2 quarters", "the units are seconds, minutes, hours, days, weeks, months, business hours, business days"),
        ("soon", "such as 2 hours"),
        ("", "such as 2 hours"),
        ("-2 days", "such as 2 hours"),
        ("two days", "such as 2 hours"),
        ("1.5 business days", "use business hours for parts of a day"),
        ("0.5 weeks", "use hours for parts of a day"),
        ("99999999 days", "write a shorter time"),
        ("1e5 days", ""),
    ],
)
def test_what_is_no_span_is_refused_with_a_hint(text: str, hint: str) -> None:
    with pytest.raises(SpanError) as refused:
        parse_span(text)
    assert hint in refused.value.hint


@pytest.mark.parametrize(
    ("text", "at", "later"),
    [
        ("90 minutes", "2026-01-09 16:00", "2026-01-09 17:30"),  # hours are exact, working or not
        ("3 hours", "2026-01-10 12:00", "2026-01-10 15:00"),
        ("2 days", "2026-01-09 16:00", "2026-01-11 16:00"),
        ("1 week", "2026-01-09 16:00", "2026-01-16 16:00"),
        ("1 month", "2026-01-31 16:00", "2026-02-28 16:00"),
        ("12 months", "2026-01-09 16:00", "2027-01-09 16:00"),
        ("2 business hours", "2026-01-09 16:00", "2026-01-12 10:00"),
        ("2 business days", "2026-01-09 16:00", "2026-01-13 16:00"),
        ("1 business day", "2026-01-10 12:00", "2026-01-13 09:00"),
    ],
)
def test_adding(text: str, at: str, later: str) -> None:
    assert parse_span(text).add_to(utc(at), STANDARD) == utc(later)


@pytest.mark.parametrize(
    ("text", "due", "before"),
    [
        ("4 business hours", "2026-01-12 10:00", "2026-01-09 14:00"),
        ("0 business hours", "2026-01-11 10:00", "2026-01-09 17:00"),
        ("0 business days", "2026-01-11 10:00", "2026-01-09 17:00"),
        ("1 business day", "2026-01-12 10:00", "2026-01-09 10:00"),
        ("3 days", "2026-01-12 10:00", "2026-01-09 10:00"),
        ("36 hours", "2026-01-12 10:00", "2026-01-10 22:00"),
    ],
)
def test_subtracting(text: str, due: str, before: str) -> None:
    assert parse_span(text).subtract_from(utc(due), STANDARD) == utc(before)


def test_a_day_is_a_local_calendar_day_and_24_hours_are_24_hours() -> None:
    berlin = WorkCalendar("berlin", "Europe/Berlin", STANDARD.hours)
    noon = datetime(2026, 3, 28, 12, tzinfo=ZoneInfo("Europe/Berlin"))
    assert parse_span("1 day").add_to(noon, berlin) == utc("2026-03-29 10:00")
    assert parse_span("24 hours").add_to(noon, berlin) == utc("2026-03-29 11:00")


def test_beyond_the_last_day_is_an_error() -> None:
    with pytest.raises(CalendarError):
        parse_span("876600 hours").add_to(utc("9999-01-01 00:00"), STANDARD)
    with pytest.raises(CalendarError, match="no time zone"):
        parse_span("1 hour").add_to(datetime(2026, 1, 1), STANDARD)


@given(st.integers(0, 1200), st.sampled_from(UNITS))
def test_text_round_trips(amount: int, unit: Unit) -> None:
    span = Span(amount, unit)
    assert parse_span(str(span)) == span


@given(st.decimals(0, 1000, places=3), st.sampled_from(["seconds", "minutes", "hours", "business hours"]))
def test_fractions_round_trip(amount: Decimal, unit: Unit) -> None:
    span = Span(amount, unit)
    assert parse_span(str(span)) == span


@given(st.text(max_size=30))
def test_any_text_is_a_span_or_a_clear_error(text: str) -> None:
    try:
        assert str(parse_span(text))
    except SpanError as refused:
        assert refused.hint
