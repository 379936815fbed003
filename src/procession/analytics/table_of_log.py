"""Our own recorded history as columns, so that it is measured and written like any other log."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np

from procession.analytics.instances import Codes, InstanceTable
from procession.analytics.log import MACHINE_KINDS, ActivityInstance, ProcessLog
from procession.analytics.pauses import within

_Row = tuple[int, ActivityInstance]
"""The number of a case, and what was done in it."""

NEVER = -1
"""A moment that there was not."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND = timedelta(microseconds=1)


def table_of(log: ProcessLog) -> InstanceTable:
    """The finished cases of a process or workflow as a table; nothing in it is estimated but what the log marks.

    A step is called by its title, with its workflow where two workflows have steps of that title. What was finished in one
    go has no beginning of its own: its `start` is its end, and marked.

    Traits: `id`, `place` (`access/create`: member or workflow, and step), `kind`, `handoff` (the one that released it, or
    empty), `first_opened` (microseconds, -1 where nobody looked before it ended), `outside` and `machine` (no person of
    ours did it), `assigned` (microseconds, -1 where it lay before a group).
    """
    rows: list[_Row] = [(number, one) for number, case in enumerate(log.cases) for one in case.instances]
    titles = _titles(log)
    steps = sorted(set(titles.values()))
    people = sorted({one.resource for _, one in rows if one.resource})
    places = sorted({one.department for _, one in rows if one.department})
    parts = sorted({log.part_title(one.part) for _, one in rows})
    moments = np.array([_moments(one) for _, one in rows], np.int64).reshape(-1, 3)
    order = np.lexsort(
        (np.arange(len(rows)), moments[:, 1], moments[:, 2], np.array([number for number, _ in rows], np.int64))
    )
    rows = [rows[int(place)] for place in order]
    moments = moments[order]
    return InstanceTable(
        case=np.array([number for number, _ in rows], np.int32),
        step=_coded([titles[one.part, one.step] for _, one in rows], steps),
        resource=_coded([one.resource for _, one in rows], people),
        department=_coded([one.department for _, one in rows], places),
        workflow=_coded([log.part_title(one.part) for _, one in rows], parts),
        ready=moments[:, 0].copy(),
        start=moments[:, 1].copy(),
        end=moments[:, 2].copy(),
        ready_estimated=np.array([one.evidence == "estimated" for _, one in rows], np.bool_),
        start_estimated=np.array([_start_is_unknown(one) for _, one in rows], np.bool_),
        released_by=_releasers(log, rows),
        pauses=_pauses(rows),
        case_names=[case.id for case in log.cases],
        step_names=steps,
        resource_names=people,
        department_names=places,
        workflow_names=parts,
        case_traits=_traits(log),
        traits=_more(rows),
    )


def _more(rows: list[_Row]) -> dict[str, Sequence[object]]:
    def moments(values: list[datetime | None]) -> list[int]:
        return [NEVER if at is None else (at - _EPOCH) // _MICROSECOND for at in values]

    return {
        "id": [one.id for _, one in rows],
        "place": [one.site.key for _, one in rows],
        "kind": [one.kind for _, one in rows],
        "handoff": [one.handoff or "" for _, one in rows],
        "first_opened": moments([one.first_opened for _, one in rows]),
        "assigned": moments([one.assigned for _, one in rows]),
        "outside": [one.is_outside for _, one in rows],
        "machine": [one.kind in MACHINE_KINDS and not one.is_outside for _, one in rows],
    }


def _pauses(rows: list[_Row]) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    found = [
        (row, (since - _EPOCH) // _MICROSECOND, (until - _EPOCH) // _MICROSECOND)
        for row, (_, one) in enumerate(rows) if one.paused
        for since, until in within(one.paused, one.ready, one.ended)
    ]  # fmt: skip
    return np.array(found, np.int64).reshape(-1, 3)


def _coded(values: Sequence[str | None], names: Sequence[str]) -> Codes:
    code_of = {name: code for code, name in enumerate(names)}
    return np.array([code_of.get(value or "", -1) for value in values], np.int32)


def _titles(log: ProcessLog) -> dict[tuple[str, str], str]:
    found: dict[tuple[str, str], str] = {}
    for case in log.cases:
        for one in case.instances:
            found.setdefault((one.part, one.step), one.title or one.step)
    often = Counter(found.values())
    return {key: title if often[title] == 1 else f"{title} ({log.part_title(key[0])})" for key, title in found.items()}


def _moments(one: ActivityInstance) -> tuple[int, int, int]:
    begun = one.started or (one.ready if one.kind in MACHINE_KINDS or one.is_outside else one.ended)
    begun = min(max(begun, one.ready), one.ended)
    ready, start, end = ((at - _EPOCH) // _MICROSECOND for at in (one.ready, begun, one.ended))
    return ready, start, end


def _start_is_unknown(one: ActivityInstance) -> bool:
    recorded = one.started is not None or one.kind in MACHINE_KINDS or one.is_outside
    return one.evidence == "estimated" or not recorded


def _releasers(log: ProcessLog, rows: list[_Row]) -> Codes:
    place = {(number, one.id): row for row, (number, one) in enumerate(rows)}
    by_id = [case.by_id() for case in log.cases]
    found = np.full(len(rows), -1, np.int32)
    for row, (number, one) in enumerate(rows):
        releaser = log.cases[number].last_releaser(one, by_id[number])
        if releaser is not None and place[number, releaser.id] < row:
            found[row] = place[number, releaser.id]
    return found


def _traits(log: ProcessLog) -> dict[str, list[object]]:
    names = sorted({name for case in log.cases for name in case.traits})
    return {name: [case.traits.get(name) for case in log.cases] for name in names}
