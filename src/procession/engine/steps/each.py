"""`each:` — the same steps for every item of a list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from procession.engine import events as ev
from procession.engine.decide.places import Place
from procession.engine.decide.regions import grow, length
from procession.engine.definition import Expr, Scope, Step
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


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

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        config = step.config
        rows = deciding.values.evaluate(config.of, place.up, deciding.item_scope(place)).value
        if rows is not None and not isinstance(rows, list):
            deciding.pend(
                step, place, "type_mismatch", f"'{config.of}' is not a list, so '{step.title}' cannot go through it."
            )
            return
        count = length(cast("object", rows))
        first = count if config.at_once else min(count, 1)
        need = {"all": None, "any": 1}.get(config.done_when, config.done_when)
        block = deciding.open_step(step, place, ran=[str(item) for item in range(1, first + 1)], need=need)
        if not count:
            deciding.finish(block, "done")
        for item in range(1, first + 1):
            deciding.arrive(config.body.steps[0].id, Place(block, str(item), place.after))

    def branch_done(self, deciding: Deciding, step: Step, block: str) -> None:
        one = deciding.case.activations[block]
        config = step.config
        grow(deciding, block, one)
        count = deciding.values.length(config.of, block)
        following = len(one.ran) + 1
        more = not config.at_once and following <= count and one.done is None
        if more and not (one.need is not None and len(one.ended) >= one.need):
            deciding.emit(ev.BranchOpened(activation=block, branch=str(following)))
            deciding.arrive(config.body.steps[0].id, Place(block, str(following), tuple(one.enders[-1:])))
            return
        deciding.branches_done(block, one.need, config.rest)
