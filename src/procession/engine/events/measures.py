"""Figures that people give of a case, and what they are asked along a process."""

from __future__ import annotations

from dataclasses import field

from procession.engine.case import Json
from procession.engine.events.base import Event
from procession.engine.instants import Instant
from procession.engine.records import value


@value(kw_only=True)
class SurveyAsked(Event):
    """Somebody is asked for a measure through a private link; the case does not wait."""

    survey: str
    """The activation of its step."""
    step: str
    measure: str
    question: str
    to: str
    """A person, or `guest:ADDRESS`."""
    expires_at: Instant


@value(kw_only=True)
class MeasureGiven(Event):
    """A figure of the case is known now; None: it is unknown again."""

    name: str
    value: Json = None
    how: str = "entered"
    """entered, survey, or member: a member of the process was told it."""
    survey: str | None = None
    """The survey that was answered."""
    source: str | None = None
    """The member's case that it came from."""


@value(kw_only=True)
class FeedbackAsked(Event):
    """People are asked back along the process whether what came to them was right."""

    feedback: str
    source: str
    """What set it off, such as `background.completed`."""
    group: str
    question: str
    to: list[str] = field(default_factory=list[str])


@value(kw_only=True)
class FeedbackGiven(Event):
    """One of those asked has answered."""

    feedback: str
    good: bool
    text: str = ""
