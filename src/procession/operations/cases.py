"""Cases: finding them, one case with all that its page shows, and what those who answer for it may do."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from procession.engine.case import Case, Json, task_id
from procession.engine.commands import AddComment, CancelCase, ChangeCaseDue, Command, EditData, ReopenCase, SendMessage
from procession.engine.events import Event
from procession.engine.rejections import InvalidField, MissingField, NotFound
from procession.operations import access
from procession.operations.case_shapes import CaseView, StepState
from procession.operations.case_views import Seen, case_view, steps_of
from procession.operations.catalogue import Ask, operation
from procession.operations.completing_views import completed
from procession.operations.context import Context
from procession.operations.executing import execute, execute_as_owner
from procession.operations.loading import (
    NO_CASE,
    case_of,
    held,
    member_titles,
    moment,
    open_definitions,
    ref_if_visible,
    rule_of,
    seen_in,
)  # fmt: skip
from procession.operations.messages import message_data
from procession.operations.tasks import NextTask, in_zone, next_tasks, page_size
from procession.operations.values import CaseRef, DefinitionRef, KeptWithCommand, Names, Page, PersonRef, definition_ref
from procession.store.cases import CaseFilter, CaseRow, SeenBy
from procession.store.noun import MOST_COUNTED
from procession.store.transaction import Transaction

# --- lists ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseLine:
    """A case, as a line of the tracker."""

    id: str
    number: int
    name: str
    workflow: DefinitionRef
    status: str
    outcome: str | None
    starter: PersonRef
    started_at: datetime
    closed_at: datetime | None
    due_at: datetime | None
    late: bool
    track: tuple[StepState, ...]
    """One state for each step at the top, in order."""
    at: tuple[str, ...]
    """The steps at the top that are open: their ids."""
    now: tuple[str, ...]
    """Titles of its open tasks, of a process those of its parts; where no task is open, of the steps that are."""
    with_: tuple[PersonRef, ...]
    """Who has them, or may claim them."""
    since: datetime | None
    """Since when."""
    incidents: int
    """How many things stop it."""
    process: CaseRef | None = None
    """The process case it is a part of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCases(Ask):
    """The cases you may see that fit every filter, the newest first."""

    status: Literal["open", "done", "cancelled", "any"] = "any"
    """open, done or cancelled."""
    workflow: str | None = None
    """Only of this workflow or process."""
    kind: Literal["workflow", "process"] | None = None
    """Only cases of workflows, or of processes."""
    person: str | None = None
    """Only with an open task of this person."""
    starter: str | None = None
    """Only started by this person; `me` for yourself."""
    outcome: str | None = None
    """Only with this outcome."""
    step: str | None = None
    """Only with an open task of this step."""
    late: bool = False
    """Only open ones that are overdue."""
    stopped: bool = False
    """Only with an incident."""
    nobody: bool = False
    """Only with an open task that nobody has: to be claimed, or with nobody who could."""
    due_before: datetime | None = None
    """Only open ones due before this moment."""
    text: str | None = None
    """Part of the name."""
    top: bool = False
    """Leave out cases that other cases started."""
    sort: Literal["newest", "due"] = "newest"
    """`due`: what is due first first; cases without a due date last."""
    after: str | None = None
    """The `next` of the page before."""
    limit: int = 50
    """How many at most; 1 to 200."""


@operation("case.list", scope="cases:read", http="GET /cases")
def list_cases(ctx: Context, ask: ListCases) -> Page[CaseLine]:
    page_size(ask.limit)
    filters = case_filter(ctx, ask)
    with ctx.store.transaction(ctx.organisation) as tx:
        found = tx.cases.list(filters, ask.after, ask.limit + 1, by_due=ask.sort == "due")
        lines = case_lines(ctx, tx, found[: ask.limit])
    return Page(items=lines, next=found[ask.limit - 1].id if len(found) > ask.limit else None)


def case_filter(ctx: Context, ask: ListCases) -> CaseFilter:
    """What the store is asked for: the filters, and what the caller may see."""
    person = access.member(ctx.caller)
    overdue = [
        at for at in (ctx.at if ask.late else None, in_zone(ctx, ask.due_before) if ask.due_before else None) if at
    ]
    return CaseFilter(
        definition=ask.workflow,
        kind=ask.kind,
        status=None if ask.status == "any" else ask.status,
        outcome=ask.outcome,
        starter=person.id if ask.starter == "me" else ask.starter,
        worked_by=person.id if ask.person == "me" else ask.person,
        step=ask.step,
        overdue_at=min(overdue) if overdue else None,
        with_incident=ask.stopped,
        unassigned=ask.nobody,
        search=ask.text or None,
        top_level=ask.top,
        seen_by=None if person.admin else SeenBy(person=person.id, definitions=open_definitions(ctx)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseCounts:
    """How many cases there are, for the tracker's head; each is counted as far as 1,000."""

    open: int
    late: int
    stopped: int
    nobody: int
    """With an open task that nobody has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CountCases(Ask):
    """How many of the cases you may see are open, late, stopped."""

    workflow: str | None = None
    """Only of this workflow or process."""


@operation("case.count", scope="cases:read", http="GET /cases/count")
def count_cases(ctx: Context, ask: CountCases) -> CaseCounts:
    everything = case_filter(ctx, ListCases(status="open", workflow=ask.workflow))
    with ctx.store.transaction(ctx.organisation) as tx:
        return CaseCounts(
            open=tx.cases.count(everything, MOST_COUNTED),
            late=tx.cases.count(replace(everything, overdue_at=ctx.at), MOST_COUNTED),
            stopped=tx.cases.count(replace(everything, with_incident=True), MOST_COUNTED),
            nobody=tx.cases.count(replace(everything, unassigned=True), MOST_COUNTED),
        )


def case_lines(ctx: Context, tx: Transaction, found: Sequence[CaseRow]) -> tuple[CaseLine, ...]:
    """Stored cases as lines of a list, with what is open in each."""
    now = moment(ctx)
    called = Names(now.directory.people)
    whole = tx.cases.find_many([row.id for row in found])
    parts = tx.cases.open_parts([row.id for row in found])
    tasks = tx.tasks.open_of_cases([*(row.id for row in found), *parts])
    for part, process_case in parts.items():
        tasks[process_case] = sorted(
            [*tasks.get(process_case, ()), *tasks.get(part, ())], key=lambda task: task.ready_at
        )
    lines: list[CaseLine] = []
    for row in found:
        case = whole[row.id]
        program = ctx.program(row.definition, row.version)
        seen = Seen(
            caller=ctx.caller, program=program, case=case, moment=now, names=called,
            members=member_titles(ctx, program.definition),
        )  # fmt: skip
        steps = [step for step in steps_of(seen) if step.level == 0]
        people, since, titles = held(tasks.get(row.id, ()))
        at = [step for step in steps if step.state in ("open", "late", "stopped")]
        lines.append(
            CaseLine(
                id=row.id,
                number=row.number,
                name=row.name,
                workflow=definition_ref(program.definition, row.version),
                status=row.status,
                outcome=row.outcome,
                starter=called.ref(row.starter),
                started_at=row.started_at,
                closed_at=row.closed_at,
                due_at=row.due_at,
                late=row.due_at is not None and row.due_at < (row.closed_at or ctx.at),
                track=tuple(step.state for step in steps),
                at=tuple(step.id for step in at),
                now=titles or tuple(step.title for step in at),
                with_=called.refs(people),
                since=since,
                incidents=row.incidents,
                process=CaseRef(id=row.process_case, name="") if row.process_case else None,
            )
        )
    return tuple(lines)


# --- one case ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GetCase(Ask):
    """One case: state, data, steps, open tasks, timeline, comments, incidents, the cases it started, what you may
    do."""

    case_id: str
    """The case."""


@operation("case.get", scope="cases:read", http="GET /cases/{case_id}")
def get_case(ctx: Context, ask: GetCase) -> CaseView:
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
        seen = seen_in(ctx, tx, case)
        view = case_view(
            seen, parent=ref_if_visible(ctx, tx, case.parent), process=ref_if_visible(ctx, tx, case.process_case)
        )
        return completed(ctx, tx, case, view)


@dataclass(frozen=True, slots=True, kw_only=True)
class FindCase(Ask):
    """The whole id of a case whose id begins so."""

    prefix: str
    """The beginning of the id; dashes may be left out."""


@operation("case.find", scope="cases:read", http="GET /cases/by-prefix/{prefix}")
def find_case(ctx: Context, ask: FindCase) -> CaseRef:
    with ctx.store.transaction(ctx.organisation) as tx:
        found = [case_of(ctx, tx, id_) for id_ in tx.cases.with_prefix(ask.prefix)]
    if len(found) > 1:
        raise InvalidField("prefix", f"More than one case begins with {ask.prefix}.", hint="Give more of the id.")
    if not found:
        raise NotFound(NO_CASE)
    return CaseRef(id=found[0].id, name=found[0].name, status=found[0].status)


# --- what is done to it -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseChanged(KeptWithCommand):
    """What became of a case."""

    id: str
    name: str
    status: str
    outcome: str | None
    due_at: datetime | None
    version: int
    next: tuple[NextTask, ...] = ()
    """Tasks that opened just now."""


def changed(ctx: Context) -> Callable[[Case, Sequence[Event]], CaseChanged]:
    """Builds the answer to a command on a case."""

    def make(case: Case, events: Sequence[Event]) -> CaseChanged:
        return CaseChanged(
            id=case.id, name=case.name, status=case.status, outcome=case.outcome,
            due_at=datetime.fromisoformat(case.due_at) if case.due_at else None, version=case.seq,
            next=next_tasks(ctx, case, events),
        )  # fmt: skip

    return make


def _as_owner(ctx: Context, case_id: str, command: Command, to: str, version: int | None = None) -> CaseChanged:
    return execute_as_owner(ctx, case_id, command, CaseChanged, changed(ctx), to=to, version=version)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Ask):
    """Cancel a case; its open tasks are withdrawn and their people told."""

    case_id: str
    """The case."""
    reason: str
    """Why; shown to everyone involved."""


@operation("case.cancel", scope="cases:write", http="POST /cases/{case_id}/cancel")
def cancel_case(ctx: Context, ask: Cancel) -> CaseChanged:
    return _as_owner(ctx, ask.case_id, CancelCase(reason=needed(ask.reason)), "cancel a case")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopen(Ask):
    """Let a finished or cancelled case go on at a step."""

    case_id: str
    """The case."""
    step: str
    """Where it goes on: the id or title of a step outside any block. Of a process: `CASE/STEP` of a member."""
    reason: str
    """Why."""


@operation("case.reopen", scope="cases:write", http="POST /cases/{case_id}/reopen")
def reopen_case(ctx: Context, ask: Reopen) -> CaseChanged:
    member, slash, step = ask.step.partition("/")
    if not slash:
        return _as_owner(ctx, ask.case_id, ReopenCase(step=ask.step, reason=ask.reason), "reopen a case")
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
        child = tx.cases.find(member)
    access.may_act_as_owner(ctx.caller, rule_of(ctx, case.definition, case.version), "reopen a case")
    if child is None or child.process_case != case.id or child.member is None:
        raise InvalidField("step", "This is not a member's case of this process.")
    return execute(ctx, member, ReopenCase(step=step, reason=ask.reason), CaseChanged, changed(ctx))


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit(Ask):
    """Correct fields of a case; what is calculated from them follows."""

    case_id: str
    """The case."""
    values: dict[str, Json]
    """Fields and their new values; null empties one."""
    reason: str
    """Why; it stays on the case."""
    version: int | None = None
    """The version of the case you looked at: refused when it has changed since."""


@operation("case.edit", scope="cases:write", http="POST /cases/{case_id}/data", form="values")
def edit_case(ctx: Context, ask: Edit) -> CaseChanged:
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
    rule = rule_of(ctx, case.definition, case.version)
    if access.is_owner(ctx.caller, rule):
        access.may_write(ctx.caller, rule, case, ask.values)
    return _as_owner(ctx, ask.case_id, EditData(values=ask.values, reason=ask.reason), "correct data", ask.version)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeDueDate(Ask):
    """Give a case another due date."""

    case_id: str
    """The case."""
    due_at: datetime | None
    """The moment; null removes the due date. Without a zone it is meant in the organisation's."""
    reason: str
    """Why."""


@operation("case.change_due", scope="cases:write", http="POST /cases/{case_id}/due")
def change_case_due(ctx: Context, ask: ChangeDueDate) -> CaseChanged:
    due = in_zone(ctx, ask.due_at) if ask.due_at is not None else None
    return _as_owner(ctx, ask.case_id, ChangeCaseDue(due_at=due, reason=ask.reason), "change a due date")


@dataclass(frozen=True, slots=True, kw_only=True)
class Comment(Ask):
    """Write a comment on a case."""

    case_id: str
    """The case."""
    text: str
    """Markdown."""
    mentions: tuple[str, ...] = ()
    """People to tell, by id."""
    task_id: str | None = None
    """The task it is about."""


LONGEST_COMMENT = 20_000


@operation("case.comment", scope="cases:write", http="POST /cases/{case_id}/comments")
def comment(ctx: Context, ask: Comment) -> CaseChanged:
    if len(ask.text) > LONGEST_COMMENT:
        raise InvalidField("text", f"A comment has at most {LONGEST_COMMENT:,} characters.")
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
    activation = None
    if ask.task_id is not None:
        activation = ask.task_id.partition(".")[2]
        if ask.task_id != task_id(case.id, activation) or not activation:
            raise InvalidField("task_id", "This task is not one of the case.")
    command = AddComment(text=ask.text, mentions=tuple(dict.fromkeys(ask.mentions)), activation=activation)
    return execute(ctx, ask.case_id, command, CaseChanged, changed(ctx))


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageToCase(Ask):
    """Send a message to this very case: a step that waits for it without a key takes it; otherwise it is kept."""

    case_id: str
    """The case."""
    name: str
    """The message's name."""
    data: Json = None
    """What it carries."""


@operation("case.message", scope="cases:write", http="POST /cases/{case_id}/messages")
def message_to_case(ctx: Context, ask: MessageToCase) -> CaseChanged:
    command = SendMessage(name=ask.name, data=message_data(ask.data))
    return _as_owner(ctx, ask.case_id, command, "send it messages")


def needed(reason: str) -> str:
    """Raises `MissingField` where a reason is blank."""
    if not reason.strip():
        raise MissingField("reason", "A reason is needed.", hint="One sentence; it stays on the case.")
    return reason
