"""On Windows, where the modules of Unix are missing: what needs the embedded database says so, the rest works."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

AS_ON_WINDOWS = """
import sys
import asyncio, multiprocessing.reduction, multiprocessing.connection  # these know the real system
import click, psycopg, sqlalchemy, structlog

class Missing:
    def find_spec(self, name, path=None, target=None):
        if name in ("fcntl", "pwd", "grp", "termios"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
for name in ("fcntl", "pwd", "grp", "termios"):
    sys.modules.pop(name, None)
sys.platform = "win32"
from procession.cli.main import main
main(sys.argv[1:])
"""


def on_windows(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(("DATABASE", "PROCESSION_"))
    }
    environment["PROCESSION_DATA"] = str(folder / "data")
    command = [sys.executable, "-c", AS_ON_WINDOWS, *words]
    return subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("words", ["verify", "demo", "serve", "tasks", "worker"])
def test_the_embedded_database_says_what_to_do_instead(words: str, tmp_path: Path) -> None:
    said = on_windows(tmp_path, words)
    assert said.returncode == 2
    assert said.stderr.startswith(
        "procession: The embedded database runs on Linux and macOS only: on Windows, set DATABASE_URL"
    )
    assert said.stderr.count("\n") == 1


def test_what_needs_no_database_works(tmp_path: Path) -> None:
    assert on_windows(tmp_path, "feel", "1 + 1").stdout == "2\n"
    assert on_windows(tmp_path, "check", str(ROOT / "examples" / "purchase-approval")).returncode == 0
