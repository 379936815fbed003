"""What waiting costs: a step, a page of an inbox and a claim of timers, with a thousand waiting cases and a million.

    python -m bench.million [--json] [--cases N]

The cases are copies of one real case, written in bulk: same rows, other ids, spread over twenty people. So a page of an
inbox holds fifty tasks both times, out of fifty that its person has and out of fifty thousand; `inbox_page_20` is the
twentieth page of such an inbox, which only the many have; beside the first page of the few it also looks up where it
begins. A claim takes a hundred timers; what makes them claimable again is not counted.
"""

from __future__ import annotations

import argparse
import itertools
import os
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg

from bench.durable import refuse_unsafe
from bench.telling import tell
from procession.engine.commands import CompleteTask, StartCase
from procession.engine.moment import Actor
from procession.jobs.timers import claim_due
from procession.store.embedded import ADMIN, APP, OWNER, EmbeddedPostgres
from procession.store.migrate import migrate
from procession.store.store import Store

LIMITS = {"step_ratio": 1.5, "inbox_ratio": 1.5, "timers_ratio": 1.5, "memory_growth_mb": 5}
"""How much longer anything may take with a million cases than with a thousand, and what the server's memory may grow by:
what one page more takes."""

FEW = 1_000
PEOPLE = 20
PAGE = 50
ORGANISATION = "bench"
ANA = Actor("ana")

WAITING = """
workflow: waiting
title: Waits for two people
fields: {item: text, note: text?}
start: {form: [item]}
steps:
  - {task: Look at it, assign: "person:ana", form: [note], due: 30 days, remind: 1 day before due}
  - {task: Sign it, assign: "person:ana", due: 30 days, remind: 1 day before due}
"""

_COPIES = {
    "cases": (
        "INSERT INTO cases (organisation, id, seq, hash, definition, version, kind, status, name, number, starter, "
        "started_at, "
        "due_at, changed_at, snapshot) SELECT c.organisation, m.id, c.seq, c.hash, c.definition, c.version, c.kind, "
        "c.status, "
        "c.name, m.n, c.starter, c.started_at, c.due_at, c.changed_at, "
        "jsonb_set(jsonb_set(c.snapshot, '{id}', to_jsonb(m.id::text)), '{activations,a1,assignee}', "
        "to_jsonb(m.person)) "
        "FROM made m, cases c WHERE c.id = %(case)s"
    ),
    "events": (
        "INSERT INTO events SELECT e.organisation, m.id, e.seq, e.at, e.actor, e.type, e.version, e.payload, e.hash "
        "FROM made m, events e WHERE e.case_id = %(case)s"
    ),
    "tasks": (
        "INSERT INTO tasks (organisation, case_id, activation, definition, step, kind, title, status, assignee, "
        "candidates, "
        "ready_at, assigned_at, due_at) SELECT t.organisation, m.id, t.activation, t.definition, t.step, t.kind, "
        "t.title, "
        "t.status, m.person, t.candidates, t.ready_at, t.assigned_at, t.due_at + m.n * interval '1 second' "
        "FROM made m, tasks t WHERE t.case_id = %(case)s"
    ),
    "timers": (
        "INSERT INTO timers (organisation, case_id, activation, timer, at) SELECT t.organisation, m.id, "
        "t.activation, t.timer, "
        "t.at + m.n * interval '1 second' FROM made m, timers t WHERE t.case_id = %(case)s"
    ),
}  # fmt: skip


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.million", description="Times work among waiting cases.")
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--cases", type=int, default=1_000_000, help="how many wait")
    options = parser.parse_args(arguments)
    return tell(measure(options.cases), {}, LIMITS, as_json=options.json)


def measure(many: int) -> dict[str, float]:
    """Milliseconds of each with few and many waiting cases, their ratios, and what many cost in disk and memory."""
    figures: dict[str, float] = {}
    with tempfile.TemporaryDirectory(prefix="procession-bench-") as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101 - as root, PostgreSQL runs under another account
        with EmbeddedPostgres.at(Path(folder) / "data").running() as server:
            refuse_unsafe(server)
            migrate(server.url(OWNER))
            with Store(server.url(APP)) as store:
                case_id = furnish(store)
                wait(server.url(ADMIN), case_id, 0, FEW)
                few = timings(store)
                before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
                wait(server.url(ADMIN), case_id, FEW, many)
                lots = timings(store)
                lots["inbox_page_20"] = page_20(store)
                figures["memory_growth_mb"] = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
            with psycopg.connect(server.url(ADMIN)) as admin:
                size = admin.execute("SELECT pg_database_size(current_database())").fetchone()
                figures["disk_kb_a_case"] = (size[0] if size else 0) / many / 1024
    for name, milliseconds in few.items():
        figures |= {
            f"{name}_few_ms": milliseconds,
            f"{name}_many_ms": lots[name],
            f"{name}_ratio": lots[name] / milliseconds,
        }
    return figures | {
        "inbox_page_20_ms": lots["inbox_page_20"],
        "inbox_page_20_ratio": lots["inbox_page_20"] / few["inbox"],
    }


def furnish(store: Store) -> str:
    """The organisation and the one case that is copied."""
    store.create_organisation(ORGANISATION)
    with store.transaction(ORGANISATION) as tx:
        tx.people.save("ana", name="Ana", email="ana@example.org")
        tx.definitions.publish(WAITING, id="waiting", kind="workflow", title="Waiting", by="ana", at=datetime.now(UTC))
    return store.start(ORGANISATION, "waiting", StartCase(data={"item": "mouse"}), ANA).case.id


def wait(url: str, case_id: str, from_: int, to: int) -> None:
    """Have cases `from_` to `to` wait."""
    with psycopg.connect(url, autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        for begin in range(from_, to, 100_000):
            with admin.transaction():
                admin.execute(
                    "CREATE TEMPORARY TABLE made ON COMMIT DROP AS SELECT gen_random_uuid() AS id, n, "
                    f"'p' || n % {PEOPLE} AS person FROM generate_series({begin + 1}, {min(begin + 100_000, to)}) n"
                )
                for statement in _COPIES.values():
                    admin.execute(statement.encode(), {"case": case_id})
        admin.execute("VACUUM ANALYZE")
        admin.execute("CHECKPOINT")


def timings(store: Store) -> dict[str, float]:
    """Milliseconds, medians."""
    now = datetime.now(UTC)

    def step() -> None:
        case = store.start(ORGANISATION, "waiting", StartCase(data={"item": "x"}), ANA).case
        store.execute(ORGANISATION, case.id, CompleteTask(task_id=f"{case.id}.a1", values={"note": "n"}), ANA)

    people = itertools.cycle(f"p{n}" for n in range(PEOPLE))

    def inbox() -> None:
        with store.transaction(ORGANISATION) as tx:
            if len(tx.tasks.inbox(next(people), limit=PAGE)) != PAGE:
                raise SystemExit("a page of an inbox is not full")

    def claim() -> None:
        if len(claim_due(store, ORGANISATION, now + timedelta(days=365), limit=100)) != 100:
            raise SystemExit("too few timers are due")

    def let_go() -> None:
        with store.transaction(ORGANISATION) as tx:
            tx.run("UPDATE timers SET claimed_until = NULL, tries = 0 WHERE organisation = :organisation "
                   "AND claimed_until IS NOT NULL "
                   "AND at <= (SELECT at FROM timers WHERE organisation = :organisation ORDER BY at OFFSET 200 LIMIT "
                   "1)")  # fmt: skip

    return {"step": median(step, 200) / 2, "inbox": median(inbox, 400), "timers": median(claim, 100, let_go)}


def page_20(store: Store) -> float:
    """Milliseconds of the twentieth page of an inbox, median."""
    places: list[str] = []
    for n in range(PEOPLE):
        after = None
        for _ in range(19):
            with store.transaction(ORGANISATION) as tx:
                after = tx.tasks.inbox(f"p{n}", after, PAGE)[-1].id
        places.append(after or "")
    turns = itertools.cycle(enumerate(places))

    def page() -> None:
        person, after = next(turns)
        with store.transaction(ORGANISATION) as tx:
            if len(tx.tasks.inbox(f"p{person}", after, PAGE)) != PAGE:
                raise SystemExit("a page of an inbox is not full")

    return median(page, 400)


def median(action: Callable[[], None], times: int, between: Callable[[], None] | None = None) -> float:
    """Milliseconds, after a warm-up; `between` two times is not counted."""
    taken: list[float] = []
    for turn in range(-max(times // 10, 5), times):
        began = time.perf_counter()
        action()
        if turn >= 0:
            taken.append((time.perf_counter() - began) * 1000)
        if between is not None:
            between()
    return statistics.median(taken)


if __name__ == "__main__":
    sys.exit(main())
