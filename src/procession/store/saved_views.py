"""Lists with their filters, kept under a name by one person, for that person or for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.store.ids import is_id, new_id
from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class SavedViewRow:
    """A named filter."""

    id: str
    person: str
    """Whose it is."""
    page: str
    """The list it belongs to."""
    name: str
    query: str
    """The part of the address after the question mark."""
    shared: bool
    """Whether everybody sees it."""
    created_at: datetime


_COLUMNS = "id::text, person, page, name, query, shared, created_at"


class SavedViews(Noun):
    """Named filters of the organisation's people."""

    def of(self, person: str, page: str) -> list[SavedViewRow]:
        """A person's own and the shared ones, by name."""
        return self.all(
            SavedViewRow,
            f"SELECT {_COLUMNS} FROM saved_views WHERE organisation = :organisation AND page = :page "
            "AND (person = :person OR shared) ORDER BY lower(name), id",
            person=person, page=page,
        )  # fmt: skip

    def find(self, id_: str) -> SavedViewRow | None:
        """By id; None where there is none."""
        if not is_id(id_):
            return None
        return self.one(
            SavedViewRow, f"SELECT {_COLUMNS} FROM saved_views WHERE organisation = :organisation AND id = :id", id=id_
        )

    def add(self, *, person: str, page: str, name: str, query: str, shared: bool, at: datetime) -> str:
        """Keep one; its id."""
        id_ = new_id()
        self.run(
            "INSERT INTO saved_views (organisation, id, person, page, name, query, shared, created_at) "
            "VALUES (:organisation, CAST(:id AS uuid), :person, :page, :name, :query, :shared, :at)",
            id=id_, person=person, page=page, name=name, query=query, shared=shared, at=at,
        )  # fmt: skip
        return id_

    def change(self, id_: str, *, query: str, shared: bool) -> None:
        """Another filter under the same name."""
        self.run(
            "UPDATE saved_views SET query = :query, shared = :shared WHERE organisation = :organisation AND id = :id",
            id=id_, query=query, shared=shared,
        )  # fmt: skip

    def delete(self, id_: str) -> None:
        """Forget one."""
        self.run("DELETE FROM saved_views WHERE organisation = :organisation AND id = :id", id=id_)
