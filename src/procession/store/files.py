"""What is known of files. Their bytes lie in the data folder (`connectors.files`)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.engine.rejections import NotFound
from procession.store.ids import is_id, new_id
from procession.store.noun import Noun


@dataclass(frozen=True, slots=True)
class FileRow:
    """One uploaded file."""

    id: str
    sha256: str
    name: str
    type: str
    """Its media type."""
    size: int
    """In bytes."""
    case_id: str | None
    uploaded_at: datetime
    uploaded_by: str


_COLUMNS = "id::text, sha256, name, type, size, case_id::text, uploaded_at, uploaded_by"


class Files(Noun):
    """Files of the organisation."""

    def add(
        self,
        *,
        sha256: str,
        name: str,
        type: str,  # noqa: A002 - the column's name
        size: int,
        by: str,
        at: datetime,
        case_id: str | None = None,
    ) -> FileRow:
        """Enter a file whose bytes are stored."""
        id_ = new_id()
        self.run(
            "INSERT INTO files (organisation, id, sha256, name, type, size, case_id, uploaded_at, uploaded_by) "
            "VALUES (:organisation, :id, :sha256, :name, :type, :size, CAST(:case AS uuid), :at, :by)",
            id=id_, sha256=sha256, name=name, type=type, size=size, case=case_id, at=at, by=by,
        )  # fmt: skip
        return self.get(id_)

    def find(self, file: str) -> FileRow | None:
        """By id."""
        if not is_id(file):
            return None
        return self.one(
            FileRow, f"SELECT {_COLUMNS} FROM files WHERE organisation = :organisation AND id = :id", id=file
        )

    def get(self, file: str) -> FileRow:
        """By id. Raises NotFound."""
        found = self.find(file)
        if found is None:
            raise NotFound("There is no such file.")
        return found

    def attach(self, file: str, case_id: str) -> None:
        """The file belongs to this case from now on."""
        self.run(
            "UPDATE files SET case_id = CAST(:case AS uuid) WHERE organisation = :organisation AND id = :id AND "
            "case_id IS NULL",
            id=file, case=case_id,
        )  # fmt: skip

    def of_case(self, case_id: str) -> list[FileRow]:
        """All files of a case, in the order they came."""
        return self.all(
            FileRow,
            f"SELECT {_COLUMNS} FROM files WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) "
            "ORDER BY id",
            case=case_id,
        )

    def hashes(self) -> set[str]:
        """The sha256 of everything that must be in the data folder."""
        return {one for (one,) in self.run("SELECT DISTINCT sha256 FROM files WHERE organisation = :organisation")}
