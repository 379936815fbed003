"""A simulated log as columns, with the truth beside it: what detectors of causes read, and what they are held against."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from procession.analytics.instances import InstanceTable
from procession.analytics.log import MACHINE_KINDS
from procession.analytics.simulation.causes import COARSE, Cause
from procession.analytics.simulation.model import Place, Work
from procession.analytics.simulation.prepare import Ints
from procession.analytics.simulation.result import SimulatedLog

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_MICROSECOND = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class GradedTable:
    """A log, and for each of its rows why it took as long as it did."""

    table: InstanceTable
    """What a log shows: no cause, only moments, people and releasers."""
    task: Ints
    """Of each row: its task in the run (`SimulatedLog.columns`)."""
    truth: Ints
    """Of each row: microseconds by `Cause` (columns), from ready to end."""
    waits: Ints
    """The part of `truth` before the start; a row adds up to start - ready."""

    def seconds(self) -> dict[str, npt.NDArray[np.float64]]:
        """The truth in seconds, by the cause's name, such as `busy`; a value for each row."""
        return {cause.name.lower(): self.truth[:, cause] / 1e6 for cause in Cause}

    def waiting(self) -> dict[str, npt.NDArray[np.float64]]:
        """Seconds between ready and start by the classes that a log can show, such as `contention`."""
        found = {name: np.zeros(len(self.table)) for name in dict.fromkeys(COARSE.values())}
        for cause, name in COARSE.items():
            found[name] += self.waits[:, cause] / 1e6
        return found


def graded_table(log: SimulatedLog) -> GradedTable:
    """The finished tasks of all cases, up to each case's end, ordered by case, end, start.

    Steps are called `part/step`, cases by their number in the run. The traits are those of our own history's table
    (`table_of`), as far as a simulation has them: `place`, `kind`, `first_opened`, `outside`, `machine`, `source`.
    """
    c, model = log.columns, log.plan.model
    kept = np.flatnonzero((c.withdrawn == 0) & (c.completed <= c.ended[c.case]) & (c.started >= 0))
    kept = kept[np.lexsort((kept, c.started[kept], c.completed[kept], c.case[kept]))]
    begin = (model.begin - _EPOCH) // _MICROSECOND
    places: list[Place] = [place or Place(str(node), "") for node, place in enumerate(log.places)]
    steps = sorted({place.key for place in places})
    node = c.node[kept]
    outside = np.array([isinstance(one, Work) and one.outside for one in model.nodes])
    machine = np.array([place.kind in MACHINE_KINDS for place in places]) & ~outside
    groups = [one.group if isinstance(one, Work) else None for one in model.nodes]
    of_row: list[int] = node.tolist()
    of_case: list[int] = log.plan.source.tolist()
    row_of = np.full(len(c.case) + 1, -1, np.int32)
    row_of[kept] = np.arange(len(kept), dtype=np.int32)

    def coded(names: list[str], values: list[str | None]) -> npt.NDArray[np.int32]:
        code_of = {name: code for code, name in enumerate(names)}
        return np.array([code_of.get(value or "", -1) for value in values], np.int32)[node]

    group_names = sorted({group for group in groups if group})
    parts = sorted({place.workflow or place.part for place in places})
    table = InstanceTable(
        case=c.case[kept].astype(np.int32), step=coded(steps, [place.key for place in places]),
        resource=c.person[kept].astype(np.int32), department=np.full(len(kept), -1, np.int32),
        workflow=coded(parts, [place.workflow or place.part for place in places]),
        group=coded(group_names, list(groups)), released_by=row_of[c.releaser[kept]],
        ready=begin + c.ready[kept], start=begin + c.started[kept], end=begin + c.completed[kept],
        ready_estimated=np.zeros(len(kept), bool), start_estimated=np.zeros(len(kept), bool),
        case_names=[str(case) for case in range(log.cases)], step_names=steps,
        resource_names=[person.name for person in model.people], group_names=group_names, workflow_names=parts,
        case_traits={"source": [model.sources[source].name for source in of_case]},
        traits={
            "place": [places[one].key for one in of_row], "kind": [places[one].kind for one in of_row],
            "first_opened": (begin + c.noticed[kept]).tolist(), "outside": outside[node].tolist(),
            "machine": machine[node].tolist(),
        },
    )  # fmt: skip
    return GradedTable(table, kept.astype(np.int64), log.by_cause[kept], _before_the_start(log)[kept])


def _before_the_start(log: SimulatedLog) -> Ints:
    """Of each task and cause: how long before its start, in microseconds."""
    truth, started = log.truth, log.columns.started
    ends = np.minimum(truth.end, started[truth.task])
    found = np.zeros((len(started), len(Cause)), dtype=np.int64)
    np.add.at(found, (truth.task, truth.cause), np.maximum(ends - truth.begin, 0))
    return found
