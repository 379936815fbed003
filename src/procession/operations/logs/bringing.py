"""Bringing a log: its file, what its columns mean, and reading it.

A file that is read in a moment is read while one waits, so that what is wrong is said at once and nothing is kept; a
large one is read by a worker.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Final, Literal

from procession.engine.rejections import Conflict, InvalidField, NotAvailable, TooLarge
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context, Files
from procession.operations.files import safe_name
from procession.operations.logs import working
from procession.operations.logs.keeping import LARGEST, files_of, fingerprint, known_group, own, seen, view_of
from procession.operations.logs.received import Received
from procession.operations.logs.views import LogView
from procession.operations.logs.working import Unreadable
from procession.store.ids import new_id
from procession.store.imported_logs import WHOLE, LogRow

AT_ONCE: Final = 8_000_000
"""Bytes of a file that is read while one waits; unpacked it may be twice as long."""
LONGEST_TITLE: Final = 120
TWO_STEPS: Final = (
    "Brought with log.upload and read with log.read, log.errors gives all of them; of what is brought in one request nothing is "
    "kept when it cannot be read."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HowToRead(Ask):
    """What whoever brings a log can say about it; what is left out is found out."""

    title: str | None = None
    """What the log is called; else the name of its file."""
    columns: tuple[str, ...] = ()
    """Which column means what, such as `case=Order number`; an empty name (`resource=`) takes none for it. The meanings
    are case, step, end, start, ready, resource, department, group, workflow, lifecycle, instance, outcome and reason."""
    zone: str = "UTC"
    """The time zone of moments that name none, and where people work."""
    dates: Literal["day-first", "month-first"] | None = None
    """How 1/2/2026 is meant, where that is open."""
    separator: str | None = None
    """What separates the cells of a CSV file: a character, or tab, comma, semicolon, bar."""
    encoding: str | None = None
    """Such as utf-16 or latin-1."""
    object_type: str | None = None
    """Of OCEL: which objects are the cases."""
    outside: tuple[str, ...] = ()
    """Steps that somebody outside does."""
    mail: tuple[str, ...] = ()
    """Steps in which somebody passes work on by mail, beside those whose name says so."""
    automatic: tuple[str, ...] = ()
    """Steps that no person does."""
    refused: tuple[str, ...] = ()
    """Outcomes that say no; then all others say yes. Left out, words such as approved and rejected are known."""
    rate: str | None = None
    """What an hour costs, 10 to 1,000, for the money in its report; left out: 30, which is an assumption."""
    group: str | None = None
    """Only this group, whoever brings it and administrators see the log; left out: every member."""
    people: bool = False
    """Show figures of single people as well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UploadLog(Ask):
    """Bring the file of an event log (CSV, XES, OCEL 2.0 JSON, Parquet, packed with gzip or not), and see its first rows
    and what its columns seem to mean. `log.read` then reads it."""

    MOST_BYTES: ClassVar[int] = LARGEST

    name: str
    """The name of the file."""
    content: Received
    """Its bytes."""


@operation("log.upload", scope="insights:write", http="POST /log-uploads", raw=True)
def upload_log(ctx: Context, ask: UploadLog) -> LogView:
    id_ = _kept(ctx, ask.name, ask.content)
    return _looked_at(ctx, id_, safe_name(ask.name), ask.content.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLog(HowToRead):
    """Bring an event log in one request: its file, and what there is to say about it."""

    MOST_BYTES: ClassVar[int] = LARGEST

    name: str
    """The name of the file."""
    content: Received
    """Its bytes."""


@operation("log.import", scope="insights:write", http="POST /logs", raw=True)
def import_log(ctx: Context, ask: ImportLog) -> LogView:
    said = _said(ctx, ask)
    id_ = _kept(ctx, ask.name, ask.content)
    files, name = files_of(ctx), safe_name(ask.name)
    try:
        with ctx.store.transaction(ctx.organisation) as tx:
            row = tx.imported_logs.add(
                log=id_, title=_title(ask.title, name), file_name=name, size=ask.content.size, status="draft",
                by=ctx.caller.id, at=ctx.at,
            )  # fmt: skip
        return _read(ctx, row, said, ask)
    except InvalidField as problem:
        with ctx.store.transaction(ctx.organisation) as tx:
            errors = tx.imported_logs.row_errors(id_)
            tx.imported_logs.delete(id_)
        files.drop_upload(id_)
        if errors:
            raise InvalidField(problem.field, str(problem), hint=f"{problem.hint or ''} {TWO_STEPS}".strip()) from None
        raise
    except BaseException:
        with ctx.store.transaction(ctx.organisation) as tx:
            tx.imported_logs.delete(id_)
        files.drop_upload(id_)
        raise


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewLog(HowToRead):
    """Look at the first rows of a file that was brought anew, with what was said about it."""

    log: str
    """Its id."""


@operation("log.preview", scope="insights:write", http="POST /logs/{log}/preview")
def preview_log(ctx: Context, ask: PreviewLog) -> LogView:
    said = _said(ctx, ask)
    with ctx.store.transaction(ctx.organisation) as tx:
        row = _draft(own(ctx, tx, ask.log, "say how it is read"))
        tx.imported_logs.change(
            row.id, options=said, visible_to=said["group"], people=ask.people, title=_title(ask.title, row.title)
        )
    path = _file(ctx, row)
    if _is_large(path):
        return _let_work(ctx, row, "looking", "looking at the columns")
    try:
        found = working.look(path, row.file_name, said)
    except Unreadable as problem:
        raise refused(problem) from None
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.imported_logs.change(row.id, preview=found)
        return view_of(ctx, tx.imported_logs.get(row.id), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadLog(HowToRead):
    """Read a file that was brought. A large one is read by a worker: `log.get` says how far it is."""

    log: str
    """Its id."""


@operation("log.read", scope="insights:write", http="POST /logs/{log}/read")
def read_log(ctx: Context, ask: ReadLog) -> LogView:
    said = _said(ctx, ask)
    with ctx.store.transaction(ctx.organisation) as tx:
        row = _draft(own(ctx, tx, ask.log, "say how it is read"))
    return _read(ctx, row, said, ask)


# --- steps on the way -------------------------------------------------------------------------------------------------


def _said(ctx: Context, ask: HowToRead) -> dict[str, Any]:
    """What was said about a log, as it is kept. Raises InvalidField."""
    from procession.analytics.log_diagnosis.money import rate_of
    from procession.interchange.event_log.errors import LogFileError
    from procession.interchange.event_log.moments import check_zone
    from procession.interchange.event_log.words import ROLES

    for one in ask.columns:
        meaning, equals, _ = one.partition("=")
        if not equals or meaning.strip() not in ROLES:
            raise InvalidField(
                "columns", f"'{one[:100]}' does not say which column means what.",
                hint=f"Write MEANING=NAME; the meanings are {', '.join(ROLES)}.",
            )  # fmt: skip
    try:
        check_zone(ask.zone)
    except LogFileError as problem:
        raise InvalidField("zone", str(problem), hint="Write it like Europe/Berlin or UTC.") from None
    try:
        rate_of(ask.rate)
    except ValueError as problem:
        raise InvalidField("rate", str(problem), hint="Write it like 45 or 62.50.") from None
    return {
        "rate": ask.rate, "columns": list(ask.columns), "zone": ask.zone, "dates": ask.dates, "separator": ask.separator,
        "encoding": ask.encoding, "object_type": ask.object_type, "outside": list(ask.outside),
        "mail": list(ask.mail), "automatic": list(ask.automatic), "refused": list(ask.refused),
        "group": known_group(ctx, ask.group),
    }  # fmt: skip


def _title(said: str | None, otherwise: str) -> str:
    title = " ".join((said or "").split()) or otherwise
    if len(title) > LONGEST_TITLE:
        raise InvalidField("title", f"A log is called by at most {LONGEST_TITLE} characters.")
    return title


def _kept(ctx: Context, name: str, content: Received) -> str:
    """Keep a file on its way; returns the id of the log it becomes."""
    files = files_of(ctx)
    safe_name(name)
    if content.size > LARGEST:
        raise TooLarge(
            f"A log has at most {LARGEST // 1_000_000} MB, and this file has {content.size / 1e6:,.0f} MB.",
            hint="Pack it with gzip, choose a shorter period, or use procession diagnose on the command line.",
        )
    if not content.size:
        raise InvalidField(
            "content", f"'{safe_name(name)}' is empty.", hint="A log has a header and a row for each event."
        )
    id_ = new_id()
    files.keep_upload(id_, content.parts())
    return id_


def _looked_at(ctx: Context, id_: str, name: str, size: int) -> LogView:
    files = files_of(ctx)
    path, preview = files.upload(id_), None
    try:
        large = _is_large(path)
        if not large:
            preview = working.look(path, name, {})
    except Unreadable as problem:
        files.drop_upload(id_)
        raise refused(problem) from None
    except BaseException:
        files.drop_upload(id_)
        raise
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.imported_logs.add(
            log=id_, title=_title(None, name.removesuffix(".gz").rpartition(".")[0] or name), file_name=name, size=size,
            status="looking" if large else "draft", by=ctx.caller.id, at=ctx.at,
        )  # fmt: skip
        tx.imported_logs.change(id_, preview=preview)
    if large:
        return _let_work(ctx, row, "looking", "looking at the columns")
    with ctx.store.transaction(ctx.organisation) as tx:
        return view_of(ctx, tx.imported_logs.get(id_), None)


def _is_large(path: Path) -> bool:
    try:
        return path.stat().st_size > AT_ONCE or working.unpacked_more_than(path, 2 * AT_ONCE)
    except Unreadable as problem:
        raise refused(problem) from None


def _draft(row: LogRow) -> LogRow:
    if row.status not in ("draft", "failed"):
        raise Conflict("The log is read already, or being read.", hint="Bring the file again to read it otherwise.")
    return row


def _file(ctx: Context, row: LogRow) -> Path:
    path = files_of(ctx).upload(row.id)
    if not path.is_file():
        raise NotAvailable("The file is not there any more.", hint="Bring it again.")
    return path


def _read(ctx: Context, row: LogRow, said: Mapping[str, Any], ask: HowToRead) -> LogView:
    path = _file(ctx, row)
    kept = {"options": dict(said), "visible_to": said["group"], "people": ask.people, "title": _title(ask.title, row.title),
            "error": None, "hint": None}  # fmt: skip
    if _is_large(path):
        with ctx.store.transaction(ctx.organisation) as tx:
            tx.imported_logs.change(row.id, **kept)
        return _let_work(ctx, row, "reading", "reading")
    import tempfile

    with tempfile.TemporaryDirectory(prefix="procession-log-") as folder:
        target = Path(folder) / "log.parquet"
        try:
            found = working.read(path, row.file_name, said, target, row.id)
        except Unreadable as problem:
            with ctx.store.transaction(ctx.organisation) as tx:
                tx.imported_logs.change(row.id, **kept | {"row_errors": problem.row_errors or None})
            raise refused(problem) from None
        with ctx.store.transaction(ctx.organisation) as tx:
            tx.imported_logs.change(row.id, **kept)
        keep_log(ctx, row, found, target)
    with ctx.store.transaction(ctx.organisation) as tx:
        return view_of(ctx, tx.imported_logs.get(row.id), tx.imported_logs.figures(row.id))


def _let_work(ctx: Context, row: LogRow, status: str, doing: str) -> LogView:
    """Leave it to a worker."""
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.imported_logs.change(row.id, status=status)
        tx.imported_logs.ask(row.id, WHOLE, {}, fingerprint(), ctx.at, doing)
        return view_of(ctx, seen(ctx, tx, row.id), tx.imported_logs.figures(row.id))


def keep_log(ctx: Context, row: LogRow, found: Mapping[str, Any], target: Path) -> None:
    """A log that was read becomes one that is kept, and a worker is to say what it says."""
    files = files_of(ctx)
    values = kept_values(files, found, target)
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.imported_logs.change(row.id, **values)
        tx.imported_logs.ask(row.id, WHOLE, {}, fingerprint(), ctx.at, "diagnosing")
    files.drop_upload(row.id)


def kept_values(files: Files, found: Mapping[str, Any], target: Path) -> dict[str, Any]:
    """The columns of a log that was read; its file is put where files lie."""
    size = target.stat().st_size
    sha256 = put_file(files, target)
    return {
        "status": "ready", "report": found["report"], "row_errors": found["row_errors"] or None, "cases": found["cases"],
        "events": found["events"], "begins_at": datetime.fromtimestamp(found["begins"] / 1e6, UTC),
        "ends_at": datetime.fromtimestamp(found["ends"] / 1e6, UTC), "log_sha256": sha256, "log_size": size,
        "preview": None, "error": None, "hint": None,
    }  # fmt: skip


def put_file(files: Files, path: Path) -> str:
    """Put a file where files lie; gives the hash of its bytes."""
    with path.open("rb") as file:
        return files.put(iter(lambda: file.read(1 << 20), b""), path.stat().st_size)[0]


def refused(problem: Unreadable) -> InvalidField:
    """Why a file cannot be read, as a refusal of the field it is about."""
    return InvalidField(problem.field, str(problem), hint=problem.hint or None)
