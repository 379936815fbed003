"""`each:` — the same steps for every item of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from procession.engine.definition import Expr, Scope
from procession.engine.steps.base import StepType


class Each(StepType):
    """Do the same steps for every row of a table or item of a list."""

    name, category, icon = "each", "Flow", "list-checks"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        of: Expr
        """The list."""
        body: Scope
        """`steps:`"""
        as_: str = "item"
        """What the item is called inside."""
        at_once: bool = True
        """All at once, or one after another."""
        done_when: int | Literal["all", "any"] = "all"
        rest: Literal["withdraw", "finish"] = "withdraw"

        def scopes(self) -> tuple[Scope, ...]:
            return (self.body,)
