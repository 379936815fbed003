"""Most steps are committed by plain values or arrays of them. The rows are those that the general way writes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from procession.engine.case import Case
from procession.engine.commands import AddComment, ClaimTask, CompleteTask, DelegateTask, LookAtTask, StartCase
from procession.engine.moment import Actor
from procession.engine.rejections import Conflict
from procession.store import committer
from procession.store.plain import COMMIT_PLAIN, is_plain, parameters_of_plain
from procession.store.single import COMMIT_ONE, parameters_of_one
from procession.store.store import Store
from procession.store.verify import verify
from procession.store.writing import Write
from tests.support.database import Database
from tests.support.office import ANA, BO, OFFICE, only_task, publish, start

AT = datetime(2026, 3, 2, 9, tzinfo=UTC)

TIMED = """
workflow: timed
title: Timed
fields: {item: text, note: text?}
start: {form: [item]}
steps:
  - {task: Look, assign: "person:ana", form: [note], due: 2 hours, remind: 1 hour before due}
  - {task: Sign, assign: "person:ana", due: 3 hours, remind: 1 hour before due}
  - {task: Any of you, assign: "group:crew"}
  - parallel: Both
    steps:
      - {task: Left, assign: "person:ana"}
      - {task: Right, assign: "person:bo"}
"""

TABLES = ("cases", "events", "tasks", "candidates", "timers", "waits", "incidents", "jobs", "notifications", "numbers",
          "command_keys")  # fmt: skip


def _story(store: Store) -> None:
    """Starts, completions with and without a key, a claim, comments, branches, an end."""
    publish(store, TIMED)
    clock = iter(AT + timedelta(minutes=n) for n in range(100))
    case = store.start(
        OFFICE,
        "timed",
        StartCase(data={"item": "mouse"}),
        ANA,
        at=next(clock),
        case_id="0190a6f0-0000-7000-8000-000000000001",
    ).case

    def do(make: Callable[[str], Any], actor: Actor = ANA, task: str | None = None, key: str | None = None) -> Case:
        task = task or only_task(case)
        return store.execute(OFFICE, case.id, make(task), actor, at=next(clock), key=key).case

    case = do(lambda task: LookAtTask(task_id=task))
    case = do(lambda task: CompleteTask(task_id=task, values={"note": 'a "quoted" \\ note, {braces} and ü'}), key="k1")
    case = do(lambda task: AddComment(text="a line\nand another"))
    case = do(lambda task: CompleteTask(task_id=task))
    case = do(lambda task: ClaimTask(task_id=task), BO)
    case = do(lambda task: DelegateTask(task_id=task, to="ana"), BO)
    case = do(lambda task: CompleteTask(task_id=task))
    tasks = {one.assignee: f"{case.id}.{name}" for name, one in case.activations.items()}
    case = do(lambda task: CompleteTask(task_id=task), task=tasks["ana"])
    case = do(lambda task: CompleteTask(task_id=task), BO, task=tasks["bo"], key="k2")
    assert case.status == "done"


def _rows(database: Database) -> dict[str, list[dict[str, Any]]]:
    with psycopg.connect(database.admin_url) as admin:
        found: dict[str, list[dict[str, Any]]] = {}
        for table in TABLES:
            rows = admin.execute(f"SELECT to_jsonb(t) - 'committed_at' FROM {table} t".encode()).fetchall()
            found[table] = sorted((row for (row,) in rows), key=repr)
        return found


def test_all_ways_write_the_same_rows(store: Store, clean_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Plain values, arrays of them, and JSON rows, each of which takes what it can."""
    single, plain = list[bool](), list[bool]()

    def one(organisation: str, version: int, write: Write) -> Any:
        parameters = parameters_of_one(organisation, version, write)
        single.append(parameters is not None)
        return parameters

    def arrays(write: Write) -> bool:
        plain.append(is_plain(write))
        return plain[-1]

    monkeypatch.setattr(committer, "parameters_of_one", one)
    _story(store)
    assert verify(store, OFFICE).problems == []
    by_values = _rows(clean_database)
    assert single.count(True) >= 3
    assert single.count(False) >= 3  # the start, the candidates, the branches
    _forget_cases(clean_database)

    monkeypatch.setattr(committer, "parameters_of_one", lambda *_: None)
    monkeypatch.setattr(committer, "is_plain", arrays)
    with Store(store.url) as other:
        _story(other)
    assert _rows(clean_database) == by_values
    assert plain.count(True) > single.count(True)
    assert plain.count(False) >= 2  # the candidates
    _forget_cases(clean_database)

    monkeypatch.setattr(committer, "is_plain", lambda *_: False)
    with Store(store.url) as other:
        _story(other)
    assert _rows(clean_database) == by_values


def test_many_cases_share_a_commit_by_arrays(
    store: Store, clean_database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Starts, steps, keys and ends of several cases at once; one that has moved on leaves the others as they were asked."""
    shared: list[int] = []

    def arrays(organisation: str, version: int, writes: Any) -> Any:
        shared.append(len(writes))
        return parameters_of_plain(organisation, version, writes)

    monkeypatch.setattr(committer, "parameters_of_plain", arrays)

    def person(number: int) -> None:
        case = store.start(OFFICE, "five", StartCase(data={"item": f"m{number}"}), ANA, key=f"s{number}").case
        while case.activations:
            with Store(store.url) as other:
                if number % 4 == 0:  # memory no longer knows
                    other.execute(OFFICE, case.id, AddComment(text="from elsewhere"), ANA)
            case = store.execute(OFFICE, case.id, CompleteTask(task_id=only_task(case)), ANA).case
        assert case.status == "done"

    with ThreadPoolExecutor(8) as people:
        list(people.map(person, range(16)))
    assert max(shared) > 1
    assert verify(store, OFFICE).problems == []
    rows = _rows(clean_database)
    assert sorted(row["number"] for row in rows["cases"]) == list(range(1, 17))
    assert len(rows["command_keys"]) == 16
    assert {row["status"] for row in rows["tasks"]} == {"done"}


def _forget_cases(database: Database) -> None:
    with psycopg.connect(database.admin_url) as admin:
        admin.execute(f"TRUNCATE {', '.join(TABLES)}, procrastinate_jobs CASCADE".encode())


def test_what_has_moved_on_is_not_overwritten(store: Store, clean_database: Database) -> None:
    """A case that another process changed, or an organisation: the commit stops, and is decided again on what is there."""
    case = start(store, "five", item="x").case
    with Store(store.url) as other:
        other.execute(OFFICE, case.id, AddComment(text="from elsewhere"), ANA)
    after = store.execute(OFFICE, case.id, AddComment(text="from here"), ANA).case
    assert after.seq == case.seq + 2
    with psycopg.connect(clean_database.admin_url) as admin:
        admin.execute("UPDATE organisations SET version = version + 1")
    assert store.execute(OFFICE, case.id, AddComment(text="again"), ANA).case.seq == case.seq + 3
    assert verify(store, OFFICE).problems == []


def test_another_organisations_case_is_out_of_reach(store: Store) -> None:
    """Row-level security holds in the function as it does elsewhere: the caller's rights apply."""
    case = start(store, "five", item="x").case
    parameters: list[Any] = [None] * 38
    parameters[0:2] = ["elsewhere", 1]
    parameters[2:9] = ["{}", AT.isoformat(), "ana", case.id, case.seq, case.seq + 1, b"\0" * 32]
    parameters[9:11] = [1, "open"]
    parameters[17:20] = ["{}", None, b""]
    with store.psycopg() as connection, pytest.raises(psycopg.Error) as refused:
        COMMIT_ONE.run(connection, parameters)
    assert refused.value.sqlstate == "PR409"
    arrays: list[Any] = [None] * 48
    arrays[0:2] = ["elsewhere", 1]
    with store.psycopg() as connection, pytest.raises(psycopg.Error) as refused:
        COMMIT_PLAIN.run(connection, arrays)
    assert refused.value.sqlstate == "PR409"


def test_a_key_is_kept_with_the_step(store: Store) -> None:
    case = start(store, "five", item="x").case
    first = store.execute(OFFICE, case.id, AddComment(text="once"), ANA, key="k")
    again = store.execute(OFFICE, case.id, AddComment(text="once"), ANA, key="k")
    assert (again.replayed, again.answer, again.case.seq) == (True, first.answer, first.case.seq)
    with pytest.raises(Conflict):
        store.execute(OFFICE, case.id, AddComment(text="twice"), ANA, key="k")
