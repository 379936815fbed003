"""Who is asked: the words of `assign:` become people, absences and separation of duties included."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from procession.engine.definition import Assignee
from procession.engine.moment import Directory, Moment, PersonId

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding

_NEVER = datetime.min.replace(tzinfo=UTC)


Scope = dict[str, object] | None
"""Items of `each` blocks around a place where nothing has opened yet."""


def people_for(deciding: Deciding, words: Sequence[Assignee], at: str = "", extra: Scope = None) -> list[PersonId]:
    """Everyone the words name, each once, in order; people who left are dropped, nobody is replaced yet."""
    found: list[PersonId] = []
    for word in words:
        for person in _named(deciding, word, at, extra):
            if person not in found and _works_here(deciding.moment.directory, person):
                found.append(person)
    return found


def _works_here(directory: Directory, person: PersonId) -> bool:
    known = directory.people.get(person)
    return known.active if known is not None else person.startswith("guest:")


def _named(deciding: Deciding, word: Assignee, at: str, extra: Scope) -> list[PersonId]:
    directory = deciding.moment.directory
    match word.kind:
        case "starter" | "requester":
            return [deciding.case.starter]
        case "assignee":
            activation = deciding.case.activations.get(at)
            if activation is None:
                return []
            return [activation.assignee] if activation.assignee else list(activation.candidates)
        case "person" | "address":
            return _person(directory, _text(deciding, word, at, extra))
        case "guest":
            address = _text(deciding, word, at, extra).strip().lower()
            return [f"guest:{address}"] if address else []
        case "group":
            return list(directory.groups.get(_text(deciding, word, at, extra), ()))
        case "role":
            return list(directory.roles.get(_text(deciding, word, at, extra), ()))
        case "field":
            return _in_field(deciding, word.name)
        case "manager of":
            assert word.of is not None
            people = (directory.people.get(one) for one in _named(deciding, word.of, at, extra))
            return [one.manager for one in people if one is not None and one.manager is not None]
        case "least busy of" | "round robin of":
            assert word.of is not None
            present = [
                one for one in _named(deciding, word.of, at, extra) if substitute_for(deciding.moment, one) == one
            ]
            return _one_of(directory, present, by_load=word.kind == "least busy of")
        case "everyone involved":
            return everyone_involved(deciding)


def _text(deciding: Deciding, word: Assignee, at: str, extra: Scope) -> str:
    return deciding.values.render_text(word.name, at, extra)


def everyone_involved(deciding: Deciding) -> list[PersonId]:
    """The starter, everyone who did a step, and everyone who holds an open task."""
    case = deciding.case
    found = [case.starter]
    for people in case.did.values():
        found.extend(people)
    found.extend(one.assignee for one in case.activations.values() if one.assignee)
    return list(dict.fromkeys(found))


def _person(directory: Directory, name: str) -> list[PersonId]:
    name = name.strip()
    if name in directory.people:
        return [name]
    lower = name.lower()
    for person in directory.people.values():
        if person.email.lower() == lower and lower:
            return [person.id]
    return [f"guest:{lower}"] if "@" in lower else []


def _in_field(deciding: Deciding, name: str) -> list[PersonId]:
    field = deciding.program.definition.fields.get(name)
    value = deciding.case.data.get(name)
    if field is None or not isinstance(value, str) or not value:
        return []
    if field.type == "group":
        return list(deciding.moment.directory.groups.get(value, ()))
    return _person(deciding.moment.directory, value)


def _one_of(directory: Directory, people: list[PersonId], *, by_load: bool) -> list[PersonId]:
    """The one with the least open work, or whose turn it is; ties: longest since last given work, then the group's
    order."""
    if not people:
        return []

    def rank(person: PersonId) -> tuple[int, datetime]:
        load = directory.open_tasks.get(person, 0) if by_load else 0
        return load, directory.last_given.get(person, _NEVER)

    return [min(people, key=rank)]


def substitute_for(moment: Moment, person: PersonId) -> PersonId | None:
    """Who stands in for somebody today: themselves when present, None when away without anyone present to stand in."""
    known = moment.directory.people.get(person)
    if known is None or not known.absences:
        return person
    seen: set[PersonId] = set()
    current: PersonId | None = person
    while current is not None and current not in seen:
        seen.add(current)
        known = moment.directory.people.get(current)
        if known is None:
            return current
        today = moment.at.astimezone(ZoneInfo(moment.calendar.zone)).date()
        absence = next((one for one in known.absences if one.begins <= today <= one.ends), None)
        if absence is None:
            return current
        current = absence.substitute
    return None


def eligible(deciding: Deciding, people: list[PersonId], excluded: set[PersonId]) -> list[PersonId]:
    """Of those named, who can take the task now: substitutes in place of people away, nobody who is excluded.

    Someone away without a substitute stays where nobody else is left: the task then waits for them, visibly.
    """
    present: list[PersonId] = []
    away: list[PersonId] = []
    for person in people:
        stand_in = substitute_for(deciding.moment, person)
        if stand_in is None:
            away.append(person)
        elif stand_in not in present:
            present.append(stand_in)
    if present and not excluded:
        return present
    chosen = [one for one in present if one not in excluded]
    return chosen or [one for one in away if one not in excluded]


def excluded_people(deciding: Deciding, words: tuple[str, ...]) -> set[PersonId]:
    """Everyone whom `not by:` excludes: people, the starter, and all who ever completed a named step in this case."""
    found: set[PersonId] = set()
    for word in words:
        step = deciding.program.step(word)
        if word == "starter":
            found.add(deciding.case.starter)
        elif step is not None:
            found.update(deciding.case.did.get(step.id, ()))
        else:
            name = deciding.values.render_text(word.removeprefix("person:"))
            found.update(_person(deciding.moment.directory, name))
    return found
