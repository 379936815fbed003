"""Working calendars: hours, holidays, closures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from procession.engine.calendar import CalendarError, WorkCalendar
from procession.engine.rejections import Conflict, InvalidField, NotFound
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarView:
    """A working calendar."""

    id: str
    zone: str
    """IANA time zone."""
    hours: dict[str, tuple[str, ...]]
    """Day → stretches such as `09:00-17:00`."""
    holidays: tuple[str, ...]
    closures: tuple[dict[str, str], ...]
    own: bool
    """The organisation's own."""


def _view(calendar: WorkCalendar, own: str | None) -> CalendarView:
    plain = calendar.to_json()
    return CalendarView(
        id=calendar.id, zone=calendar.zone, hours={day: tuple(hours) for day, hours in plain["hours"].items()},
        holidays=tuple(plain["holidays"]), closures=tuple(plain["closures"]), own=calendar.id == own,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ListCalendars(Ask):
    """The working calendars of the organisation."""


@operation("calendar.list", scope="people:read", http="GET /calendars")
def list_calendars(ctx: Context, ask: ListCalendars) -> tuple[CalendarView, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        own = tx.calendars.own()
        return tuple(_view(calendar, own) for calendar in tx.calendars.list())


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveCalendar(Ask):
    """Make a working calendar, or replace it. Due dates that are fixed already stay."""

    calendar: str
    """Its id."""
    zone: str
    """IANA time zone, such as Europe/Berlin."""
    hours: dict[str, Any]
    """Day (`monday` … `sunday`) → stretches such as `["09:00-12:00", "13:00-17:00"]`."""
    holidays: tuple[str, ...] = ()
    """Single days without work."""
    closures: tuple[dict[str, str], ...] = ()
    """Spans of days without work: `{"from": …, "to": …}`, both included."""
    own: bool = False
    """Make it the organisation's own."""


@operation("calendar.save", scope="people:write", http="PUT /calendars/{calendar}", who="administrators")
def save_calendar(ctx: Context, ask: SaveCalendar) -> CalendarView:
    plain = {
        "id": ask.calendar, "zone": ask.zone, "hours": ask.hours, "holidays": list(ask.holidays),
        "closures": list(ask.closures),
    }  # fmt: skip
    try:
        calendar = WorkCalendar.from_json(plain)
    except CalendarError as error:
        raise InvalidField("", f"The calendar cannot be read: {error}", hint=getattr(error, "hint", None)) from None
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.calendars.save(calendar)
        if ask.own:
            tx.calendars.set_own(calendar.id)
        return _view(calendar, tx.calendars.own())


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteCalendar(Ask):
    """Remove a working calendar."""

    calendar: str
    """Its id."""


@operation("calendar.delete", scope="people:write", http="DELETE /calendars/{calendar}", who="administrators")
def delete_calendar(ctx: Context, ask: DeleteCalendar) -> Done:
    with ctx.store.transaction(ctx.organisation) as tx:
        if ask.calendar not in {one.id for one in tx.calendars.list()}:
            raise NotFound(f"There is no calendar '{ask.calendar}' here.")
        if tx.calendars.own() == ask.calendar:
            raise Conflict("This is the organisation's own calendar.", hint="Make another one its own first.")
        users = [person.name for person in tx.people.list() if person.calendar == ask.calendar]
        if users:
            raise Conflict(f"This is the calendar of {', '.join(users[:5])}.")
        tx.calendars.delete(ask.calendar)
    return Done()
