"""Tasks: the inbox, one task with its form, and everything a person does with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from procession.engine import events as ev
from procession.engine.case import Case, Json, split_task_id, task_id
from procession.engine.commands import (
    BeginTask,
    ChangeDue,
    ClaimTask,
    Command,
    CompleteNow,
    CompleteTask,
    DelegateTask,
    LookAtTask,
    ReassignTask,
    ReleaseTask,
    SendBack,
    SkipStep,
)  # fmt: skip
from procession.engine.events import Event
from procession.engine.rejections import InvalidField, NotFound, TaskClosed
from procession.operations import access
from procession.operations.case_shapes import TaskRow
from procession.operations.case_views import open_tasks
from procession.operations.catalogue import Ask, Done, enter, operation
from procession.operations.context import Context
from procession.operations.executing import case_of_task, execute, execute_as_owner
from procession.operations.loading import case_of, moment, names, open_definitions, rule_of, seen_in
from procession.operations.task_views import DraftView, TaskView, closed_task_view, task_view
from procession.operations.values import CaseRef, KeptWithCommand, Names, Page, definition_ref
from procession.store.tasks import TaskFilter
from procession.store.tasks import TaskRow as StoredTask

# --- lists ------------------------------------------------------------------------------------------------------------

Due = Literal["overdue", "today", "this week", "later"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTasks(Ask):
    """Tasks, what is due first first, in the groups overdue, today, this week, later."""

    view: Literal["mine", "team", "watching", "all", "done"] = "mine"
    """`mine`: assigned to you. `team`: you may claim them. `watching`: of cases you started, with others. `all`: every
    open task of the workflows whose cases you may see. `done`: what you finished, the latest first."""
    workflow: str | None = None
    """Only of this workflow."""
    person: str | None = None
    """Only this person's; with `all` and `watching`."""
    due: Due | None = None
    """Only of this group."""
    text: str | None = None
    """Part of the title or of the case's name."""
    after: str | None = None
    """The `next` of the page before."""
    limit: int = 50
    """How many at most; 1 to 200."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskCounts:
    """How much waits for the caller; each is counted as far as 1,000."""

    mine: int
    team: int
    overdue: int


MOST = 200


def page_size(limit: int) -> int:
    """Raises `InvalidField` where a page would be empty or endless."""
    if not 1 <= limit <= MOST:
        raise InvalidField("limit", f"limit is 1 to {MOST}.")
    return limit


@operation("task.list", scope="tasks:read", http="GET /tasks")
def list_tasks(ctx: Context, ask: ListTasks) -> Page[TaskRow]:
    page_size(ask.limit)
    person = access.member(ctx.caller).id
    window = due_window(ctx, ask.due)
    filters = TaskFilter(
        assignee=ask.person, definition=ask.workflow, search=ask.text or None, due_from=window[0], due_before=window[1],
        undated_too=ask.due == "later",
    )  # fmt: skip
    plain = filters == TaskFilter()
    one_more = ask.limit + 1
    with ctx.store.transaction(ctx.organisation) as tx:
        match ask.view:
            case "mine" | "team" if plain:  # the pages that everybody opens all day, read by their own index
                mine = ask.view == "mine"
                found = tx.tasks.inbox(person, ask.after, one_more, assigned=mine, claimable=not mine)
            case "mine":
                found = tx.tasks.list(replace(filters, assignee=person), ask.after, one_more)
            case "team":
                found = tx.tasks.list(replace(filters, candidate=person), ask.after, one_more)
            case "watching":
                filters = replace(filters, case_starter=person, not_assignee=person)
                found = tx.tasks.list(filters, ask.after, one_more)
            case "all":
                filters = replace(filters, definitions=tuple(open_definitions(ctx)))
                found = tx.tasks.list(filters, ask.after, one_more)
            case "done":
                found = tx.tasks.done_by(person, ask.limit)
    items = rows(ctx, found[: ask.limit])
    more = len(found) > ask.limit
    return Page(items=tuple(items), next=items[-1].id if more else None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CountTasks(Ask):
    """How many tasks wait for you: yours, those you may claim, those that are late."""


@operation("task.count", scope="tasks:read", http="GET /tasks/count")
def count_tasks(ctx: Context, ask: CountTasks) -> TaskCounts:
    person = access.member(ctx.caller).id
    with ctx.store.transaction(ctx.organisation) as tx:
        counts = tx.tasks.counts(person, ctx.at)
    return TaskCounts(mine=counts["assigned"], team=counts["claimable"], overdue=counts["overdue"])


def rows(ctx: Context, found: Sequence[StoredTask]) -> list[TaskRow]:
    """Stored tasks as lines of a list."""
    called = names(ctx)
    zone = ZoneInfo(moment(ctx).calendar.zone)
    return [_row(ctx, task, called, zone) for task in found]


def _row(ctx: Context, task: StoredTask, called: Names, zone: ZoneInfo) -> TaskRow:
    me = ctx.caller.id
    open_ = task.status == "open"
    return TaskRow(
        id=task.id,
        title=task.title,
        step=task.step,
        kind=task.kind,
        case=CaseRef(id=task.case_id, name=task.case_name, status=task.case_status),
        workflow=definition_ref(rule_of(ctx, task.definition, task.version), task.version),
        opened_at=task.ready_at,
        assignee=called.ref(task.assignee) if task.assignee else None,
        candidates=() if task.assignee else called.refs(task.candidates),
        due_at=task.due_at,
        late=open_ and task.due_at is not None and task.due_at < ctx.at,
        claimable=open_ and task.assignee is None and me in task.candidates,
        mine=task.assignee == me,
        group=due_group(task.due_at, ctx.at, zone),
        guest=task.guest,
        attempt=task.attempt,
        closed_at=task.closed_at,
        outcome=task.outcome,
    )


def due_group(due: datetime | None, now: datetime, zone: ZoneInfo) -> Due:
    """In which part of an inbox a task stands; the week ends with its Sunday."""
    if due is None:
        return "later"
    if due < now:
        return "overdue"
    day, today = due.astimezone(zone).date(), now.astimezone(zone).date()
    if day == today:
        return "today"
    return "this week" if day <= today + timedelta(days=6 - today.weekday()) else "later"


def due_window(ctx: Context, due: Due | None) -> tuple[datetime | None, datetime | None]:
    """From when, and before when, the tasks of a group are due."""
    zone = ZoneInfo(moment(ctx).calendar.zone)
    local = ctx.at.astimezone(zone)
    tomorrow = datetime.combine(local.date() + timedelta(days=1), datetime.min.time(), zone)
    next_week = datetime.combine(local.date() + timedelta(days=7 - local.weekday()), datetime.min.time(), zone)
    match due:
        case "overdue":
            return None, ctx.at
        case "today":
            return ctx.at, tomorrow
        case "this week":
            return tomorrow, next_week
        case "later":
            return next_week, None
        case None:
            return None, None


# --- one task ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GetTask(Ask):
    """One task with its form, what stands in it, instructions, outcomes, and what the case holds already."""

    task_id: str
    """The task: `CASE.ACTIVATION`."""


@operation("task.get", scope="tasks:read", http="GET /tasks/{task_id}")
def get_task(ctx: Context, ask: GetTask) -> TaskView:
    return task_of(ctx, ask.task_id)


def task_of(ctx: Context, task: str) -> TaskView:
    """The task as the caller sees it, open or closed. Raises `NotFound`."""
    case_id, activation = split_task_id(task)
    person = ctx.caller.id
    with ctx.store.transaction(ctx.organisation) as tx:
        if ctx.caller.kind == "guest" and ctx.caller.task_id == task:
            case = tx.cases.get(case_id)
        else:
            case = case_of(ctx, tx, case_id)
        seen = seen_in(ctx, tx, case, with_children=False)
        kept = tx.drafts.get(task, person) if activation in case.activations else None
    if activation in case.activations:
        open_ids = {row.id for row in open_tasks(seen)}
        if task not in open_ids:
            raise NotFound("There is no such task.")
        return task_view(seen, activation, draft=_draft_view(kept) if kept is not None else None)
    view = closed_task_view(seen, activation)
    if view is None:
        raise NotFound("There is no such task.")
    return view


def _draft_view(kept: dict[str, Json]) -> DraftView:
    return DraftView(
        values=kept["values"], checked=tuple(kept["checked"]), saved_at=datetime.fromisoformat(kept["saved_at"])
    )


# --- doing it ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class NextTask:
    """A task of the case that stands open now."""

    id: str
    title: str | None
    mine: bool
    claimable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChanged(KeptWithCommand):
    """What became of a task, and what the case asks next."""

    id: str
    open: bool
    outcome: str | None
    """How it was completed."""
    assignee: str | None
    """Who has it now, while it is open."""
    due_at: datetime | None
    case: CaseRef
    version: int
    """Of the case, now."""
    next: tuple[NextTask, ...] = ()
    """Tasks that opened just now."""


def changed(ctx: Context, task: str) -> Callable[[Case, Sequence[Event]], TaskChanged]:
    """Builds the answer to a task command, without asking the database."""
    _, activation = split_task_id(task)

    def make(case: Case, events: Sequence[Event]) -> TaskChanged:
        one = case.activations.get(activation)
        completed = next(
            (e.outcome for e in events if isinstance(e, ev.TaskCompleted) and e.activation == activation), None
        )
        return TaskChanged(
            id=task,
            open=one is not None,
            outcome=completed,
            assignee=one.assignee if one is not None else None,
            due_at=datetime.fromisoformat(one.due_at) if one is not None and one.due_at else None,
            case=CaseRef(id=case.id, name=case.name, status=case.status),
            version=case.seq,
            next=next_tasks(ctx, case, events),
        )

    return make


def next_tasks(ctx: Context, case: Case, events: Sequence[Event]) -> tuple[NextTask, ...]:
    """The tasks among what just opened, and how they stand to the caller."""
    found: list[NextTask] = []
    for event in events:
        one = case.activations.get(event.activation) if isinstance(event, ev.StepOpened) and event.is_task else None
        if one is not None and isinstance(event, ev.StepOpened):
            task = task_id(case.id, event.activation)
            works = access.works_on(ctx.caller, task, one)
            found.append(
                NextTask(
                    id=task,
                    title=event.title,
                    mine=works and one.assignee is not None,
                    claimable=works and one.assignee is None,
                )
            )
    return tuple(found)


@operation("task.complete", scope="tasks:write", http="POST /tasks/{task_id}/complete", form="values")
def complete_task(ctx: Context, ask: CompleteTask) -> TaskChanged:
    refuse_unwritable(ctx, ask.task_id, ask.values)
    return execute(ctx, case_of_task(ask.task_id), ask, TaskChanged, changed(ctx, ask.task_id))


def refuse_unwritable(ctx: Context, task: str, values: dict[str, Json]) -> None:
    """Raises `Forbidden` where `edit:` gives a field to others. The check costs nothing where no field has `edit:`."""
    if not values:
        return
    latest = ctx.surroundings.latest
    if not any(field.edit for id_ in latest for field in ctx.definition(id_).fields.values() if field.name in values):
        return
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, case_of_task(task))
    if split_task_id(task)[1] not in case.activations:
        raise TaskClosed("This task is no longer open.")
    definition = ctx.definition(case.definition, case.version)
    access.may_write(ctx.caller, definition, case, values)


def _work(command: type[Command], name: str, path: str) -> None:
    """Enter a command of those who work on a task: the engine judges whose it is."""

    def run(ctx: Context, ask: Any) -> TaskChanged:
        return execute(ctx, case_of_task(ask.task_id), ask, TaskChanged, changed(ctx, ask.task_id))

    enter(name, scope="tasks:write", http=f"POST /tasks/{{task_id}}/{path}", ask=command, answer=TaskChanged, run=run)


def _owner(command: type[Command], name: str, path: str, to: str) -> None:
    """Enter a command of those who answer for the workflow."""

    def run(ctx: Context, ask: Any) -> TaskChanged:
        due: datetime | None = getattr(ask, "due_at", None)
        given = replace(ask, due_at=in_zone(ctx, due)) if due is not None else ask
        return execute_as_owner(ctx, case_of_task(ask.task_id), given, TaskChanged, changed(ctx, ask.task_id), to=to)

    enter(name, scope="tasks:write", http=f"POST /tasks/{{task_id}}/{path}", ask=command, answer=TaskChanged, run=run)


_work(ClaimTask, "task.claim", "claim")
_work(ReleaseTask, "task.release", "release")
_work(DelegateTask, "task.delegate", "delegate")
_work(BeginTask, "task.begin", "begin")
_owner(ReassignTask, "task.reassign", "reassign", "give the task to somebody else")
_owner(SendBack, "task.send_back", "send-back", "send the case back")
_owner(SkipStep, "task.skip", "skip", "skip a step")
_owner(ChangeDue, "task.change_due", "due", "change a due date")
_owner(CompleteNow, "task.finish_now", "finish-now", "finish a step of several early")


def in_zone(ctx: Context, at: datetime) -> datetime:
    """A moment without a zone is meant in the organisation's. Raises `InvalidField` for one beyond all calendars."""
    if not 1970 <= at.year <= 2999:
        raise InvalidField("due_at", "due_at lies between the years 1970 and 2999.")
    return at if at.tzinfo is not None else at.replace(tzinfo=ZoneInfo(moment(ctx).calendar.zone))


@operation("task.look", scope="tasks:read", http="POST /tasks/{task_id}/look")
def look_at_task(ctx: Context, ask: LookAtTask) -> Done:
    """Record that you opened the task's page: the first look of whoever may do it, and every look of others."""
    task_of(ctx, ask.task_id)
    execute(ctx, case_of_task(ask.task_id), ask, Done, lambda case, events: Done())
    return Done()


# --- drafts -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveDraft(Ask):
    """Keep what was typed into a task's form without completing it. Nothing is checked yet."""

    task_id: str
    """The task: `CASE.ACTIVATION`."""
    values: dict[str, Json]
    """The form's fields, as typed."""
    checked: tuple[int, ...] = ()
    """Places of the ticked points of the checklist, from 0."""


@operation("task.save_draft", scope="tasks:write", http="PUT /tasks/{task_id}/draft", form="values")
def save_draft(ctx: Context, ask: SaveDraft) -> DraftView:
    case_id, activation = split_task_id(ask.task_id)
    case = workable(ctx, ask.task_id)
    one = case.activations[activation]
    if one.started_at is None and ask.values:
        execute(ctx, case_id, BeginTask(task_id=ask.task_id), Done, lambda _, __: Done())
    kept = {"values": as_json(ask.values), "checked": list(ask.checked), "saved_at": ctx.at.isoformat()}
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.drafts.save(ask.task_id, ctx.caller.id, kept, ctx.at)
    return DraftView(values=ask.values, checked=ask.checked, saved_at=ctx.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class DropDraft(Ask):
    """Forget the draft of a task."""

    task_id: str
    """The task: `CASE.ACTIVATION`."""


@operation("task.drop_draft", scope="tasks:write", http="DELETE /tasks/{task_id}/draft")
def drop_draft(ctx: Context, ask: DropDraft) -> Done:
    workable(ctx, ask.task_id)
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.drafts.delete(ask.task_id, ctx.caller.id)
    return Done()


def workable(ctx: Context, task: str) -> Case:
    """The case of an open task that is the caller's to do. Raises `NotFound`, `TaskClosed`, `NotAssignee`."""
    case_id, activation = split_task_id(task)
    with ctx.store.transaction(ctx.organisation) as tx:
        if ctx.caller.kind == "guest" and ctx.caller.task_id == task:
            case = tx.cases.get(case_id)
        else:
            case = case_of(ctx, tx, case_id)
    one = case.activations.get(activation)
    if one is None:
        raise TaskClosed("This task is no longer open.")
    access.may_work_on(ctx.caller, task, one)
    return case


def as_json(value: Any) -> Any:
    """What JSON columns hold: decimals as text."""
    from decimal import Decimal

    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, dict):
        return {key: as_json(inner) for key, inner in cast("dict[str, Any]", value).items()}
    if isinstance(value, (list, tuple)):
        return [as_json(inner) for inner in cast("list[Any]", value)]
    return value
