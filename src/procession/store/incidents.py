"""What keeps cases from going on. Only commands change them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """One incident."""

    case_id: str
    incident: str
    code: str
    sentence: str
    activation: str | None
    step: str | None
    owner: str | None
    opened_at: datetime
    resolved_at: datetime | None
    resolved_by: str | None
    how: str | None
    case_name: str
    definition: str


_COLUMNS = (
    "i.case_id::text, i.incident, i.code, i.sentence, i.activation, i.step, i.owner, i.opened_at, i.resolved_at, "
    "i.resolved_by, i.how, c.name, c.definition"
)
_FROM = "FROM incidents i JOIN cases c ON c.organisation = i.organisation AND c.id = i.case_id"


class Incidents(Noun):
    """Incidents of the organisation's cases."""

    def open(self, *, owner: str | None = None, limit: int = 100) -> list[IncidentRow]:
        """Those that wait for somebody, longest first."""
        return self.all(
            IncidentRow,
            f"SELECT {_COLUMNS} {_FROM} WHERE i.organisation = :organisation AND i.resolved_at IS NULL "
            "AND (CAST(:owner AS text) IS NULL OR i.owner = :owner) ORDER BY i.opened_at, i.case_id LIMIT :limit",
            owner=owner, limit=limit,
        )  # fmt: skip

    def count_open(self) -> int:
        """How many wait for somebody."""
        return self.run(
            "SELECT count(*) FROM incidents WHERE organisation = :organisation AND resolved_at IS NULL"
        ).scalar_one()

    def of_case(self, case_id: str) -> list[IncidentRow]:
        """All incidents of a case, in order."""
        return self.all(
            IncidentRow,
            f"SELECT {_COLUMNS} {_FROM} WHERE i.organisation = :organisation AND i.case_id = CAST(:case AS uuid) "
            "ORDER BY i.opened_at, i.incident",
            case=case_id,
        )
