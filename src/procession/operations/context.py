"""What every operation is given: who asks, of which organisation, when, and the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from procession.operations.access import Caller

if TYPE_CHECKING:
    from procession.store.store import Store


class Files(Protocol):
    """Keeps the bytes of files (`connectors.files.FileStore`)."""

    def put(self, parts: Iterable[bytes], largest: int = ...) -> tuple[str, int]:
        """Store bytes; returns their SHA-256 and size. Raises `TooLarge`."""
        ...

    def read(self, sha256: str) -> bytes:
        """The bytes of a hash."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """One request, whatever door it came through."""

    store: Store
    organisation: str
    caller: Caller
    at: datetime
    """Now; aware, in UTC."""
    key: str | None = None
    """The idempotency key: the same request sent twice is done once."""
    address: str = ""
    """Where the request came from, for rate limits."""
    files: Files | None = None
    """Where the bytes of files lie; None where a door handles no files."""
