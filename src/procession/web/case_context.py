"""What the page of a case needs, whatever it is a case of."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from markupsafe import Markup
from starlette.requests import Request

from procession.drawing.flow import draw_flow
from procession.drawing.flow_of_definition import flow_of_case
from procession.drawing.lists import as_list
from procession.engine.definition import Field, Workflow
from procession.engine.instants import to_instant
from procession.operations.case_shapes import CaseView
from procession.operations.values import FormFieldView, form_field
from procession.web import forms
from procession.web.maps import called
from procession.web.showing import fields_of, said, told, track
from procession.web.visiting import ask, visit

DIALOGS = ("data", "due", "cancel", "reopen", "finish", "pause", "measures", "move")
"""What has a dialog; `?do=` opens it where there is no JavaScript."""
TOLD_AT_ONCE = 40
"""Lines of the timeline on the page; the history has them all."""


def case_context(request: Request, case: CaseView, **more: Any) -> dict[str, Any]:
    """What the page of a case needs."""
    ctx = visit(request)
    svg, twin = _picture(request, case)
    if request.method == "GET":
        ask(request, "notification.read", case_id=case.id)
    asked = request.query_params.get("do", "")
    return {
        "newest": ctx.surroundings.latest.get(case.workflow.id, 0),
        "case": case, "flow": svg, "twin": twin, "states": track(case.steps), "said": said(request),
        "edit_fields": fields_of(ctx, editable_fields(request, case)), "edit_errors": {},
        "measure_fields": fields_of(ctx, measure_fields(case)), "measure_errors": {}, "missing": missing_fields(request, case),
        "problem": "", "reason": "", "tried": ask(request, "pilot.of_case", case_id=case.id),
        "told": told(case.timeline[:TOLD_AT_ONCE]), "do": asked if asked in DIALOGS else "",
        "muted": any(one.id == case.id for one in ask(request, "notification.mailed").muted),
        "may_share": case.starter.id == ctx.caller.id or case.can.cancel or case.can.reopen, **more,
    }  # fmt: skip


def _picture(request: Request, case: CaseView) -> tuple[Markup | None, Any]:
    """The diagram of the version the case runs on, coloured by where it stands; processes have their own page."""
    ctx = visit(request)
    definition = ctx.store.definition(ctx.organisation, case.workflow.id, case.workflow.version)
    if not isinstance(definition, Workflow):
        return None, None
    with ctx.store.transaction(ctx.organisation) as tx:
        state = tx.cases.get(case.id)
    tasks = {one.step: one.id for one in case.tasks}
    drawn = flow_of_case(
        definition, state, now=to_instant(ctx.at), called=called(ctx),
        link=lambda step: f"/tasks/{tasks[step]}" if step in tasks else None,
    )  # fmt: skip
    return Markup(draw_flow(drawn)), as_list(drawn)  # noqa: S704 - our own SVG, its texts escaped


def editable_fields(request: Request, case: CaseView) -> list[FormFieldView]:
    """The fields that the visitor may correct, with what stands in them; none of them must be filled."""
    ctx = visit(request)
    fields = ctx.store.definition(ctx.organisation, case.workflow.id, case.workflow.version).fields
    shown = [form_field(fields[one.name], value=one.value, shown=one.shown) for one in case.data if one.editable]
    return [replace(one, required=False) for one in shown]


def measure_fields(case: CaseView) -> list[FormFieldView]:
    """The figures of a case as a form; each may stay unknown."""
    return [
        form_field(
            Field(name=one.name, type=one.type, label=one.title, required=False), value=one.value, shown=one.shown
        )
        for one in case.measures
    ]


def missing_fields(request: Request, case: CaseView) -> dict[str, list[forms.Field]]:
    """Incident → the form in which what a member lacks is typed."""
    return {one.id: fields_of(visit(request), one.form) for one in case.incidents if one.form}
