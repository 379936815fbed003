"""Where the time goes: of a process, or of a workflow that is looked at alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, Final
from urllib.parse import quote

from fastapi import APIRouter
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response

from procession.analytics.attribution import working_day
from procession.drawing import charts
from procession.engine.rejections import NotFound
from procession.operations.definitions import DefinitionView
from procession.operations.insights.diagnosing import ParetoBar, ProcessInsight
from procession.operations.insights.tactics import BothScales
from procession.operations.insights.trending import StretchView, TrendView
from procession.web import formats
from procession.web.pages.files import attachment
from procession.web.pages.home import certainty, look_of, shares_of, spelled
from procession.web.pages.workflows import insight_of, owner_titles
from procession.web.templating import render
from procession.web.visiting import ask, visit

router = APIRouter()

WEEKS: Final = (13, 26, 52, 104)
"""How far back the trend may look."""
FEWEST: Final = 5
"""Cases below which nothing is drawn."""

STILL_RUNNING: Final = 0.2
"""The share of a stretch's cases that may still run."""

KINDS: Final = (
    ("working", "working", "c2"),
    ("waiting", "waiting inside a workflow", "c3"),
    ("handoff", "between workflows", "c1"),
    ("outside", "outside people", "c4"),
    ("closed hours", "nights and weekends", "c5"),
)
"""How the time of all cases divides: the figure's name, what people call it, its colour."""


@router.get("/processes/{id_}/diagnosis")
@router.get("/workflows/{id_}/diagnosis")
def diagnosis(request: Request, id_: str, weeks: int = 26) -> Response:
    view: DefinitionView = ask(request, "definition.get", definition=id_)
    insight = insight_of(request, id_)
    if insight is None:
        raise NotFound("Figures over all cases are for those who may see all cases.")
    trend: TrendView = ask(request, "insight.trend", process=id_, weeks=weeks if weeks in WEEKS else 26)
    scales: BothScales = ask(request, "insight.scales", process=id_)
    spell = spelled(visit(request))
    day = working_day(visit(request).surroundings.calendar)
    return render(
        request, "pages/diagnosis.html", view=view, insight=insight, look=look_of(insight.verdict),
        shares=shares_of(insight.verdict), sure=certainty(insight.verdict), owners=owner_titles(request), spelled=spell,
        enough=insight.cases >= FEWEST, kpis=_kpis(trend), pareto=_pareto(insight, spell, day), trend=_trend(trend),
        parts=_parts(insight, scales), division=_division(insight), weeks=trend.weeks, choices=_choices(request, trend.weeks),
        pilots=[one for one in ask(request, "pilot.list", definition=id_) if one.ended_at is None],
        link=partial(_link, view),
    )  # fmt: skip


@router.get("/processes/{id_}/event-log")
@router.get("/workflows/{id_}/event-log")
def event_log(request: Request, id_: str, format: str = "csv") -> Response:  # noqa: A002 - its name in the address
    """The finished cases, for other programs."""
    return attachment(ask(request, "insight.event_log", process=id_, format=format))


def _link(view: DefinitionView, key: str) -> str:
    """Where a place is shown."""
    if view.ref.kind == "process":
        return f"/processes/{view.ref.id}/map?step={quote(key, safe='')}"
    return f"/workflows/{view.ref.id}#step-{key.rpartition('/')[2]}"


def _choices(request: Request, weeks: int) -> list[dict[str, Any]]:
    path = request.url.path
    words = {13: "13 weeks", 26: "Half a year", 52: "A year", 104: "Two years"}
    return [{"label": words[one], "href": f"{path}?weeks={one}", "current": one == weeks} for one in WEEKS]


# --- tiles ------------------------------------------------------------------------------------------------------------


def _kpis(trend: TrendView) -> list[dict[str, Any]]:
    """Each figure of the latest stretch that says something, what it was in the first, and the line between them."""
    return [
        _kpi(trend, "Time to finish (median)", lambda one: one.median, formats.duration, less=True),
        _kpi(trend, "Work share of total time", lambda one: one.work, formats.percent, less=False),
        _kpi(trend, "Finished on time", lambda one: one.on_time, formats.percent, less=False),
        _kpi(trend, "A step done again", lambda one: one.again, formats.percent, less=True),
    ]


def _kpi(
    trend: TrendView,
    label: str,
    figure: Callable[[StretchView], float | None],
    say: Callable[[float], str],
    *,
    less: bool,
) -> dict[str, Any]:
    known = [value for one in _settled(trend) if (value := figure(one)) is not None]
    if not known:
        return {"label": label, "value": formats.MISSING, "change": "", "better": None, "direction": "", "spark": ""}
    first, last = known[0], known[-1]
    change, better, direction = "", None, ""
    if len(known) > 1 and say(first) != say(last):
        change, better = f"was {say(first)} at the beginning", (last < first) == less
        direction = "up" if last > first else "down"
    spark = charts.sparkline(known, f"{label}: from {say(first)} to {say(last)}") if len(known) > 2 else ""
    return {
        "label": label, "value": say(last), "change": change, "better": better, "direction": direction,
        "spark": Markup(spark),  # noqa: S704 - our own SVG
    }  # fmt: skip


# --- charts -----------------------------------------------------------------------------------------------------------


def _short(day: float, seconds: float) -> str:
    """Working time in a few letters, for the axis of a chart."""
    if seconds >= day:
        return f"{seconds / day:.1f} d"
    return f"{seconds / 3600:.0f} h" if seconds >= 3600 or not seconds else f"{seconds / 60:.0f} min"


def _pareto(insight: ProcessInsight, spell: Callable[[float], str], day: float) -> dict[str, Any] | None:
    """The few places that cause most of the lost time, largest first; what is left is one column."""
    bars: Sequence[ParetoBar] = [one for one in insight.pareto if one.excess > 0]
    if not bars or insight.cases < FEWEST:
        return None
    shown, rest = bars[:8], bars[8:]
    items = [charts.Bar(one.title, (one.excess,)) for one in shown]
    if rest:
        items.append(charts.Bar("All others", (sum(one.excess for one in rest),)))
    vital = insight.vital or 0
    few = f"{vital} of {len(bars)} places hold four fifths of the lost time" if vital else "No few places stand out"
    svg = charts.pareto(items, partial(_short, day), f"{few}. The first is {shown[0].title}.", vital=vital)
    rows = [(one.title, spell(one.excess), formats.percent(one.share), formats.percent(one.cumulative),
             f"{formats.percent(one.low)} to {formats.percent(one.high)}") for one in bars]  # fmt: skip
    return {"svg": svg, "rows": rows, "few": few}


def _settled(trend: TrendView) -> list[StretchView]:
    """The stretches of which nearly all cases have finished: of the others only the quick ones are known."""
    return [one for one in trend.stretches if one.running <= STILL_RUNNING * (one.cases + one.running)]


def _trend(trend: TrendView) -> dict[str, Any] | None:
    known = [one for one in _settled(trend) if one.median is not None]
    if len(known) < 2:
        return None
    points = [charts.Point(formats.day(one.begin), one.median or 0.0, one.high) for one in known]
    first, last = known[0], known[-1]
    then, now = formats.duration(first.median or 0), formats.duration(last.median or 0)
    said = f"Half of the cases begun in the first weeks finished within {then}, of the last within {now}."
    rows = [(formats.day(one.begin), str(one.cases), str(one.running), formats.duration(one.median or 0),
             formats.duration(one.high or 0)) for one in known]  # fmt: skip
    return {"svg": charts.line(points, formats.duration, said), "rows": rows,
            "open": sum(one.running for one in trend.stretches if one not in known)}  # fmt: skip


def _parts(insight: ProcessInsight, scales: BothScales) -> dict[str, Any] | None:
    """Working and waiting of each workflow of a process, or of each step of a workflow."""
    if insight.process.kind == "process":
        pairs = [(one.title, one.touch, one.wait, one.runs) for one in scales.workflows if one.runs >= FEWEST]
    else:
        pairs = [(one.title, one.working, one.waiting, one.visits) for one in insight.places
                 if one.kind == "step" and one.visits >= FEWEST]  # fmt: skip
    items = [charts.Bar(title, (working or 0.0, waiting or 0.0)) for title, working, waiting, _ in pairs]
    if not any(sum(item.values) for item in items):
        return None
    longest = max(items, key=lambda item: sum(item.values))
    svg = charts.stacked(
        items, [("working", "c2"), ("waiting", "c3")], formats.duration,
        f"Working and waiting, medians. {longest.label} takes longest.",
    )  # fmt: skip
    rows = [(title, formats.duration(working or 0), formats.duration(waiting or 0), str(runs))
            for title, working, waiting, runs in pairs]  # fmt: skip
    return {"svg": svg, "rows": rows}


def _division(insight: ProcessInsight) -> list[tuple[float, str, str]]:
    """How the time of all cases divides, as the share bar takes it."""
    return [(insight.shares.get(name, 0.0), words, colour) for name, words, colour in KINDS if insight.shares.get(name)]
