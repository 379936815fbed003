"""What a new version of a workflow or process changed, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from procession.engine.definition import Definition, Field, Handoff, Process, Workflow
from procession.engine.program import Program
from procession.operations.outline import StepOutline, outline
from procession.operations.values import in_words

What = Literal["added", "removed", "changed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One difference between two versions."""

    what: What
    subject: str
    """What it is about: `Step Sign the order`, `Field Amount`."""
    details: tuple[str, ...] = ()
    """Of something that changed: each difference, before and after."""


def changes_between(before: Program, after: Program) -> list[Change]:
    """Every difference a reader would notice; a version that differs in its comments only has none."""
    old, new = before.definition, after.definition
    found = [*_about(old, new), *_fields(old.fields, new.fields), *_steps(outline(before), outline(after))]
    if isinstance(old, Process) and isinstance(new, Process):
        found += [*_members(old, new), *_handoffs(old, new)]
    return found


def _about(old: Definition, new: Definition) -> Iterator[Change]:
    purpose = ("purpose", "goal") if isinstance(new, Workflow) else ("goal", "goal")
    sayings = [
        ("title", old.title, new.title),
        (purpose[0], _purpose(old), _purpose(new)),
        ("owner", old.owner, new.owner),
        ("target", old.target, new.target),
        ("who may start it", old.start.by, new.start.by),
        ("who may see its cases", in_words(old.visible_to), in_words(new.visible_to)),
        ("outcome", old.outcome, new.outcome),
        ("start form", _asked(old), _asked(new)),
    ]
    if isinstance(old, Process) and isinstance(new, Process):
        sayings.append(("priority", old.priority, new.priority))
        names = dict.fromkeys((*old.boundaries, *new.boundaries))
        sayings += [(f"boundary {name}", old.boundaries.get(name), new.boundaries.get(name)) for name in names]
    details = tuple(_said(name, was, now) for name, was, now in sayings if was != now)
    if details:
        yield Change(what="changed", subject=f"The {new.kind} itself", details=details)


def _purpose(one: Definition) -> str | None:
    return one.purpose if isinstance(one, Workflow) else one.goal


def _asked(one: Definition) -> str:
    """What the start form asks."""
    return in_words([entry.field for entry in one.start.form or ()])


def _said(name: str, was: object, now: object) -> str:
    if was in (None, "", ()):
        return f"{name}: {now}"
    return f"{name}: {was}, now {now if now not in (None, '', ()) else 'none'}"


def _fields(old: Mapping[str, Field], new: Mapping[str, Field]) -> Iterator[Change]:
    for name in new.keys() - old.keys():
        yield Change(what="added", subject=f"Field {new[name].title}")
    for name in old.keys() - new.keys():
        yield Change(what="removed", subject=f"Field {old[name].title}")
    for name in (one for one in new if one in old):
        was, now = old[name], new[name]
        sayings = [
            ("title", was.title, now.title), ("type", was.type, now.type),
            ("required", _yes(was.required), _yes(now.required)),
            ("options", in_words(was.options), in_words(now.options)), ("smallest", was.min, now.min),
            ("largest", was.max, now.max), ("currency", was.currency, now.currency),
        ]  # fmt: skip
        details = tuple(_said(word, a, b) for word, a, b in sayings if a != b)
        if details:
            yield Change(what="changed", subject=f"Field {now.title}", details=details)


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _steps(old: tuple[StepOutline, ...], new: tuple[StepOutline, ...]) -> Iterator[Change]:
    before, after = {one.id: one for one in old}, {one.id: one for one in new}
    for id_, step in after.items():
        if id_ not in before:
            yield Change(what="added", subject=f"Step {step.title}")
    for id_, step in before.items():
        if id_ not in after:
            yield Change(what="removed", subject=f"Step {step.title}")
    for id_, now in after.items():
        details = tuple(_step(before[id_], now)) if id_ in before else ()
        if details:
            yield Change(what="changed", subject=f"Step {now.title}", details=details)
    kept = [one.title for one in new if one.id in before]
    if kept != [after[one.id].title for one in old if one.id in after]:
        yield Change(what="changed", subject="Order of the steps", details=(in_words(kept),))


def _step(was: StepOutline, now: StepOutline) -> Iterator[str]:
    sayings = [
        ("title", was.title, now.title), ("kind", was.kind, now.kind), ("who", was.who, now.who),
        ("due", was.due, now.due),
        ("only when", was.when, now.when), ("asks", in_words(was.asks), in_words(now.asks)),
        ("outcomes", in_words(was.outcomes), in_words(now.outcomes)), ("department", was.department, now.department),
        ("runs", was.uses, now.uses),
    ]  # fmt: skip
    for name, a, b in sayings:
        if a != b:
            yield _said(name, a, b)
    if was.instructions != now.instructions:
        yield (
            "instructions: rewritten"
            if was.instructions and now.instructions
            else _said("instructions", "given" if was.instructions else None, "given" if now.instructions else None)
        )


def _members(old: Process, new: Process) -> Iterator[Change]:
    for id_ in new.members.keys() - old.members.keys():
        yield Change(what="added", subject=f"Workflow {new.members[id_].title or id_}")
    for id_ in old.members.keys() - new.members.keys():
        yield Change(what="removed", subject=f"Workflow {old.members[id_].title or id_}")
    for id_ in (one for one in new.members if one in old.members):
        was, now = old.members[id_], new.members[id_]
        back = in_words([f"{name} from {text}" for name, text in was.take.items()])
        sayings = [
            ("runs", was.use, now.use), ("title", was.title, now.title),
            ("gives back", back, in_words([f"{name} from {text}" for name, text in now.take.items()])),
        ]  # fmt: skip
        details = tuple(_said(name, a, b) for name, a, b in sayings if a != b)
        if details:
            yield Change(what="changed", subject=f"Workflow {now.title or id_}", details=details)


def _handoffs(old: Process, new: Process) -> Iterator[Change]:
    before, after = {one.id: one for one in old.handoffs}, {one.id: one for one in new.handoffs}
    for id_ in after.keys() - before.keys():
        yield Change(what="added", subject=f"Handoff {_route(after[id_])}")
    for id_ in before.keys() - after.keys():
        yield Change(what="removed", subject=f"Handoff {_route(before[id_])}")
    for id_, now in after.items():
        was = before.get(id_)
        if was is None:
            continue
        sayings = [
            ("route", _route(was), _route(now)), ("only when", was.when, now.when),
            ("carries", in_words(list(was.carry)), in_words(list(now.carry))),
            *((f"{name} from", was.carry[name], now.carry[name]) for name in now.carry if name in was.carry),
            ("optional", _yes(was.optional), _yes(now.optional)), ("goes back", _yes(was.again), _yes(now.again)),
            ("at most", was.at_most, now.at_most), ("owner", was.owner, now.owner),
            ("usual wait", was.usually.get("wait"), now.usually.get("wait")),
            ("usual work", was.usually.get("work"), now.usually.get("work")),
        ]  # fmt: skip
        details = tuple(_said(name, a, b) for name, a, b in sayings if a != b)
        if details:
            yield Change(what="changed", subject=f"Handoff {_route(now)}", details=details)


def _route(one: Handoff) -> str:
    return f"{in_words([str(source) for source in one.sources])} to {one.to or 'end'}"
