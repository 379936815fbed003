"""A running case and its end: when it will have ended, what is to come, and what a delay would do to it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from procession.analytics.forecast import Forecast
from procession.analytics.forecast.words import day, in_words
from procession.analytics.log import MACHINE_KINDS, ActivityInstance, RunningCase
from procession.engine.definition import Definition
from procession.engine.instants import from_instant
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights import facts
from procession.operations.insights.analysis import analysis_of, keep_learned
from procession.operations.insights.loader import load
from procession.operations.insights.read_log import Analysis, setting
from procession.operations.loading import case_of
from procession.operations.values import CaseRef


@dataclass(frozen=True, slots=True, kw_only=True)
class GetForecast(Ask):
    """When a running case will end, and what is to come in it, judged by finished cases that had come as far."""

    case_id: str
    """The case."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartForecast:
    """A workflow of the process, or the workflow itself, as far as it is not done. Moments are medians."""

    part: str
    title: str
    state: Literal["open", "to come", "may come"]
    """`may come`: under nine in ten ways that the case may go on come to it."""
    chance: float
    """The share of ways that come to it."""
    begins: datetime
    ends: datetime
    slack: float
    """How much later it may end without the case ending later: seconds by the clock."""
    on_path: float
    """The share of ways in which the end of the case waits for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepForecast:
    """A step that is open or to come."""

    place: str
    """Its key: hand it in to ask what a delay there would do."""
    part: str
    title: str
    is_open: bool
    chance: float
    begins: datetime
    ends: datetime
    slack: float
    on_path: float


@dataclass(frozen=True, slots=True, kw_only=True)
class StepDone:
    """A step that the case is through with: what a delay there does is asked of finished cases."""

    place: str
    part: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastView:
    """When it ends, or why that cannot be said."""

    case: CaseRef
    """The case that is forecast: a member's is its process's."""
    begun_at: datetime
    """When the requester submitted: the clock runs from then until the case has ended."""
    usually: datetime | None
    """Half of such cases end by then."""
    earliest: datetime | None
    """8 of 10 such cases end between this …"""
    latest: datetime | None
    """… and this."""
    cases: int
    """How many finished cases it rests on."""
    checked: int
    """Past forecasts whose errors the interval was measured by; 0: there were too few, and it is less sure."""
    place: str | None
    """The open step that decides it."""
    late: bool | None
    """It usually ends after its due date; null where nothing is said or nothing is due."""
    sentence: str
    reason: str | None
    """Why nothing is said."""
    parts: tuple[PartForecast, ...] = ()
    steps: tuple[StepForecast, ...] = ()
    """What is open and what is next, in order of its beginning."""
    through: tuple[StepDone, ...] = ()
    """What is done."""


@operation("insight.forecast", scope="insights:read", http="GET /cases/{case_id}/forecast")
def forecast(ctx: Context, ask: GetForecast) -> ForecastView:
    asked = asked_of(ctx, ask.case_id)
    if asked.found is None or asked.analysis is None:
        return _silent(asked, asked.reason)
    return forecast_view(
        asked.analysis,
        asked.ref,
        asked.begun_at,
        asked.due_at,
        asked.found,
        ctx.at,
        paused_at=asked.paused_at,
        through=asked.through,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The case a question is about: a member's is its process's."""

    ref: CaseRef
    begun_at: datetime
    due_at: datetime | None
    reason: str = ""
    """Why nothing can be said of it."""
    analysis: Analysis | None = None
    found: Forecast | None = None
    paused_at: datetime | None = None
    """Since when it stands still."""
    through: tuple[ActivityInstance, ...] = ()
    """What is done in it, the first visit to each place where somebody had something to do."""


def asked_of(ctx: Context, case_id: str) -> Asked:
    with ctx.store.transaction(ctx.organisation) as tx:
        asked = case_of(ctx, tx, case_id)
        case = tx.cases.get(asked.process_case) if asked.process_case is not None else asked
        row = tx.cases.row(case.id)
    ref = CaseRef(id=case.id, name=case.name, status=case.status)
    if not case.is_open:
        return Asked(ref=ref, begun_at=row.started_at, due_at=row.due_at, reason="the case has ended")
    if case.definition not in ctx.surroundings.latest:
        return Asked(ref=ref, begun_at=row.started_at, due_at=row.due_at, reason="its workflow is retired")
    definition = ctx.definition(case.definition)
    analysis = analysis_of(ctx, definition)
    running = running_case(ctx, definition, case.id)
    found = analysis.forecaster.forecast(running, ctx.at)
    keep_learned(ctx, definition, analysis)
    paused_at = from_instant(case.paused_at) if case.paused_at is not None else None
    through = {one.site: one for one in reversed(running.done) if one.kind not in MACHINE_KINDS}
    return Asked(
        ref=ref, begun_at=row.started_at, due_at=row.due_at, analysis=analysis, found=found, paused_at=paused_at,
        through=tuple(reversed(through.values())),
    )  # fmt: skip


def running_case(ctx: Context, definition: Definition, case_id: str) -> RunningCase:
    """A running case as its events say at this moment."""
    with ctx.store.transaction(ctx.organisation) as tx:
        own = facts.of_one(tx, case_id)
    return next(one for one in load(own, setting(ctx, definition)).log.running if one.id == case_id)


def _silent(asked: Asked, reason: str) -> ForecastView:
    return ForecastView(
        case=asked.ref, begun_at=asked.begun_at, usually=None, earliest=None, latest=None, cases=0, checked=0,
        place=None, late=None, reason=reason, sentence=f"No forecast: {reason}.",
    )  # fmt: skip


def forecast_view(
    analysis: Analysis,
    ref: CaseRef,
    begun_at: datetime,
    due_at: datetime | None,
    found: Forecast,
    now: datetime,
    *,
    paused_at: datetime | None = None,
    through: tuple[ActivityInstance, ...] = (),
) -> ForecastView:
    """A forecast in words and figures."""
    log = analysis.log
    parts = tuple(
        PartForecast(
            part=one.part, title=log.part_title(one.part), chance=one.chance, begins=one.begins, ends=one.ends,
            slack=one.slack, on_path=one.on_path,
            state="open" if one.is_open else "to come" if one.chance >= 0.9 else "may come",
        )
        for one in found.parts
    )  # fmt: skip
    done = tuple(
        StepDone(place=one.site.key, part=log.part_title(one.part), title=one.title or one.step) for one in through
    )
    steps = tuple(
        StepForecast(
            place=one.site.key, part=log.part_title(one.site.part), title=one.title, is_open=one.is_open,
            chance=one.chance, begins=one.begins, ends=one.ends, slack=one.slack, on_path=one.on_path,
        )
        for one in found.prospects
    )  # fmt: skip
    return ForecastView(
        case=ref, begun_at=begun_at, usually=found.usually, earliest=found.earliest, latest=found.latest,
        cases=found.cases, checked=found.checked, place=found.site.key if found.site is not None else None,
        late=found.usually > due_at if found.usually is not None and due_at is not None else None,
        sentence=_said(found, now, log.calendar.zone, paused_at), reason=found.reason, parts=parts, steps=steps, through=done,
    )  # fmt: skip


def _said(found: Forecast, now: datetime, zone: str, paused_at: datetime | None) -> str:
    """The forecast in words; of a case that stands still, as though it went on at once."""
    words = in_words(found, now, zone)
    if paused_at is None or found.usually is None:
        return words
    return f"Paused since {day(paused_at, zone, year=now.year)}; if it goes on now: {words[:1].lower()}{words[1:]}"
