"""Starting a case: choosing what, and the start form."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.rejections import NotFound, Rejection
from procession.operations.starting import CaseStarted, StartView
from procession.web import forms
from procession.web.conditions import asked_values, frames, judged, more_questions
from procession.web.showing import fields_of, new_key, problems_of, refused_fields, sentence_of, zone_of
from procession.web.templating import render
from procession.web.uploads import keep_files, keeper, with_files
from procession.web.visiting import Posted, ask, go, once, visit

router = APIRouter()
MANY = 6
"""From so many on, the list has a filter."""


@router.get("/start")
def choose(request: Request, q: str = "") -> Response:
    choices = ask(request, "start.list")
    words = q.strip().lower()
    wanted = [one for one in choices if words in f"{one.workflow.title} {one.purpose} {' '.join(one.tags)}".lower()]
    return render(request, "pages/start.html", choices=wanted, q=q, many=len(choices) > MANY)


@router.get("/start/{workflow}")
def start_form(request: Request, workflow: str) -> Response:
    view: StartView = ask(request, "start.get", workflow=workflow)
    return _form(request, view, fields_of(visit(request), view.form))


def _form(request: Request, view: StartView, fields: list[forms.Field], status: int = 200, **more: Any) -> Response:
    context: dict[str, Any] = {"errors": {}, "problem": "", "more_asked": "", **more}
    return render(
        request, "pages/start_form.html", status_code=status, view=view, fields=fields, key=new_key(), **context
    )


def _judged(request: Request, workflow: str, fields: list[forms.Field], form: FormData) -> list[forms.Field]:
    """The fields that the answers so far ask."""
    values = forms.read(fields, form, zone_of(visit(request)))
    return judged(fields, values, lambda typed: ask(request, "start.fill", workflow=workflow, values=typed))


@router.post("/start/{workflow}/fill")
def fill(request: Request, workflow: str, form: Posted) -> Response:
    """What of the form looks different now that more stands in it."""
    view: StartView = ask(request, "start.get", workflow=workflow)
    fields = fields_of(visit(request), view.form)
    return frames(request, _judged(request, workflow, fields, form), form)


@router.post("/start/{workflow}")
def start(request: Request, workflow: str, form: Posted) -> Response:
    ctx = visit(request)
    view: StartView = ask(request, "start.get", workflow=workflow)
    fields = fields_of(ctx, view.form)
    if "_add_row" in form or "_remove_row" in form:
        return _form(request, view, refused_fields(_judged(request, workflow, fields, form), form, {}))
    values = keep_files(ctx, forms.read(fields, form, zone_of(ctx)), fields, form, keeper(ctx))
    fields = _judged(request, workflow, fields, form)
    if more := more_questions(fields, form):
        shown = with_files(refused_fields(fields, form, {}), values)
        return _form(request, view, shown, more_asked=more)
    data = {name: value for name, value in asked_values(fields, values).items() if value is not None}
    once(request, form)
    try:
        started: CaseStarted = ask(request, "case.start", workflow=workflow, data=data)
    except NotFound:
        raise
    except Rejection as refused:
        problems = problems_of(refused)
        shown = with_files(refused_fields(fields, form, problems), values)
        return _form(request, view, shown, 422, errors=problems, problem="" if problems else sentence_of(refused))
    mine = next((one for one in started.next if one.mine), None)
    return go(f"/tasks/{mine.id}" if mine is not None else f"/cases/{started.id}", said=f"{started.name} has started")
