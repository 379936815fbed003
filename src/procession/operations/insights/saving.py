"""What busywork costs: from what somebody says of it, and from the records of a process or workflow."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_EVEN, Decimal
from typing import TYPE_CHECKING

from procession.analytics.savings import LIMITS, WEEK, Busywork, TooLittle, measured_waste, payback
from procession.engine.rejections import FieldRejection, InvalidField, InvalidForm
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.diagnosing import visible
from procession.operations.insights.read_log import Analysis
from procession.operations.insights.wasting import finding_of
from procession.operations.values import DefinitionRef

if TYPE_CHECKING:
    from procession.analytics.waste import Finding

_CENT = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class GetSavings(Ask):
    """What busywork costs a week and over time, and what its hours could have been worth: a calculator. Nothing of it
    comes from the records; what is not said is assumed."""

    people: Decimal = LIMITS["people"].default
    """How many people do it; 1 to 150,000."""
    hours: Decimal = LIMITS["hours"].default
    """Hours a week that each of them loses; 0.5 to 40."""
    rate: Decimal = LIMITS["rate"].default
    """What an hour costs, in whatever currency; 10 to 1,000."""
    worth: Decimal = LIMITS["worth"].default
    """What an hour of better work is worth, as a multiple of what it costs; 0 to 10."""
    growth: Decimal = LIMITS["growth"].default
    """By how much the gain of a week grows on the week before, as a fraction; 0 to 0.05."""
    weeks: Decimal = LIMITS["weeks"].default
    """How far to look; 1 to 520."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WeekView:
    """Where it stands after so many weeks."""

    week: int
    lost: Decimal
    gained: Decimal
    total: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class SavingsView:
    """What busywork costs. Money is in the currency of the rate, to the cent."""

    hours_a_week: Decimal
    """Of all people together: people × hours."""
    loss_a_week: Decimal
    """people × hours × rate."""
    value_a_week: Decimal
    """people × hours × rate × worth."""
    lost: Decimal
    """weeks × loss a week."""
    gained: Decimal
    """value × ((1 + growth)^weeks - 1) / growth; weeks × value where growth is 0."""
    total: Decimal
    """Both together."""
    weeks: tuple[WeekView, ...]
    """Thirteen points on the way, the last of them the end."""


@operation("savings.calculate", scope="insights:read", http="GET /savings")
def calculate(ctx: Context, ask: GetSavings) -> SavingsView:
    said = said_of(ask)
    end = int(said.weeks)
    return SavingsView(
        hours_a_week=said.hours_a_week,
        loss_a_week=_money(said.loss_a_week),
        value_a_week=_money(said.value_a_week),
        lost=_money(said.lost(end)),
        gained=_money(said.gained(end)),
        total=_money(said.total(end)),
        weeks=tuple(
            WeekView(week=week, lost=_money(said.lost(week)), gained=_money(said.gained(week)),
                     total=_money(said.total(week)))
            for week in sorted({round(end * part / 12) for part in range(13)})
        ),
    )  # fmt: skip


def said_of(ask: GetSavings) -> Busywork:
    """What is said, if it can be; else every input that is outside its limits is refused at once."""
    values = {name: getattr(ask, name) for name in LIMITS}
    problems = _problems(values)
    if problems:
        raise InvalidForm(problems)
    return Busywork(**values)


def _problems(values: dict[str, Decimal]) -> list[FieldRejection]:
    return [InvalidField(name, sentence) for name, sentence in Busywork.problems_of(values)]


def _money(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_EVEN)


# --- from the records -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMeasuredWaste(Ask):
    """What waste costs a week, from the finished cases of a process or workflow, and when a change that ends it would have
    paid for itself: one finding of `insight.findings`, or, without any, work that is done again."""

    process: str
    """Its id."""
    waste: str | None = None
    """The kind of a finding, `silo`; with its `place`. Without both, work that is done again is counted."""
    place: str | None = None
    """The place of the finding, as `insight.findings` gives it."""
    waiting: bool = True
    """Of a finding: count the hours that cases wait for it like hours that somebody works. No: work alone."""
    rate: Decimal | None = None
    """What an hour of the people who do it costs; 10 to 1,000. No record says it: without it 30 is assumed."""
    cost: Decimal | None = None
    """What the change costs, once. Without it nothing is said of payback."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainView:
    """Work done again at one step."""

    key: str
    """The step's key on the map."""
    title: str
    visits: int
    """Visits beyond the first of a run."""
    hours_a_week: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PaybackView:
    """When a change has paid for itself, if it ends all of the waste."""

    weeks: float
    soonest: float
    latest: float | None
    """Null where the interval reaches down to no saving at all."""
    return_a_year: float
    """(saved in 52 weeks - cost) / cost, as a fraction."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredWasteView:
    """A waste in hours and money a week; `low` and `high` hold 95 of 100 repetitions of the count."""

    process: DefinitionRef
    waste: str | None
    """The kind of the finding; null: work that is done again."""
    place: str | None
    sentence: str
    cases: int
    weeks: float | None
    """The time that the cases ended in; null where too little is known."""
    hours_a_week: float | None
    hours_low: float | None
    hours_high: float | None
    money_a_week: float | None
    money_low: float | None
    money_high: float | None
    places: tuple[AgainView, ...]
    """Worst first."""
    payback: PaybackView | None
    estimated: bool
    """Some times are inferred rather than recorded."""
    work_a_week: float | None
    """The hours a week of these that are work of people; the others are waiting."""
    assumed: tuple[str, ...]
    """What is assumed rather than measured, in sentences."""


@operation("savings.measured", scope="insights:read", http="GET /insights/{process}/savings")
def measured(ctx: Context, ask: GetMeasuredWaste) -> MeasuredWasteView:
    rate = LIMITS["rate"].default if ask.rate is None else ask.rate
    problems = _problems({"rate": rate})
    if (ask.waste is None) != (ask.place is None):
        problems.append(InvalidField("place", "Give the kind of waste and its place together, or neither."))
    if ask.cost is not None and not (ask.cost.is_finite() and 0 < ask.cost <= 1_000_000_000):
        problems.append(InvalidField("cost", "Enter what the change costs, more than 0 and up to 1,000,000,000."))
    if problems:
        raise InvalidForm(problems)
    analysis, ref = visible(ctx, ask.process)
    assumed = (f"An hour costs {rate}.",) if ask.rate is None else ()
    if ask.waste is not None and ask.place is not None:
        return _of_finding(ask, ref, analysis, finding_of(ctx, analysis, ask.waste, ask.place), float(rate), assumed)
    return _done_again(ask, ref, analysis, float(rate), assumed)


def _done_again(
    ask: GetMeasuredWaste, ref: DefinitionRef, analysis: Analysis, rate: float, assumed: tuple[str, ...]
) -> MeasuredWasteView:
    found = measured_waste(analysis.log)
    if isinstance(found, TooLittle):
        return _unknown(ref, found.sentence, len(analysis.log.cases))
    money, low, high = found.hours_a_week * rate, found.low * rate, found.high * rate
    return MeasuredWasteView(
        process=ref,
        waste=None,
        place=None,
        sentence=_sentence(ref.title, found.hours_a_week, found.places[0].title if found.places else None),
        cases=found.cases,
        weeks=found.weeks,
        hours_a_week=found.hours_a_week,
        hours_low=found.low,
        hours_high=found.high,
        money_a_week=money,
        money_low=low,
        money_high=high,
        places=tuple(
            AgainView(key=one.site.key, title=one.title, visits=one.visits, hours_a_week=one.hours_a_week)
            for one in found.places
        ),
        payback=_paid_back(ask, money, low, high),
        estimated=found.estimated,
        work_a_week=found.hours_a_week,
        assumed=assumed,
    )  # fmt: skip


def _of_finding(
    ask: GetMeasuredWaste, ref: DefinitionRef, analysis: Analysis, found: Finding, rate: float, assumed: tuple[str, ...]
) -> MeasuredWasteView:
    """What one finding costs. Where the records do not say it, the figures are null."""
    cases = analysis.log.cases
    if found.costs is None:
        return replace(_unknown(ref, found.sentence, len(cases)), waste=found.waste, place=found.place)
    counted, work = found.costs.together if ask.waiting else found.costs.work, found.costs.work.hours
    money, low, high = (hours * rate for hours in counted)
    if ask.waiting and counted.hours > work:
        assumed += ("An hour that a case waits costs as much as one that somebody works.",)
    if found.assumed:
        assumed += (f"{found.assumed[:1].upper()}{found.assumed[1:]}.",)
    return MeasuredWasteView(
        process=ref, waste=found.waste, place=found.place, sentence=found.sentence, cases=len(cases),
        weeks=(max(one.end for one in cases) - min(one.begin for one in cases)) / WEEK, hours_a_week=counted.hours,
        hours_low=counted.low, hours_high=counted.high, money_a_week=money, money_low=low, money_high=high, places=(),
        payback=_paid_back(ask, money, low, high),
        estimated=any(one.evidence == "estimated" for case in cases for one in case.instances), work_a_week=work,
        assumed=assumed,
    )  # fmt: skip


def _unknown(ref: DefinitionRef, sentence: str, cases: int) -> MeasuredWasteView:
    """The records do not say what it costs; the sentence says why, or what is known."""
    return MeasuredWasteView(
        process=ref, waste=None, place=None, sentence=sentence, cases=cases, weeks=None, hours_a_week=None, hours_low=None,
        hours_high=None, money_a_week=None, money_low=None, money_high=None, places=(), payback=None, estimated=False,
        work_a_week=None, assumed=(),
    )  # fmt: skip


def _paid_back(ask: GetMeasuredWaste, money: float, low: float, high: float) -> PaybackView | None:
    paid = payback(money, low, high, float(ask.cost)) if ask.cost is not None else None
    return paid and PaybackView(
        weeks=paid.weeks, soonest=paid.soonest, latest=None if math.isinf(paid.latest) else paid.latest,
        return_a_year=paid.return_a_year,
    )  # fmt: skip


def _sentence(title: str, hours: float, worst: str | None) -> str:
    if worst is None:
        return f"{title}: nothing was done again."
    spent = f"{hours:.1f} hours" if hours >= 0.95 else f"{hours * 60:.0f} minutes"
    return f"{title}: {spent} of work a week are done again, most of it at {worst}."
