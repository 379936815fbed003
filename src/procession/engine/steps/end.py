"""`end:` — the whole case ends."""

from __future__ import annotations

from dataclasses import dataclass

from procession.engine.steps.base import StepType


class End(StepType):
    """End the whole case with an outcome, also from inside a block."""

    name, category, icon = "end", "Flow", "circle-stop"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        outcome: str = ""
        """The title doubles as it; empty: the workflow's own `outcome:`."""
