"""A scenario: what a simulation assumes, and what is different from the definition as it stands."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Literal

from procession.analytics.simulation.distributions import Distribution, Fixed, Lognormal, Triangular
from procession.analytics.simulation.one_step import SPREAD
from procession.analytics.simulation.prepare import Limit
from procession.engine.durations import Span
from procession.engine.schedules import Schedule

CASES = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Time:
    """How long something takes: a usual time around which real ones scatter, or the least, the most, and in between."""

    usually: Span | None = None
    """The mean."""
    spread: float = SPREAD
    """Standard deviation as a share of the mean; 0: always the same."""
    least: Span | None = None
    mostly: Span | None = None
    most: Span | None = None

    def drawn(self, seconds: Callable[[Span], float]) -> Distribution:
        """The distribution, in seconds."""
        if self.usually is not None:
            mean = seconds(self.usually)
            return Lognormal(mean, self.spread) if mean and self.spread else Fixed(mean)
        least, mostly, most = (seconds(one) for one in (self.least, self.mostly, self.most) if one is not None)
        return Triangular(least, mostly, most)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchChange:
    """Work that is collected."""

    size: int | None = None
    """It is let go as soon as so many lie there."""
    at: tuple[Schedule, ...] = ()
    """It is let go at these moments."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChange:
    """What is assumed of a step, or changed."""

    work: Time | None = None
    """How long the work is, in working time; of what outsiders do, how long they take."""
    wait: Time | None = None
    """How long it lies, in working time, before anybody turns to it."""
    takes: float | None = None
    """Its work as a share of today's: 0.5 is half as long."""
    lies: float | None = None
    """How long it lies before anybody turns to it, as a share of today's."""
    happens: float | None = None
    """Of a step with `when:`: the share of times that it is done."""
    outcomes: Mapping[str, float] = field(default_factory=dict[str, float])
    """Shares of its outcomes, or of the branches of a choice; name all."""
    priority: int | None = None
    """Higher comes first, where `order` is priority."""
    batch: BatchChange | None = None
    """It is collected and let go together."""
    gate: tuple[Schedule, ...] = ()
    """It is taken up only at these moments: a meeting, a payment run."""
    instant: bool = False
    """It takes no time any more, and nobody: as if it were gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffChange:
    """What is assumed of a handoff, or changed."""

    wait: Time | None = None
    """How long it lies, in working time, until the other side turns to it."""
    happens: float | None = None
    """The share of times that it happens."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """Everything that is not said is as the definition, or the log, has it."""

    scenario: str
    """What it is called."""
    arrivals: str | None = None
    """How often cases arrive: `12 per week`, `every 2 hours`, or moments."""
    cases: int | None = None
    """So many cases in each run."""
    weeks: float | None = None
    """Instead of a number of cases: all that arrive in so many weeks."""
    replications: int | None = None
    """Runs with different chance, from which the interval comes."""
    seed: int | None = None
    """The same seed, the same run."""
    order: Literal["arrival", "priority", "due"] | None = None
    """What people take first: what lies longest, what has priority, or what is due."""
    urgent: float | None = None
    """The share of cases that come before others, where `order` is priority."""
    people: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many work in a group or role."""
    hours: Mapping[str, str | Mapping[str, Any]] = field(default_factory=dict[str, "str | Mapping[str, Any]"])
    """When a group or role works: the id of a calendar, or hours by day of the week."""
    steps: Mapping[str, StepChange] = field(default_factory=dict[str, StepChange])
    """By step: `member/step` in a process; the step alone where only one has that name."""
    handoffs: Mapping[str, HandoffChange] = field(default_factory=dict[str, HandoffChange])
    """By handoff."""

    def limit(self, most: int | None = None) -> Limit:
        """How much is simulated."""
        if self.weeks is not None:
            return Limit(span=timedelta(weeks=self.weeks))
        return Limit(cases=self.cases or most or CASES)


@dataclass(frozen=True, slots=True)
class Problem:
    """Something in a scenario that does not fit the definition."""

    path: str
    """The part of the file, such as `steps/approve`."""
    code: str
    sentence: str
    hint: str | None = None


class ScenarioProblems(Exception):
    """A scenario that does not fit its definition."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(one.sentence for one in problems))
        self.problems = problems
