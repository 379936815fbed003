"""One commit as one statement: events, snapshots, lists, timers, jobs and keys of one or more cases.

A commit holds no lock while Python decides. What was read is checked in the statement itself: an event's number can be taken
only once (primary key), and `require` stops the whole statement when a case, the organisation or a running number has moved
on since. So whatever goes through was decided on what was there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, cast

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
    rows: dict[str, list[Row]] = field(default_factory=dict[str, list[Row]])


def prepare(
    before: Case, before_hash: bytes, events: Sequence[Event], at: Instant, actor: str
) -> Write:
    """Apply the events to a copy of the case and work out every row they change."""
    after = before.scratch()
    telling = Telling.beginning_at(before)
    case_id, seq, hash_ = before.id, before.seq, before_hash
    event_rows: list[Row] = []
    for event in events:
        evolve(after, event, at, actor)
        seq += 1
        telling.tell(after, seq, event, at, actor)
        payload = event_bytes(event)
        hash_ = link(hash_, case_id, seq, at, actor, event.type, EVENT_VERSION, payload)
        event_rows.append(
            {"case_id": case_id, "seq": seq, "type": event.type, "at": at, "actor": actor,
             "payload": orjson.Fragment(payload), "hash": "\\x" + hash_.hex()}
        )  # fmt: skip
    write = Write(before, before_hash, at, actor, events, after, hash_)
    rows = write.rows
    rows["events"] = event_rows
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
    new = [{"case_id": case_id, **row(key, value)} for key, value in after.items() if key not in before or before[key] != value]
    if gone:
        rows[f"gone_{table}"] = gone
    if new:
        rows[table] = new


# --- the statement ------------------------------------------------------------------------------------------------------


def statement(organisation: str, version: int, writes: Sequence[Write]) -> tuple[bytes, dict[str, Any]]:
    """The statement that commits these writes, and its parameters. Each write is of another case.

    Args:
        version: the organisation's version that the decisions have seen.
    """
    docs: dict[str, list[Row]] = {}
    for write in writes:
        docs.setdefault("cases" if write.before.seq else "new_cases", []).append(_case_row(write))
        for name, rows in write.rows.items():
            docs.setdefault(name, []).extend(rows)
        if write.key is not None:
            docs.setdefault("keys", []).append(_key_row(write, write.key))
        for message, activation in write.taken:
            docs.setdefault("taken", []).append(
                {"id": message, "case_id": write.after.id, "activation": activation, "at": write.at}
            )
    if numbers := _numbers(writes):
        docs["numbers"] = numbers
    if "new_jobs" in docs:
        docs["deferred"] = [_deferral(organisation, row) for row in docs["new_jobs"]]
    docs["notes"] = [{"note": _note(organisation, write)} for write in writes]
    parameters: dict[str, Any] = {
        name: orjson.dumps(rows).decode() for name, rows in docs.items()
    }
    parameters |= {"organisation": organisation, "organisation_version": version}
    parameters["case_count"] = len(docs.get("cases", ()))
    parameters["number_count"] = len(numbers)
    return _sql(tuple(name for name in _PARTS if name in docs)), parameters


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


def _key_row(write: Write, key: Key) -> Row:
    return {
        "key": key.key, "body_hash": key.body_hash, "at": write.at, "case_id": write.after.id,
        "first_seq": write.before.seq + 1, "last_seq": write.after.seq, "answer": write.answer,
    }  # fmt: skip


def _numbers(writes: Sequence[Write]) -> list[Row]:
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


def _note(organisation: str, write: Write) -> str:
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


_CASE_COLUMNS = """id uuid, was int, seq int, hash bytea, definition text, version int, kind text, status text, outcome text,
    name text, number int, starter text, started_at timestamptz, closed_at timestamptz, due_at timestamptz,
    changed_at timestamptz, parent uuid, parent_activation text, process_case uuid, member text, incidents int,
    snapshot jsonb"""

_PARTS: Final[dict[str, str]] = {
    "new_cases": f"""new_cases AS (
        INSERT INTO cases (organisation, id, seq, hash, definition, version, kind, status, outcome, name, number, starter,
            started_at, closed_at, due_at, changed_at, parent, parent_activation, process_case, member, incidents, snapshot)
        SELECT %(organisation)s, id, seq, hash, definition, version, kind, status, outcome, name, number, starter,
            started_at, closed_at, due_at, changed_at, parent, parent_activation, process_case, member, incidents, snapshot
        FROM json_to_recordset(%(new_cases)s::json) AS x({_CASE_COLUMNS}))""",
    "cases": f"""changed AS (
        UPDATE cases t SET seq = x.seq, hash = x.hash, version = x.version, status = x.status, outcome = x.outcome,
            name = x.name, closed_at = x.closed_at, due_at = x.due_at, changed_at = x.changed_at,
            incidents = x.incidents, committed_at = now(), snapshot = x.snapshot
        FROM json_to_recordset(%(cases)s::json) AS x({_CASE_COLUMNS})
        WHERE t.organisation = %(organisation)s AND t.id = x.id AND t.seq = x.was
        RETURNING t.id)""",
    "numbers": """counted AS (
        INSERT INTO numbers AS t (organisation, definition, last)
        SELECT %(organisation)s, definition, last
        FROM json_to_recordset(%(numbers)s::json) AS x(definition text, was int, last int)
        ON CONFLICT (organisation, definition) DO UPDATE SET last = excluded.last
        WHERE (t.definition, t.last) IN (
            SELECT definition, was FROM json_to_recordset(%(numbers)s::json) AS y(definition text, was int))
        RETURNING 1)""",
    "events": """new_events AS (
        INSERT INTO events (organisation, case_id, seq, at, actor, type, version, payload, hash)
        SELECT %(organisation)s, case_id, seq, at, actor, type, 1, payload, hash
        FROM json_to_recordset(%(events)s::json)
            AS x(case_id uuid, seq int, at timestamptz, actor text, type text, payload json, hash bytea))""",
    "new_tasks": """new_tasks AS (
        INSERT INTO tasks (organisation, case_id, activation, definition, step, kind, title, status, assignee, candidates,
            guest, attempt, department, ready_at, assigned_at, first_opened_at, started_at, due_at, closed_at,
            completed_by, outcome)
        SELECT %(organisation)s, case_id, activation, definition, step, kind, title, status, assignee, candidates,
            guest, attempt, department, ready_at, assigned_at, first_opened_at, started_at, due_at, closed_at,
            completed_by, outcome
        FROM json_to_recordset(%(new_tasks)s::json)
            AS x(case_id uuid, activation text, definition text, step text, kind text, title text, status text,
                assignee text, candidates text[], guest boolean, attempt int, department text, ready_at timestamptz,
                assigned_at timestamptz, first_opened_at timestamptz, started_at timestamptz, due_at timestamptz,
                closed_at timestamptz, completed_by text, outcome text))""",
    "task_changes": """task_changes AS (
        UPDATE tasks t SET
            status = coalesce(x.status, t.status),
            assignee = CASE WHEN x."full" THEN x.assignee ELSE t.assignee END,
            candidates = CASE WHEN x."full" THEN x.candidates ELSE t.candidates END,
            due_at = CASE WHEN x."full" THEN x.due_at ELSE t.due_at END,
            assigned_at = coalesce(x.assigned_at, t.assigned_at),
            first_opened_at = coalesce(x.first_opened_at, t.first_opened_at),
            started_at = coalesce(x.started_at, t.started_at),
            closed_at = coalesce(x.closed_at, t.closed_at),
            completed_by = coalesce(x.completed_by, t.completed_by),
            outcome = coalesce(x.outcome, t.outcome)
        FROM json_to_recordset(%(task_changes)s::json)
            AS x(case_id uuid, activation text, "full" boolean, status text, assignee text, candidates text[],
                due_at timestamptz, assigned_at timestamptz, first_opened_at timestamptz, started_at timestamptz,
                closed_at timestamptz, completed_by text, outcome text)
        WHERE t.organisation = %(organisation)s AND t.case_id = x.case_id AND t.activation = x.activation)""",
    "gone_candidates": """gone_candidates AS (
        DELETE FROM candidates t
        USING json_to_recordset(%(gone_candidates)s::json) AS x(case_id uuid, activation text, person text)
        WHERE t.organisation = %(organisation)s AND t.case_id = x.case_id AND t.activation = x.activation
            AND t.person = x.person)""",
    "candidates": """new_candidates AS (
        INSERT INTO candidates (organisation, case_id, activation, person, due_at)
        SELECT %(organisation)s, case_id, activation, person, due_at
        FROM json_to_recordset(%(candidates)s::json)
            AS x(case_id uuid, activation text, person text, due_at timestamptz)
        ON CONFLICT (organisation, case_id, activation, person) DO UPDATE SET due_at = excluded.due_at)""",
    "gone_timers": """gone_timers AS (
        DELETE FROM timers t
        USING json_to_recordset(%(gone_timers)s::json) AS x(case_id uuid, activation text, timer text)
        WHERE t.organisation = %(organisation)s AND t.case_id = x.case_id AND t.activation = x.activation
            AND t.timer = x.timer)""",
    "timers": """new_timers AS (
        INSERT INTO timers (organisation, case_id, activation, timer, at)
        SELECT %(organisation)s, case_id, activation, timer, at
        FROM json_to_recordset(%(timers)s::json) AS x(case_id uuid, activation text, timer text, at timestamptz)
        ON CONFLICT (organisation, case_id, activation, timer) 
            DO UPDATE SET at = excluded.at, tries = 0, claimed_until = NULL)""",
    "gone_waits": """gone_waits AS (
        DELETE FROM waits t
        USING json_to_recordset(%(gone_waits)s::json) AS x(case_id uuid, activation text)
        WHERE t.organisation = %(organisation)s AND t.case_id = x.case_id AND t.activation = x.activation)""",
    "waits": """new_waits AS (
        INSERT INTO waits (organisation, case_id, activation, name, key, since)
        SELECT %(organisation)s, case_id, activation, name, key, since
        FROM json_to_recordset(%(waits)s::json)
            AS x(case_id uuid, activation text, name text, key text, since timestamptz))""",
    "taken": """taken AS (
        UPDATE messages t SET taken_at = x.at, case_id = x.case_id, activation = x.activation
        FROM json_to_recordset(%(taken)s::json) AS x(id uuid, case_id uuid, activation text, at timestamptz)
        WHERE t.organisation = %(organisation)s AND t.id = x.id)""",
    "new_incidents": """new_incidents AS (
        INSERT INTO incidents (organisation, case_id, incident, code, sentence, activation, step, owner, opened_at,
            resolved_at, resolved_by, how)
        SELECT %(organisation)s, case_id, incident, code, sentence, activation, step, owner, opened_at,
            resolved_at, resolved_by, how
        FROM json_to_recordset(%(new_incidents)s::json)
            AS x(case_id uuid, incident text, code text, sentence text, activation text, step text, owner text,
                opened_at timestamptz, resolved_at timestamptz, resolved_by text, how text))""",
    "resolved": """resolved AS (
        UPDATE incidents t SET resolved_at = x.resolved_at, resolved_by = x.resolved_by, how = x.how
        FROM json_to_recordset(%(resolved)s::json)
            AS x(case_id uuid, incident text, resolved_at timestamptz, resolved_by text, how text)
        WHERE t.organisation = %(organisation)s AND t.case_id = x.case_id AND t.incident = x.incident)""",
    "new_jobs": """new_jobs AS (
        INSERT INTO jobs (organisation, case_id, seq, kind, activation, attempt, status, after, requested_at, finished_at,
            error)
        SELECT %(organisation)s, case_id, seq, kind, activation, attempt, status, after, requested_at, finished_at, error
        FROM json_to_recordset(%(new_jobs)s::json)
            AS x(case_id uuid, seq int, kind text, activation text, attempt int, status text, after timestamptz,
                requested_at timestamptz, finished_at timestamptz, error text))""",
    "job_changes": """job_changes AS (
        UPDATE jobs t SET status = x.status, finished_at = x.finished_at, error = x.error
        FROM json_to_recordset(%(job_changes)s::json)
            AS x(case_id uuid, activation text, attempt int, status text, finished_at timestamptz, error text)
        WHERE t.organisation = %(organisation)s AND t.case_id = x.case_id AND t.activation = x.activation
            AND t.status = 'waiting' AND t.attempt = coalesce(x.attempt, t.attempt)
            AND t.kind NOT IN ('start_child', 'cancel_child', 'tell_parent', 'tell_people', 'invite_guest'))""",
    "notifications": """new_notifications AS (
        INSERT INTO notifications (organisation, person, case_id, seq, what, text, activation, at)
        SELECT %(organisation)s, person, case_id, seq, what, text, activation, at
        FROM json_to_recordset(%(notifications)s::json)
            AS x(person text, case_id uuid, seq int, what text, text text, activation text, at timestamptz))""",
    "keys": """new_keys AS (
        INSERT INTO command_keys (organisation, key, body_hash, at, case_id, first_seq, last_seq, answer)
        SELECT %(organisation)s, key, body_hash, at, case_id, first_seq, last_seq, answer
        FROM json_to_recordset(%(keys)s::json)
            AS x(key text, body_hash text, at timestamptz, case_id uuid, first_seq int, last_seq int, answer json))""",
    "deferred": f"""deferred AS (
        SELECT procrastinate_defer_jobs_v1(array_agg(
            ROW('{QUEUE}', '{JOB_TASK}', 0, NULL, queueing_lock, args, scheduled_at)::procrastinate_job_to_defer_v1)) AS ids
        FROM json_to_recordset(%(deferred)s::json) AS x(queueing_lock text, args jsonb, scheduled_at timestamptz))""",
}


@cache
def _sql(parts: tuple[str, ...]) -> bytes:
    """The statement for the parts that a commit has; there are few combinations, and each is prepared once."""
    checks = ["require((SELECT version FROM organisations WHERE organisation = %(organisation)s) "
              "= %(organisation_version)s, 'organisation')"]  # fmt: skip
    if "cases" in parts:
        checks.append("require((SELECT count(*) FROM changed) = %(case_count)s, 'case')")
    if "numbers" in parts:
        checks.append("require((SELECT count(*) FROM counted) = %(number_count)s, 'number')")
    if "deferred" in parts:
        checks.append("require((SELECT ids IS NOT NULL FROM deferred), 'jobs')")
    announce = "(SELECT count(pg_notify('procession', note)) FROM json_to_recordset(%(notes)s::json) AS x(note text))"
    body = ",\n    ".join(cast("Sequence[str]", [_PARTS[part] for part in parts]))
    return f"WITH {body}\nSELECT {', '.join([*checks, announce])}".encode()
