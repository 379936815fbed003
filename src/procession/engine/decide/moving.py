"""Moving a running case to another version of its definition: what stands in the way, the move, and the way back.

A case can go where everything that is open stands as it stood: the same step of the same kind, inside the same blocks.
Branches of a block that were opened stay those that it waits for; a branch that the new version adds is not opened. Due dates
and timers stay as they were fixed when the task opened, and a task keeps its title until it opens again. A step that is
called otherwise there is named by whoever moves the case, old → new. Children keep their version.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Final, cast

from procession.engine import commands as ask_
from procession.engine import events as ev
from procession.engine.case import Case, Json
from procession.engine.decide import data
from procession.engine.definition import Field, Process
from procession.engine.rejections import Conflict, MissingField

if TYPE_CHECKING:
    from procession.engine.decide.deciding import Deciding
    from procession.engine.program import Program


def move_case(deciding: Deciding, ask: ask_.MoveCase) -> None:
    """The case goes on in the other version, if nothing stands in the way."""
    case, to = deciding.case, ask.to
    if not case.is_open:
        raise Conflict("This case is no longer running.")
    if ask.undo:
        _refuse_undo(case, to)
    elif not ask.reason.strip():
        raise MissingField("reason", "A reason is needed.", hint="One sentence; it stays on the case.")
    steps = {old: new for new, old in case.moved_steps.items()} if ask.undo else named(deciding.program, ask.steps)
    found = obstacles(deciding.program, to, case, steps)
    if found:
        raise Conflict(f"The case cannot move to version {to.version}: {found[0]}", obstacles=found)
    deciding.emit(
        ev.CaseMoved(version=to.version, before=case.version, reason=ask.reason.strip(), undoes=ask.undo, steps=steps)
    )
    deciding.program = to
    data.recalculate(deciding)


def _refuse_undo(case: Case, to: Program) -> None:
    if case.moved_from is None:
        raise Conflict(
            "There is no move to take back: the case was never moved, or a task was completed since.",
            hint="Move it forward instead.",
        )
    if case.moved_from != to.version:
        raise Conflict(f"The case came from version {case.moved_from}.")


Steps = Mapping[str, str]
"""Old → new id of the steps that are called otherwise in the other version."""
_NO_STEPS: Final[Steps] = {}


def named(before: Program, steps: Steps) -> dict[str, str]:
    """Those of the steps that a version has and that change their name."""
    return {old: new for old, new in steps.items() if old in before.nodes and old != new}


def wrong_names(before: Iterable[Program], to: Program, steps: Steps) -> list[str]:
    """What is wrong with a map of steps, whatever the case; nothing where it can be used.

    Args:
        before: the versions that cases come from.
    """
    olds = list(before)
    found = [
        f"No version that cases run on has a step '{one}'." for one in steps if all(one not in p.nodes for p in olds)
    ]
    found += [f"Version {to.version} has no step '{one}'." for one in steps.values() if one not in to.nodes]
    twice = {one for one in steps.values() if list(steps.values()).count(one) > 1}
    found += [f"Two steps cannot both become '{one}'." for one in sorted(twice)]
    for old, new in steps.items():
        if old != new and new not in steps and any(old in p.nodes and new in p.nodes for p in olds):
            found.append(f"'{old}' cannot become '{new}', which the version before has as well and which stays itself.")
    return found


def obstacles(before: Program, to: Program, case: Case, steps: Steps = _NO_STEPS) -> list[str]:
    """Why a case cannot go on in the other version, one sentence each; none where it can.

    Args:
        steps: as they are called in the version of the case → as they are called there.
    """
    if before.definition.id != to.definition.id or before.definition.kind != to.definition.kind:
        return [f"It is a case of {before.definition.title}, and the version is one of {to.definition.title}."]
    if to.version == case.version:
        return [f"It runs on version {to.version} already."]
    found = list(_fields(before.definition.fields, to.definition.fields, case))
    if isinstance(to.definition, Process) and isinstance(before.definition, Process):
        if steps:
            found.append("It is a process: its parts keep their names, and only steps of a workflow are given others.")
        found.extend(_members(before.definition, to.definition, case))
    else:
        found.extend(_open_steps(before, to, case, steps))
        found.extend(_remembered(before, to, case, steps))
    found.extend(_unasked(before, to, case, steps))
    return list(dict.fromkeys(found))


def _open_steps(before: Program, to: Program, case: Case, steps: Steps) -> Iterator[str]:
    for one in case.activations.values():
        there = steps.get(one.step, one.step)
        old, new = before.nodes.get(one.step), to.nodes.get(there)
        title = old.step.title if old is not None else one.step
        if old is None or new is None:
            yield f"'{title}' is open, and version {to.version} has no such step."
        elif old.step.kind != new.step.kind:
            yield f"'{title}' is open, and is {new.step.kind} instead of {old.step.kind} there."
        elif [(steps.get(a, a), steps.get(b, b)) for a, b in _chain(before, one.step)] != _chain(to, there):
            yield f"'{title}' is open, and stands inside other blocks there."


def _chain(program: Program, step: str) -> list[tuple[str, str]]:
    """The blocks around a step with the branch of each, from the inside out."""
    found: list[tuple[str, str]] = []
    node = program.nodes[step]
    while node.owner:
        found.append((node.owner, node.scope.name))
        node = program.nodes[node.owner]
    return found


def _remembered(before: Program, to: Program, case: Case, steps: Steps) -> Iterator[str]:
    """What the case remembers of steps, and the other version would ask for."""
    for loop in case.loops:
        step = loop.rpartition("/")[2]
        if steps.get(step, step) not in to.nodes:
            yield f"It has gone back at '{_title(before, step)}', which version {to.version} does not have."
    for node in before.nodes.values():
        for word in getattr(node.step.config, "not_by", ()):
            excluded = before.step(word)
            if excluded is not None and excluded.id in case.did and steps.get(excluded.id, excluded.id) not in to.nodes:
                yield (
                    f"Whoever did '{excluded.title}' may not do '{node.step.title}', and version {to.version} has no "
                    f"'{excluded.title}'."
                )


def needed_steps(before: Program, case: Case) -> set[str]:
    """The steps that a version has to have for a case to move to it: what is open, and what the case remembers."""
    found = {one.step for one in case.activations.values()} | {loop.rpartition("/")[2] for loop in case.loops}
    for node in before.nodes.values():
        excluded = [before.step(word) for word in getattr(node.step.config, "not_by", ())]
        found |= {one.id for one in excluded if one is not None and one.id in case.did}
    return found


def _title(program: Program, step: str) -> str:
    node = program.nodes.get(step)
    return node.step.title if node is not None else step


def _members(before: Process, to: Process, case: Case) -> Iterator[str]:
    known = {**case.ended, **{one.step: "" for one in case.activations.values()}}
    for name in known:
        old, new = before.members.get(name), to.members.get(name)
        if new is None or old is None:
            yield f"{name} has begun, and the other version has no such part."
        elif new.use != old.use:
            yield f"{name} has begun as {old.use}, and is {new.use} there."
    handoffs = {one.id for one in to.handoffs}
    for handoff in case.handoffs:
        if handoff not in handoffs:
            yield f"{handoff} has happened, and the other version has no such handoff."


def _fields(before: Mapping[str, Field], to: Mapping[str, Field], case: Case) -> Iterator[str]:
    for name, value in case.data.items():
        old, new = before.get(name), to.get(name)
        if value is None or old is None or old.formula is not None:
            continue
        if new is None:
            yield f"{old.title} has a value, and the other version has no such field."
        elif not _holds(old, new, value):
            yield f"{old.title} has a value that does not fit the field there."


def _holds(old: Field, new: Field, value: Json) -> bool:
    """Whether a stored value of the old field is one of the new field's."""
    if (old.type, old.currency) != (new.type, new.currency) or new.formula is not None:
        return False
    if new.type in {"choice", "choices"}:
        chosen = cast("list[str]", value) if isinstance(value, list) else [str(value)]
        return set(chosen) <= set(new.options)
    columns = {one.name: one.type for one in new.columns}
    return all(columns.get(one.name) == one.type for one in old.columns)


def _unasked(before: Program, to: Program, case: Case, steps: Steps) -> Iterator[str]:
    """Required fields that are new, have no value, and that no step still ahead would ask."""
    visited = {steps.get(one, one) for one in case.visits}
    standing = {steps.get(one.step, one.step) for one in case.activations.values()}
    ahead = {
        name
        for key, node in to.nodes.items()
        if key not in visited or key in standing
        for name in (*node.step.set, *(entry.field for entry in getattr(node.step.config, "form", ())))
    }
    for name, new in to.definition.fields.items():
        asked = any(entry.field == name for entry in to.start_form)
        if asked and new.required and name not in before.definition.fields and name not in ahead:
            yield f"{new.title} is new and required, and nothing that is still ahead asks it."
