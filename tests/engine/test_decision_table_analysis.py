"""Gaps and overlaps: each is shown by an example that really is one."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.engine.decision_table import Analysis, Bounds, DecisionTable, Output, find_gaps_and_overlaps


def analyse(
    inputs: list[str],
    rules: list[list[Any]],
    types: dict[str, str] | None = None,
    bounds: dict[str, Bounds] | None = None,
    hit: str = "unique",
) -> Analysis:
    return find_gaps_and_overlaps(DecisionTable(inputs, [Output("y")], rules, hit=hit), types, bounds)


def examples(found: Analysis, kind: str) -> list[dict[str, Any]]:
    return [one.example for one in found.findings if one.kind == kind]


def test_a_complete_table_has_no_findings() -> None:
    rules = [["< 500", "1"], ["[500..5000]", "2"], ["> 5000", "3"]]
    assert analyse(["amount"], rules) == Analysis((), ())


@pytest.mark.parametrize(
    ("rules", "types", "bounds", "gaps"),
    [
        ([["< 500", "1"], ["> 500", "2"]], "money", Bounds(), [500]),
        ([["<= 499.99", "1"], [">= 500", "2"]], "number", Bounds(), [Decimal("499.995")]),
        ([["<= 499.99", "1"], [">= 500", "2"]], "money", Bounds(places=2), []),
        ([["<= 4", "1"], [">= 5", "2"]], "integer", Bounds(), []),
        ([["<= 4", "1"], [">= 6", "2"]], "integer", Bounds(), [5]),
        ([[">= 0", "1"]], "number", Bounds(), [-1]),
        ([[">= 0", "1"]], "number", Bounds(min=0), []),
        ([["true", "1"]], "yes/no", Bounds(), [False]),
        ([['"a"', "1"], ['"b"', "1"]], "choice", Bounds(options=("a", "b", "c")), ["c"]),
        ([['"a"', "1"]], "text", Bounds(), ["another text"]),
        ([['< date("2026-01-05")', "1"], ['> date("2026-01-05")', "1"]], "date", Bounds(), [datetime.date(2026, 1, 5)]),
        ([['< @"P3D" * 2', "1"], ["> 6 days", "1"]], "duration", Bounds(), [datetime.timedelta(days=6)]),
        ([['< @"2026-01-05"', "1"], ['> @"2026-01-06"', "1"]], "date", Bounds(), [datetime.date(2026, 1, 5)]),
        ([["< 3 business days", "1"], ["> 3 business days", "1"]], "duration", Bounds(), None),
    ],
)
def test_gap(rules: list[list[Any]], types: str, bounds: Bounds, gaps: list[Any] | None) -> None:
    found = analyse(["x"], rules, {"x": types}, {"x": bounds})
    if gaps is None:
        assert not found.findings
        assert found.unchecked
    else:
        assert [example["x"] for example in examples(found, "gap")][: len(gaps)] == gaps
        assert bool(gaps) == bool(examples(found, "gap"))


def test_an_overlap_names_its_rules_and_an_input() -> None:
    rules = [["< 500", '"p"', "1"], ["> 400", "-", "2"], ["-", 'not("p")', "1"]]
    found = analyse(["amount", "kind"], rules, bounds={"kind": Bounds(options=("p", "q"))})
    overlaps = [one for one in found.findings if one.kind == "overlap"]
    assert [one.rules for one in overlaps] == [(1, 2), (2, 3)]
    assert overlaps[0].sentence == "Rules 1 and 2 both fit amount = 450, kind = p"


def test_rules_that_agree_are_no_overlap() -> None:
    assert analyse(["x"], [["> 1", "7"], ["> 2", "7"], ["<= 1", "x + 1"], ["< 0", "x + 1"]]).findings == ()


def test_policies_that_take_several_rules_have_no_overlaps() -> None:
    assert analyse(["x"], [["-", "1"], ["-", "2"]], hit="first").findings == ()


def test_what_cannot_be_looked_into_is_said() -> None:
    found = analyse(["x", "y"], [["> limit", "-", "1"], ["-", "? * 2 > 3", "2"]])
    assert found.findings == ()
    assert [sentence.partition(":")[0] for sentence in found.unchecked] == ["x", "y"]


def test_a_default_leaves_no_gap() -> None:
    table = DecisionTable(["x"], [Output("y", default="0")], [["> 1", "1"]])
    assert find_gaps_and_overlaps(table).findings == ()


def test_a_table_with_too_many_rules_is_given_up_honestly() -> None:
    rules = [[f"[{n}..{n + 1})", "1"] for n in range(400)]
    assert analyse(["x"], rules).unchecked == ("The table has too many combinations to be searched for overlaps",)


tests = st.one_of(
    st.sampled_from(["-", "[0..2]", "(0..2)", "< 1", ">= 1", "2", "not(0)", "0, 2", "!= 1"]),
)
kinds = st.sampled_from(["-", '"p"', 'not("p")', '"p", "q"'])


@settings(max_examples=150)
@given(st.lists(st.tuples(tests, kinds, st.sampled_from(["1", "2"])), min_size=1, max_size=5))
def test_every_finding_is_real_and_a_table_without_findings_decides_everything(
    rows: list[tuple[str, str, str]],
) -> None:
    table = DecisionTable(["x", "k"], [Output("y")], [list(row) for row in rows])
    found = find_gaps_and_overlaps(table, {"x": "number"}, {"k": Bounds(options=("p", "q", "r"))})
    assert found.unchecked == ()
    for one in found.findings:
        result = table.evaluate(one.example)
        assert result.code == ("no_rule" if one.kind == "gap" else "conflict")
        assert set(one.rules) <= set(result.rules)
    answers = [table.evaluate({"x": Decimal(x) / 2, "k": k}).code for x in range(-2, 8) for k in ("p", "q", "r")]
    assert ("no_rule" in answers) == bool(examples(found, "gap"))
    assert ("conflict" in answers) == bool(examples(found, "overlap"))
