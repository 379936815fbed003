"""What is wasted in a process or workflow: each finding a sentence, with the cases behind it."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.operations.definitions import DefinitionView
from procession.operations.insights.wasting import Findings
from procession.web.templating import render
from procession.web.visiting import ask

router = APIRouter()


@router.get("/processes/{id_}/waste")
@router.get("/workflows/{id_}/waste")
def waste(request: Request, id_: str) -> Response:
    view: DefinitionView = ask(request, "definition.get", definition=id_)
    found: Findings = ask(request, "insight.findings", process=id_)
    return render(request, "pages/waste.html", view=view, found=found)
