"""Who stands at the door: sessions, API tokens and private links become callers."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from procession.engine.case import task_id
from procession.engine.moment import Person
from procession.engine.rejections import NotFound, Unauthenticated
from procession.operations.access import Caller
from procession.store.guest_links import GuestLinkRow
from procession.store.surroundings import Surroundings, UnknownOrganisation
from procession.store.who import who_holds

if TYPE_CHECKING:
    from procession.store.store import Store

_TOKEN = re.compile(r"(?:([a-z0-9][a-z0-9-]{0,62})\.)?((?:prc_)?[A-Za-z0-9_-]{43})")
"""A token may begin with the name of its organisation and a dot; without, it is one of the door's own."""


NO_LINK = "This link does not open anything."
ASK_AGAIN = "It may have expired. Ask for a new one."


@dataclass(frozen=True, slots=True)
class Found:
    """Who holds a token, and the organisation it is of."""

    organisation: str
    caller: Caller
    surroundings: Surroundings


def split(token: str, organisation: str) -> tuple[str, str] | None:
    """Organisation and bare token; None where the text is no token."""
    found = _TOKEN.fullmatch(token)
    return (found.group(1) or organisation, found.group(2)) if found else None


def by_bearer(store: Store, organisation: str, token: str, at: datetime) -> Found:
    """The caller of an API token or session. Raises `Unauthenticated`."""
    found = by_session(store, organisation, token, at)
    if found is None:
        raise Unauthenticated("This token is wrong, revoked or expired.")
    return found


def by_session(store: Store, organisation: str, token: str, at: datetime) -> Found | None:
    """The caller of a session (or API token); None where it has ended."""
    parts = split(token, organisation)
    if parts is None:
        return None
    organisation, bare = parts
    bearer, surroundings = who_holds(store, organisation, bare, at)
    if bearer is None or surroundings is None:
        return None
    member = surroundings.directory.people.get(bearer.person)
    if member is None or not member.active:
        return None
    return Found(organisation, Caller(kind="person", person=member, scopes=bearer.scopes, session=bare), surroundings)


def person(store: Store, organisation: str, id_or_email: str) -> Person | None:
    """A member, by id or e-mail address."""
    try:
        people = store.surroundings(organisation).directory.people
    except UnknownOrganisation:
        return None
    found = people.get(id_or_email)
    if found is None:
        lower = id_or_email.lower()
        found = next((one for one in people.values() if lower and one.email.lower() == lower), None)
    return found


def guest(store: Store, organisation: str, token: str, kind: str, at: datetime) -> tuple[str, GuestLinkRow, Caller]:
    """Who a private link stands for. Raises `NotFound`, alike for every link that does not open anything."""
    parts = split(token, organisation)
    if parts is not None:
        organisation, bare = parts
        with store.transaction(organisation) as tx:
            link = tx.guest_links.find(bare, kind, at)
            if link is not None:
                tx.guest_links.used(link.id, at)
                task = task_id(link.case_id, link.activation) if link.activation else None
                return organisation, link, Caller(kind="guest", task_id=task, guest=link.guest)
    raise NotFound(NO_LINK, hint=ASK_AGAIN)
