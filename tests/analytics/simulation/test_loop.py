"""Models of a few cases, worked out by hand; hours count from Monday, nine o'clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procession.analytics.simulation.arrivals import Poisson, Spaced
from procession.analytics.simulation.causes import Cause
from procession.analytics.simulation.distributions import Exponential, Fixed
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.hours import Every, Weekly
from procession.analytics.simulation.model import (
    END,
    Await,
    Batch,
    Bound,
    Choice,
    Effect,
    End,
    Fork,
    Handoff,
    Leave,
    Member,
    Members,
    Node,
    Source,
)  # fmt: skip
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.result import SimulatedLog
from procession.analytics.simulation.run import simulate
from procession.engine.calendar import STANDARD
from tests.analytics.build import MONDAY, at
from tests.analytics.simulation.build import HOUR, arriving, model, person, run, step


def times(log: SimulatedLog) -> list[tuple[str, float, float, float]]:
    """Step, ready, started, completed; in hours."""
    hour = timedelta(hours=1)
    return [
        (row.activity.partition("/")[2], (row.ready - MONDAY) / hour, (row.started - MONDAY) / hour,
         (row.completed - MONDAY) / hour)
        for row in log.rows()
    ]  # fmt: skip


def causes(log: SimulatedLog, task: int) -> list[tuple[str, float]]:
    """Why a task waited, and for how many hours; work is left out."""
    return [
        (row.cause.name, (row.end - row.begin) / timedelta(hours=1))
        for row in log.truth_rows()
        if row.task == task and row.cause is not Cause.WORK
    ]


def test_who_comes_second_waits_for_who_is_busy() -> None:
    log = run(model(step("do", 2), arrivals=arriving(0, 1)))
    assert times(log) == [("do", 0, 0, 2), ("do", 1, 2, 4)]
    assert causes(log, 1) == [("BUSY", 1)]


def test_two_people_work_side_by_side() -> None:
    log = run(model(step("do", 2), arrivals=arriving(0, 1, 1.5), people=(person("ana"), person("bo"))))
    assert [row[2] for row in times(log)] == [0, 1, 2]
    assert [row.resource for row in log.rows()] == ["ana", "bo", "ana"]


def test_work_pauses_overnight_and_what_comes_at_night_waits_for_the_morning() -> None:
    office = {"standard": STANDARD}
    log = run(model(step("do", 6), arrivals=arriving(4, 10), calendars=office))
    assert times(log) == [("do", 4, 4, 26), ("do", 10, 26, 32)]
    assert causes(log, 0) == [("PAUSED", 16)]
    assert causes(log, 1) == [("CLOSED", 14), ("BUSY", 2)]


def test_an_absence_is_closed_too() -> None:
    away = person("ana", away=((at(-9), at(3)),))
    log = run(model(step("do"), people=(away,)))
    assert times(log) == [("do", 0, 3, 4)]
    assert causes(log, 0) == [("CLOSED", 3)]


def test_the_more_urgent_goes_first_and_the_other_is_overtaken() -> None:
    nodes: tuple[Node, ...] = (step("low", 2), step("high", 1, priority=5))
    sources = (
        Source(name="low", arrivals=arriving(0, 1), entry=0),
        Source(name="high", arrivals=arriving(1.5), entry=1),
    )
    log = simulate(model(*nodes, sources=sources, order="priority"), Limit(cases=9))
    assert times(log) == [("low", 0, 0, 2), ("low", 1, 3, 5), ("high", 1.5, 2, 3)]
    assert causes(log, 1) == [("BUSY", 1), ("OVERTAKEN", 1)]
    assert causes(log, 2) == [("BUSY", 0.5)]


def test_what_is_due_first_goes_first() -> None:
    nodes: tuple[Node, ...] = (step("far", 1, due=50 * HOUR), step("near", 1, due=2 * HOUR))
    sources = (
        Source(name="far", arrivals=arriving(0, 0.2), entry=0),
        Source(name="near", arrivals=arriving(0.5), entry=1),
    )
    log = simulate(model(*nodes, sources=sources, order="due"), Limit(cases=9))
    assert [row[0] for row in sorted(times(log), key=lambda row: row[2])] == ["far", "near", "far"]


def test_somebody_busy_with_another_workflow_is_said_so() -> None:
    nodes: tuple[Node, ...] = (step("a", 2, workflow="one"), step("b", 1, workflow="two"))
    sources = (Source(name="one", arrivals=arriving(0), entry=0), Source(name="two", arrivals=arriving(1), entry=1))
    log = simulate(model(*nodes, sources=sources), Limit(cases=1))
    assert causes(log, 1) == [("OTHER_WORK", 1)]


def test_a_gate_lets_through_at_its_moments() -> None:
    gate = Every(at(5), timedelta(hours=24))
    log = run(model(step("decide", gate=gate), arrivals=arriving(1, 6)))
    assert [row[2] for row in times(log)] == [5, 29]
    assert causes(log, 0) == [("GATE", 4)]


def test_a_weekly_gate_leaves_holidays_out() -> None:
    gate = Weekly(((1, 600),), STANDARD)  # Tuesdays at ten
    log = run(model(step("decide", gate=gate), arrivals=arriving(30)))
    assert times(log)[0][2] == 24 * 8 + 1


def test_a_batch_waits_for_its_moment() -> None:
    batch = Batch(at=Every(at(8), timedelta(hours=24)))
    log = run(model(step("do", batch=batch), arrivals=arriving(1, 2)))
    assert [row[2] for row in times(log)] == [8, 9]
    assert causes(log, 1) == [("BATCH", 6), ("BUSY", 1)]


def test_a_batch_waits_until_it_is_full() -> None:
    log = run(model(step("do", batch=Batch(size=3)), arrivals=arriving(1, 2, 4)))
    assert [row[2] for row in times(log)] == [4, 5, 6]
    assert causes(log, 0) == [("BATCH", 3)]


def test_what_lies_unnoticed_is_named() -> None:
    log = run(model(step("do", notice=Fixed(3 * HOUR), notice_cause=Cause.HANDOFF)))
    assert times(log) == [("do", 0, 3, 4)]
    assert causes(log, 0) == [("HANDOFF", 3)]


def test_two_things_at_once_take_no_longer() -> None:
    log = run(model(step("do", 2), arrivals=arriving(0, 0, 0), people=(person("ana", at_once=2),)))
    assert [row[2] for row in times(log)] == [0, 0, 2]


def test_four_eyes_wait_for_the_other_pair() -> None:
    nodes: tuple[Node, ...] = (step("make", 1, next=1), step("check", 1, not_by=(0,)))
    busy = Source(name="other", arrivals=arriving(0.5), entry=2)
    people = (person("ana"), person("bo", "team", "own"))
    log = simulate(
        model(
            *nodes,
            step("own", 3, "own"),
            people=people,
            sources=(Source(name="flow", arrivals=arriving(0), entry=0), busy),
        ),
        Limit(cases=1),
    )
    check = next(row for row in log.rows() if row.activity == "flow/check")
    assert (check.resource, check.started) == ("bo", at(3.5))


def test_outsiders_and_machines_wait_for_nobody() -> None:
    log = run(model(step("ask", 5, None, outside=True, next=1), step("book", 1, None), arrivals=arriving(0, 0)))
    assert times(log) == [("ask", 0, 0, 5), ("ask", 0, 0, 5), ("book", 5, 5, 6), ("book", 5, 5, 6)]
    assert causes(log, 0) == [("OUTSIDE", 5)]


def test_an_arrow_back_is_taken_so_often() -> None:
    nodes: tuple[Node, ...] = (step("do", next=1), Bound(at_most=2, back=0, exhausted=2), End(outcome="given up"))
    log = run(model(*nodes))
    assert [row[2] for row in times(log)] == [0, 1, 2]
    assert log.outcomes == ["given up"]


def test_parallel_branches_are_joined_by_the_last() -> None:
    nodes: tuple[Node, ...] = (Fork(branches=(1, 2), next=3), step("short", 1), step("long", 4, "other"), step("then"))
    log = run(model(*nodes, people=(person("ana"), person("bo", "other"))))
    assert times(log)[-1] == ("then", 4, 4, 5)
    assert log.partition.sum() == log.cycles.sum()


def test_any_withdraws_the_rest_and_frees_whoever_worked_on_it() -> None:
    nodes: tuple[Node, ...] = (Fork(branches=(1, 2), need=1, next=3), step("quick", 1), step("slow", 9, "other"),
                               step("then", 1, "other"))  # fmt: skip
    log = run(model(*nodes, people=(person("ana"), person("bo", "other"))))
    assert times(log) == [("quick", 0, 0, 1), ("then", 1, 1, 2)]
    assert log.columns.work[log.columns.withdrawn == 1].tolist() == [3600 * 10**6]


def test_the_rest_may_finish_while_the_case_goes_on() -> None:
    nodes: tuple[Node, ...] = (Fork(branches=(1, 2), need=1, finish_rest=True, next=3), step("quick", 1),
                               step("slow", 2, "other"), step("then", 5))  # fmt: skip
    log = run(model(*nodes, people=(person("ana"), person("bo", "other"))))
    assert times(log) == [("quick", 0, 0, 1), ("slow", 0, 0, 2), ("then", 1, 1, 6)]


def test_a_quorum_ends_when_it_cannot_be_reached() -> None:
    no = Effect(against=True)
    seats = (step("vote", 1, seat=0, next=4), step("vote", 2, seat=1, next=4), step("vote", 9, seat=2, next=4))
    fork = Fork(branches=(1, 2, 3), need=2, votes=(5, 6), next=5)
    people = (person("ana"), person("bo"), person("cy"))
    log = run(model(fork, *seats, no, End(outcome="agreed"), End(outcome="refused"), people=people))
    assert log.outcomes == ["refused"]
    assert log.columns.ended.tolist() == [2 * 3600 * 10**6]


def test_an_arrow_out_of_a_block_withdraws_it() -> None:
    nodes: tuple[Node, ...] = (step("begin", next=1), Fork(branches=(2, 3), next=5), step("a", 1, next=4), step("b", 9, "other"),
                               Leave(blocks=1, to=6), step("joined"), step("outside"))  # fmt: skip
    log = run(model(*nodes, people=(person("ana"), person("bo", "other"))))
    assert [row[0] for row in times(log)] == ["begin", "a", "outside"]


def test_a_milestone_lets_go_what_waits_for_it() -> None:
    place = step("wait").place
    nodes: tuple[Node, ...] = (Fork(branches=(1, 3), next=END), step("do", 3, next=2), Effect(milestone="done"),
                               Await(place=place, milestone="done", next=4), step("after", 1))  # fmt: skip
    log = run(model(*nodes))
    assert times(log)[-1] == ("after", 3, 3, 4)
    assert causes(log, 1) == [("DATA", 3)]


def test_data_decides_where_it_can() -> None:
    nodes: tuple[Node, ...] = (Choice(chances=(0.5, 0.5), ways=(1, 2), decide=lambda data: data["way"]), End(outcome="a"),
                               End(outcome="b"))  # fmt: skip
    source = Source(name="flow", arrivals=arriving(0, 1, 2), entry=0, begin=lambda _: {"way": 1})
    assert run(model(*nodes, sources=(source,))).outcomes == ["b", "b", "b"]


def process(*handoffs: Handoff, third: bool = True) -> Members:
    members = [Member(name="one", entry=1), Member(name="two", entry=2), Member(name="three", entry=3)]
    return Members(members=tuple(members[: 3 if third else 2]), handoffs=handoffs)


def over(source: str | None, to: str, **more: object) -> Handoff:
    return Handoff(id=f"{source}->{to}", sources=((source, None, None),), to=to, **more)  # type: ignore[arg-type]


def test_a_member_starts_when_all_its_handoffs_have_happened() -> None:
    flow = process(
        over(None, "one"), over(None, "two"), over("one", "three", lag=Fixed(2 * HOUR)), over("two", "three")
    )
    people = (person("ana", "a"), person("bo", "b"), person("cy", "c"))
    log = run(model(flow, step("x", 1, "a"), step("y", 3, "b"), step("z", 1, "c"), people=people))
    assert times(log)[-1] == ("z", 3, 3, 4)
    assert log.outcomes == ["done"]


def test_how_long_a_handoff_lies_belongs_to_the_first_work() -> None:
    flow = process(over(None, "one"), over("one", "two", lag=Fixed(2 * HOUR)), third=False)
    log = run(model(flow, step("x"), step("y")))
    assert times(log) == [("x", 0, 0, 1), ("y", 1, 3, 4)]
    assert causes(log, 1) == [("HANDOFF", 2)]


def test_a_member_whose_handoff_cannot_happen_is_not_started() -> None:
    flow = process(over(None, "one"), over("one", "two", chance=0.0), over("two", "three"))
    log = run(model(flow, step("x"), step("y"), step("z")))
    assert [row[0] for row in times(log)] == ["x"]
    assert log.columns.ended.tolist() == [3600 * 10**6]


def test_a_handoff_back_runs_a_member_again() -> None:
    flow = process(over(None, "one"), over("one", "two"), over("two", "one", again=True, at_most=1), third=False)
    log = run(model(flow, step("x"), step("y")))
    assert [row[0] for row in times(log)] == ["x", "y", "x", "y"]


def test_cases_at_a_fixed_distance_do_not_wait() -> None:
    log = run(model(step("do"), arrivals=Spaced(2 * HOUR)), 5)
    assert [row[1:] for row in times(log)] == [(n, n, n + 1) for n in (2, 4, 6, 8, 10)]


def test_poisson_arrivals_keep_to_their_hours() -> None:
    log = run(model(step("do", 0.1), arrivals=Poisson(2, "standard"), calendars={"standard": STANDARD}), 500, seed=4)
    moments = [log.moment(int(one)) for one in log.plan.arrived]
    assert all(STANDARD.is_working(one) for one in moments)
    span = STANDARD.working_between(MONDAY, moments[-1]) / timedelta(hours=1)
    assert 500 / span == pytest.approx(2, rel=0.15)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda: model(step("do", group="nobody")), "nobody works in nobody"),
        (lambda: model(step("do"), sources=()), "no cases arrive"),
        (lambda: Choice(chances=(0.5, 0.6), ways=(0, 1)), "do not add up to 1"),
        (lambda: Poisson(0), "0 cases an hour"),
        (Limit, "one of the two"),
        (lambda: Exponential(-1), "a mean is -1"),
        (lambda: run(model(step("do"), calendars={"other": STANDARD})), "calendar standard"),
    ],
)
def test_what_contradicts_itself_is_refused(made: object, said: str) -> None:
    with pytest.raises(SimulationError, match=said):
        made()  # type: ignore[operator]


def test_a_case_that_never_ends_is_refused() -> None:
    nodes: tuple[Node, ...] = (step("do", 0.001, next=1), Choice(chances=(1.0, 0.0), ways=(0, END)))
    with pytest.raises(SimulationError, match="circle without end"):
        run(model(*nodes), 1)
