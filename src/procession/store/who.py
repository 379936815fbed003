"""Whose a session or API token is: asked for with every request, so in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from procession.store.connecting import SET_ORGANISATION
from procession.store.secret_tokens import token_hash
from procession.store.surroundings import Surroundings
from procession.store.tokens import PREFIX

if TYPE_CHECKING:
    from procession.store.store import Store

_BY_SESSION = """
SELECT o.version, s.person, NULL::text[], s.last_seen_at FROM organisations o LEFT JOIN sessions s
    ON s.organisation = o.organisation AND s.token_hash = %s AND s.expires_at > %s
WHERE o.organisation = %s
"""

_BY_API = """
SELECT o.version, t.person, t.scopes, t.last_used_at FROM organisations o LEFT JOIN api_tokens t
    ON t.organisation = o.organisation AND t.token_hash = %s AND t.revoked_at IS NULL
    AND (t.expires_at IS NULL OR t.expires_at > %s)
WHERE o.organisation = %s
"""

_NOTE_AFTER = timedelta(minutes=1)
"""A use is noted once a minute at most."""


@dataclass(frozen=True, slots=True)
class Bearer:
    """Who holds a token."""

    person: str
    scopes: frozenset[str] | None
    """None: a session, which may do whatever the person may."""


def who_holds(store: Store, organisation: str, token: str, at: datetime) -> tuple[Bearer | None, Surroundings | None]:
    """The holder of a token that is good now, and the organisation as it is; None for what there is not."""
    is_token = token.startswith(PREFIX)
    with store.psycopg() as connection:
        with connection.pipeline():
            connection.execute(SET_ORGANISATION, [organisation])
            rows = connection.execute(_BY_API if is_token else _BY_SESSION, [token_hash(token), at, organisation])
        row = rows.fetchone()
        if row is None:
            return None, None
        version, person, scopes, used_at = row
        surroundings = store.memory.surroundings_of(connection, organisation, version)
    if person is None:
        return None, surroundings
    if used_at is None or at - used_at > _NOTE_AFTER:
        with store.transaction(organisation) as tx:
            _ = tx.tokens.find(token, at) if is_token else tx.sessions.find(token, at)
    return Bearer(person, frozenset(scopes) if is_token else None), surroundings
