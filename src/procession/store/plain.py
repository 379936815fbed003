"""The commonest commits as one call with arrays of plain values: cases that start or go on, whose tasks end and begin.

`writing` can commit anything, as JSON rows. Making them here and reading them there costs a third of such a commit, so
writes of this shape go this way, one or many at once. Both write the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from struct import pack
from typing import Final

import orjson

from procession.engine.case import Case
from procession.store.projections import Row
from procession.store.statement import Statement, Value
from procession.store.writing import Write, as_json, key_row, note_of, numbers_of

_ROWS: Final = frozenset({"new_tasks", "task_changes", "gone_timers", "timers"})
_ENDINGS: Final = frozenset({"case_id", "activation", "status", "closed_at", "completed_by", "outcome"})
_TEXT: Final = 25
_JSON: Final = 114
_JSONB: Final = 3802
"""The numbers that PostgreSQL knows these types by, on every server."""

_JSONB_FORM: Final = b"\x01"
"""Before a `jsonb` in binary: the version of that form."""

_NULL: Final = pack("!i", -1)

_PARAMETERS: Final = 48
COMMIT_PLAIN: Final = Statement(
    "procession_commit_plain", f"SELECT commit_plain_v1({', '.join(f'${n}' for n in range(1, _PARAMETERS + 1))})"
)


def is_plain(write: Write) -> bool:
    """Whether `commit_plain_v1` can write it."""
    rows = write.rows
    if write.taken or not rows.keys() <= _ROWS:
        return False
    if not write.before.seq and not _is_plain_start(write):
        return False
    return all(map(_is_plain_task, rows.get("new_tasks", ()))) and all(map(_is_ending, rows.get("task_changes", ())))


def _is_plain_start(write: Write) -> bool:
    """A case that nobody but a person or a schedule has started, under a running number."""
    after = write.after
    numbered = write.number_of is not None and after.started_at == write.at
    return numbered and after.parent is None and after.process_case is None


def _is_plain_task(task: Mapping[str, object]) -> bool:
    """A new task that somebody has, or nobody, and that is still open."""
    return task["status"] == "open" and not task["candidates"] and not task["guest"] and "closed_at" not in task


def _is_ending(change: Mapping[str, object]) -> bool:
    return change.get("status") is not None and change.keys() <= _ENDINGS


def parameters_of_plain(organisation: str, version: int, writes: Sequence[Write]) -> list[Value]:
    """The parameters of `commit_plain_v1` (migrations/commit.sql) for writes that are plain, each of another case."""
    afters = [write.after for write in writes]
    lines = [(of, line) for of, write in enumerate(writes, 1) for line in write.lines]
    starts = [(of, write.after) for of, write in enumerate(writes, 1) if not write.before.seq]
    numbers = numbers_of(writes) if starts else []
    ends = _rows_of(writes, "task_changes")
    tasks = _rows_of(writes, "new_tasks")
    return [
        organisation, version, _texts([note_of(organisation, write) for write in writes]),
        _plain([after.id for after in afters]), _plain([write.before.seq for write in writes]),
        _plain([after.seq for after in afters]), b"".join([write.hash for write in writes]),
        _plain([after.version for after in afters]), _texts([after.status for after in afters]),
        _texts([after.outcome for after in afters]), _texts([after.name for after in afters]),
        _plain([after.closed_at for after in afters]), _plain([after.due_at for after in afters]),
        _plain([write.at for write in writes]), _texts([write.actor for write in writes]),
        _plain([len(after.incidents) for after in afters]),
        _array(_JSONB, [_JSONB_FORM + orjson.dumps(after.to_json()) for after in afters]),
        _plain([of for of, _ in lines]), _plain([line.seq for _, line in lines]),
        _plain([line.type for _, line in lines]),  # names of classes: nothing to be quoted
        _array(_JSON, [line.payload for _, line in lines]), b"".join([line.hash for _, line in lines]),
        *_starts(starts),
        _texts([row["definition"] for row in numbers]), _plain([row["was"] for row in numbers]),
        _plain([row["last"] for row in numbers]),
        _plain([of for of, _ in ends]), *_columns(ends, "activation", "status", "completed_by", "outcome"),
        _plain([of for of, _ in tasks]),
        *_columns(tasks, "activation", "definition", "step", "kind", "title", "assignee"),
        _plain([row["attempt"] for _, row in tasks]), *_columns(tasks, "department"),
        _plain([row.get("due_at") for _, row in tasks]),
        _json_rows(writes, "gone_timers"), _json_rows(writes, "timers"), _keys(writes),
    ]  # fmt: skip


def _starts(starts: Sequence[tuple[int, Case]]) -> list[Value]:
    cases = [case for _, case in starts]
    return [
        _plain([of for of, _ in starts]), _texts([case.definition for case in cases]),
        _texts([case.kind for case in cases]), _plain([case.number for case in cases]),
        _texts([case.starter for case in cases]),
    ]  # fmt: skip


def _rows_of(writes: Sequence[Write], name: str) -> list[tuple[int, Row]]:
    """The rows of one table, each with the number of its case."""
    return [(of, row) for of, write in enumerate(writes, 1) for row in write.rows.get(name, ())]


def _columns(rows: Sequence[tuple[int, Row]], *names: str) -> list[Value]:
    return [_texts([row.get(name) for _, row in rows]) for name in names]


def _json_rows(writes: Sequence[Write], name: str) -> str | None:
    rows = [row for write in writes for row in write.rows.get(name, ())]
    return as_json(rows) if rows else None


def _keys(writes: Sequence[Write]) -> str | None:
    rows = [key_row(write, write.key) for write in writes if write.key is not None]
    return as_json(rows) if rows else None


def _plain(values: Sequence[object]) -> str | None:
    """An array whose items need no quotes: numbers, instants, identifiers, names of classes. None where there are none."""
    if not values:
        return None
    return "{" + ",".join(["NULL" if value is None else str(value) for value in values]) + "}"


def _texts(values: Sequence[str | None]) -> bytes | None:
    """A `text[]`; None where there are no values."""
    items: list[bytes | None] = [None if value is None else value.encode() for value in values]
    return _array(_TEXT, items)


def _array(kind: int, items: Sequence[bytes | None]) -> bytes | None:
    """An array as PostgreSQL sends it in binary: dimensions, any NULLs, type, length, first index; then the items."""
    if not items:
        return None
    parts = [pack("!iiiii", 1, int(None in items), kind, len(items), 1)]
    for item in items:
        if item is None:
            parts.append(_NULL)
        else:
            parts.append(pack("!i", len(item)))
            parts.append(item)
    return b"".join(parts)
