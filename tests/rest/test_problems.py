"""Refusals as problems: stable codes, and a pointer to what was wrong."""

from __future__ import annotations

import pytest

from procession.engine import rejections
from procession.engine.rejections import InvalidField, InvalidForm, MissingField, NotFound, RateLimited, Rejection
from procession.operations.rejections import UnknownKey
from procession.rest.limits import Rate, RateLimit
from procession.rest.problems import STATUS, TITLES, pointer, problem


def test_each_kind_of_refusal_has_a_status_and_a_title() -> None:
    kinds = {
        cls.kind for cls in vars(rejections).values()
        if isinstance(cls, type) and issubclass(cls, Rejection) and cls.kind != "rejected"
    }  # fmt: skip
    assert kinds | {UnknownKey.kind} <= set(STATUS)
    assert set(STATUS) == set(TITLES)


def test_a_problem_names_the_code_the_place_and_what_would_be_right() -> None:
    told = problem(InvalidField("amount", "Amount must be a number.", hint="1250.50"), form="values",
                   keys=frozenset({"task_id", "values"}))  # fmt: skip
    assert told["status"] == 422
    assert told["code"] == "invalid_field"
    assert told["errors"] == [{"pointer": "/values/amount", "field": "amount", "code": "invalid_field",
                               "detail": "Amount must be a number.", "hint": "1250.50"}]  # fmt: skip


def test_several_wrong_fields_are_told_at_once() -> None:
    told = problem(InvalidForm([MissingField("a", "A is required."), InvalidField("b", "B is wrong.")]))
    assert told["code"] == "missing_field"
    assert [error["code"] for error in told["errors"]] == ["missing_field", "invalid_field"]


def test_a_refusal_without_a_field_has_no_errors() -> None:
    assert "errors" not in problem(NotFound("There is no such case."))


@pytest.mark.parametrize(("field", "form", "expected"), [
    ("amount", "values", "/values/amount"),
    ("values", "values", "/values"),
    ("lines[2].serial", "values", "/values/lines/2/serial"),
    ("checked.0", "values", "/checked/0"),
    ("a/b~c", None, "/a~1b~0c"),
    ("", "values", ""),
])  # fmt: skip
def test_pointers(field: str, form: str | None, expected: str) -> None:
    assert pointer(field, form, frozenset({"values", "checked"})) == expected


def test_a_bucket_empties_in_a_burst_and_fills_again() -> None:
    clock = [0.0]
    limit = RateLimit(Rate(per_second=1, burst=2), clock=lambda: clock[0])
    limit.take("ana")
    limit.take("ana")
    with pytest.raises(RateLimited) as refused:
        limit.take("ana")
    assert refused.value.details["retry_after"] == 1
    limit.take("bo")
    clock[0] = 1.0
    limit.take("ana")
