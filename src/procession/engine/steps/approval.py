"""`approval:` — one or more people approve or reject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from procession.engine.decide.people import open_task
from procession.engine.decide.quorum import open_quorum
from procession.engine.definition import Assignee, Form, Step
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class Approval(StepType):
    """Ask one or more people to approve or reject."""

    name, category, icon = "approval", "People", "stamp"
    is_task = True

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        assign: tuple[Assignee, ...] = ()
        """Who is asked."""
        not_by: tuple[str, ...] = ()
        """People, `starter`, or steps whose performers may not decide."""
        form: Form = ()
        """The fields it asks."""
        outcomes: tuple[str, ...] = ("approve", "reject")
        """The first is the one that is counted."""
        quorum: int | Literal["all", "any", "majority"] | None = None
        """How many must give the first outcome; without it the first answer decides."""
        checklist: tuple[str, ...] = ()
        """Points to tick off before the first outcome can be given."""

    def outcomes(self, step: Step) -> tuple[str, ...]:
        return step.config.outcomes

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        if step.config.quorum is None:
            open_task(deciding, step, place)
        else:
            open_quorum(deciding, step, place)
