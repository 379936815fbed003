"""One commit as one call: events, snapshots, lists, timers, jobs and keys of one or more cases.

A commit holds no lock while Python decides. What was read is checked by the commit itself: an
event's number can be taken only once (primary key), and `commit_v1` stops when a case, the organisation or a running
number has moved on since. So whatever goes through was decided on what was there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from procession.engine.case import Case, Json
from procession.engine.events import Event
from procession.engine.evolve import evolve
from procession.engine.instants import Instant
from procession.engine.rejections import Rejection
from procession.store.chain import FIRST, link
from procession.store.projections import Row, Standing, Telling

EVENT_VERSION: Final = 1
"""Version of the payloads written today."""

QUEUE: Final = "procession"
JOB_TASK: Final = "procession.job"


@dataclass(slots=True)
class Key:
    """An idempotency key: the same request sent twice is carried out once."""

    key: str
    body_hash: str


class Line(NamedTuple):
    """One event as it is written to the log."""

    seq: int
    type: str
    payload: bytes
    """JSON, the very bytes that are hashed."""
    hash: bytes


@dataclass(slots=True)
class Write:
    """What one command does to one case."""

    before: Case
    """As read; a new case has seq 0."""
    before_hash: bytes
    at: Instant
    actor: str
    events: Sequence[Event]
    after: Case
    hash: bytes = FIRST
    key: Key | None = None
    answer: Json = None
    number_of: str | None = None
    """Of a start: the definition whose running number it takes."""
    taken: Sequence[tuple[str, str]] = ()
    """Kept messages that its new waits took: message, activation."""
    lines: list[Line] = field(default_factory=list[Line])
    """Its events."""
    rows: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])
    """Of every other table that it changes."""


def prepare(before: Case, before_hash: bytes, events: Sequence[Event], after: Case, at: Instant, actor: str) -> Write:
    """Work out every row that the events change, which lead from one state of the case to the other."""
    telling = Telling.beginning_at(before)
    step_by_step = telling.needs_states(events)
    state = before.scratch() if step_by_step else after
    case_id, seq, hash_ = before.id, before.seq, before_hash
    lines: list[Line] = []
    for event in events:
        if step_by_step:
            evolve(state, event, at, actor)
        seq += 1
        telling.tell(state, seq, event, at, actor)
        payload = event_bytes(event)
        hash_ = link(hash_, case_id, seq, at, actor, event.type, EVENT_VERSION, payload)
        lines.append(Line(seq, event.type, payload, hash_))
    write = Write(before, before_hash, at, actor, events, after, hash_, lines=lines)
    rows = write.rows
    _add_telling(rows, case_id, after.definition, telling)
    _add_standing(rows, case_id, Standing.of(before), Standing.of(after))
    return write


def event_bytes(event: Event) -> bytes:
    """The payload as it is stored and hashed."""
    payload = orjson.dumps(event.to_json(), default=_refuse_value)
    refuse_nul(payload)
    return payload


def _refuse_value(value: object) -> object:
    raise TypeError(f"An event cannot hold a {type(value).__name__}.")


_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


def refuse_nul(text: bytes) -> None:
    """PostgreSQL's text cannot hold the character 0; neither does anything a person types."""
    if b"\\u0000" in text and _NUL.search(text):
        rejection = Rejection("The text holds a character with the code 0, which cannot be stored.", hint="Remove it.")
        rejection.kind = "invalid_field"
        raise rejection


def _add_telling(rows: dict[str, list[Row]], case_id: str, definition: str, telling: Telling) -> None:
    named: list[tuple[str, list[Row]]] = [
        ("new_tasks", [{"definition": definition, **row} for row in telling.tasks.values()]),
        ("task_changes", [{"activation": name, **row} for name, row in telling.task_changes.items()]),
        ("new_incidents", list(telling.incidents.values())),
        ("resolved", list(telling.resolved.values())),
        ("new_jobs", list(telling.jobs.values())),
        ("job_changes", list(telling.job_changes.values())),
        ("notifications", telling.notifications),
    ]
    for name, found in named:
        if found:
            rows[name] = [{"case_id": case_id, **row} for row in found]


def _add_standing(rows: dict[str, list[Row]], case_id: str, before: Standing, after: Standing) -> None:
    if before.timers != after.timers:
        _add_difference(
            rows, "timers", case_id, before.timers, after.timers,
            lambda key, at: {"activation": key[0], "timer": key[1], "at": at},
        )  # fmt: skip
    if before.waits != after.waits:
        _add_difference(
            rows, "waits", case_id, before.waits, after.waits,
            lambda name, wait: {"activation": name, "name": wait[0], "key": wait[1], "since": wait[2]},
        )  # fmt: skip
    if before.candidates != after.candidates:
        _add_difference(
            rows, "candidates", case_id, before.candidates, after.candidates,
            lambda key, due: {"activation": key[0], "person": key[1], "due_at": due},
        )  # fmt: skip


def _add_difference(
    rows: dict[str, list[Row]],
    table: str,
    case_id: str,
    before: Mapping[Any, Any],
    after: Mapping[Any, Any],
    row: Callable[[Any, Any], Row],
) -> None:
    gone = [{"case_id": case_id, **row(key, value)} for key, value in before.items() if key not in after]
    new = [
        {"case_id": case_id, **row(key, value)}
        for key, value in after.items()
        if key not in before or before[key] != value
    ]
    if gone:
        rows[f"gone_{table}"] = gone
    if new:
        rows[table] = new


# --- the statement ---------------------------------------------------------------------------------------------------


def parameters_of(organisation: str, version: int, writes: Sequence[Write]) -> list[Any]:
    """The parameters of `COMMIT` for these writes. Each write is of another case.

    Args:
        version: the organisation's version that the decisions have seen.
    """
    docs: dict[str, list[Row]] = {}
    for write in writes:
        docs.setdefault("cases" if write.before.seq else "new_cases", []).append(_case_row(write))
        if write.lines:
            docs.setdefault("events", []).extend(_event_rows(write))
        for name, rows in write.rows.items():
            docs.setdefault(name, []).extend(rows)
        if write.key is not None:
            docs.setdefault("keys", []).append(key_row(write, write.key))
        for message, activation in write.taken:
            docs.setdefault("taken", []).append(
                {"id": message, "case_id": write.after.id, "activation": activation, "at": write.at}
            )
    if numbers := numbers_of(writes):
        docs["numbers"] = numbers
    if "new_jobs" in docs:
        docs["deferred"] = [_deferral(organisation, row) for row in docs["new_jobs"]]
    notes = [note_of(organisation, write) for write in writes]
    parts = [as_json(docs[name]) if name in docs else None for name in PARTS]
    return [organisation, version, as_json(notes), *parts]


def as_json(value: object) -> str:
    """JSON, as a parameter."""
    return orjson.dumps(value).decode()


def _event_rows(write: Write) -> list[Row]:
    case_id, at, actor = write.before.id, write.at, write.actor
    return [
        {"case_id": case_id, "seq": line.seq, "type": line.type, "at": at, "actor": actor,
         "payload": orjson.Fragment(line.payload), "hash": "\\x" + line.hash.hex()}
        for line in write.lines
    ]  # fmt: skip


def _case_row(write: Write) -> Row:
    after = write.after
    snapshot = orjson.dumps(after.to_json())
    return {
        "id": after.id, "was": write.before.seq, "seq": after.seq, "hash": "\\x" + write.hash.hex(),
        "definition": after.definition, "version": after.version, "kind": after.kind, "status": after.status,
        "outcome": after.outcome, "name": after.name, "number": after.number, "starter": after.starter,
        "started_at": after.started_at, "closed_at": after.closed_at, "due_at": after.due_at, "changed_at": write.at,
        "parent": after.parent, "parent_activation": after.parent_activation, "process_case": after.process_case,
        "member": after.member, "incidents": len(after.incidents), "snapshot": orjson.Fragment(snapshot),
    }  # fmt: skip


def key_row(write: Write, key: Key) -> Row:
    """The row of its idempotency key."""
    return {
        "key": key.key, "body_hash": key.body_hash, "at": write.at, "case_id": write.after.id,
        "first_seq": write.before.seq + 1, "last_seq": write.after.seq, "answer": write.answer,
    }  # fmt: skip


def numbers_of(writes: Sequence[Write]) -> list[Row]:
    """The running numbers that starts take: what each was, and the last one taken."""
    taken: dict[str, list[int]] = {}
    for write in writes:
        if write.number_of is not None:
            taken.setdefault(write.number_of, []).append(write.after.number)
    return [{"definition": name, "was": min(used) - 1, "last": max(used)} for name, used in sorted(taken.items())]


def _deferral(organisation: str, job: Row) -> Row:
    name = f"{organisation}/{job['case_id']}/{job['seq']}"
    later = job["after"] if job["after"] > job["requested_at"] else None
    args = {"organisation": organisation, "case_id": job["case_id"], "seq": job["seq"]}
    return {"queueing_lock": name, "args": args, "scheduled_at": later}


def note_of(organisation: str, write: Write) -> str:
    """What listeners are told (see `listening`)."""
    note = {"o": organisation, "c": write.after.id, "k": kinds_of(write)}
    return orjson.dumps(note).decode()


def kinds_of(write: Write) -> list[str]:
    """What a live page or a worker may want to look at again."""
    rows = write.rows
    found = ["case"]
    if "new_tasks" in rows or "task_changes" in rows or "candidates" in rows:
        found.append("task")
    if "timers" in rows:
        found.append("timer")
    if "new_incidents" in rows or "resolved" in rows:
        found.append("incident")
    if "notifications" in rows:
        found.append("notification")
    return found


PARTS: Final = (
    "events", "new_cases", "cases", "numbers", "new_tasks", "task_changes", "gone_candidates", "candidates",
    "gone_timers", "timers", "gone_waits", "waits", "taken", "new_incidents", "resolved", "new_jobs", "job_changes",
    "notifications", "keys", "deferred",
)  # fmt: skip
"""What a commit may have, in the order of the parameters of `commit_v1` (migrations/commit.sql)."""

COMMIT: Final = f"SELECT commit_v1(%s, %s, %s{', %s' * len(PARTS)})"

NUMBERED_COMMIT: Final = f"SELECT commit_v1({', '.join(f'${n}' for n in range(1, 4 + len(PARTS)))})"
"""The same with the placeholders of PostgreSQL itself."""
