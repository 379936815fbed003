"""The outbox: every mail, sent or kept."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from procession.engine.rejections import InvalidField
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.tasks import page_size
from procession.operations.values import Page


@dataclass(frozen=True, slots=True, kw_only=True)
class MailView:
    """One mail to one address."""

    id: str
    address: str
    subject: str
    text: str
    what: str
    """remind, escalate, assigned, …; `step` for an `email:` step, `invitation` for a guest."""
    case_id: str | None
    status: str
    """waiting, sent, kept (there is no mail server), failed."""
    created_at: datetime
    sent_at: datetime | None
    error: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListMails(Ask):
    """The outbox, the latest first."""

    status: Literal["waiting", "sent", "kept", "failed"] | None = None
    """Only in this state."""
    after: str | None = None
    """The `next` of the page before."""
    limit: int = 50
    """How many at most; 1 to 200."""


@operation("mail.list", scope="operations:read", http="GET /mails", who="administrators")
def list_mails(ctx: Context, ask: ListMails) -> Page[MailView]:
    page_size(ask.limit)
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.mails.list(status=ask.status, after=_place(ask.after), limit=ask.limit + 1)
    items = tuple(
        MailView(
            id=row.id, address=row.address, subject=row.subject, text=row.text, what=row.what, case_id=row.case_id,
            status=row.status, created_at=row.created_at, sent_at=row.sent_at, error=row.error,
        )
        for row in rows[: ask.limit]
    )  # fmt: skip
    last = items[-1] if items else None
    return Page(
        items=items, next=f"{last.created_at.isoformat()}~{last.id}" if last and len(rows) > ask.limit else None
    )


def _place(after: str | None) -> tuple[datetime, str] | None:
    if after is None:
        return None
    at, _, last = after.partition("~")
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        raise InvalidField("after", "after is the `next` of the page before.") from None
    if moment.tzinfo is None or not last:
        raise InvalidField("after", "after is the `next` of the page before.")
    return moment, last
