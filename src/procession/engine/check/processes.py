"""Processes: members, handoffs, and the data that is carried over them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from procession.engine.check.context import Checking, outcomes_of_workflow
from procession.engine.check.expressions import check_use
from procession.engine.check.process_graph import check_circles, check_reached, check_way_back, said_of
from procession.engine.check.references import check_usually, missing_inputs
from procession.engine.check.types import Names, names_of_fields
from procession.engine.check.uses import Use, base_names
from procession.engine.definition import BOUNDARIES, Expr, Field, Handoff, HandoffSource, Process, Workflow, walk
from procession.engine.findings import did_you_mean, listed


def check_process(ctx: Checking) -> None:
    """Findings about a process."""
    if not isinstance(ctx.definition, Process):
        return
    process = ctx.definition
    if not process.members:
        ctx.add("missing_key", "workflows", "The process has no members.", "write NAME: {use: WORKFLOW}")
        return  # every handoff would be told to name members that there are none of
    _check_members(ctx, process)
    for handoff in process.handoffs:
        _check_handoff(ctx, process, handoff)
    _check_filling(ctx, process)
    check_circles(ctx, process)
    check_reached(ctx, process)
    for one in process.feedback:
        _check_source(ctx, process, one.source, "feedback", one.line)
    _check_boundaries(ctx, process)


def _workflow(ctx: Checking, process: Process, member: str | None) -> Workflow | None:
    if member is None or member not in process.members:
        return None
    return (ctx.library.workflows or {}).get(process.members[member].use)


def _check_boundaries(ctx: Checking, process: Process) -> None:
    for name in process.boundaries:
        if name not in BOUNDARIES:
            ctx.add(
                "unknown_key",
                f"boundaries/{name}",
                f"The boundaries have no key {name!r}: it is shown, and nothing else looks at it.",
                did_you_mean(name, BOUNDARIES, otherwise="the keys are {}"),
                severity="warning",
            )


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
                f"{member.id} uses the workflow {member.use!r}, which is not there."
                if member.use != process.id
                else f"{member.id} uses {member.use!r}, which is this process: a member is a workflow.",
                _instead_of(ctx, process, member.use),
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
            seen = _Seen(what, inner, workflow.fields)
            _check_carried(ctx, f"{path}/take/{name}", seen, name, text, process.fields, owner, member.line)


def _instead_of(ctx: Checking, process: Process, use: str) -> str | None:
    """What to write in the place of a workflow that is not there."""
    known = ctx.library.workflows or {}
    if use == process.id:
        return f"write one of {listed(known)}" if 0 < len(known) <= 24 else "write the id of a workflow"
    return ctx.library.elsewhere.get(use) or did_you_mean(use, known)


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


@dataclass(frozen=True, slots=True)
class _Seen:
    """What an expression of a handoff sees: the source's fields, then the process's."""

    what: str
    """The expression, for messages."""
    names: Names
    fields: Mapping[str, Field]


def _seen_from(ctx: Checking, process: Process, source: HandoffSource, what: str) -> _Seen | None:
    """What is seen when this source sets a handoff off; None where its workflow is unknown."""
    names = base_names(ctx)
    if source.member is None:
        return _Seen(what, names, process.fields)
    workflow = _workflow(ctx, process, source.member)
    if workflow is None:
        return None
    return _Seen(what, names | names_of_fields(workflow.fields), {**process.fields, **workflow.fields})


def _members_apart(handoff: Handoff) -> list[HandoffSource]:
    """One source of each member: the others of that member see the same."""
    return list({source.member: source for source in reversed(handoff.sources)}.values())[::-1]


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
    check_way_back(ctx, process, handoff)
    check_usually(ctx, handoff.usually, f"{path}/usually", f"the handoff {said_of(handoff)}", line)
    target = _workflow(ctx, process, handoff.to)
    if handoff.to is None and handoff.carry:
        sentence = f"The handoff {said_of(handoff)} ends the process, so it carries nothing."
        ctx.add("type_mismatch", f"{path}/carry", sentence, "remove carry:", line=line)
    for source in _members_apart(handoff):
        seen = _seen_from(ctx, process, source, f"when of the handoff {said_of(handoff)}")
        if seen is None:
            continue
        if handoff.when is not None:
            use = Use(path=f"{path}/when", text=handoff.when, what=seen.what, names=seen.names, fields=seen.fields,
                      condition=True, line=line)  # fmt: skip
            check_use(ctx, use)
        if target is None:
            continue
        for name, text in handoff.carry.items():
            each = replace(seen, what=f"{name} of {target.title}, carried from {source}")
            _check_carried(ctx, f"{path}/carry/{name}", each, name, text, target.fields, target.title, line)


def _check_carried(
    ctx: Checking,
    path: str,
    seen: _Seen,
    name: str,
    text: Expr,
    fields: Mapping[str, Field],
    owner: str,
    line: int,
) -> None:
    target, what = fields.get(name), seen.what
    if target is None:
        ctx.add(
            "unknown_field",
            path,
            f"{what}: {owner} has no field {name!r}.",
            did_you_mean(name, fields, otherwise="its fields are {}"),
            line=line,
        )
        return
    check_use(ctx, Use(path=path, text=text, what=what, names=seen.names, fields=seen.fields, target=target, line=line))
    source = seen.fields.get(text.strip())
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
        filled = {name for one in first or into for name in one.carry}
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
        for place, one in enumerate(first):
            for name, text in one.carry.items():
                other = next((it for it in first[:place] if _fills_otherwise(it, one, name)), None)
                if other is not None:
                    ctx.add(
                        "two_handoffs",
                        f"handoffs/{one.id}/carry/{name}",
                        f"{name} of {workflow.title} is filled by {said_of(other)} ({other.carry[name]}) and by "
                        f"{said_of(one)} ({text}).",
                        "carry it over one of them, or write the same expression in both",
                        line=one.line,
                    )


def _fills_otherwise(one: Handoff, other: Handoff, name: str) -> bool:
    """Both fill the field, not alike, and may both happen."""
    alike = one.carry.get(name) in (None, other.carry[name])
    return not alike and not all(_exclusive(a, b) for a in one.sources for b in other.sources)


def _exclusive(one: HandoffSource, other: HandoffSource) -> bool:
    """Two outcomes of one member never come together; completed is any outcome but cancelled."""
    if one.member is None or one.member != other.member or one.milestone is not None or other.milestone is not None:
        return False
    outcomes = {one.outcome or "completed", other.outcome or "completed"}
    return len(outcomes) == 2 and ("completed" not in outcomes or "cancelled" in outcomes)
