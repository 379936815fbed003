"""People, groups and roles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from procession.engine.rejections import NotFound
from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A member of the organisation."""

    id: str
    name: str
    email: str = ""
    manager: str | None = None
    calendar: str | None = None
    admin: bool = False
    active: bool = True
    password_hash: str | None = field(default=None, repr=False)
    failed_logins: int = 0
    locked_until: datetime | None = None
    preferences: dict[str, Any] = field(default_factory=dict[str, Any])
    created_at: datetime | None = None
    groups: list[str] = field(default_factory=list[str])
    roles: list[str] = field(default_factory=list[str])


_COLUMNS = (
    "p.id, p.name, p.email, p.manager, p.calendar, p.admin, p.active, p.password_hash, p.failed_logins, "
    "p.locked_until, "
    "p.preferences, p.created_at, "
    "ARRAY(SELECT group_id FROM group_members m WHERE m.organisation = p.organisation AND m.person = p.id ORDER BY 1), "
    "ARRAY(SELECT role_id FROM role_members m WHERE m.organisation = p.organisation AND m.person = p.id ORDER BY 1)"
)
_CHANGEABLE = frozenset(
    (
        "name",
        "email",
        "manager",
        "calendar",
        "admin",
        "active",
        "password_hash",
        "failed_logins",
        "locked_until",
        "preferences",
    )
)
_PRIVATE = frozenset(("password_hash", "failed_logins", "locked_until", "preferences"))
"""Decisions do not see these, so changing them makes no cache stale."""


class People(Noun):
    """Members of the organisation."""

    def find(self, person: str) -> PersonRow | None:
        """By id; None where there is none."""
        return self.one(
            PersonRow, f"SELECT {_COLUMNS} FROM people p WHERE p.organisation = :organisation AND p.id = :id", id=person
        )

    def get(self, person: str) -> PersonRow:
        """By id. Raises NotFound."""
        found = self.find(person)
        if found is None:
            raise NotFound(f"There is nobody called '{person}' here.")
        return found

    def by_email(self, email: str) -> PersonRow | None:
        """By e-mail address, upper and lower case alike."""
        return self.one(
            PersonRow,
            f"SELECT {_COLUMNS} FROM people p WHERE p.organisation = :organisation AND lower(p.email) = lower(:email) "
            "AND p.email <> ''",
            email=email,
        )

    def list(self, *, active: bool | None = None) -> list[PersonRow]:
        """Everybody, by name."""
        return self.all(
            PersonRow,
            f"SELECT {_COLUMNS} FROM people p WHERE p.organisation = :organisation "
            "AND active = coalesce(CAST(:active AS boolean), active) ORDER BY p.name, p.id",
            active=active,
        )

    def count(self) -> int:
        """How many there are."""
        return self.run("SELECT count(*) FROM people WHERE organisation = :organisation").scalar_one()

    def save(
        self,
        person: str,
        *,
        name: str,
        email: str = "",
        manager: str | None = None,
        calendar: str | None = None,
        admin: bool = False,
        active: bool = True,
        groups: Sequence[str] | None = None,
        roles: Sequence[str] | None = None,
    ) -> None:
        """Add a person or replace what is known of one. Groups and roles not given stay; new ones are made."""
        self.run(
            "INSERT INTO people (organisation, id, name, email, manager, calendar, admin, active) "
            "VALUES (:organisation, :id, :name, :email, :manager, :calendar, :admin, :active) "
            "ON CONFLICT (organisation, id) DO UPDATE SET name = :name, email = :email, manager = :manager, "
            "calendar = :calendar, admin = :admin, active = :active",
            id=person, name=name, email=email, manager=manager, calendar=calendar, admin=admin, active=active,
        )  # fmt: skip
        if groups is not None:
            self.tx.groups.set_of_person(person, groups)
        if roles is not None:
            self.tx.roles.set_of_person(person, roles)
        self.tx.changed_surroundings()

    def change(self, person: str, **values: Any) -> None:
        """Change some columns of a person. Raises NotFound."""
        unknown = set(values) - _CHANGEABLE
        if unknown:
            raise ValueError(f"people have no {', '.join(sorted(unknown))}")
        if "preferences" in values:
            values["preferences"] = json.dumps(values["preferences"])
        setting = ", ".join(f"{name} = :{name}" for name in values)
        done = self.run(
            f"UPDATE people SET {setting} WHERE organisation = :organisation AND id = :id", id=person, **values
        )
        if not done.rowcount:
            raise NotFound(f"There is nobody called '{person}' here.")
        if set(values) - _PRIVATE:
            self.tx.changed_surroundings()


@dataclass(frozen=True, slots=True)
class GroupRow:
    """A group or a role, with its members in order."""

    id: str
    title: str
    members: list[str]


class _Circles(Noun):
    """Groups and roles: named lists of people."""

    table = ""
    members = ""
    column = ""

    def list(self) -> list[GroupRow]:
        """All of them, by title."""
        return self.all(GroupRow, self._select() + " ORDER BY g.title, g.id")

    def find(self, name: str) -> GroupRow | None:
        """By id; None where there is none."""
        return self.one(GroupRow, self._select() + " AND g.id = :id", id=name)

    def _select(self) -> str:
        return (
            f"SELECT g.id, g.title, ARRAY(SELECT m.person FROM {self.members} m WHERE m.organisation = g.organisation "
            f"AND m.{self.column} = g.id ORDER BY m.place, m.person) FROM {self.table} g WHERE g.organisation = "
            ":organisation"
        )

    def save(self, name: str, title: str | None = None, members: Sequence[str] | None = None) -> None:
        """Add it or replace its title and members (those stay where they are not given)."""
        self.run(
            f"INSERT INTO {self.table} (organisation, id, title) VALUES (:organisation, :id, coalesce(:title, :id)) "
            f"ON CONFLICT (organisation, id) DO UPDATE SET title = coalesce(:title, {self.table}.title)",
            id=name, title=title,
        )  # fmt: skip
        if members is not None:
            self.run(f"DELETE FROM {self.members} WHERE organisation = :organisation AND {self.column} = :id", id=name)
            self.run(
                f"INSERT INTO {self.members} (organisation, {self.column}, person, place) "
                "SELECT :organisation, :id, person, place FROM unnest(CAST(:people AS text[])) WITH ORDINALITY AS "
                "x(person, place)",
                id=name, people=list(dict.fromkeys(members)),
            )  # fmt: skip
        self.tx.changed_surroundings()

    def set_of_person(self, person: str, names: Sequence[str]) -> None:
        """A person belongs to exactly these; new names are made."""
        for name in names:
            self.run(
                f"INSERT INTO {self.table} (organisation, id, title) VALUES (:organisation, :id, :id) ON CONFLICT DO "
                "NOTHING",
                id=name,
            )
        self.run(
            f"DELETE FROM {self.members} WHERE organisation = :organisation AND person = :person "
            f"AND NOT {self.column} = ANY(CAST(:names AS text[]))",
            person=person, names=list(names),
        )  # fmt: skip
        self.run(
            f"INSERT INTO {self.members} (organisation, {self.column}, person, place) "
            f"SELECT :organisation, name, :person, (SELECT coalesce(max(place), 0) + 1 FROM {self.members} m "
            f"WHERE m.organisation = :organisation AND m.{self.column} = name) "
            "FROM unnest(CAST(:names AS text[])) AS x(name) ON CONFLICT DO NOTHING",
            person=person, names=list(names),
        )  # fmt: skip
        self.tx.changed_surroundings()

    def delete(self, name: str) -> None:
        """Remove it; its members stay people."""
        self.run(f"DELETE FROM {self.table} WHERE organisation = :organisation AND id = :id", id=name)
        self.tx.changed_surroundings()


class Groups(_Circles):
    """Groups of the organisation."""

    table, members, column = "groups", "group_members", "group_id"


class Roles(_Circles):
    """Roles of the organisation."""

    table, members, column = "roles", "role_members", "role_id"
