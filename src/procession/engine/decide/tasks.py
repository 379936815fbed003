"""What people do with tasks. Every refusal comes in the order the language fixes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine import fields
from procession.engine.case import Activation, Json, split_task_id
from procession.engine.decide import arrows
from procession.engine.decide.assignment import eligible, excluded_people
from procession.engine.decide.data import accept_form, write
from procession.engine.decide.jobs import request_mail
from procession.engine.decide.people import candidates_for
from procession.engine.decide.places import Place
from procession.engine.decide.quorum import finish_seat, seat_done
from procession.engine.decide.timing import as_given, calendar_for, moment_of, timers
from procession.engine.decide.values import person_name
from procession.engine.definition import Field, Step
from procession.engine.fields import LONG_TEXT_LIMIT
from procession.engine.instants import to_instant
from procession.engine.rejections import (
    Conflict,
    Forbidden,
    IllegalTransition,
    InvalidField,
    MissingField,
    NotAssignee,
    NotFound,
    SeparationOfDuties,
    TaskClosed,
    UnknownField,
)  # fmt: skip

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


def open_activation(deciding: Deciding, task_id: str) -> tuple[str, Activation, Step]:
    """The open activation a task id names. Raises NotFound or TaskClosed."""
    _, key = split_task_id(task_id)
    one = deciding.case.activations.get(key)
    if deciding.program.is_process:
        raise NotFound("A process has no tasks of its own; its members have.")
    if one is None:
        known = key[:1] == "a" and key[1:].isascii() and key[1:].isdecimal() and len(key) < 20
        if known and 0 < int(key[1:]) <= deciding.case.n:
            raise _closed()
        raise NotFound("There is no such task.")
    return key, one, deciding.node(one).step


def _closed() -> TaskClosed:
    return TaskClosed(
        "This task is no longer open.", hint="Open the case to see who finished it, or why it was withdrawn."
    )


def _task(deciding: Deciding, task_id: str) -> tuple[str, Activation, Step]:
    key, one, step = open_activation(deciding, task_id)
    draft = step.kind == "email" and step.config.draft_for
    if one.seats or not (deciding.node(one).is_task or draft):
        raise NotFound("There is no such task.")
    incident = deciding.case.incidents.get(one.incident or "")
    if one.draft is not None or (incident is not None and incident.outcome is not None):
        raise _closed()  # somebody has done it; only what follows from it is still under way
    return key, one, step


def _may_work(deciding: Deciding, one: Activation, step: Step) -> None:
    """Refuse whom separation of duties excludes, then whoever is neither assignee nor candidate."""
    person = deciding.moment.actor.id
    _refuse_excluded(deciding, step)
    if one.assignee is not None and one.assignee != person:
        raise NotAssignee(f"This task is with {person_name(deciding.moment, one.assignee)}.")
    if one.assignee is None and person not in one.candidates:
        raise NotAssignee("This task is not yours, and you are not one of those who may claim it.")


def _refuse_excluded(deciding: Deciding, step: Step) -> None:
    not_by = deciding.program.nodes[step.id].not_by
    if not_by and deciding.moment.actor.id in excluded_people(deciding, not_by):
        raise SeparationOfDuties(f"You may not do '{step.title}': {_why_not(deciding, step)}.")


def _why_not(deciding: Deciding, step: Step) -> str:
    person = deciding.moment.actor.id
    for word in step.config.not_by:
        other = deciding.program.step(word)
        if word == "starter" and deciding.case.starter == person:
            return "you started the case"
        if other is not None and person in deciding.case.did.get(other.id, []):
            return f"you did '{other.title}'"
    return "you are excluded from it"


def complete_task(deciding: Deciding, ask: ask_.CompleteTask) -> None:
    """Refusals, form data, calculated fields, the action's `when`, `set`, milestone, arrow: in this order."""
    key, one, step = _task(deciding, ask.task_id)
    _may_work(deciding, one, step)
    outcome = _outcome(deciding, step, ask.outcome)
    if step.open_while is not None and deciding.values.evaluate(step.open_while, key).value is not True:
        raise IllegalTransition(f"'{step.title}' can be worked only while {step.open_while}.")
    form = deciding.program.nodes[step.id].form
    draft = _draft(ask) if step.kind == "email" else None
    values = accept_form(deciding, form, ask.values, key) if draft is None else {}
    _checked(deciding, step, outcome, ask)
    if one.assignee is None:
        deciding.emit(ev.TaskClaimed(activation=key, person=deciding.moment.actor.id))
    write(deciding, values, "typed", step.id)
    if step.kind == "state":
        _refuse_untrue_action(deciding, step, outcome)
    person = deciding.moment.actor.id
    deciding.emit(ev.TaskCompleted(activation=key, step=step.id, person=person, outcome=outcome, draft=draft))
    if one.seat:
        finish_seat(deciding, key, outcome)
    elif draft is not None:
        request_mail(deciding, step, key)
    else:
        deciding.finish(key, outcome)


def _draft(ask: ask_.CompleteTask) -> dict[str, Json]:
    """The subject and text of a mail as its sender leaves them. Raises UnknownField or InvalidField."""
    for name, value in ask.values.items():
        if name not in ("subject", "text"):
            raise UnknownField(name, f"{name[:80]} is not asked here.", hint="A mail has a subject and a text.")
        if not isinstance(value, str) or len(value) > LONG_TEXT_LIMIT or "\0" in value:
            raise InvalidField(name, f"The {name} must be text.")
    return dict(ask.values)


def _outcome(deciding: Deciding, step: Step, asked: str | None) -> str:
    offered = ("send",) if step.kind == "email" else deciding.program.nodes[step.id].outcomes
    if asked is None and len(offered) == 1:
        return offered[0]
    if asked is None or asked not in offered:
        said = f"'{step.title}' has no outcome '{asked}'" if asked is not None else f"'{step.title}' needs an outcome"
        legal = _legal(deciding, step) if step.kind == "state" else list(offered)
        raise IllegalTransition(f"{said}.", hint=f"Possible now: {', '.join(legal) or 'nothing'}.", allowed=legal)
    return asked


def _legal(deciding: Deciding, step: Step) -> list[str]:
    return [action.name for action in step.config.actions if action_holds(deciding, step, action.name)]


def action_holds(deciding: Deciding, step: Step, outcome: str) -> bool:
    """Whether a state's action is drawn and its condition, if it has one, is true."""
    action = next((action for action in step.config.actions if action.name == outcome), None)
    return action is not None and (action.when is None or deciding.values.evaluate(action.when).value is True)


def _refuse_untrue_action(deciding: Deciding, step: Step, outcome: str) -> None:
    """The condition of an action sees the form just filled in."""
    if action_holds(deciding, step, outcome):
        return
    condition = next(action.when for action in step.config.actions if action.name == outcome)
    legal = _legal(deciding, step)
    raise IllegalTransition(
        f"'{outcome}' is possible only when {condition}.",
        hint=f"Possible now: {', '.join(legal) or 'nothing'}.",
        allowed=legal,
    )


def _checked(deciding: Deciding, step: Step, outcome: str, ask: ask_.CompleteTask) -> None:
    """Every point of the checklist is ticked; an approval asks it for its first outcome only."""
    points = deciding.program.nodes[step.id].checklist
    if not points or (step.kind == "approval" and outcome != step.config.outcomes[0]):
        return
    left = [point for place, point in enumerate(points) if place not in ask.checked]
    if left:
        raise InvalidField("checklist", f"Not ticked yet: {'; '.join(left)}.")


def claim_task(deciding: Deciding, ask: ask_.ClaimTask) -> None:
    """A candidate takes the task."""
    key, one, step = _task(deciding, ask.task_id)
    person = deciding.moment.actor.id
    if one.assignee is not None and one.assignee != person and person in one.candidates:
        _refuse_excluded(deciding, step)
        raise Conflict(f"{person_name(deciding.moment, one.assignee)} has claimed this task.")
    _may_work(deciding, one, step)
    if one.assignee == person:
        return
    deciding.emit(ev.TaskClaimed(activation=key, person=person))
    if one.started_at is None:
        deciding.emit(ev.TaskStarted(activation=key, person=person, how="claim"))


def release_task(deciding: Deciding, ask: ask_.ReleaseTask) -> None:
    """Back to everyone who may take it."""
    key, one, step = _task(deciding, ask.task_id)
    _mine(deciding, one)
    if one.seat:
        raise Forbidden("Each person asked has a task of their own here; it cannot go back to others.")
    people = candidates_for(deciding, step, key)
    if len(people) < 2:
        raise Forbidden("Nobody else could take this task.", hint="Delegate it to somebody.")
    deciding.emit(ev.TaskReleased(activation=key, candidates=people))


def _mine(deciding: Deciding, one: Activation) -> None:
    if one.assignee != deciding.moment.actor.id:
        holder = person_name(deciding.moment, one.assignee)
        raise NotAssignee(f"This task is with {holder}." if one.assignee else "Nobody has claimed this task yet.")


def delegate_task(deciding: Deciding, ask: ask_.DelegateTask) -> None:
    """The assignee gives the task to somebody else, who may not be excluded from it."""
    key, one, step = _task(deciding, ask.task_id)
    _mine(deciding, one)
    person = _takes_over(deciding, step, ask.to, one)
    if person == one.assignee:
        return
    deciding.emit(ev.TaskDelegated(activation=key, person=person, before=one.assignee))
    if not person.startswith("guest:"):  # who is outside gets a private link
        deciding.emit(ev.PeopleNotified(to=[person], what="assigned", text=ask.reason, activation=key))


def reassign_task(deciding: Deciding, ask: ask_.ReassignTask) -> None:
    """Somebody in charge gives the task to somebody else; who may do that is decided at the door."""
    key, one, step = _task(deciding, ask.task_id)
    incident = deciding.case.incidents.get(one.incident or "")
    if incident is not None and incident.code != "nobody_eligible":
        raise IllegalTransition(f"'{step.title}' is not waiting for a person: {incident.sentence}")
    person = _takes_over(deciding, step, ask.to, one)
    deciding.emit(ev.TaskReassigned(activation=key, person=person, before=one.assignee, reason=ask.reason))
    deciding.emit(ev.PeopleNotified(to=[person], what="assigned", text=ask.reason, activation=key))


def _takes_over(deciding: Deciding, step: Step, name: str, one: Activation) -> str:
    """Who gets the task: the person named, or who stands in. Raises a Rejection where nobody may."""
    directory = deciding.moment.directory
    if one.guest and deciding.moment.actor.kind == "guest":
        return _other_guest(deciding, step, name)
    known = directory.people.get(name) or next((one for one in directory.people.values() if one.email == name), None)
    if known is None or not known.active:
        raise InvalidField("to", f"There is nobody called '{name}' here.")
    excluded = excluded_people(deciding, deciding.program.nodes[step.id].not_by)
    if known.id in excluded:
        raise SeparationOfDuties(f"{known.name} may not do '{step.title}'.")
    chosen = eligible(deciding, [known.id], excluded)
    if not chosen:
        raise SeparationOfDuties(f"{known.name} is away, and nobody who stands in may do '{step.title}'.")
    if one.seat and chosen[0] != one.assignee and chosen[0] in deciding.case.activations[one.up].seats:
        raise Conflict(f"{person_name(deciding.moment, chosen[0])} has been asked already, and answers once.")
    return chosen[0]


def _other_guest(deciding: Deciding, step: Step, name: str) -> str:
    """The outsider to whom a guest hands a task on. Raises InvalidField or SeparationOfDuties."""
    address = fields.coerce(Field(name="to", type="email", label="The address"), name)
    if address is None:
        raise MissingField("to", "Their e-mail address is needed.")
    person = f"guest:{str(address).lower()}"
    if person in excluded_people(deciding, deciding.program.nodes[step.id].not_by):
        raise SeparationOfDuties(f"{address} may not do '{step.title}'.")
    return person


def look_at_task(deciding: Deciding, ask: ask_.LookAtTask) -> None:
    """Keep the first look of whoever may work on it, and every look of others."""
    _, key = split_task_id(ask.task_id)
    one = deciding.case.activations.get(key)
    person = deciding.moment.actor.id
    if one is None:
        return
    if person != one.assignee and person not in one.candidates:
        deciding.emit(ev.TaskViewed(activation=key, person=person))
    elif one.first_opened_at is None:
        deciding.emit(ev.TaskFirstOpened(activation=key, person=person))


def begin_task(deciding: Deciding, ask: ask_.BeginTask) -> None:
    """The first saved input marks the start of work."""
    key, one, step = _task(deciding, ask.task_id)
    _may_work(deciding, one, step)
    if one.started_at is None:
        deciding.emit(ev.TaskStarted(activation=key, person=deciding.moment.actor.id))


def send_back(deciding: Deciding, ask: ask_.SendBack) -> None:
    """The case goes back to an earlier step; what stood here is withdrawn."""
    _need_reason(ask.reason)
    key, one, step = open_activation(deciding, ask.task_id)
    goal = deciding.program.step(ask.to)
    allowed = earlier_steps(deciding, one)
    if goal is None or goal.id not in allowed:
        titles = [deciding.program.nodes[name].step.title for name in allowed]
        raise IllegalTransition(
            f"'{step.title}' cannot go back to '{ask.to}'.",
            hint=f"Possible: {', '.join(titles) or 'nothing'}.",
            allowed=allowed,
        )
    if one.seat:
        key, one = one.up, deciding.case.activations[one.up]
    deciding.withdraw(key, f"sent back to {goal.title}: {ask.reason}")
    arrows.go(deciding, Place(one.up, one.branch, (key,)), goal.id)


def earlier_steps(deciding: Deciding, one: Activation) -> list[str]:
    """Steps of the same list or an enclosing one that this case has already been at, itself excepted."""
    found: list[str] = []
    node = deciding.node(one)
    while True:
        upto = node.index + 1 if node.inline else node.index
        before = node.scope.steps[:upto] if node.scope.kind == "steps" else node.scope.steps
        found[:0] = [step.id for step in before if step.id != node.step.id and step.id in deciding.case.visits]
        around = deciding.case.activations.get(one.up)
        if around is None or around.done is not None:
            return found
        if not one.seat:
            node = deciding.node(around)
        one = around


def skip_step(deciding: Deciding, ask: ask_.SkipStep) -> None:
    """Pass over an open step, with the reason on record."""
    _need_reason(ask.reason)
    key, one, step = open_activation(deciding, ask.task_id)
    if step.kind == "state":
        raise IllegalTransition(f"'{step.title}' is a state and has no next step.", hint="Take one of its actions.")
    if one.seat:
        deciding.withdraw(key, f"passed over: {ask.reason}")
        seat_done(deciding, one.up)
    else:
        deciding.skip(key, ask.reason)


def complete_now(deciding: Deciding, ask: ask_.CompleteNow) -> None:
    """End an open `each` now."""
    _need_reason(ask.reason)
    key, one, step = open_activation(deciding, ask.task_id)
    if step.kind not in ("each", "parallel") or one.incident is not None:
        raise IllegalTransition(f"'{step.title}' is not a step of several under way.")
    deciding.withdraw_inside(key, ask.reason)
    if one.done is not None:
        deciding.rest_finished(key)
    else:
        deciding.finish(key, "done")


def change_due(deciding: Deciding, ask: ask_.ChangeDue) -> None:
    """Another due date; reminders and escalations move with it."""
    _need_reason(ask.reason)
    key, one, step = open_activation(deciding, ask.task_id)
    given = as_given(ask.due_at, deciding, "due_at")
    calendar = calendar_for(deciding, step, one.assignee)
    rings = {name: at for name, at in one.timers.items() if not name.startswith(("remind-", "escalate-"))}
    rings.update(timers(deciding, step, given, calendar, moment_of(one.opened_at)))
    due = to_instant(given) if given is not None else None
    deciding.emit(ev.DueChanged(activation=key, due_at=due, timers=rings, reason=ask.reason))


def _need_reason(reason: str) -> None:
    if not reason.strip():
        raise MissingField("reason", "A reason is needed.", hint="One sentence; it stays on the case.")
