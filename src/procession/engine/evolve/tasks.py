"""People take tasks, hand them on and complete them; machines, timers, messages and children are heard of."""

from __future__ import annotations

from procession.engine import events as ev
from procession.engine.case import Activation, Case
from procession.engine.evolve.applying import applies, without
from procession.engine.evolve.steps import drop_incidents, vote
from procession.engine.instants import Instant


@applies(ev.TaskClaimed)
def _task_claimed(case: Case, event: ev.TaskClaimed, at: Instant, actor: str) -> None:
    case.changing(event.activation).assignee = event.person


@applies(ev.TaskReleased)
def _task_released(case: Case, event: ev.TaskReleased, at: Instant, actor: str) -> None:
    task = case.changing(event.activation)
    task.assignee, task.candidates = None, event.candidates


@applies(ev.TaskDelegated)
def _task_delegated(case: Case, event: ev.TaskDelegated, at: Instant, actor: str) -> None:
    _hand_to(case, event.activation, event.person)


@applies(ev.TaskReassigned)
def _task_reassigned(case: Case, event: ev.TaskReassigned, at: Instant, actor: str) -> None:
    _hand_to(case, event.activation, event.person).candidates = event.candidates


def _hand_to(case: Case, activation: str, person: str | None) -> Activation:
    task = case.changing(activation)
    if task.seat and task.assignee and person:
        around = case.changing(task.up)
        around.seats = [person if one == task.assignee else one for one in around.seats]
    task.assignee, task.first_opened_at = person, None
    task.guest = person is not None and person.startswith("guest:")
    drop_incidents(case, activation)
    task.incident = None
    return task


@applies(ev.TaskFirstOpened)
def _task_first_opened(case: Case, event: ev.TaskFirstOpened, at: Instant, actor: str) -> None:
    case.changing(event.activation).first_opened_at = at


@applies(ev.TaskStarted)
def _task_started(case: Case, event: ev.TaskStarted, at: Instant, actor: str) -> None:
    case.changing(event.activation).started_at = at


@applies(ev.TaskCompleted)
def task_completed(case: Case, event: ev.TaskCompleted, at: Instant, actor: str) -> None:
    case.moved_from = None
    if case.moved_steps:
        case.moved_steps = {}
    people = case.did.get(event.step, ())
    if event.person not in people:
        case.did[event.step] = [*people, event.person]
    task = case.activations[event.activation]
    if event.draft != task.draft:
        case.changing(event.activation).draft = event.draft
    if task.seat:
        vote(case, task.up, event.activation, event.outcome)


@applies(ev.DueChanged)
def _due_changed(case: Case, event: ev.DueChanged, at: Instant, actor: str) -> None:
    task = case.changing(event.activation)
    task.due_at, task.timers = event.due_at, event.timers


# --- machines, time, messages, children --------------------------------------------------------------------------------


@applies(ev.JobRequested)
def _job_requested(case: Case, event: ev.JobRequested, at: Instant, actor: str) -> None:
    activation = case.changing(event.activation)
    activation.job, activation.job_base = event.attempt, event.base


@applies(ev.JobSucceeded)
def _job_succeeded(case: Case, event: ev.JobSucceeded, at: Instant, actor: str) -> None:
    case.changing(event.activation).job = None


@applies(ev.JobFailed)
def _job_failed(case: Case, event: ev.JobFailed, at: Instant, actor: str) -> None:
    if event.final:
        case.changing(event.activation).job = None


@applies(ev.TimerFired)
def _timer_fired(case: Case, event: ev.TimerFired, at: Instant, actor: str) -> None:
    activation = case.changing(event.activation)
    activation.timers = {name: rings for name, rings in activation.timers.items() if name != event.timer}


@applies(ev.MessageKept)
def _message_kept(case: Case, event: ev.MessageKept, at: Instant, actor: str) -> None:
    case.messages = [*case.messages, {"name": event.name, "data": event.data, "at": at}]


@applies(ev.MessageTaken)
def _message_taken(case: Case, event: ev.MessageTaken, at: Instant, actor: str) -> None:
    if event.key is not None:
        return
    for place, kept in enumerate(case.messages):
        if kept["name"] == event.name and kept["data"] == event.data:
            case.messages = [*case.messages[:place], *case.messages[place + 1 :]]
            return


@applies(ev.ChildStarted)
def _child_started(case: Case, event: ev.ChildStarted, at: Instant, actor: str) -> None:
    if event.activation in case.activations:
        activation = case.changing(event.activation)
        activation.child = event.child
        case.carried = without(case.carried, activation.step)
