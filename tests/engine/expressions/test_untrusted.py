"""No expression takes long, takes much, or fails with anything but our own errors."""

from __future__ import annotations

import re
import sys
import time
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.engine.expressions import (
    BudgetExceeded,
    Environment,
    ExpressionError,
    TooDeep,
    TooLarge,
    compile_expression,
    compile_template,
    compile_unary_tests,
    find_conflicts,
    infer_type,
)
from procession.engine.expressions.builtins import BUILT_INS

from .helpers import HERE, evaluate

DOUBLING = "{" + "a0: [1], " + ", ".join(f"a{n + 1}: [a{n}, a{n}]" for n in range(60)) + ", r: %s(a60)}.r"
WIDE = "{" + "a0: [1], " + ", ".join(f"a{n + 1}: concatenate(a{n}, a{n})" for n in range(40)) + "}"
LONG = '{s0: "0123456789", ' + ", ".join(f"s{n + 1}: s{n} + s{n}" for n in range(40)) + "}"


@pytest.mark.parametrize(
    "attack",
    [
        "for i in 1..1000000000 return i",
        f"for i in 1..100000 return {' and '.join(['1 < 2'] * 3000)}",
        f"count((for i in 1..50000 return i)[{' or '.join(['item < 0'] * 3000)}])",
        f"sort(for i in 1..5000 return -i, function(a, b) {' and '.join(['a < b'] * 3000)})",
        "count(for i in 1..1000, j in 1..1000, k in 1..1000 return 1)",
        "some i in 1..100000000 satisfies false",
        "{f: function(n) f(n), r: f(1)}.r",
        "{f: function(n) [f(n - 1), f(n - 1)], r: f(1)}.r",
        "{f: function(n) if n = 0 then 0 else f(n - 1) + f(n - 1), r: f(50)}.r",
        "for i in 1..100000 return partial",
        DOUBLING % "flatten",
        DOUBLING % "string",
        DOUBLING.replace("%s(a60)", "a60 = a60"),
        DOUBLING.replace("%s(a60)", "a60"),
        WIDE,
        LONG,
        "sort(for i in 1..150000 return i, function(a, b) a > b)",
        "duplicate values(for i in 1..5000 return i)",
        "distinct values(for i in 1..5000 return [i])",
        'for i in 1..20000 return replace("' + "a" * 5000 + '", "a", "bb")',
        'for i in 1..20000 return upper case("' + "a" * 50000 + '")',
    ],
)
def test_an_attack_is_stopped(attack: str) -> None:
    start = time.process_time()
    with pytest.raises((BudgetExceeded, TooDeep, TooLarge)):
        evaluate(attack)
    assert time.process_time() - start < 5


@pytest.mark.parametrize(
    "harmless",
    [
        'matches("' + "a" * 5000 + '!", "^(a+)+$")',
        "10 ** 6144 * 10",
        "1.0000001 ** 1e33",
        "exp(1e6000)",
        "1e6000 in [1..1e6144]",
        "modulo(1e6000, 7)",
        "floor(1e6144, 6000)",
        'number("' + "9" * 6000 + '")',
        '@"999999999-12-31" + @"P999999999Y"',
        '@"P999999999999999999Y" * 1e30',
        "(1e30) days",
        "decimal(1, 1e30)",
    ],
)
def test_huge_numbers_have_an_answer_or_none_but_soon(harmless: str) -> None:
    start = time.process_time()
    evaluate(harmless)
    assert time.process_time() - start < 2


def test_the_budget_is_the_environments() -> None:
    small = Environment(budget=50)
    assert evaluate("count(for i in 1..20 return i)", {}, small).value == 20
    with pytest.raises(BudgetExceeded, match="more than 50 steps"):
        evaluate("count(for i in 1..60 return i)", {}, small)


def test_reading_takes_work_in_proportion_to_the_text() -> None:
    """Counted in calls of functions, so that a busy machine does not matter."""

    def calls(size: int) -> int:
        body = " and ".join(f'(field_{n} > {n} or "x" in (name_{n}, [1..{n}]))' for n in range(size))
        count = 0

        def note(_frame: object, event: str, _argument: object) -> None:
            nonlocal count
            count += event in ("call", "c_call")

        before = sys.getprofile()
        sys.setprofile(note)
        try:
            compile_expression(body)
        finally:
            sys.setprofile(before)
        return count

    assert calls(1600) < 8 * 1.1 * calls(200)


ATOMS = [
    *("a", "b", "xs", "ctx", "nothing", "1", "-2", "0", "2.5", "1e6000", '"t"', '""', '"(a"', '"$1"', "null", "true"),
    *('@"2020-02-29"', '@"P1D"', '@"-P1Y"', '@"10:00:00@Europe/Paris"', '@"999999999-12-31"', '@"P999999999999Y"'),
    *("[1..5]", "[1, 2, 3]", "[]", "{}", '{key: "a", value: 1}', "function(x, y) x < y", "sum", "(< 5)", "(!= 3)"),
    *("3 business days", "2 business hours", "1 week", "xs[1]", "ctx.k", "now()"),
]
TOKENS = [
    *ATOMS,
    *("(", ")", "[", "]", "{", "}", ",", ".", "..", "+", "-", "*", "/", "**", "=", "!=", "<", ">=", ":", "?", "->"),
    *("in", "between", "and", "or", "if", "then", "else", "for", "return", "some", "every", "satisfies", "function("),
    *("instance of", "list<number>", "days", "business hours", "item", "partial", "not(", "external"),
]
VALUES = {"a": Decimal(3), "b": "text", "xs": [1, 2, {"k": 1}], "ctx": {"k": [1, 2]}, "nothing": None}


def _larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    call = st.tuples(st.sampled_from(sorted(BUILT_INS)), st.lists(inner, max_size=4)).map(
        lambda parts: f"{parts[0]}({', '.join(parts[1])})"
    )
    operators = st.sampled_from(["+", "-", "*", "/", "**", "=", "!=", "<", ">=", "and", "or", "in"])
    binary = st.tuples(inner, operators, inner).map(lambda parts: f"({' '.join(parts)})")
    return st.one_of(
        call,
        binary,
        st.tuples(inner, inner).map(lambda parts: f"{parts[0]}[{parts[1]}]"),
        st.tuples(inner, inner).map(lambda parts: f"for q in {parts[0]} return {parts[1]}"),
        st.tuples(inner, inner, inner).map(lambda parts: f"if {parts[0]} then {parts[1]} else {parts[2]}"),
        st.tuples(inner, st.sampled_from(["k", "year", "time offset", "days", "start"])).map(
            lambda parts: f"({parts[0]}).{parts[1]}"
        ),
        inner.map(lambda part: f"({part}) business days"),
    )


well_formed = st.recursive(st.sampled_from(ATOMS), _larger, max_leaves=12)
jumbled = st.lists(st.sampled_from(TOKENS), max_size=14).map(" ".join)


@settings(max_examples=400, deadline=None)
@given(st.one_of(well_formed, jumbled, st.text(max_size=40)))
def test_nothing_but_our_own_errors_escapes(source: str) -> None:
    environment = Environment(now=HERE.now, calendar=HERE.calendar, zone=HERE.zone, budget=5_000)
    try:
        expression = compile_expression(source, VALUES)
        infer_type(expression, {"a": "number"})
        find_conflicts(expression, {"a": "number", "b": "text", "xs": "table"})
        found = expression.evaluate(VALUES, environment)
    except ExpressionError:
        return
    assert found.value is not None or found.warnings or expression_may_be_null(source)


def expression_may_be_null(source: str) -> bool:
    """Null may come of a null, or of a function or an entry that has none to give."""
    return bool(re.search(r"null|nothing|\(|\[|\.|@|external|function|\?|:", source))


@settings(max_examples=150, deadline=None)
@given(st.one_of(well_formed, jumbled, st.text(max_size=40)))
def test_cells_and_templates_fail_with_our_own_errors_too(source: str) -> None:
    environment = Environment(now=HERE.now, budget=5_000)
    for compile_one in (
        lambda: compile_unary_tests(source, VALUES).evaluate(3, VALUES, environment),
        lambda: compile_template(f"x {{{source}}} y", VALUES).render(VALUES, environment),
        lambda: compile_template(source, VALUES).render(VALUES, environment),
    ):
        try:
            compile_one()
        except ExpressionError:
            continue
