"""Published definitions: versions that never change."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from procession.engine.rejections import NotFound
from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class DefinitionRow:
    """One published version."""

    id: str
    version: int
    kind: str
    title: str
    text: str
    """The YAML file, comments included."""
    sha256: str
    status: str
    """published or retired; pilot (tried with some) or withdrawn (was tried, and is not taken)."""
    published_at: datetime
    published_by: str
    accepted: list[dict[str, str]]
    """Warnings that were accepted when it was published, with the reasons."""


_TAKEN = "status IN ('published', 'retired')"
"""Of a version that is or was for everybody."""

_COLUMNS = "id, version, kind, title, text, sha256, status, published_at, published_by, accepted"


class Definitions(Noun):
    """Workflows and processes of the organisation."""

    def publish(
        self,
        text: str,
        *,
        id: str,  # noqa: A002 - the column's name
        kind: str,
        title: str,
        by: str,
        at: datetime,
        accepted: Sequence[dict[str, str]] = (),
        pilot: bool = False,
    ) -> DefinitionRow:
        """Store a checked text as the next version; an unchanged text makes no new one.

        Args:
            accepted: warnings accepted by the publisher, each with its reason.
            pilot: new cases do not take it by themselves.
        """
        self.run("SELECT pg_advisory_xact_lock(hashtextextended('publish/' || :organisation || '/' || :id, 0))", id=id)
        digest = sha256(text.encode()).hexdigest()
        latest = self.find(id)
        if latest is not None and latest.sha256 == digest and latest.status == "published":
            return latest
        made = self.run(
            "INSERT INTO definitions (organisation, id, version, kind, title, text, sha256, status, published_at, "
            "published_by, accepted) "
            "SELECT :organisation, :id, coalesce(max(version), 0) + 1, :kind, :title, :text, :sha256, :status, :at, :by, "
            "CAST(:accepted AS jsonb) FROM definitions WHERE organisation = :organisation AND id = :id RETURNING version",
            id=id, kind=kind, title=title, text=text, sha256=digest, status="pilot" if pilot else "published", at=at,
            by=by, accepted=json.dumps(list(accepted)),
        )  # fmt: skip
        self.tx.changed_surroundings()
        return self.get(id, made.scalar_one())

    def find(self, id: str, version: int | None = None) -> DefinitionRow | None:  # noqa: A002 - the column's name
        """A version, the newest for everybody where none is named (retired or not); None where there is none."""
        return self.one(
            DefinitionRow,
            f"SELECT {_COLUMNS} FROM definitions WHERE organisation = :organisation AND id = :id "
            f"AND (version = CAST(:version AS integer) OR CAST(:version AS integer) IS NULL AND {_TAKEN}) "
            "ORDER BY version DESC LIMIT 1",
            id=id, version=version,
        )  # fmt: skip

    def latest(self, id: str) -> DefinitionRow:  # noqa: A002 - the column's name
        """The newest version. Raises NotFound."""
        return self._must(self.find(id), id)

    def get(self, id: str, version: int) -> DefinitionRow:  # noqa: A002 - the column's name
        """One version. Raises NotFound."""
        return self._must(self.find(id, version), id)

    def _must(self, row: DefinitionRow | None, id: str) -> DefinitionRow:  # noqa: A002
        if row is None:
            raise NotFound(f"There is no definition '{id}' here.")
        return row

    def list(self, kind: str | None = None, *, retired: bool = False) -> list[DefinitionRow]:
        """The newest version for everybody of each definition, by title.

        Args:
            retired: also those that can no longer be started.
        """
        return self.all(
            DefinitionRow,
            f"SELECT * FROM (SELECT DISTINCT ON (id) {_COLUMNS} FROM definitions WHERE organisation = :organisation "
            f"AND {_TAKEN} ORDER BY id, version DESC) newest WHERE kind = coalesce(:kind, kind) AND (:retired OR status = "
            "'published') "
            "ORDER BY title, id",
            kind=kind, retired=retired,
        )  # fmt: skip

    def versions(self, id: str) -> list[DefinitionRow]:  # noqa: A002 - the column's name
        """All versions of one definition, newest first."""
        return self.all(
            DefinitionRow,
            f"SELECT {_COLUMNS} FROM definitions WHERE organisation = :organisation AND id = :id ORDER BY version DESC",
            id=id,
        )

    def retire(self, id: str) -> None:  # noqa: A002 - the column's name
        """No new case may start; running ones go on."""
        self._set_status(id, "retired")

    def restore(self, id: str) -> None:  # noqa: A002 - the column's name
        """Take back a retirement."""
        self._set_status(id, "published")

    def take(self, id: str, version: int) -> None:  # noqa: A002 - the column's name
        """A version that was tried is for everybody from now on."""
        self._end_trial(id, version, "published")

    def withdraw(self, id: str, version: int) -> None:  # noqa: A002 - the column's name
        """A version that was tried is not taken; its cases go on with it."""
        self._end_trial(id, version, "withdrawn")

    def take_back(self, id: str, version: int) -> None:  # noqa: A002 - the column's name
        """A version that is for everybody is so no longer: the one before it is. Its cases go on with it."""
        self.run(
            "UPDATE definitions SET status = 'withdrawn' WHERE organisation = :organisation AND id = :id "
            "AND version = :version AND status = 'published'",
            id=id, version=version,
        )  # fmt: skip
        self.tx.changed_surroundings()

    def _end_trial(self, id: str, version: int, status: str) -> None:  # noqa: A002
        self.run(
            "UPDATE definitions SET status = :status WHERE organisation = :organisation AND id = :id "
            "AND version = :version AND status = 'pilot'",
            id=id, version=version, status=status,
        )  # fmt: skip
        self.tx.changed_surroundings()

    def _set_status(self, id: str, status: str) -> None:  # noqa: A002
        self.run(
            f"UPDATE definitions SET status = :status WHERE organisation = :organisation AND id = :id AND {_TAKEN}",
            id=id,
            status=status,
        )
        self.tx.changed_surroundings()

    def publish_shared(self, kind: str, id: str, text: str, *, by: str, at: datetime) -> None:  # noqa: A002
        """Store what definitions share (a decision, connection or data set); definitions published from now on use it.

        An unchanged text makes no new version.
        """
        self.run(
            "INSERT INTO shared_files (organisation, kind, id, version, text, sha256, published_at, published_by) "
            "SELECT :organisation, :kind, :id, coalesce(max(version), 0) + 1, :text, :sha256, :at, :by FROM "
            "shared_files "
            "WHERE organisation = :organisation AND kind = :kind AND id = :id "
            "HAVING coalesce((array_agg(sha256 ORDER BY version DESC))[1], '') <> :sha256",
            kind=kind, id=id, text=text, sha256=sha256(text.encode()).hexdigest(), at=at, by=by,
        )  # fmt: skip

    def shared(self, kind: str) -> dict[str, str]:
        """Id → the newest text, of the shared files of a kind."""
        rows = self.rows_of(
            "SELECT DISTINCT ON (id) id, text FROM shared_files WHERE organisation = :organisation AND kind = :kind "
            "ORDER BY id, version DESC",
            kind=kind,
        )
        return {str(id_): text for id_, text in rows}
