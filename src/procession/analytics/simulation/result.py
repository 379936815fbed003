"""What a simulation leaves: a log as a real one, and beside it what only a simulation knows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import NamedTuple

import numpy as np

from procession.analytics.log import ActivityInstance, ProcessCase, ProcessLog
from procession.analytics.simulation.causes import Cause
from procession.analytics.simulation.loop import Columns
from procession.analytics.simulation.model import Await, Place, Work
from procession.analytics.simulation.prepare import Ints, Plan
from procession.analytics.simulation.truth import Truth, truth_of


class LogRow(NamedTuple):
    """One finished task, as a log of work has it."""

    case: int
    activity: str
    """`part/step`."""
    resource: str | None
    """None: nobody of ours, a machine or an outsider."""
    ready: datetime
    assigned: datetime
    """When one person was made responsible: at once where only one may do it, else when somebody took it."""
    started: datetime
    completed: datetime


class TruthRow(NamedTuple):
    """Why a task waited, from one moment to another."""

    case: int
    activity: str
    task: int
    cause: Cause
    begin: datetime
    end: datetime


@dataclass(frozen=True)
class SimulatedLog:
    """Everything that happened in one run."""

    plan: Plan
    columns: Columns

    @property
    def cases(self) -> int:
        return self.plan.cases

    @cached_property
    def cycles(self) -> Ints:
        """Of each case: from its arrival to its end, in microseconds."""
        return self.columns.ended - self.plan.arrived

    @cached_property
    def outcomes(self) -> list[str]:
        """Of each case."""
        return [self.columns.outcomes[number] for number in self.columns.outcome.tolist()]

    @cached_property
    def truth(self) -> Truth:
        """Why every task waited at each moment."""
        return truth_of(self.plan, self.columns)

    @cached_property
    def places(self) -> list[Place | None]:
        """Of each node."""
        return [node.place if isinstance(node, Work | Await) else None for node in self.plan.model.nodes]

    def moment(self, at: int) -> datetime:
        """Microseconds from the beginning as a moment."""
        return self.plan.model.begin + timedelta(microseconds=at)

    # --- rows ----------------------------------------------------------------------------------------------------------

    def rows(self) -> Iterator[LogRow]:
        """The finished tasks, in the order in which they became ready."""
        c, people = self.columns, self.plan.model.people
        alone = [len(self.plan.queues[q].members) == 1 if q >= 0 else False for q in self.plan.queue_of_node]
        for task in np.flatnonzero(c.withdrawn == 0).tolist():
            node, person = int(c.node[task]), int(c.person[task])
            ready, started = self.moment(int(c.ready[task])), self.moment(int(c.started[task]))
            yield LogRow(
                int(c.case[task]), self._key(node), people[person].name if person >= 0 else None, ready,
                ready if alone[node] else started, started, self.moment(int(c.completed[task])),
            )  # fmt: skip

    def truth_rows(self) -> Iterator[TruthRow]:
        """The causes, by task and time."""
        t, c = self.truth, self.columns
        for task, cause, begin, end in zip(
            t.task.tolist(), t.cause.tolist(), t.begin.tolist(), t.end.tolist(), strict=True
        ):
            yield TruthRow(
                int(c.case[task]),
                self._key(int(c.node[task])),
                task,
                Cause(cause),
                self.moment(begin),
                self.moment(end),
            )

    def _key(self, node: int) -> str:
        place = self.places[node]
        return place.key if place is not None else str(node)

    # --- along the critical path ---------------------------------------------------------------------------------------

    @cached_property
    def on_path(self) -> Ints:
        """The tasks of each case's critical path: from the one it ended with back along what released each."""
        found: list[Ints] = []
        front = self.columns.last[self.columns.last >= 0]
        while len(front):
            found.append(front)
            front = self.columns.releaser[front].astype(np.int64)
            front = front[front >= 0]
        return np.concatenate(found) if found else np.empty(0, dtype=np.int64)

    @cached_property
    def by_cause(self) -> Ints:
        """Of each task (row) and cause (column): how long, in microseconds. A row adds up to ready until completed."""
        return self.truth.by_task(len(self.columns.case))

    @cached_property
    def partition(self) -> Ints:
        """Of each case (row) and cause (column): how long along its critical path. A row adds up to its cycle."""
        found = np.zeros((self.cases, len(Cause)), dtype=np.int64)
        np.add.at(found, self.columns.case[self.on_path], self.by_cause[self.on_path])
        return found

    # --- as a log for diagnosis ----------------------------------------------------------------------------------------

    def process_log(self, source: int = 0) -> ProcessLog:
        """The finished cases of one source, as diagnosis reads them: it sees no cause, only moments and releasers."""
        c, model = self.columns, self.plan.model
        instances: dict[int, list[ActivityInstance]] = {
            int(case): [] for case in np.flatnonzero((self.plan.source == source) & (c.ended >= self.plan.arrived))
        }
        for task in np.flatnonzero((c.withdrawn == 0) & (self.plan.source[c.case] == source)).tolist():
            if int(c.case[task]) in instances:
                instances[int(c.case[task])].append(self._instance(task))
        cases = tuple(
            ProcessCase(id=str(case), begin=self.moment(int(self.plan.arrived[case])), end=self.moment(int(c.ended[case])),
                        instances=_linked(own, self.moment(int(c.ended[case]))))
            for case, own in instances.items()
        )  # fmt: skip
        calendars = {person.name: model.calendars[person.calendar] for person in model.people}
        first = next(iter(model.calendars.values()))
        return ProcessLog(process=model.sources[source].name, cases=cases, calendar=first, calendars=calendars)

    def _instance(self, task: int) -> ActivityInstance:
        c, node, person = self.columns, int(self.columns.node[task]), int(self.columns.person[task])
        place = self.places[node]
        assert place is not None
        step, releaser, case = self.plan.model.nodes[node], int(c.releaser[task]), str(int(c.case[task]))
        crossing = releaser >= 0 and (self.places[int(c.node[releaser])] or place).part != place.part
        return ActivityInstance(
            id=str(task), case_id=f"{case}/{place.part}", process_case_id=case, member=place.part,
            workflow=place.workflow or place.part, step=place.step, title=place.title, kind=place.kind,
            resource=self.plan.model.people[person].name if person >= 0 else None,
            outside=isinstance(step, Work) and step.outside, ready=self.moment(int(c.ready[task])),
            assigned=self.moment(int(c.ready[task])) if person >= 0 else None,
            first_opened=self.moment(int(c.noticed[task])), started=self.moment(int(c.started[task])),
            ended=self.moment(int(c.completed[task])), releasers=(str(releaser),) if releaser >= 0 else (),
            handoff="handoff" if crossing else None,
        )  # fmt: skip


def _linked(instances: list[ActivityInstance], end: datetime) -> tuple[ActivityInstance, ...]:
    """Those that ended with the case, without links to what was withdrawn."""
    from dataclasses import replace

    known = {one.id for one in instances}
    return tuple(
        replace(one, releasers=tuple(r for r in one.releasers if r in known)) for one in instances if one.ended <= end
    )
