"""Due dates and the timers that hang on them."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from procession.engine.calendar import WorkCalendar
from procession.engine.definition import Notice, Step
from procession.engine.durations import Span
from procession.engine.instants import Instant, from_instant, to_instant
from procession.engine.moment import PersonId

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding


def calendar_for(deciding: Deciding, step: Step, person: PersonId | None) -> WorkCalendar:
    """The calendar that applies: the step's, else the assignee's, else the organisation's."""
    moment = deciding.moment
    known = moment.directory.people.get(person) if person is not None else None
    for name in (step.calendar, known.calendar if known is not None else None):
        if name is not None and name in moment.calendars:
            return moment.calendars[name]
    return moment.calendar


def due_at(deciding: Deciding, step: Step, person: PersonId | None, at: str, extra: dict[str, object] | None) -> datetime | None:
    """When the step is due: counted from now, or the end of the working hours of the day an expression names."""
    if step.due is None:
        return None
    calendar = calendar_for(deciding, step, person)
    if isinstance(step.due, Span):
        return step.due.add_to(deciding.moment.at, calendar)
    value = deciding.values.evaluate(step.due.strip().removeprefix("="), at, extra, calendar).value
    return as_moment(value, calendar)


def as_moment(value: object, calendar: WorkCalendar) -> datetime | None:
    """A date or moment that an expression gave; a date means the end of that day's working hours."""
    if isinstance(value, datetime):
        return value
    return calendar.end_of_day(value) if isinstance(value, date) else None


def timers(deciding: Deciding, step: Step, due: datetime | None, calendar: WorkCalendar, opened: datetime) -> dict[str, Instant]:
    """The reminders and escalations of a step that are still to come."""
    found: dict[str, Instant] = {}
    for kind, notices in (("remind", step.remind), ("escalate", step.escalate)):
        for number, notice in enumerate(notices, 1):
            at = _moment_of(notice, due, calendar, opened)
            if at is not None and at > deciding.moment.at:
                found[f"{kind}-{number}"] = to_instant(at)
    return found


def _moment_of(notice: Notice, due: datetime | None, calendar: WorkCalendar, opened: datetime) -> datetime | None:
    if notice.anchor == "after opening":
        return notice.span.add_to(opened, calendar)
    if due is None:
        return None
    return notice.span.subtract_from(due, calendar) if notice.anchor == "before due" else notice.span.add_to(due, calendar)


def notice_of(step: Step, timer: str) -> Notice | None:
    """The `remind:` or `escalate:` entry behind a timer's name."""
    kind, _, number = timer.partition("-")
    notices = {"remind": step.remind, "escalate": step.escalate}.get(kind)
    if notices is None or not number.isdecimal() or not 0 < int(number) <= len(notices):
        return None
    return notices[int(number) - 1]


def moment_of(instant: Instant) -> datetime:
    return from_instant(instant)
