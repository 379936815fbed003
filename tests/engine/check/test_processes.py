"""Processes: every handoff is held against both ends."""

import pytest

from procession.engine.check import STRUCTURAL_CODES, Library, check
from procession.engine.definition import Process, Workflow
from procession.engine.findings import Finding
from procession.engine.moment import Directory, Person
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
            START + TO_B + "  - {from: a.failed, to: b, optional: true, carry: {who: name}}\n",
            "two_handoffs",
            ("a.completed → b (person)", "a.failed → b (name)"),
        ),
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
        (
            START + TO_B + "  - {from: b.completed, to: end off, again: true, at most: 2}\n",
            "type_mismatch",
            ("leads to the end", "remove again:"),
        ),
        (
            START + TO_B.replace("}}", "}, again: true, at most: 2}"),
            "type_mismatch",
            ("a.completed → b", "does not come before it"),
        ),
        (
            START + TO_B.replace("to: b", "to: b, usually: {waiting: 1 day}"),
            "unknown_key",
            ("a.completed → b", "'waiting'", "did you mean wait?"),
        ),
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
    (own,) = found(START + TO_B, HEAD.replace("a: first", "a: p"))
    assert (own.code, "a member is a workflow" in own.sentence) == ("unknown_workflow", True)


def test_a_process_without_members_is_told_so_and_nothing_else() -> None:
    head = HEAD.replace("{a: first, b: {use: second}}", "{}").replace("first, b: {use: second}", "")
    assert [one.sentence for one in found(START + TO_B, head)] == ["The process has no members."]


THREE = HEAD.replace("b: {use: second}", "b: {use: second}, c: {use: second}")
ANY = "  - {from: {any of: [a.done, a.failed, b.completed]}, to: c, carry: {who: WHO, count: COUNT}}\n"


def test_what_any_of_several_members_hands_over_has_to_be_known_of_each() -> None:
    """Only one of them sets it off, and nobody knows which: what the others do not have would be empty."""
    both = ANY.replace("WHO", "person").replace("COUNT", "1")
    assert found(START + TO_B + both, THREE) == []
    one_only = ANY.replace("WHO", "name").replace("COUNT", "size")
    findings = found(START + TO_B + one_only, THREE)
    assert [(one.code, "carried from b.completed" in one.sentence) for one in findings] == [("unknown_field", True)] * 2


def test_a_condition_is_held_against_the_options_of_the_source_not_of_the_process() -> None:
    """The source's fields come first, whatever the process calls by the same name."""
    head = HEAD.replace("day: date", "day: date, result: {type: choice, options: [x, y], required: false}")
    meant = TO_B.replace("to: b", "to: b, when: 'result = \"clear\"'")
    assert found(START + meant, head) == []
    (never,) = found(START + meant.replace("clear", "cleer"))
    assert (never.code, never.hint) == ("never_true", "did you mean clear?")


def test_a_boundary_that_nobody_reads_is_pointed_out() -> None:
    (one,) = found(START + TO_B, HEAD + "boundaries: {begin: the alarm, ends: at work}\n")
    assert (one.code, one.severity, one.hint) == ("unknown_key", "warning", "did you mean begins?")


def test_groups_of_handoffs_and_questions_are_judged_where_people_are_known() -> None:
    text = (
        f"{HEAD}owner: sales\nfeedback: {{from: a.completed, to: slaes, ask: Fine?}}\nhandoffs:\n{START}"
        + TO_B.replace("to: b", "to: b, owner: salles")
    )
    got = read(text, "p.yaml")
    assert isinstance(got.definition, Process), got.findings
    people = Directory(people={"ana": Person(id="ana", name="Ana")}, groups={"sales": ("ana",)}, roles={})
    for publishing, severity in ((False, "note"), (True, "error")):
        library = Library(workflows=WORKFLOWS, directory=people, publishing=publishing)
        told = [one for one in check(got.definition, library, got.source) if one.code == "unknown_group"]
        assert [(one.severity, one.hint) for one in told] == [(severity, "did you mean sales?")] * 2
        assert [one.sentence.partition(":")[0] for one in told] == [
            "feedback from a.completed", "owner of the handoff from a.completed",
        ]  # fmt: skip


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
    completed = both.replace("a.done", "a.completed").replace("a.failed", "a.cancelled")
    assert [one for one in found(START + completed) if one.code == "two_handoffs"] == [], "completed is never cancelled"
