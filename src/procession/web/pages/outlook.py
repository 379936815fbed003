"""When a case will end, and what a delay would do to it: what the pages of cases show of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request

from procession.analytics.forecast.words import length
from procession.engine.rejections import Rejection
from procession.operations.case_shapes import CaseView
from procession.operations.insights.tracking import DelayView, ForecastView
from procession.web.showing import sentence_of
from procession.web.visiting import ask

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
