"""One's own account: who one is, password, sessions, API tokens, preferences, absences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from procession.engine.case import Json
from procession.engine.rejections import Conflict, Forbidden, InvalidField, NotFound
from procession.operations import access
from procession.operations.catalogue import SCOPES, Ask, Done, operation
from procession.operations.context import Context
from procession.operations.passwords import hash_password, verify_password
from procession.operations.sessions import checked_name
from procession.operations.tasks import as_json, in_zone
from procession.operations.values import PersonRef
from procession.store.absences import AbsenceRow
from procession.store.secret_tokens import token_hash
from procession.store.tokens import TokenRow
from procession.store.transaction import Transaction


@dataclass(frozen=True, slots=True, kw_only=True)
class AbsenceView:
    """Someone is away."""

    id: str
    person: PersonRef
    begins: date
    ends: date
    """The last day away."""
    substitute: PersonRef | None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeView:
    """Who asks, and what the frame of every page shows."""

    id: str
    name: str
    email: str
    admin: bool
    groups: tuple[str, ...]
    roles: tuple[str, ...]
    organisation: str
    zone: str
    """The time zone of the calendar that applies."""
    manager: PersonRef | None
    preferences: dict[str, Any]
    absences: tuple[AbsenceView, ...]
    unread: int
    """Notifications not read."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetMe(Ask):
    """Who you are: groups, roles, preferences, absences, unread notifications."""


@operation("me.get", scope="me", http="GET /me")
def get_me(ctx: Context, ask: GetMe) -> MeView:
    person = access.member(ctx.caller)
    surroundings = ctx.surroundings
    calendar = surroundings.calendars.get(person.calendar or "", surroundings.calendar)
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.people.get(person.id)
        unread = tx.notifications.unread(person.id)
        away = absence_views(tx, tx.absences.of_person(person.id))
    manager = surroundings.directory.people.get(person.manager or "")
    return MeView(
        id=person.id,
        name=person.name,
        email=person.email,
        admin=person.admin,
        groups=person.groups,
        roles=person.roles,
        organisation=ctx.organisation,
        zone=calendar.zone,
        preferences=row.preferences,
        absences=away,
        unread=unread,
        manager=PersonRef(id=manager.id, name=manager.name) if manager else None,
    )


def absence_views(tx: Transaction, rows: Sequence[AbsenceRow]) -> tuple[AbsenceView, ...]:
    """Stored absences as values of an answer."""
    people = {person.id: person.name for person in tx.people.list()}
    return tuple(
        AbsenceView(
            id=row.id,
            begins=row.begins,
            ends=row.ends,
            person=PersonRef(id=row.person, name=people.get(row.person, row.person)),
            substitute=PersonRef(id=row.substitute, name=people.get(row.substitute, row.substitute))
            if row.substitute
            else None,
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeMe(Ask):
    """Change your name or preferences."""

    name: str | None = None
    """Full name."""
    preferences: dict[str, Json] | None = None
    """What pages remember, such as theme and shortcuts; replaces what was there."""


LONGEST_PREFERENCES = 20_000


@operation("me.change", scope="me", http="PATCH /me")
def change_me(ctx: Context, ask: ChangeMe) -> MeView:
    person = access.member(ctx.caller)
    changes: dict[str, Any] = {}
    if ask.name is not None:
        changes["name"] = checked_name(ask.name)
    if ask.preferences is not None:
        changes["preferences"] = as_json(ask.preferences)
        if len(repr(ask.preferences)) > LONGEST_PREFERENCES:
            raise InvalidField("preferences", "Preferences are larger than pages need.")
    if changes:
        with ctx.store.transaction(ctx.organisation) as tx:
            tx.people.change(person.id, **changes)
    return get_me(ctx, GetMe())


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePassword(Ask):
    """Set another password; every other session of yours ends."""

    current: str
    """The password until now."""
    password: str
    """The new one: at least 10 characters."""


@operation("me.change_password", scope="me", http="POST /me/password")
def change_password(ctx: Context, ask: ChangePassword) -> Done:
    person = access.member(ctx.caller)
    if ctx.caller.scopes is not None:
        raise Forbidden("A token cannot change the password.", hint="Log in with it.")
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.people.get(person.id)
    if not verify_password(row.password_hash, ask.current):
        raise InvalidField("current", "This is not your password.")
    hashed = hash_password(ask.password, person=person.email)
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.people.change(person.id, password_hash=hashed)
        for session in tx.sessions.of_person(person.id, ctx.at):
            if ctx.caller.session is None or session.token_hash != token_hash(ctx.caller.session):
                tx.sessions.end_by_id(session.id, person.id)
    return Done()


# --- sessions and tokens ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionLine:
    """Where somebody is logged in."""

    id: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str
    current: bool
    """The one that asks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSessions(Ask):
    """Where you are logged in, the latest first."""


@operation("me.sessions", scope="me", http="GET /me/sessions")
def list_sessions(ctx: Context, ask: ListSessions) -> tuple[SessionLine, ...]:
    person = access.member(ctx.caller)
    own = token_hash(ctx.caller.session) if ctx.caller.session else None
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.sessions.of_person(person.id, ctx.at)
    return tuple(
        SessionLine(
            id=row.id,
            created_at=row.created_at,
            last_seen_at=row.last_seen_at,
            expires_at=row.expires_at,
            user_agent=row.user_agent,
            address=row.address,
            current=row.token_hash == own,
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EndSession(Ask):
    """End one of your sessions."""

    session: str
    """Its id."""


@operation("me.end_session", scope="me", http="DELETE /me/sessions/{session}")
def end_session(ctx: Context, ask: EndSession) -> Done:
    person = access.member(ctx.caller)
    with ctx.store.transaction(ctx.organisation) as tx:
        if not tx.sessions.end_by_id(ask.session, person.id):
            raise NotFound("There is no such session of yours.")
    return Done()


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenLine:
    """An API token, without the token."""

    id: str
    name: str
    scopes: tuple[str, ...]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenMade:
    """A new API token."""

    token: str
    """Shown once; only its hash is kept."""
    line: TokenLine


def _token_line(row: TokenRow) -> TokenLine:
    return TokenLine(
        id=row.id,
        name=row.name,
        scopes=tuple(row.scopes),
        created_at=row.created_at,
        expires_at=row.expires_at,
        last_used_at=row.last_used_at,
        revoked_at=row.revoked_at,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ListTokens(Ask):
    """Your API tokens, the latest first."""


@operation("me.tokens", scope="me", http="GET /me/tokens")
def list_tokens(ctx: Context, ask: ListTokens) -> tuple[TokenLine, ...]:
    person = access.member(ctx.caller)
    with ctx.store.transaction(ctx.organisation) as tx:
        return tuple(_token_line(row) for row in tx.tokens.list(person.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeToken(Ask):
    """Make an API token that acts as you, limited to scopes."""

    name: str
    """What it is for."""
    scopes: tuple[str, ...]
    """What it may be used for."""
    expires_at: datetime | None = None
    """Until when; without it, until it is revoked."""


@operation("me.make_token", scope="me", http="POST /me/tokens")
def make_token(ctx: Context, ask: MakeToken) -> TokenMade:
    person = access.member(ctx.caller)
    for wanted in ask.scopes:
        if wanted not in SCOPES or wanted == "public":
            raise InvalidField("scopes", f"There is no scope {wanted!r}.", hint=f"Known: {', '.join(SCOPES)}.")
        access.scope(ctx.caller, wanted)  # a token makes no token that may do more
    if not ask.scopes:
        raise InvalidField("scopes", "A token needs at least one scope.")
    expires = in_zone(ctx, ask.expires_at) if ask.expires_at is not None else None
    if expires is not None and expires <= ctx.at:
        raise InvalidField("expires_at", "This moment has passed.")
    with ctx.store.transaction(ctx.organisation) as tx:
        row, token = tx.tokens.create(
            person.id, checked_name(ask.name), tuple(dict.fromkeys(ask.scopes)), ctx.at, expires
        )
    return TokenMade(token=token, line=_token_line(row))


@dataclass(frozen=True, slots=True, kw_only=True)
class RevokeToken(Ask):
    """Revoke one of your API tokens: it opens nothing any more."""

    token: str
    """Its id."""


@operation("me.revoke_token", scope="me", http="DELETE /me/tokens/{token}")
def revoke_token(ctx: Context, ask: RevokeToken) -> Done:
    person = access.member(ctx.caller)
    with ctx.store.transaction(ctx.organisation) as tx:
        if ask.token not in {row.id for row in tx.tokens.list(person.id)}:
            raise NotFound("There is no such token of yours.")
        tx.tokens.revoke(ask.token, ctx.at)
    return Done()


# --- absences ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AddAbsence(Ask):
    """Enter that somebody is away; their new tasks go to the substitute meanwhile."""

    begins: date
    """The first day away."""
    ends: date
    """The last day away."""
    person: str | None = None
    """Whose absence; yourself where it is left out. Only administrators and managers enter another's."""
    substitute: str | None = None
    """Who stands in."""


@operation("absence.add", scope="me", http="POST /absences")
def add_absence(ctx: Context, ask: AddAbsence) -> AbsenceView:
    who = ask.person or access.member(ctx.caller).id
    people = ctx.surroundings.directory.people
    if who not in people:
        raise InvalidField("person", f"There is nobody called '{who}' here.")
    _may_enter(ctx, who)
    if ask.ends < ask.begins:
        raise InvalidField("ends", "The last day away lies before the first.")
    if ask.substitute is not None and (ask.substitute not in people or not people[ask.substitute].active):
        raise InvalidField("substitute", f"There is nobody called '{ask.substitute}' here.")
    if ask.substitute == who:
        raise InvalidField("substitute", "Nobody stands in for themselves.")
    with ctx.store.transaction(ctx.organisation) as tx:
        for row in tx.absences.of_person(who):
            if row.begins <= ask.ends and ask.begins <= row.ends:
                raise Conflict(f"There is an absence from {row.begins} to {row.ends} already.")
        id_ = tx.absences.add(who, ask.begins, ask.ends, ask.substitute)
        return absence_views(tx, [tx.absences.get(id_)])[0]


def _may_enter(ctx: Context, who: str) -> None:
    me = access.member(ctx.caller)
    known = ctx.surroundings.directory.people.get(who)
    if who != me.id and not me.admin and (known is None or known.manager != me.id):
        raise Forbidden("Only they themselves, their manager or an administrator may do this.")


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAbsences(Ask):
    """Who is away on a day."""

    on: date | None = None
    """The day; today where it is left out."""


@operation("absence.list", scope="people:read", http="GET /absences")
def list_absences(ctx: Context, ask: ListAbsences) -> tuple[AbsenceView, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        return absence_views(tx, tx.absences.on(ask.on or ctx.at.date()))


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoveAbsence(Ask):
    """Take an absence back."""

    absence: str
    """Its id."""


@operation("absence.remove", scope="me", http="DELETE /absences/{absence}")
def remove_absence(ctx: Context, ask: RemoveAbsence) -> Done:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.absences.get(ask.absence)
        _may_enter(ctx, row.person)
        tx.absences.delete(ask.absence)
    return Done()
