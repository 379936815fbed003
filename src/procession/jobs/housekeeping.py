"""Forgetting what is no longer needed, and pausing what does harm."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from procession.operations.pilot_answers import guard
from procession.store.keys import KEPT_FOR_DAYS
from procession.store.store import Store


def tidy(store: Store, at: datetime | None = None) -> None:
    """Forget messages that were taken or waited in vain, old keys of commands, sessions that have ended,
    drafts of tasks that are closed."""
    at = at or datetime.now(UTC)
    for organisation in store.organisations():
        with store.transaction(organisation) as tx:
            tx.messages.forget_old(at)
            tx.drafts.forget_closed()
            tx.rate_limits.forget_old(at)
            # Children find their key as long as their parent may ask again.
            tx.run(
                "DELETE FROM command_keys WHERE organisation = :organisation AND at < :until AND key NOT LIKE "
                "'child/%' "
                "AND key NOT LIKE 'told/%'",
                until=at - timedelta(days=KEPT_FOR_DAYS),
            )
            tx.run("DELETE FROM sessions WHERE organisation = :organisation AND expires_at < :at", at=at)


def guard_pilots(store: Store, at: datetime | None = None) -> int:
    """Pause the pilots whose guard rails are crossed; how many were."""
    at = at or datetime.now(UTC)
    return sum(len(guard(store, organisation, at)) for organisation in store.organisations())
