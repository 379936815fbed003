"""Waiting, working, rework and open work, counted by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from procession.analytics.log import OpenActivity, ProcessCase, ProcessLog, Site
from procession.analytics.measures import heat, measure
from procession.engine.calendar import STANDARD
from tests.analytics.build import at, case, did, hours, log
from tests.analytics.test_critical_path import onboarding

WRITE, REVIEW = Site("step", "a", "write"), Site("step", "a", "review")


def reviewed(wait: float, again: bool = False, name: str = "case") -> ProcessCase:
    steps = [did("a.write", 0, 0, 1), did("a.review", 1, 1 + wait, 2 + wait, "a.write")]
    if again:
        steps.append(did("a.write", 2 + wait, 2 + wait, 4 + wait, "a.review", id="again"))
    return case(*steps, name=name)


def test_waiting_and_working_of_each_step() -> None:
    found = measure(log(*(reviewed(w, name=str(w)) for w in (1, 2, 9))))
    review = found.places[REVIEW]
    assert review.waiting is not None and review.working is not None
    assert (review.waiting.median, review.waiting.mean) == (hours(2), hours(4))
    assert (review.working.median, review.visits, review.cases) == (hours(1), 3, 3)
    assert found.cycle is not None and found.cycle.median == hours(4)


def test_percentiles_need_twenty_values_and_say_so() -> None:
    few = measure(log(*(reviewed(1, name=str(n)) for n in range(19)))).places[REVIEW].waiting
    assert few is not None and few.p85 is None
    assert few.note == "percentiles need 20 values, there are 19"
    many = measure(log(*(reviewed(n, name=str(n)) for n in range(21)))).places[REVIEW].waiting
    assert many is not None and (many.p85, many.note) == (hours(17), None)


def test_a_step_done_again_is_rework() -> None:
    found = measure(log(reviewed(1, again=True, name="1"), reviewed(1, name="2")))
    assert (found.places[WRITE].rework, found.places[WRITE].visits) == (0.5, 3)
    assert found.places[REVIEW].rework == 0


def test_the_wait_after_a_handoff_belongs_to_the_handoff() -> None:
    found = measure(log(onboarding()))
    handoff = found.places[Site("handoff", "access", "cleared", "background")]
    create = found.places[Site("step", "access", "create")]
    assert handoff.waiting is not None and create.waiting is not None
    assert (handoff.waiting.median, create.waiting.median) == (hours(20), hours(2))
    assert (handoff.title, handoff.working) == ("Background → Access", None)


def test_open_work_is_counted_at_its_step_and_unseen_at_the_handoff_before_it() -> None:
    cleared = {"part": "access", "step": "create", "handoff": "cleared", "source": "background"}
    seen = OpenActivity(case_id="1", ready=at(0), first_opened=at(1), **cleared)
    unseen = OpenActivity(case_id="2", ready=at(0), **cleared)
    found = measure(log(onboarding(), open=(seen, unseen)))
    assert found.places[Site("step", "access", "create")].open_now == 2
    assert found.places[Site("handoff", "access", "cleared", "background")].open_now == 1


def test_a_step_that_only_running_cases_have_reached_is_on_the_map() -> None:
    found = measure(
        ProcessLog(process="p", cases=(), open=(OpenActivity(case_id="1", part="a", step="b", ready=at(0)),))
    )
    place = found.places[Site("step", "a", "b")]
    assert (place.open_now, place.waiting, place.heat) == (1, None, None)
    assert (found.cycle, found.late, found.efficiency) == (None, None, None)


def test_shares_add_up_and_efficiency_leaves_out_closed_hours() -> None:
    """One open hour waiting, one working, of 24 in all."""
    one = case(did("a.one", 7, 24, 25), begin=7)
    found = measure(log(one, calendar=STANDARD))
    assert sum(found.shares.values()) == pytest.approx(1)
    assert found.shares["closed hours"] == pytest.approx(16 / 18)
    assert found.efficiency == pytest.approx(0.5)


def test_late_is_judged_in_working_time() -> None:
    """Monday 16:00 to Tuesday 10:00 is 18 hours and two working hours."""
    one = case(did("a.one", 7, 24, 25), begin=7)
    assert measure(log(one, calendar=STANDARD, target=hours(2))).late == 0
    assert measure(log(one, calendar=STANDARD, target=hours(1.9))).late == 1


@pytest.mark.parametrize(
    ("waiting", "level"),
    [(0, "h0"), (5.99, "h0"), (6, "h1"), (18, "h2"), (36, "h3"), (72, "h4"), (119, "h4"), (120, "h5"), (999, "h5")],
)
def test_heat_levels(waiting: float, level: str) -> None:
    assert heat(timedelta(hours=waiting)) == level


def test_heat_needs_five_visits() -> None:
    places = measure(log(*(reviewed(40, name=str(n)) for n in range(5)))).places
    assert (places[REVIEW].heat, places[WRITE].heat) == ("h3", "h0")
    assert measure(log(*(reviewed(40, name=str(n)) for n in range(4)))).places[REVIEW].heat is None
