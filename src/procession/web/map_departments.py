"""The map of a process narrowed down to what one department does: its layout stays, everything else keeps quiet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from procession.drawing.model import MapContainer, MapHandoff, MapStep, ProcessMap
from procession.drawing.picture import members_of
from procession.engine.definition import Process, Workflow, walk
from procession.operations.context import Context
from procession.operations.definitions import program_of, workflows_by_id
from procession.operations.values import DefinitionRef
from procession.web.maps import called


def departments_of(ctx: Context, ref: DefinitionRef) -> dict[str, str]:
    """The departments in which a process is worked on, by their titles: owners of workflows, and those that steps name."""
    names = called(ctx)
    found = {one for workflow in _members(ctx, ref).values() for one in (workflow.owner, *_by_step(workflow).values())}
    return dict(sorted(((one, names.group(one)) for one in found if one), key=lambda pair: pair[1].casefold()))


def only(ctx: Context, ref: DefinitionRef, drawn: ProcessMap, department: str) -> ProcessMap:
    """The map with the figures of one department: its steps, its workflows, and the handoffs to and from them."""
    members = _members(ctx, ref)
    touched = {name for name, one in members.items() if one.owner == department or department in _by_step(one).values()}
    return replace(
        drawn,
        containers=tuple(_container(one, members.get(one.id), department) for one in drawn.containers),
        handoffs=tuple(one if {one.source, one.target} & touched else _quiet_handoff(one) for one in drawn.handoffs),
    )


def _members(ctx: Context, ref: DefinitionRef) -> Mapping[str, Workflow]:
    definition = program_of(ctx, ref.id, ref.version).definition
    return members_of(definition, workflows_by_id(ctx)) if isinstance(definition, Process) else {}


def _by_step(workflow: Workflow) -> dict[str, str | None]:
    return {step.id: step.department or workflow.owner for step in walk(workflow.body)}


def _container(one: MapContainer, workflow: Workflow | None, department: str) -> MapContainer:
    where = _by_step(workflow) if workflow is not None else {}
    steps = tuple(step if where.get(step.id) == department else _quiet(step) for step in one.steps)
    if workflow is not None and workflow.owner == department:
        return replace(one, steps=steps)
    return replace(one, steps=steps, heat=None, pill="", open_count=None, quiet=True)


def _quiet(step: MapStep) -> MapStep:
    return replace(step, heat=None, pill="", stated=False, quiet=True)


def _quiet_handoff(one: MapHandoff) -> MapHandoff:
    return replace(one, heat=None, pill="", stated=False, cases_per_month=0)
