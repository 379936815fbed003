"""Is a step of people ready to be automated: is it done often, the same way, by a rule that the data shows.

Automating what is done again and again, or decided by something nobody wrote down, gives the same mess faster. Four
figures are held against limits: runs, rework, exceptions, and how well what is known at the start explains the decision.
The last is the share of decisions that the best single field predicts, learned on one half of the visits and tried on the
other, both ways: by its most frequent outcome for each value, or by a threshold where it is a number.
"""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise

FEWEST_RUNS = 20
MOST_REWORK = 0.1
MOST_EXCEPTIONS = 0.1
LEAST_CLARITY = 0.9
MOST_VALUES = 30
"""A field with more different values than this tells cases apart; it is no rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One visit to the step by somebody."""

    outcome: str
    again: bool = False
    """The case had been there before."""
    exception: bool = False
    """It was skipped, handed to somebody else, or stopped the case."""
    known: Mapping[str, object] = field(default_factory=dict[str, object])
    """What the start of the case said, by field."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One figure and what it should be."""

    name: str
    value: float
    limit: float
    ok: bool
    sentence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """Whether a step is ready to be automated."""

    runs: int
    checks: tuple[Check, ...]
    rule: str | None
    """The field that explains the decisions best; None where there is but one outcome, or none explains them."""

    @property
    def is_ready(self) -> bool:
        """Every figure is as it should be."""
        return all(one.ok for one in self.checks)

    @property
    def against(self) -> tuple[str, ...]:
        """What speaks against it."""
        return tuple(one.sentence for one in self.checks if not one.ok)


def readiness(visits: Sequence[Visit]) -> Readiness:
    """Hold a step's visits against the limits."""
    runs = len(visits)
    checks = [Check(
        name="runs", value=runs, limit=FEWEST_RUNS, ok=runs >= FEWEST_RUNS,
        sentence=f"it was done {runs} times; {FEWEST_RUNS} are needed to know it",
    )]  # fmt: skip
    rule: str | None = None
    if runs:
        again = sum(one.again for one in visits) / runs
        odd = sum(one.exception for one in visits) / runs
        clarity, rule = explained(visits)
        checks += [
            Check(name="rework", value=again, limit=MOST_REWORK, ok=again < MOST_REWORK,
                  sentence=f"{again:.0%} of it is done again; under {MOST_REWORK:.0%} is safe"),
            Check(name="exceptions", value=odd, limit=MOST_EXCEPTIONS, ok=odd < MOST_EXCEPTIONS,
                  sentence=f"{odd:.0%} were exceptions: skipped, handed on, or stopped; under {MOST_EXCEPTIONS:.0%} is safe"),
            Check(name="clarity", value=clarity, limit=LEAST_CLARITY, ok=clarity >= LEAST_CLARITY,
                  sentence=f"what the start says explains {clarity:.0%} of the decisions; {LEAST_CLARITY:.0%} make a rule"),
        ]  # fmt: skip
    return Readiness(runs=runs, checks=tuple(checks), rule=rule)


def explained(visits: Sequence[Visit]) -> tuple[float, str | None]:
    """The share of decisions that the best single field predicts, and the field; 1 where there is but one outcome."""
    outcomes = Counter(one.outcome for one in visits)
    if len(outcomes) < 2:
        return 1.0, None
    plain = outcomes.most_common(1)[0][1] / len(visits)
    halves = visits[::2], visits[1::2]
    if not all(halves):
        return plain, None
    best, rule = plain, None
    for name in sorted({name for one in visits for name in one.known}):
        hits = sum(_hits(name, halves[side], halves[1 - side]) for side in (0, 1))
        if hits / len(visits) > best:
            best, rule = hits / len(visits), name
    return best, rule


def _hits(name: str, learned: Sequence[Visit], tried: Sequence[Visit]) -> int:
    """How many outcomes of one half a rule learned on the other gets right."""
    usual = Counter(one.outcome for one in learned).most_common(1)[0][0]
    numbers = [_number(one.known.get(name)) for one in learned]
    if sum(one is not None for one in numbers) > len(numbers) / 2:
        limit, below, above = _threshold(name, learned)
        return sum(
            one.outcome == (usual if (x := _number(one.known.get(name))) is None else below if x <= limit else above)
            for one in tried
        )
    votes: dict[str, Counter[str]] = defaultdict(Counter)
    for one in learned:
        votes[str(one.known.get(name))][one.outcome] += 1
    if len(votes) > MOST_VALUES:
        return sum(one.outcome == usual for one in tried)
    rule = {value: count.most_common(1)[0][0] for value, count in votes.items()}
    return sum(one.outcome == rule.get(str(one.known.get(name)), usual) for one in tried)


def _threshold(name: str, learned: Sequence[Visit]) -> tuple[float, str, str]:
    """The number at which to tell two outcomes apart, and the outcome on either side."""
    pairs = sorted((x, one.outcome) for one in learned if (x := _number(one.known.get(name))) is not None)
    low, high = Counter[str](), Counter(outcome for _, outcome in pairs)
    best = (max(high.values()), pairs[-1][0], high.most_common(1)[0][0], high.most_common(1)[0][0])
    for (x, outcome), (following, _) in pairwise(pairs):
        low[outcome] += 1
        high[outcome] -= 1
        if x == following:
            continue
        below, above = low.most_common(1)[0], high.most_common(1)[0]
        if below[1] + above[1] > best[0]:
            best = (below[1] + above[1], statistics.fmean((x, following)), below[0], above[0])
    return best[1], best[2], best[3]


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(Decimal(str(value)))
    except InvalidOperation:
        return None
