"""Where a value came from: followed back over handoffs and data taken back, to the step and the person it began with."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from procession.engine import events as ev
from procession.engine.case import Case
from procession.engine.definition import Process, Workflow
from procession.engine.rejections import NotFound
from procession.operations.case_shapes import Recorded
from procession.operations.context import Context
from procession.operations.loading import history, may_see, rule_of
from procession.operations.sentences import root_field, titles
from procession.operations.values import Names
from procession.store.transaction import Transaction

FURTHEST = 20
"""Handoffs a value is followed back over at most."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """Where a value began."""

    text: str
    """`Background check, step Review the report, by Dana Kim`."""
    case: str | None
    """The case, where whoever looks may see it."""
    at: datetime | None


@dataclass(slots=True)
class Tracing:
    """Follows values back; what was read once is kept."""

    ctx: Context
    tx: Transaction
    names: Names
    _cases: dict[str, Case] = field(default_factory=dict[str, Case])
    _events: dict[str, list[Recorded]] = field(default_factory=dict[str, list[Recorded]])

    def case(self, case_id: str) -> Case:
        if case_id not in self._cases:
            self._cases[case_id] = self.tx.cases.get(case_id)
        return self._cases[case_id]

    def events(self, case_id: str) -> list[Recorded]:
        if case_id not in self._events:
            self._events[case_id] = list(history(self.tx, case_id))
        return self._events[case_id]

    def source(self, case: Case, name: str, before: int | None = None, left: int = FURTHEST) -> Source | None:
        """Where the value of a field began; None where the records do not say.

        Args:
            before: only what was recorded before this event counts.
            left: handoffs that may still be followed.
        """
        if left < 0:
            return None
        for row in reversed(self.events(case.id)):
            event = row.event
            if before is not None and row.seq >= before:
                continue
            if isinstance(event, ev.DataWritten) and any(root_field(key) == name for key in event.values):
                return self._written(case, name, row, event, left)
            if isinstance(event, ev.CaseStarted) and name in event.data:
                if event.origins.get(name) == "carried" and event.parent is not None:
                    return self._handed(case, name, event.parent, left)
                return self._here(case, row, "the start", event.starter)
        return None

    def _written(self, case: Case, name: str, row: Recorded, event: ev.DataWritten, left: int) -> Source | None:
        if event.origin != "carried":
            told = event.origin in ("typed", "edited")
            what = "a correction" if event.origin == "edited" else self._step(case, event.step)
            return self._here(case, row, what, row.actor if told else None)
        taken = self._taken(case, name, event.step, row.seq)
        if taken is None:
            return self._here(case, row, self._step(case, event.step), None)
        child, expression = taken
        if expression in self._definition(child).fields:
            return self.source(child, expression, None, left - 1)
        return self._of(child, f"calculated as {expression}", row.at)

    def _taken(self, case: Case, name: str, step: str | None, before: int) -> tuple[Case, str] | None:
        """The case that gave the value back, and the expression that took it."""
        definition = self._definition(case)
        if isinstance(definition, Process):
            member = definition.members.get(step or "")
            expression = str(member.take.get(name, "")) if member is not None else ""
        else:
            node = self.ctx.program(case.definition, case.version).nodes.get(step or "")
            expression = str(getattr(node.step.config, "take", {}).get(name, "")) if node is not None else ""
        opened = {row.event.activation for row in self.events(case.id)
                  if isinstance(row.event, ev.StepOpened) and row.event.step == step and row.seq < before}  # fmt: skip
        started = [row.event.child for row in self.events(case.id)
                   if isinstance(row.event, ev.ChildStarted) and row.event.activation in opened and row.seq < before]  # fmt: skip
        return (self.case(started[-1]), expression) if started and expression else None

    def _handed(self, case: Case, name: str, parent_id: str, left: int) -> Source | None:
        """What a case was started with: over handoffs, typed where it was missing, or by a step's `with:`."""
        parent = self.case(parent_id)
        process = self._definition(parent)
        started = next((row.seq for row in self.events(parent_id)
                        if isinstance(row.event, ev.ChildStarted) and row.event.child == case.id), None)  # fmt: skip
        if not isinstance(process, Process):
            node = self._step_of(parent, case)
            expression = str(node.get(name, ""))
            if expression in process.fields:
                return self.source(parent, expression, started, left - 1)
            return self._of(parent, f"calculated as {expression}" if expression else "", None)
        for row in reversed(self.events(parent_id)):
            event = row.event
            if started is not None and row.seq > started:
                continue
            if isinstance(event, ev.DataProvided) and event.member == case.member and name in event.values:
                return self._here(parent, row, "typed where it was missing", row.actor)
            if isinstance(event, ev.HandoffHappened) and event.to == case.member and name in event.carried:
                return self._carried(parent, process, event, name, row, left)
        return self.source(parent, name, started, left - 1) if name in process.fields else None

    def carried(self, parent: Case, row: Recorded, name: str) -> Source | None:
        """Where a value began that a handoff carried."""
        process = self._definition(parent)
        if not isinstance(process, Process) or not isinstance(row.event, ev.HandoffHappened):
            return None
        return self._carried(parent, process, row.event, name, row, FURTHEST)

    def _carried(
        self, parent: Case, process: Process, event: ev.HandoffHappened, name: str, row: Recorded, left: int
    ) -> Source | None:
        handoff = next((one for one in process.handoffs if one.id == event.handoff), None)
        expression = str(handoff.carry.get(name, "")) if handoff is not None else ""
        source = self._member_case(parent, event, row.seq)
        if source is not None and expression in self._definition(source).fields:
            return self.source(source, expression, None, left - 1)
        if expression in process.fields:
            return self.source(parent, expression, row.seq, left - 1)
        return self._of(source or parent, f"calculated as {expression}" if expression else "", row.at)

    def _member_case(self, parent: Case, event: ev.HandoffHappened, before: int) -> Case | None:
        """The case of the member that a handoff came from."""
        started = [row.event.child for row in self.events(parent.id)
                   if isinstance(row.event, ev.ChildStarted) and row.event.activation == event.activation
                   and row.seq < before]  # fmt: skip
        return self.case(started[-1]) if started and event.source is not None else None

    def _step_of(self, parent: Case, child: Case) -> dict[str, str]:
        """The `with:` of the step that started a case."""
        opened = next((row.event.step for row in self.events(parent.id) if isinstance(row.event, ev.StepOpened)
                       and row.event.activation == child.parent_activation), "")  # fmt: skip
        node = self.ctx.program(parent.definition, parent.version).nodes.get(opened)
        return dict(getattr(node.step.config, "with_", {})) if node is not None else {}

    def _definition(self, case: Case) -> Workflow | Process:
        return self.ctx.definition(case.definition, case.version)

    def _step(self, case: Case, step: str | None) -> str:
        return f"step {titles(self._definition(case)).get(step, step)}" if step else ""

    def _here(self, case: Case, row: Recorded, what: str, person: str | None) -> Source:
        by = f"by {self.names(person)}" if person else ""
        return self._of(case, ", ".join(part for part in (what, by) if part), row.at)

    def _of(self, case: Case, what: str, at: datetime | None) -> Source:
        try:
            title = rule_of(self.ctx, case.definition, case.version).title
        except NotFound:
            title = case.definition
        visible = may_see(self.ctx, self.tx, case)
        return Source(text=f"{title}, {what}" if what else title, case=case.id if visible else None, at=at)
