"""One rule, two loaders: columns are attributed like the values they came from."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bench.grading.planted import Recipe, log_of
from procession.analytics.attribution import Attribution, attribute
from procession.analytics.attribution_of_table import attribute_table
from procession.analytics.log import ProcessLog
from procession.analytics.pareto import pareto
from procession.analytics.table_of_log import table_of
from procession.analytics.verdict import judge
from procession.analytics.waiting.hours import around_the_clock, recorded


def both(log: ProcessLog) -> tuple[Attribution, Attribution]:
    table = table_of(log)
    return attribute(log), attribute_table(table, recorded(table, log.calendar, log.calendars))


def by_place(found: Attribution) -> dict[tuple[str, str, str], tuple[float, float, float, int, int]]:
    """What is said of each place, whatever its parts are called."""
    return {
        (one.site.kind, one.site.part.casefold(), one.site.name.casefold() + (one.site.source or "").casefold()): (
            sum(one.spent), sum(one.path_spent), one.reference, sum(one.visits), sum(one.path_visits),
        )
        for one in found.costs
    }  # fmt: skip


@pytest.mark.parametrize("recipe", [Recipe(seed=3, cases=80), Recipe(plant="e-mail handoff", seed=4, cases=80)])
def test_a_table_says_what_its_log_says(recipe: Recipe) -> None:
    values, columns = both(log_of(recipe))
    said, again = by_place(values), by_place(columns)
    assert said.keys() == again.keys()
    for key, figures in said.items():
        assert again[key] == pytest.approx(figures, abs=1e-3), key
    assert columns.cycles == pytest.approx(values.cycles, abs=1e-3)
    for kind in ("step", "handoff"):
        phases = [
            sum(one.phases.get("working", 0) for one in found.costs if one.site.kind == kind)
            for found in (values, columns)
        ]
        assert phases[0] == pytest.approx(phases[1], abs=1e-3)


def test_the_verdict_and_the_vital_few_are_the_same() -> None:
    values, columns = both(log_of(Recipe(plant="e-mail handoff", seed=5, cases=120)))
    first, second = judge(values), judge(columns)
    assert (first.leaning, first.kind) == (second.leaning, second.kind)
    assert first.effect == pytest.approx(second.effect)
    few = [[(one.excess, one.cumulative) for one in pareto(found, "place").items] for found in (values, columns)]
    for one, other in zip(*few, strict=True):
        assert one == pytest.approx(other)


def test_of_many_cases_evenly_spaced_ones_are_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("procession.analytics.attribution_of_table.MOST_CASES", 40)
    log = log_of(Recipe(seed=3, cases=80))
    table = table_of(log)
    assert attribute_table(table, recorded(table, log.calendar, log.calendars)).cases == 40


def test_an_empty_table_has_no_costs() -> None:
    empty = table_of(replace(log_of(Recipe(seed=3, cases=1)), cases=()))
    assert attribute_table(empty, around_the_clock(0)).costs == ()
