"""`parallel:` — several branches at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from procession.engine.decide.places import Place
from procession.engine.definition import Scope, Step
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


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

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        config = step.config
        need = {"all": None, "any": 1}.get(config.done_when, config.done_when)
        open_branches(deciding, step, place, config.branches, need)

    def branch_done(self, deciding: Deciding, step: Step, block: str) -> None:
        deciding.branches_done(block, deciding.case.activations[block].need, step.config.rest)


def open_branches(deciding: Deciding, step: Step, place: Place, branches: tuple[Scope, ...], need: int | None) -> None:
    """Open a block and the first step of each of its branches."""
    block = deciding.open_step(step, place, ran=[branch.name for branch in branches], need=need)
    if not branches:
        deciding.finish(block, "done")
    for branch in branches:
        inside = Place(block, branch.name, place.after)
        if branch.steps:
            deciding.arrive(branch.steps[0].id, inside)
        else:
            deciding.end_scope(inside)
