"""Values that an administrator sets for the organisation: `settings.NAME` in expressions."""

from __future__ import annotations

import json
from datetime import datetime

from procession.engine.case import Json
from procession.store.noun import Noun


class OrganisationSettings(Noun):
    """Settings of the organisation."""

    def all_values(self) -> dict[str, Json]:
        """Name → value."""
        rows = self.rows_of("SELECT name, value FROM settings WHERE organisation = :organisation ORDER BY name")
        return {str(name): value for name, value in rows}

    def get(self, name: str, default: Json = None) -> Json:
        """One value."""
        row = self.run(
            "SELECT value FROM settings WHERE organisation = :organisation AND name = :name", name=name
        ).first()
        return default if row is None else row[0]

    def set(self, name: str, value: Json, *, by: str, at: datetime) -> None:
        """Set one value."""
        self.run(
            "INSERT INTO settings (organisation, name, value, changed_at, changed_by) "
            "VALUES (:organisation, :name, CAST(:value AS jsonb), :at, :by) ON CONFLICT (organisation, name) "
            "DO UPDATE SET value = excluded.value, changed_at = excluded.changed_at, changed_by = excluded.changed_by",
            name=name, value=json.dumps(value), at=at, by=by,
        )  # fmt: skip
        self.tx.changed_surroundings()

    def delete(self, name: str) -> None:
        """Remove one."""
        self.run("DELETE FROM settings WHERE organisation = :organisation AND name = :name", name=name)
        self.tx.changed_surroundings()
