"""What is wrong with a definition, before anybody runs it.

```python
findings = check(workflow, Library(workflows=…), source)
publishable = not any(one.severity == "error" for one in findings)
```
"""

from __future__ import annotations

from collections.abc import Mapping

from procession.engine.check.context import Checking, outcomes_of, outcomes_of_workflow
from procession.engine.check.data import check_data
from procession.engine.check.expressions import check_expressions
from procession.engine.check.fields import check_fields, check_forms
from procession.engine.check.flow import check_flow
from procession.engine.check.kinds import check_kinds
from procession.engine.check.library import Library
from procession.engine.check.processes import check_process
from procession.engine.check.references import check_references, missing_inputs
from procession.engine.check.schedules import check_schedule
from procession.engine.check.structure import STRUCTURAL_CODES, check_structure
from procession.engine.check.tables import check_tables
from procession.engine.definition import Process, Workflow
from procession.engine.findings import Finding, Position, Severity, Source

CODES: Mapping[str, str] = {
    "yaml_error": "The file is not YAML that can be read.",
    "unclear_line": "A line of a sketch that cannot be understood.",
    "unknown_key": "A key that the language does not have; the nearest known one is named.",
    "missing_key": "A key that is needed and not there.",
    "unknown_field": "A name that is no field where it stands.",
    "unknown_step": "A name that is no step.",
    "unknown_outcome": "An outcome that the step or workflow never has.",
    "unknown_milestone": "A milestone that no step reaches.",
    "unknown_member": "A member that the process does not have.",
    "unknown_handoff": "A handoff that the process does not have.",
    "unknown_workflow": "A workflow that is neither in the folder nor published.",
    "unknown_decision": "A shared decision that is neither in the folder nor published.",
    "unknown_calendar": "A working calendar that is not there.",
    "unknown_setting": "A setting that the administrator has not set.",
    "unknown_job": "A kind of job that is not built in.",
    "unknown_person": "A person whom nobody knows.",
    "unknown_group": "A group or role without members.",
    "type_mismatch": "A value of another type or form than is needed.",
    "expression_error": "An expression that cannot be read.",
    "duplicate_id": "Two things of one name.",
    "arrow_into_block": "An arrow that leads into a block from outside.",
    "table_gap": "Input that no rule of a decision table answers.",
    "table_overlap": "Input that two rules of a decision table answer differently.",
    "not_ready_to_automate": "A step of people that a machine would do, and that is not ready for it; said at publishing.",
    "automates_people": "A step of people that a machine would do, and what that does to the whole; said at publishing.",
    "never_true": "A condition that can never be true.",
    "no_otherwise": "A choice that does nothing when no condition is true.",
    "unreachable_step": "A step that no case can come to.",
    "never_ends": "A place from which a case cannot reach its end, with the shortest path to it.",
    "work_left_open": "Work that is still open when the case ends.",
    "busy_loop": "A circle in which nothing waits.",
    "unbounded_circle": "Handoffs that go round without a bound.",
    "two_writers": "Two branches that write one field.",
    "two_handoffs": "Two handoffs that fill one field differently.",
    "missing_feedback": "A process in which nothing comes back to those who work earlier.",
    "ownerless_handoff": "A handoff for which nobody answers.",
    "only_receives": "A department into which work flows, and from which nothing comes.",
    "missing_escalation": "A process of support without a way up.",
    "missing_knowledge": "A process of support without a source of knowledge.",
    "unknown_measure": "A survey that asks for a measure which is not there.",
    "unmapped_required": "A required field of the target that nobody fills.",
    "retyped_mail": "A mail followed by typing what it said.",
    "agent_contract": "An agent without writes, on failure, review, budget or modes of its tools.",
    "not_available": "The language has it, this version does not run it.",
    "too_large_to_check": "More states than can be looked at.",
}
"""Every code that a finding may have."""


def check(
    definition: Workflow | Process, library: Library | None = None, source: Source | None = None
) -> list[Finding]:
    """Everything to be said about a definition, in the order of its file. Never raises."""
    ctx = Checking(definition, library or Library(), source or Source())
    check_fields(ctx)
    check_forms(ctx)
    check_references(ctx)
    check_schedule(ctx)
    check_kinds(ctx)
    if isinstance(definition, Process):
        check_process(ctx)
        check_structure(ctx)
    else:
        check_tables(ctx)
        check_flow(ctx)
        check_data(ctx)
    check_expressions(ctx)
    unique = dict.fromkeys(_Key(one) for one in ctx.findings)
    return sorted((key.finding for key in unique), key=lambda one: (one.line, one.column))


class _Key:
    """A finding as a key: the same sentence at the same place is said once."""

    def __init__(self, finding: Finding) -> None:
        self.finding = finding
        self.key = (finding.code, finding.line, finding.column, finding.sentence)

    def __hash__(self) -> int:
        return hash(self.key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Key) and self.key == other.key


__all__ = [
    "CODES",
    "STRUCTURAL_CODES",
    "Finding",
    "Library",
    "Position",
    "Severity",
    "Source",
    "check",
    "missing_inputs",
    "outcomes_of",
    "outcomes_of_workflow",
]
