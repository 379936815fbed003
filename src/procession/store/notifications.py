"""What people were told, in their inbox. Mails about it are in `mails`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.store.ids import is_id
from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class NotificationRow:
    """One person was told one thing."""

    person: str
    case_id: str
    seq: int
    what: str
    """remind, escalate, withdrawn, assigned, mention."""
    text: str
    activation: str | None
    at: datetime
    read_at: datetime | None
    case_name: str

    @property
    def id(self) -> str:
        """Its public id."""
        return f"{self.case_id}.{self.seq}"


_COLUMNS = "n.person, n.case_id::text, n.seq, n.what, n.text, n.activation, n.at, n.read_at, c.name"
_FROM = "FROM notifications n JOIN cases c ON c.organisation = n.organisation AND c.id = n.case_id"


class Notifications(Noun):
    """Notifications of the organisation's people."""

    def of(
        self, person: str, *, unread: bool = False, after: str | None = None, limit: int = 50
    ) -> list[NotificationRow]:
        """What a person was told, latest first; `after` is the id that the page before ended with."""
        case, _, seq = (after or "").partition(".")
        paged = is_id(case) and seq.isdecimal() and len(seq) < 10
        where = "AND (n.at, n.case_id, n.seq) < (SELECT l.at, l.case_id, l.seq FROM notifications l WHERE "
        where += "l.organisation = :organisation AND l.person = :person AND l.case_id = CAST(:case AS uuid) AND l.seq = :seq) "
        return self.all(
            NotificationRow,
            f"SELECT {_COLUMNS} {_FROM} WHERE n.organisation = :organisation AND n.person = :person "
            f"AND (NOT :unread OR n.read_at IS NULL) {where if paged else ''}"
            "ORDER BY n.at DESC, n.case_id DESC, n.seq DESC LIMIT :limit",
            person=person, unread=unread, limit=limit, **({"case": case, "seq": int(seq)} if paged else {}),
        )  # fmt: skip

    def of_event(self, case_id: str, seq: int) -> list[NotificationRow]:
        """Who was told by one event."""
        return self.all(
            NotificationRow,
            f"SELECT {_COLUMNS} {_FROM} WHERE n.organisation = :organisation AND n.case_id = CAST(:case AS uuid) "
            "AND n.seq = :seq ORDER BY n.person",
            case=case_id, seq=seq,
        )  # fmt: skip

    def unread(self, person: str) -> int:
        """How many a person has not read."""
        return self.run(
            "SELECT count(*) FROM notifications WHERE organisation = :organisation AND person = :person AND read_at "
            "IS NULL",
            person=person,
        ).scalar_one()

    def mark_read(self, person: str, at: datetime, case_id: str | None = None) -> int:
        """All of a person's are read, or those about one case; returns how many were not."""
        return self.run(
            "UPDATE notifications SET read_at = :at WHERE organisation = :organisation AND person = :person "
            "AND read_at IS NULL" + (" AND case_id = CAST(:case AS uuid)" if case_id is not None else ""),
            person=person, at=at, **({"case": case_id} if case_id is not None else {}),
        ).rowcount  # fmt: skip
