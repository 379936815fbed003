"""Private links of people outside the organisation: to do one task, or to see how their own case goes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.store.ids import new_id
from procession.store.noun import Noun
from procession.store.secret_tokens import new_token, token_hash


@dataclass(frozen=True, slots=True)
class GuestLinkRow:
    """One link."""

    id: str
    kind: str
    """task or status."""
    case_id: str
    activation: str | None
    guest: str
    """The guest as an actor: `guest:EMAIL`."""
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


_COLUMNS = "id::text, kind, case_id::text, activation, guest, created_at, expires_at, revoked_at, last_used_at"


class GuestLinks(Noun):
    """Guest links of the organisation."""

    def create(
        self,
        *,
        kind: str,
        case_id: str,
        guest: str,
        at: datetime,
        activation: str | None = None,
        expires_at: datetime | None = None,
    ) -> str:
        """Make a link; returns its token, which is not kept."""
        token = new_token()
        self.run(
            "INSERT INTO guest_links (organisation, id, token_hash, kind, case_id, activation, guest, created_at, "
            "expires_at) "
            "VALUES (:organisation, :id, :hash, :kind, CAST(:case AS uuid), :activation, :guest, :at, :expires)",
            id=new_id(), hash=token_hash(token), kind=kind, case=case_id, activation=activation, guest=guest, at=at,
            expires=expires_at,
        )  # fmt: skip
        return token

    def find(self, token: str, kind: str, at: datetime) -> GuestLinkRow | None:
        """The link of a token, if it is good now; a wrong, expired or revoked one answers as a missing one does."""
        return self.one(
            GuestLinkRow,
            f"SELECT {_COLUMNS} FROM guest_links WHERE organisation = :organisation AND token_hash = :hash AND kind "
            "= :kind "
            "AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > :at)",
            hash=token_hash(token), kind=kind, at=at,
        )  # fmt: skip

    def used(self, link: str, at: datetime) -> None:
        """Note that it was used."""
        self.run(
            "UPDATE guest_links SET last_used_at = :at WHERE organisation = :organisation AND id = :id", id=link, at=at
        )

    def revoke(self, link: str, at: datetime) -> None:
        """It opens nothing any more."""
        self.run(
            "UPDATE guest_links SET revoked_at = :at WHERE organisation = :organisation AND id = :id AND revoked_at "
            "IS NULL",
            id=link, at=at,
        )  # fmt: skip

    def of_case(self, case_id: str) -> list[GuestLinkRow]:
        """All links into a case, latest first."""
        return self.all(
            GuestLinkRow,
            f"SELECT {_COLUMNS} FROM guest_links WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
            "ORDER BY id DESC",
            case=case_id,
        )
