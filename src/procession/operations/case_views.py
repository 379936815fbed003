"""One case as people read it: its state, data, steps, open tasks, timeline, comments, incidents."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from procession.engine import events as e
from procession.engine.case import Activation, Case, task_id
from procession.engine.decide.values import Values
from procession.engine.definition import Process, Step
from procession.engine.moment import Moment
from procession.engine.program import Program
from procession.operations import access
from procession.operations.access import Caller
from procession.operations.case_shapes import (
    CaseActions,
    CaseView,
    ChildView,
    CommentView,
    IncidentView,
    OpenBlock,
    Paused,
    Recorded,
    StepState,
    StepView,
    TaskRow,
    TimelineEntry,
)
from procession.operations.said_of_case import feedback, measures
from procession.operations.sentences import Telling, root_field, tell, titles
from procession.operations.values import (
    CaseRef,
    DefinitionRef,
    Names,
    definition_ref,
    field_views,
)  # fmt: skip
from procession.operations.values import (
    moment as moment_of,
)

TASK_KINDS = frozenset({"task", "approval", "state", "draft"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A case together with what is needed to show it to somebody."""

    caller: Caller
    program: Program
    case: Case
    moment: Moment
    names: Names
    history: Sequence[Recorded] = ()
    children: Sequence[ChildView] = ()
    members: Mapping[str, str] = field(default_factory=dict[str, str])
    """Of a process: what people call its parts."""

    @property
    def hidden(self) -> frozenset[str]:
        return access.hidden_fields(self.caller, self.program.definition, self.case)

    @property
    def ref(self) -> CaseRef:
        return CaseRef(id=self.case.id, name=self.case.name, status=self.case.status)

    @property
    def workflow(self) -> DefinitionRef:
        return definition_ref(self.program.definition, self.case.version or self.program.version)


def open_tasks(seen: Seen) -> tuple[TaskRow, ...]:
    """The case's open tasks, in the order they opened."""
    return tuple(task_row(seen, key, one) for key, one in seen.case.activations.items() if is_task(seen.program, one))


def is_task(program: Program, one: Activation) -> bool:
    """Whether a person works on this very activation (not an approval whose seats are asked one by one)."""
    node = program.nodes.get(one.step)
    if node is None or one.seats:
        return False
    return node.type.is_task or bool(node.step.kind == "email" and getattr(node.step.config, "draft_for", ()))


def task_row(seen: Seen, key: str, one: Activation) -> TaskRow:
    """An open task as a line."""
    step = seen.program.nodes[one.step].step
    task = task_id(seen.case.id, key)
    due = moment_of(one.due_at)
    works = access.works_on(seen.caller, task, one)
    return TaskRow(
        id=task,
        title=task_title(seen, key, one),
        step=step.id,
        kind=step.kind,
        case=seen.ref,
        workflow=seen.workflow,
        opened_at=moment_of(one.opened_at) or seen.moment.at,
        assignee=seen.names.ref(one.assignee) if one.assignee else None,
        candidates=() if one.assignee else seen.names.refs(one.candidates),
        due_at=due,
        late=due is not None and due < seen.moment.at,
        claimable=works and one.assignee is None,
        mine=works and one.assignee is not None,
        guest=one.guest,
        attempt=one.attempt,
    )


def task_title(seen: Seen, key: str, one: Activation) -> str:
    """The title of an open task, with its `{expr}` filled in."""
    title = seen.program.nodes[one.step].step.title
    return Values(seen.program, seen.case, seen.moment).render_text(title, key) if "{" in title else title


# --- steps ------------------------------------------------------------------------------------------------------------


def steps_of(seen: Seen) -> tuple[StepView, ...]:
    """Every step in the order of the file; one written in place only once it was visited."""
    if isinstance(seen.program.definition, Process):
        return _members(seen)
    past = _past(seen.history)
    views: list[StepView] = []
    for id_, node in seen.program.nodes.items():
        if node.inline and id_ not in seen.case.visits and id_ not in seen.case.last:
            continue
        level, owner = 0, node.owner
        while owner:
            level, owner = level + 1, seen.program.nodes[owner].owner
        views.append(_step_view(seen, node.step, level, past))
    return tuple(views)


@dataclass(slots=True)
class _Past:
    people: tuple[str, ...] = ()
    opened_at: datetime | None = None
    closed_at: datetime | None = None
    reason: str | None = None
    state: StepState | None = None


def _past(history: Iterable[Recorded]) -> dict[str, _Past]:
    """What the log says last about each step."""
    found: dict[str, _Past] = {}
    for row in history:
        match row.event:
            case e.StepOpened(step=step) as opened if not opened.seat:
                found[step] = _Past(opened_at=row.at)
            case e.TaskCompleted(step=step, person=person):
                past = found.setdefault(step, _Past())
                past.people = (*past.people, person)
                past.closed_at = row.at
            case e.StepFinished(step=step):
                found.setdefault(step, _Past()).closed_at = row.at
            case e.StepSkipped(step=step, reason=reason):
                past = found.setdefault(step, _Past())
                past.reason, past.closed_at, past.state = reason, row.at, "skipped"
            case e.StepWithdrawn(step=step, reason=reason):
                past = found.setdefault(step, _Past())
                past.reason, past.closed_at, past.state = reason, row.at, "withdrawn"
            case _:
                pass
    return found


def _step_view(seen: Seen, step: Step, level: int, past: Mapping[str, _Past]) -> StepView:
    case = seen.case
    before = past.get(step.id, _Past())
    opened = [(key, one) for key, one in case.activations.items() if one.step == step.id]
    current = next(((key, one) for key, one in opened if not one.seat), opened[0] if opened else None)
    blank = StepView(
        id=step.id, title=step.title, kind=step.kind, level=level, state="to do", visits=case.visits.get(step.id, 0)
    )
    if current is not None:
        key, one = current
        due = moment_of(one.due_at)
        incident = case.incidents.get(one.incident) if one.incident else None
        late = due is not None and due < seen.moment.at
        child = next((c.case for c in seen.children if one.child and c.case.id == one.child), None)
        holders = [p for _, a in opened for p in ([a.assignee] if a.assignee else a.candidates)]
        return replace(
            blank,
            state="stopped" if incident else "late" if late else "open",
            activation=key,
            task=task_id(case.id, key) if is_task(seen.program, one) else None,
            people=seen.names.refs(list(dict.fromkeys(holders))),
            opened_at=moment_of(one.opened_at),
            due_at=due,
            reason=incident.sentence if incident else None,
            case=child,
        )
    last = case.last.get(step.id)
    if last is None and before.state is None:
        return replace(blank, state="to do" if case.is_open else "not reached")
    finished: StepState = "skipped" if last == "skipped" else before.state or "done"
    return replace(
        blank,
        state=finished,
        outcome=None if finished in ("skipped", "withdrawn") else last,
        people=seen.names.refs(list(dict.fromkeys(before.people))),
        opened_at=before.opened_at,
        closed_at=before.closed_at,
        reason=before.reason,
        case=next((c.case for c in seen.children if c.step == step.id), None),
    )


def _members(seen: Seen) -> tuple[StepView, ...]:
    """The members of a process as its steps."""
    definition = seen.program.definition
    assert isinstance(definition, Process)
    past = _past(seen.history)
    reasons = {row.event.member: row.event.reason for row in seen.history if isinstance(row.event, e.MemberNotStarted)}
    names = titles(definition, seen.members)
    views: list[StepView] = []
    for id_ in definition.members:
        child = next((c for c in reversed(seen.children) if c.member == id_), None)
        current = next((one for one in seen.case.activations.values() if one.step == id_), None)
        ended = seen.case.ended.get(id_)
        state: StepState = "to do" if seen.case.is_open else "not reached"
        if current is not None:
            state = "stopped" if current.incident else "open"
        elif ended == "not started":
            state = "skipped"
        elif ended is not None:
            state = "done"
        before = past.get(id_, _Past())
        views.append(
            StepView(
                id=id_,
                title=names[id_],
                kind="workflow",
                level=0,
                state=state,
                outcome=None if ended == "not started" else ended,
                visits=seen.case.visits.get(id_, 0),
                people=child.with_ if child else (),
                opened_at=child.started_at if child else before.opened_at,
                closed_at=child.closed_at if child else before.closed_at,
                reason=reasons.get(id_),
                case=child.case if child else None,
            )
        )
    return tuple(views)


# --- what happened ----------------------------------------------------------------------------------------------------


def timeline(seen: Seen) -> tuple[TimelineEntry, ...]:
    """Everything that has a sentence, the newest first."""
    definition = seen.program.definition
    step_titles = titles(definition, seen.members)
    steps: dict[str, str] = {}
    entries: list[TimelineEntry] = []
    base = Telling(
        actor="",
        who=seen.names,
        steps=step_titles,
        fields={name: field.title for name, field in definition.fields.items()},
        activations=steps,
        hidden=seen.hidden,
    )
    for row in seen.history:
        event = row.event
        if isinstance(event, e.StepOpened):
            steps[event.activation] = event.step
            step_titles.setdefault(event.step, event.title or event.step)
        sentence = tell(event, replace(base, actor=row.actor))
        if sentence:
            step = getattr(event, "step", None) or steps.get(getattr(event, "activation", None) or "")
            entries.append(
                TimelineEntry(
                    seq=row.seq,
                    at=row.at,
                    actor=seen.names.ref(row.actor),
                    type=event.type,
                    sentence=sentence,
                    step=step,
                )
            )
    return tuple(reversed(entries))


def comments(seen: Seen) -> tuple[CommentView, ...]:
    """The comments, the oldest first."""
    return tuple(
        CommentView(
            seq=row.seq,
            at=row.at,
            author=seen.names.ref(row.actor),
            text=row.event.text,
            mentions=seen.names.refs(row.event.mentions),
            task=task_id(seen.case.id, row.event.activation) if row.event.activation else None,
        )
        for row in seen.history
        if isinstance(row.event, e.CommentAdded)
    )


def incidents(seen: Seen) -> tuple[IncidentView, ...]:
    """What stops the case now."""
    owner = access.is_owner(seen.caller, seen.program.definition)
    step_titles = titles(seen.program.definition)
    return tuple(
        IncidentView(
            id=key,
            case=seen.ref,
            code=one.code,
            sentence=one.sentence,
            since=moment_of(one.since),
            step=one.step,
            title=step_titles.get(one.step or "", one.step),
            owner=one.owner,
            actions=incident_actions(one.code, one.activation) if owner else (),
        )
        for key, one in seen.case.incidents.items()
    )


def incident_actions(
    code: str, activation: str | None
) -> tuple[Literal["retry", "skip", "edit data", "reassign"], ...]:
    """What helps against an incident, the likeliest first."""
    if code == "nobody_eligible":
        return ("retry", "reassign", "skip")
    return ("retry", "edit data", "skip") if activation else ("retry", "edit data")


# --- the whole --------------------------------------------------------------------------------------------------------


def actions(seen: Seen) -> CaseActions:
    """What the caller may do with the case now."""
    definition = seen.program.definition
    owner = access.is_owner(seen.caller, definition)
    is_open = seen.case.is_open
    reopen = owner and not is_open and definition.kind == "workflow"
    return CaseActions(
        comment=seen.caller.person is not None,
        edit_data=is_open and owner,
        change_due=is_open and owner,
        cancel=is_open and owner,
        send_message=is_open and owner,
        reopen=reopen,
        pause=is_open and owner and not seen.case.is_paused,
        resume=is_open and owner and seen.case.is_paused and not seen.case.paused_with_parent,
        move=is_open and owner,
        move_back=is_open and owner and seen.case.moved_from is not None,
        enter_measures=owner and bool(definition.measures),
        finish_now=open_blocks(seen) if owner else (),
        reopen_at=tuple(
            (id_, node.step.title) for id_, node in seen.program.nodes.items() if not node.owner and not node.inline
        )
        if reopen
        else (),
    )


def _cancel_reason(seen: Seen) -> str | None:
    if seen.case.cancelling is not None:
        return seen.case.cancelling
    cancels = (row.event for row in reversed(seen.history) if isinstance(row.event, e.CaseCancelled))
    latest = next(cancels, None) if seen.case.status == "cancelled" else None
    return latest.reason or None if latest is not None else None


def open_blocks(seen: Seen) -> tuple[OpenBlock, ...]:
    """The steps of several that are under way, the outermost first."""
    case, found = seen.case, list[OpenBlock]()
    tasks = [one for one in case.activations.values() if is_task(seen.program, one)]
    for key, one in case.activations.items():
        node = seen.program.nodes.get(one.step)
        if node is not None and node.step.kind in ("each", "parallel") and one.incident is None:
            inside = sum(key in _around(case, task) for task in tasks)
            found.append(OpenBlock(task=task_id(case.id, key), title=node.step.title, open=inside))
    return tuple(found)


def _around(case: Case, one: Activation) -> set[str]:
    """The activations that an activation stands in."""
    found: set[str] = set()
    while one.up:
        found.add(one.up)
        one = case.activations[one.up]
    return found


def case_view(seen: Seen, *, parent: CaseRef | None = None, process: CaseRef | None = None) -> CaseView:
    """The case with all that its page shows, for the one who looks."""
    case, definition = seen.case, seen.program.definition
    due = moment_of(case.due_at)
    owner = access.is_owner(seen.caller, definition)
    return CaseView(
        id=case.id,
        number=case.number,
        name=case.name,
        workflow=seen.workflow,
        status=case.status,
        outcome=case.outcome,
        cancel_reason=_cancel_reason(seen),
        starter=seen.names.ref(case.starter),
        started_at=moment_of(case.started_at),
        closed_at=moment_of(case.closed_at),
        due_at=due,
        late=due is not None and due < (moment_of(case.closed_at) or seen.moment.at),
        version=case.seq,
        data=field_views(
            case,
            definition,
            seen.names,
            hidden=seen.hidden,
            editable=lambda field: owner and case.is_open and access.edits_field(seen.caller, field, case),
        ),
        tasks=open_tasks(seen),
        steps=steps_of(seen),
        timeline=timeline(seen),
        comments=comments(seen),
        incidents=incidents(seen),
        milestones=tuple((name, moment_of(at)) for name, at in case.milestones.items()),
        children=tuple(seen.children),
        parent=parent,
        process=process,
        can=actions(seen),
        measures=measures(seen),
        feedback=feedback(seen),
        paused=Paused(since=moment_of(case.paused_at), reason=case.paused_why, with_parent=case.paused_with_parent)
        if case.is_paused
        else None,
    )


def redacted(event: e.Event, hidden: frozenset[str]) -> e.Event:
    """The event without the values of hidden fields; where values stand under other names, without any."""
    if not hidden:
        return event
    match event:
        case e.CaseStarted():
            data = {name: value for name, value in event.data.items() if name not in hidden}
            return replace(event, data=data)
        case e.DataWritten():
            kept = {name: value for name, value in event.values.items() if root_field(name) not in hidden}
            return replace(event, values=kept)
        case e.ChildRequested() | e.ParentTold() | e.MessageTaken() | e.MessageKept():
            return replace(event, data={})
        case e.HandoffHappened():
            return replace(event, carried={})
        case e.DataProvided():
            return replace(event, values={})
        case e.JobRequested():
            return replace(event, config={})
        case e.JobSucceeded():
            return replace(event, result=None)
        case _:
            return event
