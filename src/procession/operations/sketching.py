"""Mapping a process by hand: short lines become workflows and the process that joins them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from procession.engine.findings import Finding
from procession.engine.rejections import TooLarge
from procession.interchange.sketch import read_sketch
from procession.interchange.sketch_model import LONGEST, Sketch, SketchedStep
from procession.interchange.sketch_words import Known
from procession.interchange.sketched import files_of
from procession.operations import publishing
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.definitions import CheckResult, check_of
from procession.operations.publishing import FindingView, SourceFile, finding_view


@dataclass(frozen=True, slots=True, kw_only=True)
class StepSketch:
    """A step as it was understood."""

    title: str
    who: str
    """As people call them; empty where it is not clear."""
    work: str | None
    wait: str | None
    decision: bool
    milestone: str | None
    """What is reached with it."""
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkflowSketch:
    """A workflow as it was understood."""

    title: str
    owner: str | None
    """As people call the group."""
    steps: tuple[StepSketch, ...]
    line: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffSketch:
    """Work passing from one workflow to the next; workflows are counted from 1, 0 is the start."""

    source: int
    others: tuple[int, ...]
    """Further workflows of which the first to be done sets it off."""
    milestone: str | None
    """Reached in the source; null where its end sets it off."""
    optional: bool
    """It is waited for only while it can still happen."""
    to: int
    wait: str | None
    data: tuple[str, ...]
    """What it carries besides what every workflow has to know."""
    told: bool
    """False where it was taken from the order of the workflows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchView:
    """What the lines say, and the files that they make."""

    title: str
    said: dict[str, str]
    """What is said of the whole: goal, begins, ends, customer and so on."""
    workflows: tuple[WorkflowSketch, ...]
    handoffs: tuple[HandoffSketch, ...]
    findings: tuple[FindingView, ...]
    """What is wrong with the lines, each with its number."""
    next: str
    """What the next line may say."""
    files: tuple[SourceFile, ...]
    """Workflows and process as YAML; none where a line is not understood."""
    check: CheckResult | None
    """What publishing the files would say; null without files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SketchProcess(Ask):
    """Turn short lines into workflows and the process that joins them, check them, and change nothing.

    The first lines say what the process is; an empty line begins a workflow: its name and its group, then its steps as
    `what, who, work, wait`. `1>2 1d: laptop` is a handoff, `2!ordered>3` one at a milestone, `1/2>3` one of the first to be
    done, `2>4?` an optional one. Publish the files with `definition.publish`.
    """

    text: str
    """The lines, a list with bullets, or a CSV file with columns workflow, step, who, work and wait."""


@operation("definition.sketch", scope="definitions:write", http="POST /definitions/sketch")
def sketch(ctx: Context, ask: SketchProcess) -> SketchView:
    if len(ask.text) > LONGEST:
        raise TooLarge(f"A sketch has at most {LONGEST:,} characters; map the process in parts.")
    known = known_of(ctx)
    found = read_sketch(ask.text, known)
    files = tuple(SourceFile(name=name, text=text) for name, text in files_of(found, ctx.surroundings.latest).items())
    return SketchView(
        title=found.title, said=dict(found.said), next=found.next, files=files, handoffs=_handoffs(found),
        workflows=tuple(
            WorkflowSketch(
                title=one.title, owner=known.names.get(f"group:{one.owner}", one.owner) if one.owner else None,
                steps=tuple(_step(step, known) for step in one.steps), line=one.line,
            )
            for one in found.workflows
        ),
        findings=tuple(finding_view(one) for one in (*found.findings, *_again(ctx, found))),
        check=check_of(ctx, publishing.read_files(files)) if files else None,
    )  # fmt: skip


def known_of(ctx: Context) -> Known:
    """The groups, roles and people that a line may name."""
    with ctx.store.transaction(ctx.organisation) as tx:
        circles: Sequence[tuple[Literal["group", "role"], str, str]] = [
            *(("group", one.id, one.title) for one in tx.groups.list()),
            *(("role", one.id, one.title) for one in tx.roles.list()),
        ]
    people = {f"person:{one.id}": one.name for one in ctx.surroundings.directory.people.values() if one.active}
    return Known({**{f"{kind}:{id_}": title for kind, id_, title in circles}, **people})


def _again(ctx: Context, found: Sketch) -> list[Finding]:
    """A note for each workflow whose name is taken: nothing that runs is replaced by a sketch."""
    return [
        Finding(
            code="duplicate_id", severity="note", line=one.line, column=1,
            sentence=f"A workflow {one.id} is published already. This one becomes one of its own, with a number.",
            hint="take another name, or change the published one under Workflows",
        )
        for one in found.workflows
        if one.id in ctx.surroundings.latest
    ]  # fmt: skip


def _step(step: SketchedStep, known: Known) -> StepSketch:
    return StepSketch(
        title=step.title, who=known.names.get(step.who, step.who), work=str(step.work) if step.work else None,
        wait=str(step.wait) if step.wait else None, decision=step.decision, milestone=step.milestone, line=step.line,
    )  # fmt: skip


def _handoffs(found: Sketch) -> tuple[HandoffSketch, ...]:
    numbers = {one.id: place for place, one in enumerate(found.workflows, start=1)}
    return tuple(
        HandoffSketch(
            source=numbers.get(one.sources[0].workflow or "", 0), to=numbers[one.to], optional=one.optional,
            others=tuple(numbers.get(other.workflow or "", 0) for other in one.sources[1:]),
            milestone=one.sources[0].milestone,
            wait=str(one.wait) if one.wait else None, data=tuple(datum.title for datum in one.data), told=one.line > 0,
        )
        for one in found.handoffs
    )  # fmt: skip
