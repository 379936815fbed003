"""Messages as they lie in the database; sending is `Store.send_message`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.engine.case import Json
from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class MessageRow:
    """One message that no wait was open for when it came."""

    id: str
    name: str
    key: str
    data: Json
    sent_at: datetime
    sent_by: str
    keep_until: datetime
    taken_at: datetime | None
    case_id: str | None


class KeptMessages(Noun):
    """Messages of the organisation."""

    def kept(self, at: datetime, limit: int = 100) -> list[MessageRow]:
        """Those that still wait to be taken, latest first."""
        return self.all(
            MessageRow,
            "SELECT id::text, name, key, data, sent_at, sent_by, keep_until, taken_at, case_id::text FROM messages "
            "WHERE organisation = :organisation AND taken_at IS NULL AND keep_until > :at ORDER BY sent_at DESC "
            "LIMIT :limit",
            at=at, limit=limit,
        )  # fmt: skip

    def forget_old(self, at: datetime) -> int:
        """Delete what was taken or is no longer kept; returns how many."""
        return self.run(
            "DELETE FROM messages WHERE organisation = :organisation AND (keep_until <= :at OR taken_at <= :at - "
            "interval '7 days')",
            at=at,
        ).rowcount
