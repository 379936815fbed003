"""How long work lies before somebody turns to it, for no reason of people or hours.

What a log shows of that is what neither busy people nor closed hours explain. Some of it is hidden: while somebody is busy,
nobody can tell that the work would have lain anyway. So the rest is found by simulating: where the model waits less than the
records do, more of the wait that could have been lying is taken for lying, and where it waits longer, less.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

from procession.analytics.log import ProcessLog
from procession.analytics.simulation.from_log import FEWEST, Seen
from procession.analytics.simulation.model import Model, Work
from procession.analytics.simulation.prepare import Ints, Limit
from procession.analytics.simulation.run import Progress, simulate
from procession.analytics.table_of_log import NEVER, table_of
from procession.analytics.waiting.causes import EXTRANEOUS, Cause
from procession.analytics.waiting.decompose import decompose
from procession.analytics.waiting.hours import recorded

RUNS: Final = 2
CLOSE: Final = 0.02
"""As a share of the observed wait: a model that waits this much longer or shorter at a step is left as it is."""
STEP: Final = 0.8
"""How much of a difference is taken at once, since steps wait for one another."""


def see_lying(log: ProcessLog, at_once: Mapping[str, int], seen: Sequence[Seen]) -> None:
    """Note in each case how many seconds each visit of a step lay, beyond its handoff. Who has several things under way
    at once did not let it lie for being busy. What was called off had lain at least so long: leaving it out would make
    those who answer look faster than they are, as of a quorum only the first few are seen."""
    table = table_of(log)
    found = decompose(table, recorded(table, log.calendar, log.calendars))
    unexplained: Ints = found.waits[:, [*EXTRANEOUS, Cause.BATCHING]].sum(axis=1)
    several = np.array([name in at_once for name in table.resource_names] + [False])[table.resource]
    unexplained = unexplained + several * found.waits[:, [Cause.CONTENTION, Cause.PRIORITISATION]].sum(axis=1)
    opened: Ints = np.array(table.traits["first_opened"], dtype=np.int64)
    over = np.array([bool(one) for one in table.traits["handoff"]])
    looked = np.clip(np.where(opened == NEVER, table.ready, opened) - table.ready, 0, None)
    lay: Ints = np.where(over, np.maximum(unexplained - looked, 0), unexplained)
    seconds: list[float] = (lay / 1e6).tolist()
    open_: Ints = found.waits.sum(axis=1) - found.waits[:, [Cause.UNAVAILABILITY, Cause.PAUSED]].sum(axis=1)
    most: list[float] = (np.maximum(np.where(over, open_ - looked, open_), 0) / 1e6).tolist()
    timers = _ended_by_timers(log)
    for row, place in enumerate(table.traits["place"]):
        case = int(table.case[row])
        if not table.traits["outside"][row] and (case, table.traits["id"][row]) not in timers:
            seen[case].lay.append((str(place), min(seconds[row], most[row])))
            seen[case].longest.append(most[row])
    for case, own in zip(log.cases, seen, strict=True):
        for one in case.called_off:
            if one.started is None and not one.is_outside:
                lain = log.calendar_of(one).working_between(one.ready, one.ended)
                own.cut.append((one.site.key, lain.total_seconds()))


def _ended_by_timers(log: ProcessLog) -> set[tuple[int, str]]:
    """States that nobody acted in: how long they lay says nothing of people."""
    return {
        (number, one.id)
        for number, case in enumerate(log.cases)
        for one in case.instances
        if one.kind == "state" and one.outcome is None
    }


def adjust(
    log: ProcessLog, seen: Sequence[Seen], model: Model, limit: Limit, *, seed: int, progress: Progress | None = None
) -> bool:
    """Let steps lie longer or shorter, by how long they wait in the records and in the model; whether any changed."""
    observed, simulated = _waits(log), _simulated(model, limit, seed, progress)
    cut = {key for one in seen for key, _ in one.cut}
    lay: dict[str, list[float]] = defaultdict(list)
    most: dict[str, list[float]] = defaultdict(list)
    for one in seen:
        for (key, value), longest in zip(one.lay, one.longest, strict=True):
            lay[key].append(value)
            most[key].append(longest)
    share = sum(end - start for day in log.calendar.hours for start, end in day) / (7 * 1440)
    factors: dict[str, tuple[float, float]] = {}
    for key, values in lay.items():
        if key in cut or len(values) < FEWEST or key not in observed or key not in simulated:
            continue
        apart = observed[key] - simulated[key]
        if abs(apart) <= CLOSE * observed[key]:
            continue
        now, high = sum(values) / len(values), sum(most[key]) / len(values)
        wanted = min(high, max(0.0, now + STEP * share * apart))
        if wanted > now:
            factors[key] = (1.0, (wanted - now) / max(high - now, 1e-9))
        elif now > 0:
            factors[key] = (wanted / now, 0.0)
    for one in seen:
        one.lay = [
            (key, factors[key][0] * value + factors[key][1] * (longest - value) if key in factors else value)
            for (key, value), longest in zip(one.lay, one.longest, strict=True)
        ]
    return bool(factors)


def _waits(log: ProcessLog) -> dict[str, float]:
    """Of each step: the mean time from ready to begun, in seconds, nights included."""
    found: dict[str, list[float]] = defaultdict(list)
    for case in log.cases:
        for one in case.instances:
            if one.started is not None and not one.is_outside:
                found[one.site.key].append((one.started - one.ready).total_seconds())
    return {key: sum(values) / len(values) for key, values in found.items() if len(values) >= FEWEST}


def _simulated(model: Model, limit: Limit, seed: int, progress: Progress | None) -> dict[str, float]:
    found: dict[str, list[Any]] = defaultdict(list)
    for run in range(RUNS):
        columns = simulate(model, limit, seed=RUNS * seed + run, engine="loop", progress=progress).columns
        begun = columns.started >= 0
        waited = (columns.started - columns.ready) / 1e6
        for number, node in enumerate(model.nodes):
            if isinstance(node, Work) and not node.outside:
                found[node.place.key].append(waited[begun & (columns.node == number)])
    together = {key: np.concatenate(own) for key, own in found.items()}
    return {key: float(own.mean()) for key, own in together.items() if len(own) >= FEWEST}
