"""A step of one case is committed by plain values. The rows are those that the general way writes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from procession.engine.case import Case
from procession.engine.commands import AddComment, ClaimTask, CompleteTask, DelegateTask, LookAtTask, StartCase
from procession.engine.moment import Actor
from procession.engine.rejections import Conflict
from procession.store import committer
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


def test_both_ways_write_the_same_rows(store: Store, clean_database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    taken: list[bool] = []

    def watched(organisation: str, version: int, write: Write) -> Any:
        parameters = parameters_of_one(organisation, version, write)
        taken.append(parameters is not None)
        return parameters

    monkeypatch.setattr(committer, "parameters_of_one", watched)
    _story(store)
    assert verify(store, OFFICE).problems == []
    by_values = _rows(clean_database)
    assert taken.count(True) >= 3
    assert taken.count(False) >= 3  # the start, the candidates, the branches: each way has its turn
    _forget_cases(clean_database)
    monkeypatch.setattr(committer, "parameters_of_one", lambda *_: None)
    with Store(store.url) as other:
        _story(other)
    assert _rows(clean_database) == by_values


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


def test_a_key_is_kept_with_the_step(store: Store) -> None:
    case = start(store, "five", item="x").case
    first = store.execute(OFFICE, case.id, AddComment(text="once"), ANA, key="k")
    again = store.execute(OFFICE, case.id, AddComment(text="once"), ANA, key="k")
    assert (again.replayed, again.answer, again.case.seq) == (True, first.answer, first.case.seq)
    with pytest.raises(Conflict):
        store.execute(OFFICE, case.id, AddComment(text="twice"), ANA, key="k")
