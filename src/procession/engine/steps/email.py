"""`email:` — a mail sent by itself, or drafted for a person."""

from __future__ import annotations

from dataclasses import dataclass

from procession.engine.definition import Assignee, Text
from procession.engine.steps.base import StepType


class Email(StepType):
    """Send a mail."""

    name, category, icon = "email", "Messages", "mail"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        to: tuple[Assignee, ...]
        """An address, a person, `starter`, `requester`, `everyone involved`; each once."""
        subject: Text | None = None
        """None: the step's title."""
        text: Text = Text("")
        attach: tuple[str, ...] = ()
        """File fields."""
        draft_for: tuple[Assignee, ...] = ()
        """A person who reads it, may change it, and sends it."""
