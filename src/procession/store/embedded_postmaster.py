"""The running server process, as PostgreSQL's own file `postmaster.pid` tells of it, checked against the system."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from procession.store.embedded_error import EmbeddedPostgresError

_FAST, _IMMEDIATE = signal.SIGINT, signal.SIGQUIT
"""PostgreSQL's shutdown modes: end the sessions and write everything out; or end at once and recover at next start."""


@dataclass(frozen=True, slots=True)
class Postmaster:
    """A server process on one cluster."""

    pid: int
    data: Path
    sockets: Path
    """The folder of its socket."""

    status: str
    """`starting`, `ready`, or `stopping`."""

    @classmethod
    def of(cls, data: Path) -> Postmaster | None:
        """The server that runs on the cluster `data`; a file left behind by one that was killed does not count."""
        try:
            lines = (data / "postmaster.pid").read_text().splitlines()
            pid = int(lines[0])
        except (FileNotFoundError, IndexError, ValueError):
            return None
        if not _runs_on(pid, data):
            return None
        rest = lines + [""] * 8  # the file is written line by line while the server comes up
        return cls(pid, data, Path(rest[4]), rest[7].strip() or "starting")

    @property
    def is_ready(self) -> bool:
        """Whether it answers: it says so, and its socket is still there (a cleaner of `/tmp` may have taken it)."""
        return self.status == "ready" and (self.sockets / ".s.PGSQL.5432").exists()

    def stop(self) -> None:
        """Shut it down and wait for its end; what was committed stays.

        Raises:
            EmbeddedPostgresError: it does not end.
        """
        for mode, patience in ((_FAST, 60), (_IMMEDIATE, 20)):
            try:
                os.kill(self.pid, mode)
            except ProcessLookupError:
                return
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                if not self.still_runs():
                    return
                time.sleep(0.01)
        raise EmbeddedPostgresError(f"The database process {self.pid} on {self.data} does not stop: end it by hand.")

    def still_runs(self) -> bool:
        """Whether this very process still serves the cluster."""
        current = Postmaster.of(self.data)
        return current is not None and current.pid == self.pid


def remove_leftovers(data: Path, sockets: Path) -> None:
    """Remove the lock files of a killed server.

    PostgreSQL removes them itself unless their process number meanwhile belongs to another program of the same account,
    as happens after each restart of a container.
    """
    if Postmaster.of(data) is None:
        for lock in (data / "postmaster.pid", sockets / ".s.PGSQL.5432.lock", sockets / ".s.PGSQL.5432"):
            lock.unlink(missing_ok=True)


def _runs_on(pid: int, data: Path) -> bool:
    """Whether process `pid` lives and is a PostgreSQL server on `data` (its current folder, on every system)."""
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    process = Path("/proc") / str(pid)
    if process.exists():
        try:
            return process.joinpath("cwd").readlink() == data.resolve()
        except PermissionError:  # of another account, so its command must do
            return b"postgres" in process.joinpath("cmdline").read_bytes()
        except OSError:  # it ended meanwhile, or waits as a zombie to be collected
            return False
    shown = subprocess.run(["ps", "-o", "command=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return "postgres" in shown.stdout and str(data) in shown.stdout
