"""A model fitted to a log whose making is known: it is good where it should be, and silent where it should not speak."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from procession.analytics.log import ProcessCase, ProcessLog
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import Figures
from procession.analytics.simulation.fitting import Calibration, calibrate, distance, fit
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import simulate
from tests.analytics.simulation.test_scenario import ground, scenario


def made(text: str, cases: int = 200) -> ProcessLog:
    """The log of a scenario, without anything that only a simulation knows; with outcomes, as a real one has them."""
    log = simulate(ground().model(scenario(text)), Limit(cases=cases), seed=5).process_log()
    return replace(log, cases=tuple(decided(case) for case in log.cases))


def decided(case: ProcessCase) -> ProcessCase:
    """Who was approved went on to wait for the answer."""
    outcome = "approve" if any(one.kind == "wait" for one in case.instances) else "reject"
    return replace(case, instances=tuple(
        replace(one, outcome=outcome) if one.step == "decide" else one for one in case.instances
    ))  # fmt: skip


def test_a_model_fitted_to_its_own_log_behaves_like_it() -> None:
    found = fit(made("people: {desk: 2, role:boss: 1}"), replace(ground(), figures=Figures(people={"group:desk": 2})))
    assert found.calibration.is_good, found.calibration
    assert found.calibration.distance < 0.15
    assert "take as long as they did" in found.calibration.sentence


def test_with_half_the_people_it_does_not_and_says_so() -> None:
    busy = simulate(
        ground().model(replace(scenario("people: {desk: 2}"), arrivals="50 per week")), Limit(cases=200), seed=5
    ).process_log()
    found = fit(busy, replace(ground(), figures=Figures(people={"group:desk": 1})))
    assert not found.calibration.is_good
    assert "does not behave like" in found.calibration.sentence


def test_the_gate() -> None:
    good = Calibration(cases=20, observed=10, simulated=10, low=9, high=11, distance=0.15)
    assert good.is_good
    assert not replace(good, distance=0.1501).is_good
    outside = replace(good, observed=12)
    assert not outside.is_good
    assert "mean lies outside" in outside.sentence


def test_too_few_cases_are_refused() -> None:
    with pytest.raises(SimulationError, match="19 finished cases are too few"):
        fit(made("", 19), ground())


def test_the_distance_of_samples() -> None:
    """Everything moved by three is a distance of three; one of four moved by eight is one of two."""
    assert distance(np.array([1.0, 2, 5]), np.array([4.0, 5, 8])) == pytest.approx(3)
    assert distance(np.array([0.0, 0, 0, 0]), np.array([0.0, 0, 0, 8])) == pytest.approx(2)


def test_calibration_uses_the_given_ground() -> None:
    log = made("")
    slow = replace(ground(), arrivals=ground().rate("10 per week"))
    found = calibrate(log, slow, seed=1)
    assert found.low <= found.simulated <= found.high
    assert found.cases == 200
