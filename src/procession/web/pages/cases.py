"""The tracker, and one case: where it is, with whom, what happened and why, and every act of those who answer for it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from procession.drawing.flow import draw_flow
from procession.drawing.flow_of_definition import flow_of_case
from procession.drawing.lists import as_list
from procession.engine.definition import Workflow
from procession.engine.instants import to_instant
from procession.engine.rejections import Rejection
from procession.operations.case_views import CaseView
from procession.operations.values import Download, FormFieldView
from procession.web import forms
from procession.web.showing import TRACK, fields_of, problems_of, refused_fields, said, sentence_of
from procession.web.templating import render
from procession.web.uploads import keep_files
from procession.web.visiting import Posted, ask, go, text_of, visit

router = APIRouter()
FILTERS = ("status", "workflow", "person", "outcome", "step", "text", "kind")


@router.get("/cases")
def cases(request: Request) -> Response:
    query = request.query_params
    asked = {name: query[name] for name in FILTERS if query.get(name)}
    asked.setdefault("status", "open")
    flags = {name: True for name in ("late", "stopped") if query.get(name)}
    top = query.get("parts") is None
    sort = "due" if query.get("sort") == "due" else "newest"
    page = ask(request, "case.list", **asked, **flags, top=top, sort=sort, after=query.get("after"))
    counts = ask(request, "case.count")
    ctx = visit(request)
    people = sorted(ctx.store.surroundings(ctx.organisation).directory.people.values(), key=lambda one: one.name)
    return render(
        request, "pages/cases.html", page=page, counts=counts, asked=asked, flags=flags, sort=sort, track=TRACK,
        people=people, workflows=ask(request, "definition.list"), link=_linker(dict(query)), now=ctx.at, said=said(request),
        top=top,
    )  # fmt: skip


def _linker(query: dict[str, str]) -> Any:
    """Makes the address of this list with some filters changed; None takes one away."""

    def link(**changes: str | None) -> str:
        merged = {**query, **changes}
        merged.pop("after", None) if "after" not in changes else None
        return "/cases?" + urlencode({name: value for name, value in merged.items() if value})

    return link


@router.get("/cases/{case_id}")
def case_page(request: Request, case_id: str) -> Response:
    case: CaseView = ask(request, "case.get", case_id=case_id)
    return render(request, "pages/case.html", **_case_context(request, case))


def _case_context(request: Request, case: CaseView, **more: Any) -> dict[str, Any]:
    ctx = visit(request)
    svg, twin = _picture(request, case)
    people = ctx.store.surroundings(ctx.organisation).directory.people
    return {
        "case": case, "flow": svg, "twin": twin, "states": [TRACK[one.state] for one in case.steps if one.level == 0],
        "people": [one for one in sorted(people.values(), key=lambda one: one.name) if one.active], "said": said(request),
        "edit_fields": fields_of(ctx, _editable(case)), "edit_errors": {}, "edit_problem": "", "forecast": None,
        **more,
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
        definition, state, now=to_instant(ctx.at), link=lambda step: f"/tasks/{tasks[step]}" if step in tasks else None
    )
    return Markup(draw_flow(drawn)), as_list(drawn)  # noqa: S704 - our own SVG, its texts escaped


def _editable(case: CaseView) -> list[FormFieldView]:
    return [
        FormFieldView(name=one.name, title=one.title, type=one.type, required=False, value=one.value, shown=one.shown,
                      columns=one.columns, options=_options(one))
        for one in case.data if one.editable
    ]  # fmt: skip


def _options(one: Any) -> tuple[str, ...]:
    return getattr(one, "options", ())


@router.post("/cases/{case_id}/data")
def edit(request: Request, case_id: str, form: Posted) -> Response:
    ctx = visit(request)
    case: CaseView = ask(request, "case.get", case_id=case_id)
    views = _editable(case)
    fields = fields_of(ctx, views)
    if "_add_row" in form or "_remove_row" in form:
        shown = refused_fields(fields, form, {})
        return render(request, "pages/case.html", **_case_context(request, case, edit_fields=shown, open_dialog="edit"))
    zone = ZoneInfo(ctx.store.moment(None, ctx.organisation, ctx.caller.as_actor()).calendar.zone)
    values = keep_files(request, forms.read(fields, form, zone), fields)
    before = {one.name: one.value for one in views}
    changed = {name: value for name, value in values.items() if _differs(before.get(name), value)}
    try:
        ask(request, "case.edit", case_id=case_id, values=changed, reason=text_of(form, "reason"), version=case.version)
    except Rejection as refused:
        problems = problems_of(refused)
        shown = refused_fields(fields, form, problems)
        context = _case_context(request, case, edit_fields=shown, edit_errors=problems,
                                edit_problem="" if problems else sentence_of(refused), open_dialog="edit")  # fmt: skip
        return render(request, "pages/case.html", status_code=422, **context)
    return go(f"/cases/{case_id}", said="The data is corrected")


def _differs(before: Any, now: Any) -> bool:
    if before in (None, "", []) and now in (None, "", []):
        return False
    return str(before) != str(now)


def _simple(path: str, operation: str, done: str, *names: str) -> None:
    def change(request: Request, case_id: str, form: Posted) -> Response:
        ask(request, operation, case_id=case_id, **{name: text_of(form, name) or None for name in names})
        return go(f"/cases/{case_id}", said=done)

    router.add_api_route(f"/cases/{{case_id}}/{path}", change, methods=["POST"], name=operation)


_simple("cancel", "case.cancel", "The case is cancelled", "reason")
_simple("reopen", "case.reopen", "The case goes on", "step", "reason")
_simple("due", "case.change_due", "The due date is changed", "due_at", "reason")
_simple("comment", "case.comment", "Said", "text")


@router.post("/cases/{case_id}/incidents/{incident}")
def incident(request: Request, case_id: str, incident: str, form: Posted) -> Response:
    """Try again, or pass over the step that was stopped."""
    if text_of(form, "how") == "skip":
        ask(request, "incident.skip", case_id=case_id, incident=incident, reason=text_of(form, "reason"))
        return go(f"/cases/{case_id}", said="Passed over")
    ask(request, "incident.retry", case_id=case_id, incident=incident)
    return go(f"/cases/{case_id}", said="Tried again")


@router.get("/cases/{case_id}/history")
def history(request: Request, case_id: str, format: str = "") -> Response:  # noqa: A002 - the name in the address
    if format in ("csv", "json"):
        download: Download = ask(request, "case.export", case_id=case_id, format=format)
        return Response(download.content, media_type=download.type,
                        headers={"Content-Disposition": f'attachment; filename="{download.name}"'})  # fmt: skip
    case: CaseView = ask(request, "case.get", case_id=case_id)
    return render(request, "pages/history.html", case=case, events=ask(request, "case.history", case_id=case_id),
                  verified=ask(request, "case.verify", case_id=case_id))  # fmt: skip
