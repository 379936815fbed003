"""Event logs of others as process logs, for grading: what a log leaves out is estimated, and marked so.

A step was released by the last step before it that is not concurrent to it; two steps are concurrent where they overlap
in more than a twentieth of the cases that have both. Working hours are the hours of the week that hold activity.
"""

from __future__ import annotations

import csv
import gzip
import io
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from procession.analytics.log import ActivityInstance, ProcessCase, ProcessLog
from procession.engine.calendar import Hours, WorkCalendar


@dataclass(frozen=True, slots=True)
class Columns:
    """Which column is which."""

    case: str
    activity: str
    end: str
    start: str | None = None
    resource: str | None = None
    traits: tuple[str, ...] = ()
    """Columns whose value is known at the beginning of a case."""


@dataclass(frozen=True, slots=True)
class _Row:
    case: str
    activity: str
    start: datetime | None
    end: datetime
    resource: str
    traits: dict[str, object]


def read_log(path: Path, columns: Columns) -> ProcessLog:
    """A log of completed steps; cases that overlap the log's end are kept, as nothing marks them."""
    rows = list(_rows(path, columns))
    calendar = _calendar(rows)
    cases: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        cases[row.case].append(row)
    concurrent = _concurrent(cases.values())
    found = [
        _case(name, sorted(of, key=lambda one: (one.start or one.end, one.end)), concurrent)
        for name, of in cases.items()
    ]
    return ProcessLog(process=path.stem, cases=tuple(sorted(found, key=lambda one: one.begin)), calendar=calendar)


def _rows(path: Path, columns: Columns):
    opened = gzip.open if path.suffix == ".gz" else open
    with opened(path, "rt", encoding="utf-8-sig") as stream:
        for line in csv.DictReader(io.StringIO(stream.read())):
            if not line[columns.end]:
                continue
            start = _moment(line[columns.start]) if columns.start and line[columns.start] else None
            end = _moment(line[columns.end])
            yield _Row(
                line[columns.case],
                line[columns.activity].strip(),
                min(start, end) if start else None,
                end,
                line[columns.resource] if columns.resource else "",
                {name: _value(line[name]) for name in columns.traits},
            )


def _moment(text: str) -> datetime:
    at = datetime.fromisoformat(text)
    return at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)


def _value(text: str) -> object:
    try:
        return float(text.strip('"'))
    except ValueError:
        return text


def _concurrent(cases) -> set[tuple[str, str]]:
    together: Counter[tuple[str, str]] = Counter()
    overlapping: Counter[tuple[str, str]] = Counter()
    for rows in cases:
        pairs: set[tuple[str, str]] = set()
        overlaps: set[tuple[str, str]] = set()
        for a in rows:
            for b in rows:
                if a.activity < b.activity:
                    pairs.add((a.activity, b.activity))
                    if a.start and b.start and a.start < b.end and b.start < a.end:
                        overlaps.add((a.activity, b.activity))
        together.update(pairs)
        overlapping.update(overlaps)
    found = {pair for pair, count in overlapping.items() if count > 0.05 * together[pair]}
    return found | {(b, a) for a, b in found}


def _case(name: str, rows: list[_Row], concurrent: set[tuple[str, str]]) -> ProcessCase:
    begin = min(row.start or row.end for row in rows)
    instances: list[ActivityInstance] = []
    for index, row in enumerate(rows):
        start = row.start or row.end
        before = [
            one for one in instances
            if one.ended <= start and (one.step, row.activity) not in concurrent
        ]  # fmt: skip
        last = max(before, key=lambda one: one.ended, default=None)
        releasers = [last.id] if last is not None else []
        if last is not None:  # what ran beside the last one was waited for too
            releasers += [
                one.id
                for one in before
                if one is not last and one.ended > last.ready and (one.step, last.step) in concurrent
            ]
        instances.append(
            ActivityInstance(
                id=f"{name}.{index}", case_id=name, workflow="log", step=row.activity, title=row.activity,
                resource=row.resource or None, ready=last.ended if last is not None else min(start, begin),
                started=row.start, ended=row.end, releasers=tuple(releasers), evidence="estimated",
            )
        )  # fmt: skip
    return ProcessCase(
        id=name, begin=begin, end=max(one.ended for one in instances), instances=tuple(instances),
        traits=dict(rows[0].traits),
    )  # fmt: skip


def _calendar(rows: list[_Row]) -> WorkCalendar:
    """The hours of the week that hold at least a twentieth of what the busiest hour holds."""
    busy: Counter[tuple[int, int]] = Counter()
    for row in rows:
        for at in (row.start, row.end):
            if at is not None and (row.start is None or row.start != row.end):
                busy[at.weekday(), at.hour] += 1
    most = max(busy.values(), default=1)
    hours: list[Hours] = []
    for day in range(7):
        open_ = [hour for hour in range(24) if busy[day, hour] >= 0.05 * most]
        hours.append(((60 * min(open_), 60 * (max(open_) + 1)),) if open_ else ())
    if not any(hours):
        hours = [((0, 1440),)] * 7
    return WorkCalendar(id="found", zone="UTC", hours=tuple(hours))


__all__ = ["Columns", "read_log", "timedelta"]
