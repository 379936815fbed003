"""Why a task waits: the causes that a simulation knows, and the coarser ones that a log can show."""

from __future__ import annotations

from enum import IntEnum


class Cause(IntEnum):
    """Why nothing happens with a task, or, with `WORK`, that something does."""

    WORK = 0
    """Somebody works on it."""
    BATCH = 1
    """It is collected, to be worked with others at a certain moment or in a certain number."""
    BUSY = 2
    """Everybody who is there works on what came to them before."""
    OTHER_WORK = 3
    """Everybody who is there is busy, some of them with another workflow."""
    OVERTAKEN = 4
    """Somebody who is there works on what came later."""
    CLOSED = 5
    """Nobody who may do it is at work: nights, weekends, holidays, absences."""
    HANDOFF = 6
    """It was handed over, and nobody has turned to it."""
    GATE = 7
    """It waits for the next meeting or payment run."""
    OUTSIDE = 8
    """An outsider has it, or it waits for a message."""
    DATA = 9
    """It waits for another part of the same case."""
    TIMER = 10
    """It waits for a date or for time to pass, on purpose."""
    UNEXPLAINED = 11
    """It lies, as stated or measured, and nothing says why."""
    PAUSED = 12
    """Somebody has begun it, and is not at work."""


WORDS: dict[Cause, str] = {
    Cause.WORK: "work",
    Cause.BATCH: "waits for its batch",
    Cause.BUSY: "everybody is busy",
    Cause.OTHER_WORK: "busy with another workflow",
    Cause.OVERTAKEN: "overtaken by other work",
    Cause.CLOSED: "outside working hours",
    Cause.HANDOFF: "handed over, not yet noticed",
    Cause.GATE: "waits for the next meeting or run",
    Cause.OUTSIDE: "with an outsider",
    Cause.DATA: "waits for another part",
    Cause.TIMER: "waits for time to pass",
    Cause.UNEXPLAINED: "lies without a known cause",
    Cause.PAUSED: "begun, then outside working hours",
}
"""What a person reads."""

COARSE: dict[Cause, str] = {
    Cause.BATCH: "batching",
    Cause.BUSY: "contention",
    Cause.OTHER_WORK: "contention",
    Cause.OVERTAKEN: "prioritisation",
    Cause.CLOSED: "unavailability",
    Cause.HANDOFF: "handoff",
    Cause.GATE: "gate",
    Cause.OUTSIDE: "external",
    Cause.DATA: "external",
    Cause.TIMER: "external",
    Cause.UNEXPLAINED: "unexplained",
    Cause.PAUSED: "unavailability",
}
"""The categories of waiting-time analysis (Lashkevich et al., CAiSE 2023) that a log without truth can be held against."""
