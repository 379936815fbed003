"""Simulating a published definition: stated figures, measured ones and their gate, limits, and who may ask."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from procession.engine.rejections import InvalidField, InvalidForm, NotFound, RateLimited, TooLarge
from procession.operations.insights import analysis, simulating
from tests.operations.conftest import Office
from tests.operations.test_insights import FLOW, again, finish

SAID = "scenario: More\narrivals: 10 per week\ncases: 40\nreplications: 3\n"


@pytest.fixture
def flow(office: Office) -> Office:
    office.ask("bo", "definition.publish", files=[{"name": "flow.yaml", "text": FLOW}], accept="for tests")
    return office


def simulate(office: Office, **more: Any) -> simulating.SimulationView:
    return office.ask("finn", "insight.simulate", process="flow", **more)


def test_without_history_it_goes_by_what_is_said(flow: Office) -> None:
    found = simulate(flow, scenario=SAID + "steps: {flow/write: {work: 3 hours}}")
    assert (found.basis, found.calibration, found.cases, found.runs) == ("stated", None, 40, 3)
    assert found.before is not None
    assert found.changed is not None
    assert found.cycle is not None
    assert found.changed.cycle.mean > found.before.cycle.mean
    assert found.cycle.mean == pytest.approx(found.changed.cycle.mean - found.before.cycle.mean)
    assert found.cycle.low > 0
    assert "instead of" in found.sentence
    assert any("Read" in one for one in found.assumptions)
    assert {one.group for one in found.before.groups} >= {"person:ana"}


def test_with_history_it_is_fitted_and_says_how_well(flow: Office) -> None:
    finish(flow, 25, 0.25)
    again(flow, "flow")
    found = simulate(flow)
    assert found.basis == "measured"
    assert found.calibration is not None
    assert found.calibration.cases == 25
    stated = simulate(flow, figures="stated", scenario=SAID)
    assert stated.basis == "stated"
    if found.calibration.good:
        assert found.before is not None
    else:
        assert (found.before, found.changed, found.cycle) == (None, None, None)
        assert "does not behave like" in found.sentence


def test_a_model_that_does_not_fit_says_nothing(flow: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    finish(flow, 22, 0.25)
    again(flow, "flow")
    context = flow.context("finn")
    fitted = analysis.analysis_of(context, context.store.definition(context.organisation, "flow"))
    simulate(flow)
    assert fitted.fit is not None
    far = replace(fitted.fit.calibration, distance=0.16)
    monkeypatch.setattr(fitted, "fit", replace(fitted.fit, calibration=far))
    found = simulate(flow, scenario="scenario: x\npeople: {ana: 2}")
    assert (found.before, found.changed) == (None, None)
    assert "16 %" in found.sentence
    good = replace(far, distance=0.15, low=far.observed, high=far.observed)
    monkeypatch.setattr(fitted, "fit", replace(fitted.fit, calibration=good))
    assert simulate(flow).before is not None


def test_a_mistake_is_named_with_its_place(flow: Office) -> None:
    with pytest.raises(InvalidForm, match="Line 5, column 21: Flow has no step 'flow/wirte'") as found:
        simulate(flow, scenario=SAID + "steps: {x: {}}".replace("x: {}", "flow/wirte: {instant: true}"))
    assert found.value.problems[0].hint == "did you mean flow/write?"
    with pytest.raises(InvalidForm, match="Line 1, column 1"):
        simulate(flow, scenario="wat: 1")
    with pytest.raises(InvalidField, match="arrive") as none:
        simulate(flow)
    assert none.value.hint is not None
    assert "12 per week" in none.value.hint


@pytest.mark.parametrize(
    ("text", "kind", "words"),
    [
        ("cases: 3000", TooLarge, "3,000 cases in 10 runs"),
        ("cases: 1500\nreplications: 10", TooLarge, "1,500 cases in 10 runs"),
        ("replications: 50", InvalidField, "3 to 20"),
        ("replications: 2", InvalidField, "3 to 20"),
        ("weeks: 5", InvalidField, "number of cases"),
        ("# " + 60_000 * "x", TooLarge, "characters"),
    ],
)
def test_too_much_is_refused(flow: Office, text: str, kind: type[Exception], words: str) -> None:
    with pytest.raises(kind, match=words):
        simulate(flow, scenario=f"scenario: x\narrivals: 5 per week\n{text}")


def test_it_stops_after_some_time_and_lets_the_next_one_in(flow: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulating, "LONGEST", -1.0)
    with pytest.raises(TooLarge, match="was stopped"):
        simulate(flow, scenario=SAID)
    monkeypatch.undo()
    assert simulate(flow, scenario=SAID).before is not None


def test_only_one_simulates_at_a_time(flow: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(simulating, "PATIENCE", 0.01)
    with simulating._alone(), pytest.raises(RateLimited):  # pyright: ignore[reportPrivateUsage]
        simulate(flow, scenario=SAID)
    assert simulate(flow, scenario=SAID).before is not None


def test_who_may_not_see_all_cases_may_not_simulate_them(flow: Office) -> None:
    with pytest.raises(NotFound):
        flow.ask("ana", "insight.simulate", process="purchase", scenario=SAID)
