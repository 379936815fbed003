"""Keeps the embedded server up: where it ended without being told to, it is started again.

PostgreSQL restarts itself after most accidents, but ends for good when the disk is full in the middle of its recovery,
or when somebody kills its first process. Every process that uses a data folder guards its server; whoever is first
starts it, the others join.
"""

from __future__ import annotations

import shutil
import threading
from collections.abc import Generator
from contextlib import contextmanager

import structlog

from procession.store.embedded import EmbeddedPostgres
from procession.store.embedded_error import EmbeddedPostgresError

log = structlog.get_logger()

LOOK_EVERY = 1.0
"""In seconds."""

TRY_AGAIN_AFTER = 5.0
"""In seconds, where it did not start."""

NEEDED = 64_000_000
"""Free bytes without which a start is not tried: recovery writes at least a segment or two of its log (16 MB each)."""


@contextmanager
def kept_up(server: EmbeddedPostgres) -> Generator[None]:
    """Keep a server that runs up for the length of a `with` block."""
    ended = threading.Event()
    guard = threading.Thread(target=_guard, args=(server, ended), name="database guard", daemon=True)
    guard.start()
    try:
        yield
    finally:
        ended.set()
        guard.join()


def _guard(server: EmbeddedPostgres, ended: threading.Event) -> None:
    said = ""
    while not ended.wait(TRY_AGAIN_AFTER if said else LOOK_EVERY):
        if server.is_there:
            if said:
                log.warning("The database runs again.")
            said = ""
            continue
        trouble = _start(server)
        if trouble and trouble != said:
            log.error("The database ended.", cause=trouble)
        said = trouble or "started"


def _start(server: EmbeddedPostgres) -> str:
    """Start it; what is in the way, in one sentence, or nothing."""
    try:
        if shutil.disk_usage(server.folder).free < NEEDED:
            return f"The disk that holds {server.folder} is full: free some space, and it starts by itself."
        server.start()
    except (EmbeddedPostgresError, OSError) as trouble:
        return str(trouble)
    return ""
