"""Steps that drive people crazy: who said so, and in which week."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from procession.store.noun import Noun


class StepReports(Noun):
    """What people said of steps."""

    def add(self, definition: str, step: str, person: str, at: datetime) -> bool:
        """Note it; False where the person has said it of this step in this week already."""
        added = self.run(
            "INSERT INTO step_reports (organisation, definition, step, person, week, at) "
            "VALUES (:organisation, :definition, :step, :person, :week, :at) ON CONFLICT DO NOTHING",
            definition=definition, step=step, person=person, week=monday_of(at.date()), at=at,
        )  # fmt: skip
        return added.rowcount == 1

    def people(self, since: datetime) -> dict[tuple[str, str], int]:
        """(definition, step) → how many different people said it since then."""
        rows = self.rows_of(
            "SELECT definition, step, count(DISTINCT person) FROM step_reports "
            "WHERE organisation = :organisation AND at >= :since GROUP BY definition, step",
            since=since,
        )
        return {(definition, step): count for definition, step, count in rows}


def monday_of(day: date) -> date:
    """The first day of its week."""
    return day - timedelta(days=day.weekday())
