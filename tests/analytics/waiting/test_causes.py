"""Small logs whose causes are worked out by hand, to the second."""

from __future__ import annotations

import numpy as np
import pytest

from procession.analytics.waiting.causes import Cause
from procession.analytics.waiting.decompose import by_case
from tests.analytics.waiting.build import SECOND, Row, causes, table, waits, working


def test_time_behind_earlier_work_is_contention_and_behind_later_work_prioritisation() -> None:
    made = table(
        ("a", "check", "ana", 0, 0, 100),
        ("b", "check", "ana", 10, 250, 300),  # waits 240: 90 behind a, 150 behind c, which was ready later
        ("c", "check", "ana", 50, 100, 250),
    )
    found = causes(made)
    assert waits(found, "b", "check") == {Cause.CONTENTION: 90, Cause.PRIORITISATION: 150}
    assert waits(found, "c", "check") == {Cause.CONTENTION: 50}
    assert waits(found, "a", "check") == {}


def test_two_things_at_once_count_once_and_by_the_earlier() -> None:
    made = table(
        ("a", "check", "ana", 0, 0, 100),
        ("b", "sign", "ana", 40, 50, 150),
        ("c", "file", "ana", 20, 150, 160),  # 80 behind a (ready 0), then 50 behind b (ready 40)
    )
    assert waits(causes(made), "c", "file") == {Cause.CONTENTION: 80, Cause.PRIORITISATION: 50}


def test_what_is_ready_at_the_same_moment_counts_as_earlier() -> None:
    made = table(("a", "check", "ana", 0, 0, 30), ("b", "check", "ana", 0, 30, 40))
    assert waits(causes(made), "b", "check") == {Cause.CONTENTION: 30}


def test_time_outside_working_hours_is_unavailability_with_something_begun_or_without() -> None:
    hours = working((0, 100), (200, 300), resources=1)
    made = table(
        ("a", "check", "ana", 0, 50, 220),  # lies half an hour unexplained; worked 50, paused 100, worked 20
        ("b", "check", "ana", 60, 230, 240),
    )
    found = causes(made, hours)
    assert waits(found, "a", "check") == {Cause.UNEXPLAINED: 50}
    # 60-100 and 200-220 behind a; 100-200 closed; 220-230 idle
    assert waits(found, "b", "check") == {Cause.CONTENTION: 60, Cause.UNAVAILABILITY: 100, Cause.UNEXPLAINED: 10}
    assert found.paused.tolist()[0] == 100 * SECOND


def test_lying_after_somebody_else_is_a_handoff_until_it_is_opened() -> None:
    rows: list[Row] = [
        ("a", "check", "ana", 0, 0, 10),
        ("a", "sign", "bo", 10, 100, 110),
        ("a", "file", "bo", 110, 130, 140),
    ]
    found = causes(table(*rows))
    assert waits(found, "a", "sign") == {Cause.HANDOFF: 90}
    assert waits(found, "a", "file") == {Cause.UNEXPLAINED: 20}
    opened = [-1, found.table.start[0] + 40 * SECOND, -1]
    found = causes(table(*rows, first_opened=opened))
    assert waits(found, "a", "sign") == {Cause.HANDOFF: 30, Cause.UNEXPLAINED: 60}


def test_work_with_an_outsider_is_external_and_nobody_else_delays_it() -> None:
    made = table(("a", "ask", "ana", 0, 0, 10), ("a", "answer", None, 10, 70, 70), outside=[False, True])
    assert waits(causes(made), "a", "answer") == {Cause.EXTERNAL: 60}
    assert waits(causes(made, external_steps=[1]), "a", "answer") == {Cause.EXTERNAL: 60}


def batched(idle: bool) -> list[Row]:
    """Three batches of three an hour apart: one each minute is ready, the third lets them go. Without idleness the
    same person does other work all the time while they gather."""
    rows: list[Row] = []
    for batch in range(3):
        at = 3600 * batch
        rows += [(f"{batch}{k}", "post", "ana", at + 60 * k, at + 120 + 10 * k, at + 130 + 10 * k) for k in range(3)]
        if not idle:
            rows.append((f"{batch}x", "call", "ana", at, at, at + 120))
    return rows


def test_what_is_collected_waits_for_the_last_of_its_batch() -> None:
    found = causes(table(*batched(idle=True)))
    assert waits(found, "00", "post") == {Cause.BATCHING: 120}
    assert waits(found, "01", "post") == {Cause.BATCHING: 60, Cause.CONTENTION: 10}
    assert waits(found, "12", "post") == {Cause.CONTENTION: 20}
    assert len(set(found.batch.tolist())) == 3


def test_a_pile_that_a_busy_person_works_off_is_no_batch() -> None:
    found = causes(table(*batched(idle=False)))
    assert set(found.batch.tolist()) == {-1}
    assert waits(found, "00", "post") == {Cause.CONTENTION: 120}


def test_a_step_that_is_begun_on_one_hour_of_the_week_is_a_gate() -> None:
    week, rows = 7 * 86400, list[Row]()
    for n in range(12):
        ready = week * n + 3600 * (7 * n % 100) + 60 * n
        rows.append((str(n), "apply", f"p{n}", ready, ready, ready + 60))
        rows.append((str(n), "decide", "board", ready + 60, week * (n + 1), week * (n + 1) + 600))
    found = causes(table(*rows))
    assert [name for name, gate in zip(found.table.step_names, found.gates, strict=True) if gate] == ["decide"]
    assert set(waits(found, "3", "decide")) == {Cause.GATE}


def test_steps_side_by_side_do_not_wait_for_each_other() -> None:
    rows: list[Row] = []
    for n in range(10):
        at = 1000 * n
        rows += [
            (str(n), "receive", "ana", None, at, at + 10),
            (str(n), "credit", "bo", None, at + 20, at + 60),
            (str(n), "house", "cy", None, at + 30, at + 90),
            (str(n), "decide", "ana", None, at + 100, at + 110),
        ]
    found = causes(table(*rows))
    made = found.table
    ready = {made.step_names[made.step[i]]: (made.ready[i] - made.ready[0]) / SECOND for i in range(4)}
    assert ready == {"receive": 0, "credit": 10, "house": 10, "decide": 90}
    times = by_case(found)
    assert times.cycle.tolist() == [110 * SECOND] * 10
    assert times.working.tolist() == [80 * SECOND] * 10  # receive 10, house 60, decide 10
    assert times.efficiency == pytest.approx(80 / 110)


def test_inferred_beginnings_make_an_interval() -> None:
    made = table(("a", "check", "ana", 0, 30, 100))
    object.__setattr__(made, "start_estimated", np.array([True]))
    times = by_case(causes(made))
    assert times.efficiency == pytest.approx(0.7)
    assert times.efficiency_bounds == (0.0, 1.0)


def test_an_empty_log_has_no_causes() -> None:
    found = causes(table())
    assert found.waits.shape == (0, len(Cause))
    assert by_case(found).efficiency == 0.0


# --- what lay, although somebody was busy ---------------------------------------------------------------------------------


def hidden(*rows: Row) -> dict[str, float]:
    found = causes(table(*rows))
    made = found.table
    return {
        made.case_names[made.case[row]]: found.hidden[row] / SECOND for row in range(len(made)) if found.hidden[row]
    }


def test_what_still_lay_when_its_desk_was_idle_did_not_wait_for_the_work_before() -> None:
    """Ana works until 600 and then does nothing until 1000: the other case had not been noticed."""
    rows: list[Row] = [("a", "check", "ana", 0, 0, 600), ("b", "check", "ana", 100, 1000, 1100)]
    assert hidden(*rows) == {"b": 500}
    assert waits(causes(table(*rows)), "b", "check") == {Cause.CONTENTION: 500, Cause.UNEXPLAINED: 400}, "as before"


def test_what_is_taken_up_straight_from_other_work_waited_for_it() -> None:
    assert hidden(("a", "check", "ana", 0, 0, 600), ("b", "check", "ana", 100, 600, 700)) == {}
    assert hidden(("a", "check", "ana", 0, 0, 600), ("b", "check", "ana", 100, 630, 700)) == {}, "on her way"


def test_work_after_the_last_idle_moment_may_have_been_waited_for() -> None:
    """Idle from 600 to 1000, then busy with another case until 1500: 500 seconds lay, 500 may be a queue."""
    rows: list[Row] = [
        ("a", "check", "ana", 0, 0, 600), ("c", "check", "ana", 1000, 1000, 1500), ("b", "check", "ana", 100, 1500, 1600)
    ]  # fmt: skip
    assert hidden(*rows) == {"b": 500}
