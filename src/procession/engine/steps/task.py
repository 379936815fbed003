"""`task:` — one person does it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from procession.engine.decide.people import open_task
from procession.engine.definition import Assignee, Form, Step
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class Task(StepType):
    """Ask one person to do something and to fill in a form."""

    name, category, icon = "task", "People", "square-pen"
    is_task = True

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        assign: tuple[Assignee, ...] = ()
        """Who does it; several people wait for one of them to claim it. Without it the starter does it."""
        not_by: tuple[str, ...] = ()
        """People, `starter`, or steps whose performers may not do it."""
        form: Form = ()
        """The fields it asks."""
        outcomes: tuple[str, ...] = ("done",)
        """Each is a button."""
        checklist: tuple[str, ...] = ()
        """Points to tick off; all of them before it can be completed."""

    def outcomes(self, step: Step) -> tuple[str, ...]:
        return step.config.outcomes

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        open_task(deciding, step, place)
