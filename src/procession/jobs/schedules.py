"""Cases that start by themselves, at the moments their definition's schedule names.

A worker plans the next run of each schedule whenever people, calendars or definitions have changed, and starts what is
due. The case is started under a key made of definition and moment, so each run has happened exactly once or not yet,
however many workers there are and whenever one dies.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, takewhile

import structlog

from procession.engine.calendar import WorkCalendar
from procession.engine.commands import StartCase
from procession.engine.definition import Start
from procession.engine.moment import SYSTEM
from procession.engine.rejections import NotFound, Rejection
from procession.store.schedules import ScheduleRow
from procession.store.store import Store

log = structlog.get_logger()

LATE_AFTER = timedelta(minutes=5)
"""A run that begins later than this after its moment was missed: `missed:` says what becomes of it."""

MOST_MISSED = 100
"""Missed runs that `missed: all` starts afterwards, the latest ones; what is older stays missed."""

_MOST_READ = 100_000
"""Missed runs that are looked at: a year of runs every five minutes."""


def start_due(store: Store, at: datetime | None = None) -> int:
    """Start every case that is due by its schedule, in all organisations; returns how many were started."""
    at = at or datetime.now(UTC)
    started = 0
    for organisation in store.organisations_with_due_schedules(at):
        plan(store, organisation, at)
        while (row := _claim(store, organisation, at)) is not None:
            started += _run(store, organisation, row, at)
    return started


def _claim(store: Store, organisation: str, at: datetime) -> ScheduleRow | None:
    with store.transaction(organisation) as tx:
        return tx.schedules.claim(at)


def plan(store: Store, organisation: str, at: datetime) -> None:
    """Work out the next run of every schedule, if the organisation has changed since that was done last.

    A run that is due already stays; one to come moves with the calendar and the definition.
    """
    surroundings = store.surroundings(organisation)
    with store.transaction(organisation) as tx:
        if tx.schedules.lock_plan() >= surroundings.version:
            return
        known = {row.definition: row for row in tx.schedules.list()}
        planned: set[str] = set()
        for definition, version in surroundings.latest.items():
            start = store.definition(organisation, definition, version).start
            if start.schedule is None:
                continue
            planned.add(definition)
            before = known.get(definition)
            if before is not None and before.next_at is not None and before.next_at <= at:
                continue
            since = at if before is not None else min(tx.definitions.get(definition, version).published_at, at)
            tx.schedules.put(definition, start.schedule.next_after(since, surroundings.calendar))
        tx.schedules.pause_others(planned)
        tx.schedules.planned(surroundings.version)


@dataclass(frozen=True, slots=True)
class _Due:
    """Which runs are started now, and when the next one is."""

    runs: tuple[datetime, ...]
    next_at: datetime | None
    latest: datetime | None
    """The latest moment that has passed; None where the calendar has none any more."""


def _due(start: Start, first: datetime, calendar: WorkCalendar, at: datetime) -> _Due:
    """What is to be done about the runs from `first` up to now."""
    assert start.schedule is not None
    later = start.schedule.runs_after(first - timedelta(microseconds=1), calendar)
    passed = list(islice(takewhile(lambda run: run <= at, later), _MOST_READ))
    next_at = start.schedule.next_after(at, calendar)
    if not passed:
        return _Due((), next_at, None)
    if start.missed == "all":
        runs = tuple(passed[-MOST_MISSED:])
    else:
        in_time = at - passed[-1] <= LATE_AFTER
        runs = (passed[-1],) if in_time or start.missed == "once" else ()
    return _Due(runs, next_at, passed[-1])


def _run(store: Store, organisation: str, row: ScheduleRow, at: datetime) -> int:
    """Start what is due of one schedule; returns the number of cases."""
    surroundings = store.surroundings(organisation)
    assert row.next_at is not None
    try:
        start = store.definition(organisation, row.definition).start
    except NotFound:  # retired meanwhile; the next plan forgets it
        start = Start()
    if start.schedule is None:
        _note(store, organisation, row, _Due((), None, None), row.last_case, row.last_error)
        return 0
    due = _due(start, row.next_at, surroundings.calendar, at)
    case_id, error = row.last_case, row.last_error
    started = 0
    for moment in due.runs:
        key = f"schedule/{row.definition}/{moment.isoformat()}"
        try:
            committed = store.start(
                organisation, row.definition, StartCase(), SYSTEM, at=at, key=key, body_hash="schedule"
            )
            case_id, error = committed.case.id, None
            started += not committed.replayed
        except Rejection as refused:
            case_id, error = None, refused.message
            log.warning("scheduled start refused", organisation=organisation, definition=row.definition, error=error)
    if due.latest is not None and not due.runs:
        case_id, error = None, f"It was missed: no worker ran at {due.latest:%Y-%m-%d %H:%M} UTC."
    _note(store, organisation, row, due, case_id, error)
    return started


def _note(
    store: Store, organisation: str, row: ScheduleRow, due: _Due, case_id: str | None = None, error: str | None = None
) -> None:
    with store.transaction(organisation) as tx:
        tx.schedules.ran(
            row, next_at=due.next_at, case_id=case_id, error=error, last_at=due.latest or row.last_at
        )  # fmt: skip
