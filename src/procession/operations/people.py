"""The people of the organisation, their groups and roles."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from procession.engine.rejections import Conflict, InvalidField, NotFound
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context
from procession.operations.passwords import hash_password
from procession.operations.sessions import checked_email, checked_name
from procession.operations.values import PersonRef
from procession.store.people import GroupRow, PersonRow
from procession.store.transaction import Transaction

_ID = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._@+-]{0,253}")
_NAME = re.compile(r"\w[\w &./'-]{0,99}")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonView:
    """A member of the organisation."""

    id: str
    name: str
    email: str
    manager: str | None
    calendar: str | None
    admin: bool
    active: bool
    groups: tuple[str, ...]
    roles: tuple[str, ...]
    can_log_in: bool
    """A password is set."""


def _view(row: PersonRow) -> PersonView:
    return PersonView(
        id=row.id, name=row.name, email=row.email, manager=row.manager, calendar=row.calendar, admin=row.admin,
        active=row.active, groups=tuple(row.groups), roles=tuple(row.roles), can_log_in=row.password_hash is not None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ListPeople(Ask):
    """The people of the organisation, by name."""

    text: str | None = None
    """Part of name, e-mail address or id."""
    active: bool | None = True
    """Only those who are still here (true) or who left (false)."""
    group: str | None = None
    """Only members of this group."""


@operation("person.list", scope="people:read", http="GET /people")
def list_people(ctx: Context, ask: ListPeople) -> tuple[PersonView, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.people.list(active=ask.active)
    text = (ask.text or "").lower()
    return tuple(
        _view(row)
        for row in rows
        if (not text or text in f"{row.name} {row.email} {row.id}".lower())
        and (ask.group is None or ask.group in row.groups)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class GetPerson(Ask):
    """One person."""

    person: str
    """The id."""


@operation("person.get", scope="people:read", http="GET /people/{person}")
def get_person(ctx: Context, ask: GetPerson) -> PersonView:
    with ctx.store.transaction(ctx.organisation) as tx:
        return _view(tx.people.get(ask.person))


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPerson(Ask):
    """Add a person."""

    name: str
    """Full name."""
    email: str
    """E-mail address; mails go there, and one logs in with it."""
    id: str | None = None
    """A short name for `person:ID` in definitions; the e-mail address where it is left out."""
    manager: str | None = None
    """The id of the manager."""
    calendar: str | None = None
    """The id of the working calendar that applies to them."""
    groups: tuple[str, ...] = ()
    """Groups they belong to; new ones are made."""
    roles: tuple[str, ...] = ()
    """Roles they have; new ones are made."""
    admin: bool = False
    """May administer the organisation."""
    password: str | None = None
    """For the first log-in."""


@operation("person.add", scope="people:write", http="POST /people", who="administrators")
def add_person(ctx: Context, ask: AddPerson) -> PersonView:
    email = checked_email(ask.email)
    id_ = ask.id if ask.id is not None else email
    if not _ID.fullmatch(id_):
        raise InvalidField("id", "An id has letters, digits and . _ @ + - only.")
    hashed = hash_password(ask.password, person=email) if ask.password is not None else None
    with ctx.store.transaction(ctx.organisation) as tx:
        if tx.people.find(id_) is not None or tx.people.by_email(email) is not None:
            raise Conflict(f"{id_} is here already.")
        _refuse_unknown(tx, ask.manager, ask.calendar)
        tx.people.save(
            id_, name=checked_name(ask.name), email=email, manager=ask.manager, calendar=ask.calendar, admin=ask.admin,
            groups=_names("groups", ask.groups), roles=_names("roles", ask.roles),
        )  # fmt: skip
        if hashed is not None:
            tx.people.change(id_, password_hash=hashed)
        return _view(tx.people.get(id_))


def _names(key: str, names: Sequence[str]) -> list[str]:
    for name in names:
        if not _NAME.fullmatch(name):
            raise InvalidField(key, f"{name!r} cannot be a name: letters, digits, spaces and dashes, at most 100.")
    return list(dict.fromkeys(names))


def _refuse_unknown(tx: Transaction, manager: str | None, calendar: str | None) -> None:
    if manager is not None and tx.people.find(manager) is None:
        raise InvalidField("manager", f"There is nobody called '{manager}' here.")
    if calendar is not None and calendar not in {one.id for one in tx.calendars.list()}:
        raise InvalidField("calendar", f"There is no calendar '{calendar}' here.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePerson(Ask):
    """Change what is known of a person; what is left out stays. Inactive people can neither log in nor get tasks."""

    person: str
    """The id."""
    name: str | None = None
    """Full name."""
    email: str | None = None
    """E-mail address."""
    manager: str | None = None
    """The id of the manager; the empty text for none."""
    calendar: str | None = None
    """The id of the working calendar; the empty text for the organisation's own."""
    groups: tuple[str, ...] | None = None
    """All groups they belong to."""
    roles: tuple[str, ...] | None = None
    """All roles they have."""
    admin: bool | None = None
    """May administer the organisation."""
    active: bool | None = None
    """Still here."""
    password: str | None = None
    """A new password: the way back for somebody who forgot theirs. Their sessions end."""


@operation("person.change", scope="people:write", http="PATCH /people/{person}", who="administrators")
def change_person(ctx: Context, ask: ChangePerson) -> PersonView:
    with ctx.store.transaction(ctx.organisation) as tx:
        before = tx.people.get(ask.person)
        _keep_an_administrator(tx, before, ask)
        changes = _changes(tx, before, ask)
        if changes:
            tx.people.change(ask.person, **changes)
        if ask.groups is not None:
            tx.groups.set_of_person(ask.person, _names("groups", ask.groups))
        if ask.roles is not None:
            tx.roles.set_of_person(ask.person, _names("roles", ask.roles))
        if ask.password is not None or ask.active is False:
            tx.sessions.end_all(ask.person)
        return _view(tx.people.get(ask.person))


def _changes(tx: Transaction, before: PersonRow, ask: ChangePerson) -> dict[str, Any]:
    changes: dict[str, Any] = {}
    if ask.name is not None:
        changes["name"] = checked_name(ask.name)
    if ask.email is not None:
        changes["email"] = email = checked_email(ask.email)
        other = tx.people.by_email(email)
        if other is not None and other.id != before.id:
            raise Conflict(f"{other.name} has this e-mail address.")
    _refuse_unknown(tx, ask.manager or None, ask.calendar or None)
    if ask.manager is not None:
        if ask.manager == before.id:
            raise InvalidField("manager", "Nobody is their own manager.")
        changes["manager"] = ask.manager or None
    if ask.calendar is not None:
        changes["calendar"] = ask.calendar or None
    for name in ("admin", "active"):
        if getattr(ask, name) is not None:
            changes[name] = getattr(ask, name)
    if ask.password is not None:
        changes |= {
            "password_hash": hash_password(ask.password, person=before.email), "failed_logins": 0, "locked_until": None,
        }  # fmt: skip
    return changes


def _keep_an_administrator(tx: Transaction, before: PersonRow, ask: ChangePerson) -> None:
    if not before.admin or not (ask.admin is False or ask.active is False):
        return
    if not any(person.admin and person.id != before.id for person in tx.people.list(active=True)):
        raise Conflict("There would be no administrator left.", hint="Make somebody else one first.")


# --- groups and roles -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupView:
    """A group or a role, with its members in order."""

    id: str
    title: str
    members: tuple[PersonRef, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ListGroups(Ask):
    """The groups of the organisation, with their members."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRoles(Ask):
    """The roles of the organisation, with who has them."""


def _group_views(ctx: Context, rows: Sequence[GroupRow]) -> tuple[GroupView, ...]:
    people = ctx.surroundings.directory.people
    return tuple(
        GroupView(
            id=row.id, title=row.title,
            members=tuple(PersonRef(id=one, name=people[one].name if one in people else one) for one in row.members),
        )
        for row in rows
    )  # fmt: skip


@operation("group.list", scope="people:read", http="GET /groups")
def list_groups(ctx: Context, ask: ListGroups) -> tuple[GroupView, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.groups.list()
    return _group_views(ctx, rows)


@operation("role.list", scope="people:read", http="GET /roles")
def list_roles(ctx: Context, ask: ListRoles) -> tuple[GroupView, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.roles.list()
    return _group_views(ctx, rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveGroup(Ask):
    """Make a group, or change its title and members."""

    group: str
    """Its id, as `group:ID` names it."""
    title: str | None = None
    """Its title; the id where it is left out at first."""
    members: tuple[str, ...] | None = None
    """All its members in order; what is left out stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SaveRole(Ask):
    """Make a role, or change its title and who has it."""

    role: str
    """Its id, as `role:ID` names it."""
    title: str | None = None
    """Its title; the id where it is left out at first."""
    members: tuple[str, ...] | None = None
    """Everybody who has it, in order; what is left out stays."""


@operation("group.save", scope="people:write", http="PUT /groups/{group}", who="administrators")
def save_group(ctx: Context, ask: SaveGroup) -> GroupView:
    return _save(ctx, "groups", ask.group, ask.title, ask.members)


@operation("role.save", scope="people:write", http="PUT /roles/{role}", who="administrators")
def save_role(ctx: Context, ask: SaveRole) -> GroupView:
    return _save(ctx, "roles", ask.role, ask.title, ask.members)


def _save(ctx: Context, kind: str, id_: str, title: str | None, members: tuple[str, ...] | None) -> GroupView:
    _names(kind.removesuffix("s"), [id_])
    with ctx.store.transaction(ctx.organisation) as tx:
        known = {person.id for person in tx.people.list()}
        for one in members or ():
            if one not in known:
                raise InvalidField("members", f"There is nobody called '{one}' here.")
        circles = tx.groups if kind == "groups" else tx.roles
        circles.save(id_, checked_name(title) if title is not None else None, members)
        row = circles.find(id_)
    assert row is not None
    return _group_views(ctx, [row])[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteGroup(Ask):
    """Remove a group; its members stay. Tasks that nobody can take any more become incidents."""

    group: str
    """Its id."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteRole(Ask):
    """Remove a role; those who had it stay. Tasks that nobody can take any more become incidents."""

    role: str
    """Its id."""


@operation("group.delete", scope="people:write", http="DELETE /groups/{group}", who="administrators")
def delete_group(ctx: Context, ask: DeleteGroup) -> Done:
    with ctx.store.transaction(ctx.organisation) as tx:
        if tx.groups.find(ask.group) is None:
            raise NotFound(f"There is no group '{ask.group}' here.")
        tx.groups.delete(ask.group)
    return Done()


@operation("role.delete", scope="people:write", http="DELETE /roles/{role}", who="administrators")
def delete_role(ctx: Context, ask: DeleteRole) -> Done:
    with ctx.store.transaction(ctx.organisation) as tx:
        if tx.roles.find(ask.role) is None:
            raise NotFound(f"There is no role '{ask.role}' here.")
        tx.roles.delete(ask.role)
    return Done()
