"""The page of a survey's private link: one question, one answer. Looking never answers, since mail scanners follow links."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.engine.rejections import Conflict, NotFound, Rejection
from procession.operations.calling import call
from procession.operations.measures import SurveyView
from procession.web import forms
from procession.web.formats import Eyes, seen_by
from procession.web.showing import fields_of, problems_of, refused_fields, sentence_of, zone_of
from procession.web.templating import render
from procession.web.visiting import Posted, anyone, site_of, text_of

router = APIRouter()


@router.get("/q/{token}")
def survey(request: Request, token: str) -> Response:
    """The question, or that it has been answered."""
    return _page(request, token)


@router.post("/q/{token}")
def answer(request: Request, token: str, form: Posted) -> Response:
    """Take the answer; the page then thanks for it."""
    ctx = anyone(request)
    try:
        asked: SurveyView = call(ctx, "survey.get", {"token": token})
    except NotFound:
        return _nothing(request)
    fields = _fields(request, asked)
    if not fields:
        return RedirectResponse(f"/q/{token}", 303)
    value = forms.read(fields, form, zone_of(ctx))[fields[0].name]
    try:
        call(ctx, "survey.answer", {"token": token, "nonce": text_of(form, "nonce"), "value": value})
    except Conflict as refused:  # answered meanwhile, too late, or a page that is out of date
        return _page(request, token, 409, problem=sentence_of(refused))
    except Rejection as refused:
        shown = refused_fields(fields, form, problems_of(refused))
        return _page(request, token, 422, fields=shown, problem="" if problems_of(refused) else sentence_of(refused))
    return RedirectResponse(f"/q/{token}", 303)


def _fields(request: Request, asked: SurveyView) -> list[forms.Field]:
    return fields_of(anyone(request), [replace(asked.field, required=True)]) if asked.field is not None else []


def _page(request: Request, token: str, status: int = 200, **more: Any) -> Response:
    ctx = anyone(request)
    try:
        asked: SurveyView = call(ctx, "survey.get", {"token": token})
    except NotFound:
        return _nothing(request)
    context: dict[str, Any] = {"fields": _fields(request, asked), "problem": "", **more}
    with seen_by(Eyes(zone=zone_of(ctx))):
        return render(
            request, "pages/survey.html", status_code=status, asked=asked, token=token,
            organisation=asked.organisation, **context,
        )  # fmt: skip


def _nothing(request: Request) -> Response:
    return render(request, "pages/guest_nothing.html", status_code=404, organisation=site_of(request).title)
