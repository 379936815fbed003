"""The ways of a case that take no time, as they were recorded: which branch, which step was passed over, what was handed
over together. Times do not show them, and a simulation needs their shares."""

from __future__ import annotations

from typing import Literal, NamedTuple


class Way(NamedTuple):
    """One turn that a case took."""

    what: Literal["came", "passed over", "branch", "timer"]
    """It came to a step that takes no time, or holds others; it passed a step over, for its condition was not true; it
    took a branch; a clock ended a state."""
    place: str
    """The step, as `part/step`."""
    name: str = ""
    """The branch (empty: none was taken), or the timer."""


class Handing(NamedTuple):
    """What one event in a process set off."""

    member: str | None
    """Whose end or milestone it was; None: the start of the process."""
    outcome: str | None
    milestone: str | None
    handoffs: frozenset[str]
    """The ids of those that happened."""
