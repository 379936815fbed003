"""Laws that hold on every log: the parts of a wait add up to it exactly, and equal those of a slow and obvious sum."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from procession.analytics.instances import InstanceTable
from procession.analytics.waiting.causes import EXTRANEOUS, Cause
from procession.analytics.waiting.decompose import Decomposition, by_case
from procession.analytics.waiting.hours import OpenHours
from tests.analytics.waiting.build import MONDAY, SECOND, Row, causes, table, working

instants = st.integers(0, 60)


@st.composite
def rows(draw: st.DrawFn) -> Row:
    ready, start, end = sorted((draw(instants), draw(instants), draw(instants)))
    known = draw(st.booleans())
    return (
        draw(st.sampled_from("abc")), draw(st.sampled_from(["check", "sign", "file"])),
        draw(st.sampled_from(["ana", "bo", None])), ready if known else None, start, end,
    )  # fmt: skip


logs = st.lists(rows(), min_size=1, max_size=14)
open_hours = st.lists(st.integers(-5, 70), max_size=6, unique=True).map(
    lambda at: list(zip(sorted(at)[::2], sorted(at)[1::2], strict=False))
)


@st.composite
def paused(draw: st.DrawFn) -> InstanceTable:
    """A log some rows of which stood still for a while, or twice."""
    made = table(*draw(logs))
    found: list[tuple[int, int, int]] = []
    for row in range(len(made)):
        inside = st.integers(int(made.ready[row] - MONDAY) // SECOND, int(made.end[row] - MONDAY) // SECOND)
        moments = sorted(draw(st.sets(inside, max_size=4)))
        found += [
            (row, MONDAY + a * SECOND, MONDAY + b * SECOND)
            for a, b in zip(moments[::2], moments[1::2], strict=False)
        ]  # fmt: skip
    return replace(made, pauses=np.array(found, dtype=np.int64).reshape(-1, 3))


def hours_for(made: InstanceTable, stretches: list[tuple[int, int]]) -> OpenHours:
    return working(*stretches, resources=len(made.resource_names))


@given(logs, open_hours)
def test_the_causes_of_a_wait_add_up_to_it_exactly(log: list[Row], stretches: list[tuple[int, int]]) -> None:
    made = table(*log)
    found = causes(made, hours_for(made, stretches))
    assert (found.waits >= 0).all()
    assert (found.waits.sum(axis=1) == found.table.start - found.table.ready).all()


@given(logs, open_hours)
def test_a_case_adds_up_to_its_cycle_exactly(log: list[Row], stretches: list[tuple[int, int]]) -> None:
    made = table(*log)
    found = by_case(causes(made, hours_for(made, stretches)))
    parts = found.working + found.paused + found.waits.sum(axis=1) + found.passing
    assert (parts == found.cycle).all()
    assert (found.passing >= 0).all()


@given(logs, open_hours)
def test_each_cause_equals_the_sum_over_single_seconds(log: list[Row], stretches: list[tuple[int, int]]) -> None:
    made = table(*log)
    hours = hours_for(made, stretches)
    found = causes(made, hours)
    slow = np.array([second_by_second(found, hours, row) for row in range(len(made))], dtype=np.int64)
    assert (found.waits[:, : Cause.HANDOFF] == slow[:, : Cause.HANDOFF] * SECOND).all()
    rest = found.waits[:, list(EXTRANEOUS)].sum(axis=1)
    assert (rest == slow[:, Cause.HANDOFF] * SECOND).all()


@given(paused(), open_hours)
def test_pauses_are_no_cause_of_waiting_and_the_rest_still_adds_up(
    made: InstanceTable, stretches: list[tuple[int, int]]
) -> None:
    hours = hours_for(made, stretches)
    found = causes(made, hours)
    assert (found.waits >= 0).all()
    assert (found.waits.sum(axis=1) == made.start - made.ready).all()
    assert (found.working >= 0).all()
    slow = np.array([second_by_second(found, hours, row) for row in range(len(made))], dtype=np.int64)
    assert (found.waits[:, : Cause.HANDOFF] == slow[:, : Cause.HANDOFF] * SECOND).all()
    assert (found.waits[:, Cause.PAUSED] == slow[:, -1] * SECOND).all()
    assert (found.hidden >= 0).all()
    assert (found.hidden <= found.waits[:, [Cause.CONTENTION, Cause.PRIORITISATION]].sum(axis=1)).all()


@given(paused(), open_hours)
def test_what_is_paused_while_it_is_worked_on_is_no_work(made: InstanceTable, stretches: list[tuple[int, int]]) -> None:
    hours = hours_for(made, stretches)
    found = causes(made, hours)
    for row in range(len(made)):
        seconds = [at for at in range(int(made.start[row]), int(made.end[row]), SECOND) if not is_paused(made, row, at)]
        inside = [at for at in seconds if made.resource[row] < 0 or is_open(hours, at)]
        assert found.working[row] == (len(inside) or len(seconds)) * SECOND


def is_paused(made: InstanceTable, row: int, at: int) -> bool:
    return any(begin <= at < end for one, begin, end in made.pauses.tolist() if one == row)


def is_open(hours: OpenHours, at: int) -> bool:
    return not len(hours.opens) or bool(((hours.opens <= at) & (at < hours.closes)).any())


def second_by_second(found: Decomposition, hours: OpenHours, row: int) -> list[int]:
    """The definition applied to every second of a wait by itself. Batches are taken as they were found."""
    made = found.table
    ready, start, end = ((column - MONDAY) // SECOND for column in (made.ready, made.start, made.end))
    counts = [0] * 6
    batch = np.flatnonzero((found.batch == found.batch[row]) & (found.batch >= 0))
    gathered = (
        max((int(ready[i]) for i in batch), default=int(ready[row])) if found.batch[row] >= 0 else int(ready[row])
    )
    begins = min((int(start[i]) for i in batch), default=0) if found.batch[row] >= 0 else int(ready[row])
    for second in range(int(ready[row]), int(start[row])):
        at = MONDAY + second * SECOND
        known = int(made.resource[row])
        is_open = bool(((hours.opens <= at) & (at < hours.closes)).any()) if known >= 0 else True
        busy = (
            (made.resource == known) & (start <= second) & (second < end) if known >= 0 else np.zeros(len(made), bool)
        )
        busy &= np.array([not is_paused(made, one, at) for one in range(len(made))])
        limit = gathered if second < begins else int(ready[row])
        if is_paused(made, row, at):
            counts[-1] += 1
        elif second < gathered:
            counts[Cause.BATCHING] += 1
        elif not is_open:
            counts[Cause.UNAVAILABILITY] += 1
        elif busy.any():
            earlier = int(ready[busy].min()) <= limit
            counts[Cause.CONTENTION if earlier else Cause.PRIORITISATION] += 1
        else:
            counts[Cause.HANDOFF] += 1
    return counts
