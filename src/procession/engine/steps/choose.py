"""`choose:` — conditions pick the branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from procession.engine.definition import Scope
from procession.engine.steps.base import StepType


class Choose(StepType):
    """Take the first branch whose condition is true, or all that are."""

    name, category, icon = "choose", "Flow", "split"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        cases: tuple[Scope, ...]
        """Branches, each with its `when:`."""
        otherwise: Scope | None = None
        """Taken when no condition is true."""
        take: Literal["first", "all"] = "first"

        def scopes(self) -> tuple[Scope, ...]:
            return (*self.cases, self.otherwise) if self.otherwise is not None else self.cases
