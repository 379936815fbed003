"""A form while it is being filled in: which of its fields are asked, given what was typed so far."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from procession.engine.case import Json, split_task_id
from procession.engine.definition import Form
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.guests import acting
from procession.operations.loading import seen_in
from procession.operations.starting import start_form
from procession.operations.task_views import form_of
from procession.operations.tasks import workable
from procession.operations.values import FormFieldView


@dataclass(frozen=True, slots=True, kw_only=True)
class FillTask(Ask):
    """What a task's form asks once these values stand in it: `show when` and `required when` are judged. Nothing is kept.

    A value that does not fit its field counts as empty.
    """

    task_id: str
    """The task: `CASE.ACTIVATION`."""
    values: dict[str, Json]
    """The form's fields, as typed so far."""


@operation("task.fill", scope="tasks:read", http="POST /tasks/{task_id}/fill")
def fill_task(ctx: Context, ask: FillTask) -> tuple[FormFieldView, ...]:
    case = workable(ctx, ask.task_id)
    _, activation = split_task_id(ask.task_id)
    with ctx.store.transaction(ctx.organisation) as tx:
        seen = seen_in(ctx, tx, case, with_children=False)
    step = seen.program.nodes[case.activations[activation].step].step
    return form_of(seen, cast("Form", getattr(step.config, "form", ())), activation, ask.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class FillGuestTask(Ask):
    """What the form behind a private link asks once these values stand in it. Nothing is kept."""

    token: str
    """The link's last part."""
    nonce: str
    """As the task was given with."""
    values: dict[str, Json]
    """The form's fields, as typed so far."""


@operation("guest.fill", scope="public", http="POST /guest/{token}/fill", who="anyone")
def fill_guest_task(ctx: Context, ask: FillGuestTask) -> tuple[FormFieldView, ...]:
    guest, task = acting(ctx, ask.token, ask.nonce)
    return fill_task(guest, FillTask(task_id=task, values=ask.values))


@dataclass(frozen=True, slots=True, kw_only=True)
class FillStart(Ask):
    """What a start form asks once these values stand in it. Nothing is kept."""

    workflow: str
    """The id of the workflow or process."""
    values: dict[str, Json]
    """The form's fields, as typed so far."""


@operation("start.fill", scope="cases:read", http="POST /start/{workflow}/fill", who="anyone")
def fill_start(ctx: Context, ask: FillStart) -> tuple[FormFieldView, ...]:
    return start_form(ctx, ask.workflow, ask.values)
