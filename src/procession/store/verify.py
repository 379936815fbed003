"""Proving that a database is whole: every case is its events, every list follows from them, no past row was changed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from procession.engine.instants import to_instant
from procession.store.chain import FIRST, link
from procession.store.checkpoints import broken_checkpoints
from procession.store.projections import OWN_KINDS, Row
from procession.store.rebuilding import project

if TYPE_CHECKING:
    from procession.store.event_log import EventRow
    from procession.store.store import Store
    from procession.store.transaction import Transaction


@dataclass(slots=True)
class Verification:
    """What was looked at, and what is wrong."""

    cases: int = 0
    events: int = 0
    problems: list[str] = field(default_factory=list[str])

    @property
    def is_sound(self) -> bool:
        return not self.problems


_TABLES = ("tasks", "incidents", "jobs", "timers", "waits", "candidates")
_KEYS = {
    "tasks": ("activation",), "incidents": ("incident",), "jobs": ("seq",), "timers": ("activation", "timer"),
    "waits": ("activation",), "candidates": ("activation", "person"),
}  # fmt: skip
_NOT_DERIVED = frozenset(("organisation", "case_id", "tries", "claimed_until"))


def _silent(done: int, total: int) -> None:
    """Where nobody wants to hear of the progress."""


def verify(store: Store, organisation: str, progress: Callable[[int, int], None] = _silent) -> Verification:
    """Replay every case of an organisation and compare.

    Args:
        progress: is told cases done and in all.
    """
    found = Verification()
    with store.transaction(organisation) as tx:
        ids = [id_ for (id_,) in tx.run("SELECT id::text FROM cases WHERE organisation = :organisation ORDER BY id")]
    for number, case_id in enumerate(ids, start=1):
        with store.transaction(organisation) as tx:
            tx.run("SELECT 1 FROM cases WHERE organisation = :organisation AND id = :id FOR SHARE", id=case_id)
            _verify_case(tx, case_id, found)
        progress(number, len(ids))
    with store.transaction(organisation) as tx:
        found.problems += broken_checkpoints(tx)
        strays = tx.run(
            "SELECT count(DISTINCT case_id) FROM events e WHERE e.organisation = :organisation "
            "AND NOT EXISTS (SELECT FROM cases c WHERE c.organisation = e.organisation AND c.id = e.case_id)"
        ).scalar_one()
        if strays:
            found.problems.append(f"{strays} cases have events but no snapshot.")
    found.cases = len(ids)
    return found


def verify_case(tx: Transaction, case_id: str) -> Verification:
    """Replay one case and compare."""
    found = Verification(cases=1)
    tx.run("SELECT 1 FROM cases WHERE organisation = :organisation AND id = :id FOR SHARE", id=case_id)
    _verify_case(tx, case_id, found)
    return found


def _verify_case(tx: Transaction, case_id: str, found: Verification) -> None:
    events = tx.events.of_case(case_id)
    found.events += len(events)
    row = tx.run(
        "SELECT seq, hash, snapshot, definition, version, kind, status, outcome, name, number, starter, started_at, "
        "closed_at, "
        "due_at, parent::text, parent_activation, process_case::text, member, incidents FROM cases "
        "WHERE organisation = :organisation AND id = :id",
        id=case_id,
    ).mappings().one()  # fmt: skip

    def wrong(sentence: str) -> None:
        found.problems.append(f"Case {case_id}: {sentence}")

    end = _chain_end(tx, case_id, events, wrong)
    if bytes(row["hash"]) != end:
        wrong("the end of its hash chain is not the one in its snapshot.")
    try:
        projected = project(case_id, events)
    except Exception as trouble:
        wrong(f"its events cannot be replayed ({type(trouble).__name__}: {trouble}).")
        return
    case = projected.case
    if case.to_json() != row["snapshot"]:
        wrong("its snapshot is not what its events lead to.")
    for name in row:
        if name not in ("hash", "snapshot") and _comparable(row[name]) != _derived(case, name):
            wrong(f"its {name} is {_comparable(row[name])}, but its events say {_derived(case, name)}.")
    for table in _TABLES:
        _compare_rows(tx, table, case_id, projected.rows.get(table, []), wrong)


def _derived(case: Any, name: str) -> object:
    value = getattr(case, name)
    return len(value) if name == "incidents" else value


def _chain_end(tx: Transaction, case_id: str, events: Iterable[EventRow], wrong: Callable[[str], None]) -> bytes:
    raw = tx.rows_of(
        "SELECT seq, payload::text, hash FROM events WHERE organisation = :organisation AND case_id = :id ORDER BY seq",
        id=case_id,
    )
    before = FIRST
    for place, (event, (seq, payload, hash_)) in enumerate(zip(events, raw, strict=True), start=1):
        if seq != place:
            wrong(f"event {place} is missing.")
            return before
        expected = link(
            before, case_id, seq, to_instant(event.at), event.actor, event.type, event.version, payload.encode()
        )
        if expected != bytes(hash_):
            wrong(f"event {seq} was changed after it was recorded.")
        before = bytes(hash_)
    return before


def _compare_rows(tx: Transaction, table: str, case_id: str, expected: list[Row], wrong: Callable[[str], None]) -> None:
    rows = tx.run(f"SELECT * FROM {table} WHERE organisation = :organisation AND case_id = :id", id=case_id).mappings()
    stored = {
        tuple(row[name] for name in _KEYS[table]): {
            name: _comparable(value) for name, value in row.items() if name not in _NOT_DERIVED
        }
        for row in rows
        if not (table == "jobs" and row["kind"] in OWN_KINDS)
    }
    derived = {tuple(row[name] for name in _KEYS[table]): row for row in expected}
    for key in stored.keys() | derived.keys():
        kept, row = stored.get(key), derived.get(key)
        name = " ".join(map(str, key))
        if kept is None:
            wrong(f"{table} lacks {name}.")
        elif row is None:
            wrong(f"{table} has {name}, which its events do not know.")
        elif different := [column for column in kept if kept[column] != row.get(column)]:
            wrong(f"{table} {name}: {', '.join(different)} differ from what its events say.")


def _comparable(value: object) -> object:
    return to_instant(value) if isinstance(value, datetime) else value
