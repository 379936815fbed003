"""Incidents: what keeps cases from going on, and what those who answer for it can do."""

from __future__ import annotations

from dataclasses import dataclass, field

from procession.engine.case import Json
from procession.engine.commands import RetryIncident, SkipIncident
from procession.engine.definition import Process
from procession.engine.fields import coerce
from procession.engine.program import Program
from procession.engine.rejections import MissingField, UnknownField
from procession.operations import access
from procession.operations.case_shapes import IncidentView
from procession.operations.case_views import incident_actions
from procession.operations.cases import CaseChanged, changed, needed
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.executing import execute_as_owner
from procession.operations.loading import case_of, may_see
from procession.operations.values import CaseRef


@dataclass(frozen=True, slots=True, kw_only=True)
class ListIncidents(Ask):
    """Open incidents of the cases you may see, the longest first."""

    owner: str | None = None
    """Only those that this group or person should act on."""


@operation("incident.list", scope="operations:read", http="GET /incidents")
def list_incidents(ctx: Context, ask: ListIncidents) -> tuple[IncidentView, ...]:
    found: list[IncidentView] = []
    with ctx.store.transaction(ctx.organisation) as tx:
        for row in tx.incidents.open(owner=ask.owner, limit=500):
            case = tx.cases.get(row.case_id)
            if not may_see(ctx, tx, case):
                continue
            program: Program = ctx.program(case.definition, case.version)
            node = program.nodes.get(row.step or "")
            owner = access.is_owner(ctx.caller, program.definition)
            found.append(
                IncidentView(
                    id=row.incident,
                    case=CaseRef(id=case.id, name=case.name, status=case.status),
                    code=row.code,
                    sentence=row.sentence,
                    since=row.opened_at,
                    step=row.step,
                    title=node.step.title if node else row.step,
                    owner=row.owner,
                    actions=incident_actions(row.code, row.activation) if owner else (),
                )
            )
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry(Ask):
    """Try again what an incident stopped."""

    case_id: str
    """The case."""
    incident: str
    """The incident's id within the case."""
    values: dict[str, Json] = field(default_factory=dict[str, Json])
    """Of a member that waits for data: what it lacks."""


@operation(
    "incident.retry", scope="operations:write", http="POST /cases/{case_id}/incidents/{incident}/retry", form="values"
)
def retry_incident(ctx: Context, ask: Retry) -> CaseChanged:
    command = RetryIncident(incident=ask.incident, values=_fitting(ctx, ask) if ask.values else {})
    return execute_as_owner(ctx, ask.case_id, command, CaseChanged, changed(ctx), to="try it again")


def _fitting(ctx: Context, ask: Retry) -> dict[str, Json]:
    """What was typed, as the member's workflow stores it. Raises a Rejection that names the field."""
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
    process = ctx.definition(case.definition, case.version)
    incident = case.incidents.get(ask.incident)
    member = process.members.get((incident.step if incident is not None else None) or "") if isinstance(
        process, Process) else None  # fmt: skip
    if member is None:
        return ask.values  # the engine says why not
    known = ctx.definition(member.use).fields
    accepted: dict[str, Json] = {}
    for name, raw in ask.values.items():
        if name not in known:
            raise UnknownField(name, f"{member.title or member.id} has no field '{name[:80]}'.")
        accepted[name] = coerce(known[name], raw)
        if accepted[name] is None:
            raise MissingField(name, f"{known[name].title} is still missing.")
    return accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip(Ask):
    """Pass over the step that an incident stopped."""

    case_id: str
    """The case."""
    incident: str
    """The incident's id within the case."""
    reason: str
    """Why; it stays on the case."""


@operation("incident.skip", scope="operations:write", http="POST /cases/{case_id}/incidents/{incident}/skip")
def skip_incident(ctx: Context, ask: Skip) -> CaseChanged:
    command = SkipIncident(incident=ask.incident, reason=needed(ask.reason))
    return execute_as_owner(ctx, ask.case_id, command, CaseChanged, changed(ctx), to="skip a step")
