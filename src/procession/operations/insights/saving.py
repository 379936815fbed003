"""What busywork costs: from what somebody says of it, and from the records of a process or workflow."""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from procession.analytics.savings import LIMITS, Busywork, TooLittle, measured_waste, payback
from procession.engine.rejections import FieldRejection, InvalidField, InvalidForm
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.insights.diagnosing import visible
from procession.operations.values import DefinitionRef

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
    """What work that is done again costs a week, from the finished cases of a process or workflow, and when a change
    that ends it would have paid for itself."""

    process: str
    """Its id."""
    rate: Decimal = LIMITS["rate"].default
    """What an hour of the people who do it costs; 10 to 1,000. An assumption: no record says it."""
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
    """Work done again, in hours and money a week; `low` and `high` hold 95 of 100 repetitions of the count."""

    process: DefinitionRef
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


@operation("savings.measured", scope="insights:read", http="GET /insights/{process}/savings")
def measured(ctx: Context, ask: GetMeasuredWaste) -> MeasuredWasteView:
    problems = _problems({"rate": ask.rate})
    if ask.cost is not None and not (ask.cost.is_finite() and 0 < ask.cost <= 1_000_000_000):
        problems.append(InvalidField("cost", "Enter what the change costs, more than 0 and up to 1,000,000,000."))
    if problems:
        raise InvalidForm(problems)
    analysis, ref = visible(ctx, ask.process)
    found, rate = measured_waste(analysis.log), float(ask.rate)
    if isinstance(found, TooLittle):
        return MeasuredWasteView(
            process=ref, sentence=found.sentence, cases=len(analysis.log.cases), weeks=None, hours_a_week=None,
            hours_low=None, hours_high=None, money_a_week=None, money_low=None, money_high=None, places=(),
            payback=None, estimated=False,
        )  # fmt: skip
    money, low, high = found.hours_a_week * rate, found.low * rate, found.high * rate
    paid = payback(money, low, high, float(ask.cost)) if ask.cost is not None else None
    return MeasuredWasteView(
        process=ref,
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
        payback=paid and PaybackView(
            weeks=paid.weeks, soonest=paid.soonest, latest=None if math.isinf(paid.latest) else paid.latest,
            return_a_year=paid.return_a_year,
        ),
        estimated=found.estimated,
    )  # fmt: skip


def _sentence(title: str, hours: float, worst: str | None) -> str:
    if worst is None:
        return f"{title}: nothing was done again."
    spent = f"{hours:.1f} hours" if hours >= 0.95 else f"{hours * 60:.0f} minutes"
    return f"{title}: {spent} of work a week are done again, most of it at {worst}."
