"""Files that came with a form: kept first, then named by their id in the values of an operation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any, cast

from starlette.datastructures import FormData, UploadFile

from procession.operations.calling import call
from procession.operations.context import Context
from procession.operations.files import FileView
from procession.web.forms import Field

Keep = Callable[[UploadFile], FileView]


def keeper(ctx: Context, case_id: str | None = None) -> Keep:
    """Keeps uploads of a member; those for a case that runs belong to it at once."""

    def keep(upload: UploadFile) -> FileView:
        asked = {"name": upload.filename or "file", "content": upload.file.read(), "case_id": case_id,
                 "type": upload.content_type or "application/octet-stream"}  # fmt: skip
        return call(ctx, "file.upload", asked)

    return keep


def keep_files(
    ctx: Context, values: Mapping[str, Any], fields: Sequence[Field], form: FormData, keep: Keep
) -> dict[str, Any]:
    """The values with each upload replaced by the file that is kept.

    A file field that was left alone keeps what it has; one that came with a form refused before is named by the form's
    hidden `NAME.kept`.
    """
    kept = dict(values)
    for field in fields:
        if field.type != "file" or field.name not in kept:
            continue
        value = kept.pop(field.name)
        if isinstance(value, UploadFile):
            kept[field.name] = asdict(keep(value))
        elif (before := str(form.get(f"{field.name}.kept") or "")) and not _is(field.value, before):
            known = _known(ctx, before)
            if known is not None:
                kept[field.name] = known
    return kept


def _is(value: Any, file: str) -> bool:
    return isinstance(value, Mapping) and cast("Mapping[str, Any]", value).get("id") == file


def _known(ctx: Context, file: str) -> dict[str, Any] | None:
    """A file of the caller's own, uploaded a moment ago; nothing for what is no such file."""
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.files.find(file)
    if row is None or row.uploaded_by != ctx.caller.id:
        return None
    return {"id": row.id, "name": row.name, "size": row.size, "sha256": row.sha256}


def with_files(fields: Sequence[Field], values: Mapping[str, Any]) -> list[Field]:
    """The fields of a form that came back, with the files that are kept already."""
    return [
        replace(one, value=values[one.name]) if one.type == "file" and isinstance(values.get(one.name), dict) else one
        for one in fields
    ]
