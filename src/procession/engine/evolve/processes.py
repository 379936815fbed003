"""What stops a case, and what passes between the members of a process."""

from __future__ import annotations

from collections.abc import Mapping

from procession.engine import events as ev
from procession.engine.case import Case, Incident, Json
from procession.engine.evolve.applying import applies, without
from procession.engine.instants import Instant

# --- incidents ---------------------------------------------------------------------------------------------------------


@applies(ev.IncidentOpened)
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


@applies(ev.IncidentResolved)
def _incident_resolved(case: Case, event: ev.IncidentResolved, at: Instant, actor: str) -> None:
    gone = case.incidents.get(event.incident)
    case.incidents = without(case.incidents, event.incident)
    if gone is not None and gone.activation is not None and gone.activation in case.activations:
        case.changing(gone.activation).incident = None


# --- processes ---------------------------------------------------------------------------------------------------------


@applies(ev.HandoffHappened)
def _handoff_happened(case: Case, event: ev.HandoffHappened, at: Instant, actor: str) -> None:
    case.handoffs = without({**case.handoffs, event.handoff: event.count}, *event.renewed_handoffs)
    case.ended = without(case.ended, *event.renewed_members)
    if event.renewed_handoffs and case.brought:
        case.brought = without(case.brought, *event.renewed_handoffs)
    if event.to is not None and event.carried:
        _carry(case, event.to, event.carried)
        if event.kept:
            case.brought = {**case.brought, event.handoff: event.carried}


@applies(ev.MemberNotStarted)
def _member_not_started(case: Case, event: ev.MemberNotStarted, at: Instant, actor: str) -> None:
    case.ended = {**case.ended, event.member: "not started"}


@applies(ev.MemberReopened)
def _member_reopened(case: Case, event: ev.MemberReopened, at: Instant, actor: str) -> None:
    case.ended = without(case.ended, event.member, *event.renewed_members)
    case.handoffs = without(case.handoffs, *event.renewed_handoffs)


@applies(ev.DataProvided)
def _data_provided(case: Case, event: ev.DataProvided, at: Instant, actor: str) -> None:
    _carry(case, event.member, event.values)


def _carry(case: Case, member: str, values: Mapping[str, Json]) -> None:
    """Lay values ready for a member."""
    case.carried = {**case.carried, member: {**case.carried.get(member, {}), **values}}
