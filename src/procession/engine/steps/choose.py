"""`choose:` — conditions pick the branch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from procession.engine.decide.deciding import no_answer
from procession.engine.definition import Scope, Step
from procession.engine.steps.base import StepType
from procession.engine.steps.parallel import open_branches

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


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

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        config = step.config
        chosen: list[Scope] = []
        extra = deciding.item_scope(place)
        for case in config.cases:
            answer = deciding.values.evaluate(case.when, place.up, extra)
            if answer.value is None:
                deciding.pend(step, place, "no_answer", no_answer(case.when, answer.warnings))
                return
            if answer.value is True:
                chosen.append(case)
                if config.take == "first":
                    break
        if not chosen and config.otherwise is not None:
            chosen = [config.otherwise]
        open_branches(deciding, step, place, tuple(chosen), None)

    def branch_done(self, deciding: Deciding, step: Step, block: str) -> None:
        deciding.branches_done(block, None, "withdraw")
