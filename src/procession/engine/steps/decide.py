"""`decide:` — a decision table writes fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from procession.engine.decide.tables import decide_table
from procession.engine.definition import Step
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class Decide(StepType):
    """Let a decision table fill fields."""

    name, category, icon = "decide", "Data", "table-2"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        use: str | None = None
        """A shared decision's id, instead of the table written here."""
        inputs: tuple[str, ...] = ()
        """Expressions, one per input column; mostly field names."""
        outputs: tuple[str, ...] = ()
        """Fields it writes, one per output column."""
        hit: str = "unique"
        """unique, any, first, priority, rule order, output order, collect, collect sum, collect min, collect max,
        collect count."""
        rules: tuple[tuple[Any, ...], ...] = ()
        """One row per rule: input cells, then output cells."""

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        decide_table(deciding, step, deciding.open_step(step, place))
