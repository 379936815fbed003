"""Scenario files: what is read, what is refused and where, and that writing gives the same back."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from procession.analytics.simulation.scenario import BatchChange, HandoffChange, Scenario, StepChange, Time
from procession.engine.durations import parse_span
from procession.interchange.scenarios import KEYS, read_scenario, scenario_schema, write_scenario
from procession.interchange.yaml.nodes import parse, plain

FULL = """
scenario: Everything
arrivals: 12 per week
cases: 300
replications: 5
seed: 3
order: priority
urgent: 20%
people: {it: 2, "role:security": 1}
hours:
  it: {monday: "08:00-12:00", friday: ["08:00-12:00", "13:00-17:00"]}
  role:security: nights
steps:
  a: {work: 30 minutes, wait: {usually: 2 hours, spread: 0.5}, priority: 2}
  b/c: {work: {least: 1 minute, mostly: 5 minutes, most: 1 hour}, happens: 30%, outcomes: {yes: 0.4, no: 60%}}
  d: {batch: 5, gate: [Tuesday 14:00, weekdays 09:00]}
  e: {batch: {size: 3, at: Tuesday 14:00}}
  f: {instant: true}
handoffs:
  x->y: {wait: 1 business day, happens: 0.5}
"""


def test_everything_that_can_be_said_is_read_and_written_back() -> None:
    read = read_scenario(FULL, "full.yaml")
    assert read.findings == ()
    assert read.scenario is not None
    assert read.scenario.steps["b/c"].outcomes == {"yes": 0.4, "no": 0.6}
    assert read.scenario.steps["d"].batch == BatchChange(size=5)
    assert [str(one) for one in read.scenario.steps["d"].gate] == ["every Tuesday 14:00", "every weekday 09:00"]
    assert read_scenario(write_scenario(read.scenario)).scenario == read.scenario


def _as_json(text: str) -> object:
    root, _ = parse(text)
    assert root is not None
    return json.loads(json.dumps(plain(root), default=float))


def test_the_schema_takes_what_is_read_and_names_every_key() -> None:
    schema = scenario_schema()
    validator = jsonschema_rs.Draft202012Validator(schema)
    validator.validate(_as_json(FULL))
    assert set(schema["properties"]) == {key.name for key in KEYS}
    assert all(one.get("description") for one in schema["properties"].values())
    assert not validator.is_valid(_as_json("scenario: x\nsteps: {a: {wrok: 1 hour}}"))
    assert not validator.is_valid(_as_json("scenario: x\ncases: 0"))


@pytest.mark.parametrize(
    ("text", "line", "column", "code", "word"),
    [
        ("arrivals: 5 per week", 1, 1, "missing_key", "scenario"),
        ("scenario: x\narrivals: often", 2, 11, "type_mismatch", "often"),
        ("scenario: x\narivals: 5 per week", 2, 1, "unknown_key", "arivals"),
        ("scenario: x\ncases: 0", 2, 8, "type_mismatch", "cases"),
        ("scenario: x\ncases: 5\nweeks: 2", 3, 8, "type_mismatch", "exclude"),
        ("scenario: x\npeople: {it: none}", 2, 14, "type_mismatch", "it"),
        ("scenario: x\nhours: {it: {mondays: 08:00-12:00}}", 2, 13, "type_mismatch", "mondays"),
        ("scenario: x\nsteps: {a: {happens: 130%}}", 2, 22, "type_mismatch", "130%"),
        ("scenario: x\nsteps: {a: {outcomes: {y: 60%, n: 60%}}}", 2, 23, "type_mismatch", "120 %"),
        ("scenario: x\nsteps: {a: {work: {least: 1 hour}}}", 2, 19, "type_mismatch", "mostly"),
        ("scenario: x\nsteps: {a: {gate: sometimes}}", 2, 19, "type_mismatch", "gate"),
        ("scenario: x\nsteps: {a: {batch: {}}}", 2, 20, "type_mismatch", "how many"),
        ("scenario: x\norder: fastest", 2, 8, "type_mismatch", "arrival"),
        ("scenario: x\nurgent: .inf", 2, 9, "type_mismatch", "urgent"),
        ("- scenario", 1, 1, "type_mismatch", "list"),
        ("", 1, 1, "yaml_error", "empty"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, line: int, column: int, code: str, word: str) -> None:
    read = read_scenario(text, "x.yaml")
    assert read.scenario is None
    finding = read.findings[0]
    assert (finding.file, finding.line, finding.column, finding.code) == ("x.yaml", line, column, code), finding
    assert word in finding.sentence + (finding.hint or "")


@settings(max_examples=100)
@given(st.text(max_size=200) | st.text(alphabet="scenario: {}[]\n-stepworkx1%", max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    read = read_scenario(text)
    assert (read.scenario is None) == any(one.severity == "error" for one in read.findings)


SPANS = st.sampled_from([parse_span(one) for one in ("30 minutes", "2 business days", "1 hour", "3 days")])
TIMES = st.builds(Time, usually=SPANS, spread=st.sampled_from([0.0, 0.5, 1.0])) | st.builds(
    Time, least=SPANS, mostly=SPANS, most=SPANS
)
SHARES = st.integers(0, 100).map(lambda one: one / 100)
NAMES = st.from_regex(r"[a-z]{1,6}(/[a-z]{1,6})?", fullmatch=True)
STEPS = st.builds(
    StepChange, work=st.none() | TIMES, wait=st.none() | TIMES, happens=st.none() | SHARES,
    priority=st.none() | st.integers(0, 9), instant=st.booleans(),
    batch=st.none() | st.builds(BatchChange, size=st.integers(1, 50)),
)  # fmt: skip
SCENARIOS = st.builds(
    Scenario, scenario=st.from_regex(r"[A-Za-z][A-Za-z ]{0,20}[a-z]", fullmatch=True),
    arrivals=st.none() | st.just("4 per day"), cases=st.none() | st.integers(1, 9000), seed=st.none() | st.integers(0, 99),
    order=st.none() | st.sampled_from(["arrival", "priority", "due"]), urgent=st.none() | SHARES,
    people=st.dictionaries(NAMES, st.integers(1, 50), max_size=3), steps=st.dictionaries(NAMES, STEPS, max_size=3),
    handoffs=st.dictionaries(NAMES, st.builds(HandoffChange, wait=st.none() | TIMES), max_size=2),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(SCENARIOS)
def test_what_is_written_reads_the_same(scenario: Scenario) -> None:
    read = read_scenario(write_scenario(scenario))
    assert read.findings == ()
    assert read.scenario == scenario
