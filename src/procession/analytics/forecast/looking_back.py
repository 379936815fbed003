"""A finished case as it stood at some moment: what a forecast would have known."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from procession.analytics.log import ActivityInstance, OpenActivity, ProcessCase, RunningCase

_MOMENTS: Final = 3


def running_at(case: ProcessCase, at: datetime, *, open_is_all: bool = True) -> RunningCase:
    """What was done and what was open at `at`. In a foreign log (`open_is_all` false) only what was begun is known."""
    done = [one for one in case.instances if one.ended <= at]
    open_now = [one for one in case.instances if _is_open(one, at, open_is_all)]
    return RunningCase(
        id=case.id, begin=case.begin, done=tuple(done), traits=case.traits, open_is_all=open_is_all,
        open=tuple(_opened(one, at) for one in open_now),
    )  # fmt: skip


def moments_of(case: ProcessCase) -> list[datetime]:
    """Moments at which somebody might have asked: some ends of steps, spread over the case, and the middle between."""
    ends = sorted({one.ended for one in case.instances if one.ended < case.end} | {case.begin})
    every = max(1, -(-len(ends) // _MOMENTS))
    return ends[::every]


def _is_open(one: ActivityInstance, at: datetime, open_is_all: bool) -> bool:
    if not one.ready <= at < one.ended:
        return False
    return open_is_all or (one.started is not None and one.started <= at)


def _opened(one: ActivityInstance, at: datetime) -> OpenActivity:
    return OpenActivity(
        case_id=one.process_case_id or one.case_id, part=one.part, step=one.step, ready=one.ready,
        handoff=one.handoff, title=one.title, resource=one.resource,
        first_opened=one.first_opened if one.first_opened is not None and one.first_opened <= at else None,
        started=one.started if one.started is not None and one.started <= at else None,
        until=one.ended if one.fixed_end else None, paused=tuple(p for p in one.paused if p[1] <= at),
        paused_at=next((since for since, until in one.paused if since <= at < until), None),
    )  # fmt: skip
