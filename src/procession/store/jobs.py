"""Machine work that events asked for: one row per such event, named by case and number of the event."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.engine.events import Event, decode
from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class JobRow:
    """One job."""

    case_id: str
    seq: int
    kind: str
    activation: str
    attempt: int
    status: str
    """waiting, done, failed, moot."""
    after: datetime
    """Not before this."""
    requested_at: datetime
    finished_at: datetime | None
    error: str | None

    @property
    def id(self) -> str:
        """The job's stable name outwards, the same for every attempt: the `Idempotency-Key` of its calls."""
        return f"{self.case_id}.{self.activation}"


_COLUMNS = "case_id::text, seq, kind, activation, attempt, status, after, requested_at, finished_at, error"


class Jobs(Noun):
    """Jobs of the organisation's cases."""

    def get(self, case_id: str, seq: int) -> JobRow | None:
        """By name."""
        return self.one(
            JobRow,
            f"SELECT {_COLUMNS} FROM jobs WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) AND "
            "seq = :seq",
            case=case_id, seq=seq,
        )  # fmt: skip

    def event(self, case_id: str, seq: int) -> Event:
        """The event that asked for a job."""
        (row,) = self.rows_of(
            "SELECT type, payload FROM events WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
            "AND seq = :seq",
            case=case_id, seq=seq,
        )  # fmt: skip
        return decode(row[0], row[1])

    def finish(self, case_id: str, seq: int, at: datetime, status: str = "done", error: str | None = None) -> None:
        """A job that gives its case no result (a child started, people told) is over."""
        self.run(
            "UPDATE jobs SET status = :status, finished_at = :at, error = :error WHERE organisation = :organisation "
            "AND case_id = CAST(:case AS uuid) AND seq = :seq AND status = 'waiting'",
            case=case_id, seq=seq, at=at, status=status, error=error,
        )  # fmt: skip

    def of_case(self, case_id: str) -> list[JobRow]:
        """All jobs of a case, in order."""
        return self.all(
            JobRow,
            f"SELECT {_COLUMNS} FROM jobs WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) ORDER "
            "BY seq",
            case=case_id,
        )

    def list(self, status: str | None = None, limit: int = 200) -> list[JobRow]:
        """Jobs of all cases, latest first."""
        return self.all(
            JobRow,
            f"SELECT {_COLUMNS} FROM jobs WHERE organisation = :organisation AND status = coalesce(:status, status) "
            "ORDER BY requested_at DESC, case_id, seq DESC LIMIT :limit",
            status=status, limit=limit,
        )  # fmt: skip

    def waiting(self) -> int:
        """How many are not over."""
        return self.run(
            "SELECT count(*) FROM jobs WHERE organisation = :organisation AND status = 'waiting'"
        ).scalar_one()
