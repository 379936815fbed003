"""The commonest commit of all as one call with plain values: one case, in which a task ends and perhaps the next begins.

`plain` commits it too, as arrays; a person who is alone waits a tenth less without them. All write the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from struct import pack
from typing import Final

import orjson

from procession.store.projections import Row
from procession.store.statement import Statement, Value
from procession.store.writing import Write, as_json, note_of

_ROWS: Final = frozenset({"new_tasks", "task_changes", "gone_timers", "timers"})
_TASK: Final[Row] = {}
_ENDINGS: Final = frozenset({"case_id", "activation", "status", "closed_at", "completed_by", "outcome"})
_JSON_TYPE: Final = 114
"""The number that PostgreSQL knows its type json by, on every server."""

_JSONB: Final = b"\x01"
"""Before a `jsonb` in binary: the version of that form."""

_PARAMETERS: Final = 38
COMMIT_ONE: Final = Statement(
    "procession_commit_one", f"SELECT commit_one_v1({', '.join(f'${n}' for n in range(1, _PARAMETERS + 1))})"
)


def parameters_of_one(organisation: str, version: int, write: Write) -> list[Value] | None:
    """The parameters of `commit_one_v1` (migrations/commit.sql); None where the write does not have its shape."""
    rows = write.rows
    if not write.before.seq or write.taken or not rows.keys() <= _ROWS:
        return None
    opened, ended = rows.get("new_tasks", ()), rows.get("task_changes", ())
    if len(opened) > 1 or len(ended) > 1:
        return None
    task: Row = opened[0] if opened else _TASK
    end: Row = ended[0] if ended else _TASK
    if (opened and not _is_plain(task)) or (ended and not _is_ending(end)):
        return None
    after, lines, key = write.after, write.lines, write.key
    return [
        organisation, version, note_of(organisation, write), write.at, write.actor,
        after.id, write.before.seq, after.seq, write.hash, after.version, after.status, after.outcome, after.name,
        after.closed_at, after.due_at, len(after.incidents), _JSONB + orjson.dumps(after.to_json()),
        "{" + ",".join([line.type for line in lines]) + "}",  # names of classes: nothing to be quoted
        _json_array([line.payload for line in lines]), b"".join([line.hash for line in lines]),
        end.get("activation"), end.get("status"), end.get("completed_by"), end.get("outcome"),
        task.get("activation"), task.get("definition"), task.get("step"), task.get("kind"), task.get("title"),
        task.get("assignee"), task.get("attempt"), task.get("department"), task.get("due_at"),
        _rows(rows, "gone_timers"), _rows(rows, "timers"),
        *((None, None, None) if key is None else (key.key, key.body_hash, as_json(write.answer))),
    ]  # fmt: skip


def _is_plain(task: Mapping[str, object]) -> bool:
    """A new task that somebody has, or nobody, and that is still open."""
    return task["status"] == "open" and not task["candidates"] and not task["guest"] and "closed_at" not in task


def _is_ending(change: Mapping[str, object]) -> bool:
    return change.get("status") is not None and change.keys() <= _ENDINGS


def _rows(rows: Mapping[str, list[Row]], name: str) -> str | None:
    return as_json(rows[name]) if name in rows else None


def _json_array(texts: Sequence[bytes]) -> bytes:
    """A `json[]` as PostgreSQL sends it in binary: dimensions, any NULLs, type, length, first index; then the items."""
    parts = [pack("!iiiii", 1, 0, _JSON_TYPE, len(texts), 1)]
    for text in texts:
        parts.append(pack("!i", len(text)))
        parts.append(text)
    return b"".join(parts)
