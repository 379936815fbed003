"""Mapping a process by hand: one line after another, with what was understood, what is wrong and what comes next."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from procession.engine.rejections import InvalidDefinition, Rejection
from procession.interchange.sketch_files import UnreadableFile, lines_of_file
from procession.operations.definitions import Published
from procession.operations.sketching import SketchView
from procession.web.showing import sentence_of
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, text_of

router = APIRouter()


@router.get("/processes/new")
def wizard(request: Request) -> Response:
    return _page(request, "")


@router.post("/processes/new")
async def publish(request: Request, form: Posted) -> Response:
    text, problem = await _text(form)
    if problem or text_of(form, "do") == "read":
        return _page(request, text, problem=problem, accept=text_of(form, "accept"), status=422 if problem else 200)
    found: SketchView = ask(request, "definition.sketch", text=text)
    accept = text_of(form, "accept")
    if not found.files:
        return _page(request, text, problem=_unfinished(found), accept=accept, status=422)
    files = [{"name": one.name, "text": one.text} for one in found.files]
    try:
        made: Published = ask(request, "definition.publish", files=files, accept=accept or None)
    except InvalidDefinition as refused:
        warned = found.check is not None and found.check.publishable
        told = "A warning needs a reason, or a line that puts it right." if warned else sentence_of(refused)
        return _page(request, text, problem=told, accept=accept, status=422)
    except Rejection as refused:
        return _page(request, text, problem=sentence_of(refused), accept=accept, status=422)
    first = next((one for one in made.definitions if one.kind == "process"), made.definitions[0])
    more = f", with {len(made.definitions) - 1} workflows" if len(made.definitions) > 1 else ""
    where = "processes" if first.kind == "process" else "workflows"
    return go(f"/{where}/{first.id}", said=f"{first.title} is published{more}")


@router.post("/processes/new/read")
async def read_as_typed(request: Request, form: Posted) -> Response:
    """What was understood so far, while somebody types."""
    text, problem = await _text(form)
    return render(request, "pages/mapping.html", block="result", live=True,
                  **_context(request, text, problem=problem, accept=text_of(form, "accept")))  # fmt: skip


async def _text(form: FormData) -> tuple[str, str]:
    """The lines, or those of a file just uploaded; and what was wrong with the upload."""
    typed = form.get("text")
    text = typed.replace("\r\n", "\n") if isinstance(typed, str) else ""
    uploaded = next((one for one in form.getlist("upload") if isinstance(one, UploadFile) and one.filename), None)
    if uploaded is None:
        return text, ""
    try:
        return lines_of_file(uploaded.filename or "The file", await uploaded.read()), ""
    except UnreadableFile as problem:
        return text, str(problem)


def _unfinished(found: SketchView) -> str:
    if any(one.severity == "error" for one in found.findings):
        return "Put the lines right that are marked, then publish."
    return f"Not enough is said yet. Next: {found.next}"


def _page(request: Request, text: str, *, problem: str = "", accept: str = "", status: int = 200) -> Response:
    context = _context(request, text, problem=problem, accept=accept)
    return render(request, "pages/mapping.html", status_code=status, live=False, **context)


def _context(request: Request, text: str, *, problem: str, accept: str) -> dict[str, Any]:
    found: SketchView | None = None
    try:
        found = ask(request, "definition.sketch", text=text)
    except Rejection as refused:
        problem = problem or sentence_of(refused)
    checked = found.check.findings if found is not None and found.check is not None else ()
    return {
        "text": text, "found": found, "problem": problem, "accept": accept, "checked": checked,
        "warned": any(one.severity == "warning" for one in checked),
        "groups": [one.title for one in ask(request, "group.list")],
    }  # fmt: skip
