"""What busywork costs, and what the hours could have been worth: the article's calculator, and the same from a log.

The calculator, exact in decimals (n people, h hours a week each, rate r, worth v, growth g a week, w weeks):

- loss a week = n · h · r
- hours a week = n · h, and value gained a week = n · h · r · v
- cumulative loss = w · loss
- cumulative gain = value · ((1 + g)^w - 1) / g, and w · value where g is nothing

From a log nothing is assumed but the rate: what counts is the work of every visit of a person to a step beyond the first
one in the same case, from taking it up to handing it in, in working hours. Waiting is not among it, since nobody is paid
for work that lies.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from procession.analytics.bootstrap import mean_interval
from procession.analytics.critical_path import segments_of
from procession.analytics.log import MACHINE_KINDS, ProcessCase, ProcessLog, Site

WEEK = timedelta(weeks=1)

FEWEST_CASES = 10
FEWEST_WEEKS = 4.0
"""In less time a few busy days would be the whole figure."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What an input may be, both ends included, and what it is where nobody says."""

    low: Decimal
    high: Decimal
    default: Decimal
    whole: bool = False


LIMITS: Mapping[str, Limits] = {
    "people": Limits(low=Decimal(1), high=Decimal(150_000), default=Decimal(40), whole=True),
    "hours": Limits(low=Decimal("0.5"), high=Decimal(40), default=Decimal(4)),
    "rate": Limits(low=Decimal(10), high=Decimal(1_000), default=Decimal(30)),
    "worth": Limits(low=Decimal(0), high=Decimal(10), default=Decimal(1)),
    "growth": Limits(low=Decimal(0), high=Decimal("0.05"), default=Decimal(0)),
    "weeks": Limits(low=Decimal(1), high=Decimal(520), default=Decimal(52), whole=True),
}
"""People, hours and rate are the article's; its sample line has four hours at 30 dollars and 160 hours in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Busywork:
    """What somebody says of busywork. Raises `ValueError` with a sentence where an input is outside its limits."""

    people: Decimal = LIMITS["people"].default
    """How many people do it."""
    hours: Decimal = LIMITS["hours"].default
    """Hours a week that each of them loses."""
    rate: Decimal = LIMITS["rate"].default
    """What an hour costs."""
    worth: Decimal = LIMITS["worth"].default
    """What an hour of better work is worth, as a multiple of what it costs."""
    growth: Decimal = LIMITS["growth"].default
    """By how much the gain of a week grows on the week before, as a fraction."""
    weeks: Decimal = LIMITS["weeks"].default
    """How far to look."""

    def __post_init__(self) -> None:
        for name, problem in self.problems_of({name: getattr(self, name) for name in LIMITS}):
            raise ValueError(f"{name}: {problem}")

    @staticmethod
    def problems_of(values: Mapping[str, Decimal]) -> list[tuple[str, str]]:
        """Which inputs are outside their limits, each with what would be right."""
        found: list[tuple[str, str]] = []
        for name, value in values.items():
            limits = LIMITS[name]
            if not value.is_finite() or not limits.low <= value <= limits.high:
                found.append((name, f"Enter between {limits.low:,} and {limits.high:,}."))
            elif limits.whole and value != value.to_integral_value():
                found.append((name, "Enter a whole number."))
        return found

    @property
    def hours_a_week(self) -> Decimal:
        """Of all people together."""
        return self.people * self.hours

    @property
    def loss_a_week(self) -> Decimal:
        """What the lost hours cost."""
        return self.hours_a_week * self.rate

    @property
    def value_a_week(self) -> Decimal:
        """What the hours could have been worth in their first week."""
        return self.loss_a_week * self.worth

    def lost(self, weeks: int) -> Decimal:
        """What the lost hours have cost after so many weeks."""
        return weeks * self.loss_a_week

    def gained(self, weeks: int) -> Decimal:
        """What they could have been worth together after so many weeks."""
        if not self.growth:
            return weeks * self.value_a_week
        return self.value_a_week * ((1 + self.growth) ** weeks - 1) / self.growth

    def total(self, weeks: int) -> Decimal:
        """Both together, as the article counts them."""
        return self.lost(weeks) + self.gained(weeks)


# --- from a log -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AgainAt:
    """Work done again at one step."""

    site: Site
    title: str
    visits: int
    """Visits beyond the first of a case."""
    hours_a_week: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeasuredWaste:
    """Work that was done again, in hours a week of all people together."""

    cases: int
    weeks: float
    """From the first case that ended to the last."""
    hours_a_week: float
    low: float
    high: float
    """The 95 % interval, by resampling whole cases."""
    places: tuple[AgainAt, ...]
    """Worst first."""
    estimated: bool
    """Whether some times are inferred rather than recorded."""


@dataclass(frozen=True, slots=True)
class TooLittle:
    """Why nothing is said."""

    sentence: str


def measured_waste(log: ProcessLog) -> MeasuredWaste | TooLittle:
    """The work of every visit beyond the first, from the finished cases of a process or workflow."""
    if len(log.cases) < FEWEST_CASES:
        return TooLittle(f"It needs {FEWEST_CASES} finished cases, and there are {len(log.cases)}.")
    ends = [case.end for case in log.cases]
    weeks = (max(ends) - min(ends)) / WEEK
    if weeks < FEWEST_WEEKS:
        return TooLittle(f"It needs {FEWEST_WEEKS:.0f} weeks of finished cases, and there are {weeks:.1f}.")
    per_case: list[float] = []
    spent, visits, titles = defaultdict[Site, float](float), Counter[Site](), dict[Site, str]()
    for case in log.cases:
        again = _done_again(case, log)
        per_case.append(sum(hours for _, hours in again))
        for site, hours in again:
            spent[site] += hours
            visits[site] += 1
        titles |= {one.site: one.title or one.step for one in case.instances}
    scale = len(per_case) / weeks
    low, high = mean_interval(per_case)
    return MeasuredWaste(
        cases=len(per_case),
        weeks=weeks,
        hours_a_week=sum(per_case) / weeks,
        low=low * scale,
        high=high * scale,
        places=tuple(
            AgainAt(site=site, title=titles[site], visits=visits[site], hours_a_week=hours / weeks)
            for site, hours in sorted(spent.items(), key=lambda pair: -pair[1])
            if hours > 0
        ),
        estimated=any(one.evidence == "estimated" for case in log.cases for one in case.instances),
    )


def _done_again(case: ProcessCase, log: ProcessLog) -> list[tuple[Site, float]]:
    """Each visit of people to a step that the same run had been at before, with the working hours spent on it."""
    by_id = case.by_id()
    seen = set[tuple[str, Site]]()
    found: list[tuple[Site, float]] = []
    for one in case.instances:
        place = (one.case_id, one.site)
        if place in seen and not one.is_outside and one.kind not in MACHINE_KINDS:
            releaser = case.last_releaser(one, by_id)
            lower = releaser.ended if releaser else case.begin
            segments = segments_of(one, lower, case.handoff_site(one, by_id), log.calendar_of(one))
            found.append((one.site, sum(s.open.total_seconds() for s in segments if s.kind == "working") / 3600))
        seen.add(place)
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Payback:
    """When a change has paid for itself, and what a year of it returns."""

    weeks: float
    soonest: float
    latest: float
    """Infinite where the interval of what is saved reaches down to nothing."""
    return_a_year: float
    """(saved in 52 weeks - cost) / cost."""


def payback(saved_a_week: float, low: float, high: float, cost: float) -> Payback | None:
    """How long until what is saved (money a week, with its interval) has covered a cost paid once; None for no saving."""
    if saved_a_week <= 0 or cost <= 0:
        return None
    return Payback(
        weeks=cost / saved_a_week,
        soonest=cost / high if high > 0 else math.inf,
        latest=cost / low if low > 0 else math.inf,
        return_a_year=(52 * saved_a_week - cost) / cost,
    )
