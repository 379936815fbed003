"""Processes: the list, one with its verdict, what a change would save."""

from __future__ import annotations

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from procession.drawing.lists import as_list
from procession.drawing.process_map import draw_map
from procession.engine.definition import Process
from procession.engine.rejections import NotFound, Rejection
from procession.operations.definitions import program_of
from procession.operations.insights.diagnosing import InstantView
from procession.operations.processes import ProcessView
from procession.operations.values import DefinitionRef
from procession.web.maps import COLOURS, fitted, map_of
from procession.web.pages.home import certainty, look_of, read_before, shares_of, spelled
from procession.web.pages.process_map import MapAsked
from procession.web.pages.simulating import simulated, without_empty
from procession.web.pages.workflows import insight_of, measured_of, owner_titles
from procession.web.showing import TRACK, linker, said
from procession.web.templating import render
from procession.web.visiting import ask, visit

router = APIRouter()
REMOVED = {"everything": "all its time", "waiting": "its waiting", "working": "its work"}


@router.get("/processes")
def processes(request: Request, q: str = "", owner: str = "", health: str = "") -> Response:
    lines = ask(request, "process.list")
    insights = {one.id: insight_of(request, one.id) for one in lines}
    looks = {id_: look_of(one.verdict) for id_, one in insights.items() if one is not None}
    wanted = [
        one
        for one in lines
        if q.lower() in f"{one.title} {one.purpose or ''}".lower()
        and (not owner or one.owner == owner)
        and (not health or (one.id in looks and looks[one.id][0] == health))
    ]
    kept = {name: value for name, value in (("q", q), ("owner", owner), ("health", health)) if value}
    return render(
        request, "pages/processes.html", lines=wanted, many=len(lines), q=q, insights=insights, looks=looks, kept=kept,
        owners=owner_titles(request), used=sorted({one.owner for one in lines if one.owner}), link=linker("/processes", kept),
        healths=sorted({look[0] for look in looks.values()}), said=said(request),
        read_at=read_before(request, *insights.values()),
    )  # fmt: skip


@router.get("/processes/{id_}")
def process_page(request: Request, id_: str, version: int | None = None) -> Response:
    view = ask(request, "definition.get", definition=id_, version=version)
    if view.ref.kind != "process":
        return RedirectResponse(f"/workflows/{id_}", 303)
    insight = insight_of(request, id_)
    process = map_of(visit(request), view.ref, insight, fitted(COLOURS[0], insight), link=MapAsked(id_).link)
    running = ask(request, "process.get", process=id_).running
    return render(
        request, "pages/process.html", view=view, insight=insight, look=look_of(insight.verdict if insight else None),
        shares=shares_of(insight.verdict if insight else None), sure=certainty(insight.verdict if insight else None),
        map=Markup(draw_map(process, unfolded=frozenset())), twin=as_list(process), running=running, track=TRACK,  # noqa: S704 - our own SVG
        owners=owner_titles(request), about=about(request, view.ref), said=said(request), spelled=spelled(visit(request)),
        lacks=ask(request, "process.lacks", process=id_) if view.ref.version == view.newest and not view.retired else (),
        measured=measured_of(request, id_),
        read_at=read_before(request, insight),
        figures={one.member: one for one in ask(request, "insight.scales", process=id_).workflows} if insight else {},
    )  # fmt: skip


def about(request: Request, ref: DefinitionRef) -> list[tuple[str, str]]:
    """What the file says about the process besides its parts."""
    definition = program_of(visit(request), ref.id, ref.version).definition
    assert isinstance(definition, Process)
    pairs = [(name.capitalize(), text) for name, text in definition.boundaries.items()]
    return [("Priority", definition.priority), *pairs] if definition.priority else pairs


# --- what if ----------------------------------------------------------------------------------------------------------


@router.get("/processes/{id_}/whatif")
def what_if(request: Request, id_: str, site: str = "", remove: str = "everything") -> Response:
    found: ProcessView = ask(request, "process.get", process=id_)
    if cleaned := without_empty(request):
        return cleaned
    insight = insight_of(request, id_)
    if insight is None:
        raise NotFound("Figures over all cases are for those who may see all cases.")
    remove = remove if remove in REMOVED else "everything"
    measured = insight.verdict.basis == "measured"
    site = site or (insight.verdict.top if measured else None) or ""
    answer: InstantView | None = None
    problem = ""
    if site:
        try:
            answer = ask(request, "insight.make_instant", process=id_, place=site, remove=remove)
        except Rejection as refused:
            problem = refused.message
    given = simulated(request, id_)
    return render(
        request, "pages/whatif.html", status_code=422 if problem or given["simulation_problem"] else 200,
        view=found.definition, insight=insight,
        site=answer.place if answer else site, remove=remove, removed=REMOVED, answer=answer, problem=problem,
        places=[one for one in insight.places if one.kind != "member"], spelled=spelled(visit(request), fine=True),
        **given,
    )  # fmt: skip
