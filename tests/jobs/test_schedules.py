"""Cases that start by themselves, with several workers, restarts and missed runs, on a virtual clock."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta

import pytest

from procession.engine.calendar import WorkCalendar
from procession.engine.commands import StartCase
from procession.engine.moment import SYSTEM
from procession.jobs.schedules import start_due
from procession.store.cases import CaseFilter
from procession.store.store import Store
from tests.support.database import Database
from tests.support.office import AT, OFFICE, office, publish

REPORT = """
workflow: report
title: Weekly report
owner: staff
start: {{schedule: "{when}", missed: {missed}}}
steps:
  - task: Write it
    assign: group:staff
"""


@pytest.fixture
def store(clean_database: Database) -> Iterator[Store]:
    with office(clean_database.app_url) as opened:
        yield opened


def schedule(store: Store, when: str, missed: str = "once") -> None:
    publish(store, REPORT.format(when=when, missed=missed))


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def started(store: Store) -> list[datetime]:
    with store.transaction(OFFICE) as tx:
        return sorted(row.started_at for row in tx.cases.list(CaseFilter(definition="report"), limit=1000))


def run(store: Store, *moments: str) -> None:
    for moment in moments:
        start_due(store, at(moment))


def test_a_case_starts_at_each_moment_of_the_schedule(store: Store) -> None:
    """AT, when the office publishes, is a Monday."""
    schedule(store, "Monday 09:30")
    run(store, "2026-01-05 09:29", "2026-01-05 09:30", "2026-01-05 09:31", "2026-01-11 12:00", "2026-01-12 09:30:01")
    assert started(store) == [at("2026-01-05 09:30"), at("2026-01-12 09:30:01")]
    with store.transaction(OFFICE) as tx:
        row = tx.schedules.find("report")
        assert row is not None and row.last_case is not None
        assert tx.cases.get(row.last_case).starter == "system"
        assert row.next_at == at("2026-01-19 09:30")


def test_a_run_between_publishing_and_the_workers_first_look_is_not_lost(store: Store) -> None:
    schedule(store, "daily 09:00")
    assert at("2026-01-05 09:00") == AT
    run(store, "2026-01-06 09:02")
    assert started(store) == [at("2026-01-06 09:02")]


def test_two_workers_start_each_run_once(store: Store, clean_database: Database) -> None:
    """Both look at the same moment, again and again, each with connections of its own."""
    schedule(store, "every 5 minutes")
    with Store(clean_database.app_url) as other, ThreadPoolExecutor(8) as pool:
        for minutes in range(5, 60, 5):
            moment = AT + timedelta(minutes=minutes)
            list(pool.map(lambda one, moment=moment: start_due(one, moment), [store, other] * 4))
    assert started(store) == [AT + timedelta(minutes=minutes) for minutes in range(5, 60, 5)]


def test_a_worker_that_dies_between_start_and_note_starts_nothing_twice(store: Store) -> None:
    """The case is started under the run's key; who comes next finds it and only notes it."""
    schedule(store, "daily 10:00")
    run(store, "2026-01-05 09:59")
    with store.transaction(OFFICE) as tx:
        assert tx.schedules.claim(at("2026-01-05 10:00")) is not None
    key = "schedule/report/2026-01-05T10:00:00+00:00"
    store.start(OFFICE, "report", StartCase(), SYSTEM, at=at("2026-01-05 10:00"), key=key, body_hash="schedule")
    run(store, "2026-01-05 10:00:10")
    assert len(started(store)) == 1, "the claim of the dead worker still holds"
    with store.transaction(OFFICE) as tx:
        tx.run("UPDATE schedules SET claimed_until = now() - interval '1 second' WHERE organisation = :organisation")
    run(store, "2026-01-05 10:01")
    assert len(started(store)) == 1
    with store.transaction(OFFICE) as tx:
        row = tx.schedules.find("report")
        assert row is not None and row.last_case is not None and row.next_at == at("2026-01-06 10:00")


@pytest.mark.parametrize(("missed", "cases"), [("once", 1), ("skip", 0), ("all", 3)])
def test_runs_that_were_missed(store: Store, missed: str, cases: int) -> None:
    """No worker ran from Monday evening to Thursday noon."""
    schedule(store, "daily 10:00", missed)
    run(store, "2026-01-05 10:00", "2026-01-08 12:00")
    assert len(started(store)) == 1 + cases
    with store.transaction(OFFICE) as tx:
        row = tx.schedules.find("report")
        assert row is not None and row.next_at == at("2026-01-09 10:00")
        assert (row.last_error is not None) == (missed == "skip")
    run(store, "2026-01-09 10:00")
    assert len(started(store)) == 2 + cases, "the next one is in time again"


def test_a_run_that_is_a_little_late_is_not_missed(store: Store) -> None:
    schedule(store, "daily 10:00", "skip")
    run(store, "2026-01-05 09:30", "2026-01-05 10:04:59")
    assert len(started(store)) == 1


def test_business_days_follow_the_organisations_calendar_also_when_it_changes(store: Store) -> None:
    schedule(store, "business days 09:00")
    run(store, "2026-01-05 09:30")
    calendar = WorkCalendar(
        "berlin", "Europe/Berlin", (((9 * 60, 17 * 60),),) * 5 + ((), ()), frozenset({date(2026, 1, 6)})
    )
    with store.transaction(OFFICE) as tx:
        tx.calendars.save(calendar)
        tx.calendars.set_own("berlin")
    run(store, "2026-01-05 09:31")
    with store.transaction(OFFICE) as tx:
        row = tx.schedules.find("report")
        assert row is not None and row.next_at == at("2026-01-07 08:00")


def test_a_retired_workflow_starts_nothing_and_misses_nothing(store: Store) -> None:
    schedule(store, "daily 10:00")
    run(store, "2026-01-05 09:30")
    with store.transaction(OFFICE) as tx:
        tx.definitions.retire("report")
    run(store, "2026-01-05 10:00", "2026-01-07 10:00")
    with store.transaction(OFFICE) as tx:
        tx.definitions.restore("report")
    run(store, "2026-01-08 09:00")
    assert started(store) == []
    run(store, "2026-01-08 10:00")
    assert len(started(store)) == 1


def test_a_new_version_without_a_schedule_ends_it(store: Store) -> None:
    schedule(store, "daily 10:00")
    run(store, "2026-01-05 09:30")
    publish(
        store, REPORT.format(when="daily 10:00", missed="once").replace('{schedule: "daily 10:00", missed: once}', "{}")
    )
    run(store, "2026-01-05 10:00", "2026-01-06 10:00")
    assert started(store) == []


def test_a_start_that_is_refused_says_why_and_the_next_is_tried(store: Store) -> None:
    text = REPORT.format(when="daily 10:00", missed="once").replace("owner: staff", "fields: {topic: text}")
    publish(store, text.replace("start: {", "start: {form: [topic], "))
    run(store, "2026-01-05 10:00")
    with store.transaction(OFFICE) as tx:
        row = tx.schedules.find("report")
        assert row is not None
        assert row.last_case is None and "Topic is required" in (row.last_error or "")
        assert row.next_at == at("2026-01-06 10:00")
