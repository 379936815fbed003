"""Names, types, conditions, tables and data: what `check` says about a workflow beside its arrows."""

import pytest

from procession.engine.check import Library, check
from procession.engine.definition import Workflow
from procession.engine.findings import Finding
from procession.engine.moment import Directory, Person
from procession.interchange.yaml import read

FIELDS = """fields:
  amount: {type: money, currency: EUR, min: 0, max: 1000}
  level: {type: choice, options: [low, high]}
  note: long text?
  day: date
  boss: person
  scan: file?
  lines: {type: table?, columns: {item: text, cost: money}}
"""


def found(body: str, library: Library | None = None, fields: str = FIELDS) -> list[Finding]:
    got = read(f"workflow: x\n{fields}{body}", "x.yaml")
    assert isinstance(got.definition, Workflow), got.findings
    assert got.findings == ()
    return check(got.definition, library, got.source)


def child(text: str) -> Workflow:
    got = read(text)
    assert isinstance(got.definition, Workflow)
    return got.definition


PEOPLE = Directory(people={"ana": Person(id="ana", name="Ana", email="ana@x.de")}, groups={"it": ("ana",)}, roles={})
CHILD = child(
    "workflow: child\nfields: {need: text, may: text?, out: number}\nstart: {form: [need, may]}\nsteps:\n"
    "  - task: Do\n    form: [out]\n  - end: stopped\n    when: out > 5"
)

WRONG = {
    "unknown field of a form": ("steps: [{task: A, form: [amuont]}]", "unknown_field", "amount"),
    "calculated in a form": ("steps: [{task: A, form: [c]}]\n", "type_mismatch", "calculated"),
    "no function of that name": ("steps: [{task: A, when: summ(lines.cost) > 3}]", "unknown_field", "function"),
    "no column": ("steps: [{task: A, when: sum(lines.cots) > 3}]", "unknown_field", "cost"),
    "no part of a person": ("steps: [{task: A, instructions: 'For {starter.nmae}'}]", "unknown_field", "name"),
    "set of another type": ("steps: [{task: A, set: {amount: '\"5\"'}}]", "type_mismatch", "a number"),
    "set of no option": ("steps: [{task: A, set: {level: '\"hihg\"'}}]", "type_mismatch", "high"),
    "set of a bare option": ("steps: [{task: A, set: {level: high}}]", "unknown_field", '"high"'),
    "due is a number": ("steps: [{task: A, due: = amount}]", "type_mismatch", "a date"),
    "a condition that is text": ("steps: [{task: A, when: level}]", "type_mismatch", "true or false"),
    "never true: limits": ("steps: [{task: A, when: amount > 1000}]", "never_true", "never true"),
    "never true: two limits": ("steps: [{task: A, when: amount > 5 and amount < 3}]", "never_true", "never true"),
    "never true: an option": ('steps: [{task: A, when: level = "hgih"}]', "never_true", "high"),
    "never true: a constant": ("steps: [{task: A, when: 1 > 2}]", "never_true", "never true"),
    "never true: every option excluded": (
        'steps: [{task: A, when: \'not(level = "low" or level = "high")\'}]',
        "never_true",
        "never true",
    ),
    "a table with a gap": (
        "steps: [{decide: D, inputs: [amount], outputs: [level], rules: [['< 500', low], ['> 500', high]]}]",
        "table_gap",
        "amount = 500",
    ),
    "a table whose rules meet": (
        "steps: [{decide: D, inputs: [amount], outputs: [level], rules: [['<= 500', low], ['>= 500', high]]}]",
        "table_overlap",
        "amount = 500",
    ),
    "a cell too few": (
        "steps: [{decide: D, inputs: [amount, level], outputs: [level], rules: [['-', low]]}]",
        "type_mismatch",
        "3 cells",
    ),
    "an output that is no option": (
        "steps: [{decide: D, inputs: [amount], outputs: [level], rules: [['-', hihg]]}]",
        "type_mismatch",
        "high",
    ),
    "an input option that is none": (
        "steps: [{decide: D, inputs: [level], outputs: [note], rules: [[hihg, x]]}]",
        "type_mismatch",
        "high",
    ),
    "no such hit policy": (
        "steps: [{decide: D, inputs: [amount], outputs: [level], hit: frist, rules: [['-', low]]}]",
        "type_mismatch",
        "first",
    ),
    "two branches, one field": (
        "steps: [{parallel: P, steps: [{task: A, form: [note]}, {task: B, form: [note]}]}]",
        "two_writers",
        "last one wins",
    ),
    "choose without otherwise": (
        "steps: [{choose: C, cases: [{when: amount > 1, steps: [{task: A}]}]}]",
        "no_otherwise",
        "otherwise",
    ),
    "a mail typed again": (
        "steps: [{email: M, to: starter, text: '{amount} {level}'}, {task: A, form: [amount, level]}]",
        "retyped_mail",
        "again",
    ),
    "cancelling nothing": ("steps: [{task: A, cancel: [Bee]}, {task: Been}]", "unknown_step", "Been"),
    "not by nobody": ("steps: [{task: A}, {task: B, not by: [Aa]}]", "unknown_step", "did you mean A?"),
    "a milestone that nobody reaches": (
        "steps: [{task: A, milestone: done}, {wait: W, reached: dnoe}]",
        "unknown_milestone",
        "done",
    ),
    "a wait for nothing": ("steps: [{wait: W}]", "missing_key", "for:"),
    "more branches than there are": (
        "steps: [{parallel: P, done when: 3, steps: [{task: A}, {task: B}]}]",
        "type_mismatch",
        "1 to 2",
    ),
    "each over a number": ("steps: [{each: E, of: amount, steps: [{task: A}]}]", "type_mismatch", "not a list"),
    "a mail that attaches text": (
        "steps: [{email: M, to: starter, text: hi, attach: note}]",
        "type_mismatch",
        "no file",
    ),
    "assigned to a date": ("steps: [{task: A, assign: 'field:day'}]", "type_mismatch", "person"),
    "an agent": ("steps: [{agent: Read}]", "not_available", "later"),
    "an agent without its contract": ("steps: [{agent: Read, writes: [note]}]", "agent_contract", "review"),
    "a job of a later version": ("steps: [{automate: J, do: extract}]", "not_available", "later"),
    "on exhausted without a bound": ("steps: [{task: A, on exhausted: end}]", "missing_key", "at most"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_said(name: str) -> None:
    body, code, word = WRONG[name]
    fields = FIELDS + "  c: {type: calculated, is: amount * 2}\n"
    findings = [one for one in found(body, fields=fields) if one.code == code]
    assert findings, found(body, fields=fields)
    assert word in f"{findings[0].sentence} {findings[0].hint}", findings[0]
    assert findings[0].line > 1


RIGHT = [
    'steps: [{task: A, form: [amount, level, day, boss], when: amount > 5 and amount <= 1000 or level = "low"}]',
    'steps: [{each: E, of: lines, as: line, steps: [{task: A, form: [line.cost], set: {line.item: line.item + "!"}}]}]',
    (
        "steps: [{decide: D, inputs: [level, amount], outputs: [note], rules: [[low, '-', a], "
        "[high, '< 5', b], [high, '>= 5', c]]}]"
    ),
    "steps: [{wait: W, message: m, match: note, take: {note: message.text}}]",
    "steps: [{automate: J, do: http, with: {url: '{settings.erp}/x'}, take: {note: result.body.text}}]",
    (
        "steps: [{task: A, due: = day - 3 days, remind: 1 day before due, assign: [manager of "
        "field:boss, 'role:{level}']}]"
    ),
    (
        "steps: [{set: {amount: sum(lines.cost), day: 'date(\"2026-01-01\") + 2 days'}}, {task: A, "
        "when: count(lines) > 0}]"
    ),
]


@pytest.mark.parametrize("body", RIGHT)
def test_what_is_right_is_left_alone(body: str) -> None:
    assert found(body) == []


FIELD_MISTAKES = {
    "a circle of formulas": (
        "a: {type: calculated, is: b + 1}, b: {type: calculated, is: a}",
        "type_mismatch",
        "a → b → a",
    ),
    "a formula that asks the clock": ("a: {type: calculated, is: today()}", "type_mismatch", "today()"),
    "no such currency": ("a: {type: money, currency: EURO}", "type_mismatch", "EUR"),
    "limits the wrong way round": ("a: {type: number, min: 5, max: 3}", "type_mismatch", "exchange"),
    "a limit of text": ("a: {type: text, min: 5}", "type_mismatch", "no order"),
    "options of a number": ("a: {type: number, options: [x]}", "type_mismatch", "choice"),
    "an option twice": ("a: {type: choice, options: [x, x]}", "duplicate_id", "twice"),
    "a table without columns": ("a: table", "missing_key", "columns"),
    "a calculated column": ("a: {type: table, columns: {b: {type: calculated, is: '1'}}}", "type_mismatch", "column"),
    "a type of a later version": ("a: phone", "not_available", "text"),
    "nothing says how": ("a: calculated", "missing_key", "is:"),
}


@pytest.mark.parametrize("name", FIELD_MISTAKES)
def test_fields_are_looked_at(name: str) -> None:
    fields, code, word = FIELD_MISTAKES[name]
    findings = found("steps: [{task: A}]", fields=f"fields: {{{fields}}}\n")
    assert any(one.code == code and word in f"{one.sentence} {one.hint}" for one in findings), findings


def test_people_are_judged_where_they_are_known() -> None:
    body = "owner: finance\nsteps: [{task: A, assign: [group:ti, person:anna, person:ana@x.de, group:it]}]"
    assert found(body) == []
    notes = found(body, Library(directory=PEOPLE))
    assert [(one.code, one.severity) for one in notes] == [
        ("unknown_group", "note"),
        ("unknown_group", "note"),
        ("unknown_person", "note"),
    ]
    assert "the groups are it" in [one.hint for one in notes]
    errors = found(body, Library(directory=PEOPLE, publishing=True))
    assert {one.severity for one in errors} == {"error"}


def test_settings_are_judged_where_they_are_known() -> None:
    body = "steps: [{automate: J, do: http, with: {url: '{settings.epr}/x'}}]"
    assert found(body) == []
    (one,) = found(body, Library(settings=frozenset({"erp"}), publishing=True))
    assert (one.code, one.severity, one.hint) == ("unknown_setting", "error", "did you mean erp?")


@pytest.mark.parametrize(
    ("step", "code", "word"),
    [
        ("{workflow: C, use: chidl}", "unknown_workflow", "child"),
        ("{workflow: C, use: child}", "unmapped_required", "need"),
        ("{workflow: C, use: child, with: {need: note, mya: note}}", "unknown_field", "may"),
        ("{workflow: C, use: child, with: {need: amount}}", "type_mismatch", "text"),
        ("{workflow: C, use: child, with: {need: note}, take: {amount: uot}}", "unknown_field", "out"),
        ("{workflow: C, use: child, with: {need: note}, take: {note: out}}", "type_mismatch", "text"),
        ("{workflow: C, use: child, with: {need: note}, on stoped: end}", "unknown_outcome", "stopped"),
    ],
)
def test_children_are_held_to_their_start(step: str, code: str, word: str) -> None:
    findings = found(f"steps: [{step}]", Library(workflows={"child": CHILD}))
    assert any(one.code == code and word in f"{one.sentence} {one.hint}" for one in findings), findings
    assert (
        found(
            "steps: [{workflow: C, use: child, with: {need: note}, take: {amount: out}, on stopped: end}]",
            Library(workflows={"child": CHILD}),
        )
        == []
    )


def test_a_gap_comes_with_its_example() -> None:
    body = "steps: [{decide: D, inputs: [amount, level], outputs: [note], rules: [['< 500', low, a], ['-', high, b]]}]"
    (gap,) = found(body)
    assert (gap.code, gap.severity) == ("table_gap", "warning")
    assert gap.example == {"amount": "500", "level": "low"}


def test_a_calculated_field_cannot_be_months() -> None:
    got = read('workflow: w\nfields: {m: {type: calculated, is: "1 month"}}\nsteps: [{task: A}]\n')
    assert isinstance(got.definition, Workflow)
    (one,) = check(got.definition, None, got.source)
    assert (one.code, "no fixed length" in one.sentence, one.line) == ("type_mismatch", True, 2)
