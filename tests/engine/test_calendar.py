"""Working calendars: worked examples, then the laws they must keep."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.calendar import STANDARD, CalendarError, WorkCalendar

BERLIN = ZoneInfo("Europe/Berlin")
NINE_TO_FIVE = ((9 * 60, 17 * 60),)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def weekly(zone: str = "UTC", **changes: object) -> WorkCalendar:
    given: dict[str, object] = {"hours": (NINE_TO_FIVE,) * 5 + ((), ())} | changes
    return WorkCalendar(id="test", zone=zone, **given)  # type: ignore[arg-type]


# 2026-01-05 is a Monday.


@pytest.mark.parametrize(
    ("at", "working", "following"),
    [
        ("2026-01-05 09:00", True, "2026-01-05 09:00"),
        ("2026-01-05 16:59", True, "2026-01-05 16:59"),
        ("2026-01-05 17:00", False, "2026-01-06 09:00"),
        ("2026-01-05 08:59", False, "2026-01-05 09:00"),
        ("2026-01-09 17:30", False, "2026-01-12 09:00"),
        ("2026-01-10 12:00", False, "2026-01-12 09:00"),
    ],
)
def test_a_working_moment_is_from_opening_up_to_closing(at: str, working: bool, following: str) -> None:
    assert STANDARD.is_working(utc(at)) is working
    assert STANDARD.next_working(utc(at)) == utc(following)


@pytest.mark.parametrize(
    ("at", "hours", "expected"),
    [
        ("2026-01-05 09:00", 4, "2026-01-05 13:00"),
        ("2026-01-05 09:00", 8, "2026-01-05 17:00"),  # by closing, not the next morning
        ("2026-01-05 16:00", 2, "2026-01-06 10:00"),
        ("2026-01-09 16:00", 2, "2026-01-12 10:00"),
        ("2026-01-10 12:00", 1, "2026-01-12 10:00"),
        ("2026-01-05 17:00", 0, "2026-01-06 09:00"),
        ("2026-01-05 17:00", -4, "2026-01-05 13:00"),
        ("2026-01-06 10:00", -2, "2026-01-05 16:00"),
        ("2026-01-12 09:00", -8, "2026-01-09 09:00"),
        ("2026-01-11 12:00", -4, "2026-01-09 13:00"),
        ("2026-01-05 09:00", 80, "2026-01-16 17:00"),
    ],
)
def test_business_time_counts_working_hours_only(at: str, hours: int, expected: str) -> None:
    assert STANDARD.add_business_time(utc(at), timedelta(hours=hours)) == utc(expected)


@pytest.mark.parametrize(
    ("at", "days", "expected"),
    [
        ("2026-01-05 10:30", 2, "2026-01-07 10:30"),
        ("2026-01-08 10:30", 2, "2026-01-12 10:30"),
        ("2026-01-10 12:00", 1, "2026-01-13 09:00"),  # counted from Monday's opening
        ("2026-01-05 17:00", 1, "2026-01-07 09:00"),  # closed: counted from Tuesday's opening
        ("2026-01-05 10:30", 0, "2026-01-05 10:30"),
        ("2026-01-12 10:30", -1, "2026-01-09 10:30"),
        ("2026-01-11 10:30", -1, "2026-01-08 17:00"),
        ("2026-01-12 17:00", -5, "2026-01-05 17:00"),
    ],
)
def test_business_days_keep_the_clock_time(at: str, days: int, expected: str) -> None:
    assert STANDARD.add_business_days(utc(at), days) == utc(expected)


def test_business_days_are_cut_to_that_days_closing() -> None:
    short_friday = weekly(hours=(NINE_TO_FIVE,) * 4 + (((9 * 60, 13 * 60),), (), ()))
    assert short_friday.add_business_days(utc("2026-01-08 16:00"), 1) == utc("2026-01-09 13:00")


def test_a_clock_time_before_opening_or_in_a_break_moves_to_the_next_working_moment() -> None:
    calendar = weekly(hours=(((8 * 60, 17 * 60),), ((10 * 60, 12 * 60), (13 * 60, 17 * 60)), (), (), (), (), ()))
    assert calendar.add_business_days(utc("2026-01-05 08:30"), 1) == utc("2026-01-06 10:00")
    assert calendar.add_business_days(utc("2026-01-05 12:30"), 1) == utc("2026-01-06 13:00")


def test_holidays_and_closures_are_not_working_days() -> None:
    calendar = weekly(holidays=frozenset({date(2026, 1, 6)}), closures=((date(2026, 1, 8), date(2026, 1, 9)),))
    assert calendar.add_business_days(utc("2026-01-05 11:00"), 1) == utc("2026-01-07 11:00")
    assert calendar.add_business_days(utc("2026-01-05 11:00"), 2) == utc("2026-01-12 11:00")
    assert calendar.working_between(utc("2026-01-05 00:00"), utc("2026-01-12 00:00")) == timedelta(hours=16)
    assert not calendar.works_on(date(2026, 1, 9))


def test_hours_are_local_and_summer_time_is_known() -> None:
    """Sunday 29 March 2026 has 23 hours in Berlin; nine o'clock there moves from 08:00 to 07:00 UTC."""
    calendar = weekly("Europe/Berlin")
    assert calendar.add_business_days(utc("2026-03-27 08:00"), 1) == utc("2026-03-30 07:00")
    assert calendar.add_days(utc("2026-03-28 11:00"), 1) == utc("2026-03-29 10:00")
    around_the_clock = weekly("Europe/Berlin", hours=(((0, 1440),),) * 7)
    sunday = datetime(2026, 3, 29, tzinfo=BERLIN), datetime(2026, 3, 30, tzinfo=BERLIN)
    assert around_the_clock.working_between(*sunday) == timedelta(hours=23)
    autumn = datetime(2026, 10, 25, tzinfo=BERLIN), datetime(2026, 10, 26, tzinfo=BERLIN)
    assert around_the_clock.working_between(*autumn) == timedelta(hours=25)


def test_a_clock_time_that_the_day_skips_becomes_the_moment_of_the_change() -> None:
    calendar = weekly("Europe/Berlin", hours=(((0, 1440),),) * 7)
    half_past_two = datetime(2026, 3, 28, 2, 30, tzinfo=BERLIN)
    assert calendar.add_days(half_past_two, 1) == utc("2026-03-29 01:00")
    assert calendar.add_business_days(half_past_two, 1) == utc("2026-03-29 01:00")


def test_hours_that_a_clock_change_swallows_are_no_working_time() -> None:
    night = weekly("Europe/Berlin", hours=(((2 * 60, 3 * 60),),) * 7)
    assert not night.works_on(date(2026, 3, 29))
    assert night.next_working(utc("2026-03-29 00:00")) == utc("2026-03-30 00:00")


def test_the_end_of_a_day_is_its_closing_or_the_next_working_days() -> None:
    assert STANDARD.end_of_day(date(2026, 1, 9)) == utc("2026-01-09 17:00")
    assert STANDARD.end_of_day(date(2026, 1, 10)) == utc("2026-01-12 17:00")
    new_york = weekly("America/New_York")
    assert new_york.end_of_day(date(2026, 1, 9)) == utc("2026-01-09 22:00")


def test_a_night_shift_is_written_as_two_and_counts_through_midnight() -> None:
    night = weekly(hours=(((0, 6 * 60), (22 * 60, 1440)),) * 7)
    assert night.add_business_time(utc("2026-01-05 23:00"), timedelta(hours=3)) == utc("2026-01-06 02:00")
    assert night.add_business_days(utc("2026-01-05 23:00"), 1) == utc("2026-01-06 23:00")
    assert night.add_business_days(utc("2026-01-06 00:00"), -1) == utc("2026-01-05 00:00")


def test_a_calendar_that_never_works_is_an_error_not_an_endless_loop() -> None:
    with pytest.raises(CalendarError, match="never works"):
        weekly(hours=((),) * 7)
    closed = weekly(closures=((date(2020, 1, 1), date(2500, 1, 1)),))
    for ask in (
        lambda: closed.next_working(utc("2026-01-05 09:00")),
        lambda: closed.last_working(utc("2400-01-05 09:00")),
        lambda: closed.add_business_time(utc("2026-01-05 09:00"), timedelta(hours=1)),
        lambda: closed.add_business_days(utc("2026-01-05 09:00"), 1),
        lambda: closed.end_of_day(date(2026, 1, 5)),
    ):
        with pytest.raises(CalendarError, match="within a century"):
            ask()


def test_the_ends_of_time_are_errors_too() -> None:
    with pytest.raises(CalendarError):
        STANDARD.add_business_days(utc("9999-12-30 09:00"), 5)
    with pytest.raises(CalendarError):
        STANDARD.add_days(utc("9999-12-30 09:00"), 5)
    with pytest.raises(CalendarError):
        STANDARD.add_business_time(utc("0001-01-03 09:00"), timedelta(hours=-50))


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(CalendarError, match="no time zone"):
        STANDARD.next_working(datetime(2026, 1, 5, 9))


def test_a_calendar_survives_json() -> None:
    calendar = weekly(
        "Europe/Berlin",
        hours=(((0, 360), (1320, 1440)),) + (NINE_TO_FIVE,) * 4 + ((), ()),
        holidays=frozenset({date(2026, 12, 25), date(2026, 12, 26)}),
        closures=((date(2026, 8, 1), date(2026, 8, 14)),),
    )
    assert WorkCalendar.from_json(json.loads(json.dumps(calendar.to_json()))) == calendar


@pytest.mark.parametrize(
    ("change", "sentence", "hint"),
    [
        ({"zone": "Europe/Berln"}, "no time zone 'Europe/Berln'", "Europe/Berlin"),
        ({"zone": "../etc/passwd"}, "no time zone", ""),
        ({"zone": 3}, "zone is missing or not text", "IANA"),
        ({"hours": {"mondy": "09:00-17:00"}}, "unknown key 'mondy'", "monday"),
        ({"hours": {"monday": "9-5"}}, "'9-5' is not an interval", "09:00-17:00"),
        ({"hours": {"monday": "09:75-17:00"}}, "not an interval", "09:00-17:00"),
        ({"hours": {"monday": ["17:00-09:00"]}}, "monday 17:00-09:00 does not end after it begins", "midnight"),
        ({"hours": {"monday": ["09:00-13:00", "12:00-17:00"]}}, "overlaps", "in order"),
        ({"hours": {}}, "never works", "monday"),
        ({"hours": None}, "hours must be named values, not nothing", None),
        ({"holidays": ["25.12.2026"]}, "'25.12.2026' is not a date", "2026-12-25"),
        ({"holidays": "2026-12-25"}, "holidays must be a list, not text", None),
        ({"closures": [{"from": "2026-01-02", "to": "2026-01-01"}]}, "before it begins", "first day first"),
        ({"holiday": []}, "unknown key 'holiday'", "holidays"),
        ({"id": " "}, "needs an id", "standard"),
    ],
)
def test_a_wrong_calendar_is_refused_with_what_would_be_right(
    change: dict[str, object], sentence: str, hint: str | None
) -> None:
    with pytest.raises(CalendarError) as refused:
        WorkCalendar.from_json(STANDARD.to_json() | change)
    assert sentence in str(refused.value)
    assert refused.value.hint is None if hint is None else hint in (refused.value.hint or "")


# Laws

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Asia/Kathmandu")


@st.composite
def calendars(draw: st.DrawFn, zones: tuple[str, ...] = ZONES) -> WorkCalendar:
    def day() -> tuple[tuple[int, int], ...]:
        cuts = sorted(draw(st.sets(st.integers(0, 48).map(lambda half: half * 30), max_size=4)))
        return tuple(zip(cuts[::2], cuts[1::2], strict=False))

    hours = [day() for _ in range(7)]
    if not any(hours):
        hours[2] = ((600, 900),)
    days = st.dates(date(2017, 1, 1), date(2019, 1, 1))
    first = draw(days)
    return WorkCalendar(
        id="drawn",
        zone=draw(st.sampled_from(zones)),
        hours=tuple(hours),
        holidays=draw(st.frozensets(days, max_size=5)),
        closures=((first, first + timedelta(days=draw(st.integers(0, 20)))),),
    )


MOMENTS = st.datetimes(datetime(2017, 1, 1), datetime(2019, 1, 1), timezones=st.just(UTC))
AMOUNTS = st.timedeltas(timedelta(microseconds=1), timedelta(days=2))


def is_working_or_closing(calendar: WorkCalendar, at: datetime) -> bool:
    return calendar.is_working(at) or calendar.is_working(at - timedelta(microseconds=1))


@given(calendars(), MOMENTS, AMOUNTS)
def test_results_are_working_moments_and_the_amount_apart(
    calendar: WorkCalendar, at: datetime, amount: timedelta
) -> None:
    later = calendar.add_business_time(at, amount)
    assert later >= at
    assert is_working_or_closing(calendar, later)
    assert calendar.working_between(at, later) == amount
    earlier = calendar.add_business_time(at, -amount)
    assert earlier <= at
    assert calendar.working_between(earlier, at) == amount


@given(calendars(), MOMENTS, AMOUNTS)
def test_subtracting_undoes_adding(calendar: WorkCalendar, at: datetime, amount: timedelta) -> None:
    there = calendar.add_business_time(at, amount)
    assert calendar.add_business_time(there, -amount) == calendar.next_working(at)


@given(calendars(), MOMENTS, MOMENTS, AMOUNTS)
def test_a_later_beginning_never_ends_earlier(
    calendar: WorkCalendar, a: datetime, b: datetime, amount: timedelta
) -> None:
    a, b = min(a, b), max(a, b)
    assert calendar.next_working(a) <= calendar.next_working(b)
    assert calendar.last_working(a) <= calendar.last_working(b)
    assert calendar.add_business_time(a, amount) <= calendar.add_business_time(b, amount)


@given(calendars(("UTC", "Asia/Kathmandu")), MOMENTS, MOMENTS, st.integers(-15, 15))
def test_business_days_are_monotone_and_end_in_working_time(
    calendar: WorkCalendar, a: datetime, b: datetime, n: int
) -> None:
    """Where clocks change, the hour that comes twice makes an exception, so this law is for zones without one."""
    a, b = min(a, b), max(a, b)
    assert calendar.add_business_days(a, n) <= calendar.add_business_days(b, n)
    assert is_working_or_closing(calendar, calendar.add_business_days(a, n))


@given(calendars(("UTC", "Asia/Kathmandu")), MOMENTS, st.integers(0, 4 * 96))
def test_working_time_is_what_counting_quarter_hours_on_the_wall_gives(
    calendar: WorkCalendar, at: datetime, quarters: int
) -> None:
    """An independent count; drawn hours begin and end on half hours, and these zones never change their clocks."""
    at = at.replace(minute=0, second=0, microsecond=0)
    counted = 0
    for n in range(quarters):
        wall = (at + n * timedelta(minutes=15)).astimezone(ZoneInfo(calendar.zone))
        minute = wall.hour * 60 + wall.minute
        day_off = wall.date() in calendar.holidays or any(a <= wall.date() <= b for a, b in calendar.closures)
        working = not day_off and any(a <= minute < b for a, b in calendar.hours[wall.weekday()])
        assert calendar.is_working(wall) is working
        counted += working
    until = at + quarters * timedelta(minutes=15)
    assert calendar.working_between(at, until) == counted * timedelta(minutes=15)


@given(calendars(), MOMENTS, MOMENTS, MOMENTS)
def test_working_time_adds_up(calendar: WorkCalendar, a: datetime, b: datetime, c: datetime) -> None:
    total = calendar.working_between(a, b) + calendar.working_between(b, c)
    assert total == calendar.working_between(a, c)
    assert timedelta() <= calendar.working_between(min(a, b), max(a, b)) <= abs(b - a)


@given(calendars(), st.dates(date(2017, 1, 1), date(2019, 1, 1)))
def test_the_end_of_a_day_closes_a_working_day_not_before_it(calendar: WorkCalendar, day: date) -> None:
    end = calendar.end_of_day(day)
    assert calendar.is_working(end - timedelta(microseconds=1))
    assert not calendar.works_on(day) or calendar.local_day(end - timedelta(microseconds=1)) == day


@given(calendars())
def test_every_calendar_survives_json(calendar: WorkCalendar) -> None:
    assert WorkCalendar.from_json(json.loads(json.dumps(calendar.to_json()))) == calendar
