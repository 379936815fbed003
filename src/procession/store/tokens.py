"""API tokens: hashed, scoped, expiring, revocable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procession.store.ids import is_id, new_id
from procession.store.noun import Noun
from procession.store.secret_tokens import new_token, token_hash

PREFIX = "prc_"
"""Lets secret scanners know our tokens."""


@dataclass(frozen=True, slots=True)
class TokenRow:
    """One API token."""

    id: str
    person: str
    name: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None


_COLUMNS = "id::text, person, name, scopes, created_at, expires_at, last_used_at, revoked_at"


class Tokens(Noun):
    """API tokens of the organisation."""

    def create(
        self, person: str, name: str, scopes: Sequence[str], at: datetime, expires_at: datetime | None = None
    ) -> tuple[TokenRow, str]:
        """Make a token; returns its row and the token itself, which is not kept."""
        token, id_ = PREFIX + new_token(), new_id()
        self.run(
            "INSERT INTO api_tokens (organisation, id, token_hash, person, name, scopes, created_at, expires_at) "
            "VALUES (:organisation, :id, :hash, :person, :name, :scopes, :at, :expires)",
            id=id_, hash=token_hash(token), person=person, name=name, scopes=list(scopes), at=at, expires=expires_at,
        )  # fmt: skip
        row = TokenRow(id_, person, name, list(scopes), at, expires_at, None, None)
        return row, token

    def find(self, token: str, at: datetime) -> TokenRow | None:
        """The row of a token that is good now; a wrong, expired or revoked one answers as a missing one does."""
        found = self.one(
            TokenRow,
            f"SELECT {_COLUMNS} FROM api_tokens WHERE organisation = :organisation AND token_hash = :hash "
            "AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :at)",
            hash=token_hash(token), at=at,
        )  # fmt: skip
        if found is not None and (found.last_used_at is None or (at - found.last_used_at).total_seconds() > 60):
            self.run(
                "UPDATE api_tokens SET last_used_at = :at WHERE organisation = :organisation AND id = :id",
                id=found.id,
                at=at,
            )
        return found

    def list(self, person: str | None = None) -> list[TokenRow]:
        """Tokens of one person, or of everybody, latest first."""
        return self.all(
            TokenRow,
            f"SELECT {_COLUMNS} FROM api_tokens WHERE organisation = :organisation AND person = coalesce(:person, "
            "person) "
            "ORDER BY id DESC",
            person=person,
        )

    def revoke(self, token_id: str, at: datetime) -> bool:
        """It opens nothing any more; whether there was such a token."""
        if not is_id(token_id):
            return False
        return self.run(
            "UPDATE api_tokens SET revoked_at = coalesce(revoked_at, :at) WHERE organisation = :organisation AND id "
            "= :id",
            id=token_id, at=at,
        ).rowcount == 1  # fmt: skip
