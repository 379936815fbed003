"""Who works from which queue: the people of the organisation, or as many as were said, or one who is assumed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from procession.analytics.simulation.figures import Figures
from procession.analytics.simulation.model import Person
from procession.engine.calendar import WorkCalendar
from procession.engine.definition import Assignee, Field, Workflow
from procession.engine.moment import Directory
from procession.engine.moment import Person as Member

ALONE = frozenset(("starter", "requester", "assignee", "field", "manager of", "everyone involved", "address"))
"""Words that name somebody of the case: nobody else's work is counted there."""


def queue_of(words: Sequence[Assignee]) -> str | None:
    """The name of the queue that words of `assign:` make; None where somebody of the case does it."""
    names: list[str] = []
    for word in words:
        inner = word.of if word.kind in ("least busy of", "round robin of") and word.of is not None else word
        if inner.kind in ALONE or inner.kind == "guest":
            return None
        names.append(f"{inner.kind}:{inner.name}")
    return " or ".join(names) if names else None


def is_guest(words: Sequence[Assignee]) -> bool:
    """Whether somebody outside does it."""
    return any(word.kind == "guest" for word in words)


class Staff:
    """Collects the queues of a model and finds their people."""

    def __init__(
        self, directory: Directory | None, figures: Figures, calendars: Mapping[str, WorkCalendar], standard: str
    ) -> None:
        self._directory = directory or Directory()
        self._figures, self._calendars, self._standard = figures, calendars, standard
        self._groups: dict[str, set[str]] = {}
        """Person → queues."""
        self._made: dict[str, set[str]] = {}
        """Invented person → queues."""
        self.sizes: dict[str, int] = {}
        self.assumptions: list[str] = []

    def add(self, queue: str, workflow: Workflow, at_least: int = 1) -> str:
        """Note a queue; its people are looked up once, and `at_least` so many invented where there are none."""
        if queue not in self.sizes:
            stated = self._figures.people.get(queue)
            found = [] if stated is not None else self._members(queue, workflow)
            for person in found:
                self._groups.setdefault(person, set()).add(queue)
            if not found:
                self._invent(queue, stated, at_least)
            self.sizes[queue] = len(found) or stated or at_least
        return queue

    def _invent(self, queue: str, stated: int | None, at_least: int) -> None:
        if stated is None:
            said = "One person works" if at_least == 1 else f"{at_least} people work"
            self.assumptions.append(f"{said} in {queue}, because nobody is named there.")
        for number in range(1, (stated or at_least) + 1):
            self._made.setdefault(f"{queue} {number}", set()).add(queue)

    def _members(self, queue: str, workflow: Workflow) -> list[str]:
        found: list[str] = []
        for name in queue.split(" or "):
            kind, _, value = name.partition(":")
            for one in self._spelled(value, workflow.fields):
                known = self._directory.roles if kind == "role" else self._directory.groups
                people = [one] if kind == "person" and one in self._directory.people else list(known.get(one, ()))
                found += [person for person in people if person not in found]
        return [one for one in found if one not in self._directory.people or self._directory.people[one].active]

    def _spelled(self, name: str, fields: Mapping[str, Field]) -> tuple[str, ...]:
        """The names behind `{level}`: every option of that field."""
        if not (name.startswith("{") and name.endswith("}")):
            return (name,)
        field = fields.get(name[1:-1])
        if field is not None and field.options:
            self.assumptions.append(f"Whoever has a {field.title.lower()} of any kind may do what goes to {name}.")
            return field.options
        return ()

    def people(self) -> tuple[Person, ...]:
        """Everybody who works from any of the queues."""
        known = [self._person(name, queues) for name, queues in sorted(self._groups.items())]
        made = [
            Person(name=name, groups=frozenset(queues), calendar=self._standard)
            for name, queues in sorted(self._made.items())
        ]
        return (*known, *made)

    def _person(self, name: str, queues: set[str]) -> Person:
        member = self._directory.people.get(name)
        own = member.calendar if member is not None and member.calendar in self._calendars else None
        calendar = own or self._standard
        away = _away(member, self._calendars[calendar]) if member is not None else ()
        return Person(
            name=name, groups=frozenset(queues), calendar=calendar, away=away,
            at_once=self._figures.at_once.get(name, 1),
        )  # fmt: skip


def _away(member: Member, calendar: WorkCalendar) -> tuple[tuple[datetime, datetime], ...]:
    nothing = timedelta()
    return tuple(
        (calendar.at_clock(one.begins, nothing), calendar.at_clock(one.ends + timedelta(days=1), nothing))
        for one in member.absences
    )
