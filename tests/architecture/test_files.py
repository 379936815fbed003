"""What every file of the project keeps to."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]

LONGEST_FILE = 500
"""In lines. We aim for 400; beyond this, a file has two subjects."""

PRIVATE_WORDS = re.compile(r"(?<![\w./-])/work/|\bBRIEF\.md\b|\bmore/seed\b|\bshared/(?:seed|design)\b")
"""Places that only exist where somebody happens to write the code."""


def own_files(*patterns: str) -> list[Path]:
    """The files of the project (not those that are ignored or brought in from others)."""
    try:
        command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z", "--", *patterns]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):  # a copy without its history
        listed = [str(path.relative_to(ROOT)) for pattern in patterns for path in ROOT.rglob(pattern.lstrip("*"))]
    brought_in = {str(path) for path, _ in vendored()}
    return [ROOT / name for name in listed if name and name not in brought_in and (ROOT / name).is_file()]


def vendored() -> Iterator[tuple[Path, str]]:
    """Each file of others with the hash it must have."""
    for package in json.loads((ROOT / "tools" / "vendored.json").read_text())["packages"]:
        for file in package["files"]:
            yield Path(file["path"]), file["sha256"]
    for listing in (ROOT / "src").rglob("VENDORED.json"):
        for entry in json.loads(listing.read_text()):
            yield (listing.parent / entry["file"]).relative_to(ROOT), entry["sha256"]


def test_files_of_others_are_the_listed_ones() -> None:
    changed = [str(path) for path, wanted in vendored() if digest(ROOT / path) != wanted]
    assert changed == []


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.exists() else "missing"


def test_no_source_file_is_too_long() -> None:
    lengths = {path.relative_to(ROOT): len(path.read_bytes().splitlines()) for path in own_files("src/**/*.py")}
    assert {str(path): length for path, length in lengths.items() if length > LONGEST_FILE} == {}


def test_no_file_names_a_place_that_readers_do_not_have() -> None:
    found: list[str] = []
    for path in own_files("*.py", "*.md", "*.toml", "*.yaml", "*.yml", "*.html", "*.css", "*.js", "Makefile"):
        if path == Path(__file__):
            continue
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            if PRIVATE_WORDS.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:100]}")
    assert found == []


@pytest.mark.parametrize("line", ["see /work/main", "from BRIEF.md", "../shared/design/X.md"])
def test_the_check_for_such_places_finds_them(line: str) -> None:
    assert PRIVATE_WORDS.search(line)


@pytest.mark.parametrize("line", ["/workflows/", "a/work/of/art", "https://example.org/work/x"])
def test_the_check_for_such_places_leaves_others_alone(line: str) -> None:
    assert not PRIVATE_WORDS.search(line)
