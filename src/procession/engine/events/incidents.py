"""What stops a case."""

from __future__ import annotations

from dataclasses import field

from procession.engine.case import Json
from procession.engine.events.base import Event
from procession.engine.records import value


@value(kw_only=True)
class IncidentOpened(Event):
    """Something keeps the case from going on."""

    incident: str
    code: str
    sentence: str
    activation: str | None = None
    step: str | None = None
    owner: str | None = None
    outcome: str | None = None
    """The outcome with which the step was about to finish: its work is done, what follows from it could not be."""
    context: dict[str, Json] = field(default_factory=dict[str, Json])
    """What trying again needs to know beside the case."""


@value(kw_only=True)
class IncidentResolved(Event):
    """Somebody, or the next attempt, put it right."""

    incident: str
    how: str = ""
