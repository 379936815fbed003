"""Timers that are due become commands. Workers claim them row by row, so that several share the work."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import structlog

from procession.engine.commands import FireTimer
from procession.engine.moment import SYSTEM
from procession.engine.rejections import Rejection
from procession.store.store import Store

log = structlog.get_logger()

# Materialised, because a plan may run a subquery again for every row it joins, and each run would take `limit` more.
# By their place (ctid), which holds while the rows are locked: by key, a claim searches an index of all timers for each.
_CLAIM = """
WITH due AS MATERIALIZED (
    SELECT ctid AS place FROM timers
    WHERE organisation = :organisation AND at <= :at AND (claimed_until IS NULL OR claimed_until <= now())
    ORDER BY at LIMIT :limit FOR UPDATE SKIP LOCKED)
UPDATE timers t SET claimed_until = now() + interval '60 seconds' * power(2, least(tries, 6)), tries = tries + 1
FROM due
WHERE t.ctid = due.place AND t.organisation = :organisation
RETURNING t.case_id::text, t.activation, t.timer, t.at
"""

_DROP = """
DELETE FROM timers WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) AND activation = :activation
AND timer = :timer AND at = :at
"""


@dataclass(frozen=True, slots=True)
class Due:
    """A timer that this worker is to fire."""

    case_id: str
    activation: str
    timer: str
    at: datetime


def claim_due(store: Store, organisation: str, at: datetime, limit: int = 100) -> list[Due]:
    """Claim timers that are due; those that another worker has claimed in the last minute are left to it."""
    with store.transaction(organisation) as tx:
        return [Due(*row) for row in tx.run(_CLAIM, at=at, limit=limit)]


def fire_due(store: Store, at: datetime | None = None) -> int:
    """Fire everything that is due, in all organisations; returns how many timers rang."""
    at = at or datetime.now(UTC)
    fired = 0
    for organisation in store.organisations_with_due_timers(at):
        while due := claim_due(store, organisation, at):
            for one in due:
                fired += _fire(store, organisation, one, at)
    return fired


def _fire(store: Store, organisation: str, due: Due, at: datetime) -> bool:
    command = FireTimer(activation=due.activation, timer=due.timer)
    try:
        committed = store.execute(organisation, due.case_id, command, SYSTEM, at=at)
    except Rejection as refused:
        log.warning(
            "timer refused", organisation=organisation, case=due.case_id, timer=due.timer, error=refused.message
        )
        return False
    if not committed.events:
        with store.transaction(organisation) as tx:  # the case knows no such timer (any more)
            tx.run(_DROP, case=due.case_id, activation=due.activation, timer=due.timer, at=due.at)
        return False
    return True
