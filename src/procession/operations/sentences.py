"""The timeline of a case in sentences: what happened, who did it, and why.

An event that adds nothing for a reader (a counter, a branch that opened) has no sentence.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import singledispatch

from procession.engine import events as e
from procession.engine.definition import Definition, Process, walk
from procession.operations.values import Names, in_words


@dataclass(frozen=True, slots=True)
class Telling:
    """What is needed to tell an event: who did it, names of people, titles of steps and fields."""

    actor: str
    who: Names
    steps: Mapping[str, str] = field(default_factory=dict[str, str])
    """Step or member id → title."""
    fields: Mapping[str, str] = field(default_factory=dict[str, str])
    activations: Mapping[str, str] = field(default_factory=dict[str, str])
    """Activation → step id."""
    hidden: frozenset[str] = frozenset()
    """Fields whose values and names of change are not told."""

    @property
    def actor_name(self) -> str:
        return self.who(self.actor)

    @property
    def by_machine(self) -> bool:
        return self.actor in ("system", "")

    def step(self, step: str | None) -> str:
        return self.steps.get(step or "", step or "a step")

    def at(self, activation: str | None) -> str:
        """The title of the step that an activation visited."""
        return self.step(self.activations.get(activation or "", activation))


def titles(definition: Definition, members: Mapping[str, str] | None = None) -> dict[str, str]:
    """Step (or member) id → title; `members` are the titles of the workflows where they are known."""
    if isinstance(definition, Process):
        known = members or {}
        return {
            name: known.get(name) or one.title or name.replace("-", " ").capitalize()
            for name, one in definition.members.items()
        }
    found = {step.id: step.title for step in walk(definition.body)}
    if definition.on_cancel is not None:
        found |= {step.id: step.title for step in walk(definition.on_cancel)}
    return found


def _why(reason: str | None) -> str:
    reason = (reason or "").strip()
    return f": {reason}" if reason else ""


def tell(event: e.Event, telling: Telling) -> str | None:
    """The event as a sentence; None where there is nothing to tell."""
    return _tell(event, telling)


@singledispatch
def _tell(event: e.Event, t: Telling) -> str | None:
    return None


@_tell.register
def _(event: e.CaseStarted, t: Telling) -> str | None:
    if event.parent:
        return "Started by another workflow"
    return f"{t.who(event.starter or t.actor)} started the case"


@_tell.register
def _(event: e.CaseClosed, t: Telling) -> str | None:
    return f"The case ended: {event.outcome}"


@_tell.register
def _(event: e.CaseCancelling, t: Telling) -> str | None:
    return f"{t.actor_name} cancelled the case{_why(event.reason)}; its clean-up begins"


@_tell.register
def _(event: e.CaseCancelled, t: Telling) -> str | None:
    if event.by is not None:
        return f"The clean-up is done: {t.who(event.by)} cancelled the case{_why(event.reason)}"
    return f"{t.actor_name} cancelled the case{_why(event.reason)}"


@_tell.register
def _(event: e.CaseReopened, t: Telling) -> str | None:
    return f"{t.actor_name} reopened the case{_why(event.reason)}"


@_tell.register
def _(event: e.CaseDueChanged, t: Telling) -> str | None:
    what = f"set the due date of the case to {_day(event.due_at)}" if event.due_at else "removed the case's due date"
    return f"{t.actor_name} {what}{_why(event.reason)}"


@_tell.register
def _(event: e.CaseMoved, t: Telling) -> str | None:
    how = "moved the case back" if event.undoes else "moved the case"
    names = "".join(f", where {old} is {new}" for old, new in event.steps.items())
    return f"{t.actor_name} {how} from version {event.before} to {event.version}{names}{_why(event.reason)}"


@_tell.register
def _(event: e.CaseRenamed, t: Telling) -> str | None:
    return f"The case is now called {event.name}" if not t.hidden else None


@_tell.register
def _(event: e.DataWritten, t: Telling) -> str | None:
    names = [t.fields.get(root_field(name), name) for name in event.values if root_field(name) not in t.hidden]
    names = list(dict.fromkeys(names))
    if not names:
        return None
    listed = in_words(names)
    where = f" at {t.step(event.step)}" if event.step else ""
    match event.origin:
        case "edited":
            return f"{t.actor_name} corrected {listed}{_why(event.reason)}"
        case "typed":
            return f"{t.actor_name} filled in {listed}{where}"
        case "calculated":
            return f"{listed} {'was' if len(names) == 1 else 'were'} recalculated"
        case "decided":
            return f"{t.step(event.step)} decided {listed}"
        case "carried":
            return f"{listed} {'was' if len(names) == 1 else 'were'} handed over{where}"
        case "taken":
            return f"{listed} came from {t.step(event.step)}"
        case _:
            return f"{listed} {'was' if len(names) == 1 else 'were'} set{where}"


@_tell.register
def _(event: e.MilestoneReached, t: Telling) -> str | None:
    # A process calls what its part reached by the part's name too.
    return f"Milestone {event.name.removeprefix(f'{event.step}.')} reached at {t.step(event.step)}"


@_tell.register
def _(event: e.DataSealed, t: Telling) -> str | None:
    until = f" until {_day(event.until)}" if event.until else ""
    what = "Everything" if event.fields == ["*"] else in_words([t.fields.get(name, name) for name in event.fields])
    return f"{what} sealed{until}"


@_tell.register
def _(event: e.CommentAdded, t: Telling) -> str | None:
    return f"{t.actor_name} wrote a comment"


@_tell.register
def _(event: e.StepOpened, t: Telling) -> str | None:
    title = event.title or t.step(event.step)
    again = f" again (visit {event.attempt})" if event.attempt > 1 else ""
    if event.seats:
        return f"{title} asks {t.who.listed(event.seats)}{again}"
    if event.assignee:
        return f"{title} opened{again} for {t.who(event.assignee)}"
    if event.candidates:
        return f"{title} opened{again} for one of {t.who.listed(event.candidates)}"
    return f"{title} began{again}"


@_tell.register
def _(event: e.StepSkipped, t: Telling) -> str | None:
    title = event.title or t.step(event.step)
    if t.by_machine or event.activation is None:
        return f"{title} was skipped{_why(event.reason)}"
    return f"{t.actor_name} skipped {title}{_why(event.reason)}"


@_tell.register
def _(event: e.StepFinished, t: Telling) -> str | None:
    plain = event.outcome in ("done", "", "out")
    return f"{t.step(event.step)} finished" + ("" if plain else f": {event.outcome}")


@_tell.register
def _(event: e.StepWithdrawn, t: Telling) -> str | None:
    return f"{t.step(event.step)} was withdrawn{_why(event.reason)}"


@_tell.register
def _(event: e.TaskClaimed, t: Telling) -> str | None:
    return f"{t.who(event.person)} claimed {t.at(event.activation)}"


@_tell.register
def _(event: e.TaskReleased, t: Telling) -> str | None:
    return f"{t.actor_name} released {t.at(event.activation)} to {t.who.listed(event.candidates)}"


@_tell.register
def _(event: e.TaskDelegated, t: Telling) -> str | None:
    return f"{t.who(event.before or t.actor)} delegated {t.at(event.activation)} to {t.who(event.person)}"


@_tell.register
def _(event: e.TaskReassigned, t: Telling) -> str | None:
    to = t.who(event.person) if event.person else t.who.listed(event.candidates)
    return f"{t.actor_name} reassigned {t.at(event.activation)} to {to}{_why(event.reason)}"


@_tell.register
def _(event: e.TaskFirstOpened, t: Telling) -> str | None:
    return f"{t.who(event.person)} first looked at {t.at(event.activation)}"


@_tell.register
def _(event: e.TaskStarted, t: Telling) -> str | None:
    return f"{t.who(event.person)} began {t.at(event.activation)}" if event.how != "claim" else None


@_tell.register
def _(event: e.TaskCompleted, t: Telling) -> str | None:
    outcome = f": {event.outcome}" if event.outcome and event.outcome != "done" else ""
    return f"{t.who(event.person)} completed {t.step(event.step)}{outcome}"


@_tell.register
def _(event: e.DueChanged, t: Telling) -> str | None:
    what = f"to {_day(event.due_at)}" if event.due_at else "to none"
    return f"{t.actor_name} changed the due date of {t.at(event.activation)} {what}{_why(event.reason)}"


@_tell.register
def _(event: e.PeopleNotified, t: Telling) -> str | None:
    about = {
        "remind": "reminded",
        "escalate": "told that it is late",
        "forecast": "told of the new date",
        "feedback": "asked",
    }.get(event.what, "told")
    where = f" about {t.at(event.activation)}" if event.activation else ""
    return f"{t.who.listed(event.to)} {'was' if len(event.to) == 1 else 'were'} {about}{where}" if event.to else None


@_tell.register
def _(event: e.JobRequested, t: Telling) -> str | None:
    attempt = f", attempt {event.attempt}" if event.attempt > 1 else ""
    return f"{t.at(event.activation)} was handed to a machine ({event.kind}{attempt})"


@_tell.register
def _(event: e.JobFailed, t: Telling) -> str | None:
    more = "no attempt is left" if event.final else "another attempt follows"
    return f"{t.at(event.activation)} failed at attempt {event.attempt} ({event.error}); {more}"


@_tell.register
def _(event: e.TimerFired, t: Telling) -> str | None:
    if event.timer == "due":
        return f"{t.at(event.activation)} became late"
    if event.timer.startswith(("remind", "escalate")):
        return None  # the people notified are told of
    return f"The time for {t.at(event.activation)} came"


@_tell.register
def _(event: e.MessageTaken, t: Telling) -> str | None:
    key = f" ({event.key})" if event.key else ""
    return f"Message {event.name}{key} arrived at {t.at(event.activation)}"


@_tell.register
def _(event: e.MessageKept, t: Telling) -> str | None:
    return f"Message {event.name} arrived and waits for a step that wants it"


@_tell.register
def _(event: e.ChildStarted, t: Telling) -> str | None:
    return f"{t.at(event.activation)} started as a case of its own"


@_tell.register
def _(event: e.ChildCancelled, t: Telling) -> str | None:
    return f"The case of {t.at(event.activation)} was cancelled"


@_tell.register
def _(event: e.IncidentOpened, t: Telling) -> str | None:
    return f"Stopped: {event.sentence}"


@_tell.register
def _(event: e.IncidentResolved, t: Telling) -> str | None:
    who = "" if t.by_machine else f" by {t.actor_name}"
    return f"Put right{who}{_why(event.how)}"


@_tell.register
def _(event: e.HandoffHappened, t: Telling) -> str | None:
    source = t.step(event.source) if event.source else "The start"
    return f"{source} handed over to {t.step(event.to)}" if event.to else None


@_tell.register
def _(event: e.MemberNotStarted, t: Telling) -> str | None:
    return f"{t.step(event.member)} was not started{_why(event.reason)}"


@_tell.register
def _(event: e.CasePaused, t: Telling) -> str | None:
    return f"Paused with the case it is a part of{_why(event.reason)}" if event.with_parent else (
        f"{t.actor_name} paused the case{_why(event.reason)}"
    )  # fmt: skip


@_tell.register
def _(event: e.CaseResumed, t: Telling) -> str | None:
    return (
        f"The case goes on{_why(event.reason)}"
        if t.by_machine
        else f"{t.actor_name} resumed the case{_why(event.reason)}"
    )


@_tell.register
def _(event: e.MemberReopened, t: Telling) -> str | None:
    return f"{t.step(event.member)} was reopened, and the process goes on with it"


@_tell.register
def _(event: e.DataProvided, t: Telling) -> str | None:
    named = in_words([one.replace("_", " ") for one in event.values])
    return f"{t.actor_name} gave {t.step(event.member)} what it lacked: {named}"


@_tell.register
def _(event: e.SurveyAsked, t: Telling) -> str | None:
    return f"{t.who(event.to)} was asked: {event.question}"


@_tell.register
def _(event: e.MeasureGiven, t: Telling) -> str | None:
    what = event.name.replace("_", " ")
    if event.value is None:
        return f"{t.actor_name} made {what} unknown"
    shown = {True: "yes", False: "no"}[event.value] if isinstance(event.value, bool) else event.value
    if event.how == "member":
        return f"A part of it says that {what} is {shown}"
    return f"{t.actor_name} {'answered' if event.how == 'survey' else 'said'} that {what} is {shown}"


@_tell.register
def _(event: e.FeedbackAsked, t: Telling) -> str | None:
    return f"{event.group} was asked: {event.question}"


@_tell.register
def _(event: e.FeedbackGiven, t: Telling) -> str | None:
    return f"{t.actor_name} answered {'yes' if event.good else 'no'}{_why(event.text)}"


def root_field(name: str) -> str:
    """The field that a key such as `lines[2].serial` writes into."""
    return name.partition("[")[0].partition(".")[0]


def _day(instant: str | None) -> str:
    return (instant or "")[:16].replace("T", " ") + " UTC"
