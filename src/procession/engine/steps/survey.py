"""`survey:` — one private link whose answer becomes a measure of the case."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from procession.engine.decide import measuring
from procession.engine.definition import Assignee, Step, Text
from procession.engine.durations import Span
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class Survey(StepType):
    """Ask somebody for a measure by a private link; the case does not wait for the answer."""

    name, category, icon = "survey", "Messages", "star"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        to: tuple[Assignee, ...]
        """Who is asked: `starter`, `requester`, a person, a field, or an address."""
        measure: str
        """The measure that the answer becomes."""
        ask: Text | None = None
        """The question; the step's title by default."""
        expires: Span | None = None
        """How long it can be answered; 30 days by default."""

    def outcomes(self, step: Step) -> tuple[str, ...]:
        return (measuring.ASKED, measuring.NOT_ASKED)

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        measuring.open_survey(deciding, step, place)
