"""What an author is told when a text cannot be read or has no answer."""

from __future__ import annotations

import pytest

from procession.engine.expressions import ExpressionError, TooDeep, TooLarge, compile_expression

from .helpers import evaluate, warning


@pytest.mark.parametrize(
    ("text", "line", "column", "message", "hint"),
    [
        ("", 1, 1, "The expression is empty", None),
        ("amount == 5", 1, 9, "'=' stands twice", "equality is '=', once"),
        ("amount >", 1, 9, "The expression ends too early", None),
        ("1 +\n  * 2", 2, 3, "'*' is not expected here", None),
        ("a && b", 1, 3, "'&' means nothing here", "write 'and'"),
        ('"open', 1, 1, "This text never ends", 'close it with "'),
        ("if a then b", 1, 12, "'else' is missing after the 'then' of 'if'", None),
        ("[1, 2", 1, 6, "']' is missing after the list", None),
        ("[1..2", 1, 6, "The range is not closed", "']' includes the upper end, ')' leaves it out"),
        ("a b", 1, 3, "'b' is not expected here", None),
        ("for x 1..3 return x", 1, 8, "'in' is missing after the name of the variable", None),
        ("1 ≤ 2", 1, 3, "'≤' means nothing here", "write <="),
    ],
)
def test_a_text_that_cannot_be_read(text: str, line: int, column: int, message: str, hint: str | None) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)
    error = caught.value
    assert (error.line, error.column, error.hint) == (line, column, hint)
    assert error.message.startswith(message)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("amount > 500", "amount is empty, so 'amount > 500' has no answer"),
        ("500 < starter.limit", "starter.limit is empty, so '500 < starter.limit' has no answer"),
        ("amount + 1 > 5", "amount is empty, so 'amount + 1' has no answer"),
        ("name > 5", "name is a text and 5 is a number, so 'name > 5' has no answer"),
        ("not(amount)", "'not' was given empty, which is neither true nor false"),
        ("approved and true", "approved is empty, so 'approved and true' has no answer"),
        ("1 / 0", "'1 / 0' has no answer: nothing can be divided by 0"),
        ("amuont > 5", "There is nothing named 'amuont'"),
        ("starter.nmae", "starter has no 'nmae'"),
        ("name.first", "name is a text, which has no 'first'"),
        ("cuont([1])", "There is no function named 'cuont'"),
        (
            'substring("abc")',
            "'substring' cannot be called with 1 argument; it is substring(string, start position, length?)",
        ),
        ('abs("x")', "The n of 'abs' is a text, not a number"),
        ("sum([1, name])", "The list of 'sum' holds something other than numbers"),
        ('date("tomorrow")', "'tomorrow' is not a date, such as 2026-01-31"),
        ("[1, 2][3]", "The list has no entry 3; it has 2"),
        ("for x in amount return x", "amount is not a list, so 'for x in amount return x' has no answer"),
        ("amount between 1 and 2", "amount is empty, so 'amount between 1 and 2' has no answer"),
        ("amount in [1..2]", "amount is empty, so 'amount in [1..2]' has no answer"),
        (
            'matches(name, "(?=x)")',
            "The pattern '(?=x)' looks ahead or behind, or sets flags inside, which is not supported",
        ),
        ('matches(name, "(a)\\1")', "The pattern '(a)\\1' refers back to a group, which is not supported"),
        ('matches(name, "(")', "The pattern '(' is not a regular expression we can run"),
    ],
)
def test_no_answer_is_never_silent(text: str, sentence: str) -> None:
    found = warning(text, amount=None, name="Ana", approved=None, starter={"limit": None, "name": "Ana"})
    assert found.startswith(sentence)


def test_an_answer_has_no_warnings() -> None:
    found = evaluate("amount > 500 or name = null", {"amount": 700, "name": None})
    assert (found.value, found.warnings) == (True, ())


def test_one_empty_field_is_told_once() -> None:
    found = evaluate("amount > 1 and amount > 2 and amount + 1 + 2 > 3", {"amount": None})
    assert found.value is None
    assert len(found.warnings) == len({one.message for one in found.warnings}) == 3


@pytest.mark.parametrize(
    "text", ["(" * 5000 + "1" + ")" * 5000, "-" * 5000 + "1", "[" * 5000, "not(" * 5000, "a." * 5000 + "a"]
)
def test_deep_nesting_is_refused_where_it_is_read(text: str) -> None:
    with pytest.raises(TooDeep):
        compile_expression(text)


def test_a_long_chain_is_refused_rather_than_overflowing() -> None:
    assert evaluate("+".join(["1"] * 150)).value == 150
    with pytest.raises(TooDeep, match="more than 200 operations"):
        compile_expression("+".join(["1"] * 5000))


def test_a_long_list_of_conditions_is_fine() -> None:
    assert evaluate(" and ".join(f"{n} < {n + 1}" for n in range(3000))).value is True


@pytest.mark.parametrize("text", ["1" * 7000, "1e999999", '"' + "x" * 100_001 + '"'])
def test_what_is_too_large_is_refused(text: str) -> None:
    with pytest.raises(TooLarge):
        compile_expression(text)
