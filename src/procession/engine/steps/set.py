"""`set:` — data is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from procession.engine.decide.data import write_expressions
from procession.engine.definition import Expr, Step
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class Set(StepType):
    """Write fields. In a file the key holds the fields themselves, so the title comes from `title:` or the fields'
    names."""

    name, category, icon = "set", "Data", "pencil-line"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        values: Mapping[str, Expr] = field(default_factory=dict[str, Expr])
        """Field → expression."""

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        activation = deciding.open_step(step, place)
        if write_expressions(deciding, step.config.values, "set", activation):
            deciding.finish(activation, "done")
