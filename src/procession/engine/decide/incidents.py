"""Getting a case past an incident: try again, or pass over the step."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.case import Activation, Incident, Json
from procession.engine.decide.jobs import request
from procession.engine.decide.members import give_up_member, retry_member, settle
from procession.engine.decide.people import candidates_for
from procession.engine.decide.places import Place
from procession.engine.decide.process import retry_handoffs
from procession.engine.decide.taking import GIVEN, take
from procession.engine.rejections import Conflict, IllegalTransition, MissingField, NotFound, UnknownField

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
    if ask.values and (incident.activation is None or deciding.program.definition.kind != "process"):
        name = next(iter(ask.values))
        raise UnknownField(
            name, "Only a member that waits for data can be given some.", hint="Correct the case's data."
        )
    deciding.emit(ev.IncidentResolved(incident=ask.incident, how="data given" if ask.values else "tried again"))
    key = incident.activation
    if key is None:
        if incident.context:
            retry_handoffs(deciding, incident.context)
        else:
            settle(deciding)
        return
    one = deciding.case.activations[key]
    if deciding.program.definition.kind == "process":
        retry_member(deciding, key, one, ask.values)
        return
    if GIVEN in incident.context:
        take(deciding, key, cast("dict[str, Json]", incident.context[GIVEN]))
    elif incident.outcome is not None:
        _finish_again(deciding, key, one, incident.outcome)
    elif incident.code == "job_failed":
        attempt = _unused_attempt(deciding)
        request(deciding, deciding.node(one).step, key, attempt, None, attempt - 1)
    elif incident.code == "nobody_eligible" and not one.seats:
        _assign_again(deciding, key, one)
    else:
        _arrive_again(deciding, key, one)


def _unused_attempt(deciding: Deciding) -> int:
    """A number no attempt has had: late answers of earlier ones stay late."""
    return deciding.case.seq + deciding.case.n + 1


def _finish_again(deciding: Deciding, key: str, one: Activation, outcome: str) -> None:
    """The work is done already; only what follows from it is tried again."""
    node = deciding.node(one)
    if node.step.scopes() and node.step.kind != "state":
        node.type.branch_done(deciding, node.step, key)
    else:
        deciding.finish(key, outcome)


def _assign_again(deciding: Deciding, key: str, one: Activation) -> None:
    step = deciding.node(one).step
    people = candidates_for(deciding, step, key)
    if not people:
        raise Conflict(
            f"Still nobody can take '{step.title}'.", hint="Change the group or the role, or reassign the task."
        )
    single = people[0] if len(people) == 1 else None
    deciding.emit(
        ev.TaskReassigned(activation=key, person=single, candidates=[] if single else people, reason="tried again")
    )


def _arrive_again(deciding: Deciding, key: str, one: Activation) -> None:
    deciding.withdraw_inside(key, "tried again")
    deciding.emit(ev.StepWithdrawn(activation=key, step=one.step, reason="tried again"))
    deciding.arrive(one.step, Place(one.up, one.branch, (key,)))


def skip_incident(deciding: Deciding, ask: ask_.SkipIncident) -> None:
    """Pass over the step that was stopped."""
    if not ask.reason.strip():
        raise MissingField("reason", "A reason is needed.", hint="One sentence; it stays on the case.")
    incident = _open(deciding, ask.incident)
    if deciding.program.definition.kind == "process":
        deciding.emit(ev.IncidentResolved(incident=ask.incident, how=f"passed over: {ask.reason}"))
        if incident.activation is not None:
            give_up_member(deciding, incident.activation, ask.reason)
        else:
            settle(deciding)
        return
    if incident.activation is None:
        raise IllegalTransition("There is no step here to pass over.", hint="Put the data right and try again.")
    if deciding.node(deciding.case.activations[incident.activation]).step.kind == "state":
        raise IllegalTransition("A state has no next step.", hint="Reassign it, or try again.")
    deciding.emit(ev.IncidentResolved(incident=ask.incident, how=f"passed over: {ask.reason}"))
    deciding.skip(incident.activation, ask.reason)
