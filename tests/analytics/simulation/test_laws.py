"""What holds for every model, whatever is drawn."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.analytics.simulation.causes import Cause
from procession.analytics.simulation.flow import Flow
from procession.analytics.simulation.loop import Columns, Loop
from procession.analytics.simulation.model import Model, Work
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.result import SimulatedLog
from procession.analytics.simulation.run import loop_for, simulate
from tests.analytics.simulation.generate import models

SEEDS = st.integers(0, 2**32)
CASES = Limit(cases=25)
COLUMNS = tuple(name for name in Columns.__dataclass_fields__ if name not in ("outcome", "outcomes", "barred"))


def same(one: Columns, other: Columns) -> None:
    """Two runs left the same log."""
    for name in COLUMNS:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name
    assert [one.outcomes[k] for k in one.outcome] == [other.outcomes[k] for k in other.outcome]


@settings(max_examples=40, deadline=None)
@given(models(), SEEDS)
def test_every_case_ends_and_its_time_is_the_sum_of_its_parts(made: Model, seed: int) -> None:
    log = simulate(made, CASES, seed=seed, engine="loop")
    c = log.columns
    assert (c.ended >= log.plan.arrived).all()
    assert np.array_equal(log.partition.sum(axis=1), log.cycles)
    assert np.array_equal(log.by_cause.sum(axis=1), c.completed - c.ready)
    assert (c.completed >= c.ready).all()
    done = c.withdrawn == 0
    for earlier, later in (("ready", "handed"), ("handed", "noticed"), ("noticed", "gated"), ("gated", "available"),
                           ("available", "started"), ("started", "completed")):  # fmt: skip
        assert (getattr(c, earlier)[done] <= getattr(c, later)[done]).all(), later


@settings(max_examples=25, deadline=None)
@given(models(), SEEDS)
def test_the_same_seed_gives_the_same_log(made: Model, seed: int) -> None:
    same(
        simulate(made, CASES, seed=seed, engine="loop").columns, simulate(made, CASES, seed=seed, engine="loop").columns
    )


@settings(max_examples=25, deadline=None)
@given(models(), SEEDS)
def test_the_truth_is_true(made: Model, seed: int) -> None:
    """Held against the definition of each cause, in the middle of each stretch, from the log and the calendars alone."""
    log = simulate(made, CASES, seed=seed, engine="loop")
    work = working(log)
    people = log.plan.model.people
    for row_task, row_cause, begin, end in zip(
        log.truth.task.tolist(), log.truth.cause.tolist(), log.truth.begin.tolist(), log.truth.end.tolist(), strict=True
    ):
        cause, middle, c = Cause(row_cause), (begin + end) // 2, log.columns
        node = int(c.node[row_task])
        step = log.plan.model.nodes[node]
        if (
            cause not in (Cause.BUSY, Cause.OVERTAKEN, Cause.OTHER_WORK, Cause.CLOSED)
            or log.plan.queue_of_node[node] < 0
        ):
            continue
        assert isinstance(step, Work)
        members = log.plan.queues[log.plan.queue_of_node[node]].members
        there = [p for p in members if is_there(log, p, middle)]
        if cause is Cause.CLOSED:
            assert there == []
            continue
        inside = {p: [task for task in work[p] if c.started[task] <= middle < c.completed[task]] for p in there}
        assert there
        assert all(len(tasks) == people[p].at_once for p, tasks in inside.items())
        mine = (int(c.available[row_task]), row_task)
        company = [task for tasks in inside.values() for task in tasks]
        later = any((int(c.available[task]), task) > mine for task in company)
        other = any(workflow(log, task) != step.place.workflow for task in company)
        assert cause is (Cause.OVERTAKEN if later else Cause.OTHER_WORK if other else Cause.BUSY)


def working(log: SimulatedLog) -> dict[int, list[int]]:
    """The tasks of each person."""
    found: dict[int, list[int]] = defaultdict(list)
    for task, person in enumerate(log.columns.person.tolist()):
        found[person].append(task)
    return found


def is_there(log: SimulatedLog, person: int, at: int) -> bool:
    hours = log.plan.hours[log.plan.hours_of_person[person]]
    return any(opens <= at < closes for opens, closes in zip(hours.opens, hours.closes, strict=True))


def workflow(log: SimulatedLog, task: int) -> str:
    step = log.plan.model.nodes[int(log.columns.node[task])]
    assert isinstance(step, Work)
    return step.place.workflow


@settings(max_examples=25, deadline=None)
@given(models(), SEEDS)
def test_nobody_does_more_at_once_than_they_can(made: Model, seed: int) -> None:
    log = simulate(made, CASES, seed=seed, engine="loop")
    c = log.columns
    for person, tasks in working(log).items():
        if person >= 0:
            changes = [(int(c.started[t]), 1) for t in tasks if c.started[t] < c.completed[t]]
            changes += [(int(c.completed[t]), -1) for t in tasks if c.started[t] < c.completed[t]]
            present = 0
            for _, change in sorted(changes):
                present += change
                assert present <= made.people[person].at_once


@settings(max_examples=25, deadline=None)
@given(models(everything=False), SEEDS)
def test_the_loop_with_blocks_and_the_plain_one_agree(made: Model, seed: int) -> None:
    log = simulate(made, CASES, seed=seed, engine="loop")
    if type(loop_for(log.plan)) is Loop:
        same(log.columns, Flow(log.plan).run())
