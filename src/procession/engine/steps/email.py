"""`email:` — a mail sent by itself, or drafted for a person."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from procession.engine.decide import jobs
from procession.engine.definition import Assignee, Step, Text
from procession.engine.steps.base import StepType

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding, Place


class Email(StepType):
    """Send a mail."""

    name, category, icon = "email", "Messages", "mail"

    @dataclass(frozen=True, slots=True, kw_only=True)
    class Config:
        to: tuple[Assignee, ...]
        """An address, a person, `starter`, `requester`, `everyone involved`; each once."""
        subject: Text | None = None
        """None: the step's title."""
        text: Text = Text("")  # noqa: RUF009 - plain text with a type of its own
        attach: tuple[str, ...] = ()
        """File fields."""
        draft_for: tuple[Assignee, ...] = ()
        """A person who reads it, may change it, and sends it."""

    def open(self, deciding: Deciding, step: Step, place: Place) -> None:
        jobs.open_email(deciding, step, place)
