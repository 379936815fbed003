"""Whose a session or API token is: asked for with every request, so in one round trip."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from procession.store.secret_tokens import token_hash
from procession.store.statement import Statement
from procession.store.surroundings import Surroundings
from procession.store.tokens import PREFIX

if TYPE_CHECKING:
    from procession.store.store import Store

_WHO_HOLDS = Statement("procession_who_holds", "SELECT * FROM who_holds_v1($1, $2, $3, $4)")

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
    asked = [organisation, "\\x" + token_hash(token).hex(), at.isoformat(), "t" if is_token else "f"]
    with store.psycopg() as connection:
        rows = _WHO_HOLDS.run(connection, asked)
        if not rows or (version := rows[0][0]) is None:
            return None, None
        surroundings = store.memory.surroundings_of(connection, organisation, int(version))
    _, person, scopes, used_at = rows[0]
    if person is None:
        return None, surroundings
    if used_at is None or at - datetime.fromisoformat(used_at) > _NOTE_AFTER:
        with store.transaction(organisation) as tx:
            _ = tx.tokens.find(token, at) if is_token else tx.sessions.find(token, at)
    return Bearer(person, frozenset((scopes or "").split()) if is_token else None), surroundings
