"""Starting a case: choosing what, and the start form."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.rejections import Rejection
from procession.operations.starting import StartView
from procession.web import forms
from procession.web.showing import fields_of, problems_of, refused_fields, sentence_of
from procession.web.templating import render
from procession.web.uploads import keep_files
from procession.web.visiting import Posted, ask, go, visit

router = APIRouter()


@router.get("/start")
def choose(request: Request, q: str = "") -> Response:
    choices = ask(request, "start.list")
    wanted = [one for one in choices if q.lower() in one.workflow.title.lower()]
    return render(request, "pages/start.html", choices=wanted, q=q, many=len(choices))


@router.get("/start/{workflow}")
def start_form(request: Request, workflow: str) -> Response:
    view: StartView = ask(request, "start.get", workflow=workflow)
    return render(
        request, "pages/start_form.html", view=view, fields=fields_of(visit(request), view.form), errors={}, problem=""
    )


@router.post("/start/{workflow}")
def start(request: Request, workflow: str, form: Posted) -> Response:
    ctx = visit(request)
    view: StartView = ask(request, "start.get", workflow=workflow)
    fields = fields_of(ctx, view.form)
    if "_add_row" in form or "_remove_row" in form:
        shown = refused_fields(fields, form, {})
        return render(request, "pages/start_form.html", view=view, fields=shown, errors={}, problem="")
    zone = ZoneInfo(ctx.store.moment(None, ctx.organisation, ctx.caller.as_actor()).calendar.zone)
    values = keep_files(request, forms.read(fields, form, zone), fields)
    data = {name: value for name, value in values.items() if value is not None}
    try:
        started = ask(request, "case.start", workflow=workflow, data=data)
    except Rejection as refused:
        problems = problems_of(refused)
        if not problems:
            raise
        shown = refused_fields(fields, form, problems)
        known = {one.name for one in fields}
        elsewhere = {name: text for name, text in problems.items() if name.partition(".")[0] not in known}
        return render(request, "pages/start_form.html", status_code=422, view=view, fields=shown, errors=problems,
                      problem=" ".join(elsewhere.values()) or ("" if problems else sentence_of(refused)))  # fmt: skip
    mine = next((one for one in started.next if one.mine), None)
    return go(f"/tasks/{mine.id}" if mine is not None else f"/cases/{started.id}", said=f"{started.name} has started")
