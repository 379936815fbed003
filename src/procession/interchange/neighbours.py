"""Folders beside a folder: where a definition stands that it uses and does not hold."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from procession.engine.definition import Definition, Process, walk

ENDINGS: Final = (".yaml", ".yml")
TESTS: Final = (".test.yaml", ".test.yml")
HISTORIES: Final = (".history.yaml", ".history.yml")
"""Endings of the files that say how the demo lives through a definition."""
SCENARIOS: Final = (".scenario.yaml", ".scenario.yml")
"""Endings of the files that say what a simulation assumes."""

_MOST_LOOKED_AT: Final = 2_000
_SAYS_WORKFLOW: Final = re.compile(r"^workflow:[ \t]*['\"]?([A-Za-z0-9_-]+)", re.MULTILINE)


def holds_definition(name: str) -> bool:
    """Whether a file of this name is one that is checked and published."""
    return name.endswith(ENDINGS) and not name.endswith(TESTS + HISTORIES + SCENARIOS)


def elsewhere(paths: Iterable[Path]) -> dict[str, Path]:
    """Workflow → the neighbouring folder in which it stands, for all folders of the same parents.

    Only names are looked for: a file that cannot be read is passed over, since nothing is taken from it.
    """
    own = {_folder(path) for path in paths}
    found: dict[str, Path] = {}
    for parent in sorted({one.parent for one in own}):
        for file in _files_below(parent, own):
            for name in _SAYS_WORKFLOW.findall(file.read_text(encoding="utf-8", errors="replace")):
                found.setdefault(name, file.parent)
    return found


def used_by(definition: Definition) -> set[str]:
    """The workflows that a definition runs: members of a process, children of a workflow."""
    if isinstance(definition, Process):
        return {one.use for one in definition.members.values()}
    return {step.config.use for step in walk(definition.body) if step.kind == "workflow"}


def needed(path: Path, definitions: Mapping[str, Definition]) -> tuple[Path, ...]:
    """The neighbouring folders that hold what these definitions of a folder use and the folder lacks."""
    missing = {name for one in definitions.values() for name in used_by(one)} - definitions.keys()
    there = elsewhere([path]) if missing else {}
    return tuple(sorted({there[name] for name in missing if name in there}))


def _folder(path: Path) -> Path:
    whole = path.resolve()
    return whole if whole.is_dir() else whole.parent


def _files_below(parent: Path, own: set[Path]) -> Iterator[Path]:
    looked_at = 0
    for folder in sorted(one for one in parent.iterdir() if one.is_dir() and one.resolve() not in own):
        for file in sorted(folder.iterdir()) if _may_be_read(folder) else ():
            if holds_definition(file.name) and file.is_file():
                looked_at += 1
                if looked_at > _MOST_LOOKED_AT:
                    return
                yield file


def _may_be_read(folder: Path) -> bool:
    try:
        next(folder.iterdir(), None)
    except OSError:
        return False
    return not folder.name.startswith(".")
