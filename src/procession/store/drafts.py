"""What a person has typed into a task's form and not yet handed in."""

from __future__ import annotations

import json
from datetime import datetime

from procession.engine.case import Json, split_task_id
from procession.store.ids import is_id
from procession.store.noun import Noun

_WHERE = (
    "organisation = :organisation AND case_id = CAST(:case AS uuid) AND activation = :activation AND person = :person"
)


class Drafts(Noun):
    """One draft a task and person."""

    def get(self, task: str, person: str) -> dict[str, Json] | None:
        """The values as they were saved last, or None."""
        case_id, activation = split_task_id(task)
        if not is_id(case_id):
            return None
        return self.run(
            f'SELECT "values" FROM drafts WHERE {_WHERE}', case=case_id, activation=activation, person=person
        ).scalar()

    def save(self, task: str, person: str, values: dict[str, Json], at: datetime) -> None:
        """Keep the values; the task need not be complete or right."""
        case_id, activation = split_task_id(task)
        self.run(
            'INSERT INTO drafts (organisation, case_id, activation, person, "values", saved_at) '
            "VALUES (:organisation, CAST(:case AS uuid), :activation, :person, CAST(:values AS json), :at) "
            "ON CONFLICT (organisation, case_id, activation, person) "
            'DO UPDATE SET "values" = excluded."values", saved_at = excluded.saved_at',
            case=case_id, activation=activation, person=person, values=json.dumps(values), at=at,
        )  # fmt: skip

    def forget_closed(self) -> int:
        """Delete the drafts of tasks that are no longer open; returns how many."""
        return self.run(
            "DELETE FROM drafts d WHERE d.organisation = :organisation AND NOT EXISTS (SELECT FROM tasks t "
            "WHERE t.organisation = d.organisation AND t.case_id = d.case_id AND t.activation = d.activation "
            "AND t.status = 'open')"
        ).rowcount

    def delete(self, task: str, person: str | None = None) -> None:
        """Forget a draft; without a person, everybody's for this task."""
        case_id, activation = split_task_id(task)
        if is_id(case_id):
            self.run(
                "DELETE FROM drafts WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
                "AND activation = :activation AND person = coalesce(:person, person)",
                case=case_id, activation=activation, person=person,
            )  # fmt: skip
