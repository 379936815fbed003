"""Every construct of the language, one row each."""

from __future__ import annotations

import datetime
from decimal import Decimal
from typing import Any

import pytest

from procession.engine.expressions import Environment, ExpressionError, MonthsDuration, compile_expression
from procession.engine.expressions.inference import find_conflicts

from .helpers import dmn, evaluate, value

D = Decimal
ROWS = [{"name": "mouse", "cost": 20}, {"name": "desk", "cost": 300}]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", D(7)),
        ("(1 + 2) * 3", D(9)),
        ("7 - 2 - 1", D(4)),
        ("2 ** 3 ** 2", D(64)),  # every operator groups to the left, this one too
        ("-3 ** 2", D(9)),  # a sign binds more tightly than a power
        ("10 / 4", D("2.5")),
        ("0.1 + 0.2 = 0.3", True),
        ("1 / 3", D("0." + "3" * 34)),
        ('"a" + "b"', "ab"),
        ("1 < 2 and 2 < 3", True),
        ("1 = 2 or 2 = 2", True),
        ('1 = "1"', None),
        ("null = null", True),
        ("1 = null", False),
        ("1 != null", True),
        ("5 between 1 and 5", True),
        ("5 in [1..5)", False),
        ("5 in ]1..5]", True),
        ("1 in ]1..5[", False),
        ("5 in (1, > 4)", True),
        ("5 in [1, 5]", True),
        ("5 in > 4", True),
        ('if 1 < 2 then "yes" else "no"', "yes"),
        ('if null then "yes" else "no"', "no"),
        ("for i in 1..3 return i * i", [D(1), D(4), D(9)]),
        ("for i in 3..1 return i", [D(3), D(2), D(1)]),
        ("for i in [1, 2], j in [10, 20] return i + j", [D(11), D(21), D(12), D(22)]),
        ("for i in 1..4 return if i = 1 then 1 else i * partial[-1]", [D(1), D(2), D(6), D(24)]),
        ("{fs: for i in [1, 2] return function() i, first: fs[1], r: first()}.r", D(1)),
        ("some i in [1, 2, 3] satisfies i > 2", True),
        ("every i in [1, 2, 3] satisfies i > 2", False),
        ("every i in [] satisfies i > 2", True),
        ("[1, 2, 3][item > 1]", [D(2), D(3)]),
        ("[1, 2, 3][2]", D(2)),
        ("[1, 2, 3][-1]", D(3)),
        ("[1, 2, 3][4]", None),
        ('[{a: 1, b: "x"}, {a: 2, b: "y"}][a > 1].b', ["y"]),
        ("{a: 1, b: a + 1}.b", D(2)),
        ('{"a b": 1}.a b', D(1)),
        ("(function(x, y) x - y)(y: 1, x: 5)", D(4)),
        ("{f: function(n: number) if n < 2 then 1 else n * f(n - 1), r: f(5)}.r", D(120)),
        ("1 instance of number", True),
        ("[1, 2] instance of list<number>", True),
        ('@"2026-01-31" instance of date', True),
        ("null instance of number", False),
        ("not(1 < 2)", False),
        ("true and null", None),
        ("false and null", False),
        ("true or null", True),
        ("// said aside\n1 /* here too */ + 1", D(2)),
        ('"\\u00e9\\U01F40E\\n" = "é🐎\n"', True),
        ("{date and time: 3, a: date and time + 1}.a", D(4)),
        ("1e3", D(1000)),
        (".5", D("0.5")),
    ],
)
def test_construct(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('date("2026-01-31") + duration("P1M")', datetime.date(2026, 2, 28)),
        ('@"2024-02-29" - @"P1Y"', datetime.date(2023, 2, 28)),
        ('@"2026-03-01" - @"2026-02-01"', datetime.timedelta(days=28)),
        ('@"2026-01-31T23:00:00Z" + @"PT2H"', datetime.datetime(2026, 2, 1, 1, tzinfo=datetime.UTC)),
        ('@"10:00:00" + @"PT15H"', datetime.time(1)),
        ('@"2026-01-05".weekday', D(1)),
        ('@"P1DT2H".hours', D(2)),
        ('day of week(@"2026-01-05")', "Monday"),
        ('week of year(@"2027-01-01")', D(53)),
        ('years and months duration(@"2024-02-10", @"2026-01-09")', MonthsDuration(22)),
        ('@"2026-01-05" < @"2026-01-06"', True),
        ('string(@"P1DT2H30M")', "P1DT2H30M"),
        ('@"2026-02-30"', None),
        ("today()", datetime.date(2026, 1, 5)),
        # a day in a named zone keeps the clock's hands, also over the night that has 23 hours; hours are exact
        ('string(@"2026-03-28T12:00:00@Europe/Berlin" + @"P1D")', "2026-03-29T12:00:00@Europe/Berlin"),
        ('string(@"2026-03-28T12:00:00@Europe/Berlin" + @"PT24H")', "2026-03-29T13:00:00@Europe/Berlin"),
    ],
)
def test_dates_and_times(text: str, expected: Any) -> None:
    assert value(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('90 minutes = duration("PT1H30M")', True),
        ("start - 3 days", datetime.date(2026, 1, 7)),
        ("start + 2 weeks", datetime.date(2026, 1, 24)),
        ("start + 1 month", datetime.date(2026, 2, 10)),
        ("start + notice days", datetime.date(2026, 1, 15)),
        ("start + (notice + 1) days", datetime.date(2026, 1, 16)),
        ("start + 1 business day", datetime.date(2026, 1, 12)),  # the tenth is a Saturday
        ("start - 1 business day", datetime.date(2026, 1, 9)),
        ("1 business day < 2 business days", True),
        ("1 business day < 3 hours", None),
        ("date(now() + 10 business hours)", datetime.date(2026, 1, 6)),
        ("1.5 days = 36 hours", True),
    ],
)
def test_numbers_with_units_of_time(text: str, expected: Any) -> None:
    assert value(text, start=datetime.date(2026, 1, 10), notice=5) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("day - 1 day", datetime.date(2026, 1, 9)),
        ("1 day + day", datetime.date(2026, 1, 11)),
        ("day + hour hours", datetime.date(2026, 1, 10)),
        ("day + days days", datetime.date(2026, 1, 13)),
        ("if hour = 5 and 1 day = 24 hours then hour else days", Decimal(5)),
        ("day + business business days", datetime.date(2026, 1, 13)),
        ("(days) days", datetime.timedelta(days=3)),
    ],
)
def test_a_field_may_be_called_like_a_unit_of_time(text: str, expected: Any) -> None:
    """Behind a value no name can stand, so the word there is the unit."""
    assert value(text, day=datetime.date(2026, 1, 10), hour=5, days=3, business=2) == expected


@pytest.mark.parametrize(
    "text", ["1 month + 2 days", "1 month > 30 days", "2 business days - 1 day", 'duration("P1M") = duration("P30D")']
)
def test_months_days_and_business_time_do_not_mix(text: str) -> None:
    """A month has no fixed length in days; the three are brought together by a date."""
    types = {"start": "date"}
    assert value(text) is None
    conflict, *_ = find_conflicts(compile_expression(text, []), types)
    assert "duration of" in conflict.message
    assert find_conflicts(compile_expression("start + 1 month + 2 days - 1 business day", ["start"]), types) == ()


def test_dmn_has_no_units_of_time() -> None:
    with pytest.raises(ExpressionError, match="'days' is not expected here"):
        dmn("3 days")


def test_a_moment_is_shown_in_the_zone_of_the_organisation() -> None:
    late = datetime.datetime(2026, 1, 5, 23, 30, tzinfo=datetime.UTC)
    assert value("date(at)", at=late) == datetime.date(2026, 1, 6)
    assert value("at = other", at=late, other=late.astimezone(datetime.timezone(datetime.timedelta(hours=5)))) is True
    assert value('at > @"2026-01-06T00:00:00"', at=late) is True  # no zone: meant in the organisation's
    assert dmn('at > @"2026-01-06T00:00:00"', at=late) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sum(lines.cost)", D(320)),
        ("count(lines[cost > 100])", D(1)),
        ('lines[name = "desk"][1].cost', D(300)),
        ("max(lines.cost) - min(lines.cost)", D(280)),
        ("some line in lines satisfies line.cost > 250", True),
        ('string join(lines.name, ", ")', "mouse, desk"),
        ("sort(lines.cost, function(a, b) a > b)", [D(300), D(20)]),
        ("mean(lines.cost)", D(160)),
    ],
)
def test_rows_of_a_table(text: str, expected: Any) -> None:
    assert value(text, lines=ROWS) == expected


def test_names_with_spaces_and_signs_are_read_by_what_is_in_scope() -> None:
    assert value("net price - tax", **{"net price": 10, "tax": 1}) == D(9)
    assert value("a-b", **{"a-b": 7, "a": 1, "b": 2}) == D(7)
    assert value("a-b", a=1, b=2) == D(-1)
    assert value("applicant's age > 17", **{"applicant's age": 18}) is True


def test_names_used_are_the_roots_of_paths() -> None:
    text = "starter.name = x and (some l in lines satisfies l.cost > limit) and count(lines[cost > floor(min)]) > 0"
    expression = compile_expression(text, ["starter", "x", "lines", "limit"])
    assert expression.names_used == {"starter", "x", "lines", "limit"}


def test_a_field_may_be_named_like_a_function() -> None:
    assert value('date > date("2026-01-01")', date=datetime.date(2026, 2, 1)) is True
    assert compile_expression('date("2026-01-01") < date', ["date"]).names_used == {"date"}


def test_functions_of_the_environment_take_and_give_python_values() -> None:
    here = Environment(functions={"count of cases": lambda workflow, least: len(workflow) + int(least)})
    assert evaluate('count of cases("abc", 2) + 1', {}, here).value == D(6)
    wrong = evaluate('count of cases("abc")', {}, here)
    assert (wrong.value, wrong.warnings[0].message) == (
        None,
        "A function of the environment does not take these arguments: missing a required argument: 'least'",
    )
    refused = evaluate('count of cases("abc", "x")', {}, here)
    assert refused.warnings[0].message.startswith("A function of the environment has no answer: invalid literal")


def test_values_come_and_go_as_pythons_own() -> None:
    shown = value(
        "{n: i + 1, d: day, t: late, s: [yes, none], l: wait * 2}",
        i=1,
        day=datetime.date(2026, 1, 1),
        late=datetime.time(9),
        yes=True,
        none=None,
        wait=datetime.timedelta(hours=3),
    )
    assert shown == {
        "n": D(2),
        "d": datetime.date(2026, 1, 1),
        "t": datetime.time(9),
        "s": [True, None],
        "l": datetime.timedelta(hours=6),
    }
