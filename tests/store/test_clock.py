"""The machine's clock jumps between commits: the log of a case stays in order, timers ring once, no span is negative."""

from __future__ import annotations

from datetime import datetime, timedelta

from procession.engine.commands import CompleteTask, StartCase
from procession.engine.moment import Actor
from procession.jobs.timers import fire_due
from procession.store.store import Store
from procession.store.verify import verify
from tests.support.database import Database
from tests.support.office import ANA, AT, OFFICE, office, only_task


def at(hours: float) -> datetime:
    return AT + timedelta(hours=hours)


def moments(store: Store, case_id: str) -> list[datetime]:
    with store.transaction(OFFICE) as tx:
        rows = tx.run("SELECT at FROM events WHERE case_id = CAST(:case AS uuid) ORDER BY seq", case=case_id)
        return [row[0] for row in rows]


def test_a_clock_set_back_does_not_turn_the_log_around(clean_database: Database) -> None:
    with office(clean_database.app_url) as store:
        case = store.start(OFFICE, "five", StartCase(data={"item": "x"}), ANA, at=at(0)).case
        for hours in (5, -3, 2, -1000, 6):
            command = CompleteTask(task_id=only_task(case), values={})
            case = store.execute(OFFICE, case.id, command, ANA, at=at(hours)).case
        found = moments(store, case.id)
        assert found == sorted(found)
        assert (found[0], found[-1]) == (at(0), at(6))
        with store.transaction(OFFICE) as tx:
            backwards = tx.run("SELECT count(*) FROM tasks WHERE closed_at < first_opened_at").scalar_one()
            assert backwards == 0
            assert tx.run("SELECT count(*) FROM cases WHERE closed_at < started_at").scalar_one() == 0
        assert verify(store, OFFICE).problems == []


def test_another_process_goes_on_where_the_case_was(clean_database: Database) -> None:
    """It knows of the last event only what is stored."""
    with office(clean_database.app_url) as store:
        case = store.start(OFFICE, "five", StartCase(data={"item": "x"}), ANA, at=at(9)).case
    with Store(clean_database.app_url) as other:
        command = CompleteTask(task_id=only_task(case), values={})
        assert other.execute(OFFICE, case.id, command, ANA, at=at(1)).case.at == case.at
        assert set(moments(other, case.id)) == {at(9)}


def test_timers_ring_once_however_the_clock_jumps(clean_database: Database) -> None:
    with office(clean_database.app_url) as store:
        case = store.start(OFFICE, "shared", StartCase(data={"item": "x"}), ANA, at=at(0)).case
        assert fire_due(store, at(0.5)) == 0
        assert fire_due(store, at(-100)) == 0
        assert fire_due(store, at(1.5)) == 1
        for hours in (1.5, -50, 0.9, 1.1):
            assert fire_due(store, at(hours)) == 0
        for hours in (5000, 0, 5001):
            assert fire_due(store, at(hours)) == 0
        crew = Actor("bo")
        done = store.execute(OFFICE, case.id, CompleteTask(task_id=only_task(case), values={}), crew, at=at(2)).case
        assert done.status == "done"
        found = moments(store, case.id)
        assert found == sorted(found)
        with store.transaction(OFFICE) as tx:
            fired = tx.run("SELECT count(*) FROM events WHERE type = 'TimerFired'").scalar_one()
            assert fired == 1
            assert tx.run("SELECT count(*) FROM timers").scalar_one() == 0
        assert verify(store, OFFICE).problems == []
