"""Log-ins in browsers: rows, so that each can be ended."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from procession.store.noun import Noun
from procession.store.secret_tokens import new_token, token_hash

LASTS: Final = timedelta(days=14)
"""How long a session lasts after it was last used."""

_TOUCH_AFTER = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class SessionRow:
    """One log-in."""

    token_hash: bytes
    person: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    user_agent: str
    address: str

    @property
    def id(self) -> str:
        """Names the session without opening it."""
        return self.token_hash.hex()


_COLUMNS = "token_hash, person, created_at, last_seen_at, expires_at, user_agent, address"


class Sessions(Noun):
    """Sessions of the organisation's people."""

    def create(self, person: str, at: datetime, *, user_agent: str = "", address: str = "") -> str:
        """Log a person in; returns the token for the cookie, which is not kept."""
        token = new_token()
        self.run(
            "INSERT INTO sessions (organisation, token_hash, person, created_at, last_seen_at, expires_at, "
            "user_agent, address) "
            "VALUES (:organisation, :hash, :person, :at, :at, :expires, :user_agent, :address)",
            hash=token_hash(token), person=person, at=at, expires=at + LASTS, user_agent=user_agent[:300],
            address=address,
        )  # fmt: skip
        return token

    def find(self, token: str, at: datetime) -> SessionRow | None:
        """The session of a cookie, if it is good; using it makes it last longer."""
        hash_ = token_hash(token)
        found = self.one(
            SessionRow,
            f"SELECT {_COLUMNS} FROM sessions WHERE organisation = :organisation AND token_hash = :hash AND "
            "expires_at > :at",
            hash=hash_, at=at,
        )  # fmt: skip
        if found is not None and at - found.last_seen_at > _TOUCH_AFTER:
            self.run(
                "UPDATE sessions SET last_seen_at = :at, expires_at = :expires WHERE organisation = :organisation "
                "AND token_hash = :hash",
                hash=hash_, at=at, expires=at + LASTS,
            )  # fmt: skip
        return found

    def of_person(self, person: str, at: datetime) -> list[SessionRow]:
        """Where a person is logged in, latest first."""
        return self.all(
            SessionRow,
            f"SELECT {_COLUMNS} FROM sessions WHERE organisation = :organisation AND person = :person AND expires_at "
            "> :at "
            "ORDER BY last_seen_at DESC",
            person=person, at=at,
        )  # fmt: skip

    def end(self, token: str) -> None:
        """Log out."""
        self.run(
            "DELETE FROM sessions WHERE organisation = :organisation AND token_hash = :hash", hash=token_hash(token)
        )

    def end_by_id(self, session: str, person: str) -> bool:
        """End one of a person's sessions by its public id; whether there was one."""
        try:
            hash_ = bytes.fromhex(session)
        except ValueError:
            return False
        return self.run(
            "DELETE FROM sessions WHERE organisation = :organisation AND token_hash = :hash AND person = :person",
            hash=hash_, person=person,
        ).rowcount == 1  # fmt: skip

    def end_all(self, person: str) -> int:
        """Log a person out everywhere; returns how many sessions there were."""
        return self.run(
            "DELETE FROM sessions WHERE organisation = :organisation AND person = :person", person=person
        ).rowcount
