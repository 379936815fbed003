"""What the documentation tells people to type works, in the order in which they meet it.

A `bash` block is run line by line, in one folder for each page; a `yaml` block whose paragraph above names a file in
backticks and ends with a colon is written to that file; every other `yaml` block is checked as a definition of its own.
Blocks of other languages are for reading.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^( *)```(bash|yaml)\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
PAGES = sorted(page for page in (ROOT / "docs").rglob("*.md") if BLOCK.search(page.read_text(encoding="utf-8")))


def run(command: str, folder: Path) -> None:
    """One line as a shell would, with `procession` being this one; its own database below the folder."""
    ours = ("DATABASE", "PROCESSION_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    environment |= {"PROCESSION_DATA": str(folder / "data")}
    program = f'procession() {{ {shlex.quote(sys.executable)} -m procession.cli "$@"; }}\nset -e -o pipefail\n{command}'
    done = subprocess.run(
        ["bash", "-c", program],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_the_snippets_of_the_page_work(page: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o711)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    text = page.read_text(encoding="utf-8")
    for match in BLOCK.finditer(text):
        indent, language, body = match.groups()
        lines = "\n".join(line.removeprefix(indent) for line in body.splitlines())
        if language == "bash":
            run(lines, tmp_path)
            continue
        before = text[: match.start()].rstrip().splitlines()[-1]
        named = re.findall(r"`([\w./-]+\.yaml)`[^`]*:$", before)
        file = tmp_path / (named[-1] if named else "snippet.yaml")
        file.parent.mkdir(exist_ok=True)
        file.write_text(lines + "\n", encoding="utf-8")
        if not named:
            run("procession check snippet.yaml", tmp_path)


def test_the_tutorials_are_among_them() -> None:
    assert {"own-workflow.md"} <= {page.name for page in PAGES}
