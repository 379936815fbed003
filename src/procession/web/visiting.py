"""Who visits: the context of a request, what a form sent, and where somebody who is not logged in goes."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Depends
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import RedirectResponse

from procession.engine.rejections import TooLarge, Unauthenticated
from procession.operations import access, calling
from procession.operations.access import NOBODY
from procession.operations.context import Context, Files
from procession.store.store import Store

SESSION = "procession_session"
"""The cookie of a log-in."""
DEMO_PERSON = "procession_person"
"""The cookie of the demo: who one is just now."""
LARGEST_FORM = 25 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """What the pages of one installation share; kept in `app.state.site`."""

    store: Store
    organisation: str
    title: str
    demo_person: str | None = None
    """In the demo: who one is at first; anybody may be anybody there."""
    files: Files | None = None
    """Where the bytes of uploads lie."""


class LoginNeeded(Exception):
    """This page is for people who are logged in."""


def site_of(request: Request) -> Site:
    return request.app.state.site


def now() -> datetime:
    return datetime.now(UTC)


def visit(request: Request) -> Context:
    """The context of somebody logged in. Raises LoginNeeded."""
    found = anyone(request)
    if found.caller.kind == "nobody":
        raise LoginNeeded
    return found


def administrator(request: Request) -> Context:
    """The context of an administrator. Raises LoginNeeded, or `Forbidden`."""
    found = visit(request)
    access.administrator(found.caller)
    return found


def anyone(request: Request) -> Context:
    """The context of whoever asks, logged in or not; made once for each request."""
    known: Context | None = getattr(request.state, "context", None)
    if known is None:
        known = request.state.context = _context(request)
    return known


def _context(request: Request) -> Context:
    site = site_of(request)
    address = request.client.host if request.client is not None else ""
    key = request.headers.get("idempotency-key")
    if site.demo_person is not None:
        chosen = request.cookies.get(DEMO_PERSON) or site.demo_person
        for person in (chosen, site.demo_person):
            try:
                return calling.as_person(site.store, site.organisation, person, at=now(), key=key, files=site.files)
            except Unauthenticated:
                continue
    session = request.cookies.get(SESSION)
    if session is None:
        return Context(store=site.store, organisation=site.organisation, caller=NOBODY, at=now(), key=key, address=address,
                       files=site.files)  # fmt: skip
    return calling.context(site.store, site.organisation, at=now(), session=session, key=key, address=address,
                           files=site.files)  # fmt: skip


def ask(request: Request, operation: str, **values: Any) -> Any:
    """Ask an operation in the visitor's name. Raises a Rejection, or LoginNeeded."""
    return calling.call(visit(request), operation, {name: one for name, one in values.items() if one is not None})


async def posted(request: Request) -> AsyncIterator[FormData]:
    """What a form sent; its uploads are closed after the answer. Raises TooLarge."""
    if int(request.headers.get("content-length") or 0) > LARGEST_FORM:
        raise TooLarge(f"At most {LARGEST_FORM // 1024 // 1024} MB can be sent at once.")
    async with request.form(max_files=20, max_fields=5_000, max_part_size=LARGEST_FORM) as form:
        yield form


Posted = Annotated[FormData, Depends(posted)]


def once(request: Request, form: FormData) -> None:
    """What is asked from now on in this request is done once, however often this very form is sent.

    The key is the form's own `idempotency_key` with what it says, so that a form that was changed and sent again counts as
    another one.
    """
    key = text_of(form, "idempotency_key")
    if key:
        said = "\n".join(f"{name}={value}" for name, value in form.multi_items() if isinstance(value, str))
        request.state.context = replace(anyone(request), key=hashlib.sha256(said.encode(errors="replace")).hexdigest())


def text_of(form: FormData, name: str) -> str:
    """One value of a form, without the white space around it; empty where it was not sent."""
    value = form.get(name)
    return value.strip() if isinstance(value, str) else ""


def to_login(request: Request) -> RedirectResponse:
    """The log-in page, which leads back here."""
    here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"/login?next={quote(here, safe='/?=&')}" if request.method == "GET" and here != "/" else "/login"
    return RedirectResponse(target, 303)


def inside(target: str) -> str:
    """An address of this site, or the start page: nobody is sent elsewhere by a link."""
    return target if target.startswith("/") and not target.startswith(("//", "/\\")) else "/"


def go(target: str, *, said: str | None = None, undo: str | None = None) -> RedirectResponse:
    """After a change: the page that shows it, with what was done said once."""
    response = RedirectResponse(inside(target), 303)
    if said is not None:
        response.set_cookie("said", quote(said), max_age=30, httponly=True, samesite="lax")
    return response
