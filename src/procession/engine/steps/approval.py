"""`approval:` — one or more people approve or reject."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from procession.engine.definition import Assignee, Form
from procession.engine.steps.base import StepType


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
