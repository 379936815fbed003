"""Who looked at what, besides the people whose task it is: the diagnosis wants to know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.store.ids import is_id, new_id
from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class ViewRow:
    """One look."""

    person: str
    activation: str | None
    at: datetime


class Views(Noun):
    """Looks at the organisation's cases."""

    def record(self, case_id: str, person: str, at: datetime, activation: str | None = None) -> None:
        """Note a look at a case or a task."""
        if is_id(case_id):
            self.run(
                "INSERT INTO views (organisation, id, case_id, activation, person, at) "
                "VALUES (:organisation, :id, CAST(:case AS uuid), :activation, :person, :at)",
                id=new_id(), case=case_id, activation=activation, person=person, at=at,
            )  # fmt: skip

    def of_case(self, case_id: str) -> list[ViewRow]:
        """All looks at a case, in order."""
        return self.all(
            ViewRow,
            "SELECT person, activation, at FROM views WHERE organisation = :organisation AND case_id = CAST(:case AS "
            "uuid) "
            "ORDER BY at, id",
            case=case_id,
        )
