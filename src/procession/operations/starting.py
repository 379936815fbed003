"""Starting a case: what may be started, what its form asks, and the start itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from procession.engine.case import Case, Json
from procession.engine.commands import AddComment
from procession.engine.commands import StartCase as Start
from procession.engine.definition import Definition, Process
from procession.engine.events import Event
from procession.engine.rejections import Forbidden, InvalidField, NotFound, RateLimited, Unauthenticated
from procession.operations import access
from procession.operations.access import Caller
from procession.operations.case_views import Seen
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.executing import start
from procession.operations.loading import member_titles, moment
from procession.operations.sessions import checked_email, checked_name
from procession.operations.settings import STATUS_LINK_SETTING
from procession.operations.task_views import form_of
from procession.operations.tasks import NextTask, next_tasks
from procession.operations.values import DefinitionRef, FormFieldView, KeptWithCommand, Names, definition_ref
from procession.store.rate_limits import Allowance


@dataclass(frozen=True, slots=True, kw_only=True)
class StartChoice:
    """A workflow or process that the caller may start."""

    workflow: DefinitionRef
    purpose: str | None
    owner: str | None
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListStarts(Ask):
    """The workflows and processes that you may start."""


@operation("start.list", scope="cases:read", http="GET /start")
def list_starts(ctx: Context, ask: ListStarts) -> tuple[StartChoice, ...]:
    latest = ctx.surroundings.latest
    found = [(ctx.definition(id_), version) for id_, version in latest.items()]
    choices = [
        StartChoice(workflow=definition_ref(one, version), purpose=_purpose(one), owner=one.owner, tags=one.tags)
        for one, version in found
        if access.can_start(ctx.caller, one)
    ]
    return tuple(sorted(choices, key=lambda choice: choice.workflow.title.lower()))


def _purpose(definition: Definition) -> str | None:
    return definition.purpose if definition.kind == "workflow" else definition.goal


@dataclass(frozen=True, slots=True, kw_only=True)
class GetStart(Ask):
    """What starting a workflow or process asks."""

    workflow: str
    """Its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StartView:
    """The page that starts a case."""

    workflow: DefinitionRef
    purpose: str | None
    form: tuple[FormFieldView, ...]
    public: bool
    """People outside the organisation may start it; they are asked for name and e-mail address too."""
    steps: tuple[str, ...]
    """What happens then: the titles of the steps at the top."""


@operation("start.get", scope="cases:read", http="GET /start/{workflow}", who="anyone")
def get_start(ctx: Context, ask: GetStart) -> StartView:
    program = ctx.program(ask.workflow)
    definition = program.definition
    titles = tuple(node.step.title for node in program.nodes.values() if not node.owner and not node.inline)
    if isinstance(definition, Process):
        titles = tuple(member_titles(ctx, definition).values())
    return StartView(
        workflow=definition_ref(definition, program.version),
        purpose=_purpose(definition),
        form=start_form(ctx, ask.workflow),
        public=definition.start.by == "public",
        steps=titles,
    )


def start_form(ctx: Context, workflow: str, typed: Mapping[str, Json] | None = None) -> tuple[FormFieldView, ...]:
    """What starting asks, given what was typed so far. Raises what `may_start` raises, `NotFound`."""
    program = ctx.program(workflow)
    _may_start(ctx, program.definition)
    seen = Seen(caller=ctx.caller, program=program, case=Case(id=""), moment=moment(ctx), names=Names({}))
    return form_of(seen, program.start_form, "", typed)


def _may_start(ctx: Context, definition: Definition) -> None:
    """Nobody learns of a workflow without a log-in unless it is public."""
    try:
        access.may_start(ctx.caller, definition)
    except Unauthenticated:
        if ctx.caller.kind == "nobody":
            raise NotFound(
                f"There is no workflow '{definition.id}' open to the public.", hint="Log in first."
            ) from None
        raise
    except Forbidden:
        group = definition.start.by.partition("group:")[2]
        with ctx.store.transaction(ctx.organisation) as tx:
            titles = {one.id: one.title for one in tx.groups.list()}
        if group not in titles:
            raise
        raise Forbidden(f"{definition.title} is started by {titles[group]}, and you are not in that group.") from None


@dataclass(frozen=True, slots=True, kw_only=True)
class StartCase(Ask):
    """Start a case of a workflow or a process."""

    workflow: str
    """Its id."""
    data: dict[str, Json] = field(default_factory=dict[str, Json])
    """Values for the start form."""
    name: str | None = None
    """Who asks; only of people outside the organisation, who start public workflows."""
    email: str | None = None
    """Their e-mail address; there they are told how it goes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseStarted(KeptWithCommand):
    """A case that has just begun."""

    id: str
    name: str
    number: int
    status: str
    version: int
    next: tuple[NextTask, ...] = ()
    """The tasks that are open now."""
    status_token: str | None = None
    """Of a public start: opens the status page `/s/TOKEN`, which the requester may keep."""


@operation("case.start", scope="cases:write", http="POST /cases", who="anyone", form="data")
def start_case(ctx: Context, ask: StartCase) -> CaseStarted:
    definition = _definition(ctx, ask.workflow)
    _may_start(ctx, definition)
    if ctx.caller.kind == "nobody":
        return _start_as_guest(ctx, definition, ask)
    if ask.name is not None or ask.email is not None:
        raise InvalidField("email", "Name and e-mail address are only asked of people outside the organisation.")
    access.may_write(ctx.caller, definition, Case(id="", starter=ctx.caller.id), ask.data)
    return start(ctx, ask.workflow, Start(data=dict(ask.data)), CaseStarted, _started(ctx))


def _definition(ctx: Context, workflow: str) -> Definition:
    """The newest version. Nobody who is not logged in learns whether there is one."""
    try:
        return ctx.definition(workflow)
    except NotFound:
        raise NotFound(f"There is no workflow '{workflow}' that you may start.") from None


def _started(ctx: Context) -> Any:
    def make(case: Case, events: Sequence[Event]) -> CaseStarted:
        return CaseStarted(
            id=case.id, name=case.name, number=case.number, status=case.status, version=case.seq,
            next=next_tasks(ctx, case, events),
        )  # fmt: skip

    return make


PUBLIC_STARTS = Allowance(10, timedelta(minutes=10))
"""Starts of public workflows from one address, whichever server is asked."""

STATUS_LINK_DAYS = 90
"""How long the link is good by which a requester sees how it goes, unless the setting `status_link_days` says otherwise."""


def _refuse_flood(ctx: Context) -> None:
    """Raises `RateLimited`."""
    if not ctx.address:
        return
    with ctx.store.transaction(ctx.organisation) as tx:
        allowed = tx.rate_limits.take("public start", ctx.address, PUBLIC_STARTS, ctx.at)
    if not allowed:
        raise RateLimited(
            "That was sent often just now. Try again in a few minutes.", retry_after=int(PUBLIC_STARTS.seconds_each)
        )


def _status_link_ends(ctx: Context) -> datetime:
    days = ctx.surroundings.settings.get(STATUS_LINK_SETTING, STATUS_LINK_DAYS)
    return ctx.at + timedelta(days=float(str(days)))


def _start_as_guest(ctx: Context, definition: Definition, ask: StartCase) -> CaseStarted:
    _refuse_flood(ctx)
    name, email = checked_name(ask.name or ""), checked_email(ask.email or "")
    guest = f"guest:{email}"
    caller = Caller(kind="guest", guest=guest)
    as_guest = replace(ctx, caller=caller)
    access.may_write(caller, definition, Case(id="", starter=guest), ask.data)
    started = start(as_guest, definition.id, Start(data=dict(ask.data)), CaseStarted, _started(as_guest))
    words = AddComment(text=f"Asked for by {name}, {email}.")
    key = f"{started.id}:name"  # a repeated start must not say it twice
    ctx.store.execute(ctx.organisation, started.id, words, caller.as_actor(), at=ctx.at, key=key)
    with ctx.store.transaction(ctx.organisation) as tx:
        token = tx.guest_links.create(
            kind="status", case_id=started.id, guest=guest, at=ctx.at, expires_at=_status_link_ends(ctx)
        )
    return replace(started, status_token=token)
