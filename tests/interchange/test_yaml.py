"""Reading and writing definitions: nothing is lost, everything has a place, nothing can make reading slow."""

import json
import time
from decimal import Decimal
from pathlib import Path

import jsonschema_rs
import pytest

from procession.engine.definition import Assignee, Process, Workflow
from procession.engine.durations import Span
from procession.engine.other_definitions import CalendarFile, Connection, DataSet, Decision, People
from procession.interchange.yaml import Read, read, write
from procession.interchange.yaml.nodes import parse, plain
from procession.interchange.yaml.schema import schema

EXAMPLES = sorted(
    path
    for path in (Path(__file__).parents[2] / "examples").rglob("*.yaml")
    if not path.name.endswith((".test.yaml", ".history.yaml"))
)


def workflow(text: str) -> Workflow:
    got = read(text, "x.yaml")
    assert got.ok, got.findings
    assert isinstance(got.definition, Workflow)
    return got.definition


def codes(got: Read) -> list[str]:
    return [one.code for one in got.findings]


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_come_back_as_they_were(path: Path) -> None:
    got = read(path.read_text(), path.name)
    assert got.findings == ()
    assert got.definition is not None
    again = read(write(got.definition), path.name)
    assert again.findings == ()
    assert again.definition == got.definition
    assert write(again.definition) == write(got.definition)


def test_numbers_are_decimals_from_their_text() -> None:
    one = workflow("workflow: x\nfields: {a: {type: money, max: 0.1000000000000000000001}}\nsteps: [{task: A}]")
    assert one.fields["a"].max == Decimal("0.1000000000000000000001")


def test_on_yes_and_no_are_words_and_dates_stand_plain() -> None:
    root, findings = parse("on: yes\nno: 2026-12-31\nx: true\ny: ~")
    assert root is not None and not findings
    assert plain(root) == {"on": "yes", "no": "2026-12-31", "x": True, "y": None}


def test_ids_come_from_titles() -> None:
    one = workflow("workflow: x\nsteps: [{task: Größe prüfen!}, {task: Éclair, id: cake}, {end: All done}]")
    assert [step.id for step in one.body.steps] == ["grosse-prufen", "cake", "all-done"]
    assert codes(read("workflow: x\nsteps: [{task: 承認}]")) == ["missing_key"]


def test_arrows_name_steps_by_id_title_or_state() -> None:
    one = workflow(
        "workflow: x\nsteps:\n  - task: Sign it\n    next: Check it\n  - task: B\n  - task: Check it\n    next: b"
    )
    assert [step.next.step if step.next else None for step in one.body.steps] == ["check-it", None, "b"]
    states = workflow(
        "workflow: x\ninitial: In work\nstates:\n  In work:\n    actions: [{action: Go, to: Done}]\n"
        "    after: {2 days: Done}\n  Done: {outcome: ok}"
    )
    assert states.body.initial == "in-work"
    config = states.body.steps[0].config
    assert (config.actions[0].to, config.after[0].to, config.after[0].span) == ("done", "done", Span(2, "days"))


def test_a_question_mark_makes_optional() -> None:
    one = workflow(
        "workflow: x\nfields: {a: text?, b: {type: date?}, c: {type: text, required: false}, d: text}\n"
        "start: {form: [a, d?]}\nsteps: [{task: A}]"
    )
    assert [field.required for field in one.fields.values()] == [False, False, False, True]
    assert one.start.form is not None
    assert [(entry.field, entry.required) for entry in one.start.form] == [("a", None), ("d", False)]


def test_fields_may_be_a_list_of_names() -> None:
    one = workflow("workflow: x\nfields: [item, note?]\nsteps: [{task: A}]")
    assert [(field.name, field.type, field.required) for field in one.fields.values()] == [
        ("item", "text", True),
        ("note", "text", False),
    ]


def test_set_is_a_kind_alone_and_a_key_beside_another() -> None:
    one = workflow("workflow: x\nfields: {a: number}\nsteps:\n  - set: {a: 1 + 1}\n  - task: B\n    set: {a: a + 1}")
    first, second = one.body.steps
    assert (first.kind, first.title, first.config.values) == ("set", "Set a", {"a": "1 + 1"})
    assert (second.kind, second.set) == ("task", {"a": "a + 1"})


def test_one_handoff_per_target_and_ids_that_tell_them_apart() -> None:
    got = read(
        "process: p\nworkflows: {a: x, b: {use: y}}\nhandoffs:\n  - {from: start, to: [a, b]}\n"
        "  - {from: {any of: [a.completed, b.milestone.half way]}, to: end ok}\n  - {from: start, to: a}"
    )
    assert got.findings == ()
    assert isinstance(got.definition, Process)
    ids = [one.id for one in got.definition.handoffs]
    assert ids == ["start->a", "start->b", "a.completed|b.milestone.half way->end ok", "start->a#2"]
    assert got.definition.handoffs[2].end == "ok"
    assert read(write(got.definition)).definition == got.definition


def test_words_of_assignment() -> None:
    one = workflow(
        'workflow: x\nsteps:\n  - task: A\n    assign: [starter, "role:{level}", manager of field:boss,'
        " least busy of group:it, person:ana@example.com]"
    )
    assert one.body.steps[0].config.assign == (
        Assignee("starter"),
        Assignee("role", "{level}"),  # type: ignore[arg-type]
        Assignee("manager of", of=Assignee("field", "boss")),  # type: ignore[arg-type]
        Assignee("least busy of", of=Assignee("group", "it")),  # type: ignore[arg-type]
        Assignee("person", "ana@example.com"),  # type: ignore[arg-type]
    )


def test_other_files() -> None:
    table = read("decision: sign-off\nfields: {a: number}\ninputs: [a]\noutputs: [b]\nrules: [['< 5', x]]")
    assert isinstance(table.definition, Decision) and table.definition.rules == (("< 5", "x"),)
    rows = read("data set: laptops\ncolumns: {name: text, price: money}\nrows: [[A, 1000], {name: B, price: 2.50}]")
    assert isinstance(rows.definition, DataSet)
    assert rows.definition.rows == ({"name": "A", "price": "1000"}, {"name": "B", "price": "2.5"})
    bad = read("data set: laptops\ncolumns: {name: text, price: money}\nrows: [[A]]")
    assert codes(bad) == ["type_mismatch"]
    calendar = read("calendar: berlin\nzone: Europe/Berlin\nhours: {monday: ['09:00-17:00']}")
    assert isinstance(calendar.definition, CalendarFile)
    wrong = read("calendar: berlin\nzone: Europe/Berln\nhours: {monday: ['09:00-17:00']}")
    assert "Europe/Berlin" in f"{wrong.findings[0].sentence} {wrong.findings[0].hint}"
    connection = read("connection: erp\nurl: https://erp.example.com\nsecrets: [TOKEN]")
    assert isinstance(connection.definition, Connection)
    people = read(
        "people: {ana: {}, dana: {roles: [manager], manager: bo, groups: it}, bo: {away: {from: "
        "2026-01-05, to: 2026-01-09}}}"
    )
    assert isinstance(people.definition, People)
    assert people.definition.directory.groups == {"it": ("dana",)}
    for got in (table, rows, calendar, connection, people):
        assert got.ok and got.definition is not None
        assert read(write(got.definition)).definition == got.definition


def test_anchors_are_read_and_bombs_are_not() -> None:
    one = workflow("workflow: x\nfields: {a: &m {type: money, currency: EUR}, b: *m}\nsteps: [{task: A}]")
    assert one.fields["b"].currency == "EUR"
    bomb = "a: &a [x]\n" + "".join(
        f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]\n" for n in range(9)
    )
    began = time.perf_counter()
    got = read(bomb)
    assert got.findings[0].code == "yaml_error" and "parts" in got.findings[0].sentence
    assert codes(read("a: &a [*a]")) == ["yaml_error"]
    assert codes(read("[" * 5000)) == ["yaml_error"]
    assert codes(read("a: " * 400_000)) == ["yaml_error"]
    assert time.perf_counter() - began < 5


def test_a_broken_part_does_not_hide_the_rest() -> None:
    got = read(
        "workflow: x\ntarget: soon\nsteps:\n  - task: A\n    due: 3\n    assign: nobody here\n  - taks: B\n  - task: C"
    )
    assert [one.line for one in got.findings] == [2, 5, 6, 7]
    assert isinstance(got.definition, Workflow)
    assert [step.title for step in got.definition.body.steps] == ["A", "C"]
    assert not got.ok


def test_the_schema_knows_every_kind_and_key() -> None:
    found = schema()
    steps = found["$defs"]["step"]["anyOf"]
    kinds = {one["required"][0] for one in steps}
    assert {
        "task",
        "approval",
        "decide",
        "choose",
        "parallel",
        "each",
        "wait",
        "workflow",
        "set",
        "email",
        "archive",
    } <= kinds
    task = next(one for one in steps if one["required"][0] == "task")
    assert {"assign", "not by", "form", "due", "when", "next"} <= set(task["properties"])
    assert task["properties"]["outcomes"]["description"] == "Each is a button."


def test_no_document_raises_whatever_tags_and_directives_it_has() -> None:
    for text in (
        "%YAML 9.9\n---\na",
        "!!python/object:os.system x",
        "a: !x y",
        "? [a]\n: b",
        "&a",
        "*a",
        "a: |9\n x",
        "\x07",
        "﻿a: b",
    ):
        assert isinstance(read(text), Read)


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_the_schema_accepts_the_examples_and_refuses_a_typo(path: Path) -> None:
    validator = jsonschema_rs.Draft202012Validator(schema())
    root, _ = parse(path.read_text())
    assert root is not None
    data = json.loads(json.dumps(plain(root), default=float))
    assert validator.is_valid(data)
    assert not validator.is_valid({**data, "titel": "x"})
