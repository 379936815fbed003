"""The map of a process: coloured by what was measured, with what lies behind each of its places."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from procession.drawing.folding import Presentation, presentation_of, step_count
from procession.drawing.lists import as_list
from procession.drawing.model import ProcessMap
from procession.drawing.png import to_png
from procession.drawing.process_map import draw_map
from procession.engine.rejections import NotFound, Rejection
from procession.operations.insights.behind import Behind
from procession.operations.insights.diagnosing import ProcessInsight
from procession.operations.insights.holding import WaitingOn
from procession.operations.insights.period import PlacesView
from procession.operations.processes import ProcessView
from procession.web.map_departments import departments_of, only
from procession.web.maps import COLOURS, PERIODS, Inspected, Measured, colour_of, fitted, inspect, map_of
from procession.web.pages.home import spelled
from procession.web.pages.workflows import insight_of
from procession.web.showing import address
from procession.web.templating import render
from procession.web.visiting import ask, visit

router = APIRouter()
ALL = "all"
"""Every workflow of a large map unfolded."""
SHOWN_AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class MapAsked:
    """What of a map is to be seen, as its address says it."""

    id: str
    colour: str = ""
    days: str = ""
    department: str = ""
    open: str = ""
    """Workflows that are unfolded where the map is large: names with commas, or all."""
    step: str = ""
    """The place that is inspected."""
    view: str = ""
    """`map` or `list`, where the other would come first."""

    @property
    def unfolded(self) -> frozenset[str]:
        return frozenset(filter(None, self.open.split(",")))

    @property
    def kept(self) -> dict[str, str]:
        """What a form keeps that narrows the map down."""
        found = {name: getattr(self, name) for name in ("colour", "days", "open", "step", "view")}
        return {name: value for name, value in found.items() if value}

    def to(self, **changes: str) -> str:
        """The address with some of it changed."""
        return self.at("map", **changes)

    def at(self, page: str, **changes: str) -> str:
        """The address of a page below the process that shows the same."""
        names = ("colour", "days", "department", "open", "step", "view")
        asked = {name: changes.get(name, getattr(self, name)) for name in names}
        return address(f"/processes/{self.id}/{page}", {name: value for name, value in asked.items() if value})

    def link(self, key: str) -> str:
        """The address at which a place is selected."""
        return self.to(step=key)


def _asked(request: Request, id_: str) -> MapAsked:
    given = request.query_params
    days = given.get("days", "")
    return MapAsked(
        id_, colour_of(given.get("colour", "")).name, days if days in PERIODS else "", given.get("department", ""),
        given.get("open", ""), given.get("step", ""), given.get("view", ""),
    )  # fmt: skip


def _lately(request: Request, asked: MapAsked, insight: ProcessInsight | None) -> ProcessInsight | None:
    """The figures of a period; those of all time where none is chosen."""
    if insight is None or not asked.days:
        return insight
    lately: PlacesView = ask(request, "insight.places", process=asked.id, days=int(asked.days))
    return replace(insight, places=lately.places, cases=lately.cases)


@router.get("/processes/{id_}/map")
def process_map(request: Request, id_: str) -> Response:
    found: ProcessView = ask(request, "process.get", process=id_)
    ctx, ref, asked = visit(request), found.definition.ref, _asked(request, id_)
    whole = insight_of(request, id_)
    insight, measured = _lately(request, asked, whole), fitted(colour_of(asked.colour), whole)
    chosen: Inspected | None = inspect(ctx, ref, insight, asked.step) if asked.step else None
    departments = departments_of(ctx, ref)
    asked = replace(asked, department=asked.department if asked.department in departments else "")
    drawn = map_of(
        ctx, ref, insight, measured, link=asked.link, selected=chosen.map_key if chosen else None,
    )  # fmt: skip
    if asked.department:
        drawn = only(ctx, ref, drawn, asked.department)
    shown = presentation_of(drawn)
    return render(
        request, "pages/process_map.html", view=found.definition, insight=insight, colour=measured, colours=COLOURS,
        map=_picture(drawn, asked, chosen, shown), twin=as_list(drawn), chosen=chosen, spelled=spelled(ctx),
        periods=PERIODS, waits=_waiting_on(request, id_, chosen), asked=asked, departments=departments,
        large=shown is not Presentation.FULL, listed=shown is Presentation.LISTED and asked.view != "map",
        steps=step_count(drawn), all_open=asked.open == ALL, behind=_behind(request, asked, chosen),
    )  # fmt: skip


def _picture(drawn: ProcessMap, asked: MapAsked, chosen: Inspected | None, shown: Presentation) -> Markup:
    if shown is Presentation.FULL:
        return Markup(draw_map(drawn))  # noqa: S704 - our own SVG
    if shown is Presentation.LISTED and asked.view != "map":
        return Markup()
    names = {one.id for one in drawn.containers}
    unfolded = names if asked.open == ALL else names & asked.unfolded
    if chosen is not None and chosen.kind == "step":
        unfolded = unfolded | {chosen.map_key.partition("/")[0]}

    def opening(name: str) -> str:
        """Unfolds a workflow and says what is known of it; another click folds it again."""
        rest = sorted(unfolded - {name} if name in unfolded else unfolded | {name})
        return asked.to(open=",".join(rest), step=name)

    containers = [replace(one, href=opening(one.id)) if one.kind == "workflow" else one for one in drawn.containers]
    return Markup(draw_map(replace(drawn, containers=tuple(containers)), unfolded=frozenset(unfolded)))  # noqa: S704


def _waiting_on(request: Request, id_: str, chosen: Inspected | None) -> WaitingOn | None:
    """What waits on a step or handoff; nothing where no finished case came by."""
    if chosen is None or chosen.place is None or chosen.kind == "member" or not chosen.place.visits:
        return None
    try:
        return ask(request, "insight.waiting_on", process=id_, place=chosen.place.key)
    except Rejection:
        return None


def _behind(request: Request, asked: MapAsked, chosen: Inspected | None, **page: Any) -> Behind | None:
    """The groups and the cases behind the figures of a place; nothing where no finished case came by."""
    if chosen is None or chosen.place is None or not chosen.place.visits:
        return None
    days = int(asked.days) if asked.days else None
    wanted = page or {"limit": 3}
    return ask(request, "insight.behind", process=asked.id, place=chosen.place.key, days=days, **wanted)


@router.get("/processes/{id_}/map/cases")
def cases_behind(request: Request, id_: str, after: int = 0) -> Response:
    """The finished cases that came by a place, those that waited longest first."""
    found: ProcessView = ask(request, "process.get", process=id_)
    asked, ctx = _asked(request, id_), visit(request)
    insight = insight_of(request, id_)
    if insight is None or not asked.step:
        raise NotFound("Figures over all cases are for those who may see all cases.")
    chosen = inspect(ctx, found.definition.ref, _lately(request, asked, insight), asked.step)
    behind = _behind(request, asked, chosen, limit=SHOWN_AT_ONCE, after=max(after, 0))
    return render(
        request, "pages/process_map_cases.html", view=found.definition, chosen=chosen, behind=behind, asked=asked,
        period=PERIODS[asked.days], before=max(after, 0), at_once=SHOWN_AT_ONCE,
    )  # fmt: skip


@router.get("/processes/{id_}/map.{form}")
def map_file(request: Request, id_: str, form: str, theme: str = "") -> Response:
    if form not in ("svg", "png"):
        raise NotFound("Maps come as SVG or PNG.")
    found: ProcessView = ask(request, "process.get", process=id_)
    ctx, ref, asked = visit(request), found.definition.ref, _asked(request, id_)
    whole = insight_of(request, id_)
    measured: Measured = fitted(colour_of(asked.colour), whole)
    drawn = map_of(ctx, ref, _lately(request, asked, whole), measured)
    if asked.department in departments_of(ctx, ref):
        drawn = only(ctx, ref, drawn, asked.department)
    svg = draw_map(drawn, "dark" if theme == "dark" else "light", unfolded=_in_file(drawn, asked))
    headers = {"Content-Disposition": f'attachment; filename="{id_}-{measured.name}.{form}"'}
    if form == "png":
        return Response(to_png(svg), media_type="image/png", headers=headers)
    return Response(svg, media_type="image/svg+xml", headers=headers)


def _in_file(drawn: ProcessMap, asked: MapAsked) -> frozenset[str] | None:
    """What is unfolded in a file: what the page showed."""
    if presentation_of(drawn) is Presentation.FULL:
        return None
    return frozenset(one.id for one in drawn.containers) if asked.open == ALL else asked.unfolded
