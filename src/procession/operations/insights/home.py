"""The first page: one sentence about the process that loses most time, and what else is wrong."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Literal

from procession.analytics.words import percent, spell
from procession.engine.definition import Definition, Process
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.analysis import figure_of
from procession.operations.insights.diagnosing import VerdictView, insight_of, may_see
from procession.operations.insights.figures import kept_figure
from procession.operations.insights.places import places_of
from procession.operations.insights.read_log import Analysis
from procession.operations.values import CaseRef, DefinitionRef, definition_ref
from procession.store.transaction import Transaction

LOOKING_BACK: Final = timedelta(days=90)
"""How far back finished cases are held against their due date."""

FEWEST: Final = 10
"""Finished cases below which a share of late ones is not said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeLine:
    """One thing that is wrong, or that is as it should be."""

    about: Literal["late", "nobody", "handoff", "target"]
    """Late cases, tasks that nobody has, the handoff that waits longest, the workflow furthest off its target."""
    wrong: bool
    count: int
    text: str
    workflow: DefinitionRef | None = None
    case: CaseRef | None = None
    place: str | None = None
    """The key of the step or handoff on the map of `workflow`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HomeInsight:
    """What is wrong today."""

    process: DefinitionRef | None
    """The process that the sentence is about; null without one."""
    sentence: str
    verdict: VerdictView | None
    lines: tuple[HomeLine, ...]
    as_of: datetime
    """When the records of the process were read."""
    current: bool = True
    """Nothing has happened in it since. Else it is being worked in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetHome(Ask):
    """What is wrong today: the process that loses most time, and what needs somebody now."""


@operation("insight.home", scope="insights:read", http="GET /insights")
def home(ctx: Context, ask: GetHome) -> HomeInsight:
    latest = ctx.store.surroundings(ctx.organisation).latest
    known = {name: ctx.store.definition(ctx.organisation, name) for name in latest}
    seen = {name: one for name, one in known.items() if may_see(ctx, one)}
    processes = {one.id: figure_of(ctx, one, WEIGHT) for one in seen.values() if isinstance(one, Process)}
    worst = max(processes, key=lambda one: processes[one].order, default=None)

    def refer(name: str) -> DefinitionRef:
        return definition_ref(known[name], latest[name])

    with ctx.store.transaction(ctx.organisation) as tx:
        look = _Looking(ctx, tx, seen, refer)
        lines = (look.late(), look.nobody(), look.handoff(processes), look.target())
    if worst is None:
        return HomeInsight(process=None, sentence=_NO_PROCESS, verdict=None, lines=lines, as_of=ctx.at)
    found = insight_of(ctx, known[worst], refer(worst))
    return HomeInsight(
        process=found.process, sentence=found.verdict.sentence, verdict=found.verdict, lines=lines, as_of=found.as_of,
        current=found.current,
    )  # fmt: skip


_NO_PROCESS: Final = "No process is published yet. Join workflows into one, and this line says where it hurts."


@dataclass(frozen=True, slots=True, kw_only=True)
class Unseen:
    """What was handed over and nobody has looked at yet."""

    count: int
    ready: datetime
    """Since when the one that waits longest has waited."""
    case_id: str
    place: str | None
    """The key of the handoff."""
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Weight:
    """How urgent a process is, among all."""

    order: tuple[int, float]
    unseen: Unseen | None


@kept_figure("weight", Weight)
def WEIGHT(analysis: Analysis) -> Weight:  # noqa: N802 - the decorator makes it a constant
    """What Home compares processes by."""
    return Weight(order=_lost_a_day(analysis), unseen=_unseen(analysis))


def _unseen(analysis: Analysis) -> Unseen | None:
    waiting = [one for one in analysis.log.open if one.handoff is not None and one.first_opened is None]
    if not waiting:
        return None
    one = min(waiting, key=lambda open_: open_.ready)
    titles = {place.map_key: place for place in places_of(analysis) if place.kind == "handoff"}
    place = titles.get(one.handoff or "")
    return Unseen(
        count=len(waiting), ready=one.ready, case_id=one.case_id, place=place.key if place is not None else None,
        title=place.title if place is not None else analysis.log.part_title(one.part),
    )  # fmt: skip


def _lost_a_day(analysis: Analysis) -> tuple[int, float]:
    """What comes first: what was measured to be wrong, by the working time that cases lose a day; then what people say
    is wrong, by what a case loses; then what is not sure."""
    if analysis.rests_on_said and analysis.said is not None and analysis.said.verdict is not None:
        verdict = analysis.said.verdict
        return (1, verdict.lost) if verdict.kind in ("process", "workflow") else (0, 0.0)
    if not analysis.log.cases:
        return -1, 0.0
    days = (max(c.end for c in analysis.log.cases) - min(c.begin for c in analysis.log.cases)).total_seconds() / 86400
    if analysis.verdict.kind not in ("process", "workflow"):
        return 0, 0.0
    return 2, analysis.verdict.lost * len(analysis.log.cases) / max(days, 1.0)


_LATE = """
SELECT c.id::text, c.name, c.definition, c.due_at, count(*) OVER () FROM cases c
WHERE c.organisation = :organisation AND c.status = 'open' AND c.parent IS NULL AND c.due_at < :now
    AND c.definition = ANY(:seen)
ORDER BY c.due_at LIMIT 1
"""

_NOBODY = """
SELECT t.case_id::text, c.name, t.definition, t.title, t.ready_at, t.step, count(*) OVER () FROM tasks t
JOIN cases c ON c.organisation = t.organisation AND c.id = t.case_id
WHERE t.organisation = :organisation AND t.status = 'open' AND t.assignee IS NULL AND t.definition = ANY(:seen)
ORDER BY t.ready_at LIMIT 1
"""

_TARGET = """
SELECT c.definition, count(*), count(*) FILTER (WHERE c.closed_at > c.due_at) FROM cases c
WHERE c.organisation = :organisation AND c.status = 'done' AND c.due_at IS NOT NULL AND c.kind = 'workflow'
    AND c.closed_at > :since AND c.definition = ANY(:seen)
GROUP BY c.definition HAVING count(*) >= :fewest
ORDER BY count(*) FILTER (WHERE c.closed_at > c.due_at)::float / count(*) DESC, count(*) DESC, c.definition LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class _Looking:
    """What needs somebody now, among what the caller may see."""

    ctx: Context
    tx: Transaction
    seen: dict[str, Definition]
    refer: Callable[[str], DefinitionRef]

    def _first(self, statement: str, **more: Any) -> tuple[Any, ...] | None:
        rows = self.tx.rows_of(statement, seen=list(self.seen), **more)
        return rows[0] if rows else None

    def _ago(self, since: datetime) -> str:
        """How long ago, in working time."""
        calendar = self.ctx.store.surroundings(self.ctx.organisation).calendar
        hours = [sum(end - start for start, end in day) for day in calendar.hours if day]
        day = 60.0 * sum(hours) / len(hours)
        return spell(max(0.0, calendar.working_between(since, self.ctx.at).total_seconds()), day)

    def late(self) -> HomeLine:
        found = self._first(_LATE, now=self.ctx.at)
        if found is None:
            return HomeLine(about="late", wrong=False, count=0, text="No running case is late.")
        case, name, definition, due, count = found
        many = f"{count} running cases are late" if count > 1 else "1 running case is late"
        return HomeLine(
            about="late", wrong=True, count=count,
            text=f"{many}; “{name}” has been late for {self._ago(due)}.",
            workflow=self.refer(definition), case=CaseRef(id=case, name=name, status="open"),
        )  # fmt: skip

    def nobody(self) -> HomeLine:
        found = self._first(_NOBODY)
        if found is None:
            return HomeLine(about="nobody", wrong=False, count=0, text="Every open task has somebody.")
        case, name, definition, title, ready, step, count = found
        many = f"{count} open tasks have nobody" if count > 1 else "1 open task has nobody"
        return HomeLine(
            about="nobody",
            wrong=True,
            count=count,
            text=f"{many}; “{title}” of “{name}” has lain for {self._ago(ready)}.",
            workflow=self.refer(definition),
            case=CaseRef(id=case, name=name, status="open"),
            place=f"{definition}/{step}",
        )

    def handoff(self, processes: Mapping[str, Weight]) -> HomeLine:
        """Of everything handed over that nobody has looked at yet, what waits longest."""
        waiting = {name: one.unseen for name, one in processes.items() if one.unseen is not None}
        if not waiting:
            return HomeLine(
                about="handoff", wrong=False, count=0, text="Nothing that was handed over waits to be seen."
            )
        process = min(waiting, key=lambda name: waiting[name].ready)
        one = waiting[process]
        row = next(iter(self.tx.cases.rows([one.case_id])), None)
        name = f"“{row.name}”" if row is not None else "a case"
        return HomeLine(
            about="handoff", wrong=True, count=sum(each.count for each in waiting.values()),
            text=f"{one.title}: {name} was handed over {self._ago(one.ready)} ago, and nobody has looked.",
            workflow=self.refer(process), place=one.place,
            case=CaseRef(id=one.case_id, name=row.name if row is not None else "a case", status="open"),
        )  # fmt: skip

    def target(self) -> HomeLine:
        found = self._first(_TARGET, since=self.ctx.at - LOOKING_BACK, fewest=FEWEST)
        if found is None or not found[2]:
            return HomeLine(about="target", wrong=False, count=0, text="Every workflow keeps its target.")
        definition, count, late = found
        one = self.seen[definition]
        return HomeLine(
            about="target",
            wrong=True,
            count=late,
            text=f"{one.title}: {percent(late / count)} of {count} cases of the last {LOOKING_BACK.days} days "
            f"took longer than {one.target}.",
            workflow=self.refer(definition),
        )
