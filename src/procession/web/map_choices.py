"""What the map editor offers: what can set a handoff off, and what data fits where."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from procession.engine.check.context import outcomes_of_workflow
from procession.engine.check.references import missing_inputs
from procession.engine.check.types import fits, kind_of, names_of_fields
from procession.engine.definition import Definition, Field, HandoffSource, Process, Workflow, walk
from procession.operations.publishing import FindingView


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose."""

    value: str
    label: str


@dataclass(frozen=True, slots=True)
class Group:
    """Choices under one heading."""

    label: str
    choices: tuple[Choice, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """A field that a value can be put into, with what fits it."""

    name: str
    title: str
    type: str
    required: bool
    """A case cannot start without it."""
    given: str
    """The expression that fills it now; empty where nothing does."""
    plain: bool
    """The expression is one of the names offered, or nothing."""
    fitting: tuple[Choice, ...]
    others: tuple[Choice, ...]
    """Of other types."""
    problems: tuple[FindingView, ...] = ()


@dataclass(frozen=True, slots=True)
class Named:
    """A name that expressions see."""

    name: str
    field: Field
    type: str
    """As it is known to the checker; `any` where it is not."""
    of: str
    """The title of what it belongs to."""


def title_of(process: Process, member: str, library: Mapping[str, Definition]) -> str:
    """What people call a workflow of the process."""
    one = process.members[member]
    used = library.get(one.use)
    return one.title or (used.title if used is not None else member)


def events_of(process: Process, library: Mapping[str, Definition]) -> list[Group]:
    """Everything that can set a handoff off."""
    groups = [Group("The process", (Choice("start", "A case starts"),))]
    for id_, member in process.members.items():
        workflow = library.get(member.use)
        title = title_of(process, id_, library)
        found = [Choice(f"{id_}.completed", f"{title} is completed")]
        if isinstance(workflow, Workflow):
            outcomes = outcomes_of_workflow(workflow)
            if outcomes != ("done",):
                found += [Choice(f"{id_}.{one}", f"{title} ends with “{one}”") for one in outcomes]
            milestones = dict.fromkeys(step.milestone for step in walk(workflow.body) if step.milestone)
            found += [Choice(f"{id_}.milestone.{one}", f"{title} reaches “{one}”") for one in milestones]
        found.append(Choice(f"{id_}.cancelled", f"{title} is cancelled"))
        groups.append(Group(title, tuple(found)))
    return groups


def also(groups: Sequence[Group], value: str) -> list[Group]:
    """The same with a value that is in force but not among them, so that it does not get lost."""
    if not value or any(one.value == value for group in groups for one in group.choices):
        return list(groups)
    return [*groups, Group("Not there any more", (Choice(value, value),))]


def names_for(process: Process, sources: Iterable[HandoffSource], library: Mapping[str, Definition]) -> list[Named]:
    """What a handoff can carry: the fields of what sets it off, then those of the process."""
    found: dict[str, Named] = {}
    for source in sources:
        member = process.members.get(source.member or "")
        workflow = library.get(member.use) if member is not None else None
        if member is not None and workflow is not None:
            found |= _named(workflow.fields, title_of(process, member.id, library))
    return list((_named(process.fields, process.title) | found).values())


def names_back(process: Process, member: str, library: Mapping[str, Definition]) -> list[Named]:
    """What a workflow can give back: its fields."""
    workflow = library.get(process.members[member].use)
    return list(_named(workflow.fields, title_of(process, member, library)).values()) if workflow is not None else []


def _named(fields: Mapping[str, Field], of: str) -> dict[str, Named]:
    types = names_of_fields(fields)
    return {name: Named(name, one, types.get(name, "any"), of) for name, one in fields.items()}


def slots(
    fields: Mapping[str, Field], names: Sequence[Named], given: Mapping[str, str], required: Iterable[str],
    problems: Mapping[str, Sequence[FindingView]], typing: str = "",
) -> list[Slot]:  # fmt: skip
    """Every field that can be filled, with what fits it first. `typing` is a field whose expression is being typed.

    What is filled but is no field (a wrong name in the file) comes last, so that it can be seen and taken away.
    """
    needed = frozenset(required)
    wanted = {name: one for name, one in fields.items() if one.formula is None}
    unknown = {name: Field(name=name, type="text") for name in given if name not in wanted}
    found: list[Slot] = []
    for name, one in {**wanted, **unknown}.items():
        text = given.get(name, "")
        ordered = sorted(names, key=lambda other, one=one: (other.name != one.name, other.field.type != one.type))
        good = tuple(_choice(other) for other in ordered if is_fitting(one, other))
        rest = tuple(_choice(other) for other in ordered if not is_fitting(one, other))
        plain = name != typing and (not text or any(text == other.name for other in names))
        found.append(Slot(
            name=name, title=one.title, type=one.type if name in wanted else "not there", required=name in needed,
            given=text, plain=plain, fitting=good, others=rest, problems=tuple(problems.get(name, ())),
        ))  # fmt: skip
    return found


def _choice(one: Named) -> Choice:
    return Choice(one.name, f"{one.field.title} ({one.field.type}) from {one.of}")


def is_fitting(target: Field, source: Named) -> bool:
    """Whether the checker would let a value of one pass into the other, for all that is known."""
    if kind_of(target.type) is None or (source.type == "any" and source.field.formula is None):
        return target.type == source.field.type
    return fits(target, kind_of(source.type))


def needed_by(process: Process, member: str | None, library: Mapping[str, Definition]) -> tuple[str, ...]:
    """The fields without which a workflow of the process cannot start."""
    one = process.members.get(member or "")
    workflow = library.get(one.use) if one is not None else None
    return missing_inputs(workflow) if isinstance(workflow, Workflow) else ()


def places_in_file(
    positions: Mapping[str, tuple[int, int]], findings: Iterable[FindingView]
) -> dict[str, list[FindingView]]:
    """Findings by the part of the file in which each stands: the last part that begins before it."""
    begun: dict[tuple[int, int], list[str]] = {}
    for path, place in positions.items():
        if not re.match(r"handoffs/\d+(/|$)", path):  # the reader notes handoffs by number too
            begun.setdefault(place, []).append(path)
    starts = sorted(begun)
    found: dict[str, list[FindingView]] = {}
    for one in findings:
        at = bisect_right(starts, (one.line, max(one.column, 1)))
        for path in begun[starts[at - 1]] if one.line and at else [""]:
            found.setdefault(path, []).append(one)
    return found
