"""Due dates and the timers that hang on them."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from procession.engine.calendar import CalendarError, WorkCalendar
from procession.engine.definition import Notice, Step
from procession.engine.durations import Span
from procession.engine.instants import Instant, from_instant, to_instant
from procession.engine.moment import PersonId
from procession.engine.rejections import InvalidField

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding

EARLIEST, LATEST = 1900, 9000
"""Years a due date may lie in; further out, working time cannot be counted."""


def calendar_for(deciding: Deciding, step: Step, person: PersonId | None) -> WorkCalendar:
    """The calendar that applies: the step's, else the assignee's, else the organisation's."""
    moment = deciding.moment
    known = moment.directory.people.get(person) if person is not None else None
    for name in (step.calendar, known.calendar if known is not None else None):
        if name is not None and name in moment.calendars:
            return moment.calendars[name]
    return moment.calendar


def due_at(
    deciding: Deciding, step: Step, person: PersonId | None, at: str, extra: dict[str, object] | None
) -> datetime | None:
    """When the step is due: counted from now, or the end of the working hours of the day an expression names."""
    if step.due is None:
        return None
    calendar = calendar_for(deciding, step, person)
    if isinstance(step.due, Span):
        return step.due.add_to(deciding.moment.at, calendar)
    text = step.due.strip().removeprefix("=")
    value = deciding.values.evaluate(text, at, extra, calendar).value
    if value is not None and not isinstance(value, date):  # a length of time: counted from the opening
        value = deciding.values.evaluate(f"now() + ({text})", at, extra, calendar).value
    return as_moment(value, calendar)


def as_moment(value: object, calendar: WorkCalendar) -> datetime | None:
    """A date or moment that an expression gave; a date means the end of that day's working hours, and a moment without
    a zone is one of the calendar's."""
    try:
        if isinstance(value, datetime):
            zoned = value if value.tzinfo is not None else value.replace(tzinfo=ZoneInfo(calendar.zone))
            return zoned.astimezone(UTC)
        return calendar.end_of_day(value) if isinstance(value, date) else None
    except (CalendarError, OverflowError):
        return None


def as_beginning(value: object, calendar: WorkCalendar) -> datetime | None:
    """A date or moment to wait for; a date means its first moment in the calendar's zone."""
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time(), ZoneInfo(calendar.zone))
    return as_moment(value, calendar)


def as_given(value: datetime | None, deciding: Deciding, field: str) -> datetime | None:
    """A moment somebody sent: without a zone it is meant in the organisation's. Raises InvalidField."""
    if value is None:
        return None
    zoned = value if value.tzinfo is not None else value.replace(tzinfo=ZoneInfo(deciding.moment.calendar.zone))
    if not EARLIEST <= zoned.year <= LATEST:
        raise InvalidField(field, f"The due date must lie between the years {EARLIEST} and {LATEST}.")
    return zoned.astimezone(UTC)


def timers(
    deciding: Deciding, step: Step, due: datetime | None, calendar: WorkCalendar, opened: datetime
) -> dict[str, Instant]:
    """The reminders and escalations of a step that are still to come."""
    found: dict[str, Instant] = {}
    for kind, notices in (("remind", step.remind), ("escalate", step.escalate)):
        for number, notice in enumerate(notices, 1):
            at = _moment_of(notice, due, calendar, opened)
            if at is not None and at > deciding.moment.at:
                found[f"{kind}-{number}"] = to_instant(at)
    return found


def _moment_of(notice: Notice, due: datetime | None, calendar: WorkCalendar, opened: datetime) -> datetime | None:
    counted_from = opened if notice.anchor == "after opening" else due
    if counted_from is None:
        return None
    move = notice.span.subtract_from if notice.anchor == "before due" else notice.span.add_to
    try:
        return move(counted_from, calendar)
    except (CalendarError, OverflowError):
        return None  # beyond the last day there is


def notice_of(step: Step, timer: str) -> Notice | None:
    """The `remind:` or `escalate:` entry behind a timer's name."""
    kind, _, number = timer.partition("-")
    notices = {"remind": step.remind, "escalate": step.escalate}.get(kind)
    if notices is None or not number.isdecimal() or not 0 < int(number) <= len(notices):
        return None
    return notices[int(number) - 1]


def moment_of(instant: Instant) -> datetime:
    return from_instant(instant)
