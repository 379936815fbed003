"""The vital few: 80 % of the lost time in 20 % of the workflows."""

from __future__ import annotations

import random
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.analytics.attribution import Attribution, attribute
from procession.analytics.log import ProcessLog, Site
from procession.analytics.pareto import gini, pareto
from tests.analytics.generate import logs
from tests.analytics.test_verdict import TAILED, measured, place, process


def delivery(seed: int, cases: int = 200) -> Attribution:
    """Fifteen workflows an hour each; three of them lose 85 % of the time, and that is 60 % of the cycle."""
    draw = random.Random(seed)
    # Without loss the cycle is 15; with E of loss, 0.85 E = 0.6 (15 + E), so E = 36. A quarter of the cases loses
    # nothing, so that the fastest quarter shows what it should take.
    lost = 36.0
    times: dict[Site, list[float]] = {}
    for n in range(15):
        share = 0.85 / 3 if n < 3 else 0.15 / 12
        times[place(f"w{n}.step")] = [
            1.0 if draw.random() < 0.3 else 1.0 + draw.expovariate(0.7 / (lost * share)) for _ in range(cases)
        ]
    return measured(times)


@pytest.mark.parametrize("seed", range(3))
def test_three_workflows_of_fifteen_carry_the_delay_and_60_percent_of_the_cycle(seed: int) -> None:
    found = pareto(delivery(seed))
    assert {item.key for item in found.items[:3]} == {"w0", "w1", "w2"}
    assert found.vital == 3
    assert found.items[2].cumulative == pytest.approx(0.85, abs=0.03)
    assert found.removable == pytest.approx(0.60, abs=0.05)
    assert found.stability > 0.95
    assert found.gini > 0.6


def test_handoffs_stand_beside_the_workflows() -> None:
    found = pareto(process(a__b=TAILED, c_one=TAILED))
    assert {item.key for item in found.items} == {"a>b/over", "c"}
    assert [item.share for item in found.items] == pytest.approx([0.5, 0.5])


def test_a_number_that_is_not_sure_is_not_given() -> None:
    """Of three cases one is late in a, one in b: no resample is bound to hold both."""
    found = pareto(measured({place("a.one"): [1.0, 1.0, 9.0], place("b.one"): [1.0, 9.0, 1.0]}))
    assert found.vital == 2  # all of them always hold all
    assert found.items[0].low == 0


def test_without_excess_there_is_nothing_to_rank() -> None:
    found = pareto(process())
    assert (found.items, found.total, found.vital) == ((), 0, None)
    assert pareto(attribute(ProcessLog(process="p", cases=()))).items == ()


@pytest.mark.parametrize(("values", "expected"), [([1, 1, 1, 1], 0), ([0, 0, 0, 1], 0.75), ([1, 3], 0.25), ([], 0)])
def test_gini(values: list[float], expected: float) -> None:
    assert gini(values) == pytest.approx(expected)


@given(logs(), st.sampled_from(("workflow", "place")))
def test_the_bars_fall_and_add_up_to_all_excess(drawn: ProcessLog, by: Literal["workflow", "place"]) -> None:
    found = pareto(attribute(drawn), by)
    excess = [item.excess for item in found.items]
    assert excess == sorted(excess, reverse=True)
    assert sum(excess) == pytest.approx(found.total)
    if found.items:
        assert found.items[-1].cumulative == pytest.approx(1)
        assert all(0 <= item.low <= item.high <= 1 + 1e-9 for item in found.items)
