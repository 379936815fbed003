"""Before a step of people is automated: what that would do to the whole process, and whether the step is ready for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from procession.analytics.log import Site
from procession.analytics.readiness import Readiness, Visit, readiness
from procession.analytics.words import spell
from procession.engine.definition import Process, Step, Workflow
from procession.engine.findings import Finding
from procession.engine.program import compile_definition
from procession.engine.rejections import NotFound
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.analysis import analysis_of
from procession.operations.insights.diagnosing import may_see, visible
from procession.operations.insights.read_log import Analysis
from procession.operations.values import DefinitionRef, definition_ref

if TYPE_CHECKING:
    from procession.interchange.folder import Folder

PEOPLE: Final = frozenset({"task", "approval"})
"""Kinds of step that people do."""
MACHINES: Final = frozenset({"automate", "agent", "bot", "decide"})
"""Kinds of step that do it in their place."""
LITTLE: Final = 0.1
"""Of a cycle: what takes less off is said to be elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckView:
    """One figure and what it should be."""

    name: str
    """runs, rework, exceptions or clarity."""
    value: float
    """A count of runs; otherwise a share."""
    limit: float
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstantEffect:
    """What the step taking no time would have done to the cases of one process or workflow. Working time, in seconds."""

    of: DefinitionRef
    before: float
    """The mean cycle of a case."""
    saved: float
    low: float
    high: float
    """The mean saving lies between them in 95 of 100 repetitions of the count."""
    cases: int
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadinessView:
    """Whether a step of people is ready to be automated, and what that would give."""

    step: str
    title: str
    ready: bool
    checks: tuple[CheckView, ...]
    rule: str | None
    """The field whose value explains the decisions best."""
    effects: tuple[InstantEffect, ...]
    """On the workflow where it runs alone, and on each process that it is part of; none without finished cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetReadiness(Ask):
    """Whether a step that people do is ready to be automated (runs, rework, exceptions, clear rule), and what making it
    instant would do to the whole process, with an interval."""

    workflow: str
    """The workflow's id."""
    step: str
    """The step's id."""


@operation("insight.readiness", scope="insights:read", http="GET /insights/{workflow}/steps/{step}/readiness")
def step_readiness(ctx: Context, ask: GetReadiness) -> ReadinessView:
    visible(ctx, ask.workflow)
    node = ctx.program(ask.workflow).nodes.get(ask.step)
    if node is None or node.step.kind not in PEOPLE:
        raise NotFound(f"{ask.workflow} has no step '{ask.step}' that people do.")
    found = _readiness(ctx, ask.workflow, ask.step)
    return ReadinessView(
        step=ask.step,
        title=node.step.title,
        ready=found.is_ready,
        checks=tuple(
            CheckView(name=one.name, value=one.value, limit=one.limit, ok=one.ok, sentence=one.sentence)
            for one in found.checks
        ),
        rule=found.rule,
        effects=tuple(_effects(ctx, ask.workflow, node.step)),
    )


_VISITS = """
SELECT coalesce(t.outcome, t.status), t.attempt > (SELECT min(first.attempt) FROM tasks first
    WHERE first.organisation = t.organisation AND first.case_id = t.case_id AND first.step = t.step),
  t.status = 'skipped' OR EXISTS (SELECT 1 FROM events e WHERE e.organisation = t.organisation AND e.case_id = t.case_id
    AND e.type IN ('TaskDelegated', 'TaskReassigned', 'IncidentOpened') AND e.payload ->> 'activation' = t.activation),
  c.snapshot -> 'data'
FROM tasks t JOIN cases c ON c.organisation = t.organisation AND c.id = t.case_id
WHERE t.organisation = :organisation AND t.definition = :definition AND t.step = :step AND t.status IN ('done', 'skipped')
ORDER BY t.closed_at DESC LIMIT 1000
"""


def _readiness(ctx: Context, workflow: str, step: str) -> Readiness:
    asked = {entry.field for entry in ctx.program(workflow).start_form}
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.rows_of(_VISITS, definition=workflow, step=step)
    return readiness([
        Visit(outcome=outcome, again=again, exception=odd, known=_known(data, asked)) for outcome, again, odd, data in rows
    ])  # fmt: skip


def _known(data: dict[str, Any] | None, asked: set[str]) -> dict[str, object]:
    """What the start said: what steps wrote later could tell what they decided."""
    return {
        name: value for name, value in (data or {}).items() if name in asked and not isinstance(value, (list, dict))
    }


def _effects(ctx: Context, workflow: str, step: Step) -> Iterator[InstantEffect]:
    """What making the step instant does, in each process that holds the workflow, else in the workflow alone."""
    latest = ctx.surroundings.latest
    known = {name: ctx.definition(name) for name in latest}
    holders = [
        (one, member.id)
        for one in known.values()
        if isinstance(one, Process)
        for member in one.members.values()
        if member.use == workflow and may_see(ctx, one)
    ]
    for one, part in holders or [(known[workflow], workflow)]:
        analysis = analysis_of(ctx, one)
        site = Site("step", part, step.id)
        if analysis.has_enough and any(cost.site == site for cost in analysis.measured.costs):
            yield _effect(analysis, site, step.title, definition_ref(one, latest[one.id]))


def _effect(analysis: Analysis, site: Site, title: str, ref: DefinitionRef) -> InstantEffect:
    found, day = analysis.instant(site, "everything"), analysis.measured.day
    between = f"{spell(max(found.low, 0.0), day)} to {spell(max(found.high, 0.0), day)}"
    why = ""
    longest = max(analysis.measured.costs, key=lambda cost: sum(cost.path_spent))
    if found.saved < LITTLE * found.before and longest.site != site:
        why = f": most of the time passes at {longest.title}"
    return InstantEffect(
        of=ref, before=found.before, saved=found.saved, low=found.low, high=found.high, cases=found.cases,
        sentence=f"Making '{title}' instant takes {spell(max(found.saved, 0.0), day)} of {spell(found.before, day)} off "
        f"{ref.title} ({between}){why}.",
    )  # fmt: skip


# --- at publishing ----------------------------------------------------------------------------------------------------


def automated(ctx: Context, folder: Folder) -> list[Finding]:
    """What is to be said of steps that people do today and a machine would do in the files: a warning where the step is
    not ready, with what speaks against it, and what it does to the whole process."""
    found: list[Finding] = []
    for id_, one in folder.definitions.items():
        if not isinstance(one, Workflow) or id_ not in ctx.surroundings.latest:
            continue
        before, after = ctx.program(id_), compile_definition(one, folder.library)
        for step, node in after.nodes.items():
            old = before.nodes.get(step)
            if old is not None and old.step.kind in PEOPLE and node.step.kind in MACHINES:
                source = folder.reads[id_].source if id_ in folder.reads else None
                found.append(_said(ctx, id_, old.step, node.step, source.file if source is not None else ""))
    return found


def _said(ctx: Context, workflow: str, old: Step, new: Step, file: str) -> Finding:
    ready = _readiness(ctx, workflow, old.id)
    effects = " ".join(one.sentence for one in _effects(ctx, workflow, old)) or (
        "Too few cases have finished to say what it does to the whole."
    )
    if ready.is_ready:
        return Finding(
            code="automates_people", severity="note", file=file, line=new.line,
            sentence=f"'{old.title}' is done by people today and would be {new.kind}. {effects}",
        )  # fmt: skip
    return Finding(
        code="not_ready_to_automate", severity="warning", file=file, line=new.line,
        sentence=f"'{old.title}' is not ready to be automated: {'; '.join(ready.against)}. {effects}",
        hint="put that right first, or say why it may be automated all the same",
    )  # fmt: skip
