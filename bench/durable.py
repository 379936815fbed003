"""Durable human steps: start a case and complete five tasks, each on disk before it is answered.

    python -m bench.durable [--json] [--cases N]

Everything runs on one PostgreSQL of its own, with `fsync` and `synchronous_commit` on, one after another:

- Procession, one client and sixteen (threads of one server process, which share commits), with the engine as it is and
  compiled (`make compiled`; made here first where there is none of these sources);
- a raw psycopg loop that reads and writes the same rows, one client;
- SpiffWorkflow loaded from and saved to PostgreSQL at every step, one client and sixteen (processes);
- DBOS, a workflow that waits for five messages (`recv`/`send`), one client and sixteen (threads);
- commits of one row of one number, one client: what the disk and PostgreSQL allow at most.

Ratios are between the same numbers of clients. That to DBOS has its goal with sixteen, where commits can be shared: with
one client nobody who commits each step can be more than `most_times_dbos` times as fast as DBOS, and that is less than
the goal.

The peers run in a virtual environment of their own below `build/`.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import psycopg

from procession import compiled

if "--turn" in sys.argv and sys.argv[-1] != "interpreted":
    compiled.use(Path(sys.argv[-1]))

from bench.telling import tell
from procession.engine.case import Case
from procession.engine.commands import CompleteTask, StartCase
from procession.engine.decide import advance
from procession.engine.instants import to_instant
from procession.engine.moment import Actor
from procession.engine.program import compile_definition
from procession.store.deciding import moment_of
from procession.store.embedded import ADMIN, APP, DATABASE, OWNER, EmbeddedPostgres
from procession.store.ids import new_id
from procession.store.migrate import migrate
from procession.store.reading import read_definition
from procession.store.store import Store
from procession.store.writing import Write, prepare

STEPS = 6
"""Commits a case: its start and five tasks."""

ENGINES = ("interpreted", "compiled")

GOALS = {
    "of_raw_psycopg_interpreted": 0.6,
    "times_spiff_1_client_compiled": 2.5,
    "times_spiff_16_clients_interpreted": 4.0,
    "times_dbos_16_clients_compiled": 35.0,
}

RATIOS = (
    *(
        (f"{name}_{engine}", f"{engine}_{clients}", peer)
        for engine in ENGINES
        for name, clients, peer in (
            ("of_raw_psycopg", "1_client", "raw_psycopg_1_client"),
            ("times_spiff_1_client", "1_client", "spiff_1_client"),
            ("times_spiff_16_clients", "16_clients", "spiff_16_clients"),
            ("times_dbos", "1_client", "dbos_1_client"),
            ("times_dbos_16_clients", "16_clients", "dbos_16_clients"),
        )
    ),
    ("most_times_dbos", "commits_of_one_row", "dbos_1_client"),
)
"""Taken within each round, so that a busy moment of the machine meets both; the median of the rounds counts."""

FIVE = """
workflow: five
title: Five tasks
fields: {item: text, note: text?}
start: {form: [item]}
steps:
  - {task: One, assign: "person:ana", form: [note]}
  - {task: Two, assign: "person:ana", form: [note]}
  - {task: Three, assign: "person:ana", form: [note]}
  - {task: Four, assign: "person:ana", form: [note]}
  - {task: Five, assign: "person:ana", form: [note]}
"""

ORGANISATION = "bench"
ANA = Actor("ana")
ROOT = Path(__file__).parents[1]
PEERS = ROOT / "build" / "peers-durable"
PACKAGES = ("spiffworkflow==3.2.0", "dbos==3.4.0", "psycopg[binary]==3.3.9")


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.durable", description="Times durable human steps against peers."
    )
    parser.add_argument("--json", action="store_true", help="print the figures as JSON")
    parser.add_argument("--cases", type=int, default=150, help="cases a run with one client")
    parser.add_argument("--rounds", type=int, default=5, help="runs of each; the median counts")
    parser.add_argument("--turn", nargs=4, metavar=("URL", "CLIENTS", "CASES", "ENGINE"), help="one run of ours")
    options = parser.parse_args(arguments)
    if options.turn:
        url, clients, cases, _ = options.turn
        print(json.dumps(turn(url, int(clients), int(cases))))
        return 0
    figures = measure(options.cases, options.rounds)
    return tell(figures, GOALS, as_json=options.json)


def measure(cases: int, rounds: int = 5) -> dict[str, float]:
    """Steps a second of each, and the ratios that the goals speak of."""
    python, folder_of_engine = peers(), str(compiled_engine())
    with tempfile.TemporaryDirectory(prefix="procession-bench-") as folder:
        os.chmod(folder, 0o711)  # noqa: PTH101 - as root, PostgreSQL runs under another account
        with EmbeddedPostgres.at(Path(folder) / "data").running() as server:
            refuse_unsafe(server)
            migrate(server.url(OWNER))
            with Store(server.url(APP)) as store:
                furnish(store)
            ours = {"interpreted": "interpreted", "compiled": folder_of_engine}
            runs: dict[str, Callable[[], float]] = {
                "commits_of_one_row": lambda: floor(server.url(OWNER), cases * STEPS),
                "interpreted_1_client": lambda: run_turn(server, 1, cases, ours["interpreted"]),
                "compiled_1_client": lambda: run_turn(server, 1, cases, ours["compiled"]),
                "raw_psycopg_1_client": lambda: raw(server.url(OWNER), cases),
                "spiff_1_client": lambda: peer(python, "spiff_durable.py", server, 1, cases),
                "interpreted_16_clients": lambda: run_turn(server, 16, cases // 4, ours["interpreted"]),
                "compiled_16_clients": lambda: run_turn(server, 16, cases // 4, ours["compiled"]),
                "spiff_16_clients": lambda: peer(python, "spiff_durable.py", server, 16, max(cases // 16, 4)),
                "dbos_1_client": lambda: peer(python, "dbos_durable.py", server, 1, max(cases // 15, 3)),
                "dbos_16_clients": lambda: peer(python, "dbos_durable.py", server, 16, max(cases // 75, 2)),
            }
            taken: dict[str, list[float]] = {name: [] for name in runs}
            for _ in range(rounds):
                for name, run in runs.items():
                    taken[name].append(run())
    figures = {name: statistics.median(values) for name, values in taken.items()}
    for name, ours, theirs in RATIOS:
        figures[name] = statistics.median(a / b for a, b in zip(taken[ours], taken[theirs], strict=True))
    return figures


def compiled_engine() -> Path:
    """The folder of an engine that was compiled from these sources."""
    from bench.engine import compiled_engine

    return compiled_engine()


def run_turn(server: EmbeddedPostgres, clients: int, cases: int, engine: str) -> float:
    """One run of ours in a process of its own, on the engine compiled into the folder, or the `interpreted` one."""
    command: list[Any] = [sys.executable, "-m", "bench.durable", "--turn", server.url(APP), clients, cases, engine]
    environment = {**os.environ, "PROCESSION_ENGINE": "interpreted" if engine == "interpreted" else ""}
    done = subprocess.run(
        list(map(str, command)), capture_output=True, text=True, check=False, env=environment, cwd=ROOT
    )
    if done.returncode != 0:
        raise SystemExit(done.stderr[-2000:])
    return float(json.loads(done.stdout))


def turn(url: str, clients: int, cases: int) -> float:
    """Steps a second of the engine that runs here, once it is warm."""
    with Store(url) as store:
        procession(store, clients, 5)
        return procession(store, clients, cases)


def refuse_unsafe(server: EmbeddedPostgres) -> None:
    """Figures without durability would be worth nothing."""
    with psycopg.connect(server.url(ADMIN)) as connection:
        for name in ("fsync", "synchronous_commit", "full_page_writes"):
            row = connection.execute(f"SHOW {name}".encode()).fetchone()
            if row != ("on",):
                raise SystemExit(f"{name} is {row}")


def furnish(store: Store) -> None:
    """The organisation, its one person, its one workflow."""
    store.create_organisation(ORGANISATION)
    with store.transaction(ORGANISATION) as tx:
        tx.people.save("ana", name="Ana", email="ana@example.org")
        tx.definitions.publish(FIVE, id="five", kind="workflow", title="Five", by="ana", at=datetime.now(UTC))


def procession(store: Store, clients: int, cases: int) -> float:
    """Steps a second."""

    def client() -> None:
        for _ in range(cases):
            case = store.start(ORGANISATION, "five", StartCase(data={"item": "mouse"}), ANA).case
            for step in range(STEPS - 1):
                (activation,) = case.activations
                command = CompleteTask(task_id=f"{case.id}.{activation}", values={"note": f"step {step}"})
                case = store.execute(ORGANISATION, case.id, command, ANA).case
            if case.status != "done":
                raise SystemExit("a case did not end")

    began = time.perf_counter()
    threads = [threading.Thread(target=client) for _ in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return clients * cases * STEPS / (time.perf_counter() - began)


def floor(url: str, commits: int) -> float:
    """Commits a second that write next to nothing: the most that one client can have of this disk."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.prepare_threshold = 1
        connection.execute("CREATE TABLE IF NOT EXISTS tiny (number int)")
        began = time.perf_counter()
        for number in range(commits):
            connection.execute("INSERT INTO tiny VALUES (%s)", [number])
        return commits / (time.perf_counter() - began)


@dataclass(frozen=True, slots=True)
class RawStep:
    """The rows of one commit, ready to be written for any case."""

    events: list[tuple[int, str, str, str, str, bytes]]
    case: dict[str, Any]
    closed: str | None
    opened: dict[str, Any] | None


def raw_steps() -> list[RawStep]:
    """What Procession would write, worked out beforehand."""
    program = compile_definition(read_definition(FIVE), {}, 1)
    from procession.engine.moment import Directory, Person
    from procession.store.surroundings import Surroundings

    directory = Directory(people={"ana": Person(id="ana", name="Ana", email="ana@example.org")})
    surroundings = Surroundings(ORGANISATION, 1, directory)
    case, hash_, steps = Case(id=new_id()), bytes(32), list[RawStep]()
    while case.status in ("new", "open"):
        if case.status == "new":
            command: Any = StartCase(data={"item": "mouse"}, number=1)
        else:
            (activation,) = case.activations
            command = CompleteTask(task_id=f"{case.id}.{activation}", values={"note": f"step {len(steps) - 1}"})
        moment = moment_of(surroundings, ANA, None, lambda *_: 0)
        decision = advance(program, case, command, moment)
        write = prepare(case, hash_, decision.events, decision.after, to_instant(moment.at), "ana")
        steps.append(_raw_step(write))
        case, hash_ = write.after, write.hash
    return steps


def _raw_step(write: Write) -> RawStep:
    events = [(line.seq, write.at, write.actor, line.type, line.payload.decode(), line.hash) for line in write.lines]
    case = write.after.to_json()
    closed = write.rows.get("task_changes", [{}])[0].get("activation")
    opened = write.rows.get("new_tasks", [None])[0]
    return RawStep(events, case, closed, opened)


def raw(url: str, cases: int) -> float:
    """Steps a second of a loop that knows beforehand what to write: read the case, write the rows, commit."""
    steps = raw_steps()
    with psycopg.connect(url) as connection:
        connection.prepare_threshold = 1
        began = time.perf_counter()
        for _ in range(cases):
            case_id = new_id()
            for step in steps:
                _raw_commit(connection, case_id, step)
        return cases * STEPS / (time.perf_counter() - began)


def _raw_commit(connection: psycopg.Connection[Any], case_id: str, step: RawStep) -> None:
    case, last, hash_ = step.case, step.events[-1][0], step.events[-1][5]
    snapshot = orjson.dumps(case).decode()
    if step.events[0][0] > 1:
        row = connection.execute(
            "SELECT snapshot::text FROM cases WHERE organisation = %s AND id = %s FOR UPDATE", ["raw", case_id]
        ).fetchone()
        orjson.loads(row[0] if row else b"")
        connection.execute(
            "UPDATE cases SET seq = %s, hash = %s, status = %s, outcome = %s, name = %s, changed_at = %s, snapshot = "
            "%s "
            "WHERE organisation = %s AND id = %s",
            [
                last,
                hash_,
                case.get("status"),
                case.get("outcome"),
                case["name"],
                step.events[0][1],
                snapshot,
                "raw",
                case_id,
            ],
        )
    else:
        connection.execute(
            "INSERT INTO cases (organisation, id, seq, hash, definition, version, kind, status, name, number, starter, "
            "started_at, changed_at, snapshot) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)",
            ["raw", case_id, last, hash_, "five", 1, "workflow", "open", case["name"], 1, "ana", step.events[0][1],
             step.events[0][1], snapshot],
        )  # fmt: skip
    marks = ", ".join(["(%s, %s, %s, %s, %s, %s, 1, %s, %s)"] * len(step.events))
    rows = [value for event in step.events for value in ("raw", case_id, *event)]
    connection.execute(
        "INSERT INTO events (organisation, case_id, seq, at, actor, type, version, payload, hash) VALUES "
        f"{marks}".encode(),
        rows,
    )
    if step.closed is not None:
        connection.execute(
            "UPDATE tasks SET status = 'done', closed_at = %s, completed_by = 'ana', outcome = 'done' "
            "WHERE organisation = %s AND case_id = %s AND activation = %s",
            [step.events[0][1], "raw", case_id, step.closed],
        )
    if step.opened is not None:
        task = step.opened
        connection.execute(
            "INSERT INTO tasks (organisation, case_id, activation, definition, step, kind, title, status, assignee, "
            "candidates, "
            "ready_at, assigned_at) VALUES (%s, %s, %s, %s, %s, %s, %s, 'open', 'ana', '{}', %s, %s)",
            ["raw", case_id, task["activation"], "five", task["step"], task["kind"], task["title"], task["ready_at"],
             task["assigned_at"]],
        )  # fmt: skip
    connection.commit()


def peers() -> Path:
    """The Python of the peers; made by the first run."""
    python = PEERS / "bin" / "python"
    if not python.exists():
        subprocess.run([sys.executable, "-m", "venv", PEERS], check=True)
    wanted = subprocess.run([python, "-c", "import dbos, SpiffWorkflow, psycopg"], capture_output=True, check=False)
    if wanted.returncode != 0:
        subprocess.run([python, "-m", "pip", "install", "--quiet", *PACKAGES], check=True)
    return python


def peer(python: Path, script: str, server: EmbeddedPostgres, *numbers: int) -> float:
    """What a peer's script prints."""
    url = server.url(ADMIN, DATABASE if script.startswith("spiff") else _dbos_database(server))
    command: list[Any] = [python, ROOT / "bench" / "peers" / script, url, *map(str, numbers)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(done.stderr[-2000:])
    return float(done.stdout.split()[-1])


def _dbos_database(server: EmbeddedPostgres) -> str:
    with psycopg.connect(server.url(ADMIN), autocommit=True) as connection:
        if connection.execute("SELECT FROM pg_database WHERE datname = 'dbos'").fetchone() is None:
            connection.execute("CREATE DATABASE dbos")
    return "dbos"


if __name__ == "__main__":
    sys.exit(main())
