"""When a case will end, and what a delay would do to it: what the pages of cases show of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from markupsafe import Markup
from starlette.requests import Request

from procession.analytics.forecast.words import length
from procession.drawing.outlook import Lane, Mark, State, draw_outlook
from procession.engine.rejections import Rejection
from procession.operations.case_shapes import CaseView, StepView
from procession.operations.insights.delays import DelayView
from procession.operations.insights.tracking import ForecastView, PartForecast
from procession.web.showing import sentence_of
from procession.web.visiting import ask, visit

UNITS: Final = (("business days", "working days"), ("days", "days"), ("business hours", "working hours"))
"""Units of a delay, and how they are called."""
_DAYS: Final = "3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """The form that asks what a delay would do, and the answer."""

    place: str
    days: str
    unit: str
    found: DelayView | None = None
    problem: str = ""
    units: tuple[tuple[str, str], ...] = UNITS

    @staticmethod
    def length(seconds: float) -> str:
        """A time by the clock in words."""
        return length(seconds)


def outlook_of(request: Request, case: CaseView) -> Mapping[str, Any]:
    """The forecast of a running case, by member too, and the answer to what was asked of it."""
    if case.status != "open":
        return {"forecast": None, "outlook": {}, "late": None, "length": length}
    forecast: ForecastView = ask(request, "insight.forecast", case_id=case.id)
    parts = {one.part: one for one in forecast.parts} if forecast.case.id == case.id else {}
    return {"forecast": forecast, "outlook": parts, "late": _late(request, case), "length": length}


def track_of(request: Request, members: Sequence[StepView], outlook: Mapping[str, Any], due: datetime | None) -> Markup:
    """The members on one line of time; empty where nothing is known of the time to come."""
    forecast: ForecastView | None = outlook["forecast"]
    if forecast is None or forecast.earliest is None or forecast.latest is None or not forecast.parts:
        return Markup("")
    now = visit(request).at
    lanes = [lane for one in members if (lane := _lane(one, outlook["outlook"].get(one.id), now)) is not None]
    marks = [Mark("8 of 10 end here", forecast.earliest, "accent-soft", forecast.latest), Mark("now", now, "accent")]
    if due is not None:
        marks.append(Mark("due", due, "bad"))
    drawn = draw_outlook(lanes, marks, f"The parts on a line of time. {forecast.sentence}")
    return Markup(drawn)  # noqa: S704 - our own SVG, its texts escaped


def _lane(member: StepView, ahead: PartForecast | None, now: datetime) -> Lane | None:
    begins = member.opened_at or (ahead.begins if ahead is not None else None)
    if begins is None or member.state == "skipped":
        return None
    if ahead is None:
        ends = member.closed_at or now
        state: State = "done" if member.closed_at is not None else "open"
        return Lane(member.title, state, begins, ends, None, f"{member.title}: {member.state}")
    state = "open" if member.opened_at is not None else "may come" if ahead.state == "may come" else "to come"
    slack = timedelta(seconds=0 if ahead.on_path > 0.5 else ahead.slack)
    said = f"{member.title}: slack {length(slack.total_seconds()) if slack else 'none'}"
    return Lane(member.title, state, begins, ahead.ends, ahead.ends + slack, said)


def _late(request: Request, case: CaseView) -> Late:
    query = request.query_params
    unit = query.get("unit", UNITS[0][0])
    place, days = query.get("place", ""), query.get("days", _DAYS).strip()
    asked = Late(place=place, days=days, unit=unit)
    if not place:
        return asked
    try:
        found = ask(request, "insight.delay", case_id=case.id, place=place, late=f"{days} {unit}")
    except Rejection as refused:
        return Late(place=place, days=days, unit=unit, problem=sentence_of(refused))
    return Late(place=place, days=days, unit=unit, found=found)
