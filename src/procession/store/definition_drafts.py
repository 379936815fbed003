"""What is being changed in a workflow or process and is not published yet: one draft for each, shared by its owners."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class DefinitionDraftRow:
    """The draft of a definition."""

    definition: str
    files: list[dict[str, str]]
    """`name` and `text` of each: the definition's own file first, then workflows that are new with it."""
    based_on: int
    """The version it began with."""
    revision: int
    """How often it was saved; whoever saves names the revision that was read."""
    saved_by: str
    saved_at: datetime


class DefinitionDrafts(Noun):
    """At most one draft for each definition."""

    def find(self, definition: str) -> DefinitionDraftRow | None:
        """The draft, or None."""
        return self.one(
            DefinitionDraftRow,
            "SELECT definition, files, based_on, revision, saved_by, saved_at FROM definition_drafts "
            "WHERE organisation = :organisation AND definition = :definition",
            definition=definition,
        )

    def save(
        self, definition: str, files: Sequence[dict[str, str]], *, based_on: int, revision: int, by: str, at: datetime
    ) -> bool:
        """Keep the draft if `revision` is the one it has (0: there is none); False where somebody was quicker."""
        return bool(
            self.run(
                "INSERT INTO definition_drafts AS d (organisation, definition, files, based_on, revision, saved_by, saved_at) "
                "SELECT :organisation, :definition, CAST(:files AS json), :based_on, :revision + 1, :by, :at "
                "WHERE :revision = 0 OR EXISTS (SELECT FROM definition_drafts "
                "WHERE organisation = :organisation AND definition = :definition) "
                "ON CONFLICT (organisation, definition) DO UPDATE SET files = excluded.files, based_on = excluded.based_on, "
                "revision = d.revision + 1, saved_by = excluded.saved_by, saved_at = excluded.saved_at "
                "WHERE d.revision = :revision",
                definition=definition, files=json.dumps(list(files)), based_on=based_on, revision=revision, by=by, at=at,
            ).rowcount
        )  # fmt: skip

    def delete(self, definition: str) -> None:
        """Forget it."""
        self.run(
            "DELETE FROM definition_drafts WHERE organisation = :organisation AND definition = :definition",
            definition=definition,
        )
