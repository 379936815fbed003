"""Making the lists anew from the events. What is derived can always be thrown away."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import orjson

from procession.engine.case import Case
from procession.engine.events import decode
from procession.engine.evolve import evolve
from procession.engine.instants import to_instant
from procession.store.projections import OWN_KINDS, Row, Standing, Telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from procession.store.event_log import EventRow
    from procession.store.transaction import Transaction


@dataclass(slots=True)
class Projected:
    """Everything that one case's events lead to."""

    case: Case
    rows: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    """Table → rows, without organisation and case."""


def project(case_id: str, events: list[EventRow]) -> Projected:
    """Fold the events of one case from the first."""
    case = Case(id=case_id)
    telling = Telling.beginning_at(case)
    for row in events:
        at = to_instant(row.at)
        event = decode(row.type, row.payload)
        evolve(case, event, at, row.actor)
        telling.tell(case, row.seq, event, at, row.actor)
    return projected(case, telling)


def projected(case: Case, telling: Telling) -> Projected:
    """What a case and all its events lead to; `telling` has taken in every one of them."""
    standing = Standing.of(case)
    tasks = [{"definition": case.definition, **row} for row in telling.tasks.values()]
    return Projected(
        case,
        {
            "tasks": tasks,
            "incidents": list(telling.incidents.values()),
            "jobs": [row for row in telling.jobs.values() if row["kind"] not in OWN_KINDS],
            "timers": [{"activation": a, "timer": t, "at": at} for (a, t), at in standing.timers.items()],
            "waits": [
                {"activation": a, "name": name, "key": key, "since": since}
                for a, (name, key, since) in standing.waits.items()
            ],
            "candidates": [
                {"activation": a, "person": person, "due_at": due} for (a, person), due in standing.candidates.items()
            ],
        },
    )


def all_cases(tx: Transaction) -> Iterator[tuple[str, list[EventRow]]]:
    """Every case of the organisation with its events."""
    for (case_id,) in tx.run("SELECT id::text FROM cases WHERE organisation = :organisation ORDER BY id").fetchall():
        yield case_id, tx.events.of_case(case_id)


def rebuild(tx: Transaction) -> int:
    """Snapshots, tasks, candidates, timers, waits, incidents and machine jobs anew; returns the number of cases.

    Stands still whatever writes to these tables meanwhile: it locks the organisation's cases.
    """
    tx.run(
        "SELECT count(*) FROM (SELECT id FROM cases WHERE organisation = :organisation ORDER BY id FOR UPDATE) locked"
    )
    for table in ("tasks", "candidates", "timers", "waits", "incidents"):
        tx.run(f"DELETE FROM {table} WHERE organisation = :organisation")
    tx.run("DELETE FROM jobs WHERE organisation = :organisation AND NOT kind = ANY(:own)", own=list(OWN_KINDS))
    count = 0
    for case_id, events in all_cases(tx):
        projected = project(case_id, events)
        _save_case(tx, projected.case)
        for table, rows in projected.rows.items():
            if rows:
                _insert(tx, table, [{"organisation": tx.organisation, "case_id": case_id, **row} for row in rows])
        count += 1
    return count


def _save_case(tx: Transaction, case: Case) -> None:
    tx.run(
        "UPDATE cases SET seq = :seq, status = :status, outcome = :outcome, name = :name, closed_at = :closed_at, "
        "due_at = :due_at, incidents = :incidents, snapshot = CAST(:snapshot AS jsonb) "
        "WHERE organisation = :organisation AND id = :id",
        id=case.id, seq=case.seq, status=case.status, outcome=case.outcome, name=case.name, closed_at=case.closed_at,
        due_at=case.due_at, incidents=len(case.incidents), snapshot=orjson.dumps(case.to_json()).decode(),
    )  # fmt: skip


def _insert(tx: Transaction, table: str, rows: list[dict[str, Any]]) -> None:
    names = ", ".join(f'"{name}"' for name in dict.fromkeys(name for row in rows for name in row))
    tx.run(
        f"INSERT INTO {table} ({names}) SELECT {names} FROM json_populate_recordset(NULL::{table}, CAST(:rows AS "
        "json))",
        rows=orjson.dumps(rows).decode(),
    )
