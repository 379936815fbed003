"""Which logs there are and who sees them: every member, or one group; whoever brought a log and administrators always."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal, cast

from procession.engine.rejections import Forbidden, InvalidField, NotAvailable, NotFound
from procession.operations import access
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context, Files
from procession.operations.logs.views import ImportReport, LogLine, LogPreview, LogView, Status
from procession.operations.reading import adapter
from procession.operations.values import Download
from procession.store.imported_logs import FiguresRow, LogRow
from procession.store.transaction import Transaction

LARGEST: Final = 500_000_000
"""Bytes of a file that is brought."""

_PACKAGE: Final = Path(__file__).parents[2]
_DECIDING: Final = ("analytics", "drawing", "interchange/event_log", "interchange/log_cases.py", "interchange/log_report",
                    "operations/logs")  # fmt: skip


@cache
def fingerprint() -> str:
    """Of the program that makes the figures: those of another one are made anew."""
    digest = hashlib.sha256()
    for name in _DECIDING:
        place = _PACKAGE / name
        for path in sorted(place.rglob("*.py")) if place.is_dir() else [place]:
            digest.update(path.read_bytes())
    return digest.hexdigest()[:24]


def files_of(ctx: Context) -> Files:
    """Where the bytes lie. Raises NotAvailable."""
    if ctx.files is None:
        raise NotAvailable("This door keeps no files.")
    return ctx.files


def sees(ctx: Context, row: LogRow) -> bool:
    """Whether the caller may see a log and what it says."""
    person = access.member(ctx.caller)
    return (
        ctx.caller.is_admin or row.created_by == person.id or row.visible_to is None or row.visible_to in person.groups
    )


def seen(ctx: Context, tx: Transaction, log: str) -> LogRow:
    """A log that the caller may see. Raises NotFound."""
    row = tx.imported_logs.get(log)
    if not sees(ctx, row):
        raise NotFound("There is no such log.")
    return row


def is_whose(ctx: Context, row: LogRow) -> bool:
    """Whether the caller may change or delete a log: whoever brought it, and administrators."""
    return ctx.caller.is_admin or row.created_by == access.member(ctx.caller).id


def own(ctx: Context, tx: Transaction, log: str, to: str) -> LogRow:
    """A log that is the caller's to change. Raises NotFound or Forbidden."""
    row = seen(ctx, tx, log)
    if not is_whose(ctx, row):
        raise Forbidden(f"Only whoever brought the log or an administrator may {to}.")
    return row


def known_group(ctx: Context, group: str | None) -> str | None:
    """The group that a log is shown to. Raises InvalidField."""
    if group and group not in ctx.surroundings.directory.groups:
        raise InvalidField("group", f"There is no group '{group}'.")
    return group or None


# --- views ------------------------------------------------------------------------------------------------------------


def line_of(row: LogRow) -> LogLine:
    """A log as a line of the list."""
    return LogLine(
        id=row.id, title=row.title, file_name=row.file_name, status=cast("Status", row.status), cases=row.cases,
        events=row.events, begins_at=row.begins_at, ends_at=row.ends_at, created_at=row.created_at,
        created_by=row.created_by, group=row.visible_to, error=row.error, hint=row.hint,
    )  # fmt: skip


def view_of(ctx: Context, row: LogRow, figures: FiguresRow | None) -> LogView:
    """A log with how it was read."""
    waiting = figures is not None and figures.status == "waiting"
    return LogView(
        line=line_of(row), size=row.size, options=row.options, preview=_preview(row.preview), report=_report(row.report),
        people=row.people, has_errors=row.has_errors,
        may_delete=is_whose(ctx, row), doing=figures.doing if figures and waiting else None,
        share=figures.share if figures is not None else 0.0, largest=LARGEST,
    )  # fmt: skip


def _preview(found: dict[str, Any] | None) -> LogPreview | None:
    return None if found is None else adapter(LogPreview).validate_python(found)


def _report(found: dict[str, Any] | None) -> ImportReport | None:
    return None if found is None else adapter(ImportReport).validate_python(found)


# --- operations -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class ListLogs(Ask):
    """The event logs of other programs that the caller may see, the newest first."""


@operation("log.list", scope="insights:read", http="GET /logs")
def list_logs(ctx: Context, ask: ListLogs) -> tuple[LogLine, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.imported_logs.list()
    return tuple(line_of(row) for row in rows if sees(ctx, row))


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLog(Ask):
    """An imported log: how its file was read, or what has to be said before it can be."""

    log: str
    """Its id."""


@operation("log.get", scope="insights:read", http="GET /logs/{log}")
def get_log(ctx: Context, ask: GetLog) -> LogView:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = seen(ctx, tx, ask.log)
        return view_of(ctx, row, tx.imported_logs.figures(row.id))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeleteLog(Ask):
    """Delete an imported log, its file and everything that was worked out of it."""

    log: str
    """Its id."""


@operation("log.delete", scope="insights:write", http="DELETE /logs/{log}")
def delete_log(ctx: Context, ask: DeleteLog) -> Done:
    files = files_of(ctx)
    with ctx.store.transaction(ctx.organisation) as tx:
        row = own(ctx, tx, ask.log, "delete it")
        unneeded = tx.imported_logs.row_files(row.id)
        tx.imported_logs.delete(row.id)
    forget_files(files, row)
    for sha256 in unneeded:
        files.remove(sha256)
    return Done()


def forget_files(files: Files, row: LogRow) -> None:
    """The bytes of a log that was deleted; no other log has the same ones."""
    files.drop_upload(row.id)
    if row.log_sha256 is not None:
        files.remove(row.log_sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class LogErrors(Ask):
    """The rows of an imported file that were left out, each with its number and reason, as CSV."""

    log: str
    """Its id."""


@operation("log.errors", scope="insights:read", http="GET /logs/{log}/errors", raw=True)
def log_errors(ctx: Context, ask: LogErrors) -> Download:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = seen(ctx, tx, ask.log)
        errors = tx.imported_logs.row_errors(row.id)
    name = row.file_name.rpartition(".")[0] or row.file_name
    return Download(
        name=f"{name} - rows left out.csv", type="text/csv; charset=utf-8", content=errors.encode() or b"row,reason\r\n"
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class LogFile(Ask):
    """A kept log in one of four formats."""

    log: str
    """Its id."""
    format: Literal["csv", "xes", "ocel", "parquet"] = "csv"
    """What is to be made of it."""


@operation("log.file", scope="insights:read", http="GET /logs/{log}/file", raw=True)
def log_file(ctx: Context, ask: LogFile) -> Download:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = seen(ctx, tx, ask.log)
    if row.log_sha256 is None:
        raise NotFound("The log is not read yet.")
    from procession.interchange.event_log.reading import read_log

    table = read_log(files_of(ctx).path(row.log_sha256)).table
    return as_download(table, row.title, ask.format)


ENDINGS: Final = {"csv": "csv", "xes": "xes", "ocel": "json", "parquet": "parquet"}
_TYPES: Final = {"csv": "text/csv; charset=utf-8", "xes": "application/xml", "ocel": "application/json",
                 "parquet": "application/vnd.apache.parquet"}  # fmt: skip


def as_download(table: Any, title: str, format: Literal["csv", "xes", "ocel", "parquet"]) -> Download:  # noqa: A002
    """A log in one of the four formats."""
    import tempfile

    from procession.interchange.event_log.writing import write_log

    with tempfile.TemporaryDirectory(prefix="procession-export-") as folder:
        target = Path(folder) / f"log.{ENDINGS[format]}"
        write_log(table, target, format)
        content = target.read_bytes()
    return Download(name=f"{title}.{ENDINGS[format]}", type=_TYPES[format], content=content)
