"""Event logs of other programs, what was worked out of them, and the work that waits for a worker."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from procession.engine.rejections import NotFound
from procession.store.ids import is_id
from procession.store.noun import Noun
from procession.store.writing import QUEUE

LOG_TASK: Final = "procession.log"
"""The entry of the queue: an organisation, a log, and which of its cases."""

WHOLE: Final = ""
"""`chosen` of all cases of a log."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One log."""

    id: str
    title: str
    file_name: str
    size: int
    """Of the file as it came, in bytes."""
    status: str
    """`looking`, `draft`, `reading`, `ready` or `failed`."""
    created_at: datetime
    created_by: str
    visible_to: str | None
    """A group; None: every member."""
    people: bool
    """Whether figures of single people are shown."""
    options: dict[str, Any]
    preview: dict[str, Any] | None
    report: dict[str, Any] | None
    log_sha256: str | None
    log_size: int | None
    cases: int | None
    events: int | None
    begins_at: datetime | None
    ends_at: datetime | None
    error: str | None
    hint: str | None
    has_errors: bool
    """Whether rows were left out, each with its reason."""


@dataclass(frozen=True, slots=True)
class FiguresRow:
    """What was worked out of some cases of a log, or how far that has come."""

    log: str
    chosen: str
    filter: dict[str, Any]
    status: str
    """`waiting`, `ready` or `failed`."""
    doing: str
    share: float
    fingerprint: str
    as_of: datetime | None
    figures: dict[str, Any] | None
    picture: str | None
    rows_sha256: str | None
    """The file of its cases, row by row."""
    error: str | None


_LOG: Final = (
    "id::text, title, file_name, size, status, created_at, created_by, visible_to, people, options, preview, report, "
    "log_sha256, log_size, cases, events, begins_at, ends_at, error, hint, coalesce(row_errors, '') <> ''"
)
_FIGURES: Final = (
    "log::text, chosen, filter, status, doing, share, fingerprint, as_of, figures, picture, rows_sha256, error"
)


class ImportedLogs(Noun):
    """The logs of the organisation."""

    def add(
        self, *, log: str, title: str, file_name: str, size: int, status: str, by: str, at: datetime
    ) -> LogRow:  # fmt: skip
        """Enter a file that has come."""
        self.run(
            "INSERT INTO imported_logs (organisation, id, title, file_name, size, status, created_at, created_by) "
            "VALUES (:organisation, :id, :title, :file_name, :size, :status, :at, :by)",
            id=log, title=title, file_name=file_name, size=size, status=status, at=at, by=by,
        )  # fmt: skip
        return self.get(log)

    def find(self, log: str) -> LogRow | None:
        """By id."""
        if not is_id(log):
            return None
        return self.one(
            LogRow,
            f"SELECT {_LOG} FROM imported_logs WHERE organisation = :organisation AND id = CAST(:log AS uuid)",
            log=log,
        )

    def get(self, log: str) -> LogRow:
        """By id. Raises NotFound."""
        found = self.find(log)
        if found is None:
            raise NotFound("There is no such log.")
        return found

    def list(self) -> list[LogRow]:
        """All of them, the newest first."""
        return self.all(LogRow, f"SELECT {_LOG} FROM imported_logs WHERE organisation = :organisation ORDER BY id DESC")

    def change(self, log: str, **values: Any) -> bool:
        """Give columns new values; False where the log is gone."""
        plain = {
            name: json.dumps(value) if name in ("options", "preview", "report") and value is not None else value
            for name, value in values.items()
        }
        sets = ", ".join(
            f"{name} = CAST(:{name} AS json)" if name in ("options", "preview", "report") else f"{name} = :{name}"
            for name in plain
        )
        done = self.run(
            f"UPDATE imported_logs SET {sets} WHERE organisation = :organisation AND id = CAST(:log AS uuid)",
            log=log, **plain,
        )  # fmt: skip
        return bool(done.rowcount)

    def row_errors(self, log: str) -> str:
        """The rows that were left out, as CSV; empty where there are none."""
        found = self.rows_of(
            "SELECT row_errors FROM imported_logs WHERE organisation = :organisation AND id = CAST(:log AS uuid)",
            log=log,
        )
        return (found[0][0] or "") if found else ""

    def delete(self, log: str) -> None:
        """Forget a log and everything that was worked out of it."""
        self.run("DELETE FROM imported_logs WHERE organisation = :organisation AND id = CAST(:log AS uuid)", log=log)

    def stale(self, at: datetime, days: float) -> list[str]:
        """Files that nobody has said anything about, and imports that failed, for so long."""
        rows = self.rows_of(
            "SELECT id::text FROM imported_logs WHERE organisation = :organisation AND status IN ('looking', 'draft', "
            "'failed') AND created_at < :until",
            until=at - timedelta(days=days),
        )
        return [id_ for (id_,) in rows]

    # --- figures ------------------------------------------------------------------------------------------------------

    def figures(self, log: str, chosen: str = WHOLE) -> FiguresRow | None:
        """What was worked out of these cases, or how far that has come; None where nobody has asked."""
        return self.one(
            FiguresRow,
            f"SELECT {_FIGURES} FROM log_figures WHERE organisation = :organisation AND log = CAST(:log AS uuid) "
            "AND chosen = :chosen",
            log=log, chosen=chosen,
        )  # fmt: skip

    def ask(self, log: str, chosen: str, filter: dict[str, Any], fingerprint: str, at: datetime, doing: str) -> None:  # noqa: A002
        """Let a worker work something out, once however often it is asked for."""
        asked = self.run(
            "INSERT INTO log_figures AS f (organisation, log, chosen, filter, status, doing, share, fingerprint, asked_at) "
            "VALUES (:organisation, CAST(:log AS uuid), :chosen, CAST(:filter AS json), 'waiting', :doing, 0, :fingerprint, "
            ":at) ON CONFLICT (organisation, log, chosen) DO UPDATE SET status = 'waiting', doing = :doing, share = 0, "
            "fingerprint = :fingerprint, asked_at = :at, figures = NULL, picture = NULL, page = NULL, error = NULL "
            "WHERE f.status <> 'waiting'",
            log=log, chosen=chosen, filter=json.dumps(filter), fingerprint=fingerprint, at=at, doing=doing,
        )  # fmt: skip
        if asked.rowcount:
            self.defer(log, chosen)

    def defer(self, log: str, chosen: str) -> None:
        """Put the work into the queue."""
        args = {"organisation": self.tx.organisation, "log": log, "chosen": chosen}
        self.run(
            "SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(CAST(:queue AS text), CAST(:task AS text), 0, 'logs', NULL, "
            "CAST(:args AS jsonb), NULL)::procrastinate_job_to_defer_v1])",
            queue=QUEUE, task=LOG_TASK, args=json.dumps(args),
        )  # fmt: skip

    def went_on(self, log: str, chosen: str, doing: str, share: float) -> bool:
        """How far the work has come; False where nobody waits for it any more."""
        done = self.run(
            "UPDATE log_figures SET doing = :doing, share = :share WHERE organisation = :organisation "
            "AND log = CAST(:log AS uuid) AND chosen = :chosen AND status = 'waiting'",
            log=log, chosen=chosen, doing=doing, share=share,
        )  # fmt: skip
        return bool(done.rowcount)

    def made(
        self, log: str, chosen: str, figures: Any, picture: str, page: str, rows_sha256: str, at: datetime
    ) -> bool:
        """Keep what was worked out; False where nobody waits for it any more. The file of rows of the time before is
        the caller's to remove."""
        done = self.run(
            "UPDATE log_figures SET status = 'ready', share = 1, figures = CAST(:figures AS json), picture = :picture, "
            "page = :page, rows_sha256 = :rows_sha256, as_of = :at WHERE organisation = :organisation "
            "AND log = CAST(:log AS uuid) AND chosen = :chosen",
            log=log, chosen=chosen, figures=json.dumps(figures), picture=picture, page=page, rows_sha256=rows_sha256, at=at,
        )  # fmt: skip
        return bool(done.rowcount)

    def page(self, log: str, chosen: str = WHOLE) -> str:
        """The report as a page of its own; empty where it is not made."""
        found = self.rows_of(
            "SELECT page FROM log_figures WHERE organisation = :organisation AND log = CAST(:log AS uuid) "
            "AND chosen = :chosen AND status = 'ready'",
            log=log, chosen=chosen,
        )  # fmt: skip
        return (found[0][0] or "") if found else ""

    def row_files(self, log: str) -> list[str]:
        """The files of rows of all that was worked out of a log."""
        found = self.rows_of(
            "SELECT rows_sha256 FROM log_figures WHERE organisation = :organisation AND log = CAST(:log AS uuid) "
            "AND rows_sha256 IS NOT NULL",
            log=log,
        )
        return [sha256 for (sha256,) in found]

    def failed(self, log: str, chosen: str, error: str) -> None:
        """Why nothing was worked out."""
        self.run(
            "UPDATE log_figures SET status = 'failed', error = :error WHERE organisation = :organisation "
            "AND log = CAST(:log AS uuid) AND chosen = :chosen",
            log=log, chosen=chosen, error=error,
        )  # fmt: skip

    def forget_choices(self, at: datetime, days: float) -> list[str]:
        """Throw away what was worked out of chosen cases long ago; gives the files of rows that nobody needs any more."""
        found = self.rows_of(
            "DELETE FROM log_figures WHERE organisation = :organisation AND chosen <> '' AND asked_at < :until "
            "RETURNING rows_sha256",
            until=at - timedelta(days=days),
        )
        return [sha256 for (sha256,) in found if sha256 is not None]
