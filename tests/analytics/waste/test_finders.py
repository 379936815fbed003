"""Each finder finds what is planted, at its place, and is not taken in by what only looks like it."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from math import exp

import numpy as np
import pytest
from scipy.stats import poisson

from bench.grading.planted import PLANTS, Plant, Recipe, material_of
from procession.analytics.waiting.decompose import decompose
from procession.analytics.waiting.hours import around_the_clock
from procession.analytics.waste import FINDERS, Finding, Material, find_waste
from procession.analytics.waste.approvals import look as look_at_approvals
from procession.analytics.waste.chasing import by_chance
from procession.analytics.waste.figures import at_least_so_much_more, clopper_pearson, falling, kappa, shrunk, wilson
from procession.analytics.waste.finding import surviving
from procession.analytics.waste.material import AGAINST, HOUR, IN_FAVOUR, NO_DECISION, Connection, Decisions, Looks
from procession.analytics.waste.removing import saved_without
from procession.analytics.waste.unconnected import look as look_at_connections
from tests.analytics.waiting.build import MONDAY, SECOND, Row, causes, table


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


# --- what would be saved -------------------------------------------------------------------------------------------------


def test_what_runs_side_by_side_saves_only_what_it_is_longer() -> None:
    """Two steps of 3 and 2 hours side by side, then one of an hour: without the first the case ends an hour sooner."""
    hour = 3600
    made = table(
        ("a", "one", "ana", 0, 0, 3 * hour), ("a", "two", "bo", 0, 0, 2 * hour), ("a", "end", "cy", 3 * hour, 3 * hour, 4 * hour)
    )  # fmt: skip
    material = Material(causes=causes(made, around_the_clock(3)))
    one = np.array([made.step.tolist().index(made.step_names.index("one"))])
    assert saved_without(material, one, np.array([3 * HOUR])).hours == 1
    assert saved_without(material, one, np.array([HOUR // 2])).hours == 0.5
    two = np.array([made.step.tolist().index(made.step_names.index("two"))])
    assert saved_without(material, two, np.array([2 * HOUR])).hours == 0


def test_with_recorded_links_only_what_was_waited_for_counts() -> None:
    """The end waited for the first alone, so that without it everything is 3 hours shorter, but for the second."""
    hour = 3600
    made = table(
        ("a", "two", "bo", 0, 0, 2 * hour), ("a", "one", "ana", 0, 0, 3 * hour), ("a", "end", "cy", 3 * hour, 3 * hour, 4 * hour)
    )  # fmt: skip
    links = (np.array([0, 0, 0, 1], dtype=np.int64), np.array([1], dtype=np.int64))
    material = Material(causes=causes(made, around_the_clock(3)), links=links)
    assert saved_without(material, np.array([1]), np.array([3 * HOUR])).hours == 2


def test_what_is_planted_on_every_way_is_saved_whole() -> None:
    (one,) = found(Recipe(plant="rework", seed=11))
    assert one.saved is not None and one.hours_per_week is not None
    assert one.saved.low <= one.saved.hours <= one.saved.high
    assert one.saved.hours == pytest.approx(one.hours_per_week, rel=0.01)


# --- ping-pong -----------------------------------------------------------------------------------------------------------


def passed_on(back: int, *, by_decision: bool = False) -> Material:
    """A hundred cases of Ana's, of which some go to Bo and straight back."""
    rows: list[Row] = []
    for n in range(100):
        at = 100_000 * n
        rows.append((str(n), "check", "ana", at, at + 100, at + 4000))
        if n < back:
            rows.append((str(n), "ask", "bo", at + 4000, at + 5000, at + 9000))
            rows.append((str(n), "check", "ana", at + 9000, at + 12_000, at + 16_000))
    made = table(*rows)
    n = len(made)
    outcome = np.full(n, NO_DECISION, dtype=np.int8)
    if by_decision:
        outcome[made.step == made.step_names.index("ask")] = AGAINST
    decisions = Decisions(
        outcome=outcome, reason=[""] * n, amount=np.full(n, np.nan), origin=np.full(n, -1), told=np.zeros(n, dtype=bool)
    )
    return Material(causes=causes(made, around_the_clock(2)), decisions=decisions)


def test_work_that_bounces_between_two_people_is_ping_pong_and_no_rework() -> None:
    assert [(one.waste, one.place) for one in find_waste(passed_on(30)).findings] == [("ping-pong", "check > ask")]


def test_what_a_decision_sends_back_is_rework_and_no_ping_pong() -> None:
    report = find_waste(passed_on(30, by_decision=True))
    assert [(one.waste, one.place) for one in report.findings] == [("rework", "check")]


def test_what_bounces_now_and_then_is_neither() -> None:
    assert find_waste(passed_on(3)).findings == ()


def test_a_loop_that_the_definition_means_is_neither_unless_somebody_sent_it_back() -> None:
    material = replace(passed_on(30, by_decision=True), loops=frozenset({"check"}))
    assert find_waste(material).findings == ()
    returned = material.steps == material.table.step_names.index("check")
    assert [one.waste for one in find_waste(replace(material, returned=returned)).findings] == ["rework"]


# --- missing information -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("lacking", "longer", "found"), [(30, 40_000, True), (30, 0, False), (4, 40_000, False)])
def test_waits_for_what_is_missing_are_found_where_they_are_many_and_long(
    lacking: int, longer: int, found: bool
) -> None:
    rows: list[Row] = [
        (str(n), "check", f"p{n % 5}", 10_000 * n, 10_000 * n + 600 + n % 7 + (longer if n < lacking else 0),
         10_000 * n + 1200 + n % 7 + (longer if n < lacking else 0))
        for n in range(120)
    ]  # fmt: skip
    made = table(*rows)
    flags = np.array([int(name) < lacking for name in np.array(made.case_names)[made.case]])
    report = find_waste(Material(causes=causes(made, around_the_clock(5)), lacking=flags))
    assert ("data does not flow" in {one.waste for one in report.findings}) == found


# --- approvals in pairs, reviews, shrinkage, trends ----------------------------------------------------------------------


def twice(seconds: list[int], first: list[int] | None = None, asked: int | None = None) -> Material:
    """Cases in which Ana decides, then another; the second is asked of the first `asked` cases."""
    n = len(seconds)
    rows: list[Row] = []
    outcome: dict[tuple[str, str], int] = {}
    for case in range(n):
        at = 20_000 * case
        rows.append((str(case), "agree", "ana", at, at + 600, at + 1200))
        outcome[str(case), "agree"] = first[case] if first else IN_FAVOUR
        if asked is None or case < asked:
            rows.append((str(case), "sign", f"p{case % 4}", at + 1200, at + 8000, at + 9000))
            outcome[str(case), "sign"] = seconds[case]
    made = table(*rows)
    size = len(made)
    column = np.array(
        [outcome[made.case_names[int(c)], made.step_names[int(s)]] for c, s in zip(made.case, made.step, strict=True)],
        dtype=np.int8,
    )
    decisions = Decisions(
        outcome=column, reason=[""] * size, amount=np.full(size, np.nan), origin=np.full(size, -1), told=np.ones(size, dtype=bool)
    )  # fmt: skip
    return Material(causes=causes(made, around_the_clock(5)), decisions=decisions)


def test_a_second_yes_that_always_follows_the_first_is_redundant_where_it_refuses_otherwise() -> None:
    """Of 400 cases Ana agrees in 300, and so does the second; of the other 100 it refuses half."""
    first = [IN_FAVOUR] * 300 + [AGAINST] * 100
    seconds = [IN_FAVOUR] * 350 + [AGAINST] * 50
    (pair,) = [one for one in find_waste(twice(seconds, first)).findings if one.waste == "redundant approval"]
    assert pair.place == "agree > sign"
    assert "the second says yes when the first did" in pair.sentence


def test_a_limit_that_asks_only_some_cases_again_is_no_redundant_approval() -> None:
    first = [IN_FAVOUR] * 600 + [AGAINST] * 100
    seconds = [IN_FAVOUR] * 300 + [AGAINST] * 400
    material = twice(seconds, first, asked=300)
    assert [one for one in find_waste(material).findings if one.waste == "redundant approval"] == []


def test_who_looks_every_monday_at_nine_reviews_and_checks_no_status() -> None:
    week = 7 * 86_400 * SECOND
    at = np.array([MONDAY + n * week + k * 600 * SECOND for n in range(8) for k in range(5)], dtype=np.int64)
    looks = Looks(row=np.arange(40), who=np.zeros(40, dtype=np.int64), at=at)
    assert len(by_chance(looks).row) == 0
    scattered = replace(looks, at=at + np.arange(40) * 5 * 3600 * SECOND)
    assert len(by_chance(scattered).row) == 40


def test_an_e_value_is_no_more_than_one_on_average_and_grows_with_what_is_too_much() -> None:
    values = [exp(at_least_so_much_more(n, 20.0)) for n in range(150)]
    assert sum(poisson.pmf(n, 20) * one for n, one in enumerate(values)) == pytest.approx(1, abs=0.005)
    assert sum(poisson.pmf(n, 15) * one for n, one in enumerate(values)) < 1
    assert at_least_so_much_more(60, 20.0) > np.log(1000)


def test_shares_of_small_groups_are_drawn_to_the_common_one() -> None:
    share, low = shrunk(np.array([90, 20, 1]), np.array([300, 400, 2]))
    assert 0.25 < share[0] < 0.3
    assert 0.05 < share[1] < 0.07
    assert share[2] < 0.3, "two observations prove little"
    assert (low <= share).all()
    alike, _ = shrunk(np.array([10, 10]), np.array([100, 100]))
    assert alike.tolist() == [0.1, 0.1]


def test_a_falling_series_is_told_from_a_flat_one() -> None:
    assert falling(np.arange(12, 0, -1).astype(float)) < 0.001
    assert falling(np.array([3.0, 4, 3, 4, 3, 4, 3, 4])) > 0.2
    assert falling(np.array([1.0, 1, 1])) == 1
