"""Pausing a case: time stops for it, and starts again where it stopped."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.calendar import CalendarError, WorkCalendar
from procession.engine.case import Activation
from procession.engine.decide.timing import calendar_for
from procession.engine.instants import from_instant, to_instant
from procession.engine.rejections import Conflict, MissingField

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding

REFUSED = frozenset({
    ask_.CompleteTask, ask_.SendBack, ask_.SkipStep, ask_.CompleteNow, ask_.SendMessage, ask_.TakeMessage,
    ask_.RetryIncident, ask_.SkipIncident,
})  # fmt: skip
"""What would move the case. A machine's result and a member's end are taken all the same: they have happened."""


def stands_still(deciding: Deciding, command: ask_.Command) -> bool:
    """Whether a paused case lets the command pass unheard. Raises Conflict where somebody waits for an answer."""
    if not deciding.case.is_paused:
        return False
    if type(command) in REFUSED:
        why = f": {deciding.case.paused_why}" if deciding.case.paused_why else ""
        raise Conflict(f"This case is paused{why}.", hint="Resume it first.")
    return isinstance(command, ask_.FireTimer)


def pause_case(deciding: Deciding, ask: ask_.PauseCase) -> None:
    """Nothing rings any more; the cases that this one started stand still too."""
    case = deciding.case
    if ask.with_parent and (case.is_paused or not case.is_open):
        return
    _need_open(deciding)
    if not ask.reason.strip():
        raise MissingField("reason", "A reason is needed.", hint="One sentence; it stays on the case.")
    if case.is_paused:
        raise Conflict("This case is paused already.")
    deciding.emit(ev.CasePaused(reason=ask.reason.strip(), with_parent=ask.with_parent))
    _tell(deciding, f"{case.name} is paused: {ask.reason.strip()}")
    children_follow(deciding)


def resume_case(deciding: Deciding, ask: ask_.ResumeCase) -> None:
    """Due dates and timers move by the time that has passed, then what waits for it begins."""
    case = deciding.case
    if ask.with_parent and not (case.is_open and case.paused_with_parent):
        return  # it never stood still, or for a reason of its own
    _need_open(deciding)
    if case.paused_at is None:
        raise Conflict("This case is not paused.")
    if case.paused_with_parent and not ask.with_parent:
        raise Conflict("This case is paused together with the one it is a part of.", hint="Resume that one.")
    stopped = from_instant(case.paused_at)
    deciding.emit(ev.CaseResumed(reason=ask.reason.strip()))
    for key, one in list(case.activations.items()):
        _move_on(deciding, key, one, stopped)
    if case.due_at is not None:
        due = to_instant(_later(deciding, from_instant(case.due_at), stopped, deciding.moment.calendar))
        if due != case.due_at:
            deciding.emit(ev.CaseDueChanged(due_at=due, reason="the case was paused"))
    _tell(deciding, f"{case.name} goes on")
    children_follow(deciding)


def children_follow(deciding: Deciding) -> None:
    """Let every open child pause, or go on, with this case."""
    for key, one in list(deciding.case.activations.items()):
        if one.child is not None:
            deciding.emit(ev.ChildToFollow(activation=key, child=one.child))


def _need_open(deciding: Deciding) -> None:
    if not deciding.case.is_open:
        raise Conflict("This case is no longer running.")


def _tell(deciding: Deciding, text: str) -> None:
    """Everybody who has a task in it, but for whoever did it."""
    people = [
        person
        for one in deciding.case.activations.values()
        for person in ([one.assignee] if one.assignee else one.candidates)
    ]
    told = [one for one in dict.fromkeys(people) if one != deciding.moment.actor.id]
    if told:
        deciding.emit(ev.PeopleNotified(to=told, what="paused", text=text))


def _move_on(deciding: Deciding, key: str, one: Activation, stopped: datetime) -> None:
    """Due date and timers of what is open, later by the time it stood still."""
    node = deciding.program.nodes.get(one.step)
    if node is None or (one.due_at is None and not one.timers):
        return
    step = node.step
    since = max(stopped, from_instant(one.opened_at))
    calendar = calendar_for(deciding, step, one.assignee)
    due = _later(deciding, from_instant(one.due_at), since, calendar) if one.due_at is not None else None
    stays = getattr(step.config, "until", None) is not None  # a day that was named is not moved
    timers = {
        name: at if name == "time" and stays else to_instant(
            _later(deciding, from_instant(at), since, calendar if name.startswith(("remind-", "escalate-")) else None)
        )
        for name, at in one.timers.items()
    }  # fmt: skip
    moved = to_instant(due) if due is not None else None
    if moved != one.due_at or timers != one.timers:
        deciding.emit(ev.DueChanged(activation=key, due_at=moved, timers=timers, reason="the case was paused"))


def _later(deciding: Deciding, at: datetime, since: datetime, calendar: WorkCalendar | None) -> datetime:
    """A moment that lay ahead when time stopped: later by the working time that has passed, or by all of it.

    What was late already stays as late as it was; nothing that lay ahead has passed when time goes on.
    """
    now = deciding.moment.at
    if at <= since:
        return at
    exactly = now + (at - since)
    if calendar is None:
        return exactly
    try:
        worked = calendar.working_between(since, now)
        moved = calendar.add_business_time(at, worked) if worked else at
    except (CalendarError, OverflowError):
        return exactly
    return moved if moved > now else exactly
