"""`workflow:` — another workflow as a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from procession.engine.decide.children import open_child
from procession.engine.definition import Expr, Step
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class ChildWorkflow(StepType):
    """Run another workflow and go on with its outcome."""

    name, category, icon = "workflow", "Flow", "workflow"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        use: str
        """The workflow's id."""
        with_: Mapping[str, Expr] = field(default_factory=dict[str, Expr])
        """Data in: its field → expression; checked as a start is."""
        take: Mapping[str, Expr] = field(default_factory=dict[str, Expr])
        """Data out: our field → expression over its fields."""
        detached: bool = False
        """Go on without waiting for it."""

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        open_child(deciding, step, place)
