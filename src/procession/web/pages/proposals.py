"""Processes that show in the records: what is proposed, why, and connecting it with one click."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.rejections import NotAvailable, Rejection
from procession.operations.definitions import Published
from procession.operations.revealing import LinkView, RevealView
from procession.web.pages.workflows import owner_titles
from procession.web.showing import sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, text_of

router = APIRouter()

REASON = "Drafted from the records; to be completed."
"""What stands in the box for the reason at first."""

LIKENESS = {
    "identical": "the same",
    "normalised": "the same but for capitals, spaces, marks and zeros",
    "person": "the same person",
    "inside text": "named in the text",
}


@router.get("/proposals")
def proposals(request: Request) -> Response:
    """The whole page; for an htmx request the box that the list of processes shows, empty where nothing is proposed."""
    boxed = request.headers.get("HX-Request") == "true"
    try:
        found: RevealView = ask(request, "process.reveal")
    except NotAvailable as missing:
        return Response() if boxed else _page(request, None, problem=sentence_of(missing))
    return (
        render(request, "pages/proposals.html", block="box", **_context(request, found))
        if boxed
        else _page(request, found)
    )


@router.post("/proposals/{proposal}")
async def connect(request: Request, proposal: str, form: Posted) -> Response:
    reason = text_of(form, "accept")
    try:
        made: Published = ask(request, "process.connect", proposal=proposal, accept=reason or None)
    except Rejection as refused:
        problem = sentence_of(refused)
        found: RevealView = ask(request, "process.reveal")
        return _page(request, found, problem=problem, reason=reason, status=422)
    (process,) = made.definitions
    return go(f"/processes/{process.id}", said=f"{process.title} is published as version {process.version}")


def _page(
    request: Request, found: RevealView | None, *, problem: str = "", reason: str = REASON, status: int = 200
) -> Response:
    return render(
        request, "pages/proposals.html", status_code=status, **_context(request, found, problem=problem, reason=reason)
    )


def _context(request: Request, found: RevealView | None, *, problem: str = "", reason: str = REASON) -> dict[str, Any]:
    return {
        "found": found, "problem": problem, "reason": reason, "owners": owner_titles(request), "likeness": LIKENESS,
        "chance": chance,
    }  # fmt: skip


def chance(link: LinkView) -> str:
    """How likely chance would do it, in words."""
    return "under 1 in a million" if link.p < 1e-6 else f"1 in {round(1 / link.p):,}"
