"""What publishing asks of files: to be readable, sound, and fit for what is published already."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from procession.engine.check import STRUCTURAL_CODES, check
from procession.engine.check.library import Library
from procession.engine.definition import Process, Workflow
from procession.engine.findings import Finding, Severity
from procession.engine.other_definitions import Connection, DataSet, Decision
from procession.engine.program import Program
from procession.engine.rejections import InvalidDefinition, InvalidField, TooLarge
from procession.interchange import yaml
from procession.interchange.folder import Folder, add_text
from procession.operations.context import Context
from procession.operations.insights.readying import automated
from procession.store.definitions import DefinitionRow

MOST_FILES = 500
LONGEST_FILE = 500_000
"""Characters of one file."""

__all__ = [
    "FindingView",
    "Folder",
    "SourceFile",
    "finding_view",
    "findings",
    "is_unchanged",
    "lacking",
    "read_files",
    "refuse",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One file."""

    text: str
    """YAML."""
    name: str = ""
    """Where it stands; findings repeat it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FindingView:
    """One thing that is wrong, where, and what would be right."""

    code: str
    """Stable."""
    severity: Severity
    """Errors forbid publishing, warnings can be accepted with a reason, notes are for the reader."""
    sentence: str
    hint: str | None
    file: str
    line: int
    """From 1; 0 where no place is known."""
    column: int
    path: tuple[str, ...] = ()
    """Titles of the steps of the shortest run that shows it."""
    example: dict[str, str] | None = None
    """Input of a decision table that shows it."""


def finding_view(one: Finding) -> FindingView:
    """The finding as a value of an answer."""
    return FindingView(
        code=one.code, severity=one.severity, sentence=one.sentence, hint=one.hint, file=one.file, line=one.line,
        column=one.column, path=one.path, example=dict(one.example) if one.example is not None else None,
    )  # fmt: skip


def read_files(files: Sequence[SourceFile]) -> Folder:
    """The files as a folder. Raises `TooLarge` and `InvalidField`; what is wrong inside them is among the findings."""
    if not files:
        raise InvalidField("files", "At least one file is needed.")
    if len(files) > MOST_FILES:
        raise TooLarge(f"At most {MOST_FILES} files can be published together.")
    folder = Folder()
    seen: dict[str, str] = {}
    for place, file in enumerate(files):
        if len(file.text) > LONGEST_FILE:
            raise TooLarge(f"A file has at most {LONGEST_FILE:,} characters.", file=file.name)
        add_text(folder, file.name or (f"file {place + 1}" if len(files) > 1 else ""), file.text, seen)
    return folder


def findings(ctx: Context, folder: Folder) -> list[Finding]:
    """Everything that is wrong with the files among themselves and beside what is published, people and settings
    included."""
    library = _library(ctx, folder)
    found = folder.check(library)
    found.extend(_broken_by(ctx, folder, library))
    if not any(one.severity == "error" for one in found):
        found.extend(automated(ctx, folder))
    return found


def lacking(ctx: Context, process: Process) -> list[Finding]:
    """What a published process lacks in its make-up, beside what is published now."""
    library = replace(_library(ctx, Folder()), publishing=False)
    return [one for one in check(process, library) if one.code in STRUCTURAL_CODES]


def _library(ctx: Context, folder: Folder) -> Library:
    surroundings = ctx.surroundings
    published = {id_: ctx.definition(id_) for id_ in surroundings.latest}
    workflows = {id_: one for id_, one in published.items() if isinstance(one, Workflow)}
    shared = _shared(ctx)
    decisions = {id_: one for id_, one in shared.items() if isinstance(one, Decision)}
    data_sets = {id_: one for id_, one in shared.items() if isinstance(one, DataSet)}
    connections = {id_ for id_, one in shared.items() if isinstance(one, Connection)}
    return Library(
        workflows={**workflows, **{id_: one for id_, one in folder.definitions.items() if isinstance(one, Workflow)}},
        decisions={**decisions, **folder.library},
        data_sets={**data_sets, **folder.data_sets},
        calendars=frozenset({*surroundings.calendars, *folder.calendars}),
        connections=frozenset({*connections, *folder.connections}),
        directory=surroundings.directory,
        settings=frozenset(surroundings.settings),
        publishing=True,
    )


def _shared(ctx: Context) -> dict[str, object]:
    """What is published besides workflows and processes, by id."""
    with ctx.store.transaction(ctx.organisation) as tx:
        texts = [
            item for kind in ("decision", "connection", "data set") for item in tx.definitions.shared(kind).items()
        ]
    return {id_: yaml.read(text).definition for id_, text in texts}


def _broken_by(ctx: Context, folder: Folder, library: Library) -> list[Finding]:
    """What is published already, is not among the files, and would no longer be right with them."""
    found: list[Finding] = []
    for id_, version in ctx.surroundings.latest.items():
        if id_ in folder.definitions:
            continue
        program = ctx.program(id_, version)
        if not workflows_used_by(program) & folder.definitions.keys():
            continue
        errors = [one for one in check(program.definition, library) if one.severity == "error"]
        found.extend(
            Finding(
                code=one.code,
                sentence=f"{program.definition.title}, which is published, would break: {one.sentence}",
                hint=one.hint or f"publish a {program.definition.kind} '{id_}' that fits together with it",
            )
            for one in errors
        )
    return found


def workflows_used_by(program: Program) -> set[str]:
    """The ids of the workflows that a definition runs as steps or members."""
    one = program.definition
    if isinstance(one, Process):
        return {member.use for member in one.members.values()}
    return {node.step.config.use for node in program.nodes.values() if node.step.kind == "workflow"}


def refuse(found: Sequence[Finding], *, accept: str | None) -> None:
    """Raises `InvalidDefinition` where errors, or warnings without a reason to accept them, forbid publishing."""
    errors = [one for one in found if one.severity == "error"]
    warnings = [one for one in found if one.severity == "warning"]
    told = [as_json(one) for one in found]
    if errors:
        more = f" and {len(errors) - 1} more" if len(errors) > 1 else ""
        raise InvalidDefinition(f"{errors[0].sentence}{more}", hint=errors[0].hint, findings=told)
    if warnings and not (accept or "").strip():
        count = "is a warning" if len(warnings) == 1 else f"are {len(warnings)} warnings"
        raise InvalidDefinition(
            f"There {count}: {warnings[0].sentence}",
            hint="Put it right, or say why it may stand (accept).",
            findings=told,
        )


def as_json(one: Finding) -> dict[str, object]:
    """The finding as details of a refusal."""
    view = finding_view(one)
    return {name: getattr(view, name) for name in view.__slots__ if getattr(view, name) not in (None, (), 0, "")}


def is_unchanged(row: DefinitionRow, text: str) -> bool:
    """Whether the newest version is this very text."""
    return row.status == "published" and row.sha256 == sha256(text.encode()).hexdigest()
