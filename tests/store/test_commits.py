"""`execute` and `start`: all or nothing, once, in order, also when many come at the same time."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import psycopg
import pytest

from procession.engine.commands import AddComment, ClaimTask, CompleteTask
from procession.engine.rejections import Conflict, NotFound, Rejection, TaskClosed
from procession.store.store import Store
from procession.store.verify import verify
from tests.support.database import Database
from tests.support.office import ANA, BO, CARL, OFFICE, TEXTS, complete, office, only_task, publish, start

T = TypeVar("T")


def test_a_case_runs_to_its_end(store: Store) -> None:
    case = start(store, "five", item="mouse").case
    case = complete(store, case, note="urgent").case
    for _ in range(4):
        case = complete(store, case).case
    assert case.status == "done"
    with store.transaction(OFFICE) as tx:
        assert tx.cases.get(case.id) == case
        row = tx.cases.row(case.id)
        tasks = tx.tasks.of_case(case.id)
        events = tx.events.of_case(case.id)
    assert (row.status, row.outcome, row.number, row.seq) == ("done", "done", 1, len(events))
    assert [(task.title, task.status, task.completed_by) for task in tasks] == [
        (name, "done", "ana") for name in ("One", "Two", "Three", "Four", "Five")
    ]
    assert [event.seq for event in events] == list(range(1, len(events) + 1))


def test_a_refusal_changes_nothing(store: Store, clean_database: Database) -> None:
    case = start(store, "five", item="x").case
    before = _contents(clean_database)
    with pytest.raises(Rejection):
        complete(store, case, actor=BO)
    with pytest.raises(Rejection):
        complete(store, case, unknown="x")
    with pytest.raises(Rejection):
        start(store, "five")
    assert _contents(clean_database) == before


def test_numbers_run_without_gaps_although_starts_are_refused(store: Store) -> None:
    first = start(store, "five", item="x").case
    with pytest.raises(Rejection):
        start(store, "five")
    assert (first.number, start(store, "five", item="x").case.number) == (1, 2)


def test_no_such_case_and_no_such_definition(store: Store) -> None:
    for wrong in ("", "x", "0190a6f0-0000-7000-8000-000000000000", "' OR 1=1 --"):
        with pytest.raises(NotFound):
            store.execute(OFFICE, wrong, AddComment(text="x"), ANA)
    with pytest.raises(NotFound):
        start(store, "nothing", item="x")


def test_a_repeated_key_gets_the_first_answer(store: Store) -> None:
    first = start(store, "five", key="k1", item="x")
    again = start(store, "five", key="k1", item="x")
    assert (again.case.id, again.replayed, again.answer) == (first.case.id, True, first.answer)
    done = complete(store, first.case, key="k2", note="n")
    repeat = complete(store, first.case, key="k2", note="n")  # the task is closed by now: the key still answers
    assert repeat.replayed
    assert [event.type for event in repeat.events] == [event.type for event in done.events]
    with store.transaction(OFFICE) as tx:
        assert tx.cases.count() == 1


def test_a_key_with_another_body_is_a_conflict(store: Store) -> None:
    start(store, "five", key="k", item="x")
    with pytest.raises(Conflict):
        start(store, "five", key="k", item="y")


def test_a_refused_command_leaves_its_key_free(store: Store) -> None:
    with pytest.raises(Rejection):
        start(store, "five", key="k")
    assert not start(store, "five", key="k", item="x").replayed


def test_an_answer_is_kept_with_its_key(store: Store) -> None:
    case = start(store, "five", item="x").case
    command = CompleteTask(task_id=only_task(case))

    def execute() -> object:
        return store.execute(
            OFFICE, case.id, command, ANA, key="k", answer=lambda after, events: {"seq": after.seq, "n": len(events)}
        ).answer

    first = execute()
    complete(store, store.execute(OFFICE, case.id, AddComment(text="later"), ANA).case)
    assert execute() == first


def test_text_that_cannot_be_stored_is_refused(store: Store) -> None:
    """PostgreSQL has no character 0; a backslash followed by u0000 is ordinary text."""
    with pytest.raises(Rejection):
        start(store, "five", item="a\x00b")
    assert start(store, "five", item="a\\u0000b").case.data["item"] == "a\\u0000b"


def test_one_key_sent_by_many_at_once_starts_one_case(store: Store) -> None:
    results = _at_once(16, lambda _: start(store, "five", key="same", item="x"))
    assert len({one.case.id for one in results}) == 1
    assert sum(not one.replayed for one in results) == 1


def test_one_task_completed_by_many_at_once_is_completed_once(store: Store) -> None:
    case = start(store, "shared", item="x").case

    def attempt(number: int) -> str:
        try:
            complete(store, case, actor=(ANA, BO)[number % 2])
        except (TaskClosed, Conflict):
            return "late"
        return "done"

    assert Counter(_at_once(12, attempt)) == {"done": 1, "late": 11}
    assert verify(store, OFFICE).problems == []


def test_many_cases_at_once_share_commits_and_stay_apart(store: Store) -> None:
    """Sixteen clients, each through a case of its own, with refusals in between."""

    def client(number: int) -> str:
        case = start(store, "five", item=str(number)).case
        for step in range(5):
            with pytest.raises(Rejection):
                complete(store, case, actor=CARL)
            case = complete(store, case, **({"note": str(number)} if step == 0 else {})).case
        assert case.data == {"item": str(number), "note": str(number)}
        return case.status

    assert _at_once(16, client) == ["done"] * 16
    with store.transaction(OFFICE) as tx:
        assert sorted(row.number for row in tx.cases.list(limit=100)) == list(range(1, 17))
    assert verify(store, OFFICE).problems == []


def test_stores_of_several_processes_do_not_overwrite_each_other(store: Store, clean_database: Database) -> None:
    """Each keeps cases in memory; the commit notices when that is stale."""
    with Store(clean_database.app_url) as other:
        case = start(store, "five", item="x").case
        for number in range(10):
            (store, other)[number % 2].execute(OFFICE, case.id, AddComment(text=str(number)), ANA)
        stores = (store, other)
        _at_once(16, lambda number: stores[number % 2].execute(OFFICE, case.id, AddComment(text=f"c{number}"), ANA))
        _at_once(16, lambda number: start(stores[number % 2], "five", item="y"))
        with store.transaction(OFFICE) as tx:
            texts = [row.payload["text"] for row in tx.events.of_case(case.id) if row.type == "CommentAdded"]
            assert sorted(row.number for row in tx.cases.list(limit=100)) == list(range(1, 18))
        assert len(texts) == len(set(texts)) == 26
    assert verify(store, OFFICE).problems == []


def test_a_stale_memory_never_refuses_wrongly(store: Store, clean_database: Database) -> None:
    case = start(store, "shared", item="x").case
    with Store(clean_database.app_url) as other:
        other.execute(OFFICE, case.id, AddComment(text="now it is in memory there"), ANA)
        store.execute(OFFICE, case.id, ClaimTask(task_id=only_task(case)), BO)
        other.execute(OFFICE, case.id, CompleteTask(task_id=only_task(case)), BO)


def test_a_change_of_people_is_seen_by_the_very_next_command(store: Store, clean_database: Database) -> None:
    with Store(clean_database.app_url) as other:
        start(other, "shared", item="x")
        with store.transaction(OFFICE) as tx:
            tx.groups.save("crew", members=["carl"])
        assert only_assignee(start(other, "shared", item="x").case) == "carl"


def only_assignee(case: object) -> str | None:
    (activation,) = case.activations.values()  # type: ignore[attr-defined]
    return activation.assignee


def test_the_least_busy_gets_the_work_also_when_it_comes_at_once(store: Store) -> None:
    cases = _at_once(12, lambda _: start(store, "busy", item="x").case)
    assert Counter(only_assignee(case) for case in cases) == {"ana": 6, "bo": 6}


def test_a_definition_in_a_new_version_is_used_at_once_and_running_cases_keep_theirs(store: Store) -> None:
    old = start(store, "five", item="x").case
    publish(store, TEXTS[0].replace("One", "First"))
    assert start(store, "five", item="x").case.version == 2
    assert complete(store, old).case.version == 1


def test_the_database_restarted_under_load_loses_nothing(own_database: Database) -> None:
    """Connections break in the middle; commands that were answered are there, and repeats with their keys succeed."""
    acknowledged: list[str] = []
    with office(own_database.app_url) as store:
        stop = threading.Event()

        def client(number: int) -> None:
            turn = 0
            while not stop.is_set() or turn < 3:
                turn += 1
                key = f"{number}/{turn}"
                for _ in range(50):
                    try:
                        acknowledged.append(start(store, "five", key=key, item=key).case.data["item"])
                        break
                    except psycopg.OperationalError:
                        stop.wait(0.02)

        threads = [threading.Thread(target=client, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        with psycopg.connect(own_database.admin_url, autocommit=True) as admin:
            for _ in range(5):
                stop.wait(0.15)
                admin.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s AND pid <> "
                    "pg_backend_pid()",
                    [own_database.name],
                )
        stop.set()
        for thread in threads:
            thread.join()
        with store.transaction(OFFICE) as tx:
            stored = Counter(tx.cases.get(row.id).data["item"] for row in tx.cases.list(limit=10_000))
        assert len(acknowledged) > 12
        assert Counter(acknowledged) == stored
        assert verify(store, OFFICE).problems == []


def _at_once(count: int, action: Callable[[int], T]) -> list[T]:
    barrier = threading.Barrier(count)

    def run(number: int) -> T:
        barrier.wait()
        return action(number)

    with ThreadPoolExecutor(count) as threads:
        return list(threads.map(run, range(count)))


def _contents(database: Database) -> dict[str, object]:
    with psycopg.connect(database.admin_url) as admin:
        names = admin.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        return {
            name: admin.execute(
                f"SELECT count(*), md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {name} t"
            ).fetchone()  # type: ignore[arg-type]
            for (name,) in names
        }


def test_commits_go_on_where_the_prepared_statement_was_dropped(store: Store) -> None:
    """psycopg drops all prepared statements of a connection after some rollbacks."""
    case = start(store, "five", item="x").case
    kept: list[psycopg.Connection] = vars(store)["_committer"].kept  # the very connection of the next commit
    assert kept
    for connection in kept:
        connection.execute("DEALLOCATE ALL")
    assert complete(store, case).case.seq > case.seq
    assert verify(store, OFFICE).problems == []


def test_requests_share_commits_under_load(store: Store) -> None:
    """Each is committed once, and the numbers run on, however many threads come at a time."""
    with ThreadPoolExecutor(16) as threads:
        ends = list(threads.map(lambda _: complete(store, start(store, "five", item="x").case).case, range(64)))
    assert sorted(case.number for case in ends) == list(range(1, 65))
    assert verify(store, OFFICE).problems == []


def test_a_lost_connection_is_said_to_be_one_and_replaced(store: Store, clean_database: Database) -> None:
    case = start(store, "five", item="x").case
    with psycopg.connect(clean_database.admin_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE usename = 'procession_app' AND datname = current_database()"  # tests beside this one have their own
        )
    with pytest.raises(psycopg.OperationalError):
        complete(store, case)
    assert complete(store, case).case.seq > case.seq
    assert verify(store, OFFICE).problems == []
