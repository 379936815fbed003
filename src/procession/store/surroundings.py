"""An organisation as decisions see it: people, calendars, settings, newest versions; remembered until it changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from psycopg import Connection

from procession.engine.calendar import STANDARD, WorkCalendar
from procession.engine.moment import Absence, Directory, Person, PersonId
from procession.engine.pilots import Pilot


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything but time, actor and workload that a Moment is made of."""

    organisation: str
    version: int
    directory: Directory = field(default_factory=Directory)
    calendars: Mapping[str, WorkCalendar] = field(default_factory=dict[str, WorkCalendar])
    calendar: WorkCalendar = STANDARD
    settings: Mapping[str, object] = field(default_factory=dict[str, object])
    latest: Mapping[str, int] = field(default_factory=dict[str, int])
    """Newest published version of each definition that is not retired."""
    pilots: Mapping[str, Pilot] = field(default_factory=dict[str, Pilot])
    """Definition → the version that is tried with some of its new cases, where one is."""


class UnknownOrganisation(Exception):
    """There is no such organisation in this database."""


_LOAD = """
SELECT o.version, o.calendar,
    (SELECT coalesce(json_agg(
            json_build_array(p.id, p.name, p.email, p.manager, p.calendar, p.active, p.admin) ORDER BY p.id), '[]')
        FROM people p WHERE p.organisation = o.organisation),
    (SELECT coalesce(json_agg(json_build_array(m.group_id, m.person) ORDER BY m.group_id, m.place, m.person), '[]')
        FROM group_members m WHERE m.organisation = o.organisation),
    (SELECT coalesce(json_agg(json_build_array(m.role_id, m.person) ORDER BY m.role_id, m.place, m.person), '[]')
        FROM role_members m WHERE m.organisation = o.organisation),
    (SELECT coalesce(json_agg(json_build_array(a.person, a.begins, a.ends, a.substitute) ORDER BY a.begins), '[]')
        FROM absences a WHERE a.organisation = o.organisation),
    (SELECT coalesce(json_agg(c.definition), '[]') FROM calendars c WHERE c.organisation = o.organisation),
    (SELECT coalesce(json_object_agg(s.name, s.value), '{}') FROM settings s WHERE s.organisation = o.organisation),
    (SELECT coalesce(json_object_agg(d.id, d.version), '{}') FROM (
        SELECT id, max(version) AS version FROM definitions d
        WHERE d.organisation = o.organisation AND d.status = 'published' GROUP BY id) d),
    (SELECT coalesce(json_agg(json_build_array(g.id, g.title)), '[]')
        FROM groups g WHERE g.organisation = o.organisation),
    (SELECT coalesce(json_agg(json_build_array(t.id, t.definition, t.version, t.share, t.audience)), '[]')
        FROM pilots t WHERE t.organisation = o.organisation AND t.status = 'running')
FROM organisations o WHERE o.organisation = %s
"""


def load_surroundings(connection: Connection[Any], organisation: str) -> Surroundings:
    """Read an organisation, in one statement. Raises UnknownOrganisation."""
    row = connection.execute(_LOAD, [organisation]).fetchone()
    if row is None:
        raise UnknownOrganisation(f"There is no organisation {organisation!r} in this database.")
    version, calendar, people, group_members, role_members, absences, calendars, settings, latest, groups, pilots = row
    members: dict[str, list[PersonId]] = {name: [] for name, _ in groups}
    for group, person in group_members:
        members.setdefault(group, []).append(person)
    roles: dict[str, list[PersonId]] = {}
    for role, person in role_members:
        roles.setdefault(role, []).append(person)
    known = {one["id"]: WorkCalendar.from_json(one) for one in calendars}
    return Surroundings(
        organisation=organisation,
        version=version,
        directory=Directory(
            people=_people(people, members, roles, absences),
            groups={name: tuple(who) for name, who in members.items()},
            roles={name: tuple(who) for name, who in roles.items()},
        ),
        calendars=known,
        calendar=known.get(calendar, STANDARD),
        settings=settings,
        latest=latest,
        pilots={one[1]: Pilot.tried(*one) for one in pilots},
    )


def _people(
    rows: list[list[Any]], groups: Mapping[str, list[str]], roles: Mapping[str, list[str]], absences: list[list[Any]]
) -> dict[PersonId, Person]:
    in_groups, in_roles = _turned(groups), _turned(roles)
    away: dict[str, list[Absence]] = {}
    for person, begins, ends, substitute in absences:
        absence = Absence(begins=date.fromisoformat(begins), ends=date.fromisoformat(ends), substitute=substitute)
        away.setdefault(person, []).append(absence)
    return {
        id_: Person(
            id=id_, name=name, email=email, manager=manager, calendar=calendar, active=active, admin=admin,
            groups=tuple(in_groups.get(id_, ())), roles=tuple(in_roles.get(id_, ())), absences=tuple(away.get(id_, ())),
        )
        for id_, name, email, manager, calendar, active, admin in rows
    }  # fmt: skip


def _turned(members: Mapping[str, list[str]]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, people in members.items():
        for person in people:
            found.setdefault(person, []).append(name)
    return found


_WORKLOAD = """
SELECT p.id,
    (SELECT count(*) FROM tasks t WHERE t.organisation = p.organisation AND t.assignee = p.id AND t.status = 'open'),
    (SELECT max(t.assigned_at) FROM tasks t WHERE t.organisation = p.organisation AND t.assignee = p.id)
FROM people p WHERE p.organisation = %s
"""


def load_workload(connection: Connection[Any], surroundings: Surroundings) -> Directory:
    """The directory with open tasks and last given work: for `least busy of` and `round robin of`."""
    directory = surroundings.directory
    rows = connection.execute(_WORKLOAD, [surroundings.organisation]).fetchall()
    return Directory(
        people=directory.people,
        groups=directory.groups,
        roles=directory.roles,
        open_tasks={person: count for person, count, _ in rows if count},
        last_given={person: at for person, _, at in rows if at is not None},
    )
