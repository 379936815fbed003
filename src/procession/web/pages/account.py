"""Logging in and out, the first administrator, being somebody else in the demo, and one's own account."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.engine.rejections import NotFound, RateLimited, Rejection
from procession.operations.account import MeView
from procession.operations.calling import call
from procession.operations.catalogue import SCOPES
from procession.web.showing import people_of, problems_of, said, sentence_of
from procession.web.templating import render
from procession.web.visiting import DEMO_PERSON, SESSION, Posted, anyone, ask, go, inside, site_of, text_of, visit

router = APIRouter()
MONTH = 30 * 24 * 3600


# --- in and out -------------------------------------------------------------------------------------------------------


@router.get("/login")
def login_page(request: Request, next: str = "/") -> Response:  # noqa: A002 - the name in the address
    if call(anyone(request), "setup.status", {}).needed:
        return RedirectResponse("/setup", 303)
    if anyone(request).caller.kind != "nobody":
        return RedirectResponse(inside(next), 303)
    return render(request, "pages/login.html", next=inside(next), email="", error="", site=site_of(request).title)


@router.post("/login")
def log_in(request: Request, form: Posted) -> Response:
    target, email = inside(text_of(form, "next") or "/"), text_of(form, "email")
    asked = {
        "email": email,
        "password": str(form.get("password") or ""),
        "user_agent": request.headers.get("user-agent", "")[:200],
    }
    try:
        session = call(anyone(request), "session.open", asked)
    except Rejection as refused:
        status = 429 if isinstance(refused, RateLimited) else 422
        return render(request, "pages/login.html", status_code=status, next=target, email=email, error=sentence_of(refused),
                      site=site_of(request).title)  # fmt: skip
    return _with_session(RedirectResponse(target, 303), request, session.token)


@router.post("/logout")
def log_out(request: Request) -> Response:
    if anyone(request).caller.kind != "nobody":
        call(anyone(request), "session.close", {})
    response = RedirectResponse("/login", 303)
    response.delete_cookie(SESSION)
    return response


@router.get("/setup")
def setup_page(request: Request) -> Response:
    if not call(anyone(request), "setup.status", {}).needed:
        return RedirectResponse("/login", 303)
    return render(request, "pages/setup.html", values={}, errors={}, error="")


@router.post("/setup")
def set_up(request: Request, form: Posted) -> Response:
    values = {
        "name": text_of(form, "name"),
        "email": text_of(form, "email"),
        "password": str(form.get("password") or ""),
    }
    try:
        session = call(anyone(request), "setup.first_administrator", values)
    except Rejection as refused:
        errors = problems_of(refused)
        return render(request, "pages/setup.html", status_code=422, values=values, errors=errors,
                      error="" if errors else sentence_of(refused))  # fmt: skip
    return _with_session(RedirectResponse("/", 303), request, session.token)


def _with_session(response: Response, request: Request, token: str) -> Response:
    response.set_cookie(
        SESSION, token, max_age=MONTH, httponly=True, samesite="lax", secure=request.url.scheme == "https"
    )
    return response


@router.post("/demo/person")
def be_somebody(request: Request, form: Posted) -> Response:
    """Be somebody else; only the demo has this."""
    site = site_of(request)
    person = text_of(form, "person")
    people = site.store.surroundings(site.organisation).directory.people
    if site.demo_person is None or person not in people:
        raise NotFound("There is nobody of that name here.")
    response = go("/inbox", said=f"You are {people[person].name} now")
    response.set_cookie(DEMO_PERSON, person, max_age=MONTH, httponly=True, samesite="lax")
    return response


# --- one's own account ------------------------------------------------------------------------------------------------


@router.get("/me")
def me(request: Request) -> Response:
    return _me(request)


def _me(request: Request, status: int = 200, **more: Any) -> Response:
    ctx = visit(request)
    view: MeView = ask(request, "me.get")
    context: dict[str, Any] = {
        "me": view, "tokens": ask(request, "me.tokens"), "sessions": ask(request, "me.sessions"), "scopes": SCOPES,
        "colleagues": people_of(ctx, but=ctx.caller.id), "today": ctx.at.date(), "now": ctx.at, "said": said(request),
        "demo": site_of(request).demo_person is not None, "part": "", "problem": "", "typed": {}, "token": "", **more,
    }  # fmt: skip
    return render(request, "pages/me.html", status_code=status, **context)


def _act(request: Request, form: Posted, part: str, operation: str, done: str, **values: Any) -> Response:
    """Ask an operation and say that it was done; refused, the page comes back with what was typed and why."""
    try:
        ask(request, operation, **values)
    except NotFound:
        raise
    except Rejection as refused:
        typed = {name: text_of(form, name) for name in form if not name.endswith("password") and name != "current"}
        return _me(request, 422, part=part, problem=sentence_of(refused), typed=typed)
    return go("/me", said=done)


@router.post("/me/name")
def change_name(request: Request, form: Posted) -> Response:
    return _act(request, form, "name", "me.change", "Your name is changed", name=text_of(form, "name"))


@router.post("/me/password")
def change_password(request: Request, form: Posted) -> Response:
    return _act(request, form, "password", "me.change_password", "Your password is changed; other log-ins have ended",
                current=str(form.get("current") or ""), password=str(form.get("password") or ""))  # fmt: skip


@router.post("/me/absences")
def add_absence(request: Request, form: Posted) -> Response:
    return _act(request, form, "away", "absence.add", "Your absence is entered", begins=text_of(form, "begins"),
                ends=text_of(form, "ends"), substitute=text_of(form, "substitute") or None)  # fmt: skip


@router.post("/me/absences/{absence}/remove")
def remove_absence(request: Request, absence: str, form: Posted) -> Response:
    return _act(request, form, "away", "absence.remove", "The absence is taken back", absence=absence)


@router.post("/me/tokens")
def make_token(request: Request, form: Posted) -> Response:
    """A new token is shown once, on the page that answers."""
    days = text_of(form, "days")
    until: datetime | None = (
        visit(request).at + timedelta(days=int(days)) if days.isdecimal() and len(days) < 5 else None
    )
    name, scopes = text_of(form, "name"), [str(one) for one in form.getlist("scopes")]
    try:
        made = ask(request, "me.make_token", name=name, scopes=scopes, expires_at=until)
    except Rejection as refused:
        return _me(request, 422, part="tokens", problem=sentence_of(refused), typed={"token_name": name, "days": days})
    return _me(request, token=made.token)


@router.post("/me/tokens/{token}/revoke")
def revoke_token(request: Request, token: str, form: Posted) -> Response:
    return _act(request, form, "tokens", "me.revoke_token", "The token opens nothing any more", token=token)


@router.post("/me/sessions/{session}/end")
def end_session(request: Request, session: str, form: Posted) -> Response:
    return _act(request, form, "sessions", "me.end_session", "That log-in has ended", session=session)
