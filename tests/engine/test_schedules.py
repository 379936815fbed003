"""`start: {schedule}`: the words, the moments they name, and what check says of them."""

# ruff: noqa: E501 - a schedule, and what becomes of it, stands on one line

from __future__ import annotations

from datetime import UTC, date, datetime
from itertools import islice

import pytest

from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.check import check
from procession.engine.definition import Process, Workflow
from procession.engine.findings import Finding
from procession.engine.schedules import ScheduleError, parse_schedule
from procession.interchange.yaml import read, write

NINE_TO_FIVE = (((9 * 60, 17 * 60),),) * 5 + ((), ())
BERLIN = WorkCalendar("berlin", "Europe/Berlin", NINE_TO_FIVE, frozenset({date(2026, 1, 1), date(2026, 5, 1)}))


def runs(text: str, after: str, calendar: WorkCalendar = STANDARD, count: int = 2) -> list[str]:
    """The next runs, in UTC, to the minute."""
    at = datetime.fromisoformat(after).replace(tzinfo=UTC)
    return [f"{one:%Y-%m-%d %H:%M}" for one in islice(parse_schedule(text).runs_after(at, calendar), count)]


@pytest.mark.parametrize(
    ("text", "sentence", "expected"),
    [
        ("weekdays 09:00", "every weekday 09:00", ["2026-01-01 09:00", "2026-01-02 09:00"]),
        ("weekdays 09:00 Europe/Berlin", "every weekday 09:00 Europe/Berlin", ["2026-01-01 08:00", "2026-01-02 08:00"]),
        ("every Monday at 9:00", "every Monday 09:00", ["2026-01-05 09:00", "2026-01-12 09:00"]),
        ("Tue, Fri 08:15 and 17:00", "every Tuesday and Friday 08:15 and 17:00", ["2026-01-02 08:15", "2026-01-02 17:00"]),
        ("daily 00:00", "every day 00:00", ["2026-01-02 00:00", "2026-01-03 00:00"]),
        ("1st of the month 08:00", "on the 1st day of the month 08:00", ["2026-01-01 08:00", "2026-02-01 08:00"]),
        ("31st of each month 08:00", "on the 31st day of the month 08:00", ["2026-01-31 08:00", "2026-02-28 08:00"]),
        ("last business day of the month 17:00", "on the last business day of the month 17:00", ["2026-01-30 17:00", "2026-02-27 17:00"]),
        ("first business day of the quarter 09:00", "on the 1st business day of the quarter 09:00", ["2026-01-01 09:00", "2026-04-01 09:00"]),
        ("last day of the year 12:00", "on the last day of the year 12:00", ["2026-12-31 12:00", "2027-12-31 12:00"]),
        ("29 February 09:00", "every 29 February 09:00", ["2028-02-29 09:00", "2032-02-29 09:00"]),
        ("every 6 hours", "every 6 hours", ["2026-01-01 06:00", "2026-01-01 12:00"]),
        ("every 15 minutes", "every 15 minutes", ["2026-01-01 00:15", "2026-01-01 00:30"]),
    ],
)  # fmt: skip
def test_the_words_name_moments(text: str, sentence: str, expected: list[str]) -> None:
    assert str(parse_schedule(text)) == sentence
    assert runs(text, "2026-01-01 00:00") == expected


def test_business_days_are_those_of_the_organisations_calendar_in_its_zone() -> None:
    assert runs("business days 09:00", "2025-12-31 12:00", BERLIN) == ["2026-01-02 08:00", "2026-01-05 08:00"]
    assert runs("first business day of the month 09:00", "2026-04-30 12:00", BERLIN, 1) == ["2026-05-04 07:00"]
    assert runs("weekdays 09:00", "2026-04-30 12:00", BERLIN, 1) == ["2026-05-01 07:00"]


def test_a_time_that_the_clock_skips_is_the_moment_of_the_change_and_one_that_comes_twice_is_the_first() -> None:
    assert runs("daily 02:30 Europe/Berlin", "2026-03-28 12:00", count=1) == ["2026-03-29 01:00"]
    assert runs("daily 02:30 Europe/Berlin", "2026-10-24 12:00") == ["2026-10-25 00:30", "2026-10-26 01:30"]
    at_the_change = runs("every 15 minutes Europe/Berlin", "2026-03-29 00:40", count=3)
    assert at_the_change == ["2026-03-29 00:45", "2026-03-29 01:00", "2026-03-29 01:15"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Munday 09:00", "names no days"), ("weekdays", "says no time"), ("weekdays 25:00", "no time of the day"),
        ("weekdays 09:00 Europe/Berln", "no time zone"), ("0 9 * * 1", "cron"), ("every 7 minutes", "evenly"),
        ("32nd of the month 09:00", "no day of a month"), ("31 April 09:00", "no 31 April"), ("09:00", "says no days"),
        ("", "needs words"),
    ],
)  # fmt: skip
def test_what_is_no_schedule_is_told_with_what_would_be_right(text: str, words: str) -> None:
    with pytest.raises(ScheduleError, match=words) as caught:
        parse_schedule(text)
    assert caught.value.hint


def found(start: str, steps: str = "- {task: A, assign: group:g}", fields: str = "{x: text?}") -> list[Finding]:
    got = read(f"workflow: w\nfields: {fields}\nstart: {start}\nsteps:\n  {steps}\n")
    assert isinstance(got.definition, Workflow), got.findings
    return [*got.findings, *check(got.definition, None, got.source)]


def test_a_schedule_is_read_checked_and_written() -> None:
    text = 'workflow: w\nstart: {by: nobody, schedule: "weekdays  09:00", missed: all}\nsteps:\n  - {task: A, assign: group:g}\n'
    got = read(text)
    assert isinstance(got.definition, Workflow) and not got.findings
    assert (str(got.definition.start.schedule), got.definition.start.missed) == ("every weekday 09:00", "all")
    again = read(write(got.definition))
    assert again.definition == got.definition
    assert check(got.definition) == []


@pytest.mark.parametrize(
    ("start", "steps", "fields", "code", "words"),
    [
        ("{schedule: Munday 09:00}", "- {task: A, assign: group:g}", "{}", "type_mismatch", "names no days"),
        ("{schedule: 9}", "- {task: A, assign: group:g}", "{}", "type_mismatch", "days and a time"),
        ("{missed: all}", "- {task: A, assign: group:g}", "{}", "missing_key", "no schedule"),
        ("{schedule: daily 09:00, missed: never}", "- {task: A, assign: group:g}", "{}", "type_mismatch", "once, skip or all"),
        ("{schedule: daily 09:00}", "- {task: A, assign: group:g}", "{x: text}", "unmapped_required", "x is required"),
        ("{schedule: daily 09:00, form: [x]}", "- {task: A, assign: group:g}", "{x: text}", "unmapped_required", "x is required"),
        ("{schedule: daily 09:00}", "- {task: A}", "{}", "unknown_person", "starter"),
        ("{schedule: daily 09:00}", "- {task: A, assign: manager of starter}", "{}", "unknown_person", "starter"),
        ("{schedule: daily 09:00}", "- {email: A, to: starter, text: Hello}", "{}", "unknown_person", "starter"),
    ],
)  # fmt: skip
def test_what_a_schedule_cannot_do(start: str, steps: str, fields: str, code: str, words: str) -> None:
    (one,) = found(start, steps, fields)
    assert (one.code, words in one.sentence) == (code, True), one.sentence
    assert one.line


def test_a_process_starts_by_a_schedule_too() -> None:
    got = read(
        "process: p\nfields: {x: text}\nstart: {schedule: Monday 09:00}\nworkflows: {a: first}\n"
        "handoffs:\n  - {from: start, to: a}\n"
    )
    assert isinstance(got.definition, Process) and got.definition.start.schedule is not None
    assert "unmapped_required" in {one.code for one in check(got.definition, None, got.source)}
