"""When the cases that start by themselves are due: one row for each definition with a schedule."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """The schedule of one definition."""

    definition: str
    next_at: datetime | None
    """When the next case is to start; None where no run is to come."""
    last_at: datetime | None
    """When the latest case was to start."""
    last_case: str | None
    last_error: str | None
    """Why no case was started then."""


_COLUMNS = "definition, next_at, last_at, last_case::text, last_error"
_THIS = "organisation = :organisation AND definition = :definition"


class Schedules(Noun):
    """Schedules of the organisation."""

    def find(self, definition: str) -> ScheduleRow | None:
        """The schedule of a definition, once a worker has planned it."""
        return self.one(ScheduleRow, f"SELECT {_COLUMNS} FROM schedules WHERE {_THIS}", definition=definition)

    def list(self) -> list[ScheduleRow]:
        """All of them, the next to run first."""
        return self.all(
            ScheduleRow,
            f"SELECT {_COLUMNS} FROM schedules WHERE organisation = :organisation ORDER BY next_at, definition",
        )

    def lock_plan(self) -> int:
        """Keep other workers from planning until this transaction ends; returns the organisation's version that the
        plan was made for."""
        return self.run(
            "SELECT planned_version FROM organisations WHERE organisation = :organisation FOR UPDATE"
        ).scalar_one()

    def planned(self, version: int) -> None:
        """Note that the plan fits the organisation at that version."""
        self.run(
            "UPDATE organisations SET planned_version = :version WHERE organisation = :organisation", version=version
        )

    def put(self, definition: str, next_at: datetime | None) -> None:
        """Plan the next run; a worker that is at a run keeps it."""
        self.run(
            "INSERT INTO schedules (organisation, definition, next_at) VALUES (:organisation, :definition, :next) "
            "ON CONFLICT (organisation, definition) DO UPDATE SET next_at = excluded.next_at, claimed_until = NULL",
            definition=definition, next=next_at,
        )  # fmt: skip

    def pause_others(self, definitions: Collection[str]) -> None:
        """No run is to come of every other one: it was retired, or starts by hand now."""
        self.run(
            "UPDATE schedules SET next_at = NULL WHERE organisation = :organisation AND next_at IS NOT NULL "
            "AND NOT definition = ANY(:planned)",
            planned=list(definitions),
        )

    def claim(self, at: datetime) -> ScheduleRow | None:
        """One that is due, for this worker alone during the next minute; None where there is none."""
        return self.one(
            ScheduleRow,
            "WITH due AS MATERIALIZED (SELECT definition FROM schedules WHERE organisation = :organisation "
            "AND next_at <= :at AND (claimed_until IS NULL OR claimed_until <= now()) "
            "ORDER BY next_at LIMIT 1 FOR UPDATE SKIP LOCKED) "
            "UPDATE schedules s SET claimed_until = now() + interval '60 seconds' FROM due "
            "WHERE s.organisation = :organisation AND s.definition = due.definition "
            "RETURNING s.definition, s.next_at, s.last_at, s.last_case::text, s.last_error",
            at=at,
        )

    def ran(
        self, row: ScheduleRow, *, next_at: datetime | None, case_id: str | None, error: str | None,
        last_at: datetime | None,
    ) -> None:  # fmt: skip
        """Note how a run went and when the next one is. Does nothing where another worker has done so."""
        self.run(
            "UPDATE schedules SET next_at = :next, claimed_until = NULL, last_at = :last_at, "
            f"last_case = CAST(:case AS uuid), last_error = :error WHERE {_THIS} AND next_at = :was",
            definition=row.definition, next=next_at, was=row.next_at, last_at=last_at, case=case_id, error=error,
        )  # fmt: skip
