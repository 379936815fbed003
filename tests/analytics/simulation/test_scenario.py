"""What a scenario changes in a model, and how two of them compare."""

from __future__ import annotations

import statistics

import pytest

from procession.analytics.simulation.comparing import Noise, compare, interval, widened
from procession.analytics.simulation.distributions import Exponential, Fixed
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.laying import Ground
from procession.analytics.simulation.model import Model, Work
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.run import simulate
from procession.analytics.simulation.scenario import Scenario, ScenarioProblems
from procession.engine.definition import Definition
from procession.engine.program import compile_definition
from procession.interchange.scenarios import read_scenario
from procession.interchange.yaml import read
from tests.analytics.simulation.build import HOUR, queue

FLOW = """
workflow: flow
title: Flow
fields: {risky: yes/no}
start: {form: [risky]}
steps:
  - {task: Prepare, assign: "group:desk", usually: {work: 1 hour}}
  - {task: Look closer, when: risky, assign: "group:desk", usually: {work: 2 hours}}
  - {approval: Decide, assign: "role:boss", usually: {work: 10 minutes}, on reject: end rejected}
  - {wait: Until the answer is there, for: 2 days}
"""


def ground(text: str = FLOW) -> Ground:
    definition = read(text).definition
    assert isinstance(definition, Definition)
    return Ground(program=compile_definition(definition))


def scenario(text: str) -> Scenario:
    found = read_scenario(f"scenario: Test\narrivals: 10 per week\n{text}")
    assert found.scenario is not None, found.findings
    return found.scenario


def laid(text: str) -> Model:
    return ground().model(scenario(text))


def node(model: Model, step: str) -> Work:
    return next(one for one in model.nodes if isinstance(one, Work) and one.place.step == step)


def test_a_step_gets_the_times_that_are_said() -> None:
    made = laid(
        "steps: {prepare: {work: {usually: 30 minutes, spread: 0}, wait: {usually: 1 business day, spread: 0}}}"
    )
    assert node(made, "prepare").work == Fixed(1800)
    assert node(made, "prepare").notice == Fixed(8 * HOUR)


def test_an_instant_step_takes_no_time_and_nobody() -> None:
    made = laid("people: {desk: 1}\nsteps: {prepare: {instant: true}}")
    log = simulate(made, Limit(cases=50))
    own = [n for n, one in enumerate(made.nodes) if isinstance(one, Work) and one.place.step == "prepare"]
    tasks = [task for task, number in enumerate(log.columns.node.tolist()) if number in own]
    assert len(tasks) == 50
    assert all(log.columns.ready[t] == log.columns.completed[t] and log.columns.person[t] < 0 for t in tasks)


def test_hours_people_gates_and_shares() -> None:
    made = laid(
        'people: {desk: 3}\nhours: {desk: {monday: "08:00-09:00"}}\n'
        "steps:\n  decide: {gate: Tuesday 14:00, outcomes: {approve: 0%, reject: 100%}}\n  look-closer: {happens: 0%}"
    )
    assert sum("group:desk" in one.groups for one in made.people) == 3
    assert {one.calendar for one in made.people if "group:desk" in one.groups} == {"hours of group:desk"}
    log = simulate(made, Limit(cases=30))
    assert set(log.outcomes) == {"rejected"}
    decided = [row for row in log.rows() if row.activity == "flow/decide"]
    assert all(
        row.started.weekday() == 1 and row.started.hour >= 14 for row in decided if row.started.day == row.ready.day
    )
    assert not any(row.activity == "flow/look-closer" for row in log.rows())
    assert {row.started.hour for row in log.rows() if row.activity == "flow/prepare"} == {8}


@pytest.mark.parametrize(
    ("text", "path", "code"),
    [
        ("steps: {prepar: {work: 1 hour}}", "steps/prepar", "unknown_step"),
        ("people: {dsk: 2}", "people/dsk", "unknown_group"),
        ("hours: {desk: nights}", "hours/desk", "unknown_calendar"),
        ("handoffs: {a: {happens: 1}}", "handoffs/a", "unknown_handoff"),
        ("steps: {decide: {outcomes: {maybe: 1}}}", "steps/decide/outcomes", "unknown_outcome"),
        ("steps: {prepare: {happens: 50%}}", "steps/prepare/happens", "type_mismatch"),
        ("steps: {until-the-answer-is-there: {wait: 1 day}}", "steps/until-the-answer-is-there/wait", "type_mismatch"),
    ],
)
def test_what_does_not_fit_the_definition_is_named(text: str, path: str, code: str) -> None:
    with pytest.raises(ScenarioProblems) as found:
        laid(text)
    assert [(one.path, one.code) for one in found.value.problems] == [(path, code)]


def test_without_arrivals_it_says_so() -> None:
    with pytest.raises(ScenarioProblems, match="arrive"):
        ground().model(Scenario(scenario="x"))


def test_the_same_model_twice_differs_by_nothing() -> None:
    made = queue(2, 1.2)
    found = compare(made, made, Limit(cases=200), runs=3)
    assert (found.cycle.mean, found.cycle.low, found.cycle.high) == (0, 0, 0)


def test_common_chance_makes_the_interval_of_a_difference_narrower_than_without() -> None:
    """The variance of paired differences is far below that of two independent sets of runs."""
    before, after = queue(2, 1.6, Exponential(HOUR)), queue(2, 1.6, Exponential(0.95 * HOUR))
    paired = compare(before, after, Limit(cases=400), runs=10)

    def mean(made: Model, seed: int) -> float:
        return float(simulate(made, Limit(cases=400), seed=seed).cycles.mean()) / 1e6

    apart = interval([mean(after, 100 + seed) - mean(before, seed) for seed in range(10)])
    assert paired.cycle.high < 0
    assert (paired.cycle.high - paired.cycle.low) * 2 < apart.high - apart.low


def test_a_known_difference_lies_in_the_interval() -> None:
    """M/D/∞: without queues a case takes exactly its work, so a second hour less is 3600 seconds less."""
    before, after = queue(50, 0.5, Fixed(3 * HOUR)), queue(50, 0.5, Fixed(2 * HOUR))
    found = compare(before, after, Limit(cases=50), runs=3)
    assert (found.cycle.mean, found.cycle.low, found.cycle.high) == (-HOUR, -HOUR, -HOUR)


def test_an_interval_is_students() -> None:
    found = interval([1.0, 2.0, 3.0, 4.0])
    half = 3.182446 * statistics.stdev([1, 2, 3, 4]) / 2
    assert (found.mean, found.low, found.high) == pytest.approx((2.5, 2.5 - half, 2.5 + half), abs=1e-5)


def test_two_runs_make_no_interval() -> None:
    with pytest.raises(SimulationError, match="2 runs"):
        compare(queue(1, 0.5), queue(2, 0.5), Limit(cases=5), runs=2)


def test_what_a_log_leaves_open_widens_the_interval_and_stops_in_time() -> None:
    own = [1.0, 1.2, 0.8, 1.1, 0.9]
    assert widened(own, []) == interval(own)
    other_logs = widened(own, [0.2, 1.9, 1.0, 0.4, 1.6, 1.1])
    assert other_logs.mean == interval(own).mean
    assert other_logs.low < interval(own).low < interval(own).high < other_logs.high
    assert widened(own, [1.0, 1.0, 1.0]).low <= interval(own).low, "never narrower than chance"
    model = queue(1, 0.5)
    noise = Noise(lambda number: (model, model), lambda drawn: drawn >= 4)
    found = compare(model, model, Limit(cases=20), runs=3, noise=noise)
    assert (found.draws, found.cycle.mean) == (4, 0.0)
