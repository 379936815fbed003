"""What happens in the crash tests: relay processes of two small members, driven to their end by commands with keys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from procession.engine.commands import CompleteTask, StartCase
from procession.engine.moment import Actor
from procession.engine.rejections import Rejection
from procession.jobs.running import run_job
from procession.jobs.work import Tools
from procession.settings import Settings
from procession.store.requests import Committed
from procession.store.store import Store
from procession.store.verify import verify

ANA = Actor("ana")

PAIR = """
workflow: pair
title: Two tasks
fields: {item: text}
start: {form: [item]}
steps:
  - {task: One, assign: "person:ana", due: 1 hour}
  - {task: Two, assign: ["person:ana", "person:bo"]}
"""

RELAY = """
process: relay
title: A relay
fields: {item: text}
start: {form: [item]}
workflows:
  first: {use: pair}
  second: {use: pair}
handoffs:
  - {from: start, to: first, carry: {item: item}}
  - {from: first.completed, to: second, carry: {item: item}}
"""


def furnish(store: Store, organisation: str) -> None:
    """Make an organisation with the two definitions."""
    store.create_organisation(organisation)
    with store.transaction(organisation) as tx:
        for name in ("ana", "bo"):
            tx.people.save(name, name=name)
        for text, id_, kind in ((PAIR, "pair", "workflow"), (RELAY, "relay", "process")):
            tx.definitions.publish(text, id=id_, kind=kind, title=id_, by="ana", at=datetime(2026, 1, 5, tzinfo=UTC))


def start_relay(store: Store, organisation: str, item: str) -> str:
    """Start a relay, once."""
    command = StartCase(data={"item": item})
    return store.start(organisation, "relay", command, ANA, key=f"start/{item}").case.id


def work_off(store: Store, organisation: str, folder: Path) -> None:
    """Do what is left, job by job and task by task, in a fixed order, until the relays are done."""
    tools = Tools.of(store, Settings(data=folder))
    while True:
        with store.transaction(organisation) as tx:
            jobs = tx.run(
                "SELECT case_id::text, seq FROM jobs WHERE organisation = :organisation AND status = 'waiting' ORDER "
                "BY case_id, seq"
            ).fetchall()
            tasks = tx.tasks.inbox("ana")
        if not jobs and not tasks:
            return
        for case_id, seq in jobs:
            run_job(tools, organisation, case_id, seq)
        for task in tasks:
            complete(store, organisation, task.id)


def complete(store: Store, organisation: str, task: str) -> Committed:
    """Complete a task, once."""
    case_id = task.partition(".")[0]
    return store.execute(organisation, case_id, CompleteTask(task_id=task), ANA, key=f"task/{task}")


def complete_if_open(store: Store, organisation: str, task: str) -> bool:
    """Complete a task; whether it was done by this very call, not by somebody quicker."""
    try:
        return not complete(store, organisation, task).replayed
    except Rejection:
        return False


def check_story(store: Store, organisation: str, items: list[str]) -> None:
    """Each relay ran exactly once from its start to its end, and the database is whole."""
    assert verify(store, organisation).problems == []
    with store.transaction(organisation) as tx:
        rows = tx.cases.list(limit=100_000)
        relays = [row for row in rows if row.definition == "relay"]
        assert sorted(tx.cases.get(row.id).data["item"] for row in relays) == sorted(items)
        for relay in relays:
            assert relay.status == "done"
            members = tx.cases.children(relay.id)
            assert [(one.member, one.status) for one in members] == [("first", "done"), ("second", "done")]
            assert _count(tx.events.of_case(relay.id), "HandoffHappened") == 2
            for member in members:
                events = tx.events.of_case(member.id)
                assert [_count(events, name) for name in ("CaseStarted", "TaskCompleted", "CaseClosed")] == [1, 2, 1]
        assert len(rows) == 3 * len(relays)
        left = tx.run("SELECT count(*) FROM jobs WHERE organisation = :organisation AND status = 'waiting'").scalar()
        assert left == 0


def _count(events: list[object], type_: str) -> int:
    return sum(getattr(event, "type", None) == type_ for event in events)
