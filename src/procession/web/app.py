"""The pages of the product on one application: what stands around them, and how refusals look."""

from __future__ import annotations

import importlib
from collections.abc import Sequence

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from procession.engine.rejections import Rejection
from procession.operations.calling import call
from procession.operations.context import Context
from procession.operations.rejections import OUTAGES, outage_of
from procession.web import templating
from procession.web.shell import Choice, NavItem, NavSection, Shell, Viewer
from procession.web.showing import zone_of
from procession.web.templating import render
from procession.web.visiting import LoginNeeded, Site, anyone, site_of, to_login

PAGES = (
    "home",
    "tasks",
    "start",
    "tracker",
    "cases",
    "publishing",
    "workflows",
    "mapping",
    "process_map",
    "processes",
    "diagnosis",
    "wasting",
    "map_editor",
    "proposals",
    "pilots",
    "moving",
    "fix_first",
    "logs",
    "log_cases",
    "savings",
    "simulating",
    "process_cases",
    "guests",
    "surveys",
    "account",
    "people",
    "calendars",
    "mails",
    "notifications",
    "files",
    "search",
    "help",
    "live",
)
"""Modules of `web.pages`; each has a `router` and, where it is in the sidebar, its place there."""

STATUS = {
    "unauthenticated": 401, "not_found": 404, "task_closed": 409, "separation_of_duties": 403, "not_assignee": 403,
    "forbidden": 403, "conflict": 409, "illegal_transition": 409, "unknown_field": 422, "invalid_field": 422,
    "missing_field": 422, "invalid_definition": 422, "not_available": 422, "too_large": 413, "rate_limited": 429,
    "unavailable": 503, "storage_full": 507,
}  # fmt: skip
HEADLINE = {
    401: "Log in first", 403: "You may not do this", 404: "There is nothing here", 405: "There is nothing here",
    409: "Somebody was quicker", 413: "That is too large", 422: "Something does not fit", 429: "Too many tries",
    500: "Something went wrong", 503: "Not available just now", 507: "The disk is full",
}  # fmt: skip


def add_pages(app: FastAPI, site: Site, pages: Sequence[str] = PAGES) -> None:
    """Give the application its pages."""
    app.state.site = site
    templating.install(app, shell_of=shell_of)
    for name in pages:
        module = importlib.import_module(f"procession.web.pages.{name}")
        app.include_router(module.router, include_in_schema=False)
    app.add_exception_handler(LoginNeeded, _login)
    app.add_exception_handler(Rejection, _refused)
    app.add_exception_handler(HTTPException, _http)
    for outage in OUTAGES:
        app.add_exception_handler(outage, _outage)
    app.add_exception_handler(500, _broken)


def shell_of(request: Request) -> Shell | None:
    """The sidebar for whoever asks; nothing for visitors."""
    if getattr(request.state, "alone", False):
        return None
    ctx = anyone(request)
    if ctx.caller.person is None:
        return None
    site = site_of(request)
    demo = site.demo_person is not None
    people = ctx.store.surroundings(ctx.organisation).directory.people.values() if demo else ()
    return Shell(
        nav=_navigation(ctx),
        viewer=Viewer(name=ctx.caller.person.name, detail=site.title, zone=zone_of(ctx)),
        search_url="/search",
        people=tuple(Choice(one.id, one.name, ", ".join(one.roles or one.groups)) for one in people if one.active),
        switch_url="/demo/person" if demo else "",
        account_url="/me",
        told_url="/notifications",
        unread=call(ctx, "notification.count", {}).unread,
        sign_out_url="" if demo else "/logout",
    )


def _navigation(ctx: Context) -> tuple[NavSection, ...]:
    counts = call(ctx, "task.count", {})
    running = call(ctx, "case.count", {})
    admin = ctx.caller.is_admin
    work = [
        NavItem(label="Home", href="/", icon="house", keys="g h"),
        NavItem(label="My tasks", href="/inbox", icon="inbox", keys="g i", count=counts.mine, alert=counts.overdue > 0),
        NavItem(label="Running cases", href="/cases", icon="list-checks", keys="g c", count=running.open),
    ]
    improve = [
        NavItem(label="Fix first", href="/fix-first", icon="flame", keys="g f"),
        NavItem(label="Processes", href="/processes", icon="waypoints", keys="g p"),
        NavItem(label="Event logs", href="/logs", icon="database", keys="g l"),
        NavItem(label="Pilots", href="/pilots", icon="flask-conical"),
        NavItem(label="Savings", href="/savings", icon="calculator", keys="g s"),
    ]
    design = [NavItem(label="Workflows", href="/workflows", icon="layout-template", keys="g w")]
    sections = [NavSection("", work), NavSection("Improve", improve), NavSection("Design", design)]
    if admin:
        sections.append(NavSection("Administration", [
            NavItem(label="People", href="/admin/people", icon="users"),
            NavItem(label="Calendars", href="/admin/calendars", icon="calendar"),
            NavItem(label="Mail", href="/admin/mails", icon="mail"),
        ]))  # fmt: skip
    sections.append(NavSection("Learn", [NavItem(label="Help", href="/help", icon="lightbulb")]))
    return tuple(sections)


async def _login(request: Request, problem: Exception) -> Response:
    if request.headers.get("hx-request"):
        return HTMLResponse("", 401, {"HX-Redirect": "/login"})
    if "text/event-stream" in request.headers.get("accept", ""):  # a page that was just left: nothing to listen to
        return Response(status_code=204)
    return to_login(request)


async def _refused(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, Rejection)
    status = STATUS.get(problem.kind, 400)
    return error_page(request, status, problem.message + (f" {problem.hint}" if problem.hint else ""))


async def _http(request: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)
    said = (
        "The address is wrong, or what was here is gone." if problem.status_code in (404, 405) else str(problem.detail)
    )
    return error_page(request, problem.status_code, said)


async def _outage(request: Request, problem: Exception) -> Response:
    """The database failed; so the page is made without asking it who is there."""
    refusal = outage_of(problem)
    if refusal is None:
        raise problem
    request.state.alone = True
    return await _refused(request, refusal)


async def _broken(request: Request, problem: Exception) -> Response:
    return error_page(request, 500, "This is our mistake, and it is in the log. Nothing was half-saved.")


def error_page(request: Request, status: int, explanation: str) -> Response:
    """What went wrong, in plain words, with a way back."""
    if request.url.path.startswith("/api/"):
        return HTMLResponse(explanation, status)
    return render(
        request, "layouts/error.html", status_code=status, status=status, headline=HEADLINE.get(status, "That did not work"),
        explanation=explanation, kept="", reference="", retry_href="", home_href="/",
    )  # fmt: skip
