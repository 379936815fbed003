"""The image has what it copies, and copies what the package is built from, before it is built."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
LINES = (ROOT / "Dockerfile").read_text(encoding="utf-8").replace("\\\n", " ").splitlines()
COPIED = [
    (number, source)
    for number, line in enumerate(LINES)
    if line.startswith("COPY ") and "--from" not in line
    for source in line.split()[1:-1]
]


def test_what_is_copied_is_there_and_not_ignored() -> None:
    let_through = re.findall(r"^!(.+)$", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert len(COPIED) > 5
    assert [source for _, source in COPIED if not (ROOT / source).exists() or source not in let_through] == []


def test_what_the_package_is_built_from_is_copied_before() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    needed = {"src", "pyproject.toml", project["project"]["readme"], *project["project"]["license-files"]}
    needed |= set(wheel["force-include"])
    (built,) = [number for number, line in enumerate(LINES) if "--editable" in line]
    assert needed <= {source for number, source in COPIED if number < built}


def test_nothing_runs_as_root_in_the_end() -> None:
    end = max(number for number, line in enumerate(LINES) if line.startswith("FROM "))
    assert "USER procession" in LINES[end:]
    assert LINES.index("USER procession") < next(n for n, line in enumerate(LINES) if line.startswith("CMD "))
