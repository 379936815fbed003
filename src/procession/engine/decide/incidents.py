"""Getting a case past an incident: try again, or pass over the step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.case import Activation, Incident
from procession.engine.decide.deciding import Place
from procession.engine.decide.jobs import request
from procession.engine.decide.people import candidates_for
from procession.engine.decide.process import retry_member, settle
from procession.engine.rejections import Conflict, IllegalTransition, MissingField, NotFound

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


def _open(deciding: Deciding, name: str) -> Incident:
    incident = deciding.case.incidents.get(name)
    if incident is None:
        raise NotFound("This incident is no longer open.")
    return incident


def retry_incident(deciding: Deciding, ask: ask_.RetryIncident) -> None:
    """Do again what was stopped, with the data, the people and the definition as they are now."""
    incident = _open(deciding, ask.incident)
    deciding.emit(ev.IncidentResolved(incident=ask.incident, how="tried again"))
    key = incident.activation
    if key is None:
        settle(deciding)
        return
    one = deciding.case.activations[key]
    if deciding.program.definition.kind == "process":
        retry_member(deciding, key, one)
        return
    if incident.code == "job_failed":
        step = deciding.node(one).step
        retry = getattr(step.config, "retry", 5)
        request(deciding, step, key, 1 + _attempts(deciding, key), retry, getattr(step.config, "backoff", "exponential"), None)
    elif incident.code == "nobody_eligible" and not one.seats:
        _assign_again(deciding, key, one)
    else:
        _arrive_again(deciding, key, one)


def _attempts(deciding: Deciding, key: str) -> int:
    """A number no attempt has had: late answers of earlier ones stay late."""
    return deciding.case.seq + deciding.case.n


def _assign_again(deciding: Deciding, key: str, one: Activation) -> None:
    step = deciding.node(one).step
    people = candidates_for(deciding, step, one.up)
    if not people:
        raise Conflict(f"Still nobody can take '{step.title}'.", hint="Change the group or the role, or reassign the task.")
    single = people[0] if len(people) == 1 else None
    deciding.emit(ev.TaskReassigned(activation=key, person=single, candidates=[] if single else people, reason="tried again"))


def _arrive_again(deciding: Deciding, key: str, one: Activation) -> None:
    deciding.withdraw_inside(key, "tried again")
    deciding.emit(ev.StepWithdrawn(activation=key, step=one.step, reason="tried again"))
    deciding.arrive(one.step, Place(one.up, one.branch, (key,)))


def skip_incident(deciding: Deciding, ask: ask_.SkipIncident) -> None:
    """Pass over the step that was stopped."""
    if not ask.reason.strip():
        raise MissingField("reason", "A reason is needed.", hint="One sentence; it stays on the case.")
    incident = _open(deciding, ask.incident)
    if incident.activation is None or deciding.program.definition.kind == "process":
        raise IllegalTransition("There is no step here to pass over.", hint="Put the data right and try again.")
    if deciding.node(deciding.case.activations[incident.activation]).step.kind == "state":
        raise IllegalTransition("A state has no next step.", hint="Reassign it, or try again.")
    deciding.emit(ev.IncidentResolved(incident=ask.incident, how=f"passed over: {ask.reason}"))
    deciding.skip(incident.activation, ask.reason)
