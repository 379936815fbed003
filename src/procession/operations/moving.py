"""Moving running cases to another version of their workflow or process: who can, who cannot and why, and the way back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from procession.engine.case import Case
from procession.engine.commands import MoveCase
from procession.engine.decide.moving import obstacles
from procession.engine.rejections import Conflict, MissingField, NotFound, Rejection, TooLarge
from procession.operations import access
from procession.operations.cases import CaseChanged, changed
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.executing import execute_as_owner
from procession.operations.loading import case_of
from procession.operations.values import CaseRef, DefinitionRef, definition_ref

MOST: Final = 1_000
"""Cases in one look and one move."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movable:
    """A running case on another version."""

    case: CaseRef
    version: int
    """The one it runs on."""
    obstacles: tuple[str, ...]
    """Why it cannot move; empty where it can."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePreview:
    """Which running cases could go on in a version."""

    to: DefinitionRef
    cases: tuple[Movable, ...]
    """Those on other versions, the oldest first."""
    can: int
    cannot: int
    more: bool
    """There are more than were looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewMove(Ask):
    """Which running cases of a workflow or process could go on in another of its versions, which not, and why.
    Nothing changes."""

    definition: str
    """Its id."""
    to: int | None = None
    """The version; without it, the newest."""


@operation("case.preview_move", scope="definitions:read", http="GET /definitions/{definition}/move")
def preview_move(ctx: Context, ask: PreviewMove) -> MovePreview:
    rule = ctx.definition(ask.definition)
    access.may_act_as_owner(ctx.caller, rule, f"move cases of {rule.title}")
    to = _version(ctx, ask.definition, ask.to)
    program = ctx.program(ask.definition, to)
    cases = _running(ctx, ask.definition, to)
    found = tuple(
        Movable(
            case=CaseRef(id=one.id, name=one.name),
            version=one.version,
            obstacles=tuple(obstacles(ctx.program(one.definition, one.version), program, one)),
        )
        for one in cases[:MOST]
    )
    can = sum(not one.obstacles for one in found)
    return MovePreview(
        to=definition_ref(program.definition, to), cases=found, can=can, cannot=len(found) - can, more=len(cases) > MOST
    )


def _version(ctx: Context, definition: str, to: int | None) -> int:
    version = to or ctx.surroundings.latest.get(definition)
    if version is None:
        raise NotFound(f"There is no published definition '{definition}'.")
    with ctx.store.transaction(ctx.organisation) as tx:
        if tx.definitions.get(definition, version).status == "withdrawn":
            raise Conflict(f"Version {version} was tried and not taken.", hint="Choose another version.")
    return version


def _running(ctx: Context, definition: str, to: int) -> list[Case]:
    with ctx.store.transaction(ctx.organisation) as tx:
        ids = tx.rows_of(
            "SELECT id::text FROM cases WHERE organisation = :organisation AND definition = :definition "
            "AND status = 'open' AND version <> :to ORDER BY id LIMIT :most",
            definition=definition, to=to, most=MOST + 1,
        )  # fmt: skip
        return [tx.cases.get(id_) for (id_,) in ids]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveOne(Ask):
    """Let a running case go on in another version of its workflow or process. What is open stays open; due dates stay."""

    case_id: str
    """The case."""
    to: int | None = None
    """The version; without it, the newest."""
    reason: str
    """Why; it stays on the case."""


@operation("case.move", scope="cases:write", http="POST /cases/{case_id}/move")
def move_one(ctx: Context, ask: MoveOne) -> CaseChanged:
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
    return _move(ctx, case, _version(ctx, case.definition, ask.to), ask.reason)


def _move(ctx: Context, case: Case, to: int, reason: str, *, undo: bool = False) -> CaseChanged:
    command = MoveCase(to=ctx.program(case.definition, to), reason=reason, undo=undo)
    what = "move cases back" if undo else "move cases"
    return execute_as_owner(ctx, case.id, command, CaseChanged, changed(ctx), to=what)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveBack(Ask):
    """Take the latest move of a case back; possible until a task of it was completed since."""

    case_id: str
    """The case."""
    reason: str = ""
    """Why."""


@operation("case.move_back", scope="cases:write", http="POST /cases/{case_id}/move-back")
def move_back(ctx: Context, ask: MoveBack) -> CaseChanged:
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
    return _move(ctx, case, case.moved_from or case.version, ask.reason, undo=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveMany(Ask):
    """Move running cases of a workflow or process to another of its versions: those that are named, or all that can.
    Each moves or stays by itself; nothing is half moved."""

    definition: str
    """Its id."""
    to: int | None = None
    """The version; without it, the newest."""
    case_ids: tuple[str, ...] = ()
    """Which; none named: all that can."""
    reason: str
    """Why; it stays on the cases."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stayed:
    """A case that was not moved."""

    case: CaseRef
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Moved:
    """What became of the cases."""

    to: DefinitionRef
    moved: tuple[CaseRef, ...]
    stayed: tuple[Stayed, ...]


@operation("case.move_many", scope="cases:write", http="POST /definitions/{definition}/move")
def move_many(ctx: Context, ask: MoveMany) -> Moved:
    if not ask.reason.strip():
        raise MissingField("reason", "A reason is needed.", hint="One sentence; it stays on the cases.")
    if len(ask.case_ids) > MOST:
        raise TooLarge(f"At most {MOST:,} cases can be moved at once.")
    preview = preview_move(ctx, PreviewMove(definition=ask.definition, to=ask.to))
    named = set(ask.case_ids)
    known = {one.case.id for one in preview.cases}
    if named - known:
        raise NotFound(f"There is no running case {min(named - known)} of it on another version.")
    moved: list[CaseRef] = []
    stayed: list[Stayed] = []
    for one in preview.cases:
        if named and one.case.id not in named:
            continue
        if one.obstacles:
            stayed.append(Stayed(case=one.case, why=one.obstacles[0]))
            continue
        with ctx.store.transaction(ctx.organisation) as tx:
            case = tx.cases.get(one.case.id)
        try:
            # One request moves many cases, and each remembers its own key.
            each = replace(ctx, key=f"{ctx.key}/{one.case.id}" if ctx.key is not None else None)
            _move(each, case, preview.to.version, ask.reason)
            moved.append(one.case)
        except Rejection as refused:
            stayed.append(Stayed(case=one.case, why=refused.message))
    return Moved(to=preview.to, moved=tuple(moved), stayed=tuple(stayed))
