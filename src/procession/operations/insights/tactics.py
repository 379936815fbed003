"""Both scales on one page: how well each workflow of a process works, and how long the whole takes.

A workflow can be quick in itself while its process is slow. Of a workflow the figures are tactical: touch time, waiting,
first-pass yield. Of the process they are strategic: lead time, share on time, work in progress.
"""

from __future__ import annotations

import statistics
from collections import Counter
from dataclasses import dataclass, field, replace

from procession.analytics.critical_path import segments_of
from procession.analytics.log import ProcessLog
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.analysis import figure_of
from procession.operations.insights.diagnosing import seen
from procession.operations.insights.figures import kept_figure
from procession.operations.insights.read_log import Analysis
from procession.operations.values import DefinitionRef, definition_ref


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowFigures:
    """One workflow in a process. Times are medians over its runs, in seconds, nights and weekends included."""

    member: str
    """What the process calls it; of a workflow that is looked at alone, its id."""
    title: str
    runs: int
    """Finished runs that the figures rest on."""
    touch: float | None
    """The work itself: from taking a task up to handing it in, all steps together. None without a run."""
    wait: float | None
    """In which nobody worked on it, from its first step to its last."""
    lead: float | None
    """From its first step to its last."""
    first_pass: float | None
    """The share of runs in which no step was done twice and that did not begin again in the same case."""
    open_now: int
    """Runs under way."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BothScales:
    """The figures of a process and of its workflows."""

    process: DefinitionRef
    cases: int
    """Finished cases."""
    lead: float | None
    """Half of the cases take no longer, in seconds, nights and weekends included; from submission to the end."""
    on_time: float | None
    """The share of finished cases within the target; null without one."""
    wip: int
    """Work in progress: cases under way."""
    workflows: tuple[WorkflowFigures, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GetScales(Ask):
    """How well each workflow of a process works (touch, wait, first-pass yield), beside how long the whole takes (lead
    time, share on time, work in progress)."""

    process: str
    """Its id."""


@operation("insight.scales", scope="insights:read", http="GET /insights/{process}/scales")
def scales(ctx: Context, ask: GetScales) -> BothScales:
    definition, ref = seen(ctx, ask.process)
    return replace(figure_of(ctx, definition, SCALES), process=ref)


@kept_figure("scales", BothScales)
def SCALES(analysis: Analysis) -> BothScales:  # noqa: N802 - the decorator makes it a constant
    """All but who it is about."""
    log, measures = analysis.log, analysis.measures
    return BothScales(
        process=definition_ref(analysis.definition, 0),
        cases=measures.cases,
        lead=measures.cycle.median.total_seconds() if measures.cycle is not None else None,
        on_time=1 - measures.late if measures.late is not None else None,
        wip=len({one.case_id for one in log.open}),
        workflows=workflow_figures(log),
    )


@dataclass(slots=True)
class _Run:
    """One run of a workflow within a case."""

    begin: float
    end: float
    touch: float = 0.0
    visits: Counter[str] = field(default_factory=Counter[str])


def workflow_figures(log: ProcessLog) -> tuple[WorkflowFigures, ...]:
    """The figures of each workflow that the log knows, in the order of the process."""
    runs: dict[str, list[tuple[_Run, bool]]] = {}
    for case in log.cases:
        by_id = case.by_id()
        found: dict[tuple[str, str], _Run] = {}
        for one in case.instances:
            ready, ended = one.ready.timestamp(), one.ended.timestamp()
            run = found.setdefault((one.part, one.case_id), _Run(begin=ready, end=ended))
            run.begin, run.end = min(run.begin, ready), max(run.end, ended)
            run.visits[one.step] += 1
            releaser = case.last_releaser(one, by_id)
            lower = releaser.ended if releaser else case.begin
            for segment in segments_of(one, lower, case.handoff_site(one, by_id), log.calendar_of(one)):
                if segment.kind == "working" and segment.site == one.site:
                    run.touch += segment.duration.total_seconds()
        times = Counter(part for part, _ in found)
        for (part, _), run in found.items():
            clean = times[part] == 1 and all(count == 1 for count in run.visits.values())
            runs.setdefault(part, []).append((run, clean))
    open_runs = {(one.part, one.case_id) for one in log.open}
    return tuple(
        _figures(log, part, runs.get(part, []), sum(part == other for other, _ in open_runs))
        for part in dict.fromkeys((*log.titles, *runs))
    )


def _figures(log: ProcessLog, part: str, runs: list[tuple[_Run, bool]], open_now: int) -> WorkflowFigures:
    spans = [one.end - one.begin for one, _ in runs]
    # Steps side by side are worked on at once, so that their work can be longer than the time from first to last.
    waits = [max(one.end - one.begin - one.touch, 0.0) for one, _ in runs]
    return WorkflowFigures(
        member=part,
        title=log.part_title(part),
        runs=len(runs),
        touch=statistics.median(one.touch for one, _ in runs) if runs else None,
        wait=statistics.median(waits) if runs else None,
        lead=statistics.median(spans) if runs else None,
        first_pass=sum(clean for _, clean in runs) / len(runs) if runs else None,
        open_now=open_now,
    )
