"""What the definition means to happen more than once, and what somebody sent back by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate

import numpy as np
from numpy.typing import NDArray

from procession.analytics.log import ProcessLog
from procession.engine.definition import Process, Workflow, walk

Ints = NDArray[np.int64]


def led_back_to(workflow: Workflow) -> Iterator[str]:
    """Steps that an arrow leads back to: a loop that whoever wrote the definition had in mind."""
    order = {step.id: place for place, step in enumerate(walk(workflow.body))}
    for step in walk(workflow.body):
        for _, target in step.targets():
            if target.step is not None and target.step in order and order[target.step] <= order[step.id]:
                yield target.step


def begun_again(process: Process, workflows: Mapping[str, Workflow]) -> Iterator[tuple[str, str]]:
    """Members that a handoff may begin again, with their first step."""
    for handoff in process.handoffs:
        if handoff.again and handoff.to is not None:
            workflow = workflows.get(process.members[handoff.to].use)
            if workflow is not None and workflow.body.steps:
                yield handoff.to, workflow.body.steps[0].id


def links_of(log: ProcessLog, place: Mapping[str, int], rows: int) -> tuple[Ints, Ints]:
    """Of each row of a log's table all rows that it waited for: where each row's begin, one more, and which."""
    before: list[Sequence[int]] = [()] * rows
    for case in log.cases:
        for one in case.instances:
            if one.releasers:
                at = place[one.id]
                before[at] = [place[name] for name in one.releasers if place[name] < at]
    first = np.array([0, *accumulate(len(one) for one in before)], dtype=np.int64)
    return first, np.array([row for one in before for row in one], dtype=np.int64)
