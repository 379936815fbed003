"""The runner of tests written in YAML: every line does what it says, and what does not hold is said in a sentence."""

# ruff: noqa: E501 - a definition, or what becomes of it, stands on one line

from __future__ import annotations

import pytest

from procession.engine.definition import Definition, Process, Workflow
from procession.interchange.yaml import read
from procession.testing import read_suite, run_suite

WORKFLOW = """
workflow: w
fields: {x: text?, n: number?}
start: {by: group:it, form: [x]}
steps:
  - {task: A, assign: group:it, form: [n], checklist: [one, two], outcomes: [done, no], on no: {task: Mend, assign: "person:bo"}}
  - {automate: Call, do: http, with: {url: x}, take: {n: result.n}, retry: 2}
  - {wait: Paid, message: paid, match: x, when: x = "7"}
  - choose: Size
    cases: [{when: n != null and n > 5, steps: [{task: Big, assign: "person:bo"}]}]
    otherwise: [{task: Small, assign: "person:ana"}]
"""
HEAD = "workflow: w\npeople: {ana: {groups: [it]}, bo: {}, cy: {groups: [it]}}\ntests:\n  - name: t\n"


def definitions(*texts: str) -> dict[str, Definition]:
    found: dict[str, Definition] = {}
    for text in texts:
        one = read(text, "x.yaml").definition
        assert isinstance(one, Workflow | Process)
        found[one.id] = one
    return found


def said(test: str, *texts: str) -> str:
    """What the runner says of one test; empty where it passes."""
    suite, findings = read_suite(HEAD + "\n".join(f"    {line}" for line in test.strip().splitlines()), "w.test.yaml")
    assert suite is not None, findings
    (result,) = run_suite(suite, definitions(*(texts or (WORKFLOW,))))
    assert result.passed == (not result.sentence)
    return result.sentence


START = "start: {by: ana, with: {x: '1'}}\n"


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (START + "steps: [{task: A, by: ana, with: {n: 9}, outcome: done}, {job: Call, gives: {n: 9}}]\nexpect: {open: [Big]}", ""),
        (START + "steps: [{task: A, by: ana, with: {n: 2}, outcome: done}]\nexpect: {open: [Big]}", "Open: Small; expected Big."),
        (START + "steps: [{task: B, by: ana}]", "'B' is not open; open now: A."),
        (START + "steps: [{task: A, by: zoe}]", "'zoe' is not among the people of this file."),
        (START + "steps: [{task: A, assigned to: bo}]", "'A' is with nobody yet; candidates ana, cy, not with bo."),
        (START + "steps: [{task: A, by: bo, outcome: done, refused: not_assignee}]", ""),
        (START + "steps: [{task: A, by: ana, outcome: done, with: {n: 1}, refused: conflict}]", "It should be refused as conflict, but it was not."),
        (START + "steps: [{task: A, by: ana, outcome: fly, refused: conflict}]",
         "It was refused as illegal_transition ('A' has no outcome 'fly'.), not as conflict."),
        (START + "steps: [{task: A, by: ana, outcome: done, with: {n: 1}, checked: [1], refused: invalid_field}]", ""),
        (START + "steps: [{pass: soon}]", "'soon' is not a length of time"),
        (START + "steps: [{task: A, by: ana, with: {n: 1}, outcome: done}]\nexpect: {fields: {n: 2}}", "N is empty, not 2."),
        (START + "expect: {outcome: done}", "The case is open, not as done. Open: A."),
        (START + "expect: {incident: nobody_eligible}", "No incident 'nobody_eligible' is open; open: none."),
        ("start: {by: bo, with: {x: '1'}, refused: forbidden}", ""),
        ("start: {by: bo, with: {x: '1'}}", "It was refused (forbidden): w is started by group it."),
        ("start: {by: guest@example.org, with: {x: '1'}, refused: forbidden}", ""),
    ],
)  # fmt: skip
def test_what_a_line_says_holds_or_the_runner_says_why_not(test: str, sentence: str) -> None:
    assert said(test) == sentence


def test_a_job_is_answered_by_a_later_line_or_succeeds_empty_at_once() -> None:
    done = "steps:\n  - {task: A, by: ana, with: {n: 1}, outcome: done}\n"
    assert said(START + done + "expect: {jobs: [Call], open: [Small]}") == ""
    assert said(START + done + "  - {job: Call, gives: {n: 8}}\nexpect: {open: [Big], fields: {n: 8}}") == ""
    assert said(START + done + "  - {job: Call, fails: no answer}\nexpect: {incident: job_failed}") == ""
    assert said(START + done + "  - {job: Other, gives: {}}") == "No job 'Other' is waiting."


def test_notified_looks_at_what_was_sent_since_the_last_line_that_was_not_notified() -> None:
    text = """
workflow: w
start: {by: everyone, form: []}
steps:
  - {parallel: P, done when: any, steps: [{task: A, assign: "person:ana"}, {task: B, assign: "person:bo"}]}
  - {parallel: Q, done when: any, steps: [{task: C, assign: "person:ana"}, {task: D, assign: "person:cy"}]}
  - task: E
"""
    begin = "start: {by: ana}\nsteps:\n  - {task: A, by: ana}\n"
    assert (
        said(begin + "  - {notified: bo}\n  - {task: C, by: ana}\n  - {notified: cy}\n  - {notified: [cy]}", text) == ""
    )
    assert said(begin + "  - {task: C, by: ana}\n  - {notified: bo}", text) == "bo was not told anything; told: cy."


def test_skipped_names_steps_and_branches_not_taken() -> None:
    done = START + "steps:\n  - {task: A, by: ana, with: {n: 1}, outcome: done}\n  - {job: Call, gives: {n: 8}}\n"
    assert said(done + "expect: {skipped: [Paid, Small], path: [A, Call, Size, Big], tasks: [A, Big]}") == ""
    assert said(done + "expect: {path: [A, Big]}") == "The path: A, Call, Size, Big; expected A, Big."


def test_messages_reach_their_wait_and_the_clock_begins_where_the_test_says() -> None:
    seven = "start: {by: ana, with: {x: '7'}}\nsteps:\n  - {task: A, by: cy, with: {n: 1}, outcome: done}\n  - {job: Call, gives: {n: 1}}\n"
    assert said(seven + "  - {message: paid, key: 8}\nexpect: {open: [Paid]}") == ""
    assert said(seven + "  - {message: paid, key: 7}\nexpect: {open: [Small]}") == ""
    late = (
        "{workflow: w, start: {by: everyone, form: []}, steps: [{task: A, when: 'now() > @\"2026-03-01T00:00:00Z\"'}]}"
    )
    assert said("at: 2026-03-02T09:00\nstart: {by: ana}\nexpect: {open: [A]}", late) == ""
    assert said("start: {by: ana}\nexpect: {outcome: done, skipped: [A]}", late) == ""


COUNTING = """
workflow: w
fields: {cause: text, seen: number?}
start: {by: everyone, form: [cause]}
steps:
  - {task: Look, assign: "person:ana", set: {seen: 'count of cases("w", {cause: cause, status: "done"}, 30 days)'}}
"""


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("{cases: 2, of: w, with: {cause: lid}, outcome: done}", 2),
        ("{of: w, with: {cause: lid}, outcome: done, ago: 30 days}", 1),
        ("{cases: 2, of: w, with: {cause: lid}, outcome: done, ago: 31 days}", 0),
        ("{cases: 2, of: w, with: {cause: scale}, outcome: done}", 0),
        ("{cases: 2, of: w, with: {cause: lid}}", 0),
        ("", 0),
    ],
)
def test_cases_that_were_there_already_are_counted(given: str, seen: int) -> None:
    story = "start: {by: ana, with: {cause: lid}}\nsteps: [{task: Look, by: ana}]\nexpect: {fields: {seen: SEEN}}"
    assert said(f"given: [{given}]\n{story.replace('SEEN', str(seen))}", COUNTING) == ""


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ("{cases: 2}", "'given:' says how many cases of which workflow there were."),
        ("{cases: some, of: w}", "'given:' says how many cases of which workflow there were."),
        ("{of: w, ago: soon}", "ago: 'soon' is not a length of time."),
        ("{of: w, wiht: {}}", "'given:' has no key 'wiht'."),
    ],
)
def test_what_is_wrong_with_given_is_told(given: str, sentence: str) -> None:
    _, findings = read_suite(f"{HEAD}    given: [{given}]\n")
    assert [one.sentence for one in findings] == [sentence]


def test_given_names_what_is_there() -> None:
    assert "which is not beside this test" in said(
        "given: [{of: nothing}]\nstart: {by: ana, with: {cause: x}}", COUNTING
    )


def test_lines_about_items_and_members_find_theirs() -> None:
    each = """
workflow: w
fields: {rows: {type: table, columns: {who: text}}}
start: {by: everyone}
steps: [{each: E, of: rows, steps: [{task: "Do {item.who}", id: do, assign: "person:{item.who}"}]}]
"""
    begin = "start: {by: ana, with: {rows: [{who: bo}, {who: cy}]}}\nsteps:\n"
    assert (
        said(
            begin
            + "  - {task: do, item: 1, assigned to: bo}\n  - {task: Do cy, item: 2, by: cy}\nexpect: {open: [do]}",
            each,
        )
        == ""
    )
    assert said(begin + "  - {task: do, item: 3, by: cy}", each).startswith("'do' is not open")


def test_what_is_wrong_with_a_test_file_is_told_with_its_place() -> None:
    for text, sentence in (
        ("tests: []", "A test file begins with 'workflow: ID' or 'process: ID'."),
        ("workflow: w\ntests: 5", "'tests:' must be a list of tests."),
        ("workflow: w\ntests:\n  - {nmae: x}", "A test has no key 'nmae'."),
        ("workflow: w\ntests:\n  - {name: x, steps: [{task: A, pass: 1 day}]}", "A line of a test has exactly one of task, pass, notified, job, message, survey, feedback."),
        ("workflow: w\ntests:\n  - {name: x, at: noon}", "'noon' is not a moment."),
    ):  # fmt: skip
        suite, findings = read_suite(text, "w.test.yaml")
        assert suite is None
        assert [one.sentence for one in findings] == [sentence]
        assert findings[0].line >= 1


def test_a_test_starts_a_case_as_the_schedule_does() -> None:
    scheduled = "workflow: w\nstart: {by: nobody, schedule: daily 09:00}\nsteps:\n  - {task: A, assign: group:it}\n"
    assert said("start: {by: schedule}\nexpect: {open: [A]}", scheduled) == ""
    assert said("start: {by: schedule, with: {x: 1}}", scheduled).startswith("A case that the schedule starts")
    assert said("start: {by: schedule}") == "w has no schedule that could start it."


MAILS = """
workflow: w
fields: {x: text?}
start: {form: [x]}
steps:
  - {email: Hello, to: [starter, "group:it", "you@example.org"], text: Hi}
  - {task: A, assign: "person:ana"}
  - {email: Bye, to: "person:bo", draft for: "person:ana", text: Bye}
"""


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (START + "steps: [{notified: [ana, cy, you@example.org]}, {notified: ana}]", ""),
        (START + "steps: [{notified: bo}]", "bo was not told anything; told: ana, cy, you@example.org."),
        (START + "steps: [{task: A, by: ana}, {notified: bo}]", "bo was not told anything; told: nobody."),
        (START + "steps: [{task: A, by: ana}, {task: Bye, by: ana}, {notified: bo}]", ""),
    ],
)
def test_mails_of_steps_are_among_what_was_told(test: str, sentence: str) -> None:
    assert said(test, MAILS) == sentence


def test_a_line_may_name_the_step_that_started_another_case() -> None:
    parent = "workflow: w\nfields: {x: text?}\nstart: {form: [x]}\nsteps:\n  - {workflow: Ask, use: kid, take: {x: y}}\n  - {task: B, assign: group:it}\n"
    kid = "workflow: kid\nfields: {y: text?}\nstart: {form: []}\nsteps:\n  - {task: Answer, assign: person:bo, form: [y]}\n"
    test = START + "steps: [{task: Answer, in: Ask, by: bo, with: {y: yes}}, {task: Answer, in: other, by: bo}]"
    assert (
        said(
            test.replace(", {task: Answer, in: other, by: bo}", "") + "\nexpect: {open: [B], fields: {x: 'yes'}}",
            parent,
            kid,
        )
        == ""
    )
    assert said(test, parent, kid) == "Member 'other' has not started."


CARE = """
process: w
fields: {who: text}
workflows: {visit: {use: visit}}
handoffs: [{from: start, to: visit, carry: {who: who}}]
measures: {csat: rating}
feedback: {from: visit.completed, to: it, ask: Was it right?}
"""
VISIT = """
workflow: visit
fields: {who: text}
start: {by: nobody, form: [who]}
measures: {csat: rating}
steps: [{task: See them, assign: "person:bo"}, {survey: How was it, to: "person:bo", measure: csat}]
"""
SEEN = "start: {by: ana, with: {who: Zoe}}\nsteps: [{task: See them, in: visit, by: bo}"


@pytest.mark.parametrize(
    ("test", "sentence"),
    [
        (f"{SEEN}, {{notified: bo}}, {{survey: How was it, in: visit, gives: 4}}]\nexpect: {{measures: {{csat: 4}}, outcome: done}}", ""),
        (f"{SEEN}]\nexpect: {{measures: {{csat: null}}}}", ""),
        (f"{SEEN}]\nexpect: {{measures: {{csat: 4}}}}", "Csat is unknown, not 4."),
        (f"{SEEN}]\nexpect: {{measures: {{mood: 4}}}}", "There is no measure 'mood'."),
        (f"{SEEN}, {{survey: How was it, in: visit, gives: 9, refused: invalid_field}}]", ""),
        (f"{SEEN}, {{survey: How was it, in: visit, by: ana, gives: 4, refused: not_assignee}}]", ""),
        (f"{SEEN}, {{survey: How, in: visit, gives: 4}}]", "No survey 'How' waits for an answer; there waits: How was it."),
        (f"{SEEN}, {{feedback: Was it right?, by: cy, gives: yes}}]\nexpect: {{outcome: done}}", ""),
        (f"{SEEN}, {{feedback: Was it right?, by: bo, gives: no, refused: not_assignee}}]", ""),
        (f"{SEEN}, {{feedback: Was it right?, gives: perhaps}}]", "What is asked back is answered with yes or no: write gives: yes."),
        (f"{SEEN}, {{feedback: Was it late?, gives: yes}}]", "'Was it late?' is not asked; asked is: Was it right?."),
    ],
)  # fmt: skip
def test_surveys_and_what_is_asked_back_are_answered(test: str, sentence: str) -> None:
    assert said(test, CARE, VISIT) == sentence
