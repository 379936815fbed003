"""Which engine runs: the modules that decide and make rows as they are, or the same modules compiled to C.

`make compiled` (`tools/compile_engine.py`) writes the compiled modules to the folder `_compiled` beside this file, and
`engine.json` with the digest of every source they were made from. They run when each of those sources is still the same
and this Python is the one they were made for; otherwise, and without such a folder, the sources run. Both give the same
events. `PROCESSION_ENGINE` chooses: `interpreted` leaves compiled modules alone, and with `compiled` no command goes on
without them.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

PACKAGE: Final = Path(__file__).resolve().parent
FOLDER: Final = PACKAGE / "_compiled"
CHOICES: Final = ("interpreted", "compiled")


class Finder:
    """Finds the compiled modules, before Python finds their sources."""

    def __init__(self, files: Mapping[str, Path]) -> None:
        self.files = files

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        file = self.files.get(name)
        if file is None:
            return None
        spec = ModuleSpec(name, ExtensionFileLoader(name, str(file)), origin=str(file))
        spec.has_location = True
        if file.name.startswith("__init__."):
            spec.submodule_search_locations = [str(file.parent)]
        return spec


class Choice:
    """Which engine this process runs, and why."""

    why_interpreted = "it has not been compiled"
    """Empty where the compiled modules run."""
    sources: frozenset[str] = frozenset()
    """Modules that run compiled."""


def is_running() -> bool:
    """Whether the compiled modules run."""
    return not Choice.why_interpreted


def description() -> str:
    """The engine in words: `compiled`, or `interpreted` with the reason."""
    return "compiled" if is_running() else f"interpreted ({Choice.why_interpreted})"


def source_of(module: str) -> Path | None:
    """The source that a compiled module was made of; None of any other."""
    if module not in Choice.sources:
        return None
    place = PACKAGE.parent.joinpath(*module.split("."))
    return place / "__init__.py" if place.is_dir() else place.with_suffix(".py")


def problem() -> str | None:
    """What is wrong with the wish in `PROCESSION_ENGINE`, as a sentence; None where nothing is."""
    wanted = _wanted()
    if wanted and wanted not in CHOICES:
        return f"PROCESSION_ENGINE must be {' or '.join(CHOICES)}, not '{wanted}'."
    if wanted == "compiled" and not is_running():
        return (
            f"PROCESSION_ENGINE asks for the compiled engine, which cannot run: {Choice.why_interpreted}. "
            "Run 'make compiled', or unset the variable."
        )
    return None


def _wanted() -> str:
    return os.environ.get("PROCESSION_ENGINE", "").strip()


def use(folder: Path = FOLDER) -> None:
    """Let the engine's modules come from the folder, where they fit. Called once, before any of them is imported."""
    if _wanted() == "interpreted":
        Choice.why_interpreted = "PROCESSION_ENGINE says so"
        return
    files, Choice.why_interpreted = fitting(folder)
    if files:
        sys.meta_path.insert(0, Finder(files))
        Choice.sources = frozenset(files)


def fitting(folder: Path) -> tuple[Mapping[str, Path], str]:
    """The compiled modules and their files; or none, and the reason why the sources have to run."""
    try:
        text = (folder / "engine.json").read_text("utf-8")
    except OSError:
        return {}, "it has not been compiled"
    import hashlib  # only where they are needed: every command comes along here
    import json

    made = json.loads(text)
    if made["python"] != EXTENSION_SUFFIXES[0]:
        return {}, f"it was compiled for another Python, {made['python']}"
    for name, digest in made["sources"].items():
        try:
            same = hashlib.sha256((PACKAGE / name).read_bytes()).hexdigest() == digest
        except OSError:
            same = False
        if not same:
            return {}, f"{name} has changed since it was compiled"
    files = {name: folder / file for name, file in made["modules"].items()}
    lost = [file for file in files.values() if not file.exists()]
    return ({}, f"{lost[0].name} of the compiled engine is missing") if lost else (files, "")
