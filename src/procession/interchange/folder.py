"""A folder of definitions: read, checked, tested and published together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from procession.engine.calendar import WorkCalendar
from procession.engine.check import check
from procession.engine.check.library import Library
from procession.engine.definition import Definition, Process, Workflow
from procession.engine.findings import Finding
from procession.engine.moment import Directory
from procession.engine.other_definitions import CalendarFile, Connection, DataSet, Decision, People
from procession.interchange.neighbours import ENDINGS, HISTORIES, SCENARIOS, TESTS, elsewhere
from procession.interchange.yaml import Read, read

MOST_FILES = 2_000


@dataclass(slots=True)
class Folder:
    """What was found in one or several files and folders."""

    definitions: dict[str, Definition] = field(default_factory=dict[str, Definition])
    library: dict[str, Decision] = field(default_factory=dict[str, Decision])
    """Shared decisions by id."""
    data_sets: dict[str, DataSet] = field(default_factory=dict[str, DataSet])
    calendars: dict[str, WorkCalendar] = field(default_factory=dict[str, WorkCalendar])
    connections: dict[str, Connection] = field(default_factory=dict[str, Connection])
    directory: Directory | None = None
    texts: dict[str, str] = field(default_factory=dict[str, str])
    """The text of each workflow, process and decision, by id."""
    shared: dict[tuple[str, str], str] = field(default_factory=dict[tuple[str, str], str])
    """The text of what definitions share, by kind and id: decisions, connections, data sets."""
    tests: dict[str, str] = field(default_factory=dict[str, str])
    """Test files: path → text."""
    findings: list[Finding] = field(default_factory=list[Finding])
    """What was wrong with reading."""
    reads: dict[str, Read] = field(default_factory=dict[str, Read])
    paths: tuple[Path, ...] = ()
    """What was read; empty where it came from no file."""

    def surroundings(self, *, publishing: bool = False, published: Mapping[str, Workflow] | None = None) -> Library:
        """What each definition is checked against: the folder itself, and what is published already."""
        workflows = {
            **(published or {}),
            **{name: one for name, one in self.definitions.items() if isinstance(one, Workflow)},
        }
        return Library(
            workflows=workflows, decisions=self.library, data_sets=self.data_sets,
            calendars=frozenset(self.calendars) or None, connections=frozenset(self.connections) or None,
            directory=self.directory, publishing=publishing,
        )  # fmt: skip

    def check(self, library: Library | None = None) -> list[Finding]:
        """Everything that is wrong: with reading, and with what was read; ordered by file and place."""
        surroundings = library or self.surroundings()
        found = self._checked(surroundings)
        if self.paths and any(one.code == "unknown_workflow" for one in found):
            found = self._checked(replace(surroundings, elsewhere=self._elsewhere()))
        return sorted([*self.findings, *found], key=lambda finding: (finding.file, finding.line, finding.column))

    def _checked(self, surroundings: Library) -> list[Finding]:
        found: list[Finding] = []
        for one in self.reads.values():
            if isinstance(one.definition, Workflow | Process) and one.ok:
                found.extend(check(one.definition, surroundings, one.source))
        return found

    def _elsewhere(self) -> dict[str, str]:
        """Workflow → a hint that names the neighbouring folder in which it stands."""
        own = " ".join(str(path) for path in self.paths)
        beside = self.paths[0] if self.paths[0].is_dir() else self.paths[0].parent
        return {
            name: f"it stands in ../{place.name}: name the folder above, or both: {own} {beside.parent / place.name}"
            for name, place in elsewhere(self.paths).items()
        }


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
        return
    for one in sorted(path.rglob("*")):
        if not one.name.endswith(ENDINGS) or one.name.endswith(HISTORIES + SCENARIOS) or not one.is_file():
            continue
        if not any(part.startswith(".") for part in one.parts):
            yield one


def read_folder(*paths: Path) -> Folder:
    """Read files and folders; whatever is wrong is among the findings, nothing is raised but for files that cannot be read.

    A single file is read with its own folder's shared decisions, calendars and tests in mind only when that folder is named.
    """
    folder = Folder(paths=paths)
    seen: dict[str, str] = {}
    for number, path in enumerate(file for top in paths for file in _files(top)):
        if number >= MOST_FILES:
            folder.findings.append(Finding(code="too_large_to_check", sentence=f"Only the first {MOST_FILES} files are read.",
                                           severity="warning"))  # fmt: skip
            break
        _read_file(folder, path, seen)
    return folder


def _read_file(folder: Folder, path: Path, seen: dict[str, str]) -> None:
    text, problem = _decode(path)
    if problem is not None:
        folder.findings.append(problem)
        return
    add_text(folder, str(path), text, seen)


def add_text(folder: Folder, path: str, text: str, seen: dict[str, str]) -> None:
    """Take in the text of one file. `seen` remembers where each thing stands, from one file of the folder to the next."""
    if path.endswith(TESTS):
        folder.tests[path] = text
        return
    got = read(text, path)
    folder.findings.extend(got.findings)
    one: Any = got.definition
    if one is None:
        return
    if isinstance(one, People):
        folder.directory = one.directory
        return
    name: str = one.id
    where = f"{one.kind} {name}"
    if where in seen:
        folder.findings.append(Finding(
            code="duplicate_id", file=path, line=1, column=1, sentence=f"The {one.kind} '{name}' stands in {seen[where]} too.",
            hint="give one of the two another id",
        ))  # fmt: skip
        return
    seen[where] = path
    _keep(folder, one, got, text)


def _keep(folder: Folder, one: Any, got: Read, text: str) -> None:
    if isinstance(one, Decision | Connection | DataSet):
        folder.shared[one.kind, one.id] = text
    match one:
        case Workflow() | Process():
            folder.definitions[one.id] = one
            folder.reads[one.id] = got
            folder.texts[one.id] = text
        case Decision():
            folder.library[one.id] = one
            folder.texts[one.id] = text
        case DataSet():
            folder.data_sets[one.id] = one
        case CalendarFile():
            folder.calendars[one.id] = one.calendar
        case Connection():
            folder.connections[one.id] = one
        case _:
            pass


def _decode(path: Path) -> tuple[str, Finding | None]:
    """The text of a file: UTF-8, or UTF-16 with its mark."""
    raw = path.read_bytes()
    encoding = "utf-16" if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
    try:
        return raw.decode(encoding), None
    except UnicodeDecodeError as problem:
        return "", Finding(
            code="yaml_error", file=str(path), line=raw[: problem.start].count(b"\n") + 1, column=1,
            sentence="The file is not UTF-8 text.", hint="save it as UTF-8 in your editor",
        )  # fmt: skip
