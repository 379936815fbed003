"""Checks by queueing theory, on simulated queues whose truth is known and on histories made by hand."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from procession.analytics.instances import InstanceTable
from procession.analytics.queueing import Checks, checks
from procession.analytics.simulation.arrivals import Poisson
from procession.analytics.simulation.distributions import Exponential
from procession.analytics.simulation.model import END, Model, Person, Place, Source, Work
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import simulate
from procession.analytics.table_of_log import table_of
from procession.analytics.waiting.hours import around_the_clock
from procession.engine.calendar import WorkCalendar
from tests.analytics.waiting.build import SECOND, Row, causes, table

ALWAYS = WorkCalendar(id="always", zone="UTC", hours=(((0, 1440),),) * 7)
DAY = 86_400


def queue(load: float, people: int = 1, cases: int = 4000) -> Checks:
    """A desk with random arrivals and random work of half an hour on average."""
    model = Model(
        nodes=(Work(place=Place("flow", "check", "check", "flow"), work=Exponential(1800.0), group="desk", next=END),),
        people=tuple(Person(name=f"p{n}", groups=frozenset({"desk"})) for n in range(people)),
        calendars={"standard": ALWAYS}, sources=(Source(name="flow", arrivals=Poisson(2 * load * people), entry=0),),
    )  # fmt: skip
    made = table_of(simulate(model, Limit(cases=cases), seed=3).process_log())
    return checks(causes(in_one_department(made), around_the_clock(people)))


def in_one_department(made: InstanceTable) -> InstanceTable:
    return replace(made, department=np.zeros(len(made), dtype=np.int32), department_names=["Desk"])


@pytest.mark.parametrize("people", [1, 3])
def test_a_queue_at_two_thirds_load_waits_as_kingman_says(people: int) -> None:
    (desk,) = queue(2 / 3, people).desks
    assert desk.busy == pytest.approx(2 / 3, abs=0.05)
    assert desk.expected is not None
    assert desk.waited == pytest.approx(desk.expected, rel=0.25)
    assert not desk.is_unstable


def test_a_desk_that_gets_more_than_it_can_do_is_unstable() -> None:
    (desk,) = queue(1.3, cases=1500).desks
    assert desk.busy > 0.95
    assert desk.growing
    assert desk.is_unstable


def test_littles_law_holds_in_a_stable_queue_and_fails_in_a_growing_one() -> None:
    assert not queue(0.5).is_cut
    assert queue(1.3, cases=1500).is_cut


def test_open_cases_count_as_lasting_at_least_so_long() -> None:
    """Five took 1 to 5 days; five others are open for 6: half of all take no more than 5."""
    rows: list[Row] = [(str(n), "check", "ana", 0, 0, n * DAY) for n in range(1, 6)]
    found = checks(causes(table(*rows), around_the_clock(1)), [6 * DAY * SECOND] * 5)
    assert found.median == 3 * DAY * SECOND
    assert found.median_with_open == 5 * DAY * SECOND
    assert checks(causes(table(*rows), around_the_clock(1)), [6 * DAY * SECOND] * 6).median_with_open is None


def test_effectiveness_is_availability_times_speed_times_right_the_first_time() -> None:
    """Forty visits of 1 hour to thirty cases: ten came again; nobody was ever away."""
    rows: list[Row] = [
        (str(n % 30), "check", "ana", 10_000 * n, 10_000 * n, 10_000 * n + 3600) for n in range(40)
    ]  # fmt: skip
    (step,) = checks(causes(table(*rows), around_the_clock(1))).steps
    assert (step.available, step.speed, step.first_time) == (1, 1, 0.75)
    assert step.overall == 0.75
