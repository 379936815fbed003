"""Who is away, and who stands in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from procession.engine.rejections import NotFound
from procession.store.ids import is_id, new_id
from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class AbsenceRow:
    """Someone is away from one day to another, both included."""

    id: str
    person: str
    begins: date
    ends: date
    substitute: str | None


_COLUMNS = "id::text, person, begins, ends, substitute"


class Absences(Noun):
    """Absences of the organisation's people."""

    def of_person(self, person: str) -> list[AbsenceRow]:
        """All of one person, the latest first."""
        return self.all(
            AbsenceRow,
            f"SELECT {_COLUMNS} FROM absences WHERE organisation = :organisation AND person = :person ORDER BY "
            "begins DESC",
            person=person,
        )

    def on(self, day: date) -> list[AbsenceRow]:
        """Everybody who is away that day."""
        return self.all(
            AbsenceRow,
            f"SELECT {_COLUMNS} FROM absences WHERE organisation = :organisation AND begins <= :day AND ends >= :day "
            "ORDER BY person",
            day=day,
        )

    def add(self, person: str, begins: date, ends: date, substitute: str | None = None) -> str:
        """Enter an absence; returns its id."""
        id_ = new_id()
        self.run(
            "INSERT INTO absences (organisation, id, person, begins, ends, substitute) "
            "VALUES (:organisation, :id, :person, :begins, :ends, :substitute)",
            id=id_, person=person, begins=begins, ends=ends, substitute=substitute,
        )  # fmt: skip
        self.tx.changed_surroundings()
        return id_

    def get(self, absence: str) -> AbsenceRow:
        """By id. Raises NotFound."""
        found = None
        if is_id(absence):
            found = self.one(
                AbsenceRow,
                f"SELECT {_COLUMNS} FROM absences WHERE organisation = :organisation AND id = :id",
                id=absence,
            )
        if found is None:
            raise NotFound("There is no such absence.")
        return found

    def delete(self, absence: str) -> None:
        """Take an absence back. Raises NotFound."""
        self.get(absence)
        self.run("DELETE FROM absences WHERE organisation = :organisation AND id = :id", id=absence)
        self.tx.changed_surroundings()
