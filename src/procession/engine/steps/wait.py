"""`wait:` — for time, a message or a milestone; several race."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from procession.engine.decide.waiting import open_wait
from procession.engine.definition import Expr, Step, Target
from procession.engine.durations import Span
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class Wait(StepType):
    """Wait for a time, a message or a milestone; of several the first wins."""

    name, category, icon = "wait", "Flow", "hourglass"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        for_: Span | Expr | None = None
        """How long."""
        until: Expr | None = None
        """A date or a moment; one that has passed is now."""
        message: str | None = None
        """The name of the message."""
        match: Expr | None = None
        """The key a message must carry, computed when the wait opens; without it only messages sent to this case
        count."""
        keep: Span | None = None
        """How old a message may be that came before the wait opened; 7 days by default."""
        take: Mapping[str, Expr] = field(default_factory=dict[str, Expr])
        """Field → expression over `message`."""
        reached: str | None = None
        """A milestone of this case."""
        on_time: Target | None = None
        on_message: Target | None = None
        on_reached: Target | None = None

    def outcomes(self, step: Step) -> tuple[str, ...]:
        return ("time", "message", "reached")

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        open_wait(deciding, step, place)
