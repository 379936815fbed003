"""Figures that were worked out of the cases of a process or workflow, so that a restart need not work them out again.

They are no record: nothing rests on them, and they can be thrown away at any time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class KeptFiguresRow:
    """What is kept of one process or workflow."""

    definition: str
    fingerprint: str
    """Of the program and the organisation that they were worked out with."""
    events: str
    """A mark of the records they rest on."""
    as_of: datetime
    """When the records were read."""
    figures: dict[str, Any]


_COLUMNS = "definition, fingerprint, events, as_of, figures"


class KeptFigures(Noun):
    """At most one row for each definition: the newest."""

    def find(self, definition: str) -> KeptFiguresRow | None:
        """What is kept of one, or None."""
        return self.one(
            KeptFiguresRow,
            f"SELECT {_COLUMNS} FROM kept_figures WHERE organisation = :organisation AND definition = :definition",
            definition=definition,
        )

    def with_fingerprint(self, fingerprint: str) -> list[KeptFiguresRow]:
        """All that this program can read and that fit the organisation as it is: a server reads them when it starts."""
        return self.all(
            KeptFiguresRow,
            f"SELECT {_COLUMNS} FROM kept_figures WHERE organisation = :organisation AND fingerprint = :fingerprint "
            "ORDER BY definition",
            fingerprint=fingerprint,
        )

    def save(self, row: KeptFiguresRow) -> None:
        """Keep the newest; what was learned stays while it was learned by the same program."""
        self.run(
            "INSERT INTO kept_figures AS k (organisation, definition, fingerprint, events, as_of, figures) "
            "VALUES (:organisation, :definition, :fingerprint, :events, :as_of, CAST(:figures AS json)) "
            "ON CONFLICT (organisation, definition) DO UPDATE SET fingerprint = excluded.fingerprint, "
            "events = excluded.events, as_of = excluded.as_of, figures = excluded.figures "
            "WHERE k.as_of <= excluded.as_of OR k.fingerprint <> excluded.fingerprint",
            definition=row.definition, fingerprint=row.fingerprint, events=row.events, as_of=row.as_of,
            figures=json.dumps(row.figures),
        )  # fmt: skip

    def learned(self, definition: str, learned_from: str) -> Any:
        """What forecasts have learned from these finished cases; None where nothing is kept of just these."""
        found = self.rows_of(
            "SELECT learned FROM kept_figures WHERE organisation = :organisation AND definition = :definition "
            "AND learned_from = :learned_from",
            definition=definition, learned_from=learned_from,
        )  # fmt: skip
        return found[0][0] if found else None

    def learn(self, definition: str, learned_from: str, learned: Any) -> bool:
        """Keep what forecasts have learned, beside figures that are kept already; returns whether there are such."""
        done = self.run(
            "UPDATE kept_figures SET learned_from = :learned_from, learned = CAST(:learned AS json) "
            "WHERE organisation = :organisation AND definition = :definition",
            definition=definition, learned_from=learned_from, learned=json.dumps(learned),
        )  # fmt: skip
        return done.rowcount > 0
