"""The outbox: every mail, sent or not."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class MailRow:
    """One mail to one address."""

    id: str
    address: str
    person: str | None
    subject: str
    text: str
    attachments: list[str]
    """Ids of files."""
    what: str
    """remind, escalate, assigned, …; `step` for an `email:` step, `invitation` for a guest."""
    case_id: str | None
    status: str
    """waiting, sent, kept (there is no mail server), failed."""
    created_at: datetime
    sent_at: datetime | None
    error: str | None


_COLUMNS = "id, address, person, subject, text, attachments, what, case_id::text, status, created_at, sent_at, error"


class Mails(Noun):
    """Mails of the organisation."""

    def put(
        self,
        id: str,  # noqa: A002 - the column's name
        *,
        address: str,
        subject: str,
        text: str,
        what: str,
        at: datetime,
        person: str | None = None,
        case_id: str | None = None,
        attachments: Sequence[str] = (),
    ) -> bool:
        """Write a mail that is to be sent; False where one with this id is there already, sent or not."""
        done = self.run(
            "INSERT INTO mails (organisation, id, address, person, subject, text, attachments, what, case_id, "
            "status, created_at) "
            "VALUES (:organisation, :id, :address, :person, :subject, :text, CAST(:attachments AS jsonb), :what, "
            "CAST(:case AS uuid), 'waiting', :at) ON CONFLICT DO NOTHING",
            id=id, address=address, person=person, subject=subject, text=text,
            attachments=json.dumps(list(attachments)),
            what=what, case=case_id, at=at,
        )  # fmt: skip
        return done.rowcount == 1

    def get(self, id: str) -> MailRow | None:  # noqa: A002 - the column's name
        """By id."""
        return self.one(MailRow, f"SELECT {_COLUMNS} FROM mails WHERE organisation = :organisation AND id = :id", id=id)

    def mark(self, id: str, status: str, *, at: datetime | None = None, error: str | None = None) -> None:  # noqa: A002
        """What became of it."""
        self.run(
            "UPDATE mails SET status = :status, sent_at = :at, error = :error WHERE organisation = :organisation AND "
            "id = :id",
            id=id, status=status, at=at, error=error,
        )  # fmt: skip

    def list(
        self, *, status: str | None = None, after: tuple[datetime, str] | None = None, limit: int = 50
    ) -> list[MailRow]:
        """The outbox page: latest first; `after` is time and id of the last one shown."""
        at, last = after or (None, None)
        return self.all(
            MailRow,
            f"SELECT {_COLUMNS} FROM mails WHERE organisation = :organisation AND status = coalesce(:status, status) "
            "AND (CAST(:at AS timestamptz) IS NULL OR (created_at, id) < (CAST(:at AS timestamptz), :last)) "
            "ORDER BY created_at DESC, id DESC LIMIT :limit",
            status=status, at=at, last=last, limit=limit,
        )  # fmt: skip

    def of_case(self, case_id: str) -> list[MailRow]:
        """All mails of a case, in order."""
        return self.all(
            MailRow,
            f"SELECT {_COLUMNS} FROM mails WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
            "ORDER BY created_at, id",
            case=case_id,
        )
