"""A running case and its end: when it will have ended, what is to come, and what a delay would do to it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from procession.analytics.attribution import working_day
from procession.analytics.cascade import Cascade, Delay, cascade, way_of
from procession.analytics.forecast import Forecast
from procession.analytics.forecast.words import day, in_words, lines_of, sentence_of
from procession.analytics.log import RunningCase, Site
from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.definition import Definition
from procession.engine.durations import Span, SpanError, parse_span
from procession.engine.instants import from_instant
from procession.engine.rejections import InvalidField
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights import facts
from procession.operations.insights.analysis import Analysis, analysis_of, setting
from procession.operations.insights.diagnosing import visible
from procession.operations.insights.loader import load
from procession.operations.loading import case_of
from procession.operations.values import CaseRef

LATE = "3 business days"
"""The delay that is asked about where nothing else is said."""
_LONGEST = 1000 * 86_400
"""Seconds: further than any forecast reaches."""


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


@operation("insight.forecast", scope="insights:read", http="GET /cases/{case_id}/forecast")
def forecast(ctx: Context, ask: GetForecast) -> ForecastView:
    asked = _asked(ctx, ask.case_id)
    if asked.found is None or asked.analysis is None:
        return _silent(asked, asked.reason)
    return forecast_view(
        asked.analysis, asked.ref, asked.begun_at, asked.due_at, asked.found, ctx.at, paused_at=asked.paused_at
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
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


def _asked(ctx: Context, case_id: str) -> _Asked:
    with ctx.store.transaction(ctx.organisation) as tx:
        asked = case_of(ctx, tx, case_id)
        case = tx.cases.get(asked.process_case) if asked.process_case is not None else asked
        row = tx.cases.row(case.id)
    ref = CaseRef(id=case.id, name=case.name, status=case.status)
    if not case.is_open:
        return _Asked(ref=ref, begun_at=row.started_at, due_at=row.due_at, reason="the case has ended")
    if case.definition not in ctx.surroundings.latest:
        return _Asked(ref=ref, begun_at=row.started_at, due_at=row.due_at, reason="its workflow is retired")
    definition = ctx.definition(case.definition)
    analysis = analysis_of(ctx, definition)
    running = running_case(ctx, definition, case.id)
    found = analysis.forecaster.forecast(running, ctx.at)
    paused_at = from_instant(case.paused_at) if case.paused_at is not None else None
    return _Asked(
        ref=ref, begun_at=row.started_at, due_at=row.due_at, analysis=analysis, found=found, paused_at=paused_at
    )


def running_case(ctx: Context, definition: Definition, case_id: str) -> RunningCase:
    """A running case as its events say at this moment."""
    with ctx.store.transaction(ctx.organisation) as tx:
        own = facts.of_one(tx, case_id)
    return next(one for one in load(own, setting(ctx, definition)).log.running if one.id == case_id)


def _silent(asked: _Asked, reason: str) -> ForecastView:
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
        sentence=_said(found, now, log.calendar.zone, paused_at), reason=found.reason, parts=parts, steps=steps,
    )  # fmt: skip


def _said(found: Forecast, now: datetime, zone: str, paused_at: datetime | None) -> str:
    """The forecast in words; of a case that stands still, as though it went on at once."""
    words = in_words(found, now, zone)
    if paused_at is None or found.usually is None:
        return words
    return f"Paused since {day(paused_at, zone, year=now.year)}; if it goes on now: {words[:1].lower()}{words[1:]}"


# --- what if it is late ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDelay(Ask):
    """What it would do to the end of a running case if a step ended later: the cascade, cause by cause."""

    case_id: str
    """The case."""
    place: str
    """The key of a step that is open or to come, as `insight.forecast` gives it, or the name of a member: then its first
    such step."""
    late: str = LATE
    """How much later, such as `3 business days`, `4 hours` or `1 week`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPastDelay(Ask):
    """What it would have done to finished cases if a step had ended later: the cascade, cause by cause."""

    process: str
    """The id of a process or workflow."""
    place: str
    """The key of a step, as `insight.process` gives it, or the name of a member: then its first step."""
    late: str = LATE
    """How much later, such as `3 business days`, `4 hours` or `1 week`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayLine:
    """One cause on the way of the delay to the end."""

    cause: Literal["delay", "slack", "gate", "date", "calendar", "queue"]
    text: str
    later: float
    """How much later things are after it: seconds by the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovedPart:
    """A workflow whose end moves."""

    part: str
    title: str
    later: float
    """The median: seconds by the clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DelayView:
    """What a delay does. Times are seconds by the clock."""

    place: str
    title: str
    late: str
    ways: int
    """Ways the case may go on, or finished cases, that come to the place."""
    unchanged: float
    """The share that ends no later."""
    usually: float
    """How much later the end is: the median."""
    average: float
    low: float
    """8 of 10 lie between this …"""
    high: float
    """… and this."""
    amplification: float
    """What each hour of the delay costs at the end, on average."""
    before: datetime | None
    """The end without the delay; null where finished cases are asked about."""
    after: datetime | None
    sentence: str
    lines: tuple[DelayLine, ...]
    """A typical way, cause by cause; they add up to its delay."""
    moved: tuple[MovedPart, ...]
    """Workflows whose end moves, the furthest first."""
    desks: int = 0
    """Desks whose queue was played again. Where people are recorded at several things at once there is no queue to play:
    waits count as they were."""
    reason: str | None = None
    """Why nothing is said."""


@operation("insight.delay", scope="insights:read", http="GET /cases/{case_id}/delay")
def delay(ctx: Context, ask: AskDelay) -> DelayView:
    span = _span(ask.late)
    asked = _asked(ctx, ask.case_id)
    if asked.found is None or asked.analysis is None:
        return _no_delay(ask.place, span, asked.reason)
    found = asked.found
    if found.usually is None:
        return _no_delay(ask.place, span, found.reason or "")
    sites = [one.site for one in found.prospects]
    site = _site(sites, ask.place)
    log = asked.analysis.log
    shown = cascade(found.futures, site, _delay(span, log.calendar), asked.analysis.forecaster.queues)
    assert shown is not None  # every prospect is in some way
    after = found.usually + timedelta(seconds=shown.usually)
    if log.calendar.is_working(found.usually) and not log.calendar.is_working(after):
        after = log.calendar.last_working(after)
    return _delay_view(asked.analysis, shown, span, found.usually, after)


@operation("insight.past_delay", scope="insights:read", http="GET /insights/{process}/delay")
def past_delay(ctx: Context, ask: AskPastDelay) -> DelayView:
    span = _span(ask.late)
    analysis, _ = visible(ctx, ask.process)
    if not analysis.has_enough:
        return _no_delay(ask.place, span, f"it {analysis.lacking}")
    courses = analysis.forecaster.courses
    sites = list(dict.fromkeys(stop.site for course in courses.all for stop in course.stops))
    ways = [way_of(course) for course in courses.all]
    queues = analysis.forecaster.queues
    shown = cascade(ways, _site(sites, ask.place), _delay(span, analysis.log.calendar), queues)
    assert shown is not None  # every site is of some case
    return _delay_view(analysis, shown, span, None, None)


def _span(text: str) -> Span:
    try:
        span = parse_span(text)
    except SpanError as wrong:
        raise InvalidField("late", f"{wrong}.", hint=wrong.hint) from None
    if not span.amount:
        raise InvalidField("late", "No delay is no question.", hint=f"Write how much later, such as {LATE}.")
    if _delay(span, STANDARD).seconds > _LONGEST:
        raise InvalidField(
            "late", "That is longer than any forecast reaches.", hint=f"Write it shorter, such as {LATE}."
        )
    return span


def _delay(span: Span, calendar: WorkCalendar) -> Delay:
    """Business days and hours are working time; days, weeks and hours go by the clock."""
    if span.unit == "business days":
        return Delay(float(span.amount) * working_day(calendar))
    if span.is_business:
        return Delay(float(span.amount) * 3600)
    units = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400, "weeks": 604_800, "months": 2_629_800}
    return Delay(float(span.amount) * units[span.unit], working=False)


def _site(sites: Sequence[Site], place: str) -> Site:
    found = next((one for one in sites if place == one.key), None) or next((s for s in sites if place == s.part), None)
    if found is None:
        known = ", ".join(dict.fromkeys(one.key for one in sites[:8]))
        raise InvalidField("place", f"Nothing that is open or to come is called '{place}'.", hint=f"There is {known}.")
    return found


def _no_delay(place: str, span: Span, reason: str) -> DelayView:
    return DelayView(
        place=place, title=place, late=str(span), ways=0, unchanged=0.0, usually=0.0, average=0.0, low=0.0, high=0.0,
        amplification=0.0, before=None, after=None, sentence=f"Nothing can be said: {reason}.", lines=(), moved=(),
        reason=reason,
    )  # fmt: skip


def _delay_view(
    analysis: Analysis, found: Cascade, span: Span, before: datetime | None, after: datetime | None
) -> DelayView:
    log = analysis.log
    moved = [
        MovedPart(part=part, title=log.part_title(part), later=later)
        for part, later in sorted(found.parts.items(), key=lambda pair: -pair[1])
        if later >= 60
    ]
    title = found.title if found.site.part == log.process else f"{found.title} ({log.part_title(found.site.part)})"
    late = str(span).replace("business", "working")
    sentence = sentence_of(found, late)
    if before is not None and after is not None:
        zone = log.calendar.zone
        ends = f" {day(after, zone, weekday=True)} instead of {day(before, zone, weekday=True)}."
        sentence += f" It then probably ends{ends}" if found.usually >= 60 else ""
    return DelayView(
        place=found.site.key, title=title, late=str(span), ways=found.ways, unchanged=found.unchanged,
        desks=len(analysis.forecaster.queues.desks), usually=found.usually, average=found.average, low=found.low, high=found.high,
        amplification=found.amplification, before=before, after=after, sentence=sentence, moved=tuple(moved),
        lines=tuple(
            DelayLine(cause=cause, text=text, later=later) for cause, text, later in lines_of(found, log.calendar.zone)
        ),
    )  # fmt: skip
