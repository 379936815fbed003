"""The whole diagnosis of a log: one call from a table to everything that a report says."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np

from procession.analytics.instances import InstanceTable
from procession.analytics.log_diagnosis.dividing import SHARES, Place, Share, bounds_of, divided, places_of
from procession.analytics.log_diagnosis.evidence import Said, evidence_of, with_said
from procession.analytics.log_diagnosis.judging import Judgement, WrongFix, judge_table, wrong_fix
from procession.analytics.log_diagnosis.opening import openings
from procession.analytics.log_diagnosis.parts import Parts, parts_of
from procession.analytics.log_diagnosis.paths import Paths, paths_of
from procession.analytics.log_diagnosis.places import PlaceFinding, place_findings, with_rows
from procession.analytics.log_diagnosis.sampling import pooled, sampled
from procession.analytics.log_diagnosis.wasting import Waste, waste_of
from procession.analytics.log_measures.figures import LogFigures
from procession.analytics.log_measures.measuring import measure_log
from procession.analytics.pareto import Pareto, pareto
from procession.analytics.queueing import Checks, checks, seem_open
from procession.analytics.retiming import Instant, make_instant
from procession.analytics.sentences_of_table import UNSURE
from procession.analytics.waiting import is_prepared
from procession.analytics.waiting.causes import WORDS, Cause
from procession.analytics.waiting.decompose import Decomposition, by_case, decompose, flag
from procession.analytics.waiting.hours import discovered
from procession.analytics.waste import Finding, Material

Progress = Callable[[str, float], None]
"""Is told what is being done and which share of it is done, from 0 to 1."""

PREPARING: Final = "preparing the calculation (first time only)"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDiagnosis:
    """What a log says of where time goes, whose problem that is, what is wasted and what to change first."""

    figures: LogFigures
    cycle: int
    """The cycles of all cases together, microseconds by the clock."""
    parts: tuple[int, ...]
    """The cycles divided as `SHARES`; adds up to `cycle`."""
    bounds: tuple[tuple[float, float], ...]
    """The least and the most that each of them can be as a share of the cycles: equal where beginnings are recorded."""
    causes: dict[str, int]
    """The waiting time on critical paths by cause, in words, largest first."""
    lay: int
    """Of what is charged to other work on critical paths: what provably lay instead, as its desk stood idle later while it
    was still there. The least that it can be."""
    efficiency: tuple[float, float]
    """Work as a share of the cycles: the least and the most it can be, where beginnings are estimated."""
    places: tuple[Place, ...]
    """All steps on critical paths, the one with most time first."""
    hours_discovered: bool
    """Whether working hours were read off the log; without any, everybody is taken to be always there."""
    day: float
    """Seconds in a working day, as the log shows it; 86,400 without working hours."""
    made_of: Parts
    """Its workflows, or what stands for them."""
    judgement: Judgement
    """Whether it is a workflow problem or a process problem."""
    pareto: Pareto
    """Steps and handoffs by the time that is lost there."""
    findings: tuple[PlaceFinding, ...]
    """Those that hold most of it."""
    paths: Paths
    """Where critical paths run."""
    instants: tuple[Instant, ...]
    """What making each step instant would save, most first."""
    wrong_fix: WrongFix | None
    """What looks like the fix and gains little; None where that cannot be said."""
    waste: Waste
    """What is wasted."""
    checks: Checks
    """Whether the figures can be believed, by queueing theory."""
    weeks: float
    """How long the log is; one week at least."""
    judged_steps: int
    """Steps that are judged each for itself, with all others as one more where there are very many."""
    sampled: int
    """Cases that verdict, Pareto, savings and waste rest on: evenly spaced ones of a large log."""
    table: InstanceTable = field(repr=False)
    """The log, as it names things itself."""
    rows: Decomposition = field(repr=False)
    """Each of its rows, divided among causes."""

    @property
    def is_guessed(self) -> bool:
        """Whether most beginnings are inferred, so that work and waiting cannot be told apart."""
        return self.figures.estimated_starts > UNSURE

    def share(self, part: Share) -> float:
        """A part of the cycles, from 0 to 1."""
        return self.parts[SHARES.index(part)] / self.cycle if self.cycle else 0.0


def diagnose(
    table: InstanceTable, zone: ZoneInfo | None = None, said: Said | None = None, progress: Progress | None = None
) -> LogDiagnosis:
    """Diagnose a table with at least one instance. `said` is what somebody says of it; `zone` is where people work,
    for the hours of the week in which they do. `progress` is told what is being done."""
    tell = progress or _nothing
    tell("finding working hours", 0.0)
    said = said or Said()
    table = _with_machines(with_said(table, said))
    hours = discovered(table, zone)
    made_of = parts_of(table)
    tell("dividing waits" if is_prepared() else PREPARING, 0.05)
    whole = decompose(made_of.table, hours)
    cases = by_case(whole)
    cycle = int(cases.cycle.sum())
    tell("measuring", 0.25)
    figures = measure_log(table)
    tell("judging", 0.5)
    gates = openings(whole, zone)
    named = {whole.table.step_names[step]: words for step, words in gates.items()}
    some = pooled(sampled(whole))
    judged = judge_table(
        some, made_of, {place: named[name] for place, name in enumerate(some.table.step_names) if name in named}
    )
    measured = judged.measured
    few = pareto(measured, "place")
    tell("checking by queueing theory", 0.65)
    checked = checks(whole, is_open=seem_open(table))
    tell("trying changes", 0.7)
    instants = make_instant(some)
    tell("looking for waste", 0.8)
    waste = waste_of(whole, evidence_of(table, said))
    findings = place_findings(
        measured, few, {one.cost.site.key for one in judged.verdict.evidence}, some.table.case_names
    )
    causes = cases.waits.sum(axis=0)
    by_cause = {WORDS[cause]: int(causes[cause]) for cause in Cause if causes[cause] > 0}
    tell("done", 1.0)
    return LogDiagnosis(
        figures=figures, cycle=cycle,
        parts=divided(int(cases.working.sum()), int(cases.paused.sum()), int(cases.passing.sum()), causes),
        bounds=bounds_of(whole, cycle),
        causes=dict(sorted(by_cause.items(), key=lambda pair: -pair[1])),
        lay=int(whole.hidden[whole.on_path].sum()), efficiency=cases.efficiency_bounds,
        places=places_of(whole, cycle), hours_discovered=bool(len(hours.opens)), day=measured.day, made_of=made_of,
        judgement=judged, pareto=few, findings=with_rows(findings, whole, set(some.table.step_names)),
        paths=paths_of(whole, has_parts=made_of.kind is not None), instants=instants,
        wrong_fix=wrong_fix(judged, instants), waste=waste, checks=checked, weeks=Material(causes=whole).weeks,
        judged_steps=len(some.table.step_names),
        sampled=some.table.cases, table=table, rows=whole,
    )  # fmt: skip


def hours_per_week(found: LogDiagnosis, one: PlaceFinding | Finding) -> float | None:
    """What a finding costs: working and waiting time on critical paths, of all cases together; None where that is not
    known."""
    if isinstance(one, PlaceFinding):
        return one.seconds / 3600 * found.figures.cases / found.weeks
    return one.hours_per_week


def cases_behind(found: LogDiagnosis, one: PlaceFinding | Finding) -> tuple[str, ...]:
    """All cases behind a finding, by their names in the log: those that lost most first, or the newest first."""
    if isinstance(one, PlaceFinding):
        return one.all_cases
    if one.behind is None:
        return one.cases
    table = found.table
    newest = one.behind[np.argsort(-table.end[one.behind], kind="stable")]
    return tuple(str(table.case_names[code]) for code in dict.fromkeys(table.case[newest].tolist()))


def _nothing(what: str, share: float) -> None:
    pass


_MACHINES: Final = frozenset({
    "api", "auto", "automatic", "automation", "batch", "bot", "robot", "rpa", "scheduler", "sys", "system", "workflow",
})  # fmt: skip
"""Names under which logs record what no person did."""


def _with_machines(table: InstanceTable) -> InstanceTable:
    """A program that a log names as a resource is no person: it does many things at once and is never away."""
    named = [place for place, name in enumerate(table.resource_names) if name.strip().casefold() in _MACHINES]
    if not named:
        return table
    done = np.isin(table.resource, np.array(named, np.int64)) | flag(table, "machine")
    return replace(table, traits={**table.traits, "machine": done.tolist()})
