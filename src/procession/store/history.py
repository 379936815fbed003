"""Many whole cases at once: a history from elsewhere, or made up for a demo, written in one transaction by COPY.

What is written is what single commits would have written: the same events with their hash chain, folded by the same
projection code. So `rebuild` gives the same lists again, and `verify` finds every link intact. Either all of it is
there afterwards, or nothing.

`encode` needs no database and can run in other processes; `write` then only passes text on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import orjson

from procession.engine.case import Case
from procession.engine.events import Event
from procession.engine.evolve import evolve
from procession.engine.instants import Instant
from procession.store.chain import FIRST, link
from procession.store.projections import INVITE_GUEST, OWN_KINDS, Row, Telling
from procession.store.rebuilding import projected
from procession.store.transaction import Transaction
from procession.store.writing import EVENT_VERSION, event_bytes

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "cases": (
        "id", "seq", "hash", "definition", "version", "kind", "status", "outcome", "name", "number", "starter",
        "started_at", "closed_at", "due_at", "changed_at", "parent", "parent_activation", "process_case", "member",
        "incidents", "snapshot",
    ),
    "events": ("case_id", "seq", "at", "actor", "type", "version", "payload", "hash"),
    "tasks": (
        "case_id", "activation", "definition", "step", "kind", "title", "status", "assignee", "candidates", "guest",
        "attempt", "department", "ready_at", "assigned_at", "first_opened_at", "started_at", "due_at", "closed_at",
        "completed_by", "outcome",
    ),
    "candidates": ("case_id", "activation", "person", "due_at"),
    "timers": ("case_id", "activation", "timer", "at"),
    "waits": ("case_id", "activation", "name", "key", "since"),
    "incidents": (
        "case_id", "incident", "code", "sentence", "activation", "step", "owner", "opened_at", "resolved_at",
        "resolved_by", "how",
    ),
    "jobs": (
        "case_id", "seq", "kind", "activation", "attempt", "status", "after", "requested_at", "finished_at", "error",
    ),
    "notifications": ("case_id", "person", "seq", "what", "text", "activation", "at", "read_at"),
}  # fmt: skip
"""The tables that are written, and what of them."""


class HistoryError(ValueError):
    """A history that cannot be taken in; the sentence says why."""


class Happened(NamedTuple):
    """One event of a case, in order."""

    at: Instant
    actor: str
    event: Event


@dataclass(slots=True)
class Encoded:
    """Whole cases as COPY wants them."""

    rows: dict[str, bytes] = field(default_factory=dict[str, bytes])
    """Table → lines."""
    numbers: dict[str, int] = field(default_factory=dict[str, int])
    """Definition → the highest running number used."""
    versions: set[tuple[str, int]] = field(default_factory=set[tuple[str, int]])
    """The definitions that the cases need."""
    cases: int = 0
    events: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What was taken in."""

    cases: int
    events: int


# --- encoding --------------------------------------------------------------------------------------------------------


def encode(
    organisation: str, cases: Iterable[tuple[str, Iterable[Happened]]], *, read_until: Instant | None = None
) -> Encoded:
    """Cases with all their events, each from the first.

    Args:
        read_until: notifications up to this moment count as read.
    """
    encoded = Encoded()
    lines: dict[str, list[str]] = {table: [] for table in COLUMNS}
    for case_id, happened in cases:
        case = _encode_case(organisation, case_id, happened, read_until, lines, encoded)
        encoded.cases += 1
        encoded.versions.add((case.definition, case.version))
        encoded.numbers[case.definition] = max(case.number, encoded.numbers.get(case.definition, 0))
    encoded.rows = {table: "".join(found).encode() for table, found in lines.items() if found}
    return encoded


def _encode_case(
    organisation: str,
    case_id: str,
    happened: Iterable[Happened],
    read_until: Instant | None,
    lines: dict[str, list[str]],
    encoded: Encoded,
) -> Case:
    case, hash_, at = Case(id=case_id), FIRST, ""
    telling = Telling.beginning_at(case)
    prefix = f"{organisation_text(organisation)}\t{case_id}\t"
    events = lines["events"]
    for at, actor, event in happened:
        evolve(case, event, at, actor)
        telling.tell(case, case.seq, event, at, actor)
        payload = event_bytes(event)
        hash_ = link(hash_, case_id, case.seq, at, actor, event.type, EVENT_VERSION, payload)
        events.append(
            f"{prefix}{case.seq}\t{at}\t{_escape(actor)}\t{event.type}\t{EVENT_VERSION}\t{_escape(payload.decode())}\t"
            f"\\\\x{hash_.hex()}\n"
        )
    encoded.events += case.seq
    lines["cases"].append(f"{organisation_text(organisation)}\t{_line(_case_row(case, hash_, at), COLUMNS['cases'])}")
    tables = projected(case, telling).rows
    tables["jobs"] = [_settled(job, case) for job in telling.jobs.values()]
    tables["notifications"] = [_noted(note, read_until) for note in telling.notifications]
    for table, rows in tables.items():
        columns = COLUMNS[table][1:]
        lines[table].extend(prefix + _line(row, columns) for row in rows)
    return case


def _case_row(case: Case, hash_: bytes, at: Instant) -> Row:
    return {
        "id": case.id, "seq": case.seq, "hash": hash_, "definition": case.definition, "version": case.version,
        "kind": case.kind, "status": case.status, "outcome": case.outcome, "name": case.name, "number": case.number,
        "starter": case.starter, "started_at": case.started_at, "closed_at": case.closed_at, "due_at": case.due_at,
        "changed_at": at, "parent": case.parent, "parent_activation": case.parent_activation,
        "process_case": case.process_case, "member": case.member, "incidents": len(case.incidents),
        "snapshot": case.to_json(),
    }  # fmt: skip


def _settled(job: Row, case: Case) -> Row:
    """Children were started and people told when it happened; only guests of open tasks are still to be invited."""
    waits_for_guest = job["kind"] == INVITE_GUEST and job["activation"] in case.activations
    if job["kind"] not in OWN_KINDS or waits_for_guest:
        return job
    return {**job, "status": "done", "finished_at": job["requested_at"]}


def _noted(note: Row, read_until: Instant | None) -> Row:
    return {**note, "read_at": note["at"] if read_until is not None and note["at"] <= read_until else None}


def organisation_text(organisation: str) -> str:
    """The organisation's name as it stands in a line."""
    return _escape(organisation)


def _line(row: Row, columns: tuple[str, ...]) -> str:
    return "\t".join([_value(row.get(column), column) for column in columns]) + "\n"


_DEFAULTS: Final[Mapping[str, Any]] = {"guest": False, "attempt": 1, "candidates": []}


def _value(value: Any, column: str) -> str:
    """One value in COPY's text format."""
    if value is None:
        value = _DEFAULTS.get(column)
        if value is None:
            return "\\N"
    if isinstance(value, str):
        return _escape(value)
    if isinstance(value, bool):
        return "t" if value else "f"
    if isinstance(value, bytes):
        return f"\\\\x{value.hex()}"
    if isinstance(value, list):
        return _escape(_array([str(one) for one in value]))  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType] - rows are JSON
    if isinstance(value, dict):
        return _escape(orjson.dumps(value).decode())
    return str(value)


def _array(values: list[str]) -> str:
    quoted = (value.replace("\\", "\\\\").replace('"', '\\"') for value in values)
    return "{" + ",".join(f'"{value}"' for value in quoted) + "}"


def _escape(text: str) -> str:
    if "\\" in text:
        text = text.replace("\\", "\\\\")
    if "\n" in text or "\t" in text or "\r" in text:
        text = text.replace("\n", "\\n").replace("\t", "\\t").replace("\r", "\\r")
    return text


# --- writing ---------------------------------------------------------------------------------------------------------

_CHUNK = 1 << 20


def write(tx: Transaction, parts: Iterable[Encoded], progress: Callable[[int], None] | None = None) -> Written:
    """Take in encoded cases of the transaction's organisation, all or nothing.

    COPY cannot write where row-level security applies, so it fills temporary tables that are then inserted from.

    Args:
        progress: is told how many cases have been passed on.

    Raises:
        HistoryError: a case needs a definition that is not published.
    """
    connection: Any = tx.connection.connection.driver_connection
    cases = events = 0
    numbers: dict[str, int] = {}
    versions: set[tuple[str, int]] = set()
    for table in COLUMNS:
        tx.run(f"CREATE TEMPORARY TABLE import_{table} (LIKE {table} INCLUDING DEFAULTS) ON COMMIT DROP")
    for part in parts:
        for table, lines in part.rows.items():
            names = ", ".join(("organisation", *COLUMNS[table]))
            with connection.cursor() as cursor, cursor.copy(f"COPY import_{table} ({names}) FROM STDIN") as copy:
                for chunk in _chunks(lines):
                    copy.write(chunk)
        cases, events = cases + part.cases, events + part.events
        versions |= part.versions
        for name, last in part.numbers.items():
            numbers[name] = max(last, numbers.get(name, 0))
        if progress is not None:
            progress(cases)
    _refuse_unknown(tx, versions)
    for table, columns in COLUMNS.items():
        names = ", ".join(("organisation", *columns))
        tx.run(f"INSERT INTO {table} ({names}) SELECT {names} FROM import_{table}")
    for name, last in sorted(numbers.items()):
        tx.run(
            "INSERT INTO numbers AS t (organisation, definition, last) VALUES (:organisation, :name, :last) "
            "ON CONFLICT (organisation, definition) DO UPDATE SET last = greatest(t.last, excluded.last)",
            name=name, last=last,
        )  # fmt: skip
    for table in COLUMNS:
        tx.run(f"DROP TABLE import_{table}")
    return Written(cases, events)


def _chunks(lines: bytes) -> Iterator[bytes]:
    for start in range(0, len(lines), _CHUNK):
        yield lines[start : start + _CHUNK]


def _refuse_unknown(tx: Transaction, versions: set[tuple[str, int]]) -> None:
    known = {(str(name), int(version)) for name, version in tx.rows_of(
        "SELECT id, version FROM definitions WHERE organisation = :organisation"
    )}  # fmt: skip
    missing = sorted(versions - known)
    if missing:
        named = ", ".join(f"{name} version {version}" for name, version in missing)
        raise HistoryError(f"The history needs {named}, which is not published here. Publish it first.")
