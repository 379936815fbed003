"""Downloads: always as an attachment, never shown inside a page of ours."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from procession.operations.values import Download
from procession.web.visiting import ask

router = APIRouter()


@router.get("/files/{file}")
def download(request: Request, file: str) -> Response:
    """A file, to keep."""
    return attachment(ask(request, "file.get", file=file))


def attachment(found: Download) -> Response:
    """Bytes that a browser saves and does not show (RFC 6266)."""
    plain = found.name.encode("ascii", "replace").decode().replace('"', "'").replace("\\", "_")
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(found.name)}"
    return Response(found.content, headers={"Content-Disposition": disposition, "Content-Type": found.type})
