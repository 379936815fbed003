"""How often one caller may use a public door: a bucket that fills steadily, kept for all servers together."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from procession.store.noun import Noun

_FORGET_AFTER = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Allowance:
    """So many uses at once, and as many again within the time."""

    uses: int
    within: timedelta

    @property
    def seconds_each(self) -> float:
        """How long the bucket needs to gain one use."""
        return self.within.total_seconds() / self.uses


class RateLimits(Noun):
    """The buckets of the organisation's public doors."""

    def take(self, door: str, caller: str, allowance: Allowance, at: datetime) -> bool:
        """Count one use of a door; False where the caller has none left, which counts nothing."""
        bucket = sha256(f"{door}\n{caller}".encode()).hexdigest()
        filled = "least(:uses, r.tokens + greatest(0, extract(epoch FROM :at - r.at)::float8) / :seconds)"
        taken = self.run(
            "INSERT INTO rate_limits AS r (organisation, bucket, tokens, at) "
            "VALUES (:organisation, :bucket, :uses - 1, :at) ON CONFLICT (organisation, bucket) DO UPDATE "
            f"SET tokens = {filled} - 1, at = greatest(r.at, :at) WHERE {filled} >= 1 RETURNING 1",
            bucket=bucket, uses=float(allowance.uses), seconds=allowance.seconds_each, at=at,
        ).first()  # fmt: skip
        return taken is not None

    def forget_old(self, at: datetime) -> None:
        """Delete buckets that are full again."""
        self.run("DELETE FROM rate_limits WHERE organisation = :organisation AND at < :until", until=at - _FORGET_AFTER)
