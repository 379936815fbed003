"""Forms: what is drawn, and what comes back as values."""

from __future__ import annotations

from io import BytesIO
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.datastructures import FormData, UploadFile

from procession.web import forms
from procession.web.forms import Field, Option
from procession.web.templating import make_templates

BERLIN = ZoneInfo("Europe/Berlin")


def read(field: Field, *sent: tuple[str, Any]) -> Any:
    return forms.read([field], FormData(sent), BERLIN)[field.name]


@pytest.mark.parametrize(
    ("kind", "typed", "value"),
    [
        ("text", "  mouse ", "mouse"),
        ("text", "   ", None),
        ("long text", "a\r\nb", "a\nb"),
        ("integer", "12", "12"),
        ("money", "7,480.00", "7480.00"),
        ("number", "1 234 567.5", "1234567.5"),
        ("number", "1,5", "1,5"),  # a comma that groups nothing is left for the engine to refuse
        ("money", "a lot", "a lot"),
        ("percent", "20", "0.2"),
        ("percent", "2.5 %", "0.025"),
        ("percent", "some", "some"),
        ("yes/no", "yes", True),
        ("yes/no", "no", False),
        ("yes/no", "", None),
        ("date", "2026-11-21", "2026-11-21"),
        ("datetime", "2026-11-21T10:12", "2026-11-21T10:12:00+01:00"),
        ("choice", "", None),
    ],
)
def test_what_was_typed_becomes_a_value(kind: Any, typed: str, value: Any) -> None:
    assert read(Field(name="f", label="F", type=kind), ("f", typed)) == value


def test_a_rating_is_a_row_of_choices() -> None:
    field = Field(name="served", label="Service", type="rating", value="4", required=True)
    shown = drawn(field)
    assert [f'value="{one}"' in shown for one in range(7)] == [False, *[True] * 5, False]
    assert 'value="4" checked' in shown.replace(' id="f-served"', "")
    assert read(field, ("served", "4")) == "4"
    assert read(field) is None


def test_choices_are_a_list_and_an_empty_one_too() -> None:
    field = Field(name="f", label="F", type="choices")
    assert read(field, ("f", "a"), ("f", "b")) == ["a", "b"]
    assert read(field) == []


@pytest.mark.parametrize(
    ("count", "unit", "value"),
    [("2", "days", "P2D"), ("1", "weeks", "P7D"), ("90", "minutes", "PT90M"), ("", "days", None), ("x", "days", "x")],
)
def test_durations_are_iso(count: str, unit: str, value: str | None) -> None:
    field = Field(name="f", label="F", type="duration")
    assert read(field, ("f.n", count), ("f.unit", unit)) == value


@pytest.mark.parametrize(
    ("value", "parts"),
    [
        ("P2D", ("2", "days")),
        ("P7D", ("1", "weeks")),
        ("PT90M", ("90", "minutes")),
        ("PT48H", ("2", "days")),
        (None, ("", "days")),
        ("x", ("x", "days")),
    ],
)
def test_a_duration_is_shown_in_its_largest_whole_unit(value: str | None, parts: tuple[str, str]) -> None:
    assert forms.duration_parts(value) == parts


def test_a_file_that_was_not_chosen_is_no_file() -> None:
    field = Field(name="f", label="F", type="file")
    chosen = UploadFile(file=BytesIO(b"x"), filename="a.pdf")
    assert read(field, ("f", UploadFile(file=BytesIO(b""), filename=""))) is None
    assert read(field, ("f", chosen)) is chosen


LINES = Field(
    name="lines",
    label="Lines",
    type="table",
    columns=(Field(name="item", label="Item"), Field(name="price", label="Price", type="money")),
)


def test_rows_come_in_order_without_the_empty_ones_and_with_gaps_closed() -> None:
    sent = [
        ("lines.10.item", "c"),
        ("lines.10.price", ""),
        ("lines.2.item", "a"),
        ("lines.2.price", "1,000"),
        ("lines.3.item", ""),
    ]
    assert read(LINES, *sent) == [{"item": "a", "price": "1000"}, {"item": "c", "price": None}]


def test_rows_can_be_added_and_removed_without_scripts() -> None:
    sent = [("lines.0.item", "a"), ("lines.1.item", "b")]
    assert forms.wanted_rows(LINES, FormData(sent)) is None
    assert forms.wanted_rows(LINES, FormData([*sent, ("_add_row", "lines")])) == [
        {"item": "a", "price": None},
        {"item": "b", "price": None},
        {},
    ]
    assert forms.wanted_rows(LINES, FormData([*sent, ("_remove_row", "lines.0")])) == [{"item": "b", "price": None}]


def test_calculated_and_locked_fields_are_not_read() -> None:
    fields = [Field(name="a", label="A", type="calculated"), Field(name="b", label="B", read_only=True)]
    assert forms.read(fields, FormData([("a", "1"), ("b", "2")]), BERLIN) == {}


def drawn(field: Field) -> str:
    return str(make_templates().from_string("{{ ui.field(f) }}").render(f=field))


def test_errors_and_hints_are_tied_to_their_control() -> None:
    html = drawn(Field(name="a.b", label="A", hint="Hint", error="Wrong", required=True))
    assert 'aria-describedby="f-a-b-error f-a-b-hint"' in html
    assert 'id="f-a-b-error"' in html
    assert 'aria-invalid="true"' in html
    assert " required" in html


def test_values_are_escaped() -> None:
    html = drawn(Field(name="a", label='"><script>', value='"><script>', error="<b>"))
    assert "<script>" not in html
    assert "<b>" not in html


@pytest.mark.parametrize(("value", "chosen"), [(True, "yes"), (False, "no"), (None, None)])
def test_an_unanswered_question_stays_unanswered(value: bool | None, chosen: str | None) -> None:
    html = drawn(Field(name="a", label="A", type="yes/no", value=value))
    for answer in ("yes", "no"):
        part = html.split(f'value="{answer}"')[1].split(">")[0]
        assert ("checked" in part) is (answer == chosen)


def test_percent_is_typed_as_people_say_it() -> None:
    assert 'value="2.5"' in drawn(Field(name="a", label="A", type="percent", value="0.025"))
    assert 'value="20"' in drawn(Field(name="a", label="A", type="percent", value="0.2"))


def test_few_options_are_buttons_and_many_a_list() -> None:
    options = tuple(Option(str(n), str(n)) for n in range(5))
    assert 'type="radio"' in drawn(Field(name="a", label="A", type="choice", options=options[:3]))
    assert "<select" in drawn(Field(name="a", label="A", type="choice", options=options))
