"""Values of fields: what is accepted, how it is stored, what expressions and people see."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from procession.engine.definition import FIELD_TYPES, Expr, Field
from procession.engine.expressions import compile_expression
from procession.engine.fields import coerce, from_feel, is_missing, outward, show, to_feel
from procession.engine.rejections import FieldRejection, InvalidField, MissingField, UnknownField

LINES = Field(
    name="lines",
    type="table",
    columns=(
        Field(name="item"),
        Field(name="cost", type="money", currency="EUR"),
        Field(name="note", required=False),
    ),
)
FILE = {"id": "f1", "name": "quote.pdf", "size": 12, "sha256": "ab" * 32}


def money(**more: object) -> Field:
    return Field(name="amount", type="money", currency="USD", **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("field", "raw", "stored"),
    [
        (money(), "499.99", "499.99"),
        (money(), 499.99, "499.99"),
        (money(), Decimal("500.00"), "500"),
        (money(), "1e3", "1000"),
        (money(), "-0", "0"),
        (Field(name="n", type="number"), "00012.500", "12.5"),
        (Field(name="n", type="number"), 10**33, "1" + "0" * 33),
        (Field(name="n", type="integer"), "7.0", "7"),
        (Field(name="rate", type="percent"), "20 %", "0.2"),
        (Field(name="rate", type="percent"), "0.2", "0.2"),
        (Field(name="ok", type="yes/no"), "no", False),
        (Field(name="ok", type="yes/no"), True, True),
        (Field(name="day", type="date"), "2026-12-31", "2026-12-31"),
        (Field(name="day", type="date"), date(2026, 12, 31), "2026-12-31"),
        (Field(name="at", type="datetime"), "2026-12-31T09:00+01:00", "2026-12-31T08:00:00Z"),
        (Field(name="long", type="duration"), "90 minutes", "PT1H30M"),
        (Field(name="long", type="duration"), "P1DT2H", "P1DT2H"),
        (Field(name="long", type="duration"), "PT36H", "P1DT12H"),
        (Field(name="size", type="choice", options=("S", "M")), "M", "M"),
        (Field(name="sizes", type="choices", options=("S", "M", "L")), ["L", "S", "S"], ["S", "L"]),
        (Field(name="sizes", type="choices", options=("S", "M", "L")), [], []),
        (Field(name="mail", type="email"), " ana@example.com ", "ana@example.com"),
        (Field(name="page", type="url"), "https://example.com/a?b=1", "https://example.com/a?b=1"),
        (Field(name="who", type="person"), "ana", "ana"),
        (Field(name="scan", type="file"), FILE, FILE),
        (LINES, [], []),
        (LINES, [{"item": " mouse ", "cost": "9.90"}], [{"item": "mouse", "cost": "9.9", "note": None}]),
        (Field(name="t"), "  a  ", "a"),
        (Field(name="t"), "   ", None),
        (Field(name="ok", type="yes/no"), None, None),
    ],
)
def test_what_is_stored(field: Field, raw: object, stored: object) -> None:
    assert coerce(field, raw) == stored
    assert type(coerce(field, raw)) is type(stored)


@pytest.mark.parametrize(
    ("field", "raw", "sentence", "hint"),
    [
        (money(), "a lot", "Amount must be a number such as 1250.50.", None),
        (money(), "1.250,50", "Amount must be a number such as 1250.50.", "write 1250.50"),
        (money(), "$1,250.50", "Amount must be a number such as 1250.50.", "write 1250.50"),
        (money(), True, "Amount must be a number such as 1250.50.", None),
        (money(), float("nan"), "Amount must be a number such as 1250.50.", None),
        (money(), "1e999", "Amount must be a number such as 1250.50.", None),
        (money(), 10**400, "Amount must be a number such as 1250.50.", None),
        (money(), "1.005", "Amount is in USD, which has at most 2 digits after the point.", None),
        (
            Field(name="n", type="money", currency="JPY"),
            "1.5",
            "N is in JPY, which has no digits after the point.",
            None,
        ),
        (money(min=Decimal(0)), "-1", "Amount must be at least 0.", None),
        (money(max=Decimal(10)), "10.01", "Amount must be at most 10.", None),
        (Field(name="cups", type="integer"), "2.5", "Cups must be a whole number such as 2.", None),
        (
            Field(name="start_date", type="date"),
            "31.12.2026",
            "Start date must be a date written year-month-day, such as 2026-12-31.",
            "write 2026-12-31",
        ),
        (Field(name="d", type="date"), "2026-02-30", "D: there is no day 2026-02-30.", None),
        (Field(name="d", type="date", min="2026-01-01"), "2025-12-31", "D must be not before 2026-01-01.", None),
        (
            Field(name="at", type="datetime"),
            "2026-12-31T09:00",
            "At needs its time zone, such as 2026-12-31T09:00+01:00 or …Z for UTC.",
            None,
        ),
        (
            Field(name="d", type="duration"),
            "P1M",
            (
                "D must be a duration such as 3 hours or P2DT4H. Months and years have no fixed length: write days, or keep "
                "the date."
            ),
            None,
        ),
        (Field(name="ok", type="yes/no"), "maybe", "Ok must be yes or no.", None),
        (Field(name="size", type="choice", options=("S", "M")), "XL", "Size must be one of S or M.", None),
        (Field(name="size", type="choices", options=("S", "M")), ["XL"], "Size may hold only S or M.", None),
        (Field(name="mail", type="email"), "ana", "Mail must be an e-mail address such as ana@example.com.", None),
        (
            Field(name="page", type="url"),
            "example.com",
            "Page must be a web address such as https://example.com/page.",
            "write https://example.com",
        ),
        (Field(name="page", type="url"), "javascript:alert(1)", "Page must be a web address such as", None),
        (Field(name="t", label="What?"), 5, "What? must be text, not a number.", None),
        (Field(name="t"), "a\x00b", "T holds a character that cannot be stored.", None),
        (Field(name="t"), "a" * 10_001, "T has 10,001 characters; at most 10,000 are allowed.", None),
        (Field(name="scan", type="file"), {"id": "f"}, "Scan must be an uploaded file", None),
        (LINES, {"item": "x"}, "Lines must be a list of rows, not a group of values.", None),
        (LINES, [{"item": "x", "cost": "a"}], "Lines, row 1: Cost must be a number such as 1250.50.", None),
    ],
)
def test_what_is_refused_says_what_would_be_right(field: Field, raw: object, sentence: str, hint: str | None) -> None:
    with pytest.raises(InvalidField) as refusal:
        coerce(field, raw)
    assert refusal.value.message.startswith(sentence)
    assert refusal.value.hint == hint
    assert refusal.value.field == field.name


def test_a_row_names_its_columns() -> None:
    with pytest.raises(UnknownField, match="row 1 has no column 'price'; it has item, cost, note"):
        coerce(LINES, [{"price": 3}])
    with pytest.raises(MissingField, match="row 2: Cost is missing"):
        coerce(LINES, [{"item": "a", "cost": 1}, {"item": "b"}])


def test_missing_means_null_or_blank_never_an_empty_list() -> None:
    text, table = Field(name="t"), LINES
    assert is_missing(text, "  ") and is_missing(text, None)
    assert not is_missing(table, []) and not is_missing(Field(name="c", type="choices"), [])
    assert not is_missing(Field(name="ok", type="yes/no"), False)


def test_a_moment_without_a_zone_is_read_in_the_zone_given() -> None:
    field = Field(name="at", type="datetime")
    assert coerce(field, "2026-07-01T09:00", zone=ZoneInfo("Europe/Berlin")) == "2026-07-01T07:00:00Z"


@pytest.mark.parametrize(
    ("field", "value", "stored"),
    [
        (money(), Decimal("33.33333333333333333333333333333333"), "33.33"),
        (money(), Decimal(300), "300"),
        (Field(name="n", type="integer"), Decimal(3), "3"),
        (Field(name="d", type="date"), date(2026, 1, 5), "2026-01-05"),
        (Field(name="at", type="datetime"), datetime(2026, 1, 5, 9, tzinfo=UTC), "2026-01-05T09:00:00Z"),
        (Field(name="d", type="duration"), timedelta(hours=30), "P1DT6H"),
        (Field(name="c", type="choices", options=("a", "b")), "a", ["a"]),
        (Field(name="c", type="calculated", formula=Expr("1/3")), Decimal(1) / 3, {"number": "0." + "3" * 28}),
        (Field(name="c", type="calculated"), [date(2026, 1, 5), None], [{"date": "2026-01-05"}, None]),
        (LINES, [{"item": "a", "cost": Decimal(2)}], [{"item": "a", "cost": "2", "note": None}]),
    ],
)
def test_results_of_expressions_are_stored_canonically(field: Field, value: object, stored: object) -> None:
    assert from_feel(field, value) == stored


@pytest.mark.parametrize(
    ("field", "value"),
    [
        (money(), "5"),
        (Field(name="n", type="number"), True),
        (Field(name="t"), Decimal(5)),
        (Field(name="d", type="date"), datetime(2026, 1, 5, tzinfo=UTC)),
        (Field(name="d", type="date"), "2026-01-05"),
        (Field(name="ok", type="yes/no"), "yes"),
        (Field(name="size", type="choice", options=("S",)), "XL"),
        (LINES, Decimal(1)),
        (Field(name="n", type="number"), Decimal("Infinity")),
    ],
)
def test_a_result_that_does_not_fit_is_refused(field: Field, value: object) -> None:
    with pytest.raises(FieldRejection):
        from_feel(field, value)


@pytest.mark.parametrize(
    ("field", "stored", "text"),
    [
        (money(), "1250.5", "1,250.50 USD"),
        (Field(name="n", type="money", currency="JPY"), "1250", "1,250 JPY"),
        (Field(name="r", type="percent"), "0.2", "20 %"),
        (Field(name="r", type="percent"), "0.075", "7.5 %"),
        (Field(name="ok", type="yes/no"), False, "No"),
        (Field(name="at", type="datetime"), "2026-01-05T09:00:00Z", "2026-01-05 09:00 UTC"),
        (Field(name="d", type="duration"), "P1DT1H", "1 day 1 hour"),
        (Field(name="c", type="choices"), ["a", "b"], "a, b"),
        (Field(name="f", type="file"), FILE, "quote.pdf"),
        (LINES, [{}], "1 row"),
        (Field(name="c", type="calculated"), {"number": "1080"}, "1,080"),
        (Field(name="t"), None, ""),
    ],
)
def test_what_people_read(field: Field, stored: object, text: str) -> None:
    assert show(field, stored) == text


def test_a_rating_is_a_whole_number_from_one_to_five() -> None:
    rating = Field(name="r", type="rating", label="Rating")
    assert [coerce(rating, raw) for raw in ("1", 5, " 3 ")] == ["1", "5", "3"]
    for raw, sentence in (("6", "at most 5"), (0, "at least 1"), ("2.5", "whole number"), ("good", "whole number")):
        with pytest.raises(InvalidField, match=sentence):
            coerce(rating, raw)
    assert coerce(Field(name="r", type="rating", min=0, max=10), "10") == "10"


def test_programs_outside_get_numbers_as_numbers() -> None:
    assert outward(money(), "499.99") == Decimal("499.99")
    assert outward(LINES, [{"item": "a", "cost": "2", "note": None}]) == [
        {"item": "a", "cost": Decimal(2), "note": None}
    ]
    assert outward(Field(name="c", type="calculated"), {"number": "12"}) == Decimal(12)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.decimals(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([kind for kind in FIELD_TYPES if kind != "calculated"]), JSON)
def test_whatever_comes_is_stored_canonically_or_refused(kind: str, raw: object) -> None:
    field = Field(name="x", type=kind, options=("a", "b"), columns=LINES.columns if kind == "table" else ())
    try:
        stored = coerce(field, raw)
    except FieldRejection as refusal:
        assert refusal.field == "x" and refusal.message.endswith(".")
        return
    assert coerce(field, stored) == stored
    assert from_feel(field, to_feel(field, stored)) == stored
    assert isinstance(show(field, stored), str)


@given(
    st.decimals(allow_nan=False, allow_infinity=False, places=6)
    | st.dates()
    | st.timedeltas()
    | st.datetimes(timezones=st.just(UTC))
    | st.booleans()
    | st.lists(st.integers(-99, 99))
)
def test_a_calculated_value_comes_back_as_it_was(value: object) -> None:
    field = Field(name="c", type="calculated")
    assert to_feel(field, from_feel(field, value)) == value


@pytest.mark.parametrize("given", ["2 months", "1 year", "P1M", "P1Y2M3D", "2 business days"])
def test_a_duration_has_a_fixed_length(given: str) -> None:
    """Months and business time depend on where they begin: a field keeps the date they lead to instead."""
    with pytest.raises(InvalidField, match=r"fixed length|needs a calendar"):
        coerce(Field(name="d", type="duration"), given)


def test_an_expression_cannot_write_months_into_a_duration() -> None:
    with pytest.raises(InvalidField, match="Months have no fixed length"):
        from_feel(Field(name="d", type="duration"), compile_expression("1 month", ()).evaluate({}).value)
