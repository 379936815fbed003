"""What each event means: `evolve` gives a case its next state, `replay` folds a whole log.

Nothing here looks at a definition: an event carries everything its meaning needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, cast

from procession.engine import events as ev
from procession.engine.case import NO_NAMES, NO_VOTES, Activation, Case, Incident, Json
from procession.engine.instants import Instant

Apply = Callable[[Case, Any, Instant, str], None]
_APPLY: dict[type[ev.Event], Apply] = {}


def _applies(kind: type[ev.Event]) -> Callable[[Apply], Apply]:
    def register(function: Apply) -> Apply:
        _APPLY[kind] = function
        return function

    return register


def evolve(case: Case, event: ev.Event, at: Instant, actor: str) -> None:
    """Apply one event to the case, in place."""
    case.seq += 1
    case.at = at
    # What nearly every step brings is called by name, which costs the compiled engine a fraction of a call by table.
    if isinstance(event, ev.StepOpened):
        _step_opened(case, event, at, actor)
    elif isinstance(event, ev.StepFinished):
        _step_finished(case, event, at, actor)
    elif isinstance(event, ev.TaskCompleted):
        _task_completed(case, event, at, actor)
    elif isinstance(event, ev.DataWritten):
        _data_written(case, event, at, actor)
    else:
        apply = _APPLY.get(type(event))
        if apply is not None:
            apply(case, event, at, actor)


def replay(case_id: str, rows: Iterable[tuple[str, Json, Instant, str]]) -> Case:
    """The case that its events (type, payload, at, actor), in order, lead to."""
    case = Case(id=case_id)
    for type_, payload, at, actor in rows:
        evolve(case, ev.decode(type_, payload), at, actor)
    return case


_CELL = re.compile(r"^(\w+)\[(\d+)\]\.(\w+)$")


def write(data: dict[str, Json], values: dict[str, Json]) -> None:
    """Write values into a case's data; `lines[2].serial` writes one cell without touching the old list."""
    for name, value in values.items():
        cell = _CELL.match(name) if "[" in name else None
        if cell is None:
            data[name] = value
            continue
        rows = [dict(row) for row in cast("list[dict[str, Json]]", data.get(cell[1]) or [])]
        place = int(cell[2])
        if place < len(rows):
            rows[place][cell[3]] = value
            data[cell[1]] = rows


Held = TypeVar("Held")


def _without(values: dict[str, Held], *names: str) -> dict[str, Held]:
    """The map without these; itself where it has none of them."""
    if not values or not any(name in values for name in names):
        return values
    return {name: value for name, value in values.items() if name not in names}


# --- cases ------------------------------------------------------------------------------------------------------------


@_applies(ev.CaseStarted)
def _case_started(case: Case, event: ev.CaseStarted, at: Instant, actor: str) -> None:
    case.definition, case.version, case.kind = event.definition, event.version, event.kind
    case.name, case.number, case.starter, case.due_at = event.name, event.number, event.starter, event.due_at
    case.parent, case.parent_activation = event.parent, event.parent_activation
    case.process_case, case.member = event.process_case, event.member
    case.data, case.origins = dict(event.data), dict(event.origins)
    case.started_at = at
    case.status = "open"


@_applies(ev.CaseClosed)
def _case_closed(case: Case, event: ev.CaseClosed, at: Instant, actor: str) -> None:
    case.status, case.outcome, case.closed_at = "done", event.outcome, at
    case.incidents = {}
    _go_on(case)


@_applies(ev.CaseCancelling)
def _case_cancelling(case: Case, event: ev.CaseCancelling, at: Instant, actor: str) -> None:
    case.cancelling, case.cancelled_by = event.reason, actor


@_applies(ev.CaseCancelled)
def _case_cancelled(case: Case, event: ev.CaseCancelled, at: Instant, actor: str) -> None:
    case.status, case.outcome, case.closed_at = "cancelled", "cancelled", at
    case.cancelling, case.cancelled_by = None, None
    case.incidents = {}
    _go_on(case)


@_applies(ev.CaseReopened)
def _case_reopened(case: Case, event: ev.CaseReopened, at: Instant, actor: str) -> None:
    case.status, case.outcome, case.closed_at = "open", None, None


@_applies(ev.CaseDueChanged)
def _case_due_changed(case: Case, event: ev.CaseDueChanged, at: Instant, actor: str) -> None:
    case.due_at = event.due_at


@_applies(ev.CaseMoved)
def _case_moved(case: Case, event: ev.CaseMoved, at: Instant, actor: str) -> None:
    case.version = event.version
    case.moved_from = None if event.undoes else event.before


@_applies(ev.CaseRenamed)
def _case_renamed(case: Case, event: ev.CaseRenamed, at: Instant, actor: str) -> None:
    case.name = event.name


@_applies(ev.DataWritten)
def _data_written(case: Case, event: ev.DataWritten, at: Instant, actor: str) -> None:
    write(case.data, event.values)
    for name in event.values:
        base = name if "[" not in name else name.partition("[")[0]
        if case.origins.get(base) != event.origin:
            case.origins = {**case.origins, base: event.origin}


@_applies(ev.MilestoneReached)
def _milestone_reached(case: Case, event: ev.MilestoneReached, at: Instant, actor: str) -> None:
    if event.name not in case.milestones:
        case.milestones = {**case.milestones, event.name: at}


@_applies(ev.DataSealed)
def _data_sealed(case: Case, event: ev.DataSealed, at: Instant, actor: str) -> None:
    case.sealed = [*case.sealed, *(name for name in event.fields if name not in case.sealed)]


@_applies(ev.CasePaused)
def _case_paused(case: Case, event: ev.CasePaused, at: Instant, actor: str) -> None:
    case.paused_at, case.paused_why, case.paused_with_parent = at, event.reason, event.with_parent


@_applies(ev.CaseResumed)
def _case_resumed(case: Case, event: ev.CaseResumed, at: Instant, actor: str) -> None:
    _go_on(case)


def _go_on(case: Case) -> None:
    case.paused_at, case.paused_why, case.paused_with_parent = None, "", False


# --- what people say of it ------------------------------------------------------------------------------------------


@_applies(ev.SurveyAsked)
def _survey_asked(case: Case, event: ev.SurveyAsked, at: Instant, actor: str) -> None:
    asked: Json = {
        "step": event.step, "measure": event.measure, "question": event.question, "to": event.to, "at": at,
        "expires_at": event.expires_at,
    }  # fmt: skip
    case.surveys = {**case.surveys, event.survey: asked}


@_applies(ev.MeasureGiven)
def _measure_given(case: Case, event: ev.MeasureGiven, at: Instant, actor: str) -> None:
    if event.survey is not None:
        case.surveys = _without(case.surveys, event.survey)
    if event.value is None:
        case.measures = _without(case.measures, event.name)
    else:
        case.measures = {**case.measures, event.name: event.value}


@_applies(ev.FeedbackAsked)
def _feedback_asked(case: Case, event: ev.FeedbackAsked, at: Instant, actor: str) -> None:
    case.n = max(case.n, int(event.feedback[1:]))
    asked: Json = {
        "source": event.source, "group": event.group, "question": event.question, "to": event.to, "at": at,
    }  # fmt: skip
    case.feedback = {**case.feedback, event.feedback: asked}


@_applies(ev.FeedbackGiven)
def _feedback_given(case: Case, event: ev.FeedbackGiven, at: Instant, actor: str) -> None:
    answer = {"good": event.good, "text": event.text, "by": actor, "answered_at": at}
    case.feedback = {**case.feedback, event.feedback: {**case.feedback[event.feedback], **answer}}


# --- steps ------------------------------------------------------------------------------------------------------------


@_applies(ev.StepOpened)
def _step_opened(case: Case, event: ev.StepOpened, at: Instant, actor: str) -> None:
    number = int(event.activation[1:])
    if number > case.n:
        case.n = number
    if not event.seat and event.kind != "pending":
        case.visits[event.step] = event.attempt
    around = case.activations.get(event.up)
    if around is not None and event.branch not in around.touched:
        around = case.changing(event.up)
        around.touched = [*around.touched, event.branch]
    # Matching seventeen keywords would take longer than all the rest.
    case.activations[event.activation] = one = Activation(
        event.step, event.up, event.branch, event.attempt, at, event.assignee, event.candidates, event.guest,
        event.due_at, event.timers, event.seats, NO_VOTES, event.seat, event.need, event.ran, NO_NAMES, NO_NAMES, NO_NAMES,
        NO_NAMES,
    )  # fmt: skip
    one.message, one.key, one.reached = event.message, event.key, event.reached


@_applies(ev.StepSkipped)
def _step_skipped(case: Case, event: ev.StepSkipped, at: Instant, actor: str) -> None:
    if event.activation is not None:
        _close(case, event.activation)
    case.last[event.step] = "skipped"


@_applies(ev.StepFinished)
def _step_finished(case: Case, event: ev.StepFinished, at: Instant, actor: str) -> None:
    closed = _close(case, event.activation)
    if closed is not None and closed.seat and closed.up in case.activations:
        _vote(case, closed.up, event.activation, event.outcome)
    else:
        case.last[event.step] = event.outcome
    if closed is not None and case.kind == "process":
        case.ended = {**case.ended, event.step: event.outcome}
        case.carried = _without(case.carried, event.step)


@_applies(ev.StepWithdrawn)
def _step_withdrawn(case: Case, event: ev.StepWithdrawn, at: Instant, actor: str) -> None:
    _close(case, event.activation)


def _close(case: Case, activation: str) -> Activation | None:
    closed = case.activations.pop(activation, None)
    if case.loops:
        case.loops = {loop: count for loop, count in case.loops.items() if not loop.startswith(f"{activation}/")}
    if case.incidents:
        _drop_incidents(case, activation)
    return closed


def _drop_incidents(case: Case, activation: str) -> None:
    case.incidents = {key: one for key, one in case.incidents.items() if one.activation != activation}


def _vote(case: Case, approval: str, seat: str, outcome: str) -> None:
    around = case.changing(approval)
    around.votes = {**around.votes, seat: outcome}


@_applies(ev.BranchOpened)
def _branch_opened(case: Case, event: ev.BranchOpened, at: Instant, actor: str) -> None:
    block = case.changing(event.activation)
    block.ran = [*block.ran, event.branch]


@_applies(ev.BranchEnded)
def _branch_ended(case: Case, event: ev.BranchEnded, at: Instant, actor: str) -> None:
    block = case.changing(event.activation)
    if event.empty:
        block.passed = [*block.passed, event.branch]
    else:
        block.ended = [*block.ended, event.branch]
    block.enders = [*block.enders, *event.by]


@_applies(ev.BlockDecided)
def _block_decided(case: Case, event: ev.BlockDecided, at: Instant, actor: str) -> None:
    case.changing(event.activation).done = event.outcome


@_applies(ev.LoopCounted)
def _loop_counted(case: Case, event: ev.LoopCounted, at: Instant, actor: str) -> None:
    if event.count:
        case.loops = {**case.loops, event.loop: event.count}
    else:
        case.loops = _without(case.loops, event.loop)


# --- tasks ------------------------------------------------------------------------------------------------------------


@_applies(ev.TaskClaimed)
def _task_claimed(case: Case, event: ev.TaskClaimed, at: Instant, actor: str) -> None:
    case.changing(event.activation).assignee = event.person


@_applies(ev.TaskReleased)
def _task_released(case: Case, event: ev.TaskReleased, at: Instant, actor: str) -> None:
    task = case.changing(event.activation)
    task.assignee, task.candidates = None, event.candidates


@_applies(ev.TaskDelegated)
def _task_delegated(case: Case, event: ev.TaskDelegated, at: Instant, actor: str) -> None:
    _hand_to(case, event.activation, event.person)


@_applies(ev.TaskReassigned)
def _task_reassigned(case: Case, event: ev.TaskReassigned, at: Instant, actor: str) -> None:
    _hand_to(case, event.activation, event.person).candidates = event.candidates


def _hand_to(case: Case, activation: str, person: str | None) -> Activation:
    task = case.changing(activation)
    if task.seat and task.assignee and person:
        around = case.changing(task.up)
        around.seats = [person if one == task.assignee else one for one in around.seats]
    task.assignee, task.first_opened_at = person, None
    task.guest = person is not None and person.startswith("guest:")
    _drop_incidents(case, activation)
    task.incident = None
    return task


@_applies(ev.TaskFirstOpened)
def _task_first_opened(case: Case, event: ev.TaskFirstOpened, at: Instant, actor: str) -> None:
    case.changing(event.activation).first_opened_at = at


@_applies(ev.TaskStarted)
def _task_started(case: Case, event: ev.TaskStarted, at: Instant, actor: str) -> None:
    case.changing(event.activation).started_at = at


@_applies(ev.TaskCompleted)
def _task_completed(case: Case, event: ev.TaskCompleted, at: Instant, actor: str) -> None:
    case.moved_from = None
    people = case.did.get(event.step, ())
    if event.person not in people:
        case.did[event.step] = [*people, event.person]
    task = case.activations[event.activation]
    if event.draft != task.draft:
        case.changing(event.activation).draft = event.draft
    if task.seat:
        _vote(case, task.up, event.activation, event.outcome)


@_applies(ev.DueChanged)
def _due_changed(case: Case, event: ev.DueChanged, at: Instant, actor: str) -> None:
    task = case.changing(event.activation)
    task.due_at, task.timers = event.due_at, event.timers


# --- machines, time, messages, children -----------------------------------------------------------------------------


@_applies(ev.JobRequested)
def _job_requested(case: Case, event: ev.JobRequested, at: Instant, actor: str) -> None:
    activation = case.changing(event.activation)
    activation.job, activation.job_base = event.attempt, event.base


@_applies(ev.JobSucceeded)
def _job_succeeded(case: Case, event: ev.JobSucceeded, at: Instant, actor: str) -> None:
    case.changing(event.activation).job = None


@_applies(ev.JobFailed)
def _job_failed(case: Case, event: ev.JobFailed, at: Instant, actor: str) -> None:
    if event.final:
        case.changing(event.activation).job = None


@_applies(ev.TimerFired)
def _timer_fired(case: Case, event: ev.TimerFired, at: Instant, actor: str) -> None:
    activation = case.changing(event.activation)
    activation.timers = {name: rings for name, rings in activation.timers.items() if name != event.timer}


@_applies(ev.MessageKept)
def _message_kept(case: Case, event: ev.MessageKept, at: Instant, actor: str) -> None:
    case.messages = [*case.messages, {"name": event.name, "data": event.data, "at": at}]


@_applies(ev.MessageTaken)
def _message_taken(case: Case, event: ev.MessageTaken, at: Instant, actor: str) -> None:
    if event.key is not None:
        return
    for place, kept in enumerate(case.messages):
        if kept["name"] == event.name and kept["data"] == event.data:
            case.messages = [*case.messages[:place], *case.messages[place + 1 :]]
            return


@_applies(ev.ChildStarted)
def _child_started(case: Case, event: ev.ChildStarted, at: Instant, actor: str) -> None:
    if event.activation in case.activations:
        activation = case.changing(event.activation)
        activation.child = event.child
        case.carried = _without(case.carried, activation.step)


# --- incidents ------------------------------------------------------------------------------------------------------


@_applies(ev.IncidentOpened)
def _incident_opened(case: Case, event: ev.IncidentOpened, at: Instant, actor: str) -> None:
    case.n = max(case.n, int(event.incident[1:]))
    incident = Incident(
        code=event.code, sentence=event.sentence, activation=event.activation, step=event.step,
        owner=event.owner, since=at,
        outcome=event.outcome, context=event.context,
    )  # fmt: skip
    case.incidents = {**case.incidents, event.incident: incident}
    if event.activation is not None and event.activation in case.activations:
        case.changing(event.activation).incident = event.incident


@_applies(ev.IncidentResolved)
def _incident_resolved(case: Case, event: ev.IncidentResolved, at: Instant, actor: str) -> None:
    gone = case.incidents.get(event.incident)
    case.incidents = _without(case.incidents, event.incident)
    if gone is not None and gone.activation is not None and gone.activation in case.activations:
        case.changing(gone.activation).incident = None


# --- processes ------------------------------------------------------------------------------------------------------


@_applies(ev.HandoffHappened)
def _handoff_happened(case: Case, event: ev.HandoffHappened, at: Instant, actor: str) -> None:
    case.handoffs = _without({**case.handoffs, event.handoff: event.count}, *event.renewed_handoffs)
    case.ended = _without(case.ended, *event.renewed_members)
    if event.renewed_handoffs and case.brought:
        case.brought = _without(case.brought, *event.renewed_handoffs)
    if event.to is not None and event.carried:
        _carry(case, event.to, event.carried)
        if event.kept:
            case.brought = {**case.brought, event.handoff: event.carried}


@_applies(ev.MemberNotStarted)
def _member_not_started(case: Case, event: ev.MemberNotStarted, at: Instant, actor: str) -> None:
    case.ended = {**case.ended, event.member: "not started"}


@_applies(ev.MemberReopened)
def _member_reopened(case: Case, event: ev.MemberReopened, at: Instant, actor: str) -> None:
    case.ended = _without(case.ended, event.member, *event.renewed_members)
    case.handoffs = _without(case.handoffs, *event.renewed_handoffs)


@_applies(ev.DataProvided)
def _data_provided(case: Case, event: ev.DataProvided, at: Instant, actor: str) -> None:
    _carry(case, event.member, event.values)


def _carry(case: Case, member: str, values: Mapping[str, Json]) -> None:
    """Lay values ready for a member."""
    case.carried = {**case.carried, member: {**case.carried.get(member, {}), **values}}
