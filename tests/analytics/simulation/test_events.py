"""A simulated log as columns, with the truth beside it."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.analytics.simulation.causes import Cause
from procession.analytics.simulation.distributions import Fixed
from procession.analytics.simulation.events import graded_table
from procession.analytics.simulation.model import Model
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import simulate
from procession.analytics.table_of_log import table_of
from tests.analytics.simulation.build import HOUR, arriving, model, person, run, step
from tests.analytics.simulation.generate import models


@settings(max_examples=30, deadline=None)
@given(models(), st.integers(0, 2**32))
def test_truth_adds_up_row_by_row(made: Model, seed: int) -> None:
    graded = graded_table(simulate(made, Limit(cases=25), seed=seed, engine="loop"))
    table = graded.table
    assert np.array_equal(graded.truth.sum(axis=1), table.end - table.ready)
    assert np.array_equal(graded.waits.sum(axis=1), table.start - table.ready)
    assert np.allclose(sum(graded.waiting().values()), (table.start - table.ready) / 1e6)
    assert np.allclose(sum(graded.seconds().values()), (table.end - table.ready) / 1e6)


@settings(max_examples=15, deadline=None)
@given(models(), st.integers(0, 2**32))
def test_it_is_the_table_of_the_same_log(made: Model, seed: int) -> None:
    log = simulate(made, Limit(cases=15), seed=seed, engine="loop")
    ours = graded_table(log)
    row_of = {task: row for row, task in enumerate(ours.task.tolist())}
    found: list[int] = []
    for source in range(len(made.sources)):
        theirs = table_of(log.process_log(source))
        rows = np.array([row_of[int(task)] for task in theirs.traits["id"]], dtype=np.int64)
        found += rows.tolist()
        for name in ("ready", "end"):
            assert np.array_equal(getattr(ours.table, name)[rows], getattr(theirs, name)), name
        people = np.array([*ours.table.resource_names, ""])
        assert people[ours.table.resource[rows]].tolist() == [
            theirs.resource_names[code] if code >= 0 else "" for code in theirs.resource
        ]
    assert sorted(found) == list(range(len(ours.table)))


def test_one_person_and_two_cases() -> None:
    log = run(model(step("work", Fixed(2 * HOUR)), arrivals=arriving(0, 1), people=(person("ana"),)), 2)
    graded = graded_table(log)
    assert graded.seconds()["busy"].tolist() == [0, HOUR]
    assert graded.waiting()["contention"].tolist() == [0, HOUR]
    assert graded.truth[:, Cause.WORK].tolist() == [int(2 * HOUR * 1e6)] * 2
    assert graded.table.step_names == ["flow/work"]
    assert graded.table.resource_names == ["ana"]
