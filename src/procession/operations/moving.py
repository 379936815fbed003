"""Moving running cases to another version of their workflow or process: who can, who cannot and why, and the way back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from procession.engine.case import Case
from procession.engine.commands import MoveCase
from procession.engine.decide.moving import named, needed_steps, obstacles, wrong_names
from procession.engine.program import Program
from procession.engine.rejections import Conflict, InvalidField, MissingField, NotFound, Rejection, TooLarge
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
class StaysBehind:
    """A part of a case that would not move with it."""

    case: CaseRef
    definition: DefinitionRef
    """What it runs, with the version that it keeps."""
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChoice:
    """A step of the version that cases would move to."""

    step: str
    """Its id."""
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LostStep:
    """A step that running cases stand at or remember, and that the version does not have under that name."""

    step: str
    """Its id."""
    title: str
    kind: str
    cases: int
    """So many cases need it."""
    choices: tuple[StepChoice, ...]
    """Steps of its kind that are new there: one of them may be the same step under another name."""
    becomes: str | None
    """The one that was said; null where none was."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Movable:
    """A running case on another version."""

    case: CaseRef
    version: int
    """The one it runs on."""
    obstacles: tuple[str, ...]
    """Why it cannot move; empty where it can."""
    stays: tuple[StaysBehind, ...]
    """Its open parts, which keep their version."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MovePreview:
    """Which running cases could go on in a version."""

    to: DefinitionRef
    cases: tuple[Movable, ...]
    """Those on other versions, the oldest first."""
    lost: tuple[LostStep, ...]
    """Steps that have to be named anew, if they are there under another name."""
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
    steps: tuple[str, ...] = ()
    """Steps that are called otherwise in that version, each as `old=new`, by id or title."""


@operation("case.preview_move", scope="definitions:read", http="GET /definitions/{definition}/move")
def preview_move(ctx: Context, ask: PreviewMove) -> MovePreview:
    rule = ctx.definition(ask.definition)
    access.may_act_as_owner(ctx.caller, rule, f"move cases of {rule.title}")
    to = _version(ctx, ask.definition, ask.to)
    program = ctx.program(ask.definition, to)
    cases = _running(ctx, ask.definition, to)
    before = {one.version: ctx.program(one.definition, one.version) for one in cases}
    steps = renamed(list(before.values()), program, ask.steps)
    parts = _parts(ctx, [one.id for one in cases[:MOST]])
    found = tuple(
        Movable(
            case=CaseRef(id=one.id, name=one.name),
            version=one.version,
            obstacles=tuple(obstacles(before[one.version], program, one, named(before[one.version], steps))),
            stays=tuple(parts.get(one.id, ())),
        )
        for one in cases[:MOST]
    )
    can = sum(not one.obstacles for one in found)
    return MovePreview(
        to=definition_ref(program.definition, to), cases=found, lost=_lost(before, program, cases[:MOST], steps),
        can=can, cannot=len(found) - can, more=len(cases) > MOST,
    )  # fmt: skip


def renamed(before: Sequence[Program], to: Program, said: Sequence[str]) -> dict[str, str]:
    """Old → new id, from `old=new` by id or title. Raises InvalidField.

    Args:
        before: the versions that cases come from.
    """
    found: dict[str, str] = {}
    for one in said:
        old, equals, new = (part.strip() for part in one.partition("="))
        if not (old and equals and new):
            raise InvalidField("steps", f"'{one}' does not say which step becomes which.", hint="Write old=new.")
        known = next((step.id for program in before if (step := program.step(old)) is not None), old)
        there = to.step(new)
        found[known] = there.id if there is not None else new
    wrong = wrong_names(before, to, found) if before else []
    if wrong:
        raise InvalidField("steps", wrong[0])
    return found


def _parts(ctx: Context, cases: Sequence[str]) -> dict[str, list[StaysBehind]]:
    """Of each case its open parts, which keep the version they began with."""
    found: dict[str, list[StaysBehind]] = {}
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = tx.rows_of(
            "SELECT parent::text, id::text, name, definition, version FROM cases WHERE organisation = :organisation "
            "AND parent = ANY(CAST(:cases AS uuid[])) AND status = 'open' ORDER BY started_at, id",
            cases=list(cases),
        )  # fmt: skip
    for parent, id_, name, definition, version in rows:
        ref = definition_ref(ctx.definition(definition, version), version)
        newest = ctx.surroundings.latest.get(definition, version)
        why = f"It keeps version {version} of {ref.title}: a part that has begun goes on as it began."
        if newest != version:
            why += " It can be moved by itself."
        found.setdefault(parent, []).append(StaysBehind(case=CaseRef(id=id_, name=name), definition=ref, why=why))
    return found


def _lost(
    before: Mapping[int, Program], to: Program, cases: Sequence[Case], steps: Mapping[str, str]
) -> tuple[LostStep, ...]:
    """The steps that stand in the way because the version has none of that name, the most frequent first."""
    needed: dict[str, tuple[str, str, int]] = {}
    for case in cases:
        program = before[case.version]
        for step in needed_steps(program, case) - to.nodes.keys():
            node = program.nodes.get(step)
            if node is not None:
                title, kind, count = needed.get(step, (node.step.title, node.step.kind, 0))
                needed[step] = (title, kind, count + 1)
    old = {step for program in before.values() for step in program.nodes}
    return tuple(
        LostStep(
            step=step, title=title, kind=kind, cases=count, becomes=steps.get(step),
            choices=tuple(
                StepChoice(step=name, title=node.step.title) for name, node in to.nodes.items()
                if node.step.kind == kind and name not in old
            ),
        )
        for step, (title, kind, count) in sorted(needed.items(), key=lambda one: (-one[1][2], one[0]))
    )  # fmt: skip


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
    steps: tuple[str, ...] = ()
    """Steps that are called otherwise in that version, each as `old=new`, by id or title."""


@operation("case.move", scope="cases:write", http="POST /cases/{case_id}/move")
def move_one(ctx: Context, ask: MoveOne) -> CaseChanged:
    with ctx.store.transaction(ctx.organisation) as tx:
        case = case_of(ctx, tx, ask.case_id)
    to = _version(ctx, case.definition, ask.to)
    steps = renamed([ctx.program(case.definition, case.version)], ctx.program(case.definition, to), ask.steps)
    return _move(ctx, case, to, ask.reason, steps=steps)


def _move(
    ctx: Context, case: Case, to: int, reason: str, *, undo: bool = False, steps: Mapping[str, str] | None = None
) -> CaseChanged:
    command = MoveCase(to=ctx.program(case.definition, to), reason=reason, undo=undo, steps=steps or {})
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
    steps: tuple[str, ...] = ()
    """Steps that are called otherwise in that version, each as `old=new`, by id or title."""


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
    preview = preview_move(ctx, PreviewMove(definition=ask.definition, to=ask.to, steps=ask.steps))
    versions = {one.version for one in preview.cases}
    to = ctx.program(ask.definition, preview.to.version)
    steps = renamed([ctx.program(ask.definition, one) for one in sorted(versions)], to, ask.steps)
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
            _move(each, case, preview.to.version, ask.reason, steps=steps)
            moved.append(one.case)
        except Rejection as refused:
            stayed.append(Stayed(case=one.case, why=refused.message))
    return Moved(to=preview.to, moved=tuple(moved), stayed=tuple(stayed))
