"""The event log: what happened to a case, in order; append-only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.engine.case import Json
from procession.engine.events import Event, decode
from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class EventRow:
    """One recorded event."""

    case_id: str
    seq: int
    at: datetime
    actor: str
    type: str
    version: int
    payload: Json

    @property
    def event(self) -> Event:
        """As the engine knows it."""
        return decode(self.type, self.payload)


_COLUMNS = "case_id::text, seq, at, actor, type, version, payload"


class EventLog(Noun):
    """Events of the organisation's cases."""

    def of_case(self, case_id: str, after: int = 0) -> list[EventRow]:
        """All events of a case, in order; those after a number where one is given."""
        return self.all(
            EventRow,
            f"SELECT {_COLUMNS} FROM events WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
            "AND seq > :after ORDER BY seq",
            case=case_id, after=after,
        )  # fmt: skip

    def of_definition(self, definition: str) -> list[EventRow]:
        """All events of all cases of a definition, case by case: for analysis."""
        return self.all(
            EventRow,
            "SELECT e.case_id::text, e.seq, e.at, e.actor, e.type, e.version, e.payload FROM events e "
            "JOIN cases c ON c.organisation = e.organisation AND c.id = e.case_id "
            "WHERE e.organisation = :organisation AND c.definition = :definition ORDER BY e.case_id, e.seq",
            definition=definition,
        )

    def of_process(self, definition: str) -> list[EventRow]:
        """All events of all cases of a process and of their members, case by case: for analysis."""
        return self.all(
            EventRow,
            "SELECT e.case_id::text, e.seq, e.at, e.actor, e.type, e.version, e.payload FROM events e "
            "JOIN cases c ON c.organisation = e.organisation AND c.id = e.case_id "
            "LEFT JOIN cases p ON p.organisation = c.organisation AND p.id = c.process_case "
            "WHERE e.organisation = :organisation AND (c.definition = :definition OR p.definition = :definition) "
            "ORDER BY e.case_id, e.seq",
            definition=definition,
        )
