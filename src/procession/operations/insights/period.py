"""The figures of places over a recent period, so that a map can show how things went lately."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from procession.analytics.log import ProcessLog
from procession.analytics.measures import measure
from procession.engine.rejections import InvalidField
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.diagnosing import visible
from procession.operations.insights.places import PlaceView, places_in

LONGEST = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPlaces(Ask):
    """The figures of every member, step and handoff, from the cases that ended in the last so many days."""

    process: str
    """Its id."""
    days: int
    """How many days back; 1 to 3,650."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlacesView:
    """What places cost in a period."""

    days: int
    cases: int
    """How many cases ended in it."""
    places: tuple[PlaceView, ...]


@operation("insight.places", scope="insights:read", http="GET /insights/{process}/places")
def places_lately(ctx: Context, ask: GetPlaces) -> PlacesView:
    analysis, _ = visible(ctx, ask.process)
    log = since(analysis.log, ctx.at, ask.days)
    return PlacesView(days=ask.days, cases=len(log.cases), places=places_in(log, measure(log)))


def since(log: ProcessLog, now: datetime, days: int) -> ProcessLog:
    """The log with only those cases that ended in the last so many days. Raises InvalidField."""
    if not 1 <= days <= LONGEST:
        raise InvalidField("days", f"days is 1 to {LONGEST:,}.")
    first = now - timedelta(days=days)
    return replace(log, cases=tuple(one for one in log.cases if one.end >= first))
