"""`parallel:` — several branches at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from procession.engine.definition import Scope
from procession.engine.steps.base import StepType


class Parallel(StepType):
    """Open several branches at once and go on when enough of them are done."""

    name, category, icon = "parallel", "Flow", "git-fork"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        branches: tuple[Scope, ...]
        """Each entry of `steps:` is a branch; an entry that is a list is a branch of several steps."""
        done_when: int | Literal["all", "any"] = "all"
        """How many branches must come to their end."""
        rest: Literal["withdraw", "finish"] = "withdraw"
        """What becomes of the others then."""

        def scopes(self) -> tuple[Scope, ...]:
            return self.branches
