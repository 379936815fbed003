"""Checking and publishing: all or nothing, versions that never change, processes that are never broken."""

from __future__ import annotations

from typing import Any

import pytest

from procession.engine.rejections import Forbidden, InvalidDefinition, NotFound
from tests.operations.conftest import PURCHASE, Office

MEMBER = """\
workflow: member
title: Member
owner: finance
fields: {what: text}
start: {form: [what]}
steps:
  - {task: Do it, assign: starter, milestone: half}
  - {task: Do the rest, assign: starter}
outcome: fine
"""

WHOLE = """\
process: whole
title: Whole
owner: finance
fields: {what: text}
start: {form: [what]}
workflows: {first: {use: member}, second: {use: member}}
handoffs:
  - {from: start, to: first, carry: {what: what}}
  - {from: first.milestone.half, to: second, carry: {what: what}}
"""


def file(text: str, name: str = "a.yaml") -> dict[str, Any]:
    return {"name": name, "text": text}


def publish(office: Office, *texts: str, by: str = "bo", accept: str | None = "for tests") -> Any:
    files = [file(text, f"{place}.yaml") for place, text in enumerate(texts)]
    return office.ask(by, "definition.publish", files=files, accept=accept)


def test_checking_says_what_is_wrong_and_where_and_changes_nothing(office: Office) -> None:
    wrong = PURCHASE.replace("on reject: end rejected", "on reject: nowhere")
    told = office.ask("ana", "definition.check", files=[file(wrong, "purchase.yaml")])
    assert not told.publishable
    finding = next(one for one in told.findings if one.code == "unknown_step")
    assert (finding.file, wrong.splitlines()[finding.line - 1].strip()) == ("purchase.yaml", "on reject: nowhere")
    assert office.ask("bo", "definition.get", definition="purchase").newest == 1


def test_an_error_in_one_file_forbids_all(office: Office) -> None:
    with pytest.raises(InvalidDefinition) as refused:
        publish(office, MEMBER, "workflow: broken\ntitle: Broken\nsteps: []\n")
    assert refused.value.details["findings"]
    with pytest.raises(NotFound):
        office.ask("bo", "definition.get", definition="member")


def test_an_unchanged_file_makes_no_new_version(office: Office) -> None:
    same = publish(office, PURCHASE)
    assert (same.unchanged, same.definitions[0].version) == (("purchase",), 1)
    changed = publish(office, PURCHASE.replace("due: 1 business day", "due: 2 business days"))
    assert (changed.unchanged, changed.definitions[0].version) == ((), 2)
    versions = office.ask("ana", "definition.versions", definition="purchase")
    assert [line.version for line in versions] == [2, 1]
    assert "due: 1 business day\n" in office.ask("ana", "definition.get", definition="purchase", version=1).text


def test_running_cases_keep_their_version(office: Office) -> None:
    case = office.purchase()
    publish(office, PURCHASE.replace("Sign off", "Approve"))
    assert office.ask("dana", "task.get", task_id=office.task_of(case)).row.title == "Sign off"
    assert office.ask("ana", "case.get", case_id=case).workflow.version == 1
    assert office.ask("ana", "case.get", case_id=office.purchase()).workflow.version == 2


def test_warnings_are_accepted_with_a_reason_that_stays(office: Office) -> None:
    loose = (
        MEMBER.replace("outcome: fine", "")
        + '  - choose: Which\n    cases:\n      - when: what = "a"\n        steps: [{task: A, assign: starter}]\n'
    )
    with pytest.raises(InvalidDefinition, match=r"There (is a|are) "):
        publish(office, loose, accept=None)
    with pytest.raises(InvalidDefinition):
        publish(office, loose, accept="  ")
    publish(office, loose, accept="the other ways need nothing")
    accepted = office.ask("bo", "definition.get", definition="member").accepted
    assert {one["reason"] for one in accepted} == {"the other ways need nothing"}


def test_only_owners_and_administrators_publish(office: Office) -> None:
    with pytest.raises(Forbidden):
        publish(office, MEMBER, by="ana")
    publish(office, MEMBER, by="finn")
    with pytest.raises(Forbidden):
        publish(office, MEMBER.replace("owner: finance", "owner: buyers"), by="eve")


def test_a_version_that_breaks_a_process_is_refused(office: Office) -> None:
    publish(office, MEMBER, WHOLE)
    with pytest.raises(InvalidDefinition, match="Whole, which is published, would break"):
        publish(office, MEMBER.replace(", milestone: half", ""))
    assert office.ask("bo", "definition.get", definition="member").newest == 1
    with pytest.raises(InvalidDefinition, match="Whole would be left without Member"):
        office.ask("bo", "definition.retire", definition="member")
    assert [one.id for one in office.ask("bo", "definition.get", definition="member").used_in] == ["whole"]


def test_one_edit_of_a_shared_workflow_is_checked_against_every_process_that_uses_it(office: Office) -> None:
    publish(
        office, MEMBER, WHOLE, WHOLE.replace("process: whole", "process: other").replace("title: Whole", "title: Other")
    )
    edited = MEMBER.replace("title: Member", "title: Member anew")
    checked = office.ask("bo", "definition.check", files=[{"name": "m", "text": edited}])
    assert sorted(one.id for one in checked.checked_too) == ["other", "whole"]
    published = publish(office, edited)
    assert [(one.id, one.version) for one in published.definitions] == [("member", 2)]
    assert sorted(one.id for one in published.checked_too) == ["other", "whole"]
    assert len(office.ask("bo", "definition.get", definition="member").used_in) == 2
    with pytest.raises(InvalidDefinition) as refused:
        publish(office, edited.replace(", milestone: half", ""))
    told = " ".join(str(one["sentence"]) for one in refused.value.details["findings"])  # type: ignore[index]
    assert "Whole, which is published, would break" in told and "Other, which is published, would break" in told


def test_a_retired_workflow_cannot_be_started_until_it_is_back(office: Office) -> None:
    case = office.purchase()
    office.ask("finn", "definition.retire", definition="purchase")
    with pytest.raises(NotFound):
        office.purchase()
    assert office.ask("ana", "case.get", case_id=case).status == "open"
    assert "purchase" not in {one.workflow.id for one in office.ask("ana", "start.list")}
    office.ask("finn", "definition.restore", definition="purchase")
    office.purchase()


def test_the_procedure_tells_who_does_what(office: Office) -> None:
    view = office.ask("ana", "definition.get", definition="purchase")
    assert "## 1 Sign off" in view.sop
    assert "Done by dana. Choose approve or reject. Due: 1 business day." in view.sop
    assert "Done by the group buyers. Fill in Order." in view.sop
    assert [step.who for step in view.steps] == ["dana", "the group buyers", "a guest (gus@example.org)"]
    assert (view.can_start, view.can_publish) == (True, False)


def test_a_process_case_shows_members_handoffs_and_who_has_it(office: Office) -> None:
    publish(office, MEMBER, WHOLE)
    case = office.ask("ana", "case.start", workflow="whole", data={"what": "milk"}).id
    view = office.ask("ana", "process.case", case_id=case)
    assert [(member.title, member.state) for member in view.members] == [("First", "open"), ("Second", "to do")]
    assert {one.id: one.count for one in view.handoffs} == {"start->first": 1, "first.milestone.half->second": 0}
    assert view.process.title == "Whole"
    assert [line.id for line in office.ask("ana", "process.get", process="whole").running] == [case]
