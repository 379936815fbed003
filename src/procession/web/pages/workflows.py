"""The library of workflows, and one workflow: its diagram, its procedure, its versions and its file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.drawing import picture
from procession.drawing.flow import draw_flow
from procession.drawing.flow_of_definition import flow_of_workflow
from procession.drawing.lists import as_list
from procession.drawing.look import KIND_ICON
from procession.drawing.model import KIND_WORDS, FlowDiagram
from procession.engine.definition import Definition, Process, Workflow, walk
from procession.engine.rejections import Forbidden, NotFound
from procession.operations.changes import changes_between
from procession.operations.definitions import DefinitionView, program_of, workflows_by_id
from procession.operations.insights.diagnosing import ProcessInsight
from procession.operations.measures import Measured
from procession.operations.outline import StepOutline
from procession.web.maps import called
from procession.web.showing import said
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, visit

router = APIRouter()

SHAPES = ("Sequential", "State machine", "Parallel", "Rules-driven")
"""The four kinds of workflow. One that is parallel can be driven by rules too."""
DIFFERENT = "is a process, not a workflow"


def shapes_of(workflow: Workflow) -> tuple[str, ...]:
    """What kinds of workflow it is, from how it is built."""
    kinds = {step.kind for step in walk(workflow.body)}
    found: list[str] = []
    if workflow.body.kind == "states":
        found.append("State machine")
    if kinds & {"parallel", "each"} or any(_several_sign(step) for step in walk(workflow.body)):
        found.append("Parallel")
    if kinds & {"decide", "choose"}:
        found.append("Rules-driven")
    return tuple(found) or ("Sequential",)


def _several_sign(step: Any) -> bool:
    """An approval that asks several people at once, in any order."""
    return step.kind == "approval" and getattr(step.config, "quorum", None) not in (None, "one", 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class LibraryLine:
    """A workflow as the library shows it."""

    line: Any
    shapes: tuple[str, ...]


# --- the library ------------------------------------------------------------------------------------------------------


@router.get("/workflows")
def library(request: Request, q: str = "", shape: str = "", owner: str = "", retired: str = "") -> Response:
    lines = ask(request, "definition.list", kind="workflow", retired=bool(retired))
    everything = [LibraryLine(line=one, shapes=_shapes(request, one.id, one.version)) for one in lines]
    wanted = [one for one in everything if _fits(one, q, shape, owner)]
    return render(
        request, "pages/workflows.html", lines=wanted, many=len(everything), q=q, shape=shape, owner=owner,
        retired=bool(retired), shapes=SHAPES, owners=owner_titles(request),
        used=sorted({one.owner for one in lines if one.owner}),
        said=said(request),
    )  # fmt: skip


def _shapes(request: Request, id_: str, version: int) -> tuple[str, ...]:
    definition = program_of(visit(request), id_, version).definition
    return shapes_of(definition) if isinstance(definition, Workflow) else ()


def _fits(one: LibraryLine, q: str, shape: str, owner: str) -> bool:
    text = f"{one.line.id} {one.line.title} {one.line.purpose or ''} {' '.join(one.line.tags)}".lower()
    return q.lower() in text and (not shape or shape in one.shapes) and (not owner or one.line.owner == owner)


def owner_titles(request: Request) -> Mapping[str, str]:
    """Group → what people call it."""
    return {one.id: one.title for one in ask(request, "group.list")}


# --- one workflow -----------------------------------------------------------------------------------------------------


@router.get("/workflows/{id_}")
def workflow_page(request: Request, id_: str, version: int | None = None, step: str = "") -> Response:
    view: DefinitionView = ask(request, "definition.get", definition=id_, version=version)
    if view.ref.kind == "process":
        return RedirectResponse(f"/processes/{id_}", 303)
    flow = _flow(request, view, step)
    return render(
        request, "pages/workflow.html", view=view, flow=Markup(draw_flow(flow)), twin=as_list(flow),  # noqa: S704 - our own SVG
        said=said(request), changed=_changed(request, view), insight=insight_of(request, id_),
        measured=measured_of(request, id_), **_told(request, view, flow),
    )  # fmt: skip


@router.get("/workflows/{id_}/steps/{step}/readiness")
def readiness(request: Request, id_: str, step: str) -> Response:
    view: DefinitionView = ask(request, "definition.get", definition=id_)
    found = ask(request, "insight.readiness", workflow=id_, step=step)
    return render(request, "pages/readiness.html", view=view, found=found)


def insight_of(request: Request, definition: str) -> ProcessInsight | None:
    """The figures over all cases; nothing for those who may not see every case they rest on."""
    try:
        return ask(request, "insight.process", process=definition)
    except NotFound:
        return None


def _flow(request: Request, view: DefinitionView, step: str = "") -> FlowDiagram:
    definition = program_of(visit(request), view.ref.id, view.ref.version).definition
    assert isinstance(definition, Workflow)
    about = f"/workflows/{view.ref.id}?" + ("" if view.ref.version == view.newest else f"version={view.ref.version}&")
    return flow_of_workflow(
        definition,
        link=lambda one: f"{about}step={one}#step-{one}",
        selected=step or None,
        called=called(visit(request)),
    )


def _told(request: Request, view: DefinitionView, flow: FlowDiagram) -> dict[str, Any]:
    """What the procedure's text needs, on the page and in print."""
    definition = program_of(visit(request), view.ref.id, view.ref.version).definition
    assert isinstance(definition, Workflow)
    return {
        "shapes": shapes_of(definition), "owners": owner_titles(request), "kinds": KIND_WORDS,
        "steps": numbered(view.steps, flow), "outcome": definition.outcome,
    }  # fmt: skip


def numbered(steps: Iterable[StepOutline], flow: FlowDiagram) -> list[tuple[str, StepOutline]]:
    """The steps with the numbers that the diagram gives them."""
    numbers = {node.id: node.number for node in flow.nodes}
    return [(numbers.get(one.id, ""), replace(one, icon=KIND_ICON.get(one.kind, "square-pen"))) for one in steps]


def _changed(request: Request, view: DefinitionView) -> list[Any]:
    """What this version changed; nothing of the first."""
    if view.ref.version == 1:
        return []
    ctx = visit(request)
    before = program_of(ctx, view.ref.id, view.ref.version - 1)
    return changes_between(before, program_of(ctx, view.ref.id, view.ref.version))


def measured_of(request: Request, id_: str) -> Measured | None:
    """What people said of its cases; None for those who may not see all cases."""
    try:
        return ask(request, "measure.summary", definition=id_)
    except (Forbidden, NotFound):
        return None


@router.get("/workflows/{id_}/sop")
def procedure(request: Request, id_: str, version: int | None = None) -> Response:
    view: DefinitionView = ask(request, "definition.get", definition=id_, version=version)
    if view.ref.kind == "process":
        raise NotFound(f"{view.ref.title} {DIFFERENT}.")
    flow = _flow(request, view)
    return render(
        request, "pages/sop.html", view=view, flow=Markup(draw_flow(flow)), twin=as_list(flow),  # noqa: S704 - our own SVG
        address=str(request.url.replace(query="")), **_told(request, view, flow),
    )  # fmt: skip


# --- of workflows and processes alike ---------------------------------------------------------------------------------


def _source(request: Request, id_: str, version: int | None = None, download: str = "") -> Response:
    view: DefinitionView = ask(request, "definition.get", definition=id_, version=version)
    if download:
        name = f"{id_}.yaml" if version is None else f"{id_}-{version}.yaml"
        return Response(view.text, media_type="application/yaml; charset=utf-8", headers=_attachment(name))
    return render(request, "pages/source.html", view=view, base=base_of(view))


def _versions(request: Request, id_: str, version: int | None = None) -> Response:
    ctx = visit(request)
    view: DefinitionView = ask(request, "definition.get", definition=id_)
    lines = ask(request, "definition.versions", definition=id_)
    programs = {line.version: program_of(ctx, id_, line.version) for line in lines}
    changed = {
        number: changes_between(programs[number - 1], program)
        for number, program in programs.items()
        if number - 1 in programs
    }
    return render(request, "pages/versions.html", view=view, lines=lines, changed=changed, base=base_of(view))


def _picture(request: Request, id_: str, form: str, version: int | None = None, theme: str = "") -> Response:
    if form not in ("svg", "png"):
        raise NotFound("Diagrams come as SVG or PNG.")
    ctx = visit(request)
    definition = program_of(ctx, id_, version).definition
    library_: Mapping[str, Definition] = workflows_by_id(ctx) if isinstance(definition, Process) else {}
    headers = _attachment(f"{id_}.{form}")
    dark = theme == "dark"
    if form == "png":
        return Response(picture.png(definition, library_, dark=dark), media_type="image/png", headers=headers)
    return Response(picture.svg(definition, library_, dark=dark), media_type="image/svg+xml", headers=headers)


def _attachment(name: str) -> dict[str, str]:
    return {"Content-Disposition": f'attachment; filename="{name}"'}


def base_of(view: DefinitionView) -> str:
    """Where the definition has its page."""
    return f"/{'processes' if view.ref.kind == 'process' else 'workflows'}/{view.ref.id}"


def _retire(request: Request, id_: str, form: Posted) -> Response:
    ask(request, "definition.retire", definition=id_)
    view: DefinitionView = ask(request, "definition.get", definition=id_)
    return go(base_of(view), said=f"{view.ref.title} is retired: no new case can start")


def _restore(request: Request, id_: str, form: Posted) -> Response:
    ask(request, "definition.restore", definition=id_)
    view: DefinitionView = ask(request, "definition.get", definition=id_)
    return go(base_of(view), said=f"{view.ref.title} is back in use")


for _noun in ("workflows", "processes"):
    router.add_api_route(f"/{_noun}/{{id_}}/yaml", _source, methods=["GET"], name=f"{_noun}.yaml")
    router.add_api_route(f"/{_noun}/{{id_}}/versions", _versions, methods=["GET"], name=f"{_noun}.versions")
    router.add_api_route(f"/{_noun}/{{id_}}/diagram.{{form}}", _picture, methods=["GET"], name=f"{_noun}.diagram")
    router.add_api_route(f"/{_noun}/{{id_}}/retire", _retire, methods=["POST"], name=f"{_noun}.retire")
    router.add_api_route(f"/{_noun}/{{id_}}/restore", _restore, methods=["POST"], name=f"{_noun}.restore")
