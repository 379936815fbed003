"""Processes: the bigger picture. A case of one shows its members, the handoffs between them, and who has it now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from procession.engine import events as ev
from procession.engine.case import Case
from procession.engine.definition import Handoff, Process
from procession.engine.rejections import NotFound
from procession.operations import publishing
from procession.operations.case_shapes import ChildView, Recorded, StepView
from procession.operations.case_views import steps_of
from procession.operations.cases import CaseLine, ListCases, list_cases
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.definitions import (
    DefinitionLine,
    DefinitionView,
    GetDefinition,
    ListDefinitions,
    get_definition,
    list_definitions,
)  # fmt: skip
from procession.operations.loading import case_of, names, seen_in
from procession.operations.provenance import Tracing
from procession.operations.values import CaseRef, DefinitionRef, PersonRef, shown_value


@dataclass(frozen=True, slots=True, kw_only=True)
class ListProcesses(Ask):
    """The processes of the organisation, by title."""


@operation("process.list", scope="definitions:read", http="GET /processes")
def list_processes(ctx: Context, ask: ListProcesses) -> tuple[DefinitionLine, ...]:
    return list_definitions(ctx, ListDefinitions(kind="process"))


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessView:
    """A process: what it joins, and its running cases."""

    definition: DefinitionView
    running: tuple[CaseLine, ...]
    """The newest open cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetProcess(Ask):
    """One process with its members, handoffs and newest open cases."""

    process: str
    """Its id."""


@operation("process.get", scope="definitions:read", http="GET /processes/{process}")
def get_process(ctx: Context, ask: GetProcess) -> ProcessView:
    definition = get_definition(ctx, GetDefinition(definition=ask.process))
    if definition.ref.kind != "process":
        raise NotFound(f"There is no process '{ask.process}' here.")
    return ProcessView(
        definition=definition, running=list_cases(ctx, ListCases(workflow=ask.process, status="open", limit=20)).items
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Lack:
    """Something that a process lacks in its make-up, whatever its figures say."""

    code: str
    """As `check` calls it."""
    sentence: str
    hint: str | None
    """What would be right."""
    handoff: int | None
    """The place of the handoff it is about, from 0; None: it is about the process as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GetLacks(Ask):
    """What a process lacks in its make-up: an answer back, an owner, a way up. It needs no data."""

    process: str
    """Its id."""


@operation("process.lacks", scope="definitions:read", http="GET /processes/{process}/lacks")
def get_lacks(ctx: Context, ask: GetLacks) -> tuple[Lack, ...]:
    process = ctx.definition(get_process(ctx, GetProcess(process=ask.process)).definition.ref.id)
    assert isinstance(process, Process)
    places = {one.line: place for place, one in reversed(list(enumerate(process.handoffs))) if one.line}
    return tuple(
        Lack(code=one.code, sentence=one.sentence, hint=one.hint, handoff=places.get(one.line))
        for one in publishing.lacking(ctx, process)
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CarriedView:
    """A value that a handoff carried, and where it came from."""

    field: str
    """The field of the member it was handed to."""
    title: str
    shown: str
    origin: str
    """Where it began: workflow, step and person, as far as the records say."""
    case: str | None = None
    """The case where it began, if you may see it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffView:
    """A handoff of this case: whether, when, with what."""

    id: str
    sources: tuple[str, ...]
    to: str
    happened_at: datetime | None
    """The latest time."""
    count: int
    carried: tuple[str, ...]
    """Names of the fields it fills."""
    values: tuple[CarriedView, ...]
    """What it carried, the last time it happened; without what the viewer may not see."""
    when: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProcessCaseView:
    """A case of a process across its departments."""

    case: CaseRef
    process: DefinitionRef
    members: tuple[StepView, ...]
    children: tuple[ChildView, ...]
    handoffs: tuple[HandoffView, ...]
    with_now: tuple[PersonRef, ...]
    """Everybody who has a part of it now."""
    since: datetime | None
    """Since when the part that waits longest has been where it is."""
    due_at: datetime | None
    late: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class GetProcessCase(Ask):
    """A case of a process: its members, the handoffs between them, who has it now and since when."""

    case_id: str
    """The case."""


@operation("process.case", scope="cases:read", http="GET /cases/{case_id}/process")
def get_process_case(ctx: Context, ask: GetProcessCase) -> ProcessCaseView:
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
        seen = seen_in(ctx, tx, case)
    definition = seen.program.definition
    if not isinstance(definition, Process):
        raise NotFound("This case is not one of a process.")
    carried = _carried_in(ctx, definition, case, seen.history)
    happened = {row.event.handoff: row for row in seen.history if isinstance(row.event, ev.HandoffHappened)}
    open_ = [child for child in seen.children if child.case.status == "open"]
    waits = [child.since for child in open_ if child.since is not None]
    due = datetime.fromisoformat(case.due_at) if case.due_at else None
    return ProcessCaseView(
        case=seen.ref,
        process=seen.workflow,
        members=steps_of(seen),
        children=tuple(seen.children),
        handoffs=tuple(
            HandoffView(
                id=one.id,
                sources=tuple(str(source) for source in one.sources),
                to=one.to or "end",
                when=one.when,
                happened_at=happened[one.id].at if one.id in happened else None,
                count=case.handoffs.get(one.id, 0),
                carried=tuple(one.carry),
                values=carried.get(one.id, ()),
            )
            for one in definition.handoffs
        ),
        with_now=tuple(dict.fromkeys(person for child in open_ for person in child.with_)),
        since=min(waits) if waits else None,
        due_at=due,
        late=due is not None and due < ctx.at and case.is_open,
    )


def _carried_in(
    ctx: Context, process: Process, case: Case, rows: Sequence[Recorded]
) -> dict[str, tuple[CarriedView, ...]]:
    """What each handoff carried the last time it happened, with where every value began."""
    happened = {row.event.handoff: row for row in rows if isinstance(row.event, ev.HandoffHappened)}
    called = names(ctx)
    with ctx.store.transaction(ctx.organisation) as tx:
        traced = Tracing(ctx, tx, called)
        return {
            one.id: _carried(ctx, process, one, happened[one.id], case, traced)
            for one in process.handoffs
            if one.id in happened
        }


def _carried(
    ctx: Context, process: Process, handoff: Handoff, row: Recorded, case: Case, traced: Tracing
) -> tuple[CarriedView, ...]:
    """What a handoff carried, as the member it went to calls it; without what is not for everybody."""
    if not isinstance(row.event, ev.HandoffHappened) or handoff.to is None:
        return ()
    try:
        fields = ctx.definition(process.members[handoff.to].use).fields
    except NotFound:
        return ()
    found: list[CarriedView] = []
    for name, value in row.event.carried.items():
        field = fields.get(name)
        if field is not None and not field.see:
            source = traced.carried(case, row, name)
            found.append(
                CarriedView(
                    field=name, title=field.title, shown=shown_value(field, value, traced.names),
                    origin=source.text if source is not None else "", case=source.case if source is not None else None,
                )
            )  # fmt: skip
    return tuple(found)
