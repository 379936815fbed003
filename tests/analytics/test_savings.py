"""What busywork costs: the article's figures, the limits of the inputs, and work done again counted by hand."""

from __future__ import annotations

import math
from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.analytics.log import ProcessCase, Site
from procession.analytics.savings import Busywork, MeasuredWaste, TooLittle, measured_waste, payback
from tests.analytics.build import case, did, log

WEEK = 7 * 24


def test_the_article_s_sample_line() -> None:
    said = Busywork(people=Decimal(40), hours=Decimal(4), rate=Decimal(30))
    assert (said.hours_a_week, said.loss_a_week, said.value_a_week) == (160, 4_800, 4_800)
    assert said.total(52) == 52 * 4_800 * 2


def test_growth_adds_up_week_by_week() -> None:
    said = Busywork(people=Decimal(1), hours=Decimal(1), rate=Decimal(100), growth=Decimal("0.05"), worth=Decimal(2))
    assert said.gained(3) == 200 + 210 + Decimal("220.5")
    assert said.lost(3) == 300
    assert said.total(3) == Decimal("930.5")


@given(
    st.decimals("0.0001", "0.05", places=4), st.integers(1, 60), st.decimals("0.5", "40", places=1), st.integers(1, 500)
)
def test_the_closed_formula_is_the_sum_of_the_weeks(growth: Decimal, weeks: int, hours: Decimal, people: int) -> None:
    said = Busywork(people=Decimal(people), hours=hours, growth=growth)
    by_week = sum(said.value_a_week * (1 + growth) ** week for week in range(weeks))
    assert math.isclose(said.gained(weeks), by_week, rel_tol=1e-12)


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("people", "0", "Enter between 1 and 150,000."),
        ("people", "150001", "Enter between 1 and 150,000."),
        ("people", "2.5", "Enter a whole number."),
        ("hours", "0.4", "Enter between 0.5 and 40."),
        ("hours", "40.1", "Enter between 0.5 and 40."),
        ("rate", "9.99", "Enter between 10 and 1,000."),
        ("rate", "NaN", "Enter between 10 and 1,000."),
        ("growth", "0.051", "Enter between 0 and 0.05."),
        ("weeks", "521", "Enter between 1 and 520."),
    ],
)
def test_an_input_outside_its_limits_says_what_would_be_right(name: str, value: str, sentence: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: {sentence}$"):
        Busywork(**{name: Decimal(value)})


def test_both_ends_of_the_limits_are_allowed() -> None:
    assert Busywork(people=Decimal(150_000), hours=Decimal("0.5"), rate=Decimal(10)).loss_a_week == 750_000
    assert Busywork(people=Decimal(1), hours=Decimal(40), rate=Decimal(1_000)).loss_a_week == 40_000


# --- from a log -------------------------------------------------------------------------------------------------------


def written(week: int, again: bool) -> ProcessCase:
    """A case that is written for two hours and reviewed for one; sent back, it is written for three more."""
    start = week * WEEK
    steps = [did("a.write", start, start, start + 2), did("a.review", start + 2, start + 3, start + 4, "a.write")]
    if again:
        steps.append(did("a.write", start + 4, start + 4, start + 7, "a.review", id="again"))
    return case(*steps, name=str(week))


def test_only_the_work_of_later_visits_is_waste() -> None:
    found = measured_waste(log(*(written(week, again=week % 2 == 1) for week in range(12))))
    assert isinstance(found, MeasuredWaste)
    assert [(one.site, one.visits) for one in found.places] == [(Site("step", "a", "write"), 6)]
    assert math.isclose(found.hours_a_week, 6 * 3 / found.weeks)
    assert found.low < found.hours_a_week < found.high


def test_work_that_is_never_done_again_is_no_waste() -> None:
    found = measured_waste(log(*(written(week, again=False) for week in range(12))))
    assert isinstance(found, MeasuredWaste)
    assert (found.hours_a_week, found.low, found.high, found.places) == (0, 0, 0, ())


def test_too_little_history_says_what_is_missing() -> None:
    few = measured_waste(log(*(written(week, again=True) for week in range(9))))
    assert few == TooLittle("It needs 10 finished cases, and there are 9.")
    short = measured_waste(log(*(replace(written(0, again=True), id=str(n)) for n in range(12))))
    assert short == TooLittle("It needs 4 weeks of finished cases, and there are 0.0.")


def test_payback_carries_the_interval_through() -> None:
    found = payback(100, 50, 200, 1_000)
    assert found is not None
    assert (found.weeks, found.soonest, found.latest, found.return_a_year) == (10, 5, 20, 4.2)
    unsure = payback(100, 0, 200, 1_000)
    assert unsure is not None and unsure.latest == math.inf
    assert payback(0, 0, 0, 1_000) is None
