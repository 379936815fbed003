"""Pages for people outside: a task behind a private link, how a case goes, and forms that anybody may send.

Nothing here acts on GET, since mail scanners follow links; nothing needs a cookie. A link that is wrong, expired or revoked
answers as one that never was.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.engine.rejections import InvalidField, NotFound, Rejection, TaskClosed
from procession.operations import guests
from procession.operations.access import NOBODY, Caller
from procession.operations.calling import call
from procession.operations.case_shapes import StepState
from procession.operations.context import Context
from procession.operations.files import FileView, Upload, upload
from procession.operations.guests import GuestTask, StatusView
from procession.operations.sessions import checked_email
from procession.operations.starting import CaseStarted, StartView
from procession.operations.values import FormFieldView
from procession.web import forms
from procession.web.conditions import asked_values, frames, judged, more_questions
from procession.web.formats import Eyes, seen_by
from procession.web.showing import TRACK, fields_of, new_key, problems_of, refused_fields, sentence_of, zone_of
from procession.web.templating import render
from procession.web.uploads import keep_files, with_files
from procession.web.visiting import Posted, anyone, once, site_of, text_of

router = APIRouter()

WORDS: dict[StepState, str] = {
    "done": "done", "open": "now", "late": "now", "stopped": "now", "skipped": "not needed", "withdrawn": "not needed",
    "to do": "", "not reached": "not needed",
}  # fmt: skip
"""How far a step is, for somebody outside: whether it is late or stopped stays inside."""


def _show(ctx: Context, request: Request, name: str, code: int = 200, **context: Any) -> Response:
    """A page in the organisation's time zone, which nobody outside has chosen."""
    with seen_by(Eyes(zone=zone_of(ctx))):
        return render(request, name, status_code=code, **context)


def _nothing(request: Request) -> Response:
    """What every link that opens nothing answers."""
    return render(request, "pages/guest_nothing.html", status_code=404, organisation=site_of(request).title)


def _fields(ctx: Context, views: tuple[FormFieldView, ...]) -> list[forms.Field]:
    """As for members, but nobody outside is shown who works here: people are named by their address."""
    shown = fields_of(ctx, [replace(one, type="text") if one.type in ("person", "group") else one for one in views])
    hints = {one.name: "Their e-mail address" for one in views if one.type == "person"}
    return [replace(one, hint=one.hint or hints.get(one.name, "")) for one in shown]


# --- a guest's task ---------------------------------------------------------------------------------------------------


@router.get("/g/{token}")
def guest_task(request: Request, token: str) -> Response:
    """The task that a private link opens; once it is done, that it is."""
    try:
        seen: GuestTask = call(anyone(request), "guest.get", {"token": token})
    except NotFound:
        return _nothing(request)
    return _task(request, token, seen)


def _task(request: Request, token: str, seen: GuestTask, status: int = 200, **more: Any) -> Response:
    ctx = anyone(request)
    if not seen.task.open:
        return _show(ctx, request, "pages/guest_done.html", organisation=seen.organisation, task=seen.task)
    context: dict[str, Any] = {"fields": _fields(ctx, seen.task.form), "errors": {}, "problem": "", "more_asked": "",
                               "hand_problem": "", "hand_to": "",
                               "checked": seen.task.draft.checked if seen.task.draft else (), **more}  # fmt: skip
    return _show(ctx, request, "pages/guest_task.html", status, organisation=seen.organisation, task=seen.task, token=token,
                 nonce=seen.nonce, until=seen.expires_at, key=new_key(), **context)  # fmt: skip


@router.post("/g/{token}")
def complete_guest_task(request: Request, token: str, form: Posted) -> Response:
    """Finish the task, keep a draft (header `X-Draft`), or show one row more or less of a table."""
    try:
        seen: GuestTask = call(anyone(request), "guest.get", {"token": token})
    except NotFound:
        return _nothing(request)
    if not seen.task.open:
        return RedirectResponse(f"/g/{token}", 303)
    fields = _fields(anyone(request), seen.task.form)
    checked = tuple(int(str(place)) for place in form.getlist("_checked") if str(place).isdecimal())
    if "_add_row" in form or "_remove_row" in form:
        shown = refused_fields(_judged(request, token, seen, fields, form), form, {})
        return _task(request, token, seen, fields=shown, checked=checked)
    values: dict[str, Any] = {}
    try:
        fields = _judged(request, token, seen, fields, form)
        return _act(request, token, seen, fields, form, values, checked)
    except TaskClosed:
        return RedirectResponse(f"/g/{token}", 303)
    except Rejection as refused:
        problems = problems_of(refused)
        shown = with_files(refused_fields(fields, form, problems), values)
        return _task(request, token, seen, 422, fields=shown, errors=problems, checked=checked,
                     problem="" if problems else sentence_of(refused))  # fmt: skip


def _act(
    request: Request, token: str, seen: GuestTask, fields: list[forms.Field], form: FormData, values: dict[str, Any],
    checked: tuple[int, ...],
) -> Response:  # fmt: skip
    """`values` is filled with what the form says, so that a refusal can show the files that are kept already."""
    ctx, nonce = anyone(request), text_of(form, "nonce")

    def keep(file: UploadFile) -> FileView:
        return guests.upload_as_guest(ctx, token, nonce, _upload(file))

    guest = replace(ctx, caller=Caller(kind="guest", guest=f"guest:{_address(seen)}", task_id=seen.task.id))
    values |= keep_files(guest, forms.read(fields, form, zone_of(ctx)), fields, form, keep)
    if request.headers.get("x-draft"):
        call(ctx, "guest.save_draft", {"token": token, "nonce": nonce, "values": values})
        return Response(status_code=204)
    if more := more_questions(fields, form):
        shown = with_files(refused_fields(fields, form, {}), values)
        return _task(request, token, seen, fields=shown, checked=checked, more_asked=more)
    once(request, form)
    done = {"outcome": text_of(form, "outcome") or None, "values": asked_values(fields, values), "checked": checked}
    call(anyone(request), "guest.complete", {"token": token, "nonce": nonce, **done})
    return RedirectResponse(f"/g/{token}", 303)


def _judged(
    request: Request, token: str, seen: GuestTask, fields: list[forms.Field], form: FormData
) -> list[forms.Field]:
    """The fields that the answers so far ask."""
    ctx, nonce = anyone(request), text_of(form, "nonce")
    values = forms.read(fields, form, zone_of(ctx))
    return judged(
        fields, values, lambda typed: call(ctx, "guest.fill", {"token": token, "nonce": nonce, "values": typed})
    )


@router.post("/g/{token}/fill")
def fill_guest_task(request: Request, token: str, form: Posted) -> Response:
    """What of the form looks different now that more stands in it."""
    try:
        seen: GuestTask = call(anyone(request), "guest.get", {"token": token})
        fields = _judged(request, token, seen, _fields(anyone(request), seen.task.form), form)
    except Rejection:  # closed meanwhile, or a page that is out of date: what is sent says so
        return Response(status_code=204)
    return frames(request, fields, form)


@router.post("/g/{token}/hand-over")
def hand_over(request: Request, token: str, form: Posted) -> Response:
    """Hand the task to somebody else outside; this link opens nothing afterwards."""
    try:
        seen: GuestTask = call(anyone(request), "guest.get", {"token": token})
    except NotFound:
        return _nothing(request)
    if not seen.task.open:
        return RedirectResponse(f"/g/{token}", 303)
    asked = {
        "token": token,
        "nonce": text_of(form, "nonce"),
        "to": text_of(form, "to"),
        "reason": text_of(form, "reason"),
    }
    try:
        call(anyone(request), "guest.hand_over", asked)
    except NotFound:
        return _nothing(request)
    except Rejection as refused:
        return _task(request, token, seen, 422, hand_problem=sentence_of(refused), hand_to=text_of(form, "to"))
    return _show(anyone(request), request, "pages/guest_handed.html", organisation=seen.organisation, task=seen.task,
                 to=text_of(form, "to"))  # fmt: skip


def _address(seen: GuestTask) -> str:
    return seen.task.row.assignee.id.removeprefix("guest:") if seen.task.row.assignee is not None else ""


def _upload(file: UploadFile) -> Upload:
    return Upload(
        name=file.filename or "file", content=file.file.read(), type=file.content_type or "application/octet-stream"
    )


# --- how a case goes --------------------------------------------------------------------------------------------------


@router.get("/s/{token}")
def status_page(request: Request, token: str) -> Response:
    """The steps of a case and where it is: no data, no names."""
    try:
        status: StatusView = call(anyone(request), "status.get", {"token": token})
    except NotFound:
        return _nothing(request)
    now = [step.title for step in status.steps if WORDS[step.state] == "now"]
    states = [{"late": "now"}.get(TRACK[step.state], TRACK[step.state]) for step in status.steps]
    return _show(anyone(request), request, "pages/status.html", status=status, words=WORDS, now_at=now, states=states,
                 organisation=status.organisation)  # fmt: skip


# --- forms that anybody may send --------------------------------------------------------------------------------------


def _asker(view: StartView, form: FormData | None = None, errors: dict[str, str] | None = None) -> list[forms.Field]:
    said, wrong = form or FormData(), errors or {}
    return [
        forms.Field(name="_name", label="Your name", required=True, autocomplete="name", value=text_of(said, "_name"),
                    error=wrong.get("name", "")),
        forms.Field(name="_email", label="Your e-mail address", type="email", required=True, autocomplete="email",
                    value=text_of(said, "_email"), error=wrong.get("email", ""), hint="There you are told how it goes."),
    ]  # fmt: skip


def _public(request: Request, workflow: str) -> tuple[Context, StartView]:
    """As nobody in particular, whoever is logged in. Raises `NotFound` unless the workflow is open to the public."""
    ctx = replace(anyone(request), caller=NOBODY)
    view: StartView = call(ctx, "start.get", {"workflow": workflow})
    return ctx, view


@router.get("/f/{workflow}")
def public_form(request: Request, workflow: str) -> Response:
    """The start form of a workflow that anybody may start."""
    try:
        ctx, view = _public(request, workflow)
    except Rejection:
        return _nothing(request)
    return _form(ctx, request, view, _fields(ctx, view.form), _asker(view))


def _form(
    ctx: Context, request: Request, view: StartView, fields: list[forms.Field], asker: list[forms.Field], status: int = 200,
    errors: dict[str, str] | None = None, problem: str = "", more_asked: str = "",
) -> Response:  # fmt: skip
    return _show(ctx, request, "pages/public_form.html", status, organisation=site_of(request).title, view=view, asker=asker,
                 fields=fields, errors=errors or {}, problem=problem, more_asked=more_asked, key=new_key())  # fmt: skip


@router.post("/f/{workflow}")
def send_public_form(request: Request, workflow: str, form: Posted) -> Response:
    """Start the case; the answer is its status page."""
    try:
        ctx, view = _public(request, workflow)
    except Rejection:
        return _nothing(request)
    fields = _fields(ctx, view.form)
    if "_add_row" in form or "_remove_row" in form:
        shown = refused_fields(_judged_start(ctx, workflow, fields, form), form, {})
        return _form(ctx, request, view, shown, _asker(view, form))
    values: dict[str, Any] = {}
    try:
        fields = _judged_start(ctx, workflow, fields, form)
        if more := more_questions(fields, form):
            return _form(ctx, request, view, refused_fields(fields, form, {}), _asker(view, form), more_asked=more)
        started = _start(request, ctx, workflow, fields, form, values)
    except Rejection as refused:
        problems = problems_of(refused)
        shown = with_files(refused_fields(fields, form, problems), values)
        errors = {{"name": "_name", "email": "_email"}.get(name, name): text for name, text in problems.items()}
        return _form(ctx, request, view, shown, _asker(view, form, problems), 422, errors,
                     "" if problems else sentence_of(refused))  # fmt: skip
    return RedirectResponse(f"/s/{started.status_token}?new=1", 303)


def _judged_start(ctx: Context, workflow: str, fields: list[forms.Field], form: FormData) -> list[forms.Field]:
    """The fields that the answers so far ask."""
    values = forms.read(fields, form, zone_of(ctx))
    return judged(fields, values, lambda typed: call(ctx, "start.fill", {"workflow": workflow, "values": typed}))


@router.post("/f/{workflow}/fill")
def fill_public_form(request: Request, workflow: str, form: Posted) -> Response:
    """What of the form looks different now that more stands in it."""
    try:
        ctx, view = _public(request, workflow)
    except Rejection:
        return _nothing(request)
    return frames(request, _judged_start(ctx, workflow, _fields(ctx, view.form), form), form)


def _start(
    request: Request, ctx: Context, workflow: str, fields: list[forms.Field], form: FormData, values: dict[str, Any]
) -> CaseStarted:
    email = checked_email(text_of(form, "_email"))
    if not text_of(form, "_name"):
        raise InvalidField("name", "Say who you are.")
    guest = replace(ctx, caller=Caller(kind="guest", guest=f"guest:{email}"))
    values |= keep_files(
        guest, forms.read(fields, form, zone_of(ctx)), fields, form, lambda file: upload(guest, _upload(file))
    )
    data = {name: value for name, value in asked_values(fields, values).items() if value is not None}
    once(request, form)
    asked = {"workflow": workflow, "data": data, "name": text_of(form, "_name"), "email": email}
    return call(replace(anyone(request), caller=NOBODY), "case.start", asked)
