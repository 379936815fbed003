"""Handoffs between the members of a process."""

from __future__ import annotations

from dataclasses import field

from procession.engine.case import Json
from procession.engine.events.base import Event
from procession.engine.instants import Instant
from procession.engine.records import value


@value(kw_only=True)
class HandoffHappened(Event):
    """Work passed from one member to the next, once."""

    handoff: str
    count: int = 1
    source: str | None = None
    """The member it came from; None for the start."""
    activation: str | None = None
    """That member's activation."""
    to: str | None = None
    carried: dict[str, Json] = field(default_factory=dict[str, Json])
    again: bool = False
    """It went back: the members and handoffs below begin anew."""
    kept: bool = False
    """What it carried is kept for later runs of its target: some handoff of the process goes back."""
    renewed_members: list[str] = field(default_factory=list[str])
    renewed_handoffs: list[str] = field(default_factory=list[str])


@value(kw_only=True)
class ForecastNoted(Event):
    """The case will probably end, and its members begin, at other moments than was said last."""

    ends_at: Instant
    begins: dict[str, str] = field(default_factory=dict[str, str])
    """Member → when it probably begins, where it has not begun."""


@value(kw_only=True)
class MemberNotStarted(Event):
    """A handoff to the member can no longer happen."""

    member: str
    reason: str


@value(kw_only=True)
class MemberReopened(Event):
    """The case of a member that had ended goes on, and so does its part of the process."""

    member: str
    child: str
    renewed_members: list[str] = field(default_factory=list[str])
    """Members that were given up, and may start after all."""
    renewed_handoffs: list[str] = field(default_factory=list[str])
    """Handoffs that had ended the process, and may do so anew."""


@value(kw_only=True)
class DataProvided(Event):
    """Somebody typed what a member lacked to start."""

    activation: str
    member: str
    values: dict[str, Json] = field(default_factory=dict[str, Json])
