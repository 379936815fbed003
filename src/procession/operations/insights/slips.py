"""When the date of a running case has moved: whom that concerns, and telling them once.

What was said last stands in the case's own log, so that nothing is told twice, whichever worker looks. A date has moved
when it is more than one working day away from what was said last.
"""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from procession.analytics.attribution import working_day
from procession.analytics.forecast.words import day, in_words
from procession.engine.commands import NoteForecast
from procession.engine.definition import Process, Workflow
from procession.engine.instants import from_instant, to_instant
from procession.engine.moment import SYSTEM
from procession.operations.access import Caller
from procession.operations.context import Context
from procession.operations.insights.analysis import analysis_of, keep_learned, studied
from procession.operations.insights.read_log import Analysis
from procession.operations.insights.tracking import running_case
from procession.store.store import Store

MOVED: Final = 1
"""Working days: a date that moved by no more is not told."""
_LIKELY: Final = 0.5
"""The share of ways that must come to a member, before its people are told a date."""

_OPEN = """
SELECT c.definition, c.id::text, c.seq + coalesce((SELECT sum(m.seq) FROM cases m WHERE m.organisation = c.organisation
    AND m.process_case = c.id), 0)
FROM cases c WHERE c.organisation = :organisation AND c.kind = 'process' AND c.status = 'open' ORDER BY c.definition, c.id
"""

_SAID = """
SELECT seq, payload FROM events WHERE organisation = :organisation AND case_id = CAST(:case AS uuid)
    AND type = 'ForecastNoted' ORDER BY seq DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class _Said:
    """What was said last of a case."""

    seq: int
    """The number of the event; 0: nothing was."""
    ends_at: datetime | None
    begins: Mapping[str, datetime]


def open_cases(store: Store, organisation: str) -> dict[str, list[tuple[str, int]]]:
    """The running cases by their process, each with a mark that changes with every event in it."""
    found: dict[str, list[tuple[str, int]]] = {}
    with store.transaction(organisation) as tx:
        for process, case, mark in tx.rows_of(_OPEN):
            found.setdefault(process, []).append((case, int(mark)))
    return found


@contextmanager
def together(store: Store, organisation: str, process: str, at: datetime) -> Generator[Analysis | None]:
    """What several cases of one process are judged by: its log is read once, and let go after. None: it is retired."""
    ctx = Context(store=store, organisation=organisation, caller=Caller(kind="system"), at=at)
    if process not in ctx.surroundings.latest:
        yield None
        return
    with studied(ctx, ctx.definition(process)) as analysis:
        yield analysis


def look_at(store: Store, organisation: str, case_id: str, at: datetime, analysis: Analysis | None = None) -> int:
    """Forecast a case, note the dates where they have moved, and tell whom that concerns; returns how many people."""
    ctx = Context(store=store, organisation=organisation, caller=Caller(kind="system"), at=at)
    with store.transaction(organisation) as tx:
        case = tx.cases.get(case_id)
        said = _said(next(iter(tx.rows_of(_SAID, case=case_id)), None))
    if case.definition not in ctx.surroundings.latest:
        return 0
    definition = ctx.definition(case.definition)
    if not case.is_open or case.is_paused or not isinstance(definition, Process):
        return 0  # while it stands still its dates move every day: they are told when it goes on
    analysis = analysis or analysis_of(ctx, definition)
    running = running_case(ctx, definition, case_id)
    found = analysis.forecaster.forecast(running, at)
    keep_learned(ctx, definition, analysis)
    if found.usually is None:
        return 0
    begun = {one.part for one in (*running.done, *running.open)}
    begins = {
        one.part: one.begins for one in found.parts if one.chance >= _LIKELY and one.part not in begun
    }  # fmt: skip
    calendar = analysis.log.calendar
    least = MOVED * timedelta(seconds=working_day(calendar))

    def moved(before: datetime | None, now: datetime) -> bool:
        return before is not None and abs(calendar.working_between(before, now)) > least

    later = {part: begin for part, begin in begins.items() if moved(said.begins.get(part), begin)}
    ends = moved(said.ends_at, found.usually)
    if said.ends_at is not None and not later and not ends:
        return 0
    zone, year = calendar.zone, at.year
    told: dict[str, list[str]] = {}
    for part, begin in later.items():
        text = (
            f"{analysis.log.part_title(part)} probably begins on {day(begin, zone, year=year)}, not on "
            f"{day(said.begins[part], zone, year=year)}."
        )
        told[text] = _people_of(ctx, definition, part)
    if ends and said.ends_at is not None:
        text = f"{in_words(found, at, zone)} It was {day(said.ends_at, zone, year=year)}."
        told[text] = [*_group(ctx, definition.owner), *([case.starter] if case.starter else [])]
    command = NoteForecast(
        ends_at=found.usually, begins={part: to_instant(begin) for part, begin in begins.items()},
        told=tuple((text, tuple(dict.fromkeys(people))) for text, people in told.items()),
    )  # fmt: skip
    key = f"forecast/{case_id}/{said.seq}"
    store.execute(organisation, case_id, command, SYSTEM, at=at, key=key, body_hash="forecast")
    return sum(len(set(people)) for people in told.values())


def _said(row: Sequence[Any] | None) -> _Said:
    if row is None:
        return _Said(0, None, {})
    begins: Mapping[str, str] = row[1].get("begins") or {}
    return _Said(row[0], from_instant(row[1]["ends_at"]), {part: from_instant(at) for part, at in begins.items()})


def _people_of(ctx: Context, process: Process, part: str) -> list[str]:
    """Who answers for a member: its workflow's owner group."""
    workflow = ctx.definition(process.members[part].use)
    return _group(ctx, workflow.owner) if isinstance(workflow, Workflow) else []


def _group(ctx: Context, group: str | None) -> list[str]:
    return list(ctx.surroundings.directory.groups.get(group or "", ()))
