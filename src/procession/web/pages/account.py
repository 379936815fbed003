"""Logging in and out, the first administrator, and being somebody else in the demo."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.engine.rejections import NotFound, Rejection
from procession.operations.calling import call
from procession.web.showing import problems_of, sentence_of
from procession.web.templating import render
from procession.web.visiting import DEMO_PERSON, SESSION, Posted, anyone, go, inside, site_of, text_of

router = APIRouter()
MONTH = 30 * 24 * 3600


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
        return render(request, "pages/login.html", status_code=422, next=target, email=email, error=sentence_of(refused),
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
    if site.demo_person is None or person not in site.store.surroundings(site.organisation).directory.people:
        raise NotFound("There is nobody of that name here.")
    name = site.store.surroundings(site.organisation).directory.people[person].name
    response = go("/", said=f"You are {name} now")
    response.set_cookie(DEMO_PERSON, person, max_age=MONTH, httponly=True, samesite="lax")
    return response


@router.get("/me")
def me(request: Request) -> Response:
    ctx = anyone(request)
    from procession.web.visiting import visit

    visit(request)
    person = ctx.caller.person
    assert person is not None
    return render(request, "pages/me.html", person=person, directory=ctx.store.surroundings(ctx.organisation).directory)
