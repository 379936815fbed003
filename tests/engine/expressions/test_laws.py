"""Laws that hold for all values."""

from __future__ import annotations

import datetime
from decimal import Context, Decimal, localcontext
from typing import Any

from hypothesis import assume, example, given
from hypothesis import strategies as st

from procession.engine.expressions import DMN, compile_expression, from_python, to_python
from procession.engine.expressions.temporal import Date, add_months, civil_from_days
from procession.engine.expressions.temporal_text import parse_temporal, write

from .helpers import value

numbers = st.decimals(min_value=-(10**12), max_value=10**12, places=6)
SUM = compile_expression("[a + b, a - b, a * b, if b = 0 then null else a / b]", ["a", "b"])
RANGES = compile_expression("[x in [a..b], x in (a..b), x in [a..b), x in (a..b]]", ["x", "a", "b"])
DATES = st.dates()


@given(numbers, numbers)
def test_arithmetic_is_decimals_with_34_digits(a: Decimal, b: Decimal) -> None:
    with localcontext(Context(prec=34)):
        expected = [a + b, a - b, a * b, None if b == 0 else a / b]
    assert SUM.evaluate({"a": a, "b": b}).value == expected


@given(numbers, numbers, numbers)
def test_a_range_holds_what_lies_between_its_ends(x: Decimal, a: Decimal, b: Decimal) -> None:
    expected = [a <= x <= b, a < x < b, a <= x < b, a < x <= b]
    assert RANGES.evaluate({"x": x, "a": a, "b": b}).value == expected


@given(DATES, st.integers(-(10**5), 10**5))
def test_days_are_added_as_python_adds_them(day: datetime.date, count: int) -> None:
    try:
        expected = day + datetime.timedelta(days=count)
    except OverflowError:
        assume(False)
        return
    assert value("d + n days", d=day, n=count) == expected
    assert value("(d + n days) - d = n days", d=day, n=count) is True


@given(DATES)
def test_a_date_is_the_day_it_counts(day: datetime.date) -> None:
    assert Date(day.year, day.month, day.day).ordinal == day.toordinal() - datetime.date(1970, 1, 1).toordinal()


@given(st.integers(-300_000_000_000, 300_000_000_000))
@example(-719_468)
def test_counting_days_there_and_back(days: int) -> None:
    assert civil_from_days(days).ordinal == days


@given(DATES, st.integers(-2000, 2000))
def test_adding_months_lands_in_the_month_meant(day: datetime.date, months: int) -> None:
    found = add_months(Date(day.year, day.month, day.day), months)
    assert found.year * 12 + found.month == day.year * 12 + day.month + months
    assert found.day <= day.day


temporals = st.one_of(
    DATES,
    st.datetimes(timezones=st.none() | st.just(datetime.UTC)),
    st.times(),
    st.timedeltas(datetime.timedelta(days=-99999), datetime.timedelta(days=99999)),
)


@given(temporals)
def test_what_is_written_reads_back(python_value: Any) -> None:
    inside = from_python(python_value)
    assert parse_temporal(write(inside)) == inside
    assert to_python(inside) == python_value


json = st.recursive(
    st.none() | st.booleans() | numbers | st.text(max_size=20) | temporals,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(json)
def test_values_pass_through_unchanged(whole: Any) -> None:
    expression = compile_expression("x", ["x"], dialect=DMN)
    assert expression.evaluate({"x": whole}).value == whole


@given(json)
def test_everything_equals_itself(whole: Any) -> None:
    assert value("x = x", x=whole) is True


@given(st.lists(numbers, min_size=1, max_size=20))
def test_lists_of_numbers(items: list[Decimal]) -> None:
    assert value("sort(xs)", xs=items) == sorted(items)
    assert value("[min(xs), max(xs)]", xs=items) == [min(items), max(items)]
    assert value("reverse(reverse(xs)) = xs", xs=items) is True
    assert value("count(distinct values(xs))", xs=items) == len(set(items))
    assert value("for i in 1..count(xs) return xs[i]", xs=items) == items


@given(st.text(max_size=30), st.text(max_size=5))
def test_texts(text: str, part: str) -> None:
    assert value("string length(t)", t=text) == len(text)
    assert value("contains(t, p)", t=text, p=part) is (part in text)
    assert value('substring before(t + p, p) = "" or true', t=text, p=part) is True
    assert value('replace(t, p, "", "q")', t=text, p=part) == (text.replace(part, "") if part else text)
