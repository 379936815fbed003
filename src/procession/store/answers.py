"""Answers kept under idempotency keys, for requests that are no command of a case; those keep theirs in their commit."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from procession.engine.case import Json
from procession.store.noun import Noun

_NO_CASE: Final = "00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """What a key was used for."""

    body_hash: str
    answer: Json
    """None while the request is under way, or where it ended without an answer."""


class Answers(Noun):
    """Idempotency keys of the organisation that belong to no case."""

    def reserve(self, key: str, body_hash: str, at: datetime) -> KeptAnswer | None:
        """Take the key for a request that begins; what it was used for where it was taken before."""
        taken = self.run(
            "INSERT INTO command_keys (organisation, key, body_hash, at, case_id, first_seq, last_seq) "
            "VALUES (:organisation, :key, :hash, :at, CAST(:case AS uuid), 0, 0) ON CONFLICT DO NOTHING",
            key=key,
            hash=body_hash,
            at=at,
            case=_NO_CASE,
        ).rowcount
        if taken:
            return None
        return self.one(
            KeptAnswer,
            "SELECT body_hash, answer FROM command_keys WHERE organisation = :organisation AND key = :key",
            key=key,
        )

    def keep(self, key: str, answer: Json) -> None:
        """The request was carried out."""
        self.run(
            "UPDATE command_keys SET answer = CAST(:answer AS json) WHERE organisation = :organisation AND key = :key",
            key=key,
            answer=json.dumps(answer),
        )

    def drop(self, key: str) -> None:
        """The request was refused: the key may be used again."""
        self.run("DELETE FROM command_keys WHERE organisation = :organisation AND key = :key", key=key)
