"""Tables written by hand: `case, step, resource, ready, start, end` in seconds after Monday, nine o'clock."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from procession.analytics.estimating import estimate
from procession.analytics.instances import InstanceTable
from procession.analytics.waiting.causes import Cause
from procession.analytics.waiting.decompose import Decomposition, decompose
from procession.analytics.waiting.hours import OpenHours, around_the_clock

SECOND = 1_000_000
MONDAY = 1_767_603_600 * SECOND
"""5 January 2026, 09:00 UTC, in microseconds since 1970."""

Row = tuple[str, str, str | None, float | None, float, float]


def table(*rows: Row, **traits: Sequence[Any]) -> InstanceTable:
    """A row whose `ready` is None has it estimated. Traits are given in the order of the rows."""
    cases = list(dict.fromkeys(row[0] for row in rows))
    steps = list(dict.fromkeys(row[1] for row in rows))
    people = list(dict.fromkeys(row[2] for row in rows if row[2] is not None))
    order = sorted(range(len(rows)), key=lambda i: (cases.index(rows[i][0]), rows[i][5], rows[i][4], i))
    ordered = [rows[i] for i in order]
    unknown = np.full(len(rows), -1, dtype=np.int32)

    def moments(values: list[float]) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.array([MONDAY + round(value * SECOND) for value in values], dtype=np.int64)

    case = np.array([cases.index(row[0]) for row in ordered], dtype=np.int32)
    step = np.array([steps.index(row[1]) for row in ordered], dtype=np.int32)
    resource = np.array([-1 if row[2] is None else people.index(row[2]) for row in ordered], dtype=np.int32)
    estimated = estimate(
        case=case,
        step=step,
        resource=resource,
        ready=moments([row[4] if row[3] is None else row[3] for row in ordered]),
        start=moments([row[4] for row in ordered]),
        end=moments([row[5] for row in ordered]),
        ready_known=np.array([row[3] is not None for row in ordered], dtype=bool),
        start_known=np.ones(len(rows), dtype=bool),
    )
    return InstanceTable(
        case=case, step=step, resource=resource,
        department=unknown, workflow=unknown,
        ready=estimated.ready, start=estimated.start, end=moments([row[5] for row in ordered]),
        ready_estimated=estimated.ready_estimated, start_estimated=estimated.start_estimated,
        released_by=estimated.released_by,
        case_names=cases, step_names=steps, resource_names=people,
        traits={name: np.array([values[i] for i in order]) for name, values in traits.items()},  # type: ignore[misc]
    )  # fmt: skip


def causes(made: InstanceTable, hours: OpenHours | None = None, **more: Any) -> Decomposition:
    """Its decomposition, around the clock where no hours are given."""
    return decompose(made, hours or around_the_clock(len(made.resource_names)), **more)


def waits(found: Decomposition, case: str, step: str) -> dict[Cause, float]:
    """The seconds of each cause that one instance waited for; causes without any are left out."""
    made = found.table
    row = next(
        i for i in range(len(made))
        if made.case_names[made.case[i]] == case and made.step_names[made.step[i]] == step
    )  # fmt: skip
    return {cause: found.waits[row, cause] / SECOND for cause in Cause if found.waits[row, cause]}


def working(*stretches: tuple[float, float], resources: int) -> OpenHours:
    """Hours that all keep to, in seconds after Monday, nine o'clock."""
    opens, closes = (np.array([MONDAY + round(one[k] * SECOND) for one in stretches], dtype=np.int64) for k in (0, 1))
    return OpenHours(
        opens=opens, closes=closes, first=np.array([0, len(opens)], dtype=np.int64),
        of_resource=np.zeros(resources, dtype=np.int64),
    )  # fmt: skip
