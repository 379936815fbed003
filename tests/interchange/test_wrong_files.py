"""Files that people write wrong: each is answered with a code, the line, and a sentence that helps."""

# ruff: noqa: E501 - a file, and what is said of it, stands on one line

from __future__ import annotations

from pathlib import Path

import pytest

from procession.interchange.folder import read_folder

WRONG = [
    (
        "",
        "yaml_error",
        1,
        "begin it with one of workflow, process, decision, data set, calendar, connection or people, such as workflow: my-first",
    ),
    (
        "   \n\n",
        "yaml_error",
        1,
        "begin it with one of workflow, process, decision, data set, calendar, connection or people, such as workflow: my-first",
    ),
    (
        "# nothing\n",
        "yaml_error",
        1,
        "begin it with one of workflow, process, decision, data set, calendar, connection or people, such as workflow: my-first",
    ),
    (
        "hello\n",
        "yaml_error",
        1,
        "begin it with one of workflow, process, decision, data set, calendar, connection or people, such as workflow: my-first",
    ),
    (
        "- a\n- b\n",
        "yaml_error",
        1,
        "begin it with one of workflow, process, decision, data set, calendar, connection or people, such as workflow: my-first",
    ),
    (
        "5\n",
        "yaml_error",
        1,
        "begin it with one of workflow, process, decision, data set, calendar, connection or people, such as workflow: my-first",
    ),
    ("workflow: w\nstep:\n  - {task: A}\n", "unknown_key", 2, "did you mean steps?"),
    ("workflow: w\nsteps:\n  - {tsk: A}\n", "unknown_key", 3, "did you mean task?"),
    ("workflow: w\nsteps:\n  - {task: A, asign: starter}\n", "unknown_key", 3, "did you mean assign?"),
    ("workflow: w\nsteps:\n\t- task: A\n", "yaml_error", 3, "indent with spaces, two for each level"),
    ("workflow: w\x00\nsteps:\n  - {task: A}\n", "yaml_error", 1, "remove it"),
    ("workflow: w\ntitle: A\ntitle: B\nsteps:\n  - {task: A}\n", "yaml_error", 3, "keep one of them"),
    ("workflow: w\nfields: {a: text, a: text}\nsteps:\n  - {task: A}\n", "yaml_error", 2, "keep one of them"),
    (
        "workflow: w\nfields: {d: {type: date, max: 31.12.2026}}\nsteps:\n  - {task: A}\n",
        "type_mismatch",
        2,
        "write 2026-12-31",
    ),
    ("workflow: w\nsteps:\n  - {task: A, due: 31.12.2026}\n", "type_mismatch", 3, "write 2026-12-31"),
    ("workflow: w\nsteps:\n  - {wait: A, until: 31.12.2026}\n", "type_mismatch", 3, "write 2026-12-31"),
    ("workflow: w\nsteps:\n  - {task: A, due: 12/31/2026}\n", "type_mismatch", 3, "write 2026-12-31"),
    ("workflow: w\nsteps:\n  - {wait: A, until: 2026-02-30}\n", "type_mismatch", 3, "write a day that the month has"),
    ("workflow: w\nsteps:\n  - {task: A, due: 3}\n", "type_mismatch", 3, "write 3 hours or 3 days"),
    (
        "workflow: w\nsteps:\n  - {task: A, due: 3 bussiness days}\n",
        "type_mismatch",
        3,
        "did you mean 3 business days?",
    ),
    (
        "workflow: w\nsteps:\n  - {task: A, due: -3 days}\n",
        "type_mismatch",
        3,
        "write a number and one of seconds, minutes, hours, days, weeks, months, business hours, business days, such as 2 hours",
    ),
    ("workflow: w\nsteps: &a\n  - *a\n", "yaml_error", 3, "*a stands inside the part that it refers to."),
    ("workflow: w\nsteps: *nope\n", "yaml_error", 2, 'put text that begins with * in quotes: "*nope"'),
    ("workflow: w\nsteps:\n  - &s {task: A}\n  - {<<: *s, id: b}\n", "unknown_key", 4, "write the keys out"),
    (
        "workflow: w\nsteps: !!python/object/apply:os.system ['ls']\n",
        "yaml_error",
        2,
        "put text that begins with ! in quotes",
    ),
    ("workflow: !foo w\nsteps:\n  - {task: A}\n", "yaml_error", 1, "put text that begins with ! in quotes"),
    (
        "workflow: w\nsteps:\n  - {task: A}\n---\nworkflow: w\nsteps:\n  - {task: A}\n",
        "yaml_error",
        4,
        "The file holds a second document after a line of ---; write one per file.",
    ),
    (
        "workflow: w\nsteps: [{task: A}\n",
        "yaml_error",
        3,
        'close it with ], and put text with { } or [ ] in quotes, such as "role:{level}"',
    ),
    (
        "workflow: w\ntitle: Buy: now\nsteps:\n  - {task: A}\n",
        "yaml_error",
        2,
        'put the value in quotes: title: "Buy: now"',
    ),
    (
        "workflow: w\nname: {item} for you\nsteps:\n  - {task: A}\n",
        "yaml_error",
        2,
        'put text that begins with { or [ in quotes, such as "{item}"',
    ),
    (
        "workflow: w\nsteps:\n  - task: A\n   due: 1 day\n",
        "yaml_error",
        4,
        "indent the keys of one part alike, and begin every entry of a list with '- '",
    ),
    (
        "workflow: w\nsteps:\n  - {task: A, usually: {wait: 50%}}\n",
        "type_mismatch",
        3,
        "write a number and one of seconds, minutes, hours, days, weeks, months, business hours, business days, such as 2 hours",
    ),
    ("workflow: w\ntitle: @home\nsteps:\n  - {task: A}\n", "yaml_error", 2, "put the text in quotes"),
    ("workflow: w\ntitle: `x`\nsteps:\n  - {task: A}\n", "yaml_error", 2, "put the text in quotes"),
    (
        "workflow: w\nsteps:\n  task: A\n",
        "type_mismatch",
        3,
        "begin every step with '- ', such as - task: Sign the form",
    ),
    ("workflow: w\nsteps: A\n", "type_mismatch", 2, "begin every step with '- ', such as - task: Sign the form"),
    ("workflow: w\nsteps: []\n", "missing_key", 1, "write steps: and below it - task: TITLE"),
    ("workflow: w\n", "missing_key", 1, "write steps: and below it - task: TITLE"),
    (
        "workflow: w\nsteps: [{task: A}]\ninitial: S\nstates: {S: {outcome: x}}\n",
        "type_mismatch",
        1,
        "keep one of them",
    ),
    ("workflow: w\nsteps: [{task: A, approval: B}]\n", "type_mismatch", 2, "make it two steps"),
    (
        "workflow: w\nprocess: p\nsteps: [{task: A}]\n",
        "unknown_key",
        2,
        "its keys are workflow, title, name, purpose, owner, target, visible to, tags, review every, measures, fields, start, outcome, steps, initial, states and on cancel",
    ),
    ("workflow: My Flow\nsteps: [{task: A}]\n", "type_mismatch", 1, "write my-flow"),
    ("workflow: w\nsteps: [{task: A}, {task: A}]\n", "duplicate_id", 2, "give this one its own, such as id: a-2"),
    ("workflow: w\nsteps: [{task: End}]\n", "duplicate_id", 2, "write another id:"),
    ("workflow: w\nsteps: [{task: 日本}]\n", "missing_key", 2, "write id: NAME"),
    ("workflow: w\nsteps: [{task: A, next: Bee}, {task: Be}]\n", "unknown_step", 2, "did you mean Be?"),
    (
        "workflow: w\nsteps: [{approval: A, assign: starter, on rejct: end}]\n",
        "unknown_outcome",
        2,
        "did you mean reject?",
    ),
    (
        "workflow: w\nsteps: [{task: A, outcomes: [x, y], on y: In}, {parallel: P, steps: [{task: In}, {task: In2}]}]\n",
        "arrow_into_block",
        2,
        "lead to “P” itself",
    ),
    (
        "workflow: w\nsteps: [{set: {x: 1}, title: S, next: S}]\nfields: {x: number?}\n",
        "never_ends",
        2,
        "lead one of these steps out of the circle",
    ),
    ("workflow: w\nsteps: [{task: A, next: A}]\n", "never_ends", 2, "lead one of these steps out of the circle"),
    (
        'workflow: w\nfields: {a: {type: calculated, is: "b+1"}, b: {type: calculated, is: "a+1"}}\nsteps: [{task: A}]\n',
        "type_mismatch",
        2,
        "break the circle by a field that is entered",
    ),
    (
        "workflow: w\nfields: {a: strng}\nsteps: [{task: A}]\n",
        "type_mismatch",
        2,
        "the types are text, long text, integer, number, money, percent, yes/no, date, datetime, duration, choice, choices, rating, email, url, file, person, group, table, calculated",
    ),
    (
        "workflow: w\nfields: {my field: text}\nsteps: [{task: A}]\n",
        "type_mismatch",
        2,
        "write my_field and give it a label",
    ),
    ("workflow: w\nfields: {a: choice}\nsteps: [{task: A}]\n", "missing_key", 2, "write options: [first, second]"),
    (
        "workflow: w\nfields: {a: {type: money, currency: EURO}}\nsteps: [{task: A}]\n",
        "type_mismatch",
        2,
        "did you mean EUR?",
    ),
    (
        "workflow: w\nfields: {a: {type: number, min: 9, max: 3}}\nsteps: [{task: A}]\n",
        "type_mismatch",
        2,
        "exchange min and max",
    ),
    (
        "workflow: w\nfields: {a: {type: number, min: few}}\nsteps: [{task: A}]\n",
        "type_mismatch",
        2,
        "min of a must be a number such as 1250.50.",
    ),
    (
        "workflow: w\nfields: {a: number?}\nsteps: [{task: A, when: 'a >'}]\n",
        "expression_error",
        3,
        "when of “A” cannot be read: The expression ends too early.",
    ),
    (
        "workflow: w\nfields: {a: number?}\nsteps: [{task: A, when: 'a == 3'}]\n",
        "expression_error",
        3,
        "equality is '=', once",
    ),
    (
        "workflow: w\nfields: {amount: number?}\nsteps: [{task: A, when: amuont > 3}]\n",
        "unknown_field",
        3,
        "did you mean amount?",
    ),
    (
        "workflow: w\nfields: {a: number?}\nsteps: [{task: A, when: 'a = \"x\"'}]\n",
        "type_mismatch",
        3,
        "write x without quotes",
    ),
    (
        "workflow: w\nsteps: [{task: A, when: [a, b]}]\n",
        "type_mismatch",
        2,
        "put an expression that begins with { or [ in quotes",
    ),
    (
        "workflow: w\nsteps: [{task: A, instructions: 'Look at {nothing}'}]\n",
        "unknown_field",
        2,
        "there are settings and starter",
    ),
    (
        "process: p\nworkflows: {a: w}\nhandoffs:\n  - {from: any of: [a.done, a.no], to: end}\n",
        "yaml_error",
        4,
        "write from: {any of: [a.completed, b.completed]}",
    ),
    (
        "process: p\nworkflows: {a: w}\nhandoffs:\n  - from: any of: [a.done, a.no]\n    to: end\n",
        "yaml_error",
        4,
        "write from: {any of: [a.completed, b.completed]}",
    ),
    (
        "process: p\nworkflows: {a: w}\nhandoffs:\n  - {from: end, to: a}\n",
        "type_mismatch",
        4,
        "write MEMBER.completed",
    ),
    (
        "process: p\npriority: haste\nworkflows: {a: w}\nhandoffs: [{from: start, to: a}]\n",
        "type_mismatch",
        2,
        "write one of speed, cost, quality and compliance",
    ),
    ("workflow: w\nname: 'x {item'\nsteps: [{task: A}]\n", "expression_error", 2, "write '{{' for a brace"),
    ("workflow: w\nsteps: [{task: A, assign: grup:x}]\n", "type_mismatch", 2, "did you mean group:x?"),
    (
        "workflow: w\nsteps: [{task: A, assign: finance}]\n",
        "type_mismatch",
        2,
        "write group:finance, role:finance or person:EMAIL",
    ),
    (
        "workflow: w\nsteps: [{approval: A, assign: starter, quorum: most}]\n",
        "type_mismatch",
        2,
        "quorum must be a whole number from 0 up or all, any or majority, not 'most'.",
    ),
    (
        "workflow: w\nsteps: [{task: A, remind: tomorrow}]\n",
        "type_mismatch",
        2,
        "write tomorrow before due, overdue, or after opening",
    ),
    (
        "workflow: w\nfields: {a: {type: text, required: maybe}}\nsteps: [{task: A}]\n",
        "type_mismatch",
        2,
        "required must be true or false, not 'maybe'.",
    ),
    (
        "workflow: w\nsteps: [{automate: A, do: http, with: {url: 'http://x'}, retry: lots}]\n",
        "type_mismatch",
        2,
        "retry must be a whole number from 0 up, not 'lots'.",
    ),
    ("workflow: w\nsteps: [{automate: A, do: htpp}]\n", "unknown_job", 2, "did you mean http?"),
    ("workflow: w\nsteps: [{wait: A, for: 1 day, keep: 2 days}]\n", "missing_key", 2, "write message: NAME"),
    (
        "workflow: w\nstart: {schedule: every tuseday 9}\nsteps: [{task: A, assign: group:x}]\n",
        "type_mismatch",
        2,
        "write every tuseday 09:00",
    ),
    (
        "workflow: w\nfields: {a: number, b: text?}\nstart: {form: [a]}\nsteps: [{decide: D, inputs: [a], outputs: [b], rules: [['< 5', x]]}]\n",
        "table_gap",
        4,
        "add a rule for it; - stands for any value",
    ),
    (
        "workflow: w\nfields: {a: number, b: text?}\nstart: {form: [a]}\nsteps: [{decide: D, inputs: [a], outputs: [b], rules: [['< 5', x, y]]}]\n",
        "type_mismatch",
        4,
        "write 2 cells; - stands for any value",
    ),
    (
        "workflow: w\nfields: {a: number, b: text?}\nstart: {form: [a]}\nsteps: [{decide: D, inputs: [a], outputs: [b], rules: [['<> 5', x]]}]\n",
        "expression_error",
        4,
        "“D”, rule 1: the cell '<> 5' cannot be read: '>' is not expected here.",
    ),
    (
        "workflow: w\nfields: {a: number, b: text?}\nstart: {form: [a]}\nsteps:\n  - decide: D\n    inputs: [a]\n    outputs: [b]\n    rules:\n      - [[1..5], x]\n",
        "type_mismatch",
        9,
        'put cells with [ ] in quotes: "[500..5000]"',
    ),
    (
        "process: p\nworkflows: {a: w, b: w}\nhandoffs: [{from: start, to: a}, {from: a.completed, to: b}, {from: b.completed, to: a}]\n",
        "unknown_workflow",
        2,
        "a uses the workflow 'w', which is not there.",
    ),
    (
        "workflow: w\nstates: {A: {actions: [{action: Go, to: B}]}, B: {outcome: x}}\n",
        "missing_key",
        1,
        "write initial: A",
    ),
    (
        "workflow: w\ninitial: A\nstates: {A: {actions: [{action: Go, to: C}]}, B: {outcome: x}}\n",
        "unknown_step",
        3,
        "the steps are A, B, a, b and end",
    ),
    ("workflow: w\nsteps:\n\xa0\xa0- task: A\n", "missing_key", 1, "write steps: and below it - task: TITLE"),
    (
        "workflow: w\nfields: {a: text?}\nsteps:\n  - {task: A, when: 'a = “x”'}\n",
        "expression_error",
        4,
        'use straight quotes "',
    ),
    (
        "<?xml version='1.0'?><definitions/>\n",
        "yaml_error",
        1,
        "begin it with one of workflow, process, decision, data set, calendar, connection or people, such as workflow: my-first",
    ),
    (
        "workflow: w\nsteps: [{task: A, at most: 99999999999999999999}]\n",
        "type_mismatch",
        2,
        "at most must be a whole number from 1 up, not '99999999999999999999'.",
    ),
    ("workflow: w\nsteps: [{task: }]\n", "type_mismatch", 2, "write task: What is to be done"),
    (
        "workflow: w\n5: x\nsteps: [{task: A}]\n",
        "unknown_key",
        2,
        "its keys are workflow, title, name, purpose, owner, target, visible to, tags, review every, measures, fields, start, outcome, steps, initial, states and on cancel",
    ),
    (
        "workflow: w\n[a]: x\nsteps: [{task: A}]\n",
        "yaml_error",
        2,
        'put text that begins with { or [ in quotes, such as "{item}"',
    ),
]
"""The file, the code of the first finding, its line, and its hint (or, where nothing can be advised, its sentence)."""


def first_of(path: Path) -> tuple[str, int, str]:
    found = read_folder(path).check()
    assert found, "nothing was said"
    return found[0].code, found[0].line, found[0].hint or found[0].sentence


@pytest.mark.parametrize(("text", "code", "line", "help_"), WRONG)
def test_a_wrong_file_is_told_what_would_be_right(tmp_path: Path, text: str, code: str, line: int, help_: str) -> None:
    path = tmp_path / "alone" / "w.yaml"  # folders beside its own would be looked at too
    path.parent.mkdir()
    path.write_bytes(text.encode())
    assert first_of(path) == (code, line, help_)


@pytest.mark.parametrize(
    ("content", "help_"),
    [
        ("workflow: w\ntitle: Pr\u00fcfung\nsteps: [{task: A}]\n".encode("latin-1"), "save it as UTF-8"),
        (bytes(range(256)), "save it as UTF-8"),
        ("workflow: w\nsteps: [{task: A}]\n".encode("utf-16-le"), "save the file as UTF-8"),
        ("workflow: w\nsteps: [{task: A}]\n".encode("utf-32"), "save"),
        (b"workflow: w\ntitle: " + b"x" * 5_000_000 + b"\n", "divide it"),
        (b"workflow: w\nsteps: " + b"[" * 3_000 + b"]" * 3_000, "bracket"),
        (
            b"a: &a ["
            + b"x," * 900
            + b"]\nb: &b ["
            + b"*a," * 900
            + b"]\nworkflow: w\nsteps: ["
            + b"*b," * 900
            + b"]\n",
            "alias",
        ),
    ],
    ids=["latin-1", "binary", "utf-16 without a mark", "utf-32", "5 MB", "deep", "bomb"],
)
def test_a_file_that_is_no_text_or_far_too_large_is_told_so(tmp_path: Path, content: bytes, help_: str) -> None:
    path = tmp_path / "w.yaml"
    path.write_bytes(content)
    code, _, hint = first_of(path)
    assert (code, help_ in hint) == ("yaml_error", True), hint


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_ends_of_lines_and_marks_of_order_do_not_matter(tmp_path: Path, encoding: str, end: str) -> None:
    path = tmp_path / "w.yaml"
    path.write_bytes(f"workflow: w{end}steps:{end}  - {{task: A}}{end}".encode(encoding))
    folder = read_folder(path)
    assert folder.check() == []
    assert list(folder.definitions) == ["w"]
