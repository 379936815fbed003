"""Recorded events as diagnosis reads them: the kinds that say what was open, since when, and what it waited for."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from procession.engine.instants import from_instant

if TYPE_CHECKING:
    from procession.engine.world import Recorded
    from procession.store.transaction import Transaction

TYPES: Final = (
    "CaseStarted", "CaseClosed", "CaseCancelled", "CaseReopened", "StepOpened", "StepFinished", "StepSkipped",
    "StepWithdrawn", "TaskFirstOpened", "TaskStarted", "TaskClaimed", "TaskReleased", "TaskDelegated", "TaskReassigned",
    "TaskCompleted", "JobRequested", "TimerFired", "MilestoneReached", "HandoffHappened", "CasePaused", "CaseResumed",
    "DueChanged",
)  # fmt: skip
"""The types of event that diagnosis needs; the others say nothing about time."""

EVIDENCE: Final = (
    "CaseStarted",
    "DataWritten",
    "TaskCompleted",
    "StepWithdrawn",
    "TaskViewed",
    "CommentAdded",
    "PeopleNotified",
)
"""The types of event that say what was decided, typed, looked at and told: what waste is found by."""


class Fact(NamedTuple):
    """One recorded event."""

    case_id: str
    seq: int
    at: datetime
    actor: str
    type: str
    payload: Mapping[str, Any]


def of_world(log: Iterable[Recorded], types: Collection[str] = TYPES) -> Iterator[Fact]:
    """The facts of an organisation in memory."""
    for row in log:
        if row.event.type in types:
            yield Fact(row.case_id, row.seq, from_instant(row.at), row.actor, row.event.type, row.event.to_json())


_FACTS = """
SELECT f.case_id::text, json_agg(json_build_array(
    f.seq, CAST(extract(epoch FROM f.at) * 1000000 AS bigint), f.actor, f.type, f.payload) ORDER BY f.seq)::text
FROM (
    SELECT e.case_id, e.seq, e.at, e.actor, e.type,
        CASE WHEN e.type = 'CaseStarted' THEN (e.payload::jsonb - 'data' || jsonb_build_object('data', (
            SELECT coalesce(jsonb_object_agg(d.key, d.value), '{}') FROM jsonb_each(e.payload::jsonb -> 'data') d
            WHERE jsonb_typeof(d.value) IN ('string', 'number', 'boolean', 'object') AND length(d.value::text) < 60
        )))::json ELSE e.payload END AS payload
    FROM events e
    WHERE e.organisation = :organisation AND e.type = ANY(:types) AND e.case_id = ANY(CAST(:cases AS uuid[]))
) f
GROUP BY f.case_id
ORDER BY f.case_id
"""
_AT_ONCE: Final = 400
"""Cases that are read at once: few enough that what is read and not yet looked at takes no memory to speak of."""
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_CASES = """
WITH newest AS (
    SELECT id FROM cases WHERE organisation = :organisation AND definition = :definition ORDER BY id DESC LIMIT :most)
SELECT id::text FROM newest
UNION ALL
SELECT c.id::text FROM cases c JOIN newest n ON c.process_case = n.id WHERE c.organisation = :organisation
ORDER BY id
"""

_VERSION = """
WITH newest AS (
    SELECT id, seq, changed_at FROM cases WHERE organisation = :organisation AND definition = :definition
    ORDER BY id DESC LIMIT :most)
SELECT count(*), sum(seq), max(changed_at) FROM (
    SELECT seq, changed_at FROM newest
    UNION ALL
    SELECT c.seq, c.changed_at FROM cases c JOIN newest n ON c.process_case = n.id WHERE c.organisation = :organisation
) a
"""

MOST_CASES: Final = 5_000
"""Of a process or workflow the newest so many are looked at: enough for every figure, and few enough for memory."""

Version = tuple[object, ...]
"""A mark that changes with every event of the cases looked at."""


def of_store(tx: Transaction, definition: str, types: Collection[str] = TYPES) -> Iterator[Fact]:
    """The facts of the newest cases of a process and of their members, or of a workflow; read as they are used, so
    while the transaction is open."""
    return of_cases(tx, [case for (case,) in tx.rows_of(_CASES, definition=definition, most=MOST_CASES)], types)


def of_cases(tx: Transaction, cases: Sequence[str], types: Collection[str] = TYPES) -> Iterator[Fact]:
    """The facts of these cases, those of one case after the other and in order; read as they are used."""
    # One document for each case: row by row the same events take four times as long.
    for first in range(0, len(cases), _AT_ONCE):
        for case, document in tx.rows_of(_FACTS, types=list(types), cases=list(cases[first : first + _AT_ONCE])):
            for seq, at, actor, type_, payload in orjson.loads(document):
                yield Fact(case, seq, _EPOCH + timedelta(microseconds=at), actor, type_, payload)


def of_one(tx: Transaction, case_id: str) -> list[Fact]:
    """The facts of one case and, where it is a process's, of its members."""
    members = "SELECT id::text FROM cases WHERE organisation = :organisation AND process_case = CAST(:case AS uuid)"
    return list(of_cases(tx, [case_id, *(one for (one,) in tx.rows_of(members, case=case_id))]))


def version_of(tx: Transaction, definition: str) -> Version:
    """How many cases and events there are, and the latest moment."""
    return tx.rows_of(_VERSION, definition=definition, most=MOST_CASES)[0]
