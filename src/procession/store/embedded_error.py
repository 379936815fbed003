"""The one error of the embedded database, and how an operating system's refusal becomes a sentence of it."""

from __future__ import annotations

import errno
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path


class EmbeddedPostgresError(Exception):
    """The embedded database cannot be used; the message is one sentence for a person, with the remedy."""


def require_supported_system() -> None:
    """Raises EmbeddedPostgresError where accounts, locks and sockets are not those of Unix; imports nothing of them."""
    if sys.platform == "win32":
        raise EmbeddedPostgresError(
            "The embedded database runs on Linux and macOS only: on Windows, set DATABASE_URL (and DATABASE_OWNER_URL, "
            "to have the tables made) to a PostgreSQL server, or run Procession in WSL or a container."
        )


@contextmanager
def in_plain_words(where: Path) -> Generator[None]:
    """Turn an `OSError` met while preparing `where` into an `EmbeddedPostgresError` that says what to do."""
    try:
        yield
    except OSError as trouble:
        raise EmbeddedPostgresError(_sentence(trouble, where)) from trouble


def _sentence(trouble: OSError, where: Path) -> str:
    place = trouble.filename or where
    if trouble.errno in (errno.ENOSPC, errno.EDQUOT):
        return f"The disk that holds {where} is full: free some space and start again."
    if trouble.errno == errno.EROFS:
        return f"{place} is on a read-only disk: choose another data folder with PROCESSION_DATA."
    if trouble.errno in (errno.EACCES, errno.EPERM):
        return f"No permission for {place}: run as its owner, or choose another data folder with PROCESSION_DATA."
    if trouble.errno == errno.ENOTDIR:
        return f"{place} is not a folder: choose another data folder with PROCESSION_DATA."
    return f"The embedded database cannot use {place}: {trouble.strerror or trouble}."
