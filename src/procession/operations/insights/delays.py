"""What a delay at one place does to the end of a case: the cascade, cause by cause; and what less time there saves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from procession.analytics.attribution import working_day
from procession.analytics.cascade import Cascade, Delay, cascade, way_of
from procession.analytics.forecast.words import day, lines_of, sentence_of, sums_of
from procession.analytics.log import Site
from procession.analytics.sooner import sooner
from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.durations import Span, SpanError, parse_span
from procession.engine.rejections import InvalidField
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.diagnosing import visible
from procession.operations.insights.easing import SoonerView, sooner_view
from procession.operations.insights.places import site_named
from procession.operations.insights.read_log import Analysis
from procession.operations.insights.tracking import asked_of

LATE = "3 business days"
"""The delay that is asked about where nothing else is said."""
_LONGEST = 1000 * 86_400
"""Seconds: further than any forecast reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskDelay(Ask):
    """What it would do to the end of a running case if a step ended later: the cascade, cause by cause."""

    case_id: str
    """The case."""
    place: str
    """The key of a step that is open or to come, as `insight.forecast` gives it, or the name of a member: then its first
    such step. Of a step that is done, finished cases are asked."""
    late: str = LATE
    """How much later, such as `3 business days`, `4 hours` or `1 week`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskPastDelay(Ask):
    """What it would have done to finished cases if a step had ended later: the cascade, cause by cause. And the mirror:
    what as much less time there saves at the end."""

    process: str
    """The id of a process or workflow."""
    place: str
    """The key of a step or handoff, as `insight.process` gives it or as the map has it; or the name of a member: then its
    first step."""
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
    sums: str
    """The same, each cause added up."""
    moved: tuple[MovedPart, ...]
    """Workflows whose end moves, the furthest first."""
    sooner: SoonerView | None = None
    """The mirror, of finished cases: what as much less at the place saves; null where a running case is asked about."""
    desks: int = 0
    """Desks whose queue was played again. Where people are recorded at several things at once there is no queue to play:
    waits count as they were."""
    reason: str | None = None
    """Why nothing is said."""


@operation("insight.delay", scope="insights:read", http="GET /cases/{case_id}/delay")
def delay(ctx: Context, ask: AskDelay) -> DelayView:
    span = _span(ask.late)
    asked = asked_of(ctx, ask.case_id)
    if asked.found is None or asked.analysis is None:
        return _no_delay(ask.place, span, asked.reason)
    found = asked.found
    if found.usually is None:
        return _no_delay(ask.place, span, found.reason or "")
    sites = [one.site for one in found.prospects]
    log, forecaster = asked.analysis.log, asked.analysis.forecaster
    late = _delay(span, log.calendar)
    through = next((one.site for one in asked.through if one.site.key == ask.place and one.site not in sites), None)
    if through is not None:
        past = cascade([way_of(course) for course in forecaster.courses.all], through, late, forecaster.queues)
        if past is not None:
            return _delay_view(asked.analysis, past, span, None, None)
    site = _site(sites, ask.place)
    shown = cascade(found.futures, site, late, forecaster.queues)
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
    forecaster, span_ = analysis.forecaster, _delay(span, analysis.log.calendar)
    courses = forecaster.courses
    steps = dict.fromkeys(stop.site for course in courses.all for stop in course.stops)
    handoffs = dict.fromkeys(
        stop.handoff for course in courses.all for stop in course.stops if stop.handoff is not None
    )
    named = site_named(analysis, ask.place)
    known = named is not None and (named in steps or named in handoffs)
    site = named if known and named is not None else _site([*steps, *handoffs], ask.place)
    ways = [way_of(course) for course in courses.all]
    shown = cascade(ways, site, span_, forecaster.queues)
    less = sooner(courses.all, courses.line(), site, span_, forecaster.queues)
    assert shown is not None, "every place is of some case"
    assert less is not None
    view = _delay_view(analysis, shown, span, None, None)
    day_ = working_day(analysis.log.calendar)
    asked = span_.seconds if span_.working else 0.0  # of time by the clock nobody can say how much of it is worked
    return replace(view, sooner=sooner_view(less, view.title, _in_words(span), asked, day_))


def _in_words(span: Span) -> str:
    return "a working day" if (text := str(span).replace("business", "working")) == "1 working days" else text


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
        amplification=0.0, before=None, after=None, sentence=f"Nothing can be said: {reason}.", lines=(), sums="", moved=(),
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
        amplification=found.amplification, before=before, after=after, sentence=sentence, sums=sums_of(found), moved=tuple(moved),
        lines=tuple(
            DelayLine(cause=cause, text=text, later=later) for cause, text, later in lines_of(found, log.calendar.zone)
        ),
    )  # fmt: skip
