"""Processes: every handoff is held against both ends."""

import pytest

from procession.engine.check import STRUCTURAL_CODES, Library, check
from procession.engine.definition import Process, Workflow
from procession.engine.findings import Finding
from procession.interchange.yaml import read


def workflow(text: str) -> Workflow:
    got = read(text)
    assert isinstance(got.definition, Workflow) and got.ok, got.findings
    return got.definition


WORKFLOWS = {
    "first": workflow(
        "workflow: first\nfields: {name: text, result: {type: choice, options: [clear, fail]}, size: number}\n"
        "start: {form: [name]}\nsteps:\n  - {task: Look, form: [result, size], milestone: looked}\n"
        "  - {end: failed, when: 'result = \"fail\"'}"
    ),
    "second": workflow(
        "workflow: second\nfields: {who: text, count: number, begins: date?}\nstart: {form: [who, count, begins]}\n"
        "steps: [{task: Do}]"
    ),
}
HEAD = (
    "process: p\nfields: {person: text, day: date}\nstart: {form: [person, day]}\nworkflows: {a: "
    "first, b: {use: second}}\n"
)
START = "  - {from: start, to: a, carry: {name: person}}\n"
TO_B = "  - {from: a.completed, to: b, carry: {who: person, count: size}}\n"


def found(handoffs: str, head: str = HEAD) -> list[Finding]:
    got = read(f"{head}handoffs:\n{handoffs}", "p.yaml")
    assert isinstance(got.definition, Process), got.findings
    assert got.findings == ()
    findings = check(got.definition, Library(workflows=WORKFLOWS), got.source)
    return [one for one in findings if one.code not in STRUCTURAL_CODES]  # test_structure.py looks at those


def test_a_sound_process_has_nothing_to_say() -> None:
    assert found(START + TO_B) == []
    assert (
        found(
            START
            + "  - {from: a.done, to: b, when: 'result = \"clear\"', carry: {who: name, count: size, begins: day}}\n"
            "  - {from: a.failed, to: end stopped}\n"
        )
        == []
    )
    again = "  - {from: b.completed, to: a, again: true, at most: 2, carry: {name: person}}\n"
    assert found(START + TO_B + again) == []


@pytest.mark.parametrize(
    ("handoffs", "code", "words"),
    [
        (
            START + "  - {from: a.completed, to: b, carry: {who: person}}\n",
            "unmapped_required",
            ("Second", "count", "a.completed"),
        ),
        (
            START + "  - {from: a.completed, to: b, carry: {who: size, count: size}}\n",
            "type_mismatch",
            ("Second", "a.completed", "text"),
        ),
        (
            START + "  - {from: a.completed, to: b, carry: {who: persno, count: size}}\n",
            "unknown_field",
            ("persno", "person"),
        ),
        (
            START + "  - {from: a.completed, to: b, carry: {who: person, cuont: size, count: size}}\n",
            "unknown_field",
            ("Second", "count"),
        ),
        (START + TO_B + "  - {from: start, to: b, carry: {who: '\"x\"'}}\n", "two_handoffs", ("a.completed", "start")),
        (
            START + TO_B + "  - {from: b.completed, to: a, carry: {name: person}}\n",
            "unbounded_circle",
            ("a → b → a", "again: true"),
        ),
        (
            START + TO_B + "  - {from: b.completed, to: a, again: true, carry: {name: person}}\n",
            "unbounded_circle",
            ("at most",),
        ),
        (START + TO_B + "  - {from: c.completed, to: end}\n", "unknown_member", ("'c'",)),
        (START + TO_B + "  - {from: a.completed, to: bb}\n", "unknown_member", ("'bb'", "did you mean b?")),
        (START + TO_B + "  - {from: a.faild, to: end}\n", "unknown_outcome", ("First", "failed")),
        (START + TO_B + "  - {from: a.milestone.loked, to: end}\n", "unknown_milestone", ("First", "looked")),
        (
            START + '  - {from: a.completed, to: b, when: reslut = "clear", carry: {who: name, count: size}}\n',
            "unknown_field",
            ("result",),
        ),
        (START, "unreachable_step", ("'b'",)),
        (START + TO_B + "  - {from: b.completed, to: end, carry: {x: day}}\n", "type_mismatch", ("carries nothing",)),
    ],
)
def test_what_does_not_fit_names_both_ends(handoffs: str, code: str, words: tuple[str, ...]) -> None:
    findings = [one for one in found(handoffs) if one.code == code]
    assert findings, found(handoffs)
    for word in words:
        assert word in f"{findings[0].sentence} {findings[0].hint}", findings[0]
    assert findings[0].line > 1


def test_a_member_has_to_be_there() -> None:
    findings = found(START + TO_B, HEAD.replace("a: first", "a: frist"))
    assert ("unknown_workflow", "did you mean first?") in [(one.code, one.hint) for one in findings]


def test_what_is_taken_back_has_to_fit() -> None:
    head = HEAD.replace("b: {use: second}", "b: {use: second, take: {day: count, persn: who}}")
    findings = found(START + TO_B, head)
    assert {one.code for one in findings} == {"type_mismatch", "unknown_field"}


def test_two_outcomes_of_one_member_may_fill_a_field_differently() -> None:
    both = (
        "  - {from: a.done, to: b, carry: {who: name, count: size}, optional: true}\n"
        "  - {from: a.failed, to: b, carry: {who: person, count: size}, optional: true}\n"
    )
    assert [one for one in found(START + both) if one.code == "two_handoffs"] == []
