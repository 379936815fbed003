"""What the checks share: the definition, its surroundings, and the findings so far."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from procession.engine.check.library import Library
from procession.engine.definition import Field, Process, Scope, Step, Workflow, walk
from procession.engine.findings import Finding, Severity, Source
from procession.engine.steps import LATER_KINDS, step_types


@dataclass
class Checking:
    """One run of `check` over one definition."""

    definition: Workflow | Process
    library: Library
    source: Source
    findings: list[Finding] = field(default_factory=list[Finding])

    def add(
        self,
        code: str,
        path: str,
        sentence: str,
        hint: str | None = None,
        *,
        severity: Severity = "error",
        line: int = 0,
        offset: tuple[int, int] = (0, 0),
        shown: tuple[str, ...] = (),
        example: Mapping[str, str] | None = None,
    ) -> None:
        """Record a finding at the part that `path` names; `offset` counts lines and columns into it."""
        at = self.source.at(path, line)
        self.findings.append(
            Finding(
                code=code,
                sentence=sentence,
                hint=hint,
                severity=severity,
                file=self.source.file,
                line=at.line + offset[0],
                column=at.column + offset[1] if not offset[0] else 1 + offset[1],
                path=shown,
                example=example,
            )
        )

    @property
    def fields(self) -> Mapping[str, Field]:
        return self.definition.fields

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """Every step, blocks and steps written in place included."""
        return tuple(step for scope in self.roots for step in walk(scope))

    @cached_property
    def roots(self) -> tuple[Scope, ...]:
        """The body, and the steps of `on cancel:`."""
        if isinstance(self.definition, Process):
            return ()
        extra = self.definition.on_cancel
        return (self.definition.body,) if extra is None else (self.definition.body, extra)

    @cached_property
    def by_id(self) -> Mapping[str, Step]:
        return {step.id: step for step in self.steps}

    @cached_property
    def step_names(self) -> tuple[str, ...]:
        """Titles, then ids, for hints."""
        return (*(step.title for step in self.steps), *self.by_id)

    @cached_property
    def expression_names(self) -> frozenset[str]:
        """Names that every expression of the definition sees, those of items included."""
        items = {step.config.as_ for step in self.steps if step.kind == "each"}
        return frozenset({*self.fields, *items, "starter", "settings", "case", "assignee"})

    @cached_property
    def milestones(self) -> frozenset[str]:
        return frozenset(step.milestone for step in self.steps if step.milestone)


def outcomes_of(step: Step, library: Library) -> tuple[str, ...] | None:
    """The outcomes that an `on OUTCOME:` of the step may catch; None where any may come."""
    if step.kind in LATER_KINDS:
        return None
    if step.kind == "workflow":
        child = (library.workflows or {}).get(step.config.use)
        return None if child is None else (*outcomes_of_workflow(child), "cancelled")
    if step.kind == "wait":
        return waits_for(step)
    found = step_types()[step.kind].outcomes(step)
    return (*found, "failed") if step.kind == "automate" else found


def waits_for(step: Step) -> tuple[str, ...]:
    """What a wait can end by."""
    config = step.config
    ways = (
        ("time", config.for_ is not None or config.until is not None),
        ("message", config.message is not None),
        ("reached", config.reached is not None),
    )
    return tuple(name for name, there in ways if there)


def outcomes_of_workflow(workflow: Workflow) -> tuple[str, ...]:
    """The outcomes that a case of the workflow can end with, in the order of the file; never `cancelled`."""
    found: dict[str, None] = {}
    for outcome in _ends(workflow):
        found[outcome or workflow.outcome] = None
    return tuple(found)


def _ends(workflow: Workflow) -> Iterator[str]:
    states = workflow.body.kind == "states"
    if not states:
        yield ""
    for step in walk(workflow.body):
        if step.kind == "end":
            yield step.config.outcome
        if step.kind == "state" and step.config.outcome is not None:
            yield step.config.outcome
        if step.kind == "approval" and "reject" in step.config.outcomes and "reject" not in step.on:
            yield "rejected"
        for _, target in step.targets():
            if target.end is not None:
                yield target.end
