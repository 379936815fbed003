"""Where the time of a log goes: how its cycles divide, and in which places most of them is spent.

Counted along the critical path of each case: what the case really waited for. Times are microseconds.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args
from zoneinfo import ZoneInfo

import numpy as np

from procession.analytics.instances import InstanceTable
from procession.analytics.log_measures.figures import LogFigures
from procession.analytics.log_measures.measuring import measure_log
from procession.analytics.waiting.causes import WORDS, Cause
from procession.analytics.waiting.decompose import Decomposition, by_case, decompose, flag
from procession.analytics.waiting.hours import discovered

Share = Literal["working", "waiting", "handoff", "outside", "closed hours"]
SHARES: tuple[Share, ...] = get_args(Share)

_SHARE_OF: dict[Cause, Share] = {
    Cause.BATCHING: "waiting",
    Cause.CONTENTION: "waiting",
    Cause.PRIORITISATION: "waiting",
    Cause.UNAVAILABILITY: "closed hours",
    Cause.HANDOFF: "handoff",
    Cause.GATE: "waiting",
    Cause.EXTERNAL: "outside",
    Cause.UNEXPLAINED: "waiting",
    Cause.PAUSED: "closed hours",
}

OF_OTHERS = (
    "For comparison, not measured here: the article that Procession follows counts 28 % of a working week for e-mail and "
    "about 20 % for looking things up."
)


@dataclass(frozen=True, slots=True)
class Place:
    """A step as a place in which time is spent, along the critical paths."""

    step: str
    visits: int
    """On a critical path."""
    total: int
    """From the end of what released it to its own end, over all visits."""
    share: float
    """Of all cycles."""
    parts: tuple[int, ...]
    """The total divided as `SHARES`; adds up to it."""
    cause: str
    """What most of its waiting is, in words; empty where it hardly waits."""
    estimated: float
    """The share of its visits whose beginning is estimated."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LogDiagnosis:
    """What a log says of where time goes."""

    figures: LogFigures
    cycle: int
    """The cycles of all cases together."""
    parts: tuple[int, ...]
    """The cycles divided as `SHARES`; adds up to `cycle`."""
    causes: dict[str, int]
    """The waiting time on critical paths by cause, in words, largest first."""
    efficiency: tuple[float, float]
    """Work as a share of the cycles: the least and the most it can be, where beginnings are estimated."""
    places: tuple[Place, ...]
    """All steps on critical paths, the one with most time first."""
    hours_discovered: bool
    """Whether working hours were read off the log; without any, everybody is taken to be always there."""

    def share(self, part: Share) -> float:
        """A part of the cycles, from 0 to 1."""
        return self.parts[SHARES.index(part)] / self.cycle if self.cycle else 0.0


def diagnose(table: InstanceTable, zone: ZoneInfo | None = None, outside: Sequence[str] = ()) -> LogDiagnosis:
    """Divide the cycles of a table with at least one instance. `outside` names steps that others do; `zone` is where
    people work, for the hours of the week in which they do."""
    hours = discovered(table, zone)
    if outside:
        steps = [place for place, name in enumerate(table.step_names) if name in set(outside)]
        away = np.isin(table.step, np.array(steps, np.int64)) | flag(table, "outside")
        table = replace(table, traits={**table.traits, "outside": away.tolist()})
    found = decompose(table, hours)
    cases = by_case(found)
    causes = cases.waits.sum(axis=0)
    parts = _divided(int(cases.working.sum()), int(cases.paused.sum()), int(cases.passing.sum()), causes)
    named = {WORDS[cause]: int(causes[cause]) for cause in Cause if causes[cause] > 0}
    return LogDiagnosis(
        figures=measure_log(found.table),
        cycle=int(cases.cycle.sum()),
        parts=parts,
        causes=dict(sorted(named.items(), key=lambda pair: -pair[1])),
        efficiency=cases.efficiency_bounds,
        places=_places(found, int(cases.cycle.sum())),
        hours_discovered=bool(len(found.hours.opens)),
    )


def _divided(
    working: int, paused: int, passing: int, causes: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[int, ...]:
    sums = dict.fromkeys(SHARES, 0)
    sums["working"] = working
    sums["closed hours"] = paused
    sums["waiting"] = passing
    for cause in Cause:
        sums[_SHARE_OF[cause]] += int(causes[cause])
    return tuple(sums[part] for part in SHARES)


def _places(found: Decomposition, cycle: int) -> tuple[Place, ...]:
    table = found.table
    places: list[Place] = []
    rows_of = np.flatnonzero(found.on_path)
    order = rows_of[np.argsort(table.step[rows_of], kind="stable")]
    bounds = np.searchsorted(table.step[order], np.arange(len(table.step_names) + 1))
    for step, name in enumerate(table.step_names):
        rows = order[bounds[step] : bounds[step + 1]]
        if not len(rows):
            continue
        waits = found.waits[rows].sum(axis=0)
        parts = _divided(
            int(found.working[rows].sum()), int(found.paused[rows].sum()), int(found.before[rows].sum()), waits
        )
        total = sum(parts)
        most = int(np.argmax(waits))
        cause = WORDS[Cause(most)] if waits[most] > 0.05 * max(total, 1) else ""
        estimated = float(table.start_estimated[rows].mean())
        places.append(Place(name, len(rows), total, total / cycle if cycle else 0.0, parts, cause, estimated))
    return tuple(sorted(places, key=lambda one: (-one.total, one.step)))
