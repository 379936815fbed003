"""One task as the person who does it reads it: what to do, what is asked, what is known already."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal, cast

from procession.engine import events as e
from procession.engine.case import Activation, Json
from procession.engine.decide.data import field_of, proposed_values, stored_value
from procession.engine.decide.deciding import Deciding
from procession.engine.decide.tasks import earlier_steps
from procession.engine.definition import Form, FormEntry, Step
from procession.engine.fields import coerce, outward
from procession.engine.program import Program
from procession.engine.rejections import FieldRejection
from procession.operations import access
from procession.operations.case_shapes import CommentView, TaskRow, TimelineEntry
from procession.operations.case_views import Seen, comments, task_row, timeline
from procession.operations.values import FieldView, FormFieldView, PersonRef, field_views, form_field, shown_value


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeView:
    """One way to finish the task: a button."""

    name: str
    label: str
    primary: bool
    """The first one."""
    to: str | None = None
    """Where the case goes, where an arrow says so: a step's title or `end`."""
    when: str | None = None
    """It is only taken while this is true of the form just filled in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftView:
    """What was typed and kept without completing."""

    values: dict[str, Any]
    checked: tuple[int, ...] = ()
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChoice:
    """A step to choose."""

    id: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskActions:
    """What the caller may do with the task now."""

    complete: bool = False
    claim: bool = False
    release: bool = False
    delegate: bool = False
    reassign: bool = False
    skip: bool = False
    send_back: bool = False
    change_due: bool = False
    finish_block: str | None = None
    """The step of several around it, where that may be finished early (`task.finish_now`)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskView:
    """One task, with all that its page shows."""

    id: str
    row: TaskRow
    open: bool
    instructions: str | None
    """Markdown, with the case's values filled in."""
    form: tuple[FormFieldView, ...]
    outcomes: tuple[OutcomeView, ...]
    checklist: tuple[str, ...]
    earlier: tuple[FieldView, ...]
    """The case's data that this form does not ask."""
    can: TaskActions
    version: int
    """Of the case; hand it in as `version` with a change that must not overwrite another's."""
    send_back_to: tuple[StepChoice, ...] = ()
    draft: DraftView | None = None
    waits_for: str | None = None
    """Why it cannot be worked on now: its `open while` is not true."""
    closed_at: datetime | None = None
    closed_by: PersonRef | None = None
    outcome: str | None = None
    """Of a closed task."""
    closed_how: Literal["completed", "withdrawn", "skipped"] | None = None
    closed_why: str | None = None
    sent_back: str | None = None
    """Why the case came back to this step."""
    answers: tuple[FieldView, ...] = ()
    """Of a closed task: what its form says now."""
    comments: tuple[CommentView, ...] = ()
    timeline: tuple[TimelineEntry, ...] = field(default=())
    quorum: tuple[int, int] | None = None
    """Of a part of a quorum approval: how many were asked, how many must agree."""


def outcomes_of(program: Program, step: Step) -> tuple[OutcomeView, ...]:
    """The buttons of a task."""
    if step.kind == "email":
        return (OutcomeView(name="send", label="Send mail", primary=True),)
    whens = {action.name: action.when for action in getattr(step.config, "actions", ())}
    leads = {action.name: action.to for action in getattr(step.config, "actions", ())}
    views: list[OutcomeView] = []
    for place, name in enumerate(program.nodes[step.id].type.outcomes(step)):
        target = step.on.get(name)
        to = leads.get(name)
        if target is not None:
            to = "end" if target.end is not None else target.step or (target.inline.id if target.inline else None)
        node = program.nodes.get(to or "")
        views.append(
            OutcomeView(
                name=name,
                label=_label(step, name),
                primary=place == 0,
                to=node.step.title if node else to,
                when=whens.get(name),
            )
        )
    return tuple(views)


def _label(step: Step, outcome: str) -> str:
    if outcome == "done":
        return "Complete task"
    return outcome[:1].upper() + outcome[1:]


def form_of(seen: Seen, form: Form, at: str, draft: Mapping[str, Any] | None = None) -> tuple[FormFieldView, ...]:
    """The fields of a form with what stands in them: the draft's values, else what the case holds."""
    deciding = Deciding(seen.program, seen.case, seen.moment)
    typed = draft or {}
    accepted: dict[str, Json] = {}
    for entry in form:
        if entry.field in typed:
            try:
                accepted[entry.field] = coerce(field_of(deciding, entry.field), typed[entry.field])
            except FieldRejection:  # half-typed text in a draft is kept as it is, and counts as empty
                accepted[entry.field] = None
    proposed = proposed_values(deciding, accepted, at)
    return tuple(_asked(seen, deciding, entry, at, typed, proposed) for entry in form)


def _asked(
    seen: Seen, deciding: Deciding, entry: FormEntry, at: str, typed: Mapping[str, Any], proposed: Mapping[str, object]
) -> FormFieldView:
    field_ = field_of(deciding, entry.field)
    hidden = not access.sees_field(seen.caller, field_, seen.case)
    stored: Json = None if hidden else stored_value(deciding, entry.field, at)
    value = typed[entry.field] if entry.field in typed else outward(field_, stored)
    visible = True
    if entry.show_when is not None:
        visible = deciding.values.evaluate(entry.show_when, at, proposed).value is True
    required = field_.required if entry.required is None else entry.required
    if entry.required_when is not None:
        required = deciding.values.evaluate(entry.required_when, at, proposed).value is True
    return form_field(
        field_,
        entry,
        value=value,
        shown=shown_value(field_, stored, seen.names) if entry.field not in typed else "",
        visible=visible,
        required=required,
        read_only=not access.edits_field(seen.caller, field_, seen.case),
    )


def _render(seen: Seen, text: str, at: str) -> str:
    """Text with `{expr}` filled in; values of hidden fields count as empty."""
    deciding = Deciding(seen.program, seen.case, seen.moment)
    return deciding.values.render_text(text, at, dict.fromkeys(seen.hidden))


def task_view(seen: Seen, activation: str, *, draft: DraftView | None = None) -> TaskView:
    """An open task with all that its page shows."""
    one = seen.case.activations[activation]
    step = seen.program.nodes[one.step].step
    row = task_row(seen, activation, one)
    form = cast("Form", getattr(step.config, "form", ()))
    asked = {entry.field.partition(".")[0] for entry in form}
    mine = access.works_on(seen.caller, row.id, one)
    waits_for = _closed_for_now(seen, step, activation)
    guest = seen.caller.kind == "guest"
    return TaskView(
        id=row.id,
        row=row,
        open=True,
        instructions=_render(seen, step.instructions, activation) if step.instructions else None,
        form=form_of(seen, form, activation, draft.values if draft and mine else None),
        outcomes=outcomes_of(seen.program, step),
        checklist=getattr(step.config, "checklist", ()),
        earlier=()
        if guest
        else tuple(
            view
            for view in field_views(
                seen.case, seen.program.definition, seen.names, hidden=seen.hidden, editable=lambda _: False
            )
            if view.name not in asked and view.value is not None
        ),
        can=_actions(seen, one, mine, step, waits_for is None),
        version=seen.case.seq,
        send_back_to=send_back_targets(seen, one),
        draft=draft if mine else None,
        waits_for=waits_for,
        sent_back=_sent_back(seen, one),
        comments=() if guest else comments(seen),
        timeline=() if guest else tuple(entry for entry in timeline(seen) if entry.step == step.id),
        quorum=_quorum(seen, one),
    )


def _actions(seen: Seen, one: Activation, mine: bool, step: Step, workable: bool) -> TaskActions:
    owner = access.is_owner(seen.caller, seen.program.definition)
    held = one.assignee is not None
    person = seen.caller.person is not None
    return TaskActions(
        complete=mine and workable and one.incident is None,
        claim=mine and not held,
        release=mine and held and person and bool(one.candidates),
        delegate=mine and person,
        reassign=owner,
        skip=owner,
        send_back=owner and bool(send_back_targets(seen, one)),
        change_due=owner,
        finish_block=_block_around(seen, one) if owner else None,
    )


def _block_around(seen: Seen, one: Activation) -> str | None:
    """The title of the nearest step of several that a task stands in."""
    while one.up:
        one = seen.case.activations[one.up]
        step = seen.program.nodes[one.step].step
        if step.kind in ("each", "parallel"):
            return step.title
    return None


def _closed_for_now(seen: Seen, step: Step, activation: str) -> str | None:
    if step.open_while is None:
        return None
    deciding = Deciding(seen.program, seen.case, seen.moment)
    if deciding.values.evaluate(step.open_while, activation).value is True:
        return None
    return f"It opens while {step.open_while}."


def send_back_targets(seen: Seen, one: Activation) -> tuple[StepChoice, ...]:
    """Earlier steps of the same list or an enclosing one that the case has visited."""
    ids = earlier_steps(Deciding(seen.program, seen.case, seen.moment), one)
    return tuple(StepChoice(id=id_, title=seen.program.nodes[id_].step.title) for id_ in ids)


def _sent_back(seen: Seen, one: Activation) -> str | None:
    """The reason written when somebody sent the case back to this step, for its latest visit."""
    if one.attempt < 2:
        return None
    withdrawn = [row.event.reason for row in seen.history if isinstance(row.event, e.StepWithdrawn)]
    return withdrawn[-1] if withdrawn else None


def _quorum(seen: Seen, one: Activation) -> tuple[int, int] | None:
    around = seen.case.activations.get(one.up) if one.seat else None
    if around is None:
        return None
    return len(around.seats), around.need or len(around.seats)


# --- tasks that are closed --------------------------------------------------------------------------------------------


def closed_task_view(seen: Seen, activation: str) -> TaskView | None:
    """A task that is no longer open, from the log; None where there never was one."""
    opened = next(
        (row for row in seen.history if isinstance(row.event, e.StepOpened) and row.event.activation == activation),
        None,
    )
    if opened is None or not isinstance(opened.event, e.StepOpened) or not opened.event.is_task:
        return None
    event = opened.event
    node = seen.program.nodes.get(event.step)
    if node is None:
        return None
    one = Activation(
        step=event.step, attempt=event.attempt, assignee=event.assignee, candidates=list(event.candidates),
        opened_at=seen.moment.at.isoformat(), due_at=event.due_at, guest=event.guest,
    )  # fmt: skip
    row = task_row(seen, activation, one)
    row = replace(
        row, title=event.title or node.step.title, opened_at=opened.at, late=False, claimable=False, mine=False
    )
    view = TaskView(
        id=row.id, row=row, open=False, instructions=None, form=(), outcomes=(), checklist=(), earlier=(),
        can=TaskActions(), version=seen.case.seq, answers=_answers(seen, node.step),
        comments=comments(seen), timeline=tuple(entry for entry in timeline(seen) if entry.step == event.step),
    )  # fmt: skip
    return _with_end(seen, view, activation)


def _answers(seen: Seen, step: Step) -> tuple[FieldView, ...]:
    asked = {entry.field for entry in getattr(step.config, "form", ())}
    views = field_views(seen.case, seen.program.definition, seen.names, hidden=seen.hidden, editable=lambda _: False)
    return tuple(view for view in views if view.name in asked)


def _with_end(seen: Seen, view: TaskView, activation: str) -> TaskView:
    for row in seen.history:
        event = row.event
        if getattr(event, "activation", None) != activation:
            continue
        by = seen.names.ref(row.actor)
        match event:
            case e.TaskCompleted(outcome=outcome, person=person):
                view = replace(view, closed_at=row.at, closed_by=seen.names.ref(person), outcome=outcome,
                               closed_how="completed")  # fmt: skip
            case e.StepWithdrawn(reason=reason):
                view = replace(view, closed_at=row.at, closed_by=by, closed_how="withdrawn", closed_why=reason)
            case e.StepSkipped(reason=reason):
                view = replace(view, closed_at=row.at, closed_by=by, closed_how="skipped", closed_why=reason)
            case _:
                pass
    return view
