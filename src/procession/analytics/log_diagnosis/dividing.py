"""Where the time of a log goes: how its cycles divide, and in which places most of them is spent.

Counted along the critical path of each case: what the case really waited for. Times are microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np

from procession.analytics.waiting.causes import WORDS, Cause
from procession.analytics.waiting.decompose import Decomposition

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


def bounds_of(found: Decomposition, cycle: int) -> tuple[tuple[float, float], ...]:
    """The least and the most that each of `SHARES` can be: a visit whose beginning is inferred may be work, waiting or a
    handoff, and closed hours may lie in it."""
    rows, table = found.on_path, found.table
    sure, guessed = rows & ~table.start_estimated, rows & table.start_estimated
    spans = table.end - table.ready
    before = table.resource[np.maximum(table.released_by, 0)]
    handed = guessed & (table.released_by >= 0) & (before != table.resource)
    unsure = int(spans[guessed].sum())
    more = dict.fromkeys(SHARES, unsure)
    more |= {"outside": 0, "handoff": int(spans[handed].sum()), "closed hours": unsure if len(found.hours.opens) else 0}
    least = divided(
        int(found.working[sure].sum()), int(found.paused[sure].sum()), int(found.before[rows].sum()),
        found.waits[sure].sum(axis=0),
    )  # fmt: skip
    whole = max(cycle, 1)
    return tuple((part / whole, (part + more[name]) / whole) for name, part in zip(SHARES, least, strict=True))


def divided(
    working: int, paused: int, passing: int, causes: np.ndarray[tuple[int], np.dtype[np.int64]]
) -> tuple[int, ...]:
    """Waits by cause, and what else there is, as `SHARES`."""
    sums = dict.fromkeys(SHARES, 0)
    sums["working"] = working
    sums["closed hours"] = paused
    sums["waiting"] = passing
    for cause in Cause:
        sums[_SHARE_OF[cause]] += int(causes[cause])
    return tuple(sums[part] for part in SHARES)


def places_of(found: Decomposition, cycle: int) -> tuple[Place, ...]:
    """All steps on critical paths, the one with most time first."""
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
        parts = divided(
            int(found.working[rows].sum()), int(found.paused[rows].sum()), int(found.before[rows].sum()), waits
        )
        total = sum(parts)
        most = int(np.argmax(waits))
        cause = WORDS[Cause(most)] if waits[most] > 0.05 * max(total, 1) else ""
        estimated = float(table.start_estimated[rows].mean())
        places.append(Place(name, len(rows), total, total / cycle if cycle else 0.0, parts, cause, estimated))
    return tuple(sorted(places, key=lambda one: (-one.total, one.step)))
