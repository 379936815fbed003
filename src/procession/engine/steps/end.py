"""`end:` — the whole case ends."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from procession.engine.definition import Step
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class End(StepType):
    """End the whole case with an outcome, also from inside a block."""

    name, category, icon = "end", "Flow", "circle-stop"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        outcome: str = ""
        """The title doubles as it; empty: the workflow's own `outcome:`."""

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        activation = deciding.open_step(step, place)
        deciding.finish(activation, "done")
