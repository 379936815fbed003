"""Decision tables: cells, hit policies, failures that speak."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.decision_table import (
    HIT_POLICIES,
    CellError,
    DecisionTable,
    Output,
    find_gaps_and_overlaps,
    make_table,
)
from procession.engine.definition import Field
from procession.engine.expressions import Environment, ExpressionError, compile_unary_tests

FIELDS = {
    "amount": Field(name="amount", type="money"),
    "risk": Field(name="risk", type="choice", options=("low", "high")),
    "level": Field(name="level", type="choice", options=("auto", "manager", "director", "cfo")),
    "fee": Field(name="fee", type="money"),
    "note": Field(name="note", type="text"),
    "tags": Field(name="tags", type="choices", options=("new", "old")),
    "due": Field(name="due", type="date"),
}
LEVELS = [
    ["< 500", "auto"],
    ["[500..5000]", "manager"],
    ["(5000..50000]", "director"],
    ["> 50000", "cfo"],
]


def purchase() -> DecisionTable:
    return make_table(["amount"], ["level"], "unique", LEVELS, FIELDS)


@pytest.mark.parametrize(
    ("amount", "level", "rule"),
    [
        ("499.99", "auto", 1),
        ("500", "manager", 2),
        ("5000", "manager", 2),
        ("5000.01", "director", 3),
        ("1e9", "cfo", 4),
    ],
)
def test_the_purchase_of_the_language_page(amount: str, level: str, rule: int) -> None:
    result = purchase().evaluate({"amount": Decimal(amount)})
    assert (result.ok, result.outputs, result.rules) == (True, {"level": level}, (rule,))


def test_an_empty_input_is_no_rule_and_says_so() -> None:
    result = purchase().evaluate({"amount": None})
    assert (result.ok, result.code) == (False, "no_rule")
    assert result.sentence == "No rule fits amount = nothing; amount is empty"


def test_a_gap_is_no_rule_and_says_for_what() -> None:
    table = make_table(["amount", "risk"], ["fee"], "unique", [["< 10", "low", "1"]], FIELDS)
    result = table.evaluate({"amount": 5, "risk": "high"})
    assert (result.code, result.sentence) == ("no_rule", "No rule fits amount = 5, risk = high")


def test_rules_that_differ_are_a_conflict_and_rules_that_agree_are_not() -> None:
    rules = [["> 1", "manager"], ["> 2", "manager"], ["> 3", "cfo"]]
    table = make_table(["amount"], ["level"], "unique", rules, FIELDS)
    assert table.evaluate({"amount": 3}).outputs == {"level": "manager"}
    result = table.evaluate({"amount": 9})
    assert (result.ok, result.code, result.rules) == (False, "conflict", (1, 2, 3))
    assert result.sentence == "Rules 1, 2 and 3 all fit amount = 9, and they give different answers"


def test_dmn_allows_one_rule_only_under_unique() -> None:
    table = DecisionTable(["x"], [Output("y")], [["> 1", "7"], ["> 2", "7"]], strict=True)
    assert table.evaluate({"x": 2}).ok
    assert table.evaluate({"x": 3}).sentence == "Rules 1 and 2 both fit x = 3, and only one may"


@pytest.mark.parametrize(
    ("hit", "outputs"),
    [
        ("any", {"y": 1}),
        ("first", {"y": 1}),
        ("priority", {"y": 3}),
        ("rule order", {"y": [1, 2, 3, 1]}),
        ("output order", {"y": [3, 1, 1, 2]}),
        ("collect", {"y": [1, 2, 3, 1]}),
        ("collect sum", {"y": 7}),
        ("collect min", {"y": 1}),
        ("collect max", {"y": 3}),
        ("collect count", {"y": 4}),
    ],
)
def test_hit_policy(hit: str, outputs: dict[str, Any]) -> None:
    rules = [["> 1", "1"], ["> 2", "2"], ["> 3", "3"], ["-", "1"]]
    table = DecisionTable(["x"], [Output("y", options=(3, 1, 2))], rules, hit=hit)
    found = table.evaluate({"x": 1 if hit == "any" else 9})
    assert (found.ok, found.outputs) == (True, outputs)


def test_any_refuses_answers_that_differ() -> None:
    table = DecisionTable(["x"], [Output("y")], [["> 1", "1"], ["> 2", "2"]], hit="any")
    assert table.evaluate({"x": 3}).code == "conflict"


def test_priority_goes_by_the_first_output_then_by_the_next() -> None:
    outputs = [Output("a", options=("x", "y"), is_text=True), Output("b", options=("p", "q"), is_text=True)]
    rules = [["-", "y", "p"], ["-", "x", "q"], ["-", "x", "p"]]
    table = DecisionTable(["1"], outputs, rules, hit="priority")
    assert table.evaluate({}).outputs == {"a": "x", "b": "p"}


def test_values_that_cannot_be_put_together_are_a_conflict() -> None:
    table = DecisionTable(["1"], [Output("y")], [["-", "1"], ["-", '"a"']], hit="collect sum")
    assert table.evaluate({}).code == "conflict"


def test_cells_are_read_by_the_type_of_their_field() -> None:
    table = make_table(
        ["amount", "risk"],
        ["fee", "note", "tags", "due"],
        "first",
        [
            [Decimal(5), "low, high", "amount * 2", "amount * 2", "new, old", datetime.date(2026, 1, 5)],
            ["-", "not(low)", "-", "-", '["new"]', 'date("2026-02-01") + 1 day'],
        ],
        FIELDS,
    )
    first = table.evaluate({"amount": 5, "risk": "high"}).outputs
    assert first == {"fee": 10, "note": "amount * 2", "tags": ["new", "old"], "due": datetime.date(2026, 1, 5)}
    second = table.evaluate({"amount": 6, "risk": "high"}).outputs
    assert second == {"fee": None, "note": "-", "tags": ["new"], "due": datetime.date(2026, 2, 2)}


def test_a_cell_for_several_choices_asks_whether_one_of_them_fits() -> None:
    rules = [["old", "1"], ["not(old)", "2"]]
    table = make_table(["tags"], ["fee"], "unique", rules, FIELDS)
    assert table.evaluate({"tags": ["new", "old"]}).outputs == {"fee": 1}
    assert table.evaluate({"tags": ["new"]}).outputs == {"fee": 2}
    assert table.evaluate({"tags": []}).outputs == {"fee": 2}
    assert find_gaps_and_overlaps(table, {"tags": "choices"}).unchecked[0].startswith("tags: it holds several choices")


def test_an_option_may_stand_in_quotes() -> None:
    table = make_table(["amount"], ["level"], "unique", [["-", '"cfo"']], FIELDS)
    assert table.evaluate({"amount": 1}).outputs == {"level": "cfo"}


def test_an_input_may_be_an_expression_and_cells_may_read_fields() -> None:
    names = ["price", "count", "limit"]
    table = DecisionTable(
        ["price * count"], [Output("y")], [["> limit", "limit"], ["-", "0"]], hit="first", names=names
    )
    assert table.evaluate({"price": 3, "count": 4, "limit": 10}).outputs == {"y": 10}
    assert table.evaluate({"price": 3, "count": 3, "limit": 10}).outputs == {"y": 0}
    assert table.names_used == set(names)


def test_a_default_counts_when_no_rule_fits() -> None:
    table = DecisionTable(["x"], [Output("y", default='"none"')], [["1", '"one"']])
    assert table.evaluate({"x": 2}).outputs == {"y": "none"}


@pytest.mark.parametrize(
    ("rules", "rule", "column", "message"),
    [
        ([["1", "2"], ["> ", "2"]], 2, 1, "The expression ends too early"),
        ([["1", "2 +"]], 1, 2, "The expression ends too early"),
        ([["1"]], 1, 1, "The rule has 1 cells; the table has 2 columns"),
        ([[None, "2"]], 1, 1, "The cell is empty"),
    ],
)
def test_a_cell_that_cannot_be_read_is_named(
    rules: Sequence[Sequence[Any]], rule: int, column: int, message: str
) -> None:
    with pytest.raises(CellError) as caught:
        DecisionTable(["x"], [Output("y")], rules)
    assert (caught.value.rule, caught.value.cell_column, caught.value.message) == (rule, column, message)


def test_an_unknown_policy_is_refused_with_those_there_are() -> None:
    with pytest.raises(ExpressionError, match="'last' is no hit policy") as caught:
        DecisionTable(["x"], [Output("y")], [], hit="last")
    assert all(policy in (caught.value.hint or "") for policy in HIT_POLICIES)


def test_a_table_obeys_the_budget() -> None:
    table = DecisionTable(["count(for i in 1..10000 return i)"], [Output("y")], [["-", "1"]])
    with pytest.raises(ExpressionError, match="more than 100 steps"):
        table.evaluate({}, Environment(budget=100))


cells = st.one_of(
    st.integers(-3, 3).map(str),
    st.sampled_from(["-", "not(1, 2)", "!= 2", "< 0, > 2", "[-1..1]", "(0..3)", "]0..2["]),
    st.tuples(st.sampled_from(["<", "<=", ">", ">=", "="]), st.integers(-3, 3)).map(
        lambda pair: f"{pair[0]} {pair[1]}"
    ),
)


@given(st.lists(cells, min_size=1, max_size=6), st.decimals(-4, 4, places=1) | st.none() | st.text(max_size=2))
def test_an_indexed_column_answers_as_its_cells_do_one_by_one(column: list[str], given_value: Any) -> None:
    rules = [[cell, str(number)] for number, cell in enumerate(column, 1)]
    found = DecisionTable(["x"], [Output("y")], rules, hit="collect").evaluate({"x": given_value})
    alone = [
        number for number, cell in enumerate(column, 1) if compile_unary_tests(cell).evaluate(given_value).value is True
    ]
    assert found.outputs.get("y", []) == alone
