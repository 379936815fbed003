"""Private links: a guest does one task, a requester sees how a case goes.

A link is looked at with GET, which never acts: mail scanners follow links. What acts is a POST that brings back the
nonce the page was given; it is good for this very task and dies with it. A link that opens nothing answers as a
missing one does.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from procession.engine.case import Json, task_id
from procession.engine.commands import CompleteTask, DelegateTask
from procession.engine.rejections import Conflict, Forbidden, InvalidField, NotFound, TaskClosed
from procession.operations import access, identity
from procession.operations.case_shapes import StepState
from procession.operations.case_views import Seen, steps_of
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context
from procession.operations.executing import execute
from procession.operations.files import FileView, Upload, upload
from procession.operations.loading import case_of, rule_of, seen_in
from procession.operations.task_views import DraftView, TaskView
from procession.operations.tasks import SaveDraft, TaskChanged, changed, save_draft, task_of
from procession.store.guest_links import GuestLinkRow

LASTS = timedelta(days=30)
"""How long a new link is good."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GuestTask:
    """What a guest sees: one task, and nothing else of the case."""

    organisation: str
    task: TaskView
    nonce: str
    """Send it back with what acts."""
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class GetGuestTask(Ask):
    """The task that a private link opens. Looking never acts."""

    token: str
    """The link's last part."""


@operation("guest.get", scope="public", http="GET /guest/{token}", who="anyone")
def get_guest_task(ctx: Context, ask: GetGuestTask) -> GuestTask:
    guest, link = _as_guest(ctx, ask.token)
    assert guest.caller.task_id is not None
    with ctx.store.transaction(guest.organisation) as tx:
        title = tx.run("SELECT title FROM organisations WHERE organisation = :organisation").scalar_one()
    task = task_of(guest, guest.caller.task_id)
    return GuestTask(
        organisation=title, task=replace(task, comments=(), timeline=(), earlier=(), sent_back=None),
        nonce=_nonce(ask.token, guest.caller.task_id), expires_at=link.expires_at,
    )  # fmt: skip


def _as_guest(ctx: Context, token: str) -> tuple[Context, GuestLinkRow]:
    organisation, link, caller = identity.guest(ctx.store, ctx.organisation, token, "task", ctx.at)
    with ctx.store.transaction(organisation) as tx:
        case = tx.cases.get(link.case_id)
    task = case.activations.get(link.activation or "")
    if task is not None and task.assignee != link.guest:  # it was handed on to somebody else
        raise NotFound(identity.NO_LINK, hint=identity.ASK_AGAIN)
    return replace(ctx, organisation=organisation, caller=caller), link


def _nonce(token: str, task: str) -> str:
    return hashlib.sha256(f"nonce\n{token}\n{task}".encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteGuestTask(Ask):
    """Finish the task that a private link opens."""

    token: str
    """The link's last part."""
    nonce: str
    """As the task was given with."""
    outcome: str | None = None
    """The chosen outcome, where the task offers several."""
    values: dict[str, Json] = field(default_factory=dict[str, Json])
    """The form's fields."""
    checked: tuple[int, ...] = ()
    """Places of the ticked points of the checklist, from 0."""


@operation("guest.complete", scope="public", http="POST /guest/{token}/complete", who="anyone", form="values")
def complete_guest_task(ctx: Context, ask: CompleteGuestTask) -> TaskChanged:
    guest, task = acting(ctx, ask.token, ask.nonce)
    _refuse_unwritable_by_guest(guest, task, ask.values)
    command = CompleteTask(task_id=task, outcome=ask.outcome, values=ask.values, checked=ask.checked)
    done = execute(guest, task.partition(".")[0], command, TaskChanged, changed(guest, task))
    return replace(done, next=())


def acting(ctx: Context, token: str, nonce: str) -> tuple[Context, str]:
    """The guest's context and task. Raises `NotFound`, and `Conflict` where the page is out of date."""
    guest, _ = _as_guest(ctx, token)
    task = guest.caller.task_id
    assert task is not None
    if not hmac.compare_digest(nonce.encode(errors="replace"), _nonce(token, task).encode()):
        raise Conflict("This page is out of date.", hint="Open the link again.")
    return guest, task


def _refuse_unwritable_by_guest(ctx: Context, task: str, values: dict[str, Json]) -> None:
    """As for members; the case itself is not looked for among those that a guest may see."""
    with ctx.store.transaction(ctx.organisation) as tx:
        case = tx.cases.get(task.partition(".")[0])
    if task.partition(".")[2] not in case.activations:
        raise TaskClosed("This task is no longer open.")
    access.may_write(ctx.caller, ctx.definition(case.definition, case.version), case, values)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveGuestDraft(Ask):
    """Keep what a guest typed without completing the task."""

    token: str
    """The link's last part."""
    nonce: str
    """As the task was given with."""
    values: dict[str, Json]
    """The form's fields, as typed."""


@operation("guest.save_draft", scope="public", http="PUT /guest/{token}/draft", who="anyone", form="values")
def save_guest_draft(ctx: Context, ask: SaveGuestDraft) -> DraftView:
    guest, task = acting(ctx, ask.token, ask.nonce)
    return save_draft(guest, SaveDraft(task_id=task, values=ask.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class HandOver(Ask):
    """Hand the task of a private link over to somebody else outside: this link dies, they are sent one of their own."""

    token: str
    """The link's last part."""
    nonce: str
    """As the task was given with."""
    to: str
    """Their e-mail address."""
    reason: str = ""
    """Why; it stays on the case."""


@operation("guest.hand_over", scope="public", http="POST /guest/{token}/hand-over", who="anyone")
def hand_over(ctx: Context, ask: HandOver) -> Done:
    guest, task = acting(ctx, ask.token, ask.nonce)
    command = DelegateTask(task_id=task, to=ask.to, reason=ask.reason)
    case_id = task.partition(".")[0]
    done = execute(guest, case_id, command, Done, lambda _case, _events: Done())
    with guest.store.transaction(guest.organisation) as tx:
        case = tx.cases.get(case_id)
        now = case.activations.get(task.partition(".")[2])
        for row in tx.guest_links.of_case(case_id):
            if row.activation == task.partition(".")[2] and now is not None and row.guest != now.assignee:
                tx.guest_links.revoke(row.id, ctx.at)
    return done


def upload_as_guest(ctx: Context, token: str, nonce: str, ask: Upload) -> FileView:
    """Keep a guest's file for the task of a private link; for pages, where the form and its files come together."""
    guest, _ = acting(ctx, token, nonce)
    return upload(guest, ask)


# --- status pages -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusStep:
    """A step at the top, and how far the case is with it."""

    title: str
    state: StepState


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """How a case goes, for somebody outside: no data, no names."""

    organisation: str
    workflow: str
    case: str
    """What the case is called."""
    status: str
    outcome: str | None
    started_at: datetime | None
    closed_at: datetime | None
    due_at: datetime | None
    steps: tuple[StatusStep, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetStatus(Ask):
    """How a case goes, for whoever has its status link."""

    token: str
    """The link's last part."""


@operation("status.get", scope="public", http="GET /status/{token}", who="anyone")
def get_status(ctx: Context, ask: GetStatus) -> StatusView:
    organisation, link, caller = identity.guest(ctx.store, ctx.organisation, ask.token, "status", ctx.at)
    there = replace(ctx, organisation=organisation, caller=caller)
    with ctx.store.transaction(organisation) as tx:
        title = tx.run("SELECT title FROM organisations WHERE organisation = :organisation").scalar_one()
        seen: Seen = seen_in(there, tx, tx.cases.get(link.case_id), with_children=False)
    case = seen.case
    shown = [step for step in steps_of(seen) if step.level == 0]
    return StatusView(
        organisation=title, workflow=seen.program.definition.title, case=case.name, status=case.status,
        outcome=case.outcome, started_at=_at(case.started_at), closed_at=_at(case.closed_at), due_at=_at(case.due_at),
        steps=tuple(StatusStep(title=step.title, state=step.state) for step in shown), )  # fmt: skip


def _at(instant: str | None) -> datetime | None:
    return datetime.fromisoformat(instant) if instant else None


# --- links, for those who give them out -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkLine:
    """A private link, without its token."""

    id: str
    kind: str
    """`task`, `survey` or `status`."""
    guest: str
    task: str | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLinks(Ask):
    """The private links into a case, the latest first."""

    case_id: str
    """The case."""


@operation("link.list", scope="cases:read", http="GET /cases/{case_id}/links")
def list_links(ctx: Context, ask: ListLinks) -> tuple[LinkLine, ...]:
    _gives_out(ctx, ask.case_id)
    with ctx.store.transaction(ctx.organisation) as tx:
        return tuple(
            LinkLine(
                id=row.id, kind=row.kind, guest=row.guest.removeprefix("guest:"), created_at=row.created_at,
                task=task_id(row.case_id, row.activation) if row.activation else None, expires_at=row.expires_at,
                revoked_at=row.revoked_at, last_used_at=row.last_used_at,
            )
            for row in tx.guest_links.of_case(ask.case_id)
        )  # fmt: skip


def _gives_out(ctx: Context, case_id: str) -> None:
    """Links are the starter's and the owner's to give out."""
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, case_id)
    if case.starter != ctx.caller.id and not access.is_owner(ctx.caller, rule_of(ctx, case.definition, case.version)):
        raise Forbidden("Only whoever started the case, the owner group or an administrator may give out links.")


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkMade:
    """A new private link."""

    token: str
    """Shown once; only its hash is kept."""
    path: str
    """`/g/TOKEN` for a task, `/s/TOKEN` for the status page."""
    expires_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeLink(Ask):
    """Make a private link: to the status page of a case, or to the open task of a guest."""

    case_id: str
    """The case."""
    task_id: str | None = None
    """The guest's task; without it the link opens the status page."""
    days: int = 30
    """How many days it is good; 1 to 365."""


LONGEST_DAYS = 365


@operation("link.make", scope="cases:write", http="POST /cases/{case_id}/links")
def make_link(ctx: Context, ask: MakeLink) -> LinkMade:
    _gives_out(ctx, ask.case_id)
    if not 1 <= ask.days <= LONGEST_DAYS:
        raise InvalidField("days", f"days is 1 to {LONGEST_DAYS}.")
    expires = ctx.at + timedelta(days=ask.days)
    with ctx.store.transaction(ctx.organisation) as tx:
        case = tx.cases.get(ask.case_id)
        activation, guest = None, case.starter
        if ask.task_id is not None:
            activation = ask.task_id.partition(".")[2]
            one = case.activations.get(activation)
            if one is None or task_id(case.id, activation) != ask.task_id:
                raise NotFound("The case has no such open task.")
            if not one.guest or one.assignee is None:
                raise InvalidField("task_id", "This task is a member's, who logs in.")
            guest = one.assignee
        kind = "task" if activation else "status"
        token = tx.guest_links.create(
            kind=kind, case_id=case.id, guest=guest, at=ctx.at, activation=activation, expires_at=expires
        )
    return LinkMade(token=token, path=f"/{'g' if activation else 's'}/{token}", expires_at=expires)


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeLink(Ask):
    """Revoke a private link: it opens nothing any more."""

    case_id: str
    """The case."""
    link: str
    """The link's id."""


@operation("link.revoke", scope="cases:write", http="DELETE /cases/{case_id}/links/{link}")
def revoke_link(ctx: Context, ask: RevokeLink) -> Done:
    _gives_out(ctx, ask.case_id)
    with ctx.store.transaction(ctx.organisation) as tx:
        if ask.link not in {row.id for row in tx.guest_links.of_case(ask.case_id)}:
            raise NotFound("There is no such link.")
        tx.guest_links.revoke(ask.link, ctx.at)
    return Done()
