"""Which place to fix first: what it costs, how often, how many it drives crazy, and how many have to agree."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from procession.analytics.words import spell
from procession.engine.case import split_task_id
from procession.engine.definition import Definition, Process
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.analysis import figure_of
from procession.operations.insights.diagnosing import may_see
from procession.operations.insights.figures import kept_figure
from procession.operations.insights.read_log import Analysis
from procession.operations.tasks import GetTask, get_task
from procession.operations.values import DefinitionRef, definition_ref

LOOKING_BACK: Final = timedelta(days=90)
"""How far back reports count."""
GROUP: Final = 5
"""Reports are shown in groups of so many people, so that nobody is pointed at."""
MOST: Final = 20
FEWEST_WEEKS: Final = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportTask(Ask):
    """Say that the step of a task drives you crazy. It counts once a week for each person, and is shown in groups of five
    people only."""

    task_id: str
    """A task that you see."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reported:
    """What came of it."""

    counted: bool
    """False where you have said it of this step this week already."""


@operation("task.report", scope="tasks:write", http="POST /tasks/{task_id}/report")
def report_task(ctx: Context, ask: ReportTask) -> Reported:
    get_task(ctx, GetTask(task_id=ask.task_id))  # raises NotFound where the caller may not see it
    case_id, activation = split_task_id(ask.task_id)
    with ctx.store.transaction(ctx.organisation) as tx:
        ((definition, step),) = tx.rows_of(
            "SELECT definition, step FROM tasks WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
            "AND activation = :activation",
            case=case_id, activation=activation,
        )  # fmt: skip
        return Reported(counted=tx.step_reports.add(definition, step, ctx.caller.id, ctx.at))


@dataclass(frozen=True, slots=True, kw_only=True)
class Painful:
    """A step or handoff, with what makes it worth fixing."""

    definition: DefinitionRef
    """The process, or the workflow that runs alone."""
    key: str
    """The place on its map."""
    title: str
    kind: Literal["step", "handoff"]
    lost: float
    """Working time per case on the critical path beyond what it should take, in seconds."""
    cases_a_week: float
    reports: int
    """People whom it drives crazy, of the last 90 days, rounded down to fives."""
    some_reports: bool
    """There are some, and fewer than five."""
    departments: tuple[str, ...]
    """Who has to agree."""
    effort: int
    """1 where one department can do it; each further one counts twice, since redesigning a connection takes weeks."""
    score: float
    """lost hours × cases a week × (1 + reports) ÷ effort."""
    sum: str
    """The sum as one would write it."""
    takes: str
    """How long such a fix usually takes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FixFirst:
    """What to fix first."""

    places: tuple[Painful, ...]
    """Most worth it first."""
    looked_at: tuple[DefinitionRef, ...]
    """Processes and workflows with cases enough to say something."""
    too_few: tuple[DefinitionRef, ...]
    """Those with too few finished cases."""
    as_of: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GetFixFirst(Ask):
    """Which step or handoff to fix first, over all processes and workflows whose cases you may all see: lost time × cases ×
    reports ÷ effort."""


@operation("insight.fix_first", scope="insights:read", http="GET /insights/fix-first")
def fix_first(ctx: Context, ask: GetFixFirst) -> FixFirst:
    latest = ctx.surroundings.latest
    seen = {name: one for name in latest if may_see(ctx, one := ctx.definition(name))}
    parts = {member.use for one in seen.values() if isinstance(one, Process) for member in one.members.values()}
    with ctx.store.transaction(ctx.organisation) as tx:
        reports = tx.step_reports.people(ctx.at - LOOKING_BACK)
    found: list[Painful] = []
    enough, few = list[DefinitionRef](), list[DefinitionRef]()
    for name, one in seen.items():
        if name in parts:
            continue  # its cases are counted where it is a part
        ref, costs = definition_ref(one, latest[name]), figure_of(ctx, one, COSTS)
        if costs is None:
            few.append(ref)
            continue
        enough.append(ref)
        found.extend(_places(costs, one, ref, reports))
    found.sort(key=lambda place: (-place.score, place.definition.title, place.title))
    return FixFirst(places=tuple(found[:MOST]), looked_at=tuple(enough), too_few=tuple(few), as_of=ctx.at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceCost:
    """What a step or handoff costs its cases."""

    key: str
    part: str
    name: str
    title: str
    kind: Literal["step", "handoff"]
    lost: float
    departments: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """The places of a process or workflow that lose time."""

    cases_a_week: float
    day: float
    places: tuple[PlaceCost, ...]


@kept_figure("costs", Costs | None)
def COSTS(analysis: Analysis) -> Costs | None:  # noqa: N802 - the decorator makes it a constant
    """What every place loses; nothing where too few cases have finished."""
    if not analysis.has_enough:
        return None
    cases = analysis.log.cases
    span = max(case.end for case in cases) - min(case.begin for case in cases)
    lost = [(cost, sum(cost.excess()) / len(cases)) for cost in analysis.measured.costs]
    places = tuple(
        PlaceCost(
            key=cost.site.key, part=cost.site.part, name=cost.site.name, title=cost.title, kind=cost.site.kind,
            lost=seconds, departments=cost.departments,
        )
        for cost, seconds in lost
        if seconds > 0
    )  # fmt: skip
    weeks = max(span / timedelta(weeks=1), FEWEST_WEEKS)
    return Costs(cases_a_week=len(cases) / weeks, day=analysis.measured.day, places=places)


def _places(
    costs: Costs, definition: Definition, ref: DefinitionRef, reports: dict[tuple[str, str], int]
) -> list[Painful]:
    found: list[Painful] = []
    a_week = costs.cases_a_week
    for cost in costs.places:
        lost = cost.lost
        hours = lost / 3600
        people = reports.get(_step_of(cost, definition), 0)
        shown = people // GROUP * GROUP
        departments = cost.departments
        effort = 1 + 2 * max(len(departments) - 1, 0)
        found.append(
            Painful(
                definition=ref, key=cost.key, title=cost.title, kind=cost.kind, lost=lost, cases_a_week=a_week,
                reports=shown, some_reports=0 < people < GROUP, departments=departments, effort=effort,
                score=hours * a_week * (1 + shown) / effort,
                sum=f"{spell(lost, costs.day)} × {a_week:.1f} cases a week × {1 + shown} ÷ {effort}",
                takes="days: one department can do it" if effort == 1 else f"weeks: {len(departments)} departments have to agree",
            )
        )  # fmt: skip
    return found


def _step_of(cost: PlaceCost, definition: Definition) -> tuple[str, str]:
    """The workflow and step that people report; of a handoff, one that nobody can."""
    if cost.kind == "handoff":
        return "", ""
    if isinstance(definition, Process):
        member = definition.members.get(cost.part)
        return (member.use if member is not None else cost.part), cost.name
    return definition.id, cost.name
