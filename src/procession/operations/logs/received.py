"""A file that is being sent: read in pieces, never as a whole."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler

_PIECE = 1 << 20


class Received:
    """Bytes that a door has received, wherever it has put them."""

    def __init__(self, file: IO[bytes], size: int) -> None:
        self._file = file
        self.size = size
        """In bytes."""

    def parts(self) -> Iterator[bytes]:
        """The bytes, piece by piece, from the beginning."""
        self._file.seek(0)
        while piece := self._file.read(_PIECE):
            yield piece

    def close(self) -> None:
        """Nobody reads it any more."""
        self._file.close()

    def __repr__(self) -> str:
        """By its content: the same file sent twice is the same request."""
        digest = hashlib.sha256()
        for part in self.parts():
            digest.update(part)
        return f"Received({self.size}, {digest.hexdigest()})"

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> Any:
        from pydantic_core import core_schema

        return core_schema.is_instance_schema(cls)

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: Any, handler: GetJsonSchemaHandler) -> dict[str, str]:
        return {"type": "string", "format": "binary"}
