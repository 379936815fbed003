"""Processes: members, handoffs, and the data that is carried over them."""

from __future__ import annotations

from collections.abc import Mapping

from procession.engine.check.context import Checking, outcomes_of_workflow
from procession.engine.check.expressions import check_use
from procession.engine.check.references import missing_inputs
from procession.engine.check.types import Names, names_of_fields
from procession.engine.check.uses import Use, base_names
from procession.engine.definition import Expr, Field, Handoff, HandoffSource, Process, Workflow, walk
from procession.engine.findings import did_you_mean


def check_process(ctx: Checking) -> None:
    """Findings about a process."""
    if not isinstance(ctx.definition, Process):
        return
    process = ctx.definition
    if not process.members:
        ctx.add("missing_key", "workflows", "The process has no members.", "write NAME: {use: WORKFLOW}")
    _check_members(ctx, process)
    for handoff in process.handoffs:
        _check_handoff(ctx, process, handoff)
    _check_filling(ctx, process)
    _check_circles(ctx, process)
    _check_reached(ctx, process)
    for one in process.feedback:
        _check_source(ctx, process, one.source, "feedback", one.line)


def _workflow(ctx: Checking, process: Process, member: str | None) -> Workflow | None:
    if member is None or member not in process.members:
        return None
    return (ctx.library.workflows or {}).get(process.members[member].use)


def _check_members(ctx: Checking, process: Process) -> None:
    known = ctx.library.workflows
    for member in process.members.values():
        if known is None:
            continue
        workflow = known.get(member.use)
        path = f"workflows/{member.id}"
        if workflow is None:
            ctx.add(
                "unknown_workflow",
                f"{path}/use",
                f"{member.id} uses the workflow {member.use!r}, which is not there.",
                ctx.library.elsewhere.get(member.use) or did_you_mean(member.use, known, otherwise="there is {}"),
                line=member.line,
            )
            continue
        for name in sorted(process.measures.keys() & workflow.measures.keys()):
            if process.measures[name] != workflow.measures[name]:
                ctx.add(
                    "type_mismatch",
                    f"measures/{name}",
                    f"The measure {name} is {process.measures[name]} here and {workflow.measures[name]} in "
                    f"{workflow.title}, so its answers cannot be taken.",
                    f"write type: {workflow.measures[name]}",
                    line=member.line,
                )
        inner = {"starter": "any", "settings": "any", **names_of_fields(workflow.fields)}
        for name, text in member.take.items():
            what, owner = f"take of {member.id}: {name}", f"the process {process.title}"
            _check_carried(ctx, f"{path}/take/{name}", what, name, text, process.fields, inner, owner, member.line)


def _check_source(ctx: Checking, process: Process, source: HandoffSource, path: str, line: int) -> None:
    if source.member is None:
        return
    if source.member not in process.members:
        ctx.add(
            "unknown_member",
            path,
            f"{source} names the member {source.member!r}, which is not there.",
            did_you_mean(source.member, ("start", *process.members), otherwise="the members are {}"),
            line=line,
        )
        return
    workflow = _workflow(ctx, process, source.member)
    if workflow is None:
        return
    if source.milestone is not None:
        known = sorted({step.milestone for step in walk(workflow.body) if step.milestone})
        if source.milestone not in known:
            hint = did_you_mean(source.milestone, known, otherwise="its milestones are {}")
            ctx.add(
                "unknown_milestone",
                path,
                f"{workflow.title} has no milestone {source.milestone!r}.",
                hint or f"write milestone: {source.milestone} on a step of {workflow.title}",
                line=line,
            )
    elif source.outcome is not None:
        outcomes = outcomes_of_workflow(workflow)
        if source.outcome not in (*outcomes, "cancelled"):
            ctx.add(
                "unknown_outcome",
                path,
                f"{workflow.title} never ends with {source.outcome!r}.",
                did_you_mean(source.outcome, (*outcomes, "completed", "cancelled"), otherwise="it ends with {}"),
                line=line,
            )


def _names(ctx: Checking, process: Process, handoff: Handoff) -> Names | None:
    """What the handoff's expressions see: the source's fields, then the process's. None where a source is unknown."""
    names = base_names(ctx)
    for source in handoff.sources:
        if source.member is None:
            continue
        workflow = _workflow(ctx, process, source.member)
        if workflow is None:
            return None
        names.update(names_of_fields(workflow.fields))
    return names


def _check_handoff(ctx: Checking, process: Process, handoff: Handoff) -> None:
    path, line = f"handoffs/{handoff.id}", handoff.line
    for source in handoff.sources:
        _check_source(ctx, process, source, f"{path}/from", line)
    if handoff.to is not None and handoff.to not in process.members:
        ctx.add(
            "unknown_member",
            f"{path}/to",
            f"The handoff from {handoff.sources[0]} leads to {handoff.to!r}, which is no member.",
            did_you_mean(handoff.to, (*process.members, "end"), otherwise="the members are {}"),
            line=line,
        )
    if handoff.again and handoff.at_most is None:
        ctx.add("unbounded_circle", path, f"The handoff {_said(handoff)} goes again, but nothing bounds it.",
                "write at most: 3", line=line)  # fmt: skip
    if handoff.at_most is not None and not handoff.again:
        ctx.add("missing_key", f"{path}/at most", f"The handoff {_said(handoff)} has at most: but does not go again.",
                "write again: true", line=line)  # fmt: skip
    names = _names(ctx, process, handoff)
    if names is not None and handoff.when is not None:
        what = f"when of the handoff {_said(handoff)}"
        check_use(ctx, Use(path=f"{path}/when", text=handoff.when, what=what, names=names, condition=True, line=line))
    target = _workflow(ctx, process, handoff.to)
    if handoff.to is None and handoff.carry:
        sentence = f"The handoff {_said(handoff)} ends the process, so it carries nothing."
        ctx.add("type_mismatch", f"{path}/carry", sentence, "remove carry:", line=line)
    if names is None or target is None:
        return
    for name, text in handoff.carry.items():
        what = f"{name} of {target.title}, carried from {handoff.sources[0]}"
        _check_carried(ctx, f"{path}/carry/{name}", what, name, text, target.fields, names, target.title, line)


def _check_carried(
    ctx: Checking,
    path: str,
    what: str,
    name: str,
    text: Expr,
    fields: Mapping[str, Field],
    names: Names,
    owner: str,
    line: int,
) -> None:
    target = fields.get(name)
    if target is None:
        ctx.add(
            "unknown_field",
            path,
            f"{what}: {owner} has no field {name!r}.",
            did_you_mean(name, fields, otherwise="its fields are {}"),
            line=line,
        )
        return
    check_use(ctx, Use(path=path, text=text, what=what, names=names, target=target, line=line))
    source = ctx.fields.get(text.strip())
    kinds = {target.type, source.type} if source is not None else set[str]()
    if source is not None and "person" in kinds and len(kinds) > 1 and not kinds & {"text", "email", "calculated"}:
        sentence = f"{what} is a {target.type}, but {source.name} is a {source.type}."
        ctx.add("type_mismatch", path, sentence, line=line)


def _check_filling(ctx: Checking, process: Process) -> None:
    """Required fields of a member that nobody fills, and fields that two handoffs fill differently."""
    for member in process.members.values():
        workflow = _workflow(ctx, process, member.id)
        into = [one for one in process.handoffs if one.to == member.id]
        first = [one for one in into if not one.again]
        if workflow is None or not into:
            continue
        filled = {name: one for one in first for name in one.carry}
        for name in missing_inputs(workflow):
            if name not in filled:
                sources = ", ".join(str(source) for one in into for source in one.sources)
                ctx.add(
                    "unmapped_required",
                    f"handoffs/{into[0].id}",
                    f"{workflow.title} ({member.id}) needs {name} to start; no handoff carries it (from {sources}).",
                    f"write carry: {{{name}: …}}",
                    line=into[0].line,
                )
        for one in into:
            if one.again:
                continue
            for name, text in one.carry.items():
                other = filled[name]
                if other is not one and other.carry[name] != text and not _exclusive(one, other):
                    ctx.add(
                        "two_handoffs",
                        f"handoffs/{one.id}/carry/{name}",
                        f"{name} of {workflow.title} is filled by {_said(one)} ({text}) and by {_said(other)} "
                        f"({other.carry[name]}).",
                        "carry it over one of them",
                        line=one.line,
                    )


def _exclusive(one: Handoff, other: Handoff) -> bool:
    """Two outcomes of one member never come together."""
    first, second = one.sources[0], other.sources[0]
    return (
        first.member == second.member
        and first.outcome is not None
        and second.outcome is not None
        and first.outcome != second.outcome
    )


def _said(handoff: Handoff) -> str:
    to = handoff.to if handoff.to is not None else f"end {handoff.end}".rstrip()
    return f"{' or '.join(str(source) for source in handoff.sources)} → {to}"


def _check_circles(ctx: Checking, process: Process) -> None:
    """A circle of handoffs none of which is marked `again`."""
    following: dict[str, list[Handoff]] = {}
    for handoff in process.handoffs:
        if handoff.again or handoff.to is None:
            continue
        for source in handoff.sources:
            if source.member is not None:
                following.setdefault(source.member, []).append(handoff)
    done: set[str] = set()
    for start in process.members:
        trail: list[str] = []
        if circle := _circle(start, following, trail, done):
            back = next(one for one in following[circle[-1]] if one.to == circle[0])
            ctx.add(
                "unbounded_circle",
                f"handoffs/{back.id}",
                f"The handoffs go round: {' → '.join((*circle, circle[0]))}.",
                f"mark {_said(back)} with again: true and at most: 3",
                line=back.line,
                shown=(*circle, circle[0]),
            )
            return


def _circle(start: str, following: Mapping[str, list[Handoff]], trail: list[str], done: set[str]) -> list[str] | None:
    """A circle that can be met from a member, found without recursion."""
    stack = [(start, iter(following.get(start, ())))]
    trail.append(start)
    while stack:
        current, ways = stack[-1]
        handoff = next(ways, None)
        if handoff is None:
            done.add(current)
            stack.pop()
            trail.pop()
            continue
        to = handoff.to
        if to in trail:
            return trail[trail.index(to) :]
        if to is not None and to not in done:
            stack.append((to, iter(following.get(to, ()))))
            trail.append(to)
    return None


def _check_reached(ctx: Checking, process: Process) -> None:
    """Members that no handoff reaches; a member whose every way in waits for one of those."""
    reached: set[str] = set()
    changed = True
    while changed:
        changed = False
        for member in process.members:
            into = [one for one in process.handoffs if one.to == member and not one.again]
            needed = [one for one in into if not one.optional] or into
            can = bool(into) and all(
                any(source.member is None or source.member in reached for source in one.sources) for one in needed
            )
            if member not in reached and can:
                reached.add(member)
                changed = True
    for member in process.members.values():
        if member.id not in reached and not _part_of_circle(ctx):
            ctx.add(
                "unreachable_step",
                f"workflows/{member.id}",
                f"No case can come to the member {member.id!r}.",
                f"write a handoff such as {{from: start, to: {member.id}}}",
                line=member.line,
            )


def _part_of_circle(ctx: Checking) -> bool:
    return any(one.code == "unbounded_circle" and one.path for one in ctx.findings)
