"""Logging in and out, and the first administrator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from procession.engine.moment import Person
from procession.engine.rejections import Forbidden, InvalidField, RateLimited, Unauthenticated
from procession.operations import access, identity
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context
from procession.operations.passwords import hash_password, is_outdated, verify_password
from procession.store.people import PersonRow
from procession.store.sessions import LASTS

TRIES = 5
"""Wrong passwords in a row before the account is locked."""
LOCKED_FOR = timedelta(minutes=15)
"""The way back is to wait, or an administrator who sets a new password."""

WRONG = "The e-mail address or the password is wrong."


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenSession(Ask):
    """Log in with e-mail address and password."""

    email: str
    """The e-mail address, or the person's id."""
    password: str
    """The password."""
    user_agent: str = ""
    """What the session is listed as, such as the browser's name."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionView:
    """A session that has just begun."""

    token: str
    """Shown once: the cookie `procession_session`, or a bearer token."""
    expires_at: datetime
    """It lasts longer each time it is used."""
    person: str
    name: str


@operation("session.open", scope="public", http="POST /session", who="anyone")
def open_session(ctx: Context, ask: OpenSession) -> SessionView:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.people.by_email(ask.email) or tx.people.find(ask.email)
    _refuse_locked(ctx, row)
    right = verify_password(row.password_hash if row is not None else None, ask.password)
    if row is None or not right or not row.active:
        _count_failure(ctx, row)
        raise Unauthenticated(WRONG)
    with ctx.store.transaction(ctx.organisation) as tx:
        if row.failed_logins or row.locked_until is not None:
            tx.people.change(row.id, failed_logins=0, locked_until=None)
        if row.password_hash is not None and is_outdated(row.password_hash):
            tx.people.change(row.id, password_hash=hash_password(ask.password))
        token = tx.sessions.create(row.id, ctx.at, user_agent=ask.user_agent, address=ctx.address)
    return SessionView(token=token, expires_at=ctx.at + LASTS, person=row.id, name=row.name)


def _refuse_locked(ctx: Context, row: PersonRow | None) -> None:
    if row is not None and row.locked_until is not None and row.locked_until > ctx.at:
        minutes = max(1, round((row.locked_until - ctx.at).total_seconds() / 60))
        raise RateLimited(
            f"Too many wrong passwords. Try again in {minutes} min.",
            hint="An administrator can set a new password at once.",
            retry_after=int((row.locked_until - ctx.at).total_seconds()) + 1,
        )


def _count_failure(ctx: Context, row: PersonRow | None) -> None:
    if row is None:
        return
    failed = row.failed_logins + 1
    locked = failed >= TRIES
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.people.change(
            row.id, failed_logins=0 if locked else failed, locked_until=ctx.at + LOCKED_FOR if locked else None
        )


def open_session_as(ctx: Context, person: str, user_agent: str = "") -> SessionView:
    """A session without a password, for the demo's switch between people. No door of a real installation offers it."""
    found = identity.person(ctx.store, ctx.organisation, person)
    if found is None:
        raise Unauthenticated(WRONG)
    with ctx.store.transaction(ctx.organisation) as tx:
        token = tx.sessions.create(found.id, ctx.at, user_agent=user_agent, address=ctx.address)
    return SessionView(token=token, expires_at=ctx.at + LASTS, person=found.id, name=found.name)


@dataclass(frozen=True, slots=True, kw_only=True)
class CloseSession(Ask):
    """Log out: the session that asks ends."""


@operation("session.close", scope="me", http="DELETE /session")
def close_session(ctx: Context, ask: CloseSession) -> Done:
    if ctx.caller.session is not None:
        with ctx.store.transaction(ctx.organisation) as tx:
            tx.sessions.end(ctx.caller.session)
    return Done()


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupStatus:
    """Whether there is an administrator already."""

    needed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedsSetup(Ask):
    """Whether the first administrator is still to be made."""


@operation("setup.status", scope="public", http="GET /setup", who="anyone")
def setup_status(ctx: Context, ask: NeedsSetup) -> SetupStatus:
    people = ctx.surroundings.directory.people
    return SetupStatus(needed=not any(person.admin and person.active for person in people.values()))


@dataclass(frozen=True, slots=True, kw_only=True)
class SetUp(Ask):
    """Make the first administrator. Refused once there is one."""

    name: str
    """Full name."""
    email: str
    """E-mail address; also the person's id."""
    password: str
    """At least 10 characters."""


@operation("setup.first_administrator", scope="public", http="POST /setup", who="anyone")
def set_up(ctx: Context, ask: SetUp) -> SessionView:
    email = checked_email(ask.email)
    name = checked_name(ask.name)
    hashed = hash_password(ask.password, person=email)
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.run("SELECT FROM organisations WHERE organisation = :organisation FOR UPDATE")  # two at once: one is first
        if any(person.admin and person.active for person in tx.people.list()):
            raise Forbidden("There is an administrator already.", hint="Log in, or ask them for an account.")
        tx.people.save(email, name=name, email=email, admin=True)
        tx.people.change(email, password_hash=hashed)
        token = tx.sessions.create(email, ctx.at, address=ctx.address)
    return SessionView(token=token, expires_at=ctx.at + LASTS, person=email, name=name)


def checked_email(email: str) -> str:
    """The address in lower case. Raises `InvalidField`."""
    from procession.engine.definition import Field
    from procession.engine.fields import coerce

    found = coerce(Field(name="email", type="email", label="The e-mail address"), email)
    if found is None or len(found) > 254:
        raise InvalidField("email", "An e-mail address is needed, such as ana@example.org.")
    return str(found).lower()


def checked_name(name: str) -> str:
    """The name without spaces around it. Raises `InvalidField`."""
    name = " ".join(name.split())
    if not 0 < len(name) <= 200:
        raise InvalidField("name", "A name has 1 to 200 characters.")
    return name


def me(ctx: Context) -> Person:
    """Who asks. Raises `Unauthenticated`."""
    return access.member(ctx.caller)
