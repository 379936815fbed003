"""Files: uploading, downloading. Whoever sees the case sees its files; a new one is its uploader's until a case takes
it."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from procession.engine.rejections import InvalidField, NotAvailable, NotFound, TooLarge
from procession.operations import access
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context, Files
from procession.operations.loading import case_of, may_see
from procession.operations.values import Download
from procession.store.files import FileRow

LARGEST = 25_000_000
"""Bytes of one file."""
LONGEST_NAME = 150

REFUSED = frozenset(
    {"exe", "bat", "cmd", "com", "scr", "msi", "vbs", "js", "jse", "wsf", "ps1", "hta", "lnk", "jar", "dll"}
)
"""Endings of files that a computer would run when somebody opens them."""

_TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,62}/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileView:
    """An uploaded file: the value of a file field."""

    id: str
    name: str
    size: int
    """In bytes."""
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload(Ask):
    """Upload a file. What comes back is the value for a file field."""

    name: str
    """Its name."""
    content: bytes
    """Its bytes."""
    type: str = "application/octet-stream"
    """Its media type."""
    case_id: str | None = None
    """The case it belongs to, where there is one already."""


@operation("file.upload", scope="files:write", http="POST /files", raw=True)
def upload(ctx: Context, ask: Upload) -> FileView:
    files = _files(ctx)
    name = safe_name(ask.name)
    if name.rpartition(".")[2].lower() in REFUSED:
        raise InvalidField("name", "Files that a computer would run are not kept.", hint="Pack it, or say it in words.")
    if not _TYPE.fullmatch(ask.type.lower()):
        raise InvalidField("type", "type is a media type such as application/pdf.")
    if len(ask.content) > LARGEST:
        raise TooLarge(f"A file has at most {LARGEST // 1_000_000} MB.")
    if ask.case_id is not None:
        with ctx.store.transaction(ctx.organisation) as tx:
            case_of(ctx, tx, ask.case_id)
    sha256, size = files.put([ask.content])
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.files.add(
            sha256=sha256, name=name, type=ask.type.lower(), size=size, by=ctx.caller.id, at=ctx.at, case_id=ask.case_id
        )
    return FileView(id=row.id, name=row.name, size=row.size, sha256=row.sha256)


@dataclass(frozen=True, slots=True, kw_only=True)
class GetFile(Ask):
    """Download a file."""

    file: str
    """Its id."""


@operation("file.get", scope="files:read", http="GET /files/{file}", raw=True)
def get_file(ctx: Context, ask: GetFile) -> Download:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.files.get(ask.file)
        mine = row.uploaded_by == access.member(ctx.caller).id
        case = tx.cases.find(row.case_id) if row.case_id else None
        if not mine and (case is None or not may_see(ctx, tx, case)):
            raise NotFound("There is no such file.")
        if not mine and case is not None and _is_hidden(ctx, row):
            raise NotFound("There is no such file.")
    return Download(name=row.name, type=row.type, content=_files(ctx).read(row.sha256))


def _is_hidden(ctx: Context, row: FileRow) -> bool:
    """Whether the file stands only in fields that the caller may not see."""
    assert row.case_id is not None
    with ctx.store.transaction(ctx.organisation) as tx:
        case = tx.cases.get(row.case_id)
    definition = ctx.definition(case.definition, case.version)
    hidden = access.hidden_fields(ctx.caller, definition, case)
    holding = {name for name, value in case.data.items() if row.id in str(value)}
    return bool(holding) and holding <= hidden


def _files(ctx: Context) -> Files:
    if ctx.files is None:
        raise NotAvailable("This door keeps no files.")
    return ctx.files


def safe_name(name: str) -> str:
    """A name without folders and control characters. Raises `InvalidField` where nothing is left."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(letter for letter in name if unicodedata.category(letter)[0] != "C").strip(" .")
    if not name or len(name) > LONGEST_NAME:
        raise InvalidField("name", f"A file's name has 1 to {LONGEST_NAME} characters.")
    return name
