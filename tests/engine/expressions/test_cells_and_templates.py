"""Cells of tables, and texts with values in them."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.expressions import ExpressionError, compile_template, compile_unary_tests

from .helpers import HERE

OPTIONS = ["auto", "needs review", "N/A", "5-10 days"]


@pytest.mark.parametrize(
    ("cell", "given_", "expected"),
    [
        ("-", None, True),
        ("< 500", 499, True),
        ("< 500", 500, False),
        ("< 500", None, None),
        ("[500..5000]", 5000, True),
        ("(500..5000)", 500, False),
        ('"a", "b"', "b", True),
        ('not("a", "b")', "b", False),
        ('not("a", "b")', "c", True),
        ("> limit", 11, True),
        ("limit", 10, True),
        ("limit * 2, 7", 7, True),
        ("auto", "auto", True),
        ("auto, needs review", "needs review", True),
        ("N/A", "N/A", True),
        ("5-10 days", "5-10 days", True),
        ("not(auto)", "auto", False),
        ("true", True, True),
        ("true", None, False),
        ("null", None, True),
        ("!= 5", 6, True),
        ("? > 3 and ? < 9", 5, True),
        ("count(?) > 1", ["x", "y"], True),
        ('date("2026-01-05")', datetime.date(2026, 1, 5), True),
        ("> 3 days", datetime.timedelta(days=4), True),
        ("[1, 2, 3]", 2, True),
    ],
)
def test_cell(cell: str, given_: Any, expected: bool | None) -> None:
    tests = compile_unary_tests(cell, ["limit"], options=OPTIONS)
    assert tests.evaluate(given_, {"limit": 10}, HERE).value is expected


@pytest.mark.parametrize("cell", ["", "> ", "1..", "not(1", "< 5 and", "a, "])
def test_a_cell_that_cannot_be_read(cell: str) -> None:
    with pytest.raises(ExpressionError):
        compile_unary_tests(cell)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{item} for {starter.name}", "mouse for Ana"),
        ("{amount}", Decimal("12.50")),
        ("{amount} USD", "12.5 USD"),
        ("{rows}", [Decimal(1)]),
        ("on {day}, {nothing}.", "on 2026-01-05, ."),
        ("{nothing}", None),
        ("{{{item}}}", "{mouse}"),
        ("no values", "no values"),
        ("", ""),
        ('{if amount > 10 then "much" else "}"}!', "much!"),
        ("{ {a: 1}.a }", Decimal(1)),
        ("a } b", "a } b"),
        ("{ok}: {rows}", "true: 1"),
    ],
)
def test_template(template: str, expected: Any) -> None:
    values = {
        "item": "mouse",
        "starter": {"name": "Ana"},
        "amount": Decimal("12.50"),
        "rows": [1],
        "day": datetime.date(2026, 1, 5),
        "nothing": None,
        "ok": True,
    }
    found = compile_template(template, values).render(values, HERE).value
    assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("template", "line", "column"), [("a {b", 1, 3), ("a {1 +} b", 1, 7), ("one\ntwo {== 1}", 2, 6), ("{}", 1, 2)]
)
def test_a_template_that_cannot_be_read_says_where(template: str, line: int, column: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_template(template)
    assert (caught.value.line, caught.value.column) == (line, column)


def test_the_names_of_a_template() -> None:
    assert compile_template("{item} for {starter.name}").names_used == {"item", "starter"}


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (["hygiene", "forklift"], "Take hygiene, forklift."),
        (["hygiene"], "Take hygiene."),
        ([], "Take ."),
        ([[1, 2], 3], "Take [[1, 2], 3]."),
    ],
)
def test_the_items_of_a_plain_list_stand_one_after_the_other(value: object, text: str) -> None:
    assert compile_template("Take {courses}.", ["courses"]).render({"courses": value}).value == text


@given(st.text())
def test_any_text_survives_with_its_braces_doubled(text: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    template = compile_template(doubled)
    assert template.is_constant
    assert template.render({}).value == text


@given(st.text(), st.text())
def test_a_value_is_inserted_as_it_is(text: str, value: str) -> None:
    doubled = text.replace("{", "{{").replace("}", "}}")
    assert compile_template(f"x{doubled}{{v}}", ["v"]).render({"v": value}).value == f"x{text}{value}"
