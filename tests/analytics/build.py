"""Small logs written by hand: times are hours of a working week that begins on Monday 5 January 2026, 09:00 UTC."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from procession.analytics.log import ActivityInstance, ProcessCase, ProcessLog
from procession.engine.calendar import WorkCalendar

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
ALWAYS = WorkCalendar(id="always", zone="UTC", hours=(((0, 1440),),) * 7)
"""Work around the clock, so that hours in an example are hours."""


def at(hours: float) -> datetime:
    """So many hours after Monday, nine o'clock."""
    return MONDAY + timedelta(hours=hours)


def hours(amount: float) -> timedelta:
    return timedelta(hours=amount)


def did(
    name: str,
    ready: float,
    started: float | None,
    ended: float,
    *releasers: str,
    opened: float | None = None,
    **more: Any,
) -> ActivityInstance:
    """One finished step. `name` is `workflow.step`, and its id."""
    workflow, step = name.split(".")[:2]
    given: dict[str, Any] = {
        "id": name,
        "case_id": workflow,
        "process_case_id": "case",
        "member": workflow,
        "workflow": workflow,
        "step": step,
        "title": step.capitalize(),
        "department": f"{workflow} team",
        "ready": at(ready),
        "started": None if started is None else at(started),
        "first_opened": None if opened is None else at(opened),
        "ended": at(ended),
        "releasers": releasers,
    }
    return ActivityInstance(**(given | more))


def case(*instances: ActivityInstance, name: str = "case", end: float | None = None, begin: float = 0) -> ProcessCase:
    ends = max(i.ended for i in instances) if end is None else at(end)
    return ProcessCase(id=name, begin=at(begin), end=ends, instances=instances)


def log(*cases: ProcessCase, **more: Any) -> ProcessLog:
    given: dict[str, Any] = {"process": "onboarding", "title": "Onboarding", "cases": cases, "calendar": ALWAYS}
    return ProcessLog(**(given | more))
