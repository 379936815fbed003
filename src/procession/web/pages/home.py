"""The first page: what is wrong today, how sure that is, and three things to do about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.analytics.attribution import working_day
from procession.analytics.words import spell
from procession.engine.rejections import Rejection
from procession.operations.context import Context
from procession.operations.insights.diagnosing import InstantView, ProcessInsight, VerdictView
from procession.operations.insights.home import HomeInsight, HomeLine
from procession.web.showing import said
from procession.web.templating import render
from procession.web.visiting import Posted, ask, go, visit

router = APIRouter()

TOLD = "procession_told"
"""The cookie that says: workflow and process have been explained to this person."""
YEAR = 365 * 24 * 3600

A_MOMENT = timedelta(minutes=1)
"""What has happened meanwhile is worked in within seconds; figures that are older say when they were read."""

LOOKS = {
    "process": ("Process problem", "bad", "waypoints"), "workflow": ("Workflow problem", "warn", "workflow"),
    "target": ("Target does not fit", "warn", "calendar"), "healthy": ("No problem", "ok", "check"),
    "undecided": ("Not sure yet", "neutral", "activity"),
    "not enough data": ("Not enough data yet", "neutral", "hourglass"),
}  # fmt: skip
"""Of each verdict: the word, its tone, its icon."""


@router.get("/")
def home(request: Request) -> Response:
    insight: HomeInsight = ask(request, "insight.home")
    tasks = ask(request, "task.list", view="mine", limit=1)
    team = ask(request, "task.list", view="team", limit=1) if not tasks.items else tasks
    library = ask(request, "definition.list")
    return render(
        request, "pages/home.html", insight=insight, look=look_of(insight.verdict), shares=shares_of(insight.verdict),
        sure=certainty(insight.verdict),
        lines=[(line, behind(line)) for line in insight.lines if line.wrong][:4], task=next(iter(team.items), None),
        mine=bool(tasks.items), counts=ask(request, "task.count"), library=library,
        instant=instant_of(request, insight),
        tried=[one for one in ask(request, "pilot.list") if one.ended_at is None],
        spelled=spelled(visit(request), fine=True), explain=TOLD not in request.cookies, said=said(request),
        read_at=read_before(request, insight),
    )  # fmt: skip


def read_before(request: Request, *insights: HomeInsight | ProcessInsight | None) -> datetime | None:
    """When the oldest figures were read, where something has happened since and that is not a moment ago."""
    old = [one.as_of for one in insights if one is not None and not one.current]
    return min((at for at in old if visit(request).at - at > A_MOMENT), default=None)


def look_of(verdict: VerdictView | None) -> tuple[str, str, str]:
    """The pill above a verdict."""
    return LOOKS[verdict.kind] if verdict is not None else ("No process yet", "neutral", "waypoints")


def shares_of(verdict: VerdictView | None) -> list[tuple[float, str, str]]:
    """How the lost time divides, for the bar under a verdict; nothing where nothing is known to be lost."""
    if verdict is None or verdict.kind not in ("process", "workflow") or not verdict.places:
        return []
    between = sum(one.share for one in verdict.places if one.kind == "handoff")
    return [(between, "between workflows", "c3"), (1 - between, "inside workflows", "c5")]


def certainty(verdict: VerdictView | None) -> str:
    """How sure a verdict is, and on what it rests."""
    if verdict is not None and verdict.basis == "stated":
        return "From what people say it takes, until 10 cases have finished"
    if verdict is None or not verdict.cases:
        return ""
    basis = f"{verdict.cases} finished cases" if verdict.cases > 1 else "1 finished case"
    if verdict.kind == "not enough data":
        return basis
    return f"{round(100 * verdict.confidence)} of 100 repeated counts agree, from {basis}"


def behind(line: HomeLine) -> str:
    """Where the cases or steps behind a line are."""
    match line.about:
        case "late":
            return "/cases?late=1"
        case "nobody":
            return "/cases?nobody=1&parts=1"
        case "target" if line.workflow is not None:
            return f"/cases?workflow={line.workflow.id}&status=done&parts=1"
        case "handoff" if line.workflow is not None and line.place is not None:
            return f"/processes/{line.workflow.id}/map?step={quote(line.place, safe='')}"
        case _:
            return f"/cases/{line.case.id}" if line.case is not None else "/cases"


def instant_of(request: Request, insight: HomeInsight) -> InstantView | None:
    """What it would save if the worst place took no time."""
    verdict, process = insight.verdict, insight.process
    if verdict is None or process is None or verdict.top is None or verdict.basis == "stated":
        return None
    try:
        return ask(request, "insight.make_instant", process=process.id, place=verdict.top)
    except Rejection:  # the log has changed since: the place is gone
        return None


def spelled(ctx: Context, *, fine: bool = False) -> Callable[[float], str]:
    """Says a span of working time in the working days of the organisation; `fine`: so that spans beside each other add up."""
    day = working_day(ctx.store.surroundings(ctx.organisation).calendar)
    return lambda seconds: spell(seconds, day, fine=fine)


@router.post("/told")
def told(request: Request, form: Posted) -> Response:
    """The explanation has been read."""
    response = go("/")
    response.set_cookie(TOLD, "1", max_age=YEAR, httponly=True, samesite="lax")
    return response
