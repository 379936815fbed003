"""The same done to many cases at once: each on its own, so that one refusal stops no other."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from procession.engine.commands import ReassignTask
from procession.engine.rejections import InvalidField, MissingField, Rejection, TaskClosed
from procession.operations import access
from procession.operations.cases import Cancel, ChangeDueDate, cancel_case, change_case_due
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.executing import execute_as_owner
from procession.operations.loading import case_of
from procession.operations.tasks import TaskChanged, changed
from procession.operations.values import CaseRef

MOST = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMany(Ask):
    """Cancel many cases, give their open tasks to somebody else, or change their due date.

    Each case is changed on its own; the answer says of each what became of it.
    """

    case_ids: tuple[str, ...]
    """The cases; 1 to 200."""
    change: Literal["cancel", "reassign", "due"]
    """What is done: cancel, reassign, due."""
    reason: str
    """Why; it stays on each case."""
    to: str | None = None
    """Who gets the open tasks; with `reassign`."""
    due_at: datetime | None = None
    """The new due date; with `due`. Null removes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedOne:
    """What became of one of many cases."""

    case: CaseRef
    """Without a name where you may not see it."""
    done: bool
    problem: str | None = None
    """Why nothing was changed."""


@operation("case.change_many", scope="cases:write", http="POST /cases/change-many")
def change_many(ctx: Context, ask: ChangeMany) -> tuple[ChangedOne, ...]:
    access.member(ctx.caller)
    ids = tuple(dict.fromkeys(ask.case_ids))
    if not 1 <= len(ids) <= MOST:
        raise InvalidField("case_ids", f"Choose 1 to {MOST} cases.")
    if not ask.reason.strip():
        raise MissingField("reason", "A reason is needed.", hint="One sentence; it stays on each case.")
    if ask.change == "reassign" and not ask.to:
        raise MissingField("to", "Say who gets the tasks.")
    change: Callable[[Context, str, ChangeMany], None] = {"cancel": _cancel, "reassign": _reassign, "due": _due}[
        ask.change
    ]
    return tuple(_one(ctx, id_, ask, change) for id_ in ids)


def _one(ctx: Context, case_id: str, ask: ChangeMany, change: Callable[[Context, str, ChangeMany], None]) -> ChangedOne:
    own = replace(ctx, key=f"{ctx.key}:{case_id}" if ctx.key is not None else None)
    ref = CaseRef(id=case_id, name="")
    try:
        with ctx.store.transaction(ctx.organisation) as tx:
            case = case_of(ctx, tx, case_id)
        ref = CaseRef(id=case.id, name=case.name, status=case.status)
        change(own, case_id, ask)
    except Rejection as refused:
        return ChangedOne(case=ref, done=False, problem=refused.message)
    return ChangedOne(case=ref, done=True)


def _cancel(ctx: Context, case_id: str, ask: ChangeMany) -> None:
    cancel_case(ctx, Cancel(case_id=case_id, reason=ask.reason))


def _due(ctx: Context, case_id: str, ask: ChangeMany) -> None:
    change_case_due(ctx, ChangeDueDate(case_id=case_id, due_at=ask.due_at, reason=ask.reason))


def _reassign(ctx: Context, case_id: str, ask: ChangeMany) -> None:
    """Every open task of the case that a member may do. Raises `TaskClosed` where there is none."""
    with ctx.store.transaction(ctx.organisation) as tx:
        tasks = [one.id for one in tx.tasks.open_of_cases([case_id]).get(case_id, ()) if not one.guest]
    if not tasks:
        raise TaskClosed("No task of it is open.")
    for task in tasks:
        own = replace(ctx, key=f"{ctx.key}:{task}" if ctx.key is not None else None)
        command = ReassignTask(task_id=task, to=ask.to or "", reason=ask.reason)
        execute_as_owner(own, case_id, command, TaskChanged, changed(own, task), to="give the task to somebody else")
