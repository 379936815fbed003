"""Definitions become models: what is said counts, what is not is assumed and said."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from procession.analytics.attribution import attribute
from procession.analytics.log import Site
from procession.analytics.simulation.arrivals import Listed, Poisson, Replayed, Spaced
from procession.analytics.simulation.distributions import Fixed
from procession.analytics.simulation.errors import SimulationError
from procession.analytics.simulation.figures import NONE, Figures, read_arrivals
from procession.analytics.simulation.from_definition import from_definition
from procession.analytics.simulation.from_log import arrivals_from_log, figures_from_log
from procession.analytics.simulation.model import FieldChance, Model
from procession.analytics.simulation.prepare import Limit
from procession.analytics.simulation.result import SimulatedLog
from procession.analytics.simulation.run import simulate
from procession.analytics.simulation.summary import summarise
from procession.engine.definition import Workflow
from procession.engine.moment import Absence, Directory, Person
from procession.engine.program import Program, compile_definition
from procession.interchange.folder import read_folder
from procession.interchange.yaml import read
from tests.analytics.build import MONDAY

EXAMPLES = Path(__file__).parents[3] / "examples"
RATE = Poisson(0.5, "standard")


def program(text: str) -> Program:
    got = read(text, "test.yaml")
    assert got.definition is not None, got.findings
    return compile_definition(got.definition)


def made(text: str, figures: Figures = NONE, directory: Directory | None = None) -> Model:
    return from_definition(program(text), RATE, figures=figures, directory=directory)


def run(model: Model, cases: int = 300, seed: int = 1) -> SimulatedLog:
    return simulate(model, Limit(cases=cases), seed=seed, engine="loop")


def visits(log: SimulatedLog, step: str) -> int:
    return sum(row.activity.endswith(f"/{step}") for row in log.rows())


PURCHASE = """
workflow: purchase
title: Purchase
fields: {amount: {type: money, currency: USD}, level: {type: choice, options: [auto, boss]}}
steps:
  - decide: Who signs?
    inputs: [amount]
    outputs: [level]
    rules: [["< 500", auto], [">= 500", boss]]
  - approval: Sign
    when: level = "boss"
    assign: group:bosses
    usually: {work: 30 minutes}
  - task: Order
    assign: group:buyers
    usually: {work: 10 minutes, wait: 2 business hours}
outcome: ordered
"""


def test_rules_decide_on_drawn_data() -> None:
    amounts = FieldChance(values=Fixed(600))
    log = run(made(PURCHASE, Figures(data={"amount": amounts})))
    assert visits(log, "sign") == 300
    few = run(made(PURCHASE, Figures(data={"amount": FieldChance(values=Fixed(100))})))
    assert visits(few, "sign") == 0
    assert set(few.outcomes) == {"ordered"}


def test_where_data_is_not_known_an_option_is_drawn_and_conditions_see_it() -> None:
    log = run(made(PURCHASE), 1000)
    assert 430 < visits(log, "sign") < 570


def test_a_stated_share_counts_more_than_data() -> None:
    log = run(made(PURCHASE, Figures(happens={"sign": 0.1})), 1000)
    assert 70 < visits(log, "sign") < 130


def test_a_rejection_ends_the_case() -> None:
    log = run(
        made(PURCHASE, Figures(happens={"sign": 1.0}, outcomes={"sign": {"approve": 0.25, "reject": 0.75}})), 1000
    )
    assert 0.7 < summarise(log).outcomes["rejected"] < 0.8


def test_what_is_usual_is_the_mean() -> None:
    log = run(made(PURCHASE, Figures(people={"group:buyers": 50})), 4000)
    c = log.columns
    own = [place is not None and place.step == "order" for place in log.places]
    work = [w for w, n in zip(c.work.tolist(), c.node.tolist(), strict=True) if own[n]]
    assert sum(work) / len(work) / 6e7 == pytest.approx(10, rel=0.1)
    by_cause = {cause.name: value for cause, value in summarise(log).causes.items()}
    assert by_cause["UNEXPLAINED"] > 2 * 3600


def test_people_of_the_organisation_work_with_their_absences() -> None:
    away = Absence(begins=date(2026, 1, 1), ends=date(2026, 1, 31))
    people = {"ana": Person(id="ana", name="Ana"), "bo": Person(id="bo", name="Bo", absences=(away,))}
    directory = Directory(people=people, groups={"buyers": ("ana", "bo"), "bosses": ("ana",)})
    log = run(made(PURCHASE, directory=directory), 200)
    assert {row.resource for row in log.rows() if row.resource} == {"ana", "bo"}
    assert all(row.started.month > 1 for row in log.rows() if row.resource == "bo")
    assert not any("nobody is named" in one for one in log.plan.model.assumptions)


def test_what_is_not_known_is_said() -> None:
    said = made(PURCHASE).assumptions
    assert "One person works in group:bosses, because nobody is named there." in said
    assert any(one.startswith("Sign ends with approve nine times of ten") for one in said)


def test_without_arrivals_it_says_what_to_write() -> None:
    with pytest.raises(SimulationError, match="how many cases of Purchase arrive") as refused:
        from_definition(program(PURCHASE), None)
    assert refused.value.hint is not None
    assert '--arrivals "12 per week"' in refused.value.hint


def test_an_outcome_that_is_not_there_is_refused() -> None:
    with pytest.raises(SimulationError, match="Sign has no outcome 'maybe'"):
        made(PURCHASE, Figures(outcomes={"sign": {"maybe": 1.0}}))


def test_a_quorum_needs_people() -> None:
    text = "workflow: q\ntitle: Q\nsteps:\n  - {approval: Agree, assign: group:board, quorum: 3}\n"
    with pytest.raises(SimulationError, match="needs 3 people, and group:board has 2"):
        made(text, Figures(people={"group:board": 2}))
    assert visits(run(made(text, Figures(outcomes={"agree": {"approve": 1.0}})), 50), "agree") == 150


LOOP = """
workflow: review
title: Review
fields: {text: text}
steps:
  - {task: Write, assign: group:writers}
  - approval: Check
    assign: group:editors
    on reject: Write
    at most: 2
    on exhausted: end given up
"""


def test_rework_is_bounded() -> None:
    log = run(made(LOOP, Figures(outcomes={"check": {"reject": 1.0}})), 40)
    assert visits(log, "write") == 120
    assert set(log.outcomes) == {"given up"}


def example(chosen: str, figures: Figures = NONE) -> Model:
    folder = read_folder(EXAMPLES)
    programs = {key: compile_definition(one, folder.library) for key, one in folder.definitions.items()}
    workflows = {key: one for key, one in programs.items() if isinstance(one.definition, Workflow)}
    return from_definition(programs[chosen], Poisson(0.15, "standard"), workflows=workflows, figures=figures)


@pytest.mark.parametrize("folder", sorted(one.name for one in EXAMPLES.iterdir() if one.is_dir()))
def test_every_example_can_be_simulated(folder: str) -> None:
    for chosen in read_folder(EXAMPLES / folder).definitions:
        log = run(example(chosen), 60)
        assert (log.columns.ended >= 0).all()
        assert log.partition.sum() == log.cycles.sum()
        assert log.process_log().cases


def test_onboarding_waits_for_its_handoffs() -> None:
    """Access begins only after the background check has ended, in every case that gets so far."""
    log = run(example("employee-onboarding", Figures(people={"group:it": 2})), 200)
    checked: dict[int, list[datetime]] = {}
    begun: dict[int, datetime] = {}
    for row in log.rows():
        if row.activity.startswith("background/"):
            checked.setdefault(row.case, []).append(row.completed)
        elif row.activity.startswith("access/"):
            begun[row.case] = min(row.ready, begun.get(row.case, row.ready))
    assert len(begun) > 20
    assert all(max(checked[case]) <= ready for case, ready in begun.items())
    assert "ready" in log.outcomes


def test_diagnosis_reads_the_log_and_finds_what_was_planted() -> None:
    """Two weeks of lag at one handoff are where diagnosis sees the time lost."""
    slow = Figures(
        wait={"equipment.milestone.ordered->access": Fixed(80 * 3600)}, people={"group:it": 3, "group:people-ops": 3},
    )  # fmt: skip
    log = run(example("employee-onboarding", slow), 200)
    measured = attribute(log.process_log())
    worst = max(measured.costs, key=lambda cost: sum(cost.path_spent))
    assert worst.site.kind == "handoff"
    assert worst.site.part == "access"


def test_figures_of_a_simulated_log_give_back_its_model() -> None:
    stated = Figures(happens={"sign": 0.3}, outcomes={"sign": {"approve": 1.0}}, people={"group:buyers": 2})
    first = run(made(PURCHASE, stated), 2000)
    log = replace(first.process_log(), process="purchase")
    measured = replace(figures_from_log(log), people={"group:buyers": 2})
    assert measured.happens["purchase/sign"] == pytest.approx(0.3, abs=0.04)
    arrivals = arrivals_from_log(log)
    assert isinstance(arrivals, Replayed)
    assert arrivals.per_hour * 168 / 40 == pytest.approx(0.5, rel=0.1)
    again = run(from_definition(program(PURCHASE), arrivals, figures=measured), 2000, seed=9)
    working = [sum(one.columns.work) / one.cases for one in (first, again)]
    assert working[1] == pytest.approx(working[0], rel=0.1)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("168 per week", Poisson(1.0, "standard")),
        ("2 cases an hour", Poisson(2.0, "standard")),
        ("every 30 minutes", Spaced(1800.0, None)),
        ("2026-01-05T09:00:00+00:00", Listed((MONDAY,))),
    ],
)
def test_arrivals_are_read_from_words(text: str, found: object) -> None:
    assert read_arrivals(text) == found


@pytest.mark.parametrize("text", ["often", "0 per week", "-3 per day", "every blue moon", "2026-01-05T09:00"])
def test_arrivals_that_say_nothing_are_refused(text: str) -> None:
    with pytest.raises(SimulationError):
        read_arrivals(text)


def test_more_people_meet_the_same_cases() -> None:
    """A change leaves every draw as it was, so that what differs is the change."""
    one = run(made(PURCHASE, Figures(happens={"sign": 0.5})), 400)
    two = run(made(PURCHASE, Figures(happens={"sign": 0.5}, people={"group:buyers": 5})), 400)
    assert one.plan.arrived.tolist() == two.plan.arrived.tolist()
    work = [
        {(row[0], row[1]): 0 for row in zip(log.columns.case.tolist(), log.columns.node.tolist(), strict=True)}
        for log in (one, two)
    ]
    assert work[0] == work[1]
    assert sum(one.columns.work) == sum(two.columns.work)
    assert two.cycles.mean() <= one.cycles.mean()


def test_a_place_of_a_step_is_as_diagnosis_names_it() -> None:
    log = run(made(LOOP), 5).process_log()
    assert log.cases[0].instances[0].site == Site("step", "review", "write")
    assert log.cases[0].cycle > timedelta()
