"""Files that came with a form: kept first, then named by their id in the values of an operation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request

from procession.web.forms import Field
from procession.web.visiting import ask


def keep_files(request: Request, values: dict[str, Any], fields: Sequence[Field]) -> dict[str, Any]:
    """The values with each upload replaced by the file that is kept; a file field left alone keeps what it has."""
    kept = dict(values)
    for field in fields:
        if field.type != "file":
            continue
        value = kept.get(field.name)
        if isinstance(value, UploadFile):
            content = value.file.read()
            kept[field.name] = ask(request, "file.upload", name=value.filename or "file", content=content,
                                   type=value.content_type or "application/octet-stream")  # fmt: skip
        elif value is None:
            kept.pop(field.name, None)
    return kept
