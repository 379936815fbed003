"""What a case's page shows beside the case itself: where its values came from, what its members lack, where it may go on."""

from __future__ import annotations

from dataclasses import replace

from procession.engine.case import Case
from procession.engine.definition import Process
from procession.engine.rejections import NotFound
from procession.operations import access
from procession.operations.case_shapes import CaseView, IncidentView
from procession.operations.context import Context
from procession.operations.loading import may_see, moment, rule_of
from procession.operations.provenance import Tracing
from procession.operations.values import FormFieldView, Names, form_field
from procession.store.transaction import Transaction


def completed(ctx: Context, tx: Transaction, case: Case, view: CaseView) -> CaseView:
    """The view with what only other cases and definitions know."""
    traced = Tracing(ctx, tx, Names(moment(ctx).directory.people))
    data = tuple(
        replace(one, source=source.text, source_case=source.case)
        if one.origin == "carried" and (source := traced.source(case, one.name)) is not None
        else one
        for one in view.data
    )
    definition = ctx.definition(case.definition, case.version)
    if not isinstance(definition, Process):
        return replace(view, data=data)
    incidents = tuple(
        replace(one, form=missing_form(ctx, definition, case, one)) if one.actions else one for one in view.incidents
    )
    places = _reopen_at(ctx, tx, case)
    can = replace(view.can, reopen=bool(places), reopen_at=places)
    return replace(view, data=data, incidents=incidents, can=can)


def missing_form(ctx: Context, process: Process, case: Case, incident: IncidentView) -> tuple[FormFieldView, ...]:
    """The fields that a member lacks to start, as a form."""
    kept = case.incidents.get(incident.id)
    if kept is None or kept.code != "waiting_for_data" or (kept.step or "") not in process.members:
        return ()
    try:
        fields = ctx.definition(process.members[kept.step or ""].use).fields
    except NotFound:
        return ()
    named = (fields.get(str(name)) for name in kept.context.get("fields", ()))
    return tuple(form_field(one, required=True) for one in named if one is not None)


def _reopen_at(ctx: Context, tx: Transaction, case: Case) -> tuple[tuple[str, str], ...]:
    """Members that have ended, with the steps they may go on at: `CASE/STEP` and what people read."""
    process = ctx.definition(case.definition, case.version)
    if not isinstance(process, Process) or not access.is_owner(ctx.caller, rule_of(ctx, case.definition, case.version)):
        return ()
    found: dict[str, tuple[tuple[str, str], ...]] = {}
    for row in tx.cases.children(case.id):
        member = process.members.get(row.member or "")
        if member is None:
            continue
        child = tx.cases.get(row.id)
        if child.is_open or not may_see(ctx, tx, child):
            found.pop(member.id, None)
            continue
        program = ctx.program(child.definition, child.version)
        title = member.title or program.definition.title
        found[member.id] = tuple(
            (f"{child.id}/{id_}", f"{title}: {node.step.title}")
            for id_, node in program.nodes.items()
            if not node.owner and not node.inline
        )
    return tuple(one for places in found.values() for one in places)
