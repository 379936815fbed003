"""Working calendars."""

from __future__ import annotations

import json

from procession.engine.calendar import WorkCalendar
from procession.engine.rejections import NotFound
from procession.store.noun import Noun


class Calendars(Noun):
    """Calendars of the organisation."""

    def list(self) -> list[WorkCalendar]:
        """All of them, by id."""
        rows = self.run("SELECT definition FROM calendars WHERE organisation = :organisation ORDER BY id")
        return [WorkCalendar.from_json(definition) for (definition,) in rows]

    def get(self, calendar: str) -> WorkCalendar:
        """By id. Raises NotFound."""
        row = self.run(
            "SELECT definition FROM calendars WHERE organisation = :organisation AND id = :id", id=calendar
        ).first()
        if row is None:
            raise NotFound(f"There is no calendar '{calendar}' here.")
        return WorkCalendar.from_json(row[0])

    def save(self, calendar: WorkCalendar) -> None:
        """Add it or replace the one with its id."""
        self.run(
            "INSERT INTO calendars (organisation, id, definition) VALUES (:organisation, :id, CAST(:definition AS "
            "jsonb)) "
            "ON CONFLICT (organisation, id) DO UPDATE SET definition = excluded.definition",
            id=calendar.id, definition=json.dumps(calendar.to_json()),
        )  # fmt: skip
        self.tx.changed_surroundings()

    def delete(self, calendar: str) -> None:
        """Remove it; whoever used it falls back to the organisation's."""
        self.run("DELETE FROM calendars WHERE organisation = :organisation AND id = :id", id=calendar)
        self.tx.changed_surroundings()

    def own(self) -> str | None:
        """The id of the organisation's own calendar; None: Monday to Friday, nine to five, UTC."""
        return self.run("SELECT calendar FROM organisations WHERE organisation = :organisation").scalar()

    def set_own(self, calendar: str | None) -> None:
        """Choose the organisation's own calendar. Raises NotFound."""
        if calendar is not None:
            self.get(calendar)
        self.run("UPDATE organisations SET calendar = :calendar WHERE organisation = :organisation", calendar=calendar)
        self.tx.changed_surroundings()
