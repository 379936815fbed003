"""Each finder finds what is planted, at its place, and is not taken in by what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from bench.grading.planted import PLANTS, Plant, Recipe, material_of
from procession.analytics.waiting.decompose import decompose
from procession.analytics.waiting.hours import around_the_clock
from procession.analytics.waste import FINDERS, Finding, Material, find_waste
from procession.analytics.waste.approvals import look as look_at_approvals
from procession.analytics.waste.figures import clopper_pearson, kappa, wilson
from procession.analytics.waste.finding import surviving
from procession.analytics.waste.material import AGAINST, IN_FAVOUR, Connection, Decisions
from procession.analytics.waste.unconnected import look as look_at_connections
from tests.analytics.waiting.build import Row, causes, table


@cache
def found(recipe: Recipe) -> tuple[Finding, ...]:
    return find_waste(material_of(recipe)).findings


@pytest.mark.parametrize("plant", PLANTS)
def test_planted_waste_is_found_at_its_place_and_nothing_else(plant: Plant) -> None:
    recipe = Recipe(plant=plant, seed=11)
    assert [(one.waste, one.place) for one in found(recipe)] == [(plant, recipe.place)]


@pytest.mark.parametrize("plant", PLANTS)
def test_what_only_looks_like_waste_is_not_reported(plant: Plant) -> None:
    assert found(Recipe(plant=plant, decoy=True, seed=11)) == ()


def test_a_healthy_process_has_no_findings() -> None:
    assert found(Recipe(seed=11)) == ()


def test_a_finding_reads_like_a_sentence() -> None:
    (one,) = found(Recipe(plant="rework", seed=11))
    assert one.sentence.startswith("pack: ")
    assert one.sentence.count(". ") == 2
    assert one.sentence.endswith(".")
    assert len(one.cases) == 5
    assert one.low <= one.estimate <= one.high
    assert one.hours_per_week is not None
    assert one.hours_per_week > 0


# --- approvals -----------------------------------------------------------------------------------------------------------


def decided(refused: list[bool], amounts: list[float] | None = None) -> Material:
    """Cases one after another, each with an approval of half an hour that was ready an hour before."""
    rows: list[Row] = [
        (str(n), "sign", f"p{n % 3}", 10_000 * n, 10_000 * n + 3600, 10_000 * n + 5400) for n in range(len(refused))
    ]
    made = table(*rows)
    n = len(refused)
    decisions = Decisions(
        outcome=np.array([AGAINST if no else IN_FAVOUR for no in refused], dtype=np.int8), reason=[""] * n,
        amount=np.array(amounts or [np.nan] * n), origin=np.full(n, -1), told=np.zeros(n, dtype=bool),
    )  # fmt: skip
    return Material(causes=causes(made, around_the_clock(3)), decisions=decisions)


def test_149_decisions_without_a_refusal_are_just_enough() -> None:
    """The rule of three: the upper 95 % bound of none in 149 is 2 %."""
    (one,) = look_at_approvals(decided([False] * 149))
    assert one.holds
    assert one.estimate == 0
    assert list(look_at_approvals(decided([False] * 148))) == []


def test_one_refusal_in_149_is_too_many() -> None:
    (one,) = look_at_approvals(decided([True] + [False] * 148))
    assert not one.holds


def test_only_the_small_amounts_are_proposed_where_only_they_are_never_refused() -> None:
    refused = [n >= 300 and n % 3 == 0 for n in range(400)]
    (one,) = look_at_approvals(decided(refused, [float(n) for n in range(400)]))
    assert one.holds
    assert one.subject == "sign up to 299"
    assert one.n == 300


def test_a_step_that_rules_ask_for_is_left_alone() -> None:
    assert list(look_at_approvals(replace(decided([False] * 200), regulated=frozenset({"sign"})))) == []


# --- connections ---------------------------------------------------------------------------------------------------------


def connected(**changed: object) -> Finding:
    given = {
        "source": "Offer", "target": "Order", "key": "offer number", "matched": 80, "cases": 100, "forward": 0.98,
        "lags": np.full(80, 7200.0), "p_value": 0.001, "examples": ("o1",), "retyped": ("customer",),
    }  # fmt: skip
    one = Connection(**(given | changed))  # type: ignore[arg-type]
    (finding,) = look_at_connections(replace(decided([False]), connections=(one,)))
    return finding


def test_two_workflows_that_follow_each_other_unconnected_are_named_with_their_key() -> None:
    one = connected()
    assert one.holds
    assert "80 of 100 cases of Order follow one of Offer with the same offer number" in one.sentence
    assert "people type customer again" in one.sentence


@pytest.mark.parametrize("changed", [{"matched": 25}, {"forward": 0.85}, {"p_value": 0.02}, {"by_hand": 0.2}])
def test_weak_evidence_of_a_connection_is_kept_quiet(changed: dict[str, object]) -> None:
    assert not connected(**changed).holds


# --- the run -------------------------------------------------------------------------------------------------------------


def test_what_the_log_does_not_know_keeps_a_finder_silent() -> None:
    report = find_waste(Material(causes=causes(table(("a", "check", "ana", 0, 5, 9)))))
    assert report.findings == ()
    assert set(report.silent) == {one.name for one in FINDERS}


def test_an_empty_log_has_no_findings() -> None:
    assert find_waste(Material(causes=causes(table()))).findings == ()


def test_false_discoveries_are_held_down_over_the_whole_run() -> None:
    assert surviving([0.04]) == [True]
    assert surviving([0.04] + [0.9] * 9) == [False] * 10
    assert surviving([0.001, 0.008] + [0.9] * 8) == [True, True] + [False] * 8
    assert surviving([]) == []


def test_intervals_agree_with_published_figures() -> None:
    """Clopper and Pearson's 10 of 100: 4.90 to 17.62 %; Wilson's: 5.52 to 17.44 %."""
    assert clopper_pearson(10, 100) == pytest.approx((0.0490, 0.1762), abs=1e-4)
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert clopper_pearson(0, 149, side="upper")[1] == pytest.approx(0.0199, abs=1e-4)


def test_agreement_beyond_chance_is_cohens() -> None:
    """Cohen's textbook table: 20 yes-yes, 5 yes-no, 10 no-yes, 15 no-no: kappa .4."""
    first = ["y"] * 25 + ["n"] * 25
    second = ["y"] * 20 + ["n"] * 5 + ["y"] * 10 + ["n"] * 15
    assert kappa(first, second)[0] == pytest.approx(0.4)


# --- pauses --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("opened", [True, False])
def test_cases_that_somebody_paused_are_called_no_waste(opened: bool) -> None:
    """Four of five cases stood still for three weeks on its way from sales to finance, or from planning to packing."""
    recipe = Recipe(seed=11, opened=opened)
    still = material_of(replace(recipe, paused=0.8))
    assert len(still.table.pauses) > 500
    forgotten = decompose(replace(still.table, pauses=still.table.pauses[:0]), still.causes.hours)
    blamed = {(one.waste, one.place) for one in find_waste(replace(still, causes=forgotten)).findings}
    assert ("silo", "Sales > Finance") in blamed, "who takes a pause for waiting sees waste"
    assert find_waste(still).findings == ()


def test_what_is_planted_is_found_among_paused_cases_with_the_same_hours() -> None:
    plain, still = (
        find_waste(material_of(Recipe(plant="silo", seed=11, paused=share))).findings for share in (0, 0.25)
    )
    assert [(one.waste, one.place) for one in still] == [(one.waste, one.place) for one in plain]
