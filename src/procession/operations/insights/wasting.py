"""What is wasted: approvals that never refuse, values typed twice, handoffs by mail, and so on, as sentences with the
cases behind them."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

from procession.analytics.savings import LIMITS, Busywork
from procession.engine.rejections import InvalidField, InvalidForm, NotAvailable, NotFound
from procession.operations import revealing
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights import facts
from procession.operations.insights.diagnosing import visible
from procession.operations.insights.figures import mark_of
from procession.operations.insights.read_log import Analysis, setting
from procession.operations.values import CaseRef, DefinitionRef

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from procession.analytics import queueing
    from procession.analytics.discovery import Link
    from procession.analytics.waste import Finding, Report
    from procession.analytics.waste.material import Connection
    from procession.store.store import Store

FEWEST_CASES: Final = 10
_WHOLE: Final = Decimal(1)
_HOUR: Final = 3.6e9
_DAY: Final = 24 * _HOUR


@dataclass(frozen=True, slots=True, kw_only=True)
class AskFindings(Ask):
    """What cases of a process or workflow waste, most hours first."""

    process: str
    """Its id; a workflow that is looked at alone works as well."""
    rate: Decimal | None = None
    """What an hour costs, in whatever currency; 10 to 1,000. Without it 30 is assumed, and said to be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedWithout:
    """Working hours a week by which all cases together would end sooner if a waste were gone: every case is played again
    with less there, along what it waited for. People are not free for other work by it."""

    hours: float
    low: float
    high: float
    """The 95 % interval from resampled cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursOfWaste:
    """Hours a week that a waste costs, with 95 % intervals: what `savings.measured` counts of it."""

    work: float
    """Work of people that would not be needed."""
    work_low: float
    work_high: float
    together: float
    """The same, and the working hours that cases wait for it; an hour that is both counts once."""
    together_low: float
    together_high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingOfWaste:
    """One thing that is wasted, with what it rests on."""

    waste: str
    """Which kind: `unnecessary approval`."""
    phrase: str
    """The complaint it answers, as people put it."""
    sentence: str
    """All of it: subject, number, cause, action."""
    subject: str
    number: str
    cause: str
    action: str
    place: str
    """The key of the step, or of two with ` > ` between; for departments and workflows their names."""
    n: int
    """How many observations it rests on."""
    measures: str
    """What `estimate` is."""
    estimate: float
    low: float
    high: float
    """The 95 % interval of the estimate."""
    p_value: float
    """The probability of it where there is no such waste."""
    hours_per_week: float | None
    """On the critical path of cases, in working hours; null where the records do not say."""
    money_per_week: Decimal | None
    """Work and waiting that it costs (`costs`), at the rate: an hour that a case waits counts as much as one that somebody
    works. Null where the records do not say."""
    costs: HoursOfWaste | None
    """Null where the records do not say."""
    if_removed: SavedWithout | None
    """What would be gained without it; null where it lies on no case's way."""
    assumed: str
    """What is assumed rather than measured; empty where nothing is."""
    guard: str
    """What was looked at so that the innocent are not blamed."""
    cases: tuple[CaseRef, ...]
    """The newest cases behind it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskCheck:
    """The people of a department as a queue. Times are working hours."""

    department: str
    people: int
    busy: float
    """The share of their time in which they work on something here, from 0 to 1."""
    growing: bool
    """What lies there becomes more over time."""
    waited: float
    """Behind other work, on average of a visit."""
    expected: float | None
    """The same in an ordinary queue that is as busy (Kingman, Sakasegawa); null where they are busy all the time."""
    unstable: bool
    """Busy for more than 95 % of the time while the pile grows: it never catches up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepCheck:
    """How well the time at a step is used; each from 0 to 1."""

    step: str
    available: float
    """The share of the time in which whoever does it was at work."""
    speed: float
    """What a quick visit works, as a share of the usual one."""
    first_time: float
    """The share of visits after which the case did not come again."""
    overall: float
    """All three together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checks:
    """What has to hold before the figures are believed."""

    little_gap: float | None
    """How far open cases are from arrivals × cycle, as a share (Little's law); null where too few cases arrive."""
    cut: bool
    """More than 5 %: the history is cut, or the process grows, and means over it are too low."""
    median_days: float
    """Of finished cases, by the clock."""
    median_days_with_open: float | None
    """With open cases in it (Kaplan and Meier); null where none is open, or most have not ended."""
    open_cases: int
    desks: tuple[DeskCheck, ...]
    steps: tuple[StepCheck, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What is wasted in a process or workflow."""

    process: DefinitionRef
    findings: tuple[FindingOfWaste, ...]
    """Most hours first."""
    tested: int
    """How many places were looked at; of what is reported at most one in twenty is there by chance."""
    silent: tuple[str, ...]
    """Kinds of waste about which the records say nothing."""
    cases: int
    """Finished cases that it rests on."""
    lacking: str | None
    """Why nothing is said; null where there is enough history."""
    rate: Decimal
    """What an hour is taken to cost."""
    rate_assumed: bool
    """Nobody said so."""
    checks: Checks | None
    """Null where there is too little history."""
    as_of: datetime


@operation("insight.findings", scope="insights:read", http="GET /insights/{process}/findings")
def findings(ctx: Context, ask: AskFindings) -> Findings:
    rate = LIMITS["rate"].default if ask.rate is None else ask.rate
    problems = [InvalidField(name, sentence) for name, sentence in Busywork.problems_of({"rate": rate})]
    if problems:
        raise InvalidForm(problems)
    analysis, ref = visible(ctx, ask.process)
    count = len(analysis.log.cases)
    if count < FEWEST_CASES:
        return Findings(
            process=ref, findings=(), tested=0, silent=(), cases=count, lacking=analysis.lacking, rate=rate,
            rate_assumed=ask.rate is None, checks=None, as_of=analysis.as_of,
        )  # fmt: skip
    kept = _looked_at(ctx, analysis)
    report = kept.report
    names = _names(ctx, [case for one in report.findings for case in one.cases])
    return Findings(
        process=ref, findings=tuple(_view(one, names, rate) for one in report.findings), tested=report.tested,
        silent=report.silent, cases=count, lacking=None, rate=rate, rate_assumed=ask.rate is None,
        checks=_checks(kept.checks), as_of=analysis.as_of,
    )  # fmt: skip


def _view(one: Finding, names: Mapping[str, CaseRef], rate: Decimal) -> FindingOfWaste:
    hours = one.costs.together.hours if one.costs is not None else None
    return FindingOfWaste(
        waste=one.waste, phrase=one.phrase, sentence=one.sentence, subject=one.subject, number=one.number,
        cause=one.cause, action=one.action, place=one.place, n=one.n, measures=one.measures, estimate=one.estimate,
        low=one.low, high=one.high, p_value=one.p_value,
        hours_per_week=one.hours_per_week, costs=None if one.costs is None else HoursOfWaste(
            work=one.costs.work.hours, work_low=one.costs.work.low, work_high=one.costs.work.high,
            together=one.costs.together.hours, together_low=one.costs.together.low, together_high=one.costs.together.high,
        ),
        money_per_week=None if hours is None else (Decimal(repr(hours)) * rate).quantize(_WHOLE, ROUND_HALF_EVEN),
        if_removed=None if one.saved is None else SavedWithout(
            hours=one.saved.hours, low=one.saved.low, high=one.saved.high
        ),
        assumed=one.assumed, guard=one.guard, cases=tuple(names[case] for case in one.cases if case in names),
    )  # fmt: skip


def _checks(found: queueing.Checks) -> Checks:
    return Checks(
        little_gap=None if found.little is None else found.little.gap, cut=found.is_cut, median_days=found.median / _DAY,
        median_days_with_open=None if found.median_with_open is None else found.median_with_open / _DAY,
        open_cases=found.open_cases,
        desks=tuple(
            DeskCheck(
                department=one.name, people=one.people, busy=one.busy, growing=one.growing, waited=one.waited / _HOUR,
                expected=None if one.expected is None else one.expected / _HOUR, unstable=one.is_unstable,
            )
            for one in found.desks
        ),
        steps=tuple(
            StepCheck(
                step=one.step, available=one.available, speed=one.speed, first_time=one.first_time, overall=one.overall
            )
            for one in found.steps
        ),
    )  # fmt: skip


def _names(ctx: Context, ids: Sequence[str]) -> dict[str, CaseRef]:
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.rows_of(
            "SELECT id::text, name, status FROM cases WHERE organisation = :organisation "
            "AND id = ANY(CAST(:ids AS uuid[]))",
            ids=list(dict.fromkeys(ids)),
        )
    return {id_: CaseRef(id=id_, name=name, status=status) for id_, name, status in rows}


def finding_of(ctx: Context, analysis: Analysis, waste: str, place: str) -> Finding:
    """One finding of a process or workflow, by its kind and place. Raises NotFound."""
    enough = len(analysis.log.cases) >= FEWEST_CASES
    for one in _looked_at(ctx, analysis).report.findings if enough else ():
        if (one.waste, one.place) == (waste, place):
            return one
    raise NotFound(
        f"No {waste} is found at '{place}'.", hint="The records may have changed: look again at what is wasted there."
    )


# --- working it out, and keeping it ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Kept:
    mark: tuple[str, int]
    """Of the records, and of the organisation. The log itself is not kept: it is large."""
    links: tuple[Link, ...]
    report: Report
    checks: queueing.Checks


_kept: WeakKeyDictionary[Store, dict[tuple[str, str, tuple[str, ...]], _Kept]] = WeakKeyDictionary()
_lock = threading.Lock()
"""Whoever asks at the same time waits, rather than doing the same work."""


def _looked_at(ctx: Context, analysis: Analysis) -> _Kept:
    """The findings of these cases, and the checks, kept until the log or the links beside it change."""
    links = tuple(one for one in _links(ctx) if _touches(analysis, one))
    pairs = tuple(f"{one.pair.source} > {one.pair.target}" for one in links)
    key = (ctx.organisation, analysis.definition.id, pairs)
    mark = mark_of(analysis.version), ctx.store.surroundings(ctx.organisation).version
    with _lock:
        kept = _kept.setdefault(ctx.store, {}).get(key)
        if kept is None or kept.mark != mark:
            kept = _Kept(mark, links, *_work_out(ctx, analysis, links))
            _kept[ctx.store][key] = kept
    return kept


def _links(ctx: Context) -> tuple[Link, ...]:
    return revealing.links_of(ctx)


def _touches(analysis: Analysis, link: Link) -> bool:
    """Whether a link begins or ends at this workflow, or at a member of this process."""
    own = {analysis.definition.id, *(one.workflow for case in analysis.log.cases[-1:] for one in case.instances)}
    return link.pair.source in own or link.pair.target in own


def _work_out(ctx: Context, analysis: Analysis, links: tuple[Link, ...]) -> tuple[Report, queueing.Checks]:
    try:
        from procession.analytics.queueing import checks
        from procession.analytics.waste import find_waste
        from procession.operations.insights.evidence import material_of
    except ImportError as missing:
        raise NotAvailable(
            "Finding waste needs numpy, scipy and numba, which are not installed.",
            hint="Install them: pip install 'procession[analytics]'.",
        ) from missing
    around = setting(ctx, analysis.definition)
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.rows_of(_BY_HAND, workflows=[one.pair.target for one in links])
        by_hand = {str(name): float(share) for name, share in rows}
        connections = [_connection(one, by_hand.get(one.pair.target, 1.0)) for one in links]
        found = facts.of_store(tx, analysis.definition.id, facts.EVIDENCE)
        material = material_of(analysis.log, found, around, connections)
    ages = [(analysis.as_of - one.begin).total_seconds() * 1e6 for one in analysis.log.running]
    return find_waste(material), checks(material.causes, ages)


_BY_HAND: Final = """
SELECT definition, avg(CASE WHEN parent IS NULL AND process_case IS NULL THEN 1.0 ELSE 0.0 END) FROM cases
WHERE organisation = :organisation AND definition = ANY(:workflows) GROUP BY definition
"""


def _connection(link: Link, by_hand: float) -> Connection:
    import numpy as np

    from procession.analytics.waste.material import Connection

    lag = link.lag
    return Connection(
        source=link.source_title, target=link.target_title, key=link.keys[0].target_title, matched=link.matched,
        cases=link.cases, forward=link.forward, lags=np.array([lag.low, lag.median, lag.high]), p_value=link.p, by_hand=by_hand,
        examples=tuple(target for _, target in link.examples), retyped=tuple(link.carries),
    )  # fmt: skip
