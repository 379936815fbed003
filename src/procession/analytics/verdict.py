"""Is it a workflow problem or a process problem: the rule, and how sure it is.

A step or handoff counts as slow when its mean is more than three times the median of the steps' means (or of its own
recorded target): without that fence the long tails of many ordinary steps add up to a problem that nobody has. Its
excess is its mean time on the critical path beyond its reference. Whether it matters is judged by more than the excess:
whoever is slow is slow in most visits, so that the reference, which a quarter of them stays under, is slow as well. What
could be gained there is the time beyond its quickest visits, and at most twice the excess: where most visits take as
long as each other, a few quick ones are cases of another kind. Then:

- healthy: at most 10 % of the cycle could be gained, and at most a fifth of the cases end later than the target;
- workflow problem: more could be gained; one workflow holds at least 60 % of the excess, and less than 25 % of it lies
  between workflows. Where it holds less than 80 %, so that by the quick test it cannot be fixed there alone, what is left
  without its slow steps must be healthy;
- process problem: more could be gained, and it is not that.

Where no place is slow and yet more than a fifth end later, the target decides. Without the waits for dates that cases
name themselves they would keep it: then the target does not fit those dates. Else it is the sign "end-to-end delay":
every step keeps its time and the whole does not, which is a process problem (of one workflow alone, a workflow
problem), and the places are ranked without the fence.

The verdict is spoken only when at least 90 % of 200 resamples of the cases agree with it.
"""

from __future__ import annotations

import itertools
import statistics
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import Literal

from procession.analytics.attribution import Attribution, SiteCost
from procession.analytics.bootstrap import resamples

Kind = Literal["workflow", "process", "target", "healthy"]
VerdictKind = Literal["workflow", "process", "target", "healthy", "undecided", "not enough data"]

FENCE = 3.0
"""How many times the median step a slow place takes at least."""
TOP_SHARE = 0.6
HANDOFF_SHARE = 0.25
EFFECT = 0.1
MOST_GAIN = 2.0
"""How many times the excess of a place may be counted as what could be gained there."""
LATE = 0.2
"""The share of cases over the target above which nobody would call a process healthy."""
CONFIDENCE = 0.9
FEWEST_CASES = 10
COVERED = 0.8
"""The share of the excess that the departments of the quick test must cover."""


@dataclass(frozen=True, slots=True)
class Excess:
    """What one slow step or handoff costs a case beyond its reference."""

    cost: SiteCost
    seconds: float
    """Working time per case."""
    share: float
    """Its share of all excess."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Where the lost time lies and how sure that is. Times are seconds of working time per case."""

    kind: VerdictKind
    leaning: Kind | None
    """What the rule says of these cases as they are, also where it is not sure enough to speak."""
    confidence: float
    """The share of resamples that agree with the leaning."""
    cases: int
    effect: float
    """The excess as a share of the cycle."""
    possible: float
    """What could be gained at the slow places as a share of the cycle; decides whether there is a problem."""
    lost: float
    """The excess of a case."""
    cycle: float
    """The mean cycle of a case."""
    top_part: str | None
    """The workflow in which most of the excess lies."""
    top_share: float
    """The share of the excess inside it."""
    handoff_share: float
    """The share of the excess between workflows."""
    parts: int
    """In how many workflows excess lies."""
    departments: tuple[str, ...]
    """The quick test: the fewest departments that can remove 80 % of the excess together."""
    evidence: tuple[Excess, ...]
    """The slow places, worst first."""
    late: float | None
    """The share of cases over the process's target; None without a target."""
    late_anyway: float | None
    """The same without the waits for dates that cases name themselves."""
    end_to_end: bool
    """No place is slow: it is a problem because cases end after the target. The places are ranked without the fence."""
    missing: tuple[str, ...]
    """What would make an unsure verdict sure."""
    measured: Attribution
    stated: bool = False
    """It rests on what people say, not on cases."""

    @property
    def top(self) -> Excess | None:
        """The place to begin with: the worst between workflows in a process problem, else the worst of all."""
        kind = self.leaning if self.kind == "undecided" else self.kind
        if kind == "process" and self.handoff_share >= HANDOFF_SHARE:
            return next((e for e in self.evidence if e.cost.site.kind == "handoff"), None)
        if kind == "workflow":
            return next((e for e in self.evidence if e.cost.site.part == self.top_part), None)
        return self.evidence[0] if self.evidence else None

    @property
    def spoken(self) -> bool:
        """Whether it names a problem, or that there is none."""
        return self.kind in ("workflow", "process", "target", "healthy")


@dataclass(frozen=True, slots=True)
class _Finding:
    """The rule applied to one sample of cases."""

    kind: Kind
    effect: float
    possible: float
    lost: float
    cycle: float
    top_part: str | None
    top_share: float
    handoff_share: float
    excess: Mapping[int, float]
    """By the cost's place in the attribution."""
    end_to_end: bool = False


def judge(measured: Attribution, *, seed: int = 0) -> Verdict:
    """Apply the rule to all finished cases and to resamples of them."""
    if measured.cases < FEWEST_CASES:
        return _too_few(measured)
    columns = _Columns(measured)
    finding = columns.apply(range(measured.cases))
    agreeing = [columns.apply(drawn).kind == finding.kind for drawn in resamples(measured.cases, seed=seed)]
    confidence = sum(agreeing) / len(agreeing)
    sure = confidence >= CONFIDENCE
    return _verdict(
        measured, finding, kind=finding.kind if sure else "undecided", confidence=confidence, cases=measured.cases,
        missing=() if sure else _missing(measured, finding, confidence, columns),
    )  # fmt: skip


def judge_stated(said: Attribution) -> Verdict:
    """Apply the rule to the one case that takes what people say. Nothing repeats, so there is no confidence."""
    finding = _Columns(said, by_target=False).apply((0, 0))
    verdict = _verdict(said, finding, kind=finding.kind, confidence=0.0, cases=0, missing=())
    return replace(verdict, stated=True, late=None, late_anyway=None)


def _verdict(
    measured: Attribution, finding: _Finding, *, kind: VerdictKind, confidence: float, cases: int,
    missing: tuple[str, ...],
) -> Verdict:  # fmt: skip
    ranked = sorted(finding.excess.items(), key=lambda pair: -pair[1])
    evidence = tuple(
        Excess(measured.costs[index], seconds, seconds / finding.lost) for index, seconds in ranked if seconds > 0
    )
    return Verdict(
        kind=kind, leaning=finding.kind, confidence=confidence, cases=cases, effect=finding.effect,
        possible=finding.possible, lost=finding.lost, cycle=finding.cycle, top_part=finding.top_part,
        top_share=finding.top_share, handoff_share=finding.handoff_share,
        parts=len({e.cost.site.part for e in evidence if e.cost.site.kind == "step"}),
        departments=fewest_departments([(e.cost.departments, e.seconds) for e in evidence]), evidence=evidence,
        late=_share(_over(measured, measured.cycles)), late_anyway=_share(_over(measured, _undated(measured))),
        end_to_end=finding.end_to_end, missing=missing, measured=measured,
    )  # fmt: skip


class _Columns:
    """Each figure of each place as one column over the cases, so that a resample is summed at the speed of C."""

    def __init__(self, measured: Attribution, *, by_target: bool = True) -> None:
        self.measured = measured
        self.late = _over(measured, measured.cycles) if by_target else None
        self.late_anyway = _over(measured, _undated(measured)) if by_target else None
        self.spent = [(cost.spent, cost.visits) for cost in measured.costs]
        self.excess = [tuple(cost.excess()) for cost in measured.costs]
        self.gain = [tuple(cost.beyond(cost.quickest)) for cost in measured.costs]
        self.once = tuple(all(count == 1 for count in cost.visits) for cost in measured.costs)

    def apply(self, cases: Sequence[int]) -> _Finding:
        """The rule on these cases; a case may occur more than once."""
        pick = itemgetter(*cases)
        means: list[float] = []
        for (spent, visits), once in zip(self.spent, self.once, strict=True):
            count = len(cases) if once else sum(pick(visits))
            means.append(sum(pick(spent)) / count if count else 0.0)
        cycle = sum(pick(self.measured.cycles)) / len(cases)
        found = self._decided(_slow(self.measured, means), pick, len(cases), cycle)
        if found.kind != "healthy" or not self._share(self.late, pick, len(cases)) > LATE:
            return found
        if self._share(self.late_anyway, pick, len(cases)) <= LATE:
            return replace(found, kind="target")
        spread = self._decided(range(len(self.excess)), pick, len(cases), cycle)
        alone = len({cost.site.part for cost in self.measured.costs}) == 1
        return replace(spread, kind="workflow" if alone else "process", end_to_end=True)

    def _decided(
        self, places: Iterable[int], pick: Callable[[Sequence[float]], Iterable[float]], count: int, cycle: float
    ) -> _Finding:
        slow = tuple(places)
        return _decide(
            self.measured,
            {i: sum(pick(self.excess[i])) / count for i in slow},
            {i: sum(pick(self.gain[i])) / count for i in slow},
            cycle,
        )

    @staticmethod
    def _share(late: Sequence[bool] | None, pick: Callable[[Sequence[float]], Iterable[float]], count: int) -> float:
        return sum(pick(late)) / count if late else 0.0


def _slow(measured: Attribution, means: Sequence[float]) -> list[int]:
    """The places beyond the fence, by their place in the attribution."""
    steps = [mean for cost, mean in zip(measured.costs, means, strict=True) if cost.site.kind == "step" and mean]
    fence = FENCE * statistics.median(steps) if steps else 0.0
    return [
        index
        for index, (cost, mean) in enumerate(zip(measured.costs, means, strict=True))
        if mean > fence or (cost.has_target and mean > FENCE * cost.reference)
    ]


def _decide(measured: Attribution, beyond: Mapping[int, float], gained: Mapping[int, float], cycle: float) -> _Finding:
    """The rule, given the seconds a case of each slow place beyond its reference, and beyond its quickest visits."""
    excess = {index: seconds for index, seconds in beyond.items() if seconds > 0}
    by_part, between = _inside_and_between(measured, excess)
    gain = {index: min(gained[index], MOST_GAIN * seconds) for index, seconds in excess.items()}
    gain_by_part, gain_between = _inside_and_between(measured, gain)
    lost = between + sum(by_part.values())
    gainable = gain_between + sum(gain_by_part.values())
    top_part = max(by_part, key=lambda part: by_part[part], default=None)
    top_share = by_part[top_part] / lost if top_part is not None else 0.0
    handoff_share = between / lost if lost else 0.0
    kind: Kind = "healthy"
    if gainable > EFFECT * cycle:
        kind = "process"
        if top_part is not None and top_share >= TOP_SHARE and handoff_share < HANDOFF_SHARE:
            own = gain_by_part[top_part]
            enough = top_share >= COVERED or gainable - own <= EFFECT * (cycle - own)
            kind = "workflow" if enough else "process"
    share = 1 / cycle if cycle else 0.0
    return _Finding(kind, lost * share, gainable * share, lost, cycle, top_part, top_share, handoff_share, excess)


def _inside_and_between(measured: Attribution, seconds: Mapping[int, float]) -> tuple[dict[str, float], float]:
    """The seconds inside each workflow, and between workflows."""
    inside: dict[str, float] = defaultdict(float)
    between = 0.0
    for index, amount in seconds.items():
        site = measured.costs[index].site
        if site.kind == "handoff":
            between += amount
        else:
            inside[site.part] += amount
    return inside, between


def fewest_departments(excess: Iterable[tuple[tuple[str, ...], float]], covered: float = COVERED) -> tuple[str, ...]:
    """The quick test, "can one person fix it": the smallest set of departments that covers this share of the excess.

    What lies between two departments is covered when both are in the set. Among sets of the same size the one that
    covers most is taken. Excess of nobody known counts in the total only; when no set reaches the share, all are named.
    """
    amounts: dict[frozenset[str], float] = defaultdict(float)
    total = 0.0
    for departments, seconds in excess:
        total += seconds
        if departments:
            amounts[frozenset(departments)] += seconds
    everyone = sorted(frozenset[str]().union(*amounts))
    # More than a dozen departments are cut to those with the most excess: the search looks at every set.
    everyone = sorted(everyone, key=lambda d: (-sum(s for among, s in amounts.items() if d in among), d))[:12]
    for size in range(1, len(everyone) + 1):
        best = max(itertools.combinations(everyone, size), key=lambda chosen: _covers(chosen, amounts))
        if _covers(best, amounts) >= covered * total:
            return best
    return tuple(everyone)


def _covers(chosen: tuple[str, ...], amounts: Mapping[frozenset[str], float]) -> float:
    return sum(seconds for among, seconds in amounts.items() if among <= set(chosen))


def _over(measured: Attribution, cycles: Sequence[float]) -> list[bool] | None:
    """Per case whether it ends after the target; None without a target."""
    return None if measured.target is None else [cycle > measured.target for cycle in cycles]


def _undated(measured: Attribution) -> list[float]:
    """The cycles without the waits for dates that cases name themselves."""
    return [cycle - planned for cycle, planned in zip(measured.cycles, measured.planned, strict=True)]


def _share(late: Sequence[bool] | None) -> float | None:
    return sum(late) / len(late) if late else None


def _missing(measured: Attribution, finding: _Finding, confidence: float, columns: _Columns) -> tuple[str, ...]:
    """What would make it sure: which figure lies near its limit, and what kind of data would settle it."""
    reasons: list[str] = []
    late = [share for one in (columns.late, columns.late_anyway) if (share := _share(one)) is not None]
    if finding.possible <= EFFECT and any(abs(share - LATE) < 0.1 for share in late):
        reasons.append(f"the share of late cases is close to the {round(100 * LATE)} % from which it is a problem")
    if abs(finding.possible - EFFECT) < 0.05:
        reasons.append(
            f"what could be gained is close to the {round(100 * EFFECT)} % of the cycle from which it is a problem"
        )
    elif abs(finding.handoff_share - HANDOFF_SHARE) < 0.1:
        reasons.append("the time between workflows is close to the share that makes it a process problem")
    elif abs(finding.top_share - TOP_SHARE) < 0.1:
        reasons.append("one workflow holds close to the share that makes it the problem")
    reasons.append(f"more finished cases than {measured.cases}")
    if measured.estimated > 0.2:
        reasons.append("recorded times of opening and starting instead of estimated ones")
    return tuple(reasons)


def _too_few(measured: Attribution) -> Verdict:
    lacking = FEWEST_CASES - measured.cases
    return Verdict(
        kind="not enough data",
        leaning=None,
        confidence=0.0,
        cases=measured.cases,
        effect=0.0,
        possible=0.0,
        lost=0.0,
        cycle=sum(measured.cycles) / measured.cases if measured.cases else 0.0,
        top_part=None,
        top_share=0.0,
        handoff_share=0.0,
        parts=0,
        departments=(),
        evidence=(),
        late=_share(_over(measured, measured.cycles)),
        late_anyway=_share(_over(measured, _undated(measured))),
        end_to_end=False,
        missing=(f"{lacking} more finished case{'s' if lacking > 1 else ''}",),
        measured=measured,
    )
