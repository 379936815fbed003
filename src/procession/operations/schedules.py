"""Workflows and processes whose cases start by themselves: when the next one does, and how the latest went."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from procession.engine.definition import Definition
from procession.engine.schedules import Missed
from procession.operations.catalogue import Ask, operation
from procession.operations.context import Context
from procession.operations.values import DefinitionRef, definition_ref
from procession.store.schedules import ScheduleRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleView:
    """When cases start by themselves."""

    sentence: str
    """In words, such as `every Monday 09:00`."""
    next_at: datetime | None
    """When the next case starts; null where none is to come."""
    missed: Missed
    """What becomes of runs that no worker was there to start: one case for all of them, none, or each."""
    last_at: datetime | None
    """When the latest case was to start."""
    last_case: str | None
    """The case that started then."""
    last_error: str | None
    """Why none did."""


def schedule_view(ctx: Context, definition: Definition, row: ScheduleRow | None) -> ScheduleView | None:
    """The schedule of a newest version; None where cases start by hand only."""
    start = definition.start
    if start.schedule is None:
        return None
    return ScheduleView(
        sentence=str(start.schedule), next_at=start.schedule.next_after(ctx.at, ctx.surroundings.calendar),
        missed=start.missed, last_at=row.last_at if row else None, last_case=row.last_case if row else None,
        last_error=row.last_error if row else None,
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleLine:
    """A workflow or process whose cases start by themselves."""

    workflow: DefinitionRef
    schedule: ScheduleView


@dataclass(frozen=True, slots=True, kw_only=True)
class ListSchedules(Ask):
    """The workflows and processes whose cases start by themselves, the next one first."""


@operation("schedule.list", scope="definitions:read", http="GET /schedules")
def list_schedules(ctx: Context, ask: ListSchedules) -> tuple[ScheduleLine, ...]:
    with ctx.store.transaction(ctx.organisation) as tx:
        rows = {row.definition: row for row in tx.schedules.list()}
    found: list[ScheduleLine] = []
    for id_, version in ctx.surroundings.latest.items():
        definition = ctx.definition(id_)
        view = schedule_view(ctx, definition, rows.get(id_))
        if view is not None:
            found.append(ScheduleLine(workflow=definition_ref(definition, version), schedule=view))
    return tuple(sorted(found, key=_by_time))


def _by_time(line: ScheduleLine) -> tuple[bool, float, str]:
    at = line.schedule.next_at
    return at is None, at.timestamp() if at else 0.0, line.workflow.id
