"""What a kind of step is: one self-describing file that names itself, its options, and what opening it does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Literal

from procession.engine.definition import Step

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place

Category = Literal["People", "Automation", "Flow", "Data", "Messages"]


class StepType:
    """One kind of step. Its `Config` is the YAML schema, the editor's form and the reference page.

    Attribute names of `Config` are the YAML keys with `_` for a space; a trailing `_` is dropped (`for_` is `for`).
    """

    name: ClassVar[str]
    """The YAML key."""
    category: ClassVar[Category]
    icon: ClassVar[str]
    """A Lucide icon."""
    Config: ClassVar[type[Any]]
    is_task: ClassVar[bool] = False
    """A person works on it."""

    def outcomes(self, step: Step) -> tuple[str, ...]:
        """The named results that an `on OUTCOME:` may catch, in order; the first is the default."""
        return ("done",)

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        """Open the step: record it with `deciding.open_step(…)`, and finish it at once where nothing is left to wait
        for."""
        raise NotImplementedError

    def branch_done(self, deciding: Deciding, step: Step, block: str) -> None:
        """A branch of this block came to its end: go on if that was enough. Only blocks are asked."""
        raise NotImplementedError
