"""Everything a decision may depend on besides the definition, the case and the command."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field
from datetime import date, datetime
from typing import Literal

from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.records import value

PersonId = str
"""A person's key in the organisation: the e-mail address, or a short name in tests and demos."""


@value()
class Actor:
    """Who asks: a person, a guest with a private link, or the system itself (timers, workers)."""

    id: PersonId
    kind: Literal["person", "guest", "system"] = "person"
    admin: bool = False
    """May administer the organisation: reassign, cancel, skip; never complete for another."""


SYSTEM = Actor("system", "system", admin=True)


@value(kw_only=True)
class Absence:
    """Someone is away from one day to another (both included) and may name a substitute."""

    begins: date
    ends: date
    substitute: PersonId | None = None


@value(kw_only=True)
class Person:
    """A member of the organisation, as far as decisions need to know."""

    id: PersonId
    name: str
    email: str = ""
    manager: PersonId | None = None
    groups: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    calendar: str | None = None
    absences: tuple[Absence, ...] = ()
    active: bool = True
    admin: bool = False


@value(kw_only=True)
class Directory:
    """The people of an organisation, with what assignment needs."""

    people: Mapping[PersonId, Person] = field(default_factory=dict[PersonId, Person])
    groups: Mapping[str, tuple[PersonId, ...]] = field(default_factory=dict[str, tuple[PersonId, ...]])
    """Members in the group's order."""
    roles: Mapping[str, tuple[PersonId, ...]] = field(default_factory=dict[str, tuple[PersonId, ...]])
    open_tasks: Mapping[PersonId, int] = field(default_factory=dict[PersonId, int])
    """Open tasks assigned to each, for `least busy of`; loaded only where a definition asks for it."""
    last_given: Mapping[PersonId, datetime] = field(default_factory=dict[PersonId, datetime])
    """When each was last given work, for `round robin of` and ties."""


_FACTS = ("status", "outcome", "starter", "version")


@value(kw_only=True)
class Counted:
    """Which cases `count of cases` counts."""

    workflow: str
    """Id of the workflow or process."""
    wanted: Mapping[str, object] = field(default_factory=dict[str, object])
    """What they hold: values of `status`, `outcome`, `starter` and `version`, or of fields by their names."""
    since: datetime | None = None
    """They began then or later; None: whenever."""
    but: str = ""
    """The case that asks, which is not counted."""

    def apart(self) -> tuple[dict[str, str | None], dict[str, object]]:
        """What is wanted of the cases themselves, and of their fields as they are stored."""
        facts: dict[str, str | None] = {}
        fields: dict[str, object] = {}
        for name, one in self.wanted.items():
            if name in _FACTS:
                facts[name] = None if one is None else str(one)
            else:
                fields[name] = one if isinstance(one, bool) or one is None else str(one)
        return facts, fields


def _count_none(asked: Counted) -> int:
    return 0


@value(kw_only=True)
class Moment:
    """Now: the time, who asks, and the organisation as it is."""

    at: datetime
    """Aware, in UTC."""
    actor: Actor = SYSTEM
    directory: Directory = field(default_factory=Directory)
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict[str, WorkCalendar])
    calendar: WorkCalendar = STANDARD
    """The organisation's own."""
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    """Values the administrator set, read as `settings.NAME`."""
    count_of_cases: Callable[[Counted], int] = _count_none
