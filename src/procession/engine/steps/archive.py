"""`archive:` — files and data are sealed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from procession.engine.decide.sealing import seal
from procession.engine.definition import Step
from procession.engine.durations import Span
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class Archive(StepType):
    """Seal the case's files and data: a hash, read-only, kept for a time."""

    name, category, icon = "archive", "Data", "archive"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        fields: tuple[str, ...] = ()
        """What is sealed; empty means everything."""
        retention: Span | None = None
        """How long it is kept; None: as the organisation says."""

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        activation = deciding.open_step(step, place)
        seal(deciding, step)
        deciding.finish(activation, "done")
