"""Jobs, timers, messages and other cases."""

from __future__ import annotations

from dataclasses import field

from procession.engine.case import Json
from procession.engine.events.base import Event
from procession.engine.instants import Instant
from procession.engine.records import value


@value(kw_only=True)
class JobRequested(Event):
    """Work for a machine; the store defers it in the same commit."""

    activation: str
    kind: str
    """http, webhook, transform, email, or a plug-in's name."""
    attempt: int = 1
    config: dict[str, Json] = field(default_factory=dict[str, Json])
    retry: int = 0
    backoff: str = "exponential"
    after: Instant | None = None
    """Not before this moment."""
    base: int = 0
    """Attempts before somebody had it tried again; the retries are counted from there."""


@value(kw_only=True)
class JobSucceeded(Event):
    """The job gave its result."""

    activation: str
    attempt: int = 1
    result: Json = None


@value(kw_only=True)
class JobFailed(Event):
    """An attempt failed; `final` when none is left."""

    activation: str
    attempt: int = 1
    error: str = ""
    final: bool = False


@value(kw_only=True)
class TimerFired(Event):
    """A timer rang."""

    activation: str
    timer: str


@value(kw_only=True)
class MessageTaken(Event):
    """A wait took a message."""

    activation: str
    name: str
    key: str | None = None
    data: Json = None


@value(kw_only=True)
class MessageKept(Event):
    """A message sent to this case waits for a step that wants it."""

    name: str
    data: Json = None


@value(kw_only=True)
class ChildRequested(Event):
    """Another case is to start; deferred in the same commit under the key (case, activation)."""

    activation: str
    definition: str
    data: dict[str, Json] = field(default_factory=dict[str, Json])
    member: str | None = None
    detached: bool = False


@value(kw_only=True)
class ChildStarted(Event):
    """The requested case exists."""

    activation: str
    child: str


@value(kw_only=True)
class ChildCancelled(Event):
    """The child of a withdrawn step is to be cancelled; deferred in the same commit."""

    activation: str
    child: str | None = None


@value(kw_only=True)
class ChildToFollow(Event):
    """The child is to pause, or to go on, as this case does; deferred in the same commit."""

    activation: str
    child: str


@value(kw_only=True)
class ParentTold(Event):
    """This case ended (or reached a milestone) and the case that started it is to hear of it."""

    parent: str
    activation: str
    what: str
    """`ended`, `milestone`, `measure` or `reopened`."""
    name: str
    """The outcome, the milestone, the measure, or the member."""
    data: dict[str, Json] = field(default_factory=dict[str, Json])
