"""The causes that a log can show, in the order in which they are taken off a wait.

The order is that of waiting-time analysis (Lashkevich, Milani, Chapela-Campa, Suvorau and Dumas, CAiSE 2023), whose last
class, extraneous waiting, is split further.
"""

from __future__ import annotations

from enum import IntEnum
from typing import Final


class Cause(IntEnum):
    """Why nobody works on it; a column of `Decomposition.waits`."""

    BATCHING = 0
    """It was collected, to be worked on together with others."""
    CONTENTION = 1
    """Whoever did it was busy with what had come before."""
    PRIORITISATION = 2
    """Whoever did it was busy with what came later."""
    UNAVAILABILITY = 3
    """Whoever did it was not at work."""
    HANDOFF = 4
    """It had passed from one to another, and lay unopened."""
    GATE = 5
    """It waited for one of the few hours of the week at which this step is begun."""
    EXTERNAL = 6
    """It was with somebody or something outside."""
    UNEXPLAINED = 7
    """It lay, and the log does not say why."""
    PAUSED = 8
    """Its case stood still on purpose: nobody waited. It is taken off first."""


WORDS: Final = {
    Cause.BATCHING: "collected to be done together",
    Cause.CONTENTION: "busy with earlier work",
    Cause.PRIORITISATION: "overtaken by later work",
    Cause.UNAVAILABILITY: "outside working hours",
    Cause.HANDOFF: "handed over, not yet begun",
    Cause.GATE: "waits for the next meeting or run",
    Cause.EXTERNAL: "with somebody outside",
    Cause.UNEXPLAINED: "no cause in the records",
    Cause.PAUSED: "paused by hand",
}
"""What a person reads."""

EXTRANEOUS: Final = (Cause.HANDOFF, Cause.GATE, Cause.EXTERNAL, Cause.UNEXPLAINED)
"""What neither work nor working hours explain."""
