"""What people were told."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.engine.case import task_id
from procession.operations import access
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.tasks import page_size
from procession.operations.values import CaseRef


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """One thing that somebody was told."""

    id: str
    what: str
    """remind, escalate, withdrawn, assigned, mention."""
    text: str
    case: CaseRef
    task: str | None
    at: datetime
    read: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListNotifications(Ask):
    """What you were told, the latest first."""

    unread: bool = False
    """Only what you have not read."""
    limit: int = 50
    """How many at most; 1 to 200."""


@operation("notification.list", scope="me", http="GET /notifications")
def list_notifications(ctx: Context, ask: ListNotifications) -> tuple[NotificationView, ...]:
    page_size(ask.limit)
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.notifications.of(access.member(ctx.caller).id, unread=ask.unread, limit=ask.limit)
    return tuple(
        NotificationView(
            id=row.id,
            what=row.what,
            text=row.text,
            case=CaseRef(id=row.case_id, name=row.case_name),
            task=task_id(row.case_id, row.activation) if row.activation else None,
            at=row.at,
            read=row.read_at is not None,
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadNotifications(Ask):
    """Mark everything you were told as read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsRead:
    """How many were unread."""

    count: int


@operation("notification.read", scope="me", http="POST /notifications/read")
def read_notifications(ctx: Context, ask: ReadNotifications) -> NotificationsRead:
    with ctx.store.transaction(ctx.organisation) as tx:
        return NotificationsRead(count=tx.notifications.mark_read(access.member(ctx.caller).id, ctx.at))
