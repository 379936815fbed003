"""Moving running cases to another version: the preview, the move, and the way back from the page of a case."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.rejections import Conflict, InvalidField, Rejection
from procession.operations.case_shapes import CaseView
from procession.operations.moving import Moved, MovePreview
from procession.web.showing import said, sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, text_of

router = APIRouter()


@router.get("/definitions/{id_}/move")
def preview(request: Request, id_: str) -> Response:
    to = request.query_params.get("to", "")
    version = int(to) if to.isdigit() else None
    steps = [one for one in request.query_params.getlist("steps") if one]
    try:
        return _page(request, ask(request, "case.preview_move", definition=id_, to=version, steps=steps), steps=steps)
    except InvalidField as refused:
        view: MovePreview = ask(request, "case.preview_move", definition=id_, to=version)
        return _page(request, view, problem=sentence_of(refused))


def _page(
    request: Request, view: MovePreview, *, problem: str = "", done: Moved | None = None, steps: Sequence[str] = ()
) -> Response:
    return render(
        request, "pages/moving.html", status_code=422 if problem else 200, view=view, problem=problem, done=done,
        said=said(request), steps=steps,
    )  # fmt: skip


@router.post("/definitions/{id_}/move")
async def move(request: Request, id_: str, form: Posted) -> Response:
    to = int(text_of(form, "to")) if text_of(form, "to").isdigit() else None
    chosen = [str(one) for one in form.getlist("case")]
    steps = [str(one) for one in form.getlist("steps") if one]
    try:
        done: Moved = ask(
            request,
            "case.move_many",
            definition=id_,
            to=to,
            case_ids=chosen,
            reason=text_of(form, "reason"),
            steps=steps,
        )
    except Rejection as refused:
        view: MovePreview = ask(request, "case.preview_move", definition=id_, to=to, steps=steps)
        return _page(request, view, problem=sentence_of(refused), steps=steps)
    return _page(request, ask(request, "case.preview_move", definition=id_, to=done.to.version), done=done)


@router.post("/cases/{id_}/move")
async def move_one(request: Request, id_: str, form: Posted) -> Response:
    try:
        ask(request, "case.move", case_id=id_, reason=text_of(form, "reason"))
    except Conflict as refused:
        case: CaseView = ask(request, "case.get", case_id=id_)
        view: MovePreview = ask(request, "case.preview_move", definition=case.workflow.id)
        return _page(request, view, problem=sentence_of(refused))
    return go(f"/cases/{id_}", said="It goes on in the newest version")


@router.post("/cases/{id_}/move-back")
async def move_back(request: Request, id_: str, form: Posted) -> Response:
    ask(request, "case.move_back", case_id=id_, reason=text_of(form, "reason"))
    return go(f"/cases/{id_}", said="It is back on the version it came from")
