"""The ten-step reference: what speed is measured on, here and against others.

Ten steps in a row, each of three people; Monday to Friday, nine to five; thirty minutes of work on average, without
memory; 1.1 cases an hour, day and night: everybody works 77 % of their time.
"""

from __future__ import annotations

from procession.analytics.simulation.arrivals import Poisson
from procession.analytics.simulation.distributions import Exponential
from procession.analytics.simulation.model import END, Model, Person, Place, Source, Work

STEPS, PEOPLE, MINUTES, PER_HOUR = 10, 3, 30, 1.1


def ten_steps() -> Model:
    """The model."""
    return Model(
        nodes=tuple(
            Work(
                place=Place("reference", f"step-{step}", f"Step {step}", "reference"), work=Exponential(60.0 * MINUTES),
                group=f"team-{step}", next=step if step < STEPS else END,
            )
            for step in range(1, STEPS + 1)
        ),
        people=tuple(
            Person(name=f"{step}-{number}", groups=frozenset((f"team-{step}",)))
            for step in range(1, STEPS + 1)
            for number in range(1, PEOPLE + 1)
        ),
        sources=(Source(name="reference", arrivals=Poisson(PER_HOUR), entry=0),),
    )  # fmt: skip
