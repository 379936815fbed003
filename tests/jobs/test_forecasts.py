"""When a date moves, those whom it concerns are told once, by notification and mail."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest

from procession.engine.commands import NoteForecast
from procession.engine.instants import to_instant
from procession.engine.moment import SYSTEM
from procession.jobs.forecasts import Forecasts
from procession.operations.insights import analysis
from procession.operations.insights.slips import look_at, open_cases
from procession.store.store import Store
from tests.support.database import Database
from tests.support.pages import COMPANY, asked, company

PROCESS = "employee-onboarding"


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with company(package_database.app_url) as made:
        yield made


def told(store: Store, case_id: str) -> list[dict[str, Any]]:
    """What people were told of the case's dates, in order."""
    with store.transaction(COMPANY) as tx:
        rows = tx.rows_of(
            "SELECT person, seq, text FROM notifications WHERE organisation = :organisation AND what = 'forecast' "
            "AND case_id = CAST(:case AS uuid) ORDER BY seq, person",
            case=case_id,
        )
    return [{"person": person, "seq": seq, "text": text} for person, seq, text in rows]


def forecastable(store: Store) -> tuple[str, datetime]:
    """A running case of the process that has a forecast, and when the demo is."""
    for case in asked(store, "case.list", workflow=PROCESS, status="open").items:
        found = asked(store, "insight.forecast", case_id=case.id)
        if found.usually is not None:
            with store.transaction(COMPANY) as tx:
                now = tx.rows_of("SELECT now()")[0][0]
            return case.id, now
    raise AssertionError("no running case of the demo has a forecast")


def all_running(store: Store) -> list[str]:
    return [case for cases in open_cases(store, COMPANY).values() for case, _ in cases]


def test_a_date_that_moved_is_told_once_to_those_whom_it_concerns(store: Store) -> None:
    case, now = forecastable(store)
    assert case in all_running(store)
    look_at(store, COMPANY, case, now)
    before = told(store, case)
    assert look_at(store, COMPANY, case, now) == 0, "nothing has moved since"
    assert told(store, case) == before

    found = asked(store, "insight.forecast", case_id=case)
    coming = [one for one in found.parts if one.state != "open" and one.chance >= 0.5]
    week = timedelta(days=7)
    earlier = NoteForecast(
        ends_at=found.usually - week, begins={one.part: to_instant(one.begins - week) for one in coming}
    )
    store.execute(COMPANY, case, earlier, SYSTEM)
    count = look_at(store, COMPANY, case, now)
    first = told(store, case)[len(before) :]
    assert count == len(first) > 0
    process = asked(store, "process.get", process=PROCESS).definition
    with store.transaction(COMPANY) as tx:
        starter = tx.cases.get(case).starter
    ends = [one for one in first if one["text"].startswith("Probably ")]
    assert starter in [one["person"] for one in ends]
    assert all(re.search(r" It was \d+ \w{3}\.$", one["text"]) for one in ends)
    for part in coming:
        about = [one for one in first if one["text"].startswith(f"{part.title} probably begins on ")]
        assert about, f"whoever answers for {part.title} is told"
    assert process.ref.id == PROCESS

    assert look_at(store, COMPANY, case, now) == 0, "it is told once"
    assert told(store, case) == [*before, *first]
    with store.transaction(COMPANY) as tx:
        jobs = tx.rows_of(
            "SELECT count(*) FROM jobs WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
            "AND kind = 'tell_people' AND seq = ANY(:seqs)",
            case=case, seqs=[one["seq"] for one in first],
        )[0][0]  # fmt: skip
    assert jobs == len({one["seq"] for one in first}), "and by mail"


def test_two_workers_that_look_at_once_tell_once(store: Store) -> None:
    case, now = forecastable(store)
    look_at(store, COMPANY, case, now)
    found = asked(store, "insight.forecast", case_id=case)
    store.execute(COMPANY, case, NoteForecast(ends_at=found.usually - timedelta(days=7)), SYSTEM)
    before = len(told(store, case))
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: look_at(store, COMPANY, case, now), range(4)))
    after = told(store, case)[before:]
    assert len({one["seq"] for one in after}) == 1
    assert len({one["person"] for one in after}) == len(after)


def test_a_step_shorter_than_a_working_day_is_not_told(store: Store) -> None:
    case, now = forecastable(store)
    look_at(store, COMPANY, case, now)
    found = asked(store, "insight.forecast", case_id=case)
    hours = timedelta(hours=1)
    store.execute(COMPANY, case, NoteForecast(ends_at=found.usually - hours), SYSTEM)
    before = told(store, case)
    assert look_at(store, COMPANY, case, now) == 0
    assert told(store, case) == before


def test_a_worker_looks_at_what_has_changed_and_no_more(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []
    monkeypatch.setattr(
        "procession.jobs.forecasts.look_at",
        # Other organisations of this database are looked at too.
        lambda store, organisation, case, at, analysis: looked.append(case) or 0 if organisation == COMPANY else 0,
    )
    _, now = forecastable(store)
    now = now.replace(minute=10)
    worker = Forecasts(store)
    worker.look(now)
    running = all_running(store)
    assert looked == running
    looked.clear()
    worker.look(now + timedelta(minutes=1))
    assert looked == []
    asked(store, "case.comment", case_id=running[0], text="Is it on its way?")
    worker.look(now + timedelta(minutes=2))
    assert looked == [running[0]]
    looked.clear()
    worker.look(now + timedelta(hours=1))
    assert looked == running


def test_a_case_that_cannot_be_looked_at_keeps_nobody_waiting(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[str] = []

    def fail(store: Store, organisation: str, case: str, at: datetime, analysis: object) -> int:
        if organisation == COMPANY:
            looked.append(case)
        raise ValueError("no such thing")

    monkeypatch.setattr("procession.jobs.forecasts.look_at", fail)
    assert Forecasts(store).look() == 0
    assert looked == all_running(store)


def test_a_worker_leaves_no_log_in_memory_that_nobody_asked_for(store: Store) -> None:
    """What lies in memory after it has looked is what somebody has asked for, and nothing else."""
    case, now = forecastable(store)
    for one in kept(store).values():
        one.analysis, one.asked_at = None, -1000.0
    Forecasts(store).look(now.replace(minute=20))
    assert [name for name, one in kept(store).items() if one.analysis is not None] == []
    forecast = asked(store, "insight.forecast", case_id=case)
    held = [name for name, one in kept(store).items() if one.analysis is not None]
    assert len(held) == 1, "the log of the case that was asked about"
    Forecasts(store).look(now.replace(minute=40))
    assert [name for name, one in kept(store).items() if one.analysis is not None] == held
    assert asked(store, "insight.forecast", case_id=case).cases == forecast.cases


def test_a_log_is_let_go_by_the_clock(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where nobody asks for anything any more."""
    timers: list[tuple[float, Callable[..., None], tuple[object, ...]]] = []

    class Timer:
        def __init__(self, after: float, call: Callable[..., None], args: tuple[object, ...]) -> None:
            timers.append((after, call, args))

        def start(self) -> None: ...

    for one in kept(store).values():
        one.analysis, one.is_watched = None, False
    monkeypatch.setattr(threading, "Timer", Timer)
    forecastable(store)
    held = [one for one in kept(store).values() if one.analysis is not None]
    assert len(timers) == len(held) >= 1
    _, call, args = timers[0]
    call(*args)
    assert len(timers) == len(held) + 1, "somebody has asked lately: it looks again later"
    for one in held:
        one.asked_at -= analysis.LET_GO_AFTER
    call(*args)
    assert sum(one.analysis is not None for one in held) == len(held) - 1


def kept(store: Store) -> dict[tuple[str, str], analysis._Kept]:
    return {key: one for key, one in analysis._kept[store].items() if key[0] == COMPANY}
