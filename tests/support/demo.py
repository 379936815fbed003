"""The demo as people start it: `procession demo` as a process of its own, on a folder that outlives it."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.request import urlopen

STARTS_WITHIN = 240.0
"""Seconds; the first start makes the company and its past."""


class Demo:
    """`procession demo` as a process of its own, on a folder that outlives it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.address = f"http://127.0.0.1:{self.port}"
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        command = [str(Path(sys.executable).with_name("procession")), "demo", "--port", str(self.port)]
        own = {name: value for name, value in os.environ.items() if not name.endswith("DATABASE_URL")}
        environment = {**own, "PROCESSION_DATA": str(self.folder / "data")}  # with the database that it brings
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        deadline = time.monotonic() + STARTS_WITHIN
        while not self._answers():
            assert self.process.poll() is None, (self.folder / "log").read_text(encoding="utf-8")
            assert time.monotonic() < deadline, (self.folder / "log").read_text(encoding="utf-8")
            time.sleep(0.3)

    def _answers(self) -> bool:
        try:
            with urlopen(f"{self.address}/inbox", timeout=30) as answer:
                return answer.status == 200
        except OSError:
            return False

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(60)
            self.process = None
