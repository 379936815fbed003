"""A process under the glass: what holds its cases up, what a change would save."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from procession.analytics.attribution import SiteCost
from procession.analytics.log import Site
from procession.analytics.whatif import WhatIf
from procession.analytics.words import spell
from procession.engine.definition import Definition
from procession.engine.rejections import InvalidField, NotFound
from procession.operations import access
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.analysis import analysis_of, figure_of, read_at
from procession.operations.insights.figures import kept_figure
from procession.operations.insights.places import PlaceView, places_of, site_named
from procession.operations.insights.read_log import Analysis
from procession.operations.insights.stated import StatedView, stated_view
from procession.operations.values import DefinitionRef, definition_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class SlowPlace:
    """A step or handoff that costs cases more time than it should. Times are seconds of working time."""

    key: str
    """Hand it in as `place` to ask what making it instant would save."""
    title: str
    kind: Literal["step", "handoff"]
    lost: float
    """Per case, beyond what it should take."""
    share: float
    """Of all lost time."""
    mean: float
    """Per visit."""
    should: float
    """What it should take: its due time, or what the fastest quarter of visits stays under."""
    departments: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VerdictView:
    """Workflow problem or process problem, in words and figures. Times are seconds of working time per case."""

    kind: Literal["workflow", "process", "target", "healthy", "undecided", "not enough data"]
    """`target`: no place loses time, and yet many end late, because they wait for dates that they name themselves."""
    sentence: str
    """The whole of it in one line."""
    subject: str
    number: str
    cause: str
    detail: str
    action: str
    confidence: float
    """The share of resamples that agree."""
    cases: int
    """Finished cases that it rests on."""
    lost: float
    cycle: float
    late: float | None
    """The share of finished cases over the target; null without one."""
    departments: tuple[str, ...]
    """The fewest that can remove four fifths of the lost time together."""
    top: str | None
    """The key of the place to begin with."""
    places: tuple[SlowPlace, ...]
    """Worst first."""
    basis: Literal["measured", "stated"] = "measured"
    """Finished cases, or what people say it takes while there are too few of them; never both."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ParetoBar:
    """One bar of the vital few; its excess is in seconds of working time per case."""

    key: str
    title: str
    excess: float
    share: float
    cumulative: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessInsight:
    """What the records say about a process, or about a workflow that is looked at alone."""

    process: DefinitionRef
    verdict: VerdictView
    cases: int
    running: int
    cycle_median: float | None
    """Of finished cases, in seconds, nights and weekends included."""
    cycle_85: float | None
    efficiency: float | None
    """Work on the critical path as a share of the cycle without closed hours."""
    shares: dict[str, float]
    """How the cycle divides into working, waiting, handoff, outside and closed hours."""
    places: tuple[PlaceView, ...]
    pareto: tuple[ParetoBar, ...]
    vital: int | None
    """The fewest bars that surely hold four fifths of the lost time; null when no number is sure to."""
    estimated: bool
    """Some times are estimated rather than recorded."""
    left_out: int
    """Finished cases whose records contradict themselves."""
    as_of: datetime
    """When the records were read."""
    stated: StatedView | None = None
    """What people say it takes, place by place; null where nobody does."""
    current: bool = True
    """Nothing has happened since. Else it is being worked in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetInsight(Ask):
    """What holds the cases of a process (or workflow) up, with the figures for its map."""

    process: str
    """Its id."""


@operation("insight.process", scope="insights:read", http="GET /insights/{process}")
def process_insight(ctx: Context, ask: GetInsight) -> ProcessInsight:
    definition, ref = seen(ctx, ask.process)
    return insight_of(ctx, definition, ref)


def insight_of(ctx: Context, definition: Definition, ref: DefinitionRef) -> ProcessInsight:
    """What is said of a process or workflow, with when it was read."""
    found = figure_of(ctx, definition, INSIGHT)
    as_of, behind = read_at(ctx, definition)
    return replace(found, process=ref, as_of=as_of, current=not behind)


@kept_figure("insight", ProcessInsight)
def INSIGHT(analysis: Analysis) -> ProcessInsight:  # noqa: N802 - the decorator makes it a constant
    """All but who it is about and when it was read."""
    measures = analysis.measures
    cycle = measures.cycle
    said = analysis.said
    few = said.pareto if said is not None and analysis.rests_on_said else analysis.pareto
    visits = {site: one.visits for site, one in measures.places.items()}
    bars = tuple(
        ParetoBar(
            key=one.key,
            title=one.title,
            excess=one.excess,
            share=one.share,
            cumulative=one.cumulative,
            low=one.low,
            high=one.high,
        )
        for one in few.items
    )
    return ProcessInsight(
        process=definition_ref(analysis.definition, 0),
        verdict=verdict_view(analysis),
        cases=measures.cases,
        running=len({one.case_id for one in analysis.log.open}),
        cycle_median=cycle.median.total_seconds() if cycle is not None else None,
        cycle_85=cycle.p85.total_seconds() if cycle is not None and cycle.p85 is not None else None,
        efficiency=measures.efficiency,
        shares=dict(measures.shares),
        places=places_of(analysis),
        pareto=bars,
        vital=few.vital,
        estimated=measures.evidence == "estimated",
        left_out=len(analysis.loaded.left_out),
        as_of=analysis.as_of,
        stated=stated_view(said, visits) if said is not None else None,
    )


def visible(ctx: Context, definition_id: str) -> tuple[Analysis, DefinitionRef]:
    """The analysis, if the caller may see every case it rests on. Raises NotFound."""
    definition, ref = seen(ctx, definition_id)
    return analysis_of(ctx, definition), ref


def seen(ctx: Context, definition_id: str) -> tuple[Definition, DefinitionRef]:
    """The process or workflow, if the caller may see all of its cases. Raises NotFound."""
    latest = ctx.store.surroundings(ctx.organisation).latest
    definition = ctx.store.definition(ctx.organisation, definition_id) if definition_id in latest else None
    if definition is None or not may_see(ctx, definition):
        raise NotFound(f"There is no process or workflow '{definition_id}' here, or none whose cases you may all see.")
    return definition, definition_ref(definition, latest[definition_id])


def may_see(ctx: Context, definition: Definition) -> bool:
    """Figures over all cases are for those who may see all cases."""
    return access.sees_all_of(ctx.caller, definition)


def verdict_view(analysis: Analysis) -> VerdictView:
    """The verdict in words and figures: of what was measured, else of what people say, where that is enough."""
    verdict, words = analysis.verdict, analysis.words
    if analysis.rests_on_said and analysis.said is not None:
        verdict, words = analysis.said.verdict or verdict, analysis.said.words or words
    day = verdict.measured.day
    slow = tuple(
        SlowPlace(
            key=one.cost.site.key, title=one.cost.title, kind=one.cost.site.kind, lost=one.seconds, share=one.share,
            mean=one.cost.mean, should=one.cost.reference, departments=one.cost.departments,
            text=_takes(one.cost, day, stated=verdict.stated),
        )
        for one in verdict.evidence
    )  # fmt: skip
    top = verdict.top
    return VerdictView(
        kind=verdict.kind, sentence=words.text, subject=words.subject, number=words.number, cause=words.cause,
        detail=words.detail, action=words.action, confidence=verdict.confidence, cases=verdict.cases, lost=verdict.lost,
        cycle=verdict.cycle, late=verdict.late, departments=verdict.departments,
        top=top.cost.site.key if top is not None else None, places=slow,
        basis="stated" if verdict.stated else "measured",
    )  # fmt: skip


def _takes(cost: SiteCost, day: float, *, stated: bool) -> str:
    if stated and not cost.reference:
        return f"{cost.title} is said to wait {spell(cost.mean, day)}"
    says = "is said to take" if stated else "takes"
    return f"{cost.title} {says} {spell(cost.mean, day)} and should take {spell(cost.reference, day)}"


# --- what if ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeInstant(Ask):
    """What it would have saved if a step or handoff had taken no time, by re-timing the finished cases."""

    process: str
    """Its id."""
    place: str
    """The key of a step or handoff, as `insight.process` gives it."""
    remove: Literal["everything", "waiting", "working"] = "everything"
    """What takes no time any more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantView:
    """The answer. Times are seconds of working time per case; null where there is too little history."""

    place: str
    title: str | None
    cases: int
    """Finished cases that it rests on."""
    saved: float | None
    low: float | None
    """The 95 % interval of the mean saving."""
    high: float | None
    before: float | None
    share: float | None
    """Of the cycle."""
    sentence: str
    interval: str
    """The interval in words; empty where nothing is said."""
    as_of: datetime


@operation("insight.make_instant", scope="insights:read", http="GET /insights/{process}/instant")
def instant(ctx: Context, ask: MakeInstant) -> InstantView:
    definition, _ = seen(ctx, ask.process)
    worst = figure_of(ctx, definition, WORST_INSTANT)
    if worst is not None and (worst.place, ask.remove) == (ask.place, "everything"):
        return worst
    analysis = analysis_of(ctx, definition)
    site = site_named(analysis, ask.place)
    if not analysis.has_enough:
        return InstantView(
            place=ask.place, title=None, cases=len(analysis.log.cases), saved=None, low=None, high=None, before=None,
            share=None, sentence=f"Too little history: it {analysis.lacking}.", interval="", as_of=analysis.as_of,
        )  # fmt: skip
    if site is None:
        raise InvalidField("place", f"No finished case has a step or handoff '{ask.place}'.")
    return instant_view(analysis, site, analysis.instant(site, ask.remove))


@kept_figure("worst instant", InstantView | None)
def WORST_INSTANT(analysis: Analysis) -> InstantView | None:  # noqa: N802 - the decorator makes it a constant
    """What the place to begin with would have saved: the first pages say it."""
    top = analysis.verdict.top
    if top is None or not analysis.has_enough:
        return None
    return instant_view(analysis, top.cost.site, analysis.instant(top.cost.site, "everything"))


def instant_view(analysis: Analysis, site: Site, found: WhatIf) -> InstantView:
    """The answer in words and figures."""
    day = analysis.measured.day
    return InstantView(
        place=site.key, title=found.title, cases=found.cases, saved=found.saved, low=found.low, high=found.high,
        before=found.before, share=found.share, sentence=f"{found.sentence}.",
        interval=f"With 95 % confidence between {spell(found.low, day)} and {spell(found.high, day)} per case{_why_low(found)}.",
        as_of=analysis.as_of,
    )  # fmt: skip


def _why_low(found: WhatIf) -> str:
    return (
        ". The lower end is what its work alone takes: who waited for its people may wait for the next people instead"
        if found.is_low_by_work
        else ""
    )
