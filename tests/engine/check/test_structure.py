"""What a process lacks is said before any case has run."""

from __future__ import annotations

import pytest

from procession.engine.check import STRUCTURAL_CODES, Library, check
from procession.engine.definition import Process, Workflow
from procession.interchange.yaml import read


def workflow(name: str, owner: str | None, more: str = "", step: str = "{task: Do}") -> Workflow:
    owned = f"owner: {owner}\n" if owner else ""
    got = read(f"workflow: {name}\n{owned}{more}fields: {{note: text?}}\nstart: {{form: []}}\nsteps: [{step}]\n")
    assert isinstance(got.definition, Workflow) and got.ok, got.findings
    return got.definition


def structural(extra: str = "", *, title: str = "P", members: str = "a: a, b: b", **workflows: Workflow) -> list[str]:
    known = {"a": workflow("a", "sales"), "b": workflow("b", "it"), **workflows}
    got = read(
        f"process: p\ntitle: {title}\nowner: sales\nfields: {{note: text?}}\nworkflows: {{{members}}}\n"
        f"handoffs: [{{from: start, to: a}}, {{from: a.completed, to: b}}]\n{extra}"
    )
    assert isinstance(got.definition, Process), got.findings
    found = check(got.definition, Library(workflows=known), got.source)
    assert [one for one in found if one.severity == "error"] == []
    assert all(one.line > 0 and one.severity == "warning" for one in found)
    return [one.code for one in found if one.code in STRUCTURAL_CODES]


FEEDBACK = "feedback: {from: b.completed, to: sales, ask: Was it complete?}\n"


def test_a_process_with_owners_and_a_question_back_lacks_nothing() -> None:
    assert structural(FEEDBACK) == []


def test_nothing_comes_back() -> None:
    assert "missing_feedback" in structural()


def test_a_department_that_only_receives() -> None:
    assert structural().count("only_receives") == 1
    assert "only_receives" not in structural("", members="a: a, b: {use: b, take: {note: note}}")


def test_a_single_workflow_is_no_process_to_judge() -> None:
    got = read("process: p\nworkflows: {a: a}\nhandoffs: [{from: start, to: a}]\n")
    assert isinstance(got.definition, Process)
    assert check(got.definition, Library(workflows={"a": workflow("a", None)}), got.source) == []


def test_a_handoff_for_which_nobody_answers() -> None:
    assert "ownerless_handoff" in structural(FEEDBACK, b=workflow("b", None))
    assert "ownerless_handoff" not in structural(FEEDBACK)


@pytest.mark.parametrize(
    ("better", "code"),
    [
        (workflow("b", "it", step="{task: Do, due: 1 hour, escalate: [{after: 1 hour, to: group:it}]}"),
         "missing_escalation"),
        (workflow("b", "it", "tags: [knowledge]\n"), "missing_knowledge"),
    ],
)  # fmt: skip
def test_support_has_a_way_up_and_a_source_of_knowledge(better: Workflow, code: str) -> None:
    assert code in structural(FEEDBACK, title="Support tickets")
    assert code in structural(FEEDBACK + "tags: [support]\n")
    assert code not in structural(FEEDBACK, title="Support tickets", b=better)
    assert code not in structural(FEEDBACK)


def test_an_unknown_workflow_judges_nothing() -> None:
    got = read("process: p\nworkflows: {a: a, b: b}\nhandoffs: [{from: start, to: a}, {from: a.completed, to: b}]\n")
    assert isinstance(got.definition, Process)
    assert [one.code for one in check(got.definition, Library(workflows={}), got.source)] == ["unknown_workflow"] * 2
