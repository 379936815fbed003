"""What every operation is given: who asks, of which organisation, when, and the store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from procession.engine.rejections import NotFound
from procession.operations.access import Caller

if TYPE_CHECKING:
    from pathlib import Path

    from procession.engine.definition import Definition
    from procession.engine.program import Program
    from procession.store.store import Store
    from procession.store.surroundings import Surroundings


class Files(Protocol):
    """Keeps the bytes of files (`connectors.files.FileStore`)."""

    def put(self, parts: Iterable[bytes], largest: int = ...) -> tuple[str, int]:
        """Store bytes; returns their SHA-256 and size. Raises `TooLarge`."""
        ...

    def read(self, sha256: str) -> bytes:
        """The bytes of a hash."""
        ...

    def path(self, sha256: str) -> Path:
        """Where the bytes of a hash lie."""
        ...

    def remove(self, sha256: str) -> None:
        """Forget the bytes of a hash that nothing else has."""
        ...

    def upload(self, name: str) -> Path:
        """Where a file on its way lies."""
        ...

    def keep_upload(self, name: str, parts: Iterable[bytes]) -> int:
        """Store a file on its way; returns its size."""
        ...

    def drop_upload(self, name: str) -> None:
        """Forget a file on its way."""
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
    memo: dict[str, Surroundings] = field(default_factory=dict[str, "Surroundings"], compare=False, repr=False)
    """The organisation as it was when the request first looked, so that one request reads it once."""

    @property
    def surroundings(self) -> Surroundings:
        """People, calendars, settings and newest versions of the organisation."""
        found = self.memo.get(self.organisation)
        if found is None:
            found = self.memo[self.organisation] = self.store.surroundings(self.organisation)
        return found

    def program(self, definition: str, version: int | None = None) -> Program:
        """A published version, compiled; the newest where none is named. Raises `NotFound`."""
        version = version or self.surroundings.latest.get(definition)
        if version is None:
            raise NotFound(f"There is no published definition '{definition}'.")
        return self.store.program(self.organisation, definition, version)

    def definition(self, definition: str, version: int | None = None) -> Definition:
        """A published version as values; the newest where none is named. Raises `NotFound`."""
        return self.program(definition, version).definition
