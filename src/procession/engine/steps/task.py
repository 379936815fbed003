"""`task:` — one person does it."""

from __future__ import annotations

from dataclasses import dataclass

from procession.engine.definition import Assignee, Form
from procession.engine.steps.base import StepType


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
