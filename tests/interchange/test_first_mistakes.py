"""What beginners get wrong in their first file: every mistake has a code, a place, and names what would be right."""

import pytest

from procession.engine.check import Library, check
from procession.engine.definition import Process, Workflow
from procession.engine.findings import Finding
from procession.interchange.yaml import read

HEAD = "workflow: my-first\nfields: {item: text, amount: money, day: date}\n"


def findings_of(text: str) -> list[Finding]:
    got = read(text, "my-first.yaml")
    found = list(got.findings)
    if isinstance(got.definition, Workflow | Process):
        found += check(got.definition, Library(), got.source)
    return found


MISTAKES = {
    "typo in a key": ("workflow: x\npurpos: good\nsteps: [{task: A}]", "unknown_key", 2, "purpose"),
    "typo in a step's key": ("workflow: x\nsteps:\n  - task: A\n    asign: starter", "unknown_key", 4, "assign"),
    "typo in the kind of step": ("workflow: x\nsteps:\n  - taks: A", "unknown_key", 3, "task"),
    "typo in the first key": ("worflow: x\nsteps: [{task: A}]", "unknown_key", 1, "workflow"),
    "no first key": ("title: My first\nsteps: [{task: A}]", "unknown_key", 1, "workflow"),
    "steps misspelt": ("workflow: x\nstep: [{task: A}]", "unknown_key", 2, "steps"),
    "no steps": ("workflow: x", "missing_key", 1, "steps:"),
    "an id with spaces": ("workflow: My First\nsteps: [{task: A}]", "type_mismatch", 1, "my-first"),
    "a date of another country": (
        "workflow: x\nfields: {d: {type: date, min: 31.12.2026}}\nsteps: [{task: A, form: [d]}]",
        "type_mismatch",
        2,
        "2026-12-31",
    ),
    "a tab": ("workflow: x\nsteps:\n\t- task: A", "yaml_error", 3, "spaces"),
    "a colon is missing": ("workflow: x\ntitle\nsteps: [{task: A}]", "yaml_error", 2, "title:"),
    "a colon in the title": ("workflow: x\nsteps:\n  - task: Sign: here", "yaml_error", 3, '"Sign: here"'),
    "braces without quotes": ("workflow: x\nname: {item} for you\nsteps: [{task: A}]", "yaml_error", 2, "quotes"),
    "a range without quotes": (
        HEAD + "steps:\n  - decide: X\n    inputs: [amount]\n    outputs: [item]\n    rules:\n      - [[1..2], a]",
        "type_mismatch",
        8,
        '"[500..5000]"',
    ),
    "an open quotation mark": ('workflow: x\ntitle: "My first\nsteps: [{task: A}]', "yaml_error", 2, "never closed"),
    "an open list": ("workflow: x\ntags: [a, b\nsteps: [{task: A}]", "yaml_error", 3, "]"),
    "a key twice": ("workflow: x\ntitle: A\ntitle: B\nsteps: [{task: A}]", "yaml_error", 3, "line 2"),
    "two steps of one title": ("workflow: x\nsteps:\n  - task: A\n  - task: A", "duplicate_id", 4, "id: a-2"),
    "a reserved id": ("workflow: x\nsteps:\n  - task: End", "duplicate_id", 3, "another id"),
    "yes as a truth": (
        HEAD + "steps:\n  - task: A\n    when: yes",
        "unknown_field",
        5,
        "true",
    ),
    "an arrow to nowhere": (
        "workflow: x\nsteps:\n  - task: Sign it\n  - task: B\n    next: Sing it",
        "unknown_step",
        5,
        "Sign it",
    ),
    "an outcome that is not there": (
        "workflow: x\nsteps:\n  - approval: A\n    assign: starter\n    on rejected: end",
        "unknown_outcome",
        5,
        "reject",
    ),
    "a group without its word": (
        "workflow: x\nsteps:\n  - task: A\n    assign: finance",
        "type_mismatch",
        4,
        "group:finance",
    ),
    "an address without its word": (
        "workflow: x\nsteps:\n  - task: A\n    assign: ana@b.de",
        "type_mismatch",
        4,
        "person:ana@b.de",
    ),
    "a misspelt word of assign": (
        "workflow: x\nsteps:\n  - task: A\n    assign: gruop:it",
        "type_mismatch",
        4,
        "group:it",
    ),
    "braces in assign": ("workflow: x\nsteps:\n  - task: A\n    assign: {level}", "type_mismatch", 4, "quotes"),
    "a time without a unit": ("workflow: x\nsteps:\n  - task: A\n    due: 3", "type_mismatch", 4, "3 days"),
    "another word for business days": (
        "workflow: x\nsteps:\n  - task: A\n    due: 2 working days",
        "type_mismatch",
        4,
        "2 business days",
    ),
    "a reminder without a due date": (
        "workflow: x\nsteps:\n  - task: A\n    remind: 1 day before due",
        "missing_key",
        3,
        "due: 2 business days",
    ),
    "a reminder without its anchor": (
        "workflow: x\nsteps:\n  - task: A\n    remind: 1 day",
        "type_mismatch",
        4,
        "before due",
    ),
    "a type of another language": (
        "workflow: x\nfields: {ok: boolean}\nsteps: [{task: A, form: [ok]}]",
        "type_mismatch",
        2,
        "yes/no",
    ),
    "a misspelt type": ("workflow: x\nfields: {ok: mony}\nsteps: [{task: A, form: [ok]}]", "type_mismatch", 2, "money"),
    "a choice without options": (
        "workflow: x\nfields: {c: choice}\nsteps: [{task: A, form: [c]}]",
        "missing_key",
        2,
        "options",
    ),
    "a field that is not there": (HEAD + "steps:\n  - task: A\n    form: [amuont]", "unknown_field", 5, "amount"),
    "a field with a hyphen": (
        "workflow: x\nfields: {due-day: date}\nsteps: [{task: A}]",
        "type_mismatch",
        2,
        "due_day",
    ),
    "an unknown name in a condition": (
        HEAD + "steps:\n  - task: A\n    when: amuont > 5",
        "unknown_field",
        5,
        "amount",
    ),
    "text without quotes": (
        (
            "workflow: x\nfields: {c: {type: choice, options: [big, small]}}\nsteps:\n  - task: A\n "
            "   form: [c]\n    when: c = big"
        ),
        "unknown_field",
        6,
        '"big"',
    ),
    "a number in quotes": (
        HEAD + 'steps:\n  - task: A\n    when: amount > "500"',
        "type_mismatch",
        5,
        "without quotes",
    ),
    "days without a unit": (HEAD + "steps:\n  - task: A\n    due: = day - 3", "type_mismatch", 5, "days"),
    "half an expression": (HEAD + "steps:\n  - task: A\n    when: amount >", "expression_error", 5, "ends"),
    "a step as text": ("workflow: x\nsteps:\n  - Sign the form", "type_mismatch", 3, "task: Sign the form"),
    "steps as a group": ("workflow: x\nsteps:\n  task: A", "type_mismatch", 3, "- "),
    "two kinds in one step": ("workflow: x\nsteps:\n  - task: A\n    approval: B", "type_mismatch", 3, "two steps"),
    "a step without a title": ("workflow: x\nsteps:\n  - task:", "type_mismatch", 3, "task: What"),
    "an empty file": ("", "yaml_error", 1, "workflow: my-first"),
    "only text": ("hello", "yaml_error", 1, "workflow"),
    "a list": ("- task: A", "yaml_error", 1, "workflow"),
    "two documents": ("workflow: x\nsteps: [{task: A}]\n---\nworkflow: y", "yaml_error", 3, "one per file"),
    "states without a beginning": ("workflow: x\nstates:\n  New: {outcome: done}", "missing_key", 1, "initial: New"),
    "what comes later": ("workflow: x\nsteps:\n  - agent: Read it", "not_available", 3, "task:"),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_names_its_place_and_what_would_be_right(name: str) -> None:
    text, code, line, right = MISTAKES[name]
    found = findings_of(text)
    fitting = [one for one in found if one.code == code]
    assert fitting, found
    first = fitting[0]
    assert (first.line, first.file) == (line, "my-first.yaml"), first
    assert right in f"{first.sentence} {first.hint}", first
    assert first.column >= 1
    assert first.sentence.endswith("."), first


def test_a_right_file_has_nothing_to_say() -> None:
    assert findings_of(HEAD + "steps:\n  - task: Buy it\n    form: [item, amount, day]") == []


def test_an_expression_is_pointed_at_inside_its_line() -> None:
    found = findings_of(HEAD + 'steps:\n  - task: A\n    when: "amount > 5 and amuont < 3"')
    assert [(one.line, one.column) for one in found if one.code == "unknown_field"] == [(5, 27)]
