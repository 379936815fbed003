"""What measuring gives. Times are microseconds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

FEWEST = {0.5: 5, 0.9: 20, 0.99: 100}
"""How many values a quantile needs before it is told."""


@dataclass(frozen=True, slots=True)
class Quantiles:
    """A spread; a quantile is None where there are too few values to tell it."""

    count: int
    p50: float | None
    p90: float | None = None
    p99: float | None = None

    @property
    def note(self) -> str | None:
        """What is not told, and how many values it would need."""
        for share, value in ((0.5, self.p50), (0.9, self.p90), (0.99, self.p99)):
            if value is None:
                return f"{round(100 * share)} of 100 needs {FEWEST[share]} values, there are {self.count}"
        return None


def quantiles(count: int, values: Sequence[float]) -> Quantiles:
    """The median, and where they are given the ninetieth and ninety-ninth of a hundred, as far as they may be told."""
    told = [float(v) if count >= FEWEST[s] else None for s, v in zip((0.5, 0.9, 0.99), values, strict=False)]
    return Quantiles(count, *told)


@dataclass(frozen=True, slots=True)
class Follows:
    """One step directly after another."""

    before: str
    step: str
    count: int
    cases: int
    between: Quantiles
    total: int
    """All the time between them."""


@dataclass(frozen=True, slots=True)
class Variant:
    """A sequence of steps."""

    steps: tuple[str, ...]
    cases: int
    share: float
    """Of all cases."""
    cycle: Quantiles


@dataclass(frozen=True, slots=True)
class StepFigures:
    """One step. Where beginnings are not recorded, waiting and working are only known together."""

    step: str
    count: int
    cases: int
    recorded: int
    """Instances whose beginning is recorded."""
    waiting: Quantiles
    working: Quantiles
    both: Quantiles
    """From ready to done."""
    waited: int
    """All waiting; together with `worked` an interval where beginnings are estimated."""
    worked: int
    again_cases: int = 0
    """Cases in which it was done more than once."""
    again: int = 0
    """Times it was done after the first."""
    again_work: int = 0
    """The work of those times."""

    @property
    def is_sure(self) -> bool:
        """Whether every beginning is recorded."""
        return self.recorded == self.count


@dataclass(frozen=True, slots=True)
class Party:
    """A step as one person, group or department does it."""

    step: str
    who: str
    """Empty where nobody is named."""
    count: int
    cases: int
    recorded: int
    waiting: Quantiles
    working: Quantiles
    waited: int
    worked: int


@dataclass(frozen=True, slots=True)
class Handover:
    """Work that passes from one to another."""

    giver: str
    taker: str
    count: int
    between: Quantiles
    total: int


@dataclass(frozen=True, slots=True)
class State:
    """A step as a state: until the next step of the case ends."""

    step: str
    lasting: Quantiles
    total: int


@dataclass(frozen=True, slots=True)
class Bucket:
    """One day or week."""

    begin: int
    arrivals: int
    """Cases that began."""
    ended: int
    open: float
    """Cases that were open, on average."""


@dataclass(frozen=True, slots=True)
class Little:
    """Little's law over the middle of the log: open cases = arrivals × cycle. It fails where the log is cut or grows."""

    begin: int
    end: int
    open: float
    """Cases open on average: L."""
    arrivals_per_day: float
    """λ."""
    cycle: float
    """The mean cycle of the cases that began in the window: W."""
    gap: float
    """|L - λ W| / L."""

    @property
    def holds(self) -> bool:
        """Within 5 %."""
        return self.gap <= 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFigures:
    """All measures of a log."""

    cases: int
    instances: int
    begin: int
    end: int
    cycle: Quantiles
    mean_cycle: float
    steps: tuple[StepFigures, ...]
    """In order of all the time spent in them."""
    follows: tuple[Follows, ...]
    """The most frequent first."""
    variant_count: int
    variants: tuple[Variant, ...]
    """The most frequent."""
    people: tuple[Party, ...]
    groups: tuple[Party, ...]
    departments: tuple[Party, ...]
    handovers_people: tuple[Handover, ...]
    handovers_groups: tuple[Handover, ...]
    handovers_departments: tuple[Handover, ...]
    states: tuple[State, ...]
    buckets: tuple[Bucket, ...]
    bucket_days: int
    little: Little | None
    """None where the log is too short to have a middle."""
    estimated_starts: float
    """The share of instances whose beginning is estimated."""
    notes: tuple[str, ...] = field(default=())
