"""`workflow:` — another workflow as a step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from procession.engine.definition import Expr
from procession.engine.steps.base import StepType


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
