"""A survey and its measures in a file: read, written, described, checked."""

from __future__ import annotations

import pytest
from jsonschema_rs import Draft202012Validator

from procession.engine.check import check
from procession.engine.definition import Workflow
from procession.interchange import yaml
from procession.interchange.yaml.nodes import parse, plain
from procession.interchange.yaml.schema import schema

FILE = """\
workflow: care
owner: service
measures: {csat: {type: rating}, helped: {type: yes/no}}
fields: {customer: email, stars: {type: rating, label: Stars}}
start: {form: [customer, stars]}
steps:
  - task: Solve it
    assign: starter
  - survey: How did we do
    to: field:customer
    measure: csat
    ask: How did we do, {starter.name}?
    expires: 14 days
    on not asked: end unheard
  - task: File it
    assign: starter
"""


def read(text: str) -> Workflow:
    result = yaml.read(text)
    assert result.ok, result.findings
    assert isinstance(result.definition, Workflow)
    return result.definition


def test_a_survey_comes_back_from_its_file_as_it_was() -> None:
    one = read(FILE)
    assert read(yaml.write(one)) == one
    assert not [finding for finding in check(one) if finding.severity == "error"]


def test_the_schema_knows_it() -> None:
    root, _ = parse(FILE, "")
    assert root is not None
    data = plain(root)
    validator = Draft202012Validator(schema())
    assert validator.is_valid(data)
    data["steps"][1]["meazure"] = "csat"
    assert not validator.is_valid(data)


@pytest.mark.parametrize(
    ("old", "new", "code", "hint"),
    [
        ("measure: csat", "measure: csta", "unknown_measure", "csat"),
        ("to: field:customer", "to: group:service", "type_mismatch", "starter"),
        ("to: field:customer", "to: [starter, field:customer]", "type_mismatch", "starter"),
        ("to: field:customer", "to: field:custmer", "unknown_field", "customer"),
        ("helped: {type: yes/no}", "helped: {type: text}", "type_mismatch", "rating"),
        ("stars: {type: rating,", "stars: {type: rating, max: 40,", "type_mismatch", "leave"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(old: str, new: str, code: str, hint: str) -> None:
    found = [one for one in check(read(FILE.replace(old, new))) if one.severity == "error"]
    assert [(one.code, hint in (one.hint or "")) for one in found] == [(code, True)]
