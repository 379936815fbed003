"""What a log says besides times: turns, handoffs together, arrivals as they were, hands full, times cut short."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from procession.analytics.log import ActivityInstance, ProcessCase, ProcessLog
from procession.analytics.simulation.arrivals import FOUR_WEEKS, Replayed, moments_of
from procession.analytics.simulation.distributions import survived
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import VISITS
from procession.analytics.simulation.from_log import at_once_from_log, figures_from_log
from procession.analytics.ways import Handing, Way

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


def task(name: str, begin: float, end: float, person: str = "ana", **more: object) -> ActivityInstance:
    return ActivityInstance(
        id=name, case_id="c", workflow="w", step="do", resource=person, ready=MONDAY + begin * HOUR,
        started=MONDAY + begin * HOUR, ended=MONDAY + end * HOUR, **more,  # pyright: ignore[reportArgumentType]
    )  # fmt: skip


def log_of(*cases: ProcessCase) -> ProcessLog:
    return ProcessLog(process="w", cases=cases)


def case(
    number: int, *instances: ActivityInstance, ways: tuple[Way, ...] = (), handings: tuple[Handing, ...] = ()
) -> ProcessCase:
    return ProcessCase(
        id=str(number), begin=MONDAY, end=MONDAY + 90 * HOUR, instances=instances, ways=ways, handings=handings
    )


def test_branches_and_conditions_are_counted() -> None:
    took, none = Way("branch", "w/which", "left"), Way("branch", "w/which", "")
    came, over = Way("came", "w/which"), Way("passed over", "w/do")
    found = figures_from_log(log_of(
        case(1, task("a", 0, 1), ways=(came, took)), case(2, ways=(came, none, over)), case(3, ways=(came, took, over)),
    ))  # fmt: skip
    assert found.branches["w/which"] == {"left": 2, "": 1, VISITS: 3}
    assert found.happens["w/do"] == pytest.approx(1 / 3)


def test_handoffs_are_counted_together() -> None:
    both, one = frozenset({"a", "b"}), frozenset({"a"})
    found = figures_from_log(log_of(
        case(1, handings=(Handing(None, None, None, both),)), case(2, handings=(Handing(None, None, None, one),)),
        case(3, handings=(Handing(None, None, None, both), Handing("m", "done", None, frozenset()))),
    ))  # fmt: skip
    assert found.handings[None, None, None] == {both: 2, one: 1}
    assert found.handings["m", "done", None] == {frozenset(): 1}


def test_who_has_several_things_under_way_is_seen() -> None:
    one_by_one = [task(f"a{n}", n, n + 1) for n in range(20)]
    together = [task(f"b{n}", n, n + 2.5, "bo") for n in range(20)]
    assert at_once_from_log(log_of(case(1, *one_by_one, *together))) == {"bo": 3}


def test_a_task_that_was_forgotten_once_is_no_second_hand() -> None:
    forgotten = task("old", 0, 2)
    rest = [task(f"a{n}", n, n + 1) for n in range(1, 40)]
    assert at_once_from_log(log_of(case(1, forgotten, *rest))) == {}


def test_times_cut_short_count() -> None:
    """Of 1, 2 and 4, with one cut off at 2: half of what came to 4 is unseen, so 4 weighs twice as much."""
    found = survived([1, 2, 4], [3], points=4)
    assert sorted(found.values) == [1, 2, 4, 4]
    assert survived([1, 2], [], points=4).values == (1, 1, 2, 2)


def test_arrivals_come_as_they_came_in_summer_and_winter() -> None:
    zone = ZoneInfo("Europe/Berlin")
    at = tuple(datetime(2026, 1, 5, 9, tzinfo=zone) + timedelta(weeks=2 * n) for n in range(20))
    of = Replayed(at, zone)
    begin = datetime(2026, 1, 5, tzinfo=UTC)
    assert of.round % FOUR_WEEKS == timedelta()
    for seed in range(8):
        found = moments_of(of, None, begin, np.random.default_rng(seed), count=50, until=None)
        moments = [(begin + timedelta(microseconds=int(one))).astimezone(zone) for one in found]
        assert len(moments) == 50
        assert moments == sorted(moments)
        assert {(one.weekday(), one.hour) for one in moments} == {(0, 9)}
        weeks = {((one.date() - at[0].date()).days // 7) % 2 for one in moments}
        assert weeks == {0}, "a meeting every second week stays in its weeks"


def test_too_few_arrivals_are_refused() -> None:
    with pytest.raises(SimulationError, match="too few arrivals"):
        Replayed((MONDAY, MONDAY))
