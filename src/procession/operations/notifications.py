"""What people were told, and which of it is mailed to them too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, cast

from procession.engine.case import task_id
from procession.engine.rejections import InvalidField
from procession.operations import access
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.loading import case_of
from procession.operations.tasks import page_size
from procession.operations.values import CaseRef, Page
from procession.store.transaction import Transaction

What = Literal[
    "assigned", "remind", "escalate", "mention", "withdrawn", "feedback", "forecast", "paused", "incident", "pilot"
]
WHAT: Mapping[What, str] = {
    "assigned": "A task is given to you",
    "remind": "A task of yours is due soon",
    "escalate": "Something needs you because it is late",
    "mention": "Somebody mentions you",
    "withdrawn": "A task of yours is withdrawn",
    "feedback": "You are asked how it went",
    "forecast": "A date that concerns you has moved",
    "paused": "A case you have a task in is paused, or goes on",
    "incident": "Something you answer for has stopped",
    "pilot": "A pilot of yours has paused by itself",
}
"""What somebody is told, in words."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationView:
    """One thing that somebody was told."""

    id: str
    what: str
    """assigned, remind, escalate, mention, withdrawn, feedback."""
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
    after: str | None = None
    """The `next` of the page before."""
    limit: int = 50
    """How many at most; 1 to 200."""


@operation("notification.list", scope="me", http="GET /notifications")
def list_notifications(ctx: Context, ask: ListNotifications) -> Page[NotificationView]:
    page_size(ask.limit)
    person = access.member(ctx.caller).id
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.notifications.of(person, unread=ask.unread, after=ask.after, limit=ask.limit + 1)
    items = tuple(
        NotificationView(
            id=row.id,
            what=row.what,
            text=row.text,
            case=CaseRef(id=row.case_id, name=row.case_name),
            task=task_id(row.case_id, row.activation) if row.activation else None,
            at=row.at,
            read=row.read_at is not None,
        )
        for row in rows[: ask.limit]
    )
    return Page(items=items, next=items[-1].id if len(rows) > ask.limit else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountNotifications(Ask):
    """How much you were told and have not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationCount:
    """What waits to be read."""

    unread: int


@operation("notification.count", scope="me", http="GET /notifications/count")
def count_notifications(ctx: Context, ask: CountNotifications) -> NotificationCount:
    with ctx.store.transaction(ctx.organisation) as tx:
        return NotificationCount(unread=tx.notifications.unread(access.member(ctx.caller).id))


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadNotifications(Ask):
    """Mark what you were told as read: all of it, or what was said about one case."""

    case_id: str | None = None
    """Only about this case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NotificationsRead:
    """How many were unread."""

    count: int


@operation("notification.read", scope="me", http="POST /notifications/read")
def read_notifications(ctx: Context, ask: ReadNotifications) -> NotificationsRead:
    person = access.member(ctx.caller).id
    with ctx.store.transaction(ctx.organisation) as tx:
        if ask.case_id is not None:
            case_of(ctx, tx, ask.case_id)
        return NotificationsRead(count=tx.notifications.mark_read(person, ctx.at, ask.case_id))


# --- which of it is mailed --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MailChoice:
    """Which notifications are mailed to you too."""

    mailed: tuple[str, ...]
    """Of assigned, remind, escalate, mention, withdrawn, feedback."""
    muted: tuple[CaseRef, ...]
    """The cases about which you get no mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMailChoice(Ask):
    """Which notifications are mailed to you too."""


@operation("notification.mailed", scope="me", http="GET /notifications/mail")
def get_mail_choice(ctx: Context, ask: GetMailChoice) -> MailChoice:
    with ctx.store.transaction(ctx.organisation) as tx:
        return _choice(ctx, tx, access.member(ctx.caller).id)


def _choice(ctx: Context, tx: Transaction, person: str) -> MailChoice:
    preferences = tx.people.get(person).preferences
    muted = [str(one) for one in cast("list[object]", preferences.get("muted") or [])]
    rows = {row.id: row for row in tx.cases.rows(muted)}
    known = [CaseRef(id=one, name=rows[one].name, status=rows[one].status) for one in muted if one in rows]
    return MailChoice(mailed=tuple(one for one in WHAT if wants_mail(preferences, one)), muted=tuple(known))


def wants_mail(preferences: Mapping[str, Any], what: str, case_id: str | None = None) -> bool:
    """Whether a person with these preferences is told by mail too."""
    if preferences.get("mail") is False or what in (preferences.get("no_mail") or ()):
        return False
    return case_id is None or case_id not in (preferences.get("muted") or ())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChooseMail(Ask):
    """Choose which notifications are mailed to you too; the others still stand in your list."""

    mailed: tuple[What, ...]
    """Of assigned, remind, escalate, mention, withdrawn, feedback."""


@operation("notification.choose_mail", scope="me", http="PUT /notifications/mail")
def choose_mail(ctx: Context, ask: ChooseMail) -> MailChoice:
    return _keep(ctx, mail=True, no_mail=[one for one in WHAT if one not in ask.mailed])


@dataclass(frozen=True, slots=True, kw_only=True)
class Mute(Ask):
    """Get no more mail about a case, or get it again. What you are told still stands in your list."""

    case_id: str
    """The case."""
    muted: bool = True
    """False: mail about it is sent again."""


MOST_MUTED = 200


@operation("notification.mute", scope="me", http="POST /cases/{case_id}/mute")
def mute(ctx: Context, ask: Mute) -> MailChoice:
    person = access.member(ctx.caller).id
    with ctx.store.transaction(ctx.organisation) as tx:
        muted = cast("list[object]", tx.people.get(person).preferences.get("muted") or [])
        before = [str(one) for one in muted]
        if ask.muted:
            case_of(ctx, tx, ask.case_id)
    others = [one for one in before if one != ask.case_id]
    if ask.muted and len(others) >= MOST_MUTED:
        raise InvalidField("case_id", f"You have muted {MOST_MUTED} cases; take one off the list first.")
    return _keep(ctx, muted=[*others, ask.case_id] if ask.muted else others)


def _keep(ctx: Context, **changes: Any) -> MailChoice:
    person = access.member(ctx.caller).id
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.people.change(person, preferences={**tx.people.get(person).preferences, **changes})
        return _choice(ctx, tx, person)
