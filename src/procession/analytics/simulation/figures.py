"""Figures for a definition: how often cases come, who is there, how long things take, which way they go.

A step is named `part/step`, where the part is the member of a process, or the workflow. What is not said is taken from
the definition's `usually:`, and where that is silent too, assumed; every assumption is said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from procession.analytics.simulation.arrivals import Arrivals, Listed, Poisson, Spaced
from procession.analytics.simulation.distributions import Distribution
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.hours import Moments
from procession.analytics.simulation.model import Batch, FieldChance, Order
from procession.engine.durations import SpanError, parse_span

WORK = 15 * 60.0
"""Seconds a person works on a task of which nothing is known."""
OUTSIDE = 86400.0
"""Seconds until an outsider answers, or a message comes, of which nothing is known."""
MACHINE = 5.0
"""Seconds a machine works on a job."""
ITEMS = 2
"""Rows of a table of which nothing is known."""


VISITS = "visits"
"""What counts the visits of a choice, beside its branches."""

Source = tuple[str | None, str | None, str | None]
"""What sets handoffs off: a member (None: the start), its outcome, or its milestone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What is known besides the definition, stated by people or measured in a log."""

    work: Mapping[str, Distribution] = field(default_factory=dict[str, Distribution])
    """Of a step: seconds of working time."""
    wait: Mapping[str, Distribution] = field(default_factory=dict[str, Distribution])
    """Of a step or a handoff (by its id): seconds of working time until somebody turns to it."""
    happens: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of a step with `when:`, or a handoff: the share of times that it happens."""
    outcomes: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    """Of a step: shares of its outcomes."""
    follows: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    """Of a step: how often each step came next, as a log shows it; outcomes are told from where they lead."""
    ended: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    """Of a step: how often it ended with each outcome, as a log shows it; outcomes that there are no more do not count."""
    branches: Mapping[str, Mapping[str, float]] = field(default_factory=dict[str, Mapping[str, float]])
    """Of a choice: how often each branch was taken, as a log shows it, and under `VISITS` how often it was come to."""
    handings: Mapping[Source, Mapping[frozenset[str], float]] = field(
        default_factory=dict["Source", Mapping[frozenset[str], float]]
    )
    """Of what sets handoffs off: how often which of them happened together."""
    in_hours: frozenset[str] = frozenset()
    """Steps of outsiders whose time is working time, for they answer in working hours only."""
    at_once: Mapping[str, int] = field(default_factory=dict[str, int])
    """Of a person: how many tasks they have under way at the same time."""
    people: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many work in a group, such as `group:it`; instead of those that are known by name."""
    data: Mapping[str, FieldChance] = field(default_factory=dict[str, FieldChance])
    """How a field's value is drawn."""
    gates: Mapping[str, Moments] = field(default_factory=dict[str, Moments])
    batches: Mapping[str, Batch] = field(default_factory=dict[str, Batch])
    priorities: Mapping[str, int] = field(default_factory=dict[str, int])
    order: Order = "fifo"


NONE = Figures()

_RATE = re.compile(
    r"\s*([0-9]+(?:\.[0-9]+)?)\s*(?:cases?\s+)?(?:per|an?|/)\s*(hour|day|week|month|year)s?\s*", re.ASCII
)
_HOURS = {"hour": 1.0, "day": 24.0, "week": 168.0, "month": 730.5, "year": 8766.0}
_WRITE = 'write such as "12 per week", "every 2 hours", or moments such as "2026-01-05T09:00Z, 2026-01-05T11:30Z"'


def read_arrivals(text: str, calendar: str = "standard", working_share: float = 1.0) -> Arrivals:
    """Read `12 per week`, `every 2 hours`, or moments with commas between.

    A rate is spread at random over the calendar's hours, which are `working_share` of all hours. Raises
    `SimulationError` that says what to write.
    """
    rate = _RATE.fullmatch(text)
    if rate is not None:
        number, unit = float(rate[1]), rate[2]
        if number == 0:
            raise SimulationError(f"{text!r}: no cases arrive", _WRITE)
        return Poisson(number / _HOURS[unit] / working_share, calendar)
    if text.strip().startswith("every "):
        try:
            span = parse_span(text.strip().removeprefix("every "))
        except SpanError as problem:
            raise SimulationError(f"{text!r} does not say how often cases arrive: {problem}", problem.hint) from None
        seconds = float(span.amount) * SECONDS[span.unit]
        return Spaced(seconds, calendar if span.is_business else None)
    try:
        moments = tuple(datetime.fromisoformat(one.strip()) for one in text.split(","))
    except ValueError:
        raise SimulationError(f"{text!r} does not say how often cases arrive", _WRITE) from None
    return Listed(moments)


SECONDS = {
    "seconds": 1.0, "minutes": 60.0, "hours": 3600.0, "days": 86400.0, "weeks": 604800.0, "months": 2629800.0,
    "business hours": 3600.0, "business days": 28800.0,
}  # fmt: skip
