"""Workflows and processes: checking, publishing, reading them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from procession.engine.case import Case
from procession.engine.definition import Definition, Handoff, Process, Workflow
from procession.engine.findings import Finding
from procession.engine.program import Program
from procession.engine.rejections import Conflict, InvalidDefinition, InvalidField, NotFound
from procession.operations import access, publishing
from procession.operations.catalogue import Ask, Done, operation
from procession.operations.context import Context
from procession.operations.loading import case_of, names
from procession.operations.outline import StepOutline, outline
from procession.operations.publishing import FindingView, SourceFile, finding_view
from procession.operations.schedules import ScheduleView, schedule_view
from procession.operations.sop import sop
from procession.operations.values import DefinitionRef, FormFieldView, PersonRef, definition_ref, form_field
from procession.store.cases import CaseFilter
from procession.store.definitions import DefinitionRow

# --- reading ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionLine:
    """A workflow or process, as a line of the library."""

    id: str
    title: str
    kind: Literal["workflow", "process"]
    version: int
    purpose: str | None
    owner: str | None
    tags: tuple[str, ...]
    steps: int
    """Of a process: members."""
    running: int
    """Open cases."""
    published_at: datetime
    retired: bool
    can_start: bool
    """The caller may start it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListDefinitions(Ask):
    """The workflows and processes of the organisation, by title."""

    kind: Literal["workflow", "process"] | None = None
    """Only workflows, or only processes."""
    retired: bool = False
    """Also those that can no longer be started."""


@operation("definition.list", scope="definitions:read", http="GET /definitions")
def list_definitions(ctx: Context, ask: ListDefinitions) -> tuple[DefinitionLine, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.definitions.list(ask.kind, retired=ask.retired)
        running = {row.id: tx.cases.count(CaseFilter(definition=row.id, status="open")) for row in rows}
    return tuple(_line(ctx, row, running[row.id]) for row in rows)


def _line(ctx: Context, row: DefinitionRow, running: int) -> DefinitionLine:
    program = ctx.program(row.id, row.version)
    one = program.definition
    return DefinitionLine(
        id=row.id, title=row.title, kind=one.kind, version=row.version,
        purpose=one.purpose if isinstance(one, Workflow) else one.goal, owner=one.owner, tags=one.tags,
        steps=len(one.members) if isinstance(one, Process) else len(program.nodes), running=running,
        published_at=row.published_at, retired=row.status == "retired", can_start=access.can_start(ctx.caller, one),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberOutline:
    """A workflow's part in a process."""

    id: str
    title: str
    workflow: str
    owner: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffOutline:
    """Work and data passing between members."""

    id: str
    sources: tuple[str, ...]
    to: str
    """A member, or `end`."""
    when: str | None
    carries: tuple[str, ...]
    """Names of the fields it fills."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DefinitionView:
    """One version of a workflow or process."""

    ref: DefinitionRef
    text: str
    """The YAML file, comments included."""
    purpose: str | None
    owner: str | None
    target: str | None
    """Goal for the cycle time, such as `2 business days`."""
    start_by: str
    schedule: ScheduleView | None
    """When cases start by themselves; null where they start by hand only, and of an older version."""
    visible_to: tuple[str, ...]
    tags: tuple[str, ...]
    fields: tuple[FormFieldView, ...]
    steps: tuple[StepOutline, ...]
    members: tuple[MemberOutline, ...]
    handoffs: tuple[HandoffOutline, ...]
    sop: str
    """What to do, step by step, as Markdown."""
    used_in: tuple[DefinitionRef, ...]
    """Processes and workflows that run it."""
    newest: int
    """The newest version there is."""
    running: int
    published_at: datetime
    published_by: PersonRef
    accepted: tuple[dict[str, str], ...]
    """Warnings that were accepted, each with the reason."""
    retired: bool
    can_start: bool
    can_publish: bool
    """The caller may publish a next version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetDefinition(Ask):
    """One version of a workflow or process: its file, steps, fields, and the text of its procedure."""

    definition: str
    """Its id."""
    version: int | None = None
    """The newest where it is left out."""


@operation("definition.get", scope="definitions:read", http="GET /definitions/{definition}")
def get_definition(ctx: Context, ask: GetDefinition) -> DefinitionView:
    refuse_odd_version(ask.version)
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.definitions.find(ask.definition, ask.version)
        newest = tx.definitions.find(ask.definition)
        if row is None or newest is None:
            raise NotFound(f"There is no definition '{ask.definition}' here.")
        running = tx.cases.count(CaseFilter(definition=row.id, status="open"))
        person = tx.people.find(row.published_by)
        planned = tx.schedules.find(row.id)
    program = ctx.program(row.id, row.version)
    one = program.definition
    return DefinitionView(
        ref=definition_ref(one, row.version), text=row.text,
        purpose=one.purpose if isinstance(one, Workflow) else one.goal, owner=one.owner,
        target=str(one.target) if one.target else None, start_by=one.start.by, visible_to=one.visible_to, tags=one.tags,
        schedule=schedule_view(ctx, one, planned) if row == newest and row.status == "published" else None,
        fields=tuple(form_field(known) for known in one.fields.values()), steps=outline(program),
        members=_members(ctx, one), handoffs=_handoffs(one), sop=sop(program), used_in=_used_in(ctx, one.id),
        newest=newest.version, running=running, published_at=row.published_at,
        published_by=PersonRef(id=row.published_by, name=person.name if person else row.published_by),
        accepted=tuple(row.accepted), retired=row.status == "retired", can_start=access.can_start(ctx.caller, one),
        can_publish=access.is_owner(ctx.caller, one),
    )  # fmt: skip


def refuse_odd_version(version: int | None) -> None:
    """Raises `InvalidField` for a number that no version has."""
    if version is not None and not 0 < version < 2**31:
        raise InvalidField("version", "Versions are counted from 1.")


def _members(ctx: Context, one: Definition) -> tuple[MemberOutline, ...]:
    if not isinstance(one, Process):
        return ()
    found: list[MemberOutline] = []
    for id_, member in one.members.items():
        used = _newest(ctx, member.use)
        title = member.title or (used.title if used else id_)
        found.append(MemberOutline(id=id_, title=title, workflow=member.use, owner=used.owner if used else None))
    return tuple(found)


def _newest(ctx: Context, id_: str) -> Definition | None:
    try:
        return ctx.definition(id_)
    except NotFound:
        return None


def _handoffs(one: Definition) -> tuple[HandoffOutline, ...]:
    return tuple(_handoff(handoff) for handoff in one.handoffs) if isinstance(one, Process) else ()


def _handoff(one: Handoff) -> HandoffOutline:
    sources = tuple(str(source) for source in one.sources)
    return HandoffOutline(id=one.id, sources=sources, to=one.to or "end", when=one.when, carries=tuple(one.carry))


def _used_in(ctx: Context, id_: str) -> tuple[DefinitionRef, ...]:
    found: list[DefinitionRef] = []
    for other, version in ctx.surroundings.latest.items():
        program = ctx.program(other, version)
        if id_ in publishing.workflows_used_by(program):
            found.append(definition_ref(program.definition, version))
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class VersionLine:
    """One version, as a line."""

    version: int
    published_at: datetime
    published_by: PersonRef
    sha256: str
    retired: bool
    tried: bool = False
    """It is being tried with some of the new cases."""
    withdrawn: bool = False
    """It was tried, and not taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListVersions(Ask):
    """All versions of a workflow or process, the newest first."""

    definition: str
    """Its id."""


@operation("definition.versions", scope="definitions:read", http="GET /definitions/{definition}/versions")
def list_versions(ctx: Context, ask: ListVersions) -> tuple[VersionLine, ...]:
    called = names(ctx)
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.definitions.versions(ask.definition)
    if not rows:
        raise NotFound(f"There is no definition '{ask.definition}' here.")
    return tuple(
        VersionLine(
            version=row.version, published_at=row.published_at, sha256=row.sha256, retired=row.status == "retired",
            tried=row.status == "pilot", withdrawn=row.status == "withdrawn", published_by=called.ref(row.published_by),
        )
        for row in rows
    )  # fmt: skip


# --- checking and publishing ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckDefinitions(Ask):
    """Say everything that is wrong with files, as publishing them would, and change nothing."""

    files: tuple[SourceFile, ...]
    """One file or a whole folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """What is to be said about the files."""

    publishable: bool
    """Nothing forbids publishing; warnings have to be accepted."""
    findings: tuple[FindingView, ...]
    definitions: tuple[DefinitionRef, ...]
    """What was read; the version is the one publishing would make, or the present one where nothing has changed."""
    checked_too: tuple[DefinitionRef, ...] = ()
    """What is published, uses some of it, and fits together with it or is among the findings."""


@operation("definition.check", scope="definitions:write", http="POST /definitions/check")
def check_definitions(ctx: Context, ask: CheckDefinitions) -> CheckResult:
    return check_of(ctx, publishing.read_files(ask.files))


def check_of(ctx: Context, folder: publishing.Folder) -> CheckResult:
    """What publishing the files would say."""
    findings = publishing.findings(ctx, folder)
    refs: list[DefinitionRef] = []
    with ctx.store.transaction(ctx.organisation) as tx:
        for id_, one in folder.definitions.items():
            newest = tx.definitions.find(id_)
            unchanged = newest is not None and publishing.is_unchanged(newest, folder.texts[id_])
            refs.append(definition_ref(one, (newest.version if newest else 0) + (0 if unchanged else 1)))
    return CheckResult(
        publishable=not any(one.severity == "error" for one in findings),
        findings=tuple(finding_view(one) for one in findings),
        definitions=tuple(refs),
        checked_too=_using(ctx, folder),
    )


def _using(ctx: Context, folder: publishing.Folder) -> tuple[DefinitionRef, ...]:
    """What is published beside the files and uses some of them, each once."""
    users = [one for id_ in folder.definitions for one in _used_in(ctx, id_) if one.id not in folder.definitions]
    return tuple({one.id: one for one in users}.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Publish(Ask):
    """Publish files: all of them, or none. An unchanged file makes no new version; running cases keep theirs."""

    files: tuple[SourceFile, ...]
    """One file or a whole folder."""
    accept: str | None = None
    """Why its warnings may stand. Without it, warnings forbid publishing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What was published."""

    definitions: tuple[DefinitionRef, ...]
    """With the versions that are the newest now."""
    unchanged: tuple[str, ...] = ()
    """Ids of those that were published like this already."""
    others: tuple[str, ...] = ()
    """Shared decisions, connections, data sets and calendars that are kept now."""
    not_kept: tuple[str, ...] = ()
    """What is for checks and tests only: `people`."""
    findings: tuple[FindingView, ...] = field(default=())
    """Accepted warnings, and notes."""
    checked_too: tuple[DefinitionRef, ...] = ()
    """What uses some of it and was found to fit: its next cases take the new version."""


@operation("definition.publish", scope="definitions:write", http="POST /definitions")
def publish(ctx: Context, ask: Publish) -> Published:
    folder = publishing.read_files(ask.files)
    for one in folder.definitions.values():
        old = _newest(ctx, one.id)
        for rule in filter(None, (old, one)):
            access.may_act_as_owner(ctx.caller, rule, f"publish {one.title}")
    if folder.shared or folder.calendars:
        access.administrator(ctx.caller)
    _refuse_while_tried(ctx, folder.definitions)
    findings = publishing.findings(ctx, folder)
    publishing.refuse(findings, accept=ask.accept)
    if not (folder.definitions or folder.shared or folder.calendars):
        raise InvalidDefinition(
            "There is nothing to publish in these files.", hint="A file begins with workflow: or process:."
        )
    return _write(ctx, folder, findings, ask.accept)


def _refuse_while_tried(ctx: Context, ids: Iterable[str]) -> None:
    """While a version is tried with some, the one it is compared with stays."""
    with ctx.store.transaction(ctx.organisation) as tx:
        for id_ in ids:
            pilot = tx.pilots.open_of(id_)
            if pilot is not None:
                raise Conflict(
                    f"Version {pilot.version} of {id_} is being tried with some, compared with version {pilot.baseline}.",
                    hint="Adjust the pilot, or roll it out or back first.",
                )


def _write(ctx: Context, folder: publishing.Folder, findings: list[Finding], accept: str | None) -> Published:
    refs: list[DefinitionRef] = []
    unchanged: list[str] = []
    with ctx.store.transaction(ctx.organisation) as tx:
        for calendar in folder.calendars.values():
            tx.calendars.save(calendar)
        for (kind, id_), text in folder.shared.items():
            tx.definitions.publish_shared(kind, id_, text, by=ctx.caller.id, at=ctx.at)
        for id_, one in folder.definitions.items():
            before = tx.definitions.find(id_)
            accepted = [
                {"code": finding.code, "sentence": finding.sentence, "reason": accept or ""}
                for finding in findings
                if finding.severity == "warning" and finding.file == folder.reads[id_].source.file
            ]
            row = tx.definitions.publish(
                folder.texts[id_],
                id=id_,
                kind=one.kind,
                title=one.title,
                by=ctx.caller.id,
                at=ctx.at,
                accepted=accepted,
            )
            if before is not None and before.version == row.version:
                unchanged.append(id_)
            refs.append(definition_ref(one, row.version))
    others = [f"{kind} {id_}" for kind, id_ in folder.shared] + [f"calendar {id_}" for id_ in folder.calendars]
    return Published(
        definitions=tuple(refs), unchanged=tuple(unchanged), others=tuple(others),
        not_kept=("people",) if folder.directory is not None else (),
        findings=tuple(finding_view(one) for one in findings), checked_too=_using(ctx, folder),
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Retire(Ask):
    """Take a workflow or process out of use: no new case may start, running ones go on."""

    definition: str
    """Its id."""


@operation("definition.retire", scope="definitions:write", http="POST /definitions/{definition}/retire")
def retire(ctx: Context, ask: Retire) -> Done:
    definition = ctx.definition(ask.definition)
    access.may_act_as_owner(ctx.caller, definition, f"retire {definition.title}")
    _refuse_while_tried(ctx, [ask.definition])
    users = _used_in(ctx, ask.definition)
    if users:
        raise InvalidDefinition(
            f"{', '.join(one.title for one in users)} would be left without {definition.title}.",
            hint="Publish them without it first.",
        )
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.definitions.retire(ask.definition)
    return Done()


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore(Ask):
    """Bring a retired workflow or process back into use."""

    definition: str
    """Its id."""


@operation("definition.restore", scope="definitions:write", http="POST /definitions/{definition}/restore")
def restore(ctx: Context, ask: Restore) -> Done:
    with ctx.store.transaction(ctx.organisation) as tx:
        row = tx.definitions.latest(ask.definition)
    program = ctx.program(row.id, row.version)
    access.may_act_as_owner(ctx.caller, program.definition, f"bring {row.title} back")
    with ctx.store.transaction(ctx.organisation) as tx:
        tx.definitions.restore(ask.definition)
    return Done()


# --- for doors that draw ----------------------------------------------------------------------------------------------


def program_of(ctx: Context, definition: str, version: int | None = None) -> Program:
    """A published version as values, for diagrams. Raises `NotFound`, `Unauthenticated`."""
    access.member(ctx.caller)
    return ctx.program(definition, version)


def program_and_case(ctx: Context, case_id: str) -> tuple[Program, Case]:
    """A case with its definition, for diagrams coloured by state. Raises `NotFound`."""
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, case_id)
    return ctx.program(case.definition, case.version), case


def workflows_by_id(ctx: Context) -> Mapping[str, Definition]:
    """The newest version of each definition, for process maps. Raises `Unauthenticated`."""
    access.member(ctx.caller)
    latest = ctx.surroundings.latest
    return {id_: ctx.definition(id_) for id_ in latest}
