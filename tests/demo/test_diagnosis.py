"""What was planted in the past is what is said; nothing that is said is a constant."""

from __future__ import annotations

from dataclasses import replace
from statistics import median

import pytest

from procession.analytics.cascade import Delay, cascade, way_of
from procession.analytics.critical_path import critical_path
from procession.analytics.forecast import Forecaster
from procession.analytics.log import Site
from procession.operations.insights.read_log import Analysis
from tests.demo.past import Plan, diagnosed, loaded

SMALL = Plan(hires=120, joining=0, others=0, inbox=False)
HANDOFF = "equipment>access/equipment.milestone.ordered->access"


@pytest.fixture(scope="module")
def between() -> Analysis:
    return diagnosed(SMALL)


def test_the_planted_handoff_makes_it_a_process_problem(between: Analysis) -> None:
    verdict, words = between.verdict, between.words
    assert (verdict.kind, verdict.confidence >= 0.9) == ("process", True)
    assert verdict.top is not None
    assert verdict.top.cost.site.key == HANDOFF
    assert words.cause == "nobody is told when equipment is ready"
    assert "no one person can fix it" in words.number
    assert f"{round(100 * verdict.handoff_share)} % of the lost time lies between workflows" in words.number


def test_another_plant_gives_another_verdict() -> None:
    found = diagnosed(replace(SMALL, plant="inside"))
    assert (found.verdict.kind, found.verdict.top_part) == ("workflow", "access")
    assert found.words.text.startswith("Workflow problem. ")
    assert "Audit the rights" in found.words.cause


def test_where_nothing_is_planted_nothing_is_found() -> None:
    found = diagnosed(replace(SMALL, plant="nothing"))
    assert found.verdict.kind not in ("process", "workflow"), found.words.text


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_another_seed_gives_other_figures_and_the_same_cause(seed: int, between: Analysis) -> None:
    found = diagnosed(replace(SMALL, seed=seed))
    assert found.words.cause == between.words.cause
    assert found.words.detail != between.words.detail or found.words.number != between.words.number
    assert found.verdict.lost != between.verdict.lost


def test_every_case_adds_up(between: Analysis) -> None:
    assert len(between.log.cases) == SMALL.hires
    for case in between.log.cases:
        assert critical_path(case, between.log).cycle == case.cycle


def test_making_the_planted_handoff_instant_saves_most(between: Analysis) -> None:
    saved = {cost.site.key: between.instant(cost.site, "everything").saved for cost in between.measured.costs}
    assert max(saved, key=lambda key: saved[key]) == HANDOFF
    assert saved[HANDOFF] > 0.25 * between.verdict.cycle


def test_making_the_step_behind_the_handoff_instant_saves_little_and_says_why(between: Analysis) -> None:
    found = between.instant(Site("step", "access", "name-the-systems"), "everything")
    assert found.saved < 0.05 * between.verdict.cycle
    assert found.low <= found.saved <= found.high
    assert found.sentence.endswith(": the wait is before it")


# --- what the article says of processes comes out of the data ----------------------------------------------------------

WHOLE = Plan(inbox=False)


def test_budget_approval_is_broken_and_reimbursement_healthy() -> None:
    found = diagnosed(WHOLE, "expense-management")
    assert (found.verdict.kind, found.verdict.top_part) == ("workflow", "budget")
    assert found.verdict.confidence >= 0.9
    assert "Look up the budget" in found.words.cause
    lost = {cost.site.part: max(0.0, sum(cost.excess())) for cost in found.measured.costs}
    assert lost["budget"] > 9 * lost["reimbursement"]


@pytest.mark.parametrize("name", ["content-publishing", "policy-update", "employee-offboarding"])
def test_a_date_that_the_case_names_is_no_lost_time(name: str) -> None:
    """An embargo, the day a policy begins, the last evening: the case waits for what was agreed, and nobody lost it."""
    found = diagnosed(WHOLE, name)
    dated = [cost for cost in found.measured.costs if sum(cost.path_planned)]
    assert dated
    assert all(sum(cost.excess()) <= 1 for cost in dated)


def test_three_days_at_the_confirmation_cost_a_client_two_weeks() -> None:
    log = loaded(WHOLE, "client-onboarding").log
    assert len(log.cases) >= 400
    courses = Forecaster(log).courses
    gates = {site.name: gate.words for site, gate in courses.gates.items()}
    assert gates["for-the-compliance-committee"] == "every Thursday at 10:00"
    assert gates["for-the-account-opening-run"] == "every second Tuesday at 14:00"
    opened = [case.cycle.days for case in log.cases if case.instances[-1].part == "opening"]
    assert 43 <= median(opened) <= 45
    confirm = Site("step", "validation", "confirm-the-entity")
    late = cascade([way_of(course) for course in courses.all], confirm, Delay(3 * 8 * 3600.0))
    assert late is not None
    assert 12 <= late.usually / 86_400 <= 15
    assert [link.title for link in late.links if link.cause == "gate"] == [
        "For the compliance committee",
        "For the account-opening run",
    ]
