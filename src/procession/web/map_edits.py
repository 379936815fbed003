"""Changes to a process as its map editor makes them: each takes a process and gives the changed one, or says what is wrong."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from procession.engine.definition import BOUNDARIES, Expr, Handoff, HandoffSource, Member, Process
from procession.engine.durations import Span, SpanError, parse_span
from procession.interchange.yaml.emit import emit
from procession.interchange.yaml.processes import PRIORITIES, make_handoff

END = "end"
_NAME = re.compile(r"[^a-z0-9]+")


class Wrong(ValueError):
    """What was typed cannot be taken; one sentence for each field."""

    def __init__(self, **problems: str) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


# --- workflows --------------------------------------------------------------------------------------------------------


def name_for(title: str, taken: Iterable[str]) -> str:
    """A short name made of a title, unlike those that are taken."""
    made = _NAME.sub("-", title.lower()).strip("-")[:40] or "workflow"
    used = {*taken, "start", END}
    return next(one for one in (made, *(f"{made}-{n}" for n in range(2, 1000))) if one not in used)


def add_member(process: Process, use: str, name: str, title: str | None = None) -> Process:
    """One more workflow; `name` is what the file calls it."""
    return replace(process, members={**process.members, name: Member(id=name, use=use, title=title)})


def new_workflow(id_: str, title: str, owner: str) -> str:
    """The file of a workflow that has one task so far, done by its owner group or by whoever starts it."""
    task = {"task": title, "assign": f"group:{owner}" if owner else "starter"}
    return emit({"workflow": id_, "title": title, **({"owner": owner} if owner else {}), "steps": [task]})


def change_member(process: Process, member: str, *, name: str, title: str, take: Mapping[str, str]) -> Process:
    """Another name or title, and what it gives back. Handoffs follow the name. Raises Wrong."""
    if not name or name in ("start", END) or "." in name or name != name.strip():
        raise Wrong(name="A name has letters, digits and hyphens, no full stop, and is not start or end.")
    if name != member and name in process.members:
        raise Wrong(name=f"Another workflow of this process is called {name} already.")
    old = process.members[member]
    changed = replace(old, id=name, title=title or None, take=_expressions(take))
    members = {
        (name if id_ == member else id_): (changed if id_ == member else one) for id_, one in process.members.items()
    }
    if name == member:
        return replace(process, members=members)

    def source(one: HandoffSource) -> HandoffSource:
        return replace(one, member=name) if one.member == member else one

    handoffs = [
        replace(one, sources=tuple(source(each) for each in one.sources), to=name if one.to == member else one.to)
        for one in process.handoffs
    ]
    feedback = tuple(replace(one, source=source(one.source)) for one in process.feedback)
    return replace(process, members=members, handoffs=with_ids(handoffs), feedback=feedback)


def _expressions(typed: Mapping[str, str]) -> dict[str, Expr]:
    return {name: Expr(text) for name, text in typed.items()}


def handoffs_of(process: Process, member: str) -> tuple[Handoff, ...]:
    """Those that come to a member or leave it."""
    return tuple(
        one for one in process.handoffs if one.to == member or any(source.member == member for source in one.sources)
    )


def remove_member(process: Process, member: str) -> Process:
    """Without a workflow, its handoffs and what is asked back when it ends. A handoff with other sources keeps those."""
    members = {id_: one for id_, one in process.members.items() if id_ != member}
    left: list[Handoff] = []
    for one in process.handoffs:
        sources = tuple(source for source in one.sources if source.member != member)
        if one.to != member and sources:
            left.append(replace(one, sources=sources))
    feedback = tuple(one for one in process.feedback if one.source.member != member)
    return replace(process, members=members, handoffs=with_ids(left), feedback=feedback)


# --- handoffs ---------------------------------------------------------------------------------------------------------


def with_ids(handoffs: Iterable[Handoff]) -> tuple[Handoff, ...]:
    """The handoffs, each called as the file's reader calls it."""
    used: Counter[str] = Counter()
    found: list[Handoff] = []
    for one in handoffs:
        given: dict[str, Any] = {
            name: getattr(one, name)
            for name in ("sources", "when", "carry", "optional", "again", "at_most", "usually", "owner")
        }
        target = one.to if one.to is not None else f"{END} {one.end or ''}".rstrip()
        found.append(make_handoff(given, target, used, one.line))
    return tuple(found)


def source_of(text: str) -> HandoffSource:
    """What sets a handoff off, as files write it: `start`, `access.completed`, `access.milestone.ordered`."""
    member, _, rest = text.partition(".")
    if not rest:
        return HandoffSource()
    word, _, milestone = rest.partition(".")
    if word == "milestone" and milestone:
        return HandoffSource(member=member, milestone=milestone)
    return HandoffSource(member=member, outcome=None if rest == "completed" else rest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """A handoff as it was typed."""

    sources: Sequence[str] = ()
    to: str = ""
    outcome: str = ""
    """Of the process, where the handoff ends it."""
    when: str = ""
    carry: Mapping[str, str]
    optional: bool = False
    again: bool = False
    at_most: str = ""
    wait: str = ""
    work: str = ""
    owner: str = ""

    def made(self) -> Handoff:
        """The handoff; its id comes with the others. Raises Wrong."""
        problems: dict[str, str] = {}
        sources = tuple(source_of(one) for one in dict.fromkeys(filter(None, self.sources)))
        if not sources:
            problems["source"] = "Choose what sets it off."
        if not self.to:
            problems["to"] = "Choose where it leads."
        usually: dict[str, Span] = {}
        for name, text in (("work", self.work), ("wait", self.wait)):
            if text:
                try:
                    usually[name] = parse_span(text)
                except SpanError as problem:
                    problems[name] = f"{problem}. {problem.hint or 'Write a length of time such as 2 business days'}."
        bound = self.at_most
        if bound and not (bound.isdigit() and 0 < int(bound) < 1000):
            problems["at_most"] = "Write how often at most: a whole number from 1 to 999."
        if problems:
            raise Wrong(**problems)
        ends = self.to == END
        return Handoff(
            id="",
            sources=sources,
            to=None if ends else self.to,
            end=self.outcome if ends else None,
            when=Expr(self.when) if self.when else None,
            carry={} if ends else _expressions(self.carry),
            optional=self.optional,
            again=self.again,
            at_most=int(bound) if bound else None,
            usually=usually,
            owner=self.owner or None,
        )


def add_handoff(process: Process, drawn: Drawn) -> Process:
    """One more handoff, after those that leave the same place. Raises Wrong."""
    made = drawn.made()
    member = made.sources[0].member
    after = [place for place, one in enumerate(process.handoffs, 1) if any(s.member == member for s in one.sources)]
    at = after[-1] if after else (0 if member is None else len(process.handoffs))
    return replace(process, handoffs=with_ids([*process.handoffs[:at], made, *process.handoffs[at:]]))


def change_handoff(process: Process, place: int, drawn: Drawn) -> Process:
    """Another handoff in its place. Raises Wrong."""
    made = replace(drawn.made(), line=process.handoffs[place].line)
    return replace(process, handoffs=with_ids([*process.handoffs[:place], made, *process.handoffs[place + 1 :]]))


def remove_handoff(process: Process, place: int) -> Process:
    """Without the handoff at this place."""
    return replace(process, handoffs=with_ids([*process.handoffs[:place], *process.handoffs[place + 1 :]]))


# --- the process itself -----------------------------------------------------------------------------------------------


def change_about(process: Process, said: Mapping[str, str]) -> Process:
    """Title, goal, owner, priority, target and boundaries. Raises Wrong."""
    problems: dict[str, str] = {}
    target: Span | None = None
    if said["target"]:
        try:
            target = parse_span(said["target"])
        except SpanError as problem:
            problems["target"] = f"{problem}. {problem.hint or 'Write a length of time such as 15 business days'}."
    if not said["title"]:
        problems["title"] = "A process has a title."
    if said["priority"] and said["priority"] not in PRIORITIES:
        problems["priority"] = f"Choose one of {', '.join(PRIORITIES)}."
    if problems:
        raise Wrong(**problems)
    kept = {name: text for name, text in process.boundaries.items() if name not in BOUNDARIES}
    typed = {name: said[name] for name in BOUNDARIES if said[name]}
    order = dict.fromkeys((*process.boundaries, *typed))
    boundaries = {name: {**kept, **typed}[name] for name in order if name in kept or name in typed}
    return replace(
        process, title=said["title"], goal=said["goal"] or None, owner=said["owner"] or None, target=target,
        priority=said["priority"] or None, boundaries=boundaries,
    )  # fmt: skip
