"""What the structure of a process lacks before any case has run: somebody who answers, a way back, a way up.

These are warnings: a process without feedback runs, it only never learns. They need no data, so the map shows them on
the first day.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from procession.engine.check.context import Checking
from procession.engine.definition import Handoff, Process, Workflow, walk
from procession.engine.findings import listed

STRUCTURAL_CODES: Final = (
    "missing_feedback", "ownerless_handoff", "only_receives", "missing_escalation", "missing_knowledge",
)  # fmt: skip
"""The codes that speak of what a process lacks."""

_SUPPORT: Final = ("support", "help desk", "helpdesk", "service desk", "ticket")
"""A process is one of support when it is tagged `support` or its title has one of these words."""


def check_structure(ctx: Checking) -> None:
    """Warn about what a process lacks. Silent where a member's workflow is unknown: half a picture judges nothing."""
    process = ctx.definition
    if not isinstance(process, Process) or ctx.library.workflows is None:
        return
    workflows = {
        member.id: ctx.library.workflows[member.use]
        for member in process.members.values()
        if member.use in ctx.library.workflows
    }
    if len(workflows) < max(len(process.members), 2):
        return
    _feedback(ctx, process)
    _owners(ctx, process, workflows)
    _receivers(ctx, process, workflows)
    if _is_support(process):
        _support(ctx, process, workflows)


def _feedback(ctx: Checking, process: Process) -> None:
    """Nothing goes back: no question is asked of those who work earlier, and no handoff returns."""
    if process.feedback or any(handoff.again for handoff in process.handoffs):
        return
    ctx.add(
        "missing_feedback",
        "workflows",
        f"{process.title} passes work on, and nothing comes back: whoever hands over never learns whether it was "
        "complete.",
        "write feedback: {from: MEMBER.completed, to: GROUP, ask: Was everything there?}",
        severity="warning",
    )


def _owners(ctx: Checking, process: Process, workflows: dict[str, Workflow]) -> None:
    for handoff in process.handoffs:
        target = workflows.get(handoff.to) if handoff.to is not None else None
        if target is not None and target.owner is None and handoff.owner is None:
            ctx.add(
                "ownerless_handoff",
                f"handoffs/{handoff.id}",
                f"Nobody answers for the handoff from {handoff.sources[0]} to {handoff.to}: neither it nor "
                f"{target.title} has an owner.",
                f"write owner: GROUP on the handoff, or in {target.id}",
                severity="warning",
                line=handoff.line,
            )


def _receivers(ctx: Checking, process: Process, workflows: dict[str, Workflow]) -> None:
    """A department into which work flows, and from which nothing comes: no handoff, no data, no answer."""
    receives = dict[str, Handoff]()
    gives = {one.owner for member, one in workflows.items() if process.members[member].take}
    gives |= {workflows[one.source.member].owner for one in process.feedback if one.source.member in workflows}
    for handoff, source, target in _crossings(process, workflows):
        gives.add(source)
        receives.setdefault(target, handoff)
    for department, handoff in receives.items():
        if department not in gives:
            theirs = listed([one.title for one in workflows.values() if one.owner == department])
            ctx.add(
                "only_receives",
                f"handoffs/{handoff.id}",
                f"The department {department} only receives: nothing of {theirs} goes on to others, back to the process, "
                "or back as an answer.",
                "write take: {FIELD: EXPRESSION} on its workflow, or feedback: from it",
                severity="warning",
                line=handoff.line,
            )


def _crossings(process: Process, workflows: dict[str, Workflow]) -> Iterator[tuple[Handoff, str, str]]:
    """The handoffs between departments: handoff, department it leaves, department it comes to."""
    for handoff in process.handoffs:
        target = workflows[handoff.to].owner if handoff.to in workflows else None
        for source in handoff.sources:
            owner = workflows[source.member].owner if source.member in workflows else process.owner
            if owner is not None and target is not None and owner != target:
                yield handoff, owner, target


def _is_support(process: Process) -> bool:
    said = process.title.casefold()
    return "support" in process.tags or any(word in said for word in _SUPPORT)


def _support(ctx: Checking, process: Process, workflows: dict[str, Workflow]) -> None:
    if not any(_escalates(one) for one in workflows.values()):
        ctx.add(
            "missing_escalation",
            "workflows",
            f"{process.title} has no way up: no member is for escalation, and no step has escalate:.",
            "write escalate: on the steps that must not wait, or add a workflow tagged escalation",
            severity="warning",
        )
    if not any(_knows(one) for one in workflows.values()):
        ctx.add(
            "missing_knowledge",
            "workflows",
            f"{process.title} has no source of knowledge: every question is answered as if it were the first.",
            "tag the workflow, or name a step or field, that looks solutions up or keeps them: knowledge",
            severity="warning",
        )


def _escalates(workflow: Workflow) -> bool:
    named = "escalat" in workflow.id or "escalat" in workflow.title.casefold() or "escalation" in workflow.tags
    return named or any(step.escalate for step in walk(workflow.body))


def _knows(workflow: Workflow) -> bool:
    steps = [text for step in walk(workflow.body) for text in (step.title, step.instructions or "")]
    said = (
        *workflow.tags,
        workflow.title,
        *workflow.fields,
        *(field.label or "" for field in workflow.fields.values()),
    )
    return any("knowledge" in text.casefold() for text in (*steps, *said))
