"""One case: where it is, with whom, what happened and why, and every act of those who answer for it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.engine.rejections import InvalidField, NotFound, Rejection
from procession.operations.case_shapes import CaseView
from procession.web import forms
from procession.web.case_context import case_context, editable_fields, measure_fields, missing_fields
from procession.web.pages.files import attachment
from procession.web.pages.outlook import outlook_of
from procession.web.pages.process_cases import process_page
from procession.web.showing import (
    address,
    fields_of,
    problems_of,
    refused_fields,
    said,
    sentence_of,
    zone_of,
)  # fmt: skip
from procession.web.templating import render
from procession.web.uploads import keep_files, keeper, with_files
from procession.web.visiting import Posted, ask, go, text_of, visit

router = APIRouter()


# --- one case ---------------------------------------------------------------------------------------------------------


@router.get("/cases/{case_id}")
def case_page(request: Request, case_id: str) -> Response:
    case: CaseView = ask(request, "case.get", case_id=case_id)
    if case.workflow.kind == "process":
        return RedirectResponse(address(f"/processes/{case.workflow.id}/cases/{case_id}", request.query_params), 303)
    return render(request, "pages/case.html", **case_context(request, case, **outlook_of(request, case)))


@router.post("/cases/{case_id}/data")
def edit(request: Request, case_id: str, form: Posted) -> Response:
    """Correct data, with a reason."""
    ctx = visit(request)
    case: CaseView = ask(request, "case.get", case_id=case_id)
    views = editable_fields(request, case)
    fields = fields_of(ctx, views)
    reason = text_of(form, "reason")
    if "_add_row" in form or "_remove_row" in form:
        return _again(request, case, 200, edit_fields=refused_fields(fields, form, {}), reason=reason, do="data")
    values = keep_files(ctx, forms.read(fields, form, zone_of(ctx)), fields, form, keeper(ctx, case_id))
    before = {one.name: one.value for one in views}
    changed = {name: value for name, value in values.items() if _differs(before.get(name), value)}
    try:
        ask(request, "case.edit", case_id=case_id, values=changed, reason=reason, version=_version(form, case))
    except NotFound:
        raise
    except Rejection as refused:
        problems = problems_of(refused)
        shown = with_files(refused_fields(fields, form, problems), values)
        return _again(request, case, 422, edit_fields=shown, edit_errors=problems, reason=reason, do="data",
                      problem="" if problems else sentence_of(refused))  # fmt: skip
    return go(f"/cases/{case_id}", said="The data is corrected")


def _version(form: Any, case: CaseView) -> int:
    """The version of the case that the form showed: what was changed meanwhile is not overwritten."""
    shown = text_of(form, "version")
    return int(shown) if shown.isdecimal() else case.version


def _again(request: Request, case: CaseView, status: int, **more: Any) -> Response:
    """The case's own page once more, with what was refused."""
    if case.workflow.kind == "process":
        return process_page(request, case, status, **more)
    return render(request, "pages/case.html", status_code=status, **case_context(request, case, **more))


def _differs(before: Any, now: Any) -> bool:
    if before in (None, "", []) and now in (None, "", []):
        return False
    return str(before) != str(now)


def _simple(path: str, operation: str, done: str, *names: str) -> None:
    """A change of a case that is one operation and a sentence. Refused, the page comes back and says why."""

    def change(request: Request, case_id: str, form: Posted) -> Response:
        case: CaseView = ask(request, "case.get", case_id=case_id)
        try:
            ask(request, operation, case_id=case_id, **{name: text_of(form, name) or None for name in names})
        except NotFound:
            raise
        except Rejection as refused:
            return _again(request, case, 422, problem=sentence_of(refused))
        return go(f"/cases/{case_id}", said=done)

    router.add_api_route(f"/cases/{{case_id}}/{path}", change, methods=["POST"], name=operation)


_simple("cancel", "case.cancel", "The case is cancelled", "reason")
_simple("pause", "case.pause", "The case is paused", "reason")
_simple("reopen", "case.reopen", "The case goes on", "step", "reason")
_simple("due", "case.change_due", "The due date is changed", "due_at", "reason")
_simple("comment", "case.comment", "Said", "text")


@router.post("/cases/{case_id}/resume")
def resume(request: Request, case_id: str, form: Posted) -> Response:
    """Let a paused case go on."""
    case: CaseView = ask(request, "case.get", case_id=case_id)
    try:
        ask(request, "case.resume", case_id=case_id)
    except NotFound:
        raise
    except Rejection as refused:
        return _again(request, case, 422, problem=sentence_of(refused))
    return go(f"/cases/{case_id}", said="The case goes on")


@router.post("/cases/{case_id}/measures")
def enter_measures(request: Request, case_id: str, form: Posted) -> Response:
    """Say what the figures of a case are."""
    case: CaseView = ask(request, "case.get", case_id=case_id)
    ctx = visit(request)
    fields = fields_of(ctx, measure_fields(case))
    try:
        ask(request, "measure.enter", case_id=case_id, values=forms.read(fields, form, zone_of(ctx)))
    except NotFound:
        raise
    except Rejection as refused:
        problems = problems_of(refused)
        return _again(request, case, 422, measure_fields=refused_fields(fields, form, problems),
                      do="measures" if case.can.enter_measures else "",
                      measure_errors=problems, problem="" if problems else sentence_of(refused))  # fmt: skip
    return go(f"/cases/{case_id}", said="The measures are kept")


@router.post("/cases/{case_id}/feedback/{feedback}")
def give_feedback(request: Request, case_id: str, feedback: str, form: Posted) -> Response:
    """Answer what the process asks back."""
    case: CaseView = ask(request, "case.get", case_id=case_id)
    good = {"yes": True, "no": False}.get(text_of(form, "good"))
    try:
        if good is None:
            raise InvalidField("good", "Say yes or no.")
        ask(request, "feedback.give", case_id=case_id, feedback=feedback, good=good, text=text_of(form, "text"))
    except NotFound:
        raise
    except Rejection as refused:
        return _again(request, case, 422, problem=sentence_of(refused))
    return go(f"/cases/{case_id}", said="Answered")


@router.post("/cases/{case_id}/finish")
def finish(request: Request, case_id: str, form: Posted) -> Response:
    """Finish a step of several now, whatever is still open in it."""
    case: CaseView = ask(request, "case.get", case_id=case_id)
    reason = text_of(form, "reason")
    try:
        ask(request, "task.finish_now", task_id=text_of(form, "block"), reason=reason)
    except Rejection as refused:
        return _again(request, case, 422, problem=sentence_of(refused), reason=reason, do="finish")
    return go(f"/cases/{case_id}", said="Finished, and the case goes on")


@router.post("/cases/{case_id}/incidents/{incident}")
def incident(request: Request, case_id: str, incident: str, form: Posted) -> Response:
    """Try again, or pass over the step that was stopped."""
    case: CaseView = ask(request, "case.get", case_id=case_id)
    skips = text_of(form, "how") == "skip"
    fields = [] if skips else missing_fields(request, case).get(incident, [])
    typed = forms.read(fields, form, zone_of(visit(request)))
    asked: dict[str, Any] = {"case_id": case_id, "incident": incident} | (
        {"reason": text_of(form, "reason")} if skips else {}
    )
    if typed:
        asked["values"] = typed
    try:
        ask(request, "incident.skip" if skips else "incident.retry", **asked)
    except NotFound:
        raise
    except Rejection as refused:
        problems = problems_of(refused)
        again = {incident: refused_fields(fields, form, problems)} if fields else {}
        return _again(request, case, 422, missing=missing_fields(request, case) | again,
                      problem="" if problems and fields else sentence_of(refused))  # fmt: skip
    return go(f"/cases/{case_id}", said="Passed over" if skips else "Tried again")


# --- its history, and who outside may look ----------------------------------------------------------------------------


@router.get("/cases/{case_id}/history")
def history(request: Request, case_id: str, format: str = "", after: str = "") -> Response:  # noqa: A002 - the name in the address
    """Every event as it was recorded, to read or to keep."""
    if format in ("csv", "json"):
        return attachment(ask(request, "case.export", case_id=case_id, format=format))
    case: CaseView = ask(request, "case.get", case_id=case_id)
    return render(request, "pages/history.html", case=case, verified=ask(request, "case.verify", case_id=case_id),
                  events=ask(request, "case.history", case_id=case_id, after=after or None))  # fmt: skip


@router.get("/cases/{case_id}/links")
def links(request: Request, case_id: str) -> Response:
    """The private links into a case: the requester's status page, guests' tasks."""
    return _links(request, case_id)


def _links(request: Request, case_id: str, status: int = 200, *, made: Any = None, problem: str = "") -> Response:
    case: CaseView = ask(request, "case.get", case_id=case_id)
    return render(
        request, "pages/links.html", status_code=status, case=case, links=ask(request, "link.list", case_id=case_id),
        made=f"{str(request.base_url).rstrip('/')}{made.path}" if made is not None else "", problem=problem,
        said=said(request), now=visit(request).at, guests=[one for one in case.tasks if one.guest],
    )  # fmt: skip


@router.post("/cases/{case_id}/links")
def make_link(request: Request, case_id: str, form: Posted) -> Response:
    """A new link is shown once, on the page that answers."""
    days = text_of(form, "days")
    try:
        made = ask(request, "link.make", case_id=case_id, task_id=text_of(form, "task") or None,
                   days=int(days) if days.isdecimal() and len(days) < 5 else 0)  # fmt: skip
    except NotFound:
        raise
    except Rejection as refused:
        return _links(request, case_id, 422, problem=sentence_of(refused))
    return _links(request, case_id, made=made)


@router.post("/cases/{case_id}/links/{link}/revoke")
def revoke_link(request: Request, case_id: str, link: str) -> Response:
    ask(request, "link.revoke", case_id=case_id, link=link)
    return go(f"/cases/{case_id}/links", said="The link opens nothing any more")
