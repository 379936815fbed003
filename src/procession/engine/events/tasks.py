"""What people do with tasks."""

from __future__ import annotations

from dataclasses import field

from procession.engine.case import Json
from procession.engine.events.base import Event
from procession.engine.instants import Instant
from procession.engine.records import value


@value(kw_only=True)
class TaskClaimed(Event):
    """A candidate took the task."""

    activation: str
    person: str


@value(kw_only=True)
class TaskReleased(Event):
    """The task went back to its candidates."""

    activation: str
    candidates: list[str]


@value(kw_only=True)
class TaskDelegated(Event):
    """The assignee gave the task to somebody else."""

    activation: str
    person: str
    before: str | None = None


@value(kw_only=True)
class TaskReassigned(Event):
    """An administrator or a rule gave the task to somebody else."""

    activation: str
    person: str | None = None
    candidates: list[str] = field(default_factory=list[str])
    before: str | None = None
    reason: str = ""


@value(kw_only=True)
class TaskFirstOpened(Event):
    """Its assignee or a candidate looked at the task for the first time."""

    activation: str
    person: str


@value(kw_only=True)
class TaskViewed(Event):
    """Somebody else looked at the open task: a sign of manual status checking."""

    activation: str
    person: str


@value(kw_only=True)
class TaskStarted(Event):
    """Work began: a claim, or the first saved input."""

    activation: str
    person: str
    how: str = "input"


@value(kw_only=True)
class TaskCompleted(Event):
    """A person finished the task."""

    activation: str
    step: str
    person: str
    outcome: str
    draft: dict[str, Json] | None = None
    """Of a mail: the subject and text as the person left them."""


@value(kw_only=True)
class DueChanged(Event):
    """The task has another due date, and its timers with it."""

    activation: str
    due_at: Instant | None = None
    timers: dict[str, Instant] = field(default_factory=dict[str, Instant])
    reason: str = ""


@value(kw_only=True)
class PeopleNotified(Event):
    """People were told something, by mail and in their inbox."""

    to: list[str]
    what: str
    """remind, escalate, withdrawn, assigned, mention, feedback, forecast, pilot."""
    text: str
    activation: str | None = None
