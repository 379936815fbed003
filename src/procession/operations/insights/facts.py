"""Recorded events as diagnosis reads them: only the kinds that say what was open, since when, and what it waited for."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from procession.engine.instants import from_instant

if TYPE_CHECKING:
    from procession.engine.world import Recorded
    from procession.store.transaction import Transaction

TYPES: Final = (
    "CaseStarted", "CaseClosed", "CaseCancelled", "CaseReopened", "StepOpened", "StepFinished", "StepSkipped",
    "StepWithdrawn", "TaskFirstOpened", "TaskStarted", "TaskClaimed", "TaskReleased", "TaskDelegated", "TaskReassigned",
    "TaskCompleted", "JobRequested", "TimerFired", "MilestoneReached", "HandoffHappened",
)  # fmt: skip
"""The types of event that diagnosis needs; the others say nothing about time."""

_NEEDED = frozenset(TYPES)


class Fact(NamedTuple):
    """One recorded event."""

    case_id: str
    seq: int
    at: datetime
    actor: str
    type: str
    payload: Mapping[str, Any]


def of_world(log: Iterable[Recorded]) -> Iterator[Fact]:
    """The facts of an organisation in memory."""
    for row in log:
        if row.event.type in _NEEDED:
            yield Fact(row.case_id, row.seq, from_instant(row.at), row.actor, row.event.type, row.event.to_json())


_FACTS = """
SELECT e.case_id::text, e.seq, e.at, e.actor, e.type,
    CASE WHEN e.type = 'CaseStarted' THEN (e.payload::jsonb - 'data' - 'origins')::json ELSE e.payload END
FROM events e
WHERE e.organisation = :organisation AND e.type = ANY(:types) AND e.case_id = ANY(CAST(:cases AS uuid[]))
ORDER BY e.case_id, e.seq
"""

_CASES = """
SELECT c.id::text, p.id::text FROM cases c
LEFT JOIN cases p ON p.organisation = c.organisation AND p.id = c.process_case
WHERE c.organisation = :organisation AND (c.definition = :definition OR p.definition = :definition)
"""

_VERSION = """
SELECT count(*), coalesce(sum(c.seq), 0), max(c.changed_at) FROM cases c
LEFT JOIN cases p ON p.organisation = c.organisation AND p.id = c.process_case
WHERE c.organisation = :organisation AND (c.definition = :definition OR p.definition = :definition)
"""


def of_store(tx: Transaction, definition: str) -> list[Fact]:
    """The facts of all cases of a process and of its members, or of a workflow."""
    cases = [case for case, _ in tx.run(_CASES, definition=definition)]
    return [Fact(*row) for row in tx.run(_FACTS, types=list(TYPES), cases=cases)]


def version_of(tx: Transaction, definition: str) -> tuple[int, int, datetime | None]:
    """A mark that changes with every event of those cases: how many cases and events there are, and the latest moment."""
    row = tx.run(_VERSION, definition=definition).one()
    return int(row[0]), int(row[1]), row[2]
