"""What one was told, and which of it is mailed too."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.operations.notifications import WHAT
from procession.web.showing import linker, said
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, inside, text_of

router = APIRouter()

LOOKS = {
    "assigned": ("inbox", "info"), "remind": ("timer", "warn"), "escalate": ("circle-alert", "bad"),
    "mention": ("message-square", ""), "withdrawn": ("undo-2", ""), "feedback": ("star", ""), "forecast": ("clock", ""),
    "paused": ("circle-pause", "warn"), "incident": ("circle-alert", "bad"),
    "pilot": ("flask-conical", "warn"),
}  # fmt: skip
"""Icon and tone of each kind."""


@router.get("/notifications")
def notifications(request: Request) -> Response:
    query = request.query_params
    unread = bool(query.get("unread"))
    page = ask(request, "notification.list", unread=unread, after=query.get("after"))
    link = linker("/notifications", {"unread": "1" if unread else None})
    return render(request, "pages/notifications.html", page=page, unread=unread, looks=LOOKS, words=WHAT, link=link,
                  said=said(request), waiting=ask(request, "notification.count").unread)  # fmt: skip


@router.post("/notifications/read")
def read_all(request: Request, form: Posted) -> Response:
    """All of it is read."""
    ask(request, "notification.read")
    return go("/notifications", said="All read")


@router.get("/me/notifications")
def mail_choice(request: Request) -> Response:
    choice = ask(request, "notification.mailed")
    return render(request, "pages/mail_choice.html", choice=choice, words=WHAT, said=said(request))


@router.post("/me/notifications")
def choose_mail(request: Request, form: Posted) -> Response:
    mailed = [one for one in WHAT if one in form.getlist("mailed")]
    ask(request, "notification.choose_mail", mailed=mailed)
    return go("/me/notifications", said="You get mail about what is ticked" if mailed else "You are told here only")


@router.post("/cases/{case_id}/mute")
def mute(request: Request, case_id: str, form: Posted) -> Response:
    """No more mail about a case, or mail again."""
    muted = text_of(form, "muted") == "yes"
    ask(request, "notification.mute", case_id=case_id, muted=muted)
    done = "You get no more mail about this case" if muted else "You get mail about this case again"
    return go(inside(text_of(form, "back") or f"/cases/{case_id}"), said=done)
