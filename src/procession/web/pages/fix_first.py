"""What to fix first, over all processes and workflows."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.operations.insights.fix_first import FixFirst, Painful
from procession.web.pages.home import spelled
from procession.web.templating import render
from procession.web.visiting import ask, visit

router = APIRouter()


@router.get("/fix-first")
def fix_first(request: Request) -> Response:
    found: FixFirst = ask(request, "insight.fix_first")
    most = max((one.score for one in found.places), default=1.0)
    return render(
        request, "pages/fix_first.html", found=found, most=most, place_of=place_of, spelled=spelled(visit(request))
    )


def place_of(one: Painful) -> str:
    """Where the place is shown: on the map of its process, else on the page of its workflow."""
    if one.definition.kind == "process":
        return f"/processes/{one.definition.id}/map?step={quote(one.key, safe='')}"
    return f"/workflows/{one.definition.id}"
