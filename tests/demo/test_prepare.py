"""The demo on a real database: all of it or nothing, and the same as single commits would have written."""

from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from procession import demo
from procession.demo import preparing
from procession.demo.answers import SAMPLE, SAMPLE_SHA256
from procession.demo.histories import PROCESS
from procession.engine.calendar import WorkCalendar
from procession.engine.commands import CompleteTask
from procession.engine.moment import Actor
from procession.engine.pilots import lot_of
from procession.operations import calling
from procession.operations.context import Context
from procession.operations.pilot_answers import guard
from procession.operations.pilot_views import PilotView
from procession.store.history import Encoded, HistoryError, write
from procession.store.rebuilding import rebuild
from procession.store.store import Store
from procession.store.transaction import Transaction
from procession.store.verify import verify
from tests.demo.conftest import NOW, ORGANISATION
from tests.demo.past import published
from tests.support.database import Database

TABLES = ("cases", "tasks", "candidates", "timers", "waits", "incidents", "jobs")
TINY = demo.Plan(hires=8, joining=4, others=3)


@pytest.fixture
def store(clean_database: Database) -> Iterator[Store]:
    with Store(clean_database.app_url) as opened:
        yield opened


def rows(tx: Transaction, table: str) -> list[tuple[Any, ...]]:
    return sorted(tx.rows_of(f"SELECT t::text FROM {table} t WHERE organisation = :organisation"))


def test_there_is_as_much_of_it_as_is_promised(company: Store) -> None:
    with company.transaction(ORGANISATION) as tx:
        done: dict[str, int] = dict(
            tx.rows_of(
                "SELECT definition, count(*) FROM cases "
                "WHERE organisation = :organisation AND status = 'done' GROUP BY 1"
            )
        )
        running = tx.rows_of(
            "SELECT count(*) FROM cases "
            "WHERE organisation = :organisation AND status = 'open' AND definition = :process",
            process=PROCESS,
        )
    # What only others start has as many cases as they give it.
    started = [name for name, (one, _) in published().items() if one.start.by != "nobody"]
    assert {name: done.get(name, 0) for name in started if done.get(name, 0) < 60} == {}
    long = [PROCESS, "client-onboarding", "expense-management"]
    assert {name: done[name] for name in long if done[name] < (380 if name == "expense-management" else 400)} == {}
    assert running[0][0] >= 10


def test_hardly_anything_stands_still_for_want_of_somebody(company: Store) -> None:
    """An incident here and there is life; many at one step are a mistake of an example or of the company."""
    with company.transaction(ORGANISATION) as tx:
        open_ones = tx.rows_of(
            "SELECT c.definition, i.step, count(*) FROM incidents i "
            "JOIN cases c ON c.organisation = i.organisation AND c.id = i.case_id "
            "WHERE i.organisation = :organisation AND i.resolved_at IS NULL GROUP BY 1, 2 HAVING count(*) > 5"
        )
    assert open_ones == []


def test_every_link_and_every_snapshot_is_what_the_events_say(store: Store) -> None:
    demo.prepare(store, ORGANISATION, NOW, plan=demo.Plan(hires=40, joining=12, others=10))
    found = verify(store, ORGANISATION)
    assert found.problems == []
    assert found.cases > 800


def test_the_lists_are_those_that_a_rebuild_gives(store: Store) -> None:
    demo.prepare(store, ORGANISATION, NOW, plan=TINY)
    with store.transaction(ORGANISATION) as tx:
        before = {table: rows(tx, table) for table in TABLES}
        rebuild(tx)
        after = {table: rows(tx, table) for table in TABLES}
    for table in TABLES:
        assert after[table] == before[table], table


def test_the_desk_holds_something_overdue_something_for_today_and_something_for_later(
    company: Store, context: Context
) -> None:
    calendar: WorkCalendar = company.surroundings(ORGANISATION).calendar
    with company.transaction(ORGANISATION) as tx:
        due = [
            at
            for (at,) in tx.rows_of(
                "SELECT due_at FROM tasks "
                "WHERE organisation = :organisation AND status = 'open' AND assignee = :person",
                person=demo.DEFAULT_PERSON,
            )
        ]
    assert any(at < NOW for at in due)
    assert any(at > NOW and calendar.local_day(at) == calendar.local_day(NOW) for at in due)
    assert any(NOW + timedelta(days=7) > at > calendar.end_of_day(calendar.local_day(NOW)) for at in due)


def test_some_running_cases_are_late(company: Store) -> None:
    with company.transaction(ORGANISATION) as tx:
        ((late,),) = tx.rows_of(
            "SELECT count(*) FROM cases WHERE organisation = :organisation AND status = 'open' AND due_at < :now "
            "AND definition = :process",
            now=NOW,
            process=PROCESS,
        )
    assert late >= 3


def test_documents_of_cases_can_be_read(company: Store, files: Path) -> None:
    assert (files / SAMPLE_SHA256[:2] / SAMPLE_SHA256[2:4] / SAMPLE_SHA256).read_bytes() == SAMPLE
    with company.transaction(ORGANISATION) as tx:
        file, case = tx.rows_of(
            "SELECT s.snapshot -> 'data' -> 'consent' ->> 'id', s.id::text FROM cases s "
            "WHERE organisation = :organisation AND definition = 'background-check' AND status = 'done' LIMIT 1"
        )[0]
        assert tx.files.get(file).case_id == case


def test_life_goes_on_from_there(store: Store) -> None:
    """A task of the made-up past is completed, and a new case takes the next number."""
    demo.prepare(store, ORGANISATION, NOW, plan=TINY)
    with store.transaction(ORGANISATION) as tx:
        case, activation = tx.rows_of(
            "SELECT case_id::text, activation FROM tasks WHERE organisation = :organisation AND status = 'open' "
            "AND assignee = :person AND definition = 'purchase-approval' ORDER BY due_at LIMIT 1",
            person=demo.DEFAULT_PERSON,
        )[0]
        ((last,),) = tx.rows_of(
            "SELECT last FROM numbers WHERE organisation = :organisation AND definition = 'time-off'"
        )
    done = store.execute(
        ORGANISATION,
        case,
        CompleteTask(task_id=f"{case}.{activation}", outcome="reject"),
        Actor(demo.DEFAULT_PERSON),
        at=NOW,
    )
    assert done.case.outcome == "rejected"
    greta = calling.as_person(store, ORGANISATION, "greta", at=NOW)
    answers = {"kind": "unpaid", "first_day": "2026-12-07", "last_day": "2026-12-08", "cover": "luis"}
    started = calling.call(greta, "case.start", {"workflow": "time-off", "data": answers})
    with store.transaction(ORGANISATION) as tx:
        assert tx.cases.row(started.id).number == last + 1
    assert verify(store, ORGANISATION).problems == []


def test_it_tells_how_far_it_is(store: Store) -> None:
    told: list[tuple[str, float]] = []
    demo.prepare(store, ORGANISATION, NOW, lambda what, share: told.append((what, share)), plan=TINY)
    shares = [share for _, share in told]
    assert shares == sorted(shares)
    assert (shares[0], shares[-1]) == (0.0, 1.0)
    assert len(told) > 5


def test_an_organisation_that_is_in_use_is_left_alone(store: Store) -> None:
    store.create_organisation("busy")
    with store.transaction("busy") as tx:
        tx.people.save("ana", name="Ana")
    with pytest.raises(preparing.DemoError, match="not empty"):
        demo.prepare(store, "busy", NOW, plan=TINY)


def test_what_fails_in_the_middle_leaves_nothing(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(preparing, "_enter_files", fails)
    with pytest.raises(OSError, match="disk is full"):
        demo.prepare(store, ORGANISATION, NOW, plan=TINY)
    with store.transaction(ORGANISATION) as tx:
        for table in ("people", "definitions", "events", *TABLES):
            assert rows(tx, table) == []


def test_a_history_of_what_is_not_published_is_refused(store: Store) -> None:
    store.create_organisation("empty")
    with pytest.raises(HistoryError, match="nothing version 3"), store.transaction("empty") as tx:
        write(tx, [Encoded(versions={("nothing", 3)})])


def test_several_processes_make_the_same_as_one(store: Store) -> None:
    demo.prepare(store, "one", NOW, plan=TINY, processes=1)
    demo.prepare(store, "two", NOW, plan=demo.Plan(hires=8, joining=4, others=3), processes=2)
    with store.transaction("one") as tx:
        one = tx.rows_of("SELECT id::text, hash FROM cases WHERE organisation = :organisation ORDER BY id")
    with store.transaction("two") as tx:
        two = tx.rows_of("SELECT id::text, hash FROM cases WHERE organisation = :organisation ORDER BY id")
    assert one == two


def counting() -> float:
    """Seconds of processor time for ten million additions: a limit in these holds on slow and busy machines too."""
    begun, total = time.process_time(), 0
    for one in range(10_000_000):
        total += one
    return time.process_time() - begun


def test_the_default_demo_says_what_was_planted(company: Store, context: Context) -> None:
    unit = counting()
    begun = time.process_time()
    home = calling.call(context, "insight.home", {})
    seconds = time.process_time() - begun
    assert home.sentence.startswith("Process problem. ")
    assert home.sentence.endswith("First: nobody is told when equipment is ready.")
    assert home.verdict.confidence >= 0.9
    assert [line.about for line in home.lines] == ["late", "nobody", "handoff", "target"]
    assert all(line.wrong and line.count for line in home.lines)
    assert seconds < 60 * unit, "ten processes are worked out once, which the demo does before it says that it is ready"
    begun = time.process_time()
    assert calling.call(context, "insight.home", {}).sentence == home.sentence
    assert time.process_time() - begun < 1, "of this process alone, so that a busy machine does not count"


# --- the pilot ---------------------------------------------------------------------------------------------------------


def the_pilot(context: Context) -> PilotView:
    (line,) = calling.call(context, "pilot.list", {})
    return calling.call(context, "pilot.get", {"pilot": line.id})


def test_a_pilot_runs_with_two_hundred_finished_cases_a_side_and_shows_what_is_planted(context: Context) -> None:
    found = the_pilot(context)
    assert (found.definition.id, found.status, found.design) == ("support-ticket", "running", "randomised")
    assert min(found.pilot.counted, found.control.counted) >= 200
    assert found.verdict == "works", found.sentence
    assert found.low is not None and found.high is not None
    assert found.low < -0.34 < found.high, "the effect that 12,000 cases of the same history show"


def test_the_pilot_has_its_guard_rails_and_none_is_crossed(company: Store, context: Context) -> None:
    found = the_pilot(context)
    assert set(found.guards) == {"slower", "stopped", "disliked"}
    assert guard(company, ORGANISATION, NOW) == []


def test_those_who_worked_with_it_have_said_what_they_think(company: Store, context: Context) -> None:
    found = the_pilot(context)
    assert found.answered >= 30
    assert 0.6 < found.better / found.answered < 0.95
    assert len({one.person.id for one in found.said}) > 5
    with company.transaction(ORGANISATION) as tx:
        strangers = tx.rows_of(
            "SELECT a.person FROM pilot_answers a JOIN cases c ON c.organisation = a.organisation AND c.id = a.case_id "
            "WHERE a.organisation = :organisation AND (a.at < c.closed_at OR a.person <> c.starter AND NOT EXISTS ("
            "SELECT FROM tasks t WHERE t.organisation = c.organisation AND t.case_id = c.id "
            "AND t.completed_by = a.person))"
        )
    assert strangers == []


def test_the_lot_of_each_case_is_the_one_that_the_server_would_draw(company: Store, context: Context) -> None:
    found = the_pilot(context)
    with company.transaction(ORGANISATION) as tx:
        cases = tx.rows_of(
            "SELECT id::text, version FROM cases WHERE organisation = :organisation AND definition = 'support-ticket' "
            "AND started_at >= :since",
            since=found.since,
        )
    assert len(cases) > 500
    drawn = {case: 2 if lot_of(found.id, case) < found.share else 1 for case, _ in cases}
    assert dict(cases) == drawn
