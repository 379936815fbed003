"""The description is complete and true, and nothing sent to the door makes it fall over."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from procession.operations.catalogue import SCOPES, Operation, catalogue
from procession.rest.description import describe
from procession.rest.problems import STATUS
from tests.operations.conftest import Office
from tests.rest.conftest import Client


def description() -> dict[str, Any]:
    return json.loads(json.dumps(describe(catalogue().values())))


def test_each_operation_is_described() -> None:
    paths = description()["paths"]
    listed = {(method, path): one for path, methods in paths.items() for method, one in methods.items()}
    assert len(listed) == len(catalogue())
    for one in catalogue().values():
        told = listed[one.method.lower(), one.path]
        assert told["operationId"] == one.name
        assert told["summary"]
        assert one.scope in told["description"]
        assert all(parameter["description"] for parameter in told["parameters"]), one.name
        if not one.safe:
            assert any(parameter["name"] == "Idempotency-Key" for parameter in told["parameters"])


def test_each_value_of_each_answer_and_body_that_is_not_plain_is_explained() -> None:
    """Names such as `id`, `name`, `title` speak for themselves; every attribute of a body has a sentence."""
    for path, methods in description()["paths"].items():
        for method, one in methods.items():
            body = one.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            for name, part in body.get("properties", {}).items():
                assert part.get("description"), f"{method} {path}: {name}"


def test_every_reference_leads_somewhere() -> None:
    told = description()
    known = set(told["components"]["schemas"])
    text = json.dumps(told)
    used = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}
    assert used <= known
    assert known <= used, f"unused: {known - used}"


@pytest.mark.parametrize("scope", SCOPES)
def test_each_scope_is_needed_by_some_operation(scope: str) -> None:
    assert any(one.scope == scope for one in catalogue().values())


def test_the_description_is_served(client: Client) -> None:
    answer = client().get("/openapi.json")
    assert answer.status_code == 200
    assert answer.json()["openapi"] == "3.1.0"


# --- fuzzing ----------------------------------------------------------------------------------------------------------


NOUNS = sorted({name.partition(".")[0] for name in catalogue()})
ENDS_THE_TOKEN = ("session.close", "me.revoke_token")


@pytest.mark.parametrize("noun", NOUNS)
def test_whatever_is_sent_the_answer_is_as_described(noun: str, client: Client, office: Office) -> None:
    """Schemathesis draws requests from the description, right and wrong ones; never a 5xx, never an undescribed
    answer."""
    asking = client("bo")
    case = office.purchase()
    known = {
        "case_id": case,
        "task_id": f"{case}.a1",
        "person": "ana",
        "definition": "purchase",
        "workflow": "purchase",
    }
    schema = schemathesis.openapi.from_dict(description())
    for one in catalogue().values():
        if one.name.partition(".")[0] == noun and one.name not in ENDS_THE_TOKEN:
            _fuzz(one, schema[one.path][one.method], asking, known)


def _fuzz(one: Operation, target: Any, asking: httpx.Client, known: dict[str, str]) -> None:
    checks = [status_code_conformance, content_type_conformance]
    if not one.raw:
        checks.append(response_schema_conformance)

    @given(drawn=target.as_strategy(), real=st.booleans())
    @settings(
        max_examples=max(5, settings().max_examples // 10),
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
        derandomize=True,
    )
    def ask(drawn: schemathesis.Case, real: bool) -> None:
        if real and drawn.path_parameters:
            drawn.path_parameters.update({key: value for key, value in known.items() if key in drawn.path_parameters})
        response = drawn.call(base_url=str(asking.base_url), headers=dict(asking.headers) | dict(drawn.headers or {}))
        assert response.status_code < 500, response.text
        drawn.validate_response(response, checks=checks)

    ask()


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["\x00", "\ud800", "=1+1", "../..", "'; DROP TABLE cases; --", "9" * 50, "1e999999", "a" * 2000]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)


def test_hostile_json_is_refused_in_words_and_changes_nothing(client: Client, office: Office) -> None:
    """Any JSON at all, under the right keys and wrong ones: a problem with a known code, and not one event more."""
    asking = client("bo")
    case = office.purchase()
    before = office.ask("bo", "case.get", case_id=case)
    targets = [one for one in catalogue().values() if not one.safe and not one.raw and one.name != "session.close"]

    @given(st.sampled_from(targets), st.data())
    @settings(max_examples=150, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    def ask(one: Any, data: st.DataObject) -> None:
        names = [parameter.name for parameter in one.parameters if parameter.name not in one.in_path] or ["x"]
        body = data.draw(st.dictionaries(st.sampled_from(names) | st.text(max_size=6), JSON, max_size=4) | JSON)
        path = one.path
        for key in one.in_path:
            path = path.replace(
                f"{{{key}}}", data.draw(st.sampled_from(["x", "%00", "%ED%A0%80", "..%2f", "0" * 500, "é"]))
            )
        content = json.dumps(body).encode("utf-8", "surrogatepass")
        answer = asking.request(one.method, path, content=content, headers={"Content-Type": "application/json"})
        assert answer.status_code < 500, (one.name, body, answer.text)
        if answer.status_code >= 400:
            assert answer.json()["code"] in STATUS
            assert answer.json()["detail"]

    ask()
    assert office.ask("bo", "case.get", case_id=case) == before
