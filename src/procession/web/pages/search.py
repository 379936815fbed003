"""Search: a page, and what the command palette shows."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.operations.search import Hit
from procession.web.templating import render
from procession.web.visiting import ask

router = APIRouter()

GROUPS = (("case", "Cases", "list-checks"), ("workflow", "Workflows", "workflow"), ("process", "Processes", "waypoints"),
          ("person", "People", "user"))  # fmt: skip
PLACES = {"case": "/cases/{}", "workflow": "/workflows/{}", "process": "/processes/{}", "person": "/cases?person={}"}
IN_PALETTE, ON_PAGE = 6, 30


@router.get("/search")
def search(request: Request, q: str = "") -> Response:
    """Whole page, or for the palette (an htmx request) the results alone."""
    in_palette = bool(request.headers.get("hx-request"))
    hits: tuple[Hit, ...] = ask(request, "search", text=q, limit=IN_PALETTE if in_palette else ON_PAGE)
    groups = [
        {"title": title, "items": [_item(one, icon) for one in hits if one.kind == kind]}
        for kind, title, icon in GROUPS
    ]
    found = [group for group in groups if group["items"]]
    return render(
        request, "pages/search_results.html" if in_palette else "pages/search.html", groups=found, q=q.strip()
    )


def _item(hit: Hit, icon: str) -> dict[str, str]:
    return {"label": hit.title, "href": PLACES[hit.kind].format(hit.id), "icon": icon, "detail": hit.detail}
