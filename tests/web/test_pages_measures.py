"""A process with all that goes on around its cases: surveys, measures, feedback, missing data, pauses, guests who hand over."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from procession.engine.commands import FireTimer
from procession.engine.moment import SYSTEM
from procession.jobs.running import run_job
from procession.jobs.work import Tools
from procession.settings import Settings
from procession.store.reading import read_definition
from procession.store.store import Store
from procession.store.verify import verify
from tests.support.database import Database
from tests.support.work import SHOP, Visitor, asked, plain, shop, visitor
from tests.web.test_pages_work_guests import nonce_of

CHECK = """
workflow: check-up
title: Check-up
owner: people-ops
fields: {person: text, email: email, grade: {type: text?, label: Grade}}
start: {by: nobody, form: [person, email]}
measures: {csat: {type: rating}}
steps:
  - task: Examine
    assign: person:pia
    form: [grade]
  - task: Sign
    assign: guest:{email}
    due: 3 days
    remind: 1 day before due
  - survey: How did we do?
    to: field:email
    measure: csat
"""
REPORT = """
workflow: report
title: Report
owner: people-ops
fields: {person: text, grade: {type: text, label: Grade}}
start: {by: nobody, form: [person, grade]}
steps: [{task: Write the report, assign: "person:pat"}]
"""
CARE = """
process: care
title: Care
owner: people-ops
subject: person
fields: {person: text, email: email}
start: {form: [person, email]}
workflows: {check: {use: check-up}, report: {use: report}}
handoffs:
  - {from: start, to: check, carry: {person: person, email: email}}
  - {from: check.completed, to: report, carry: {person: person, grade: grade}}
measures: {csat: {type: rating}, helped: {type: yes/no}}
feedback: {from: check.completed, to: people-ops, ask: Was everything there?}
"""

ALONE = CARE.replace("process: care\ntitle: Care\n", "process: care-alone\ntitle: Care alone\n")
"""The same process for the one test that reads what all its cases say together: no other test has cases of it."""

BARE = """
process: bare
title: Bare
owner: people-ops
fields: {person: text, email: email}
start: {form: [person, email]}
workflows: {check: {use: check-up}, report: {use: report}}
handoffs:
  - {from: start, to: check, carry: {person: person, email: email}}
  - {from: check.completed, to: report, carry: {person: person, grade: grade}}
"""


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as made:
        with made.transaction(SHOP) as tx:
            if tx.definitions.find("care") is None:
                for text in (CHECK, REPORT, CARE, ALONE, BARE):
                    one = read_definition(text)
                    tx.definitions.publish(
                        text, id=one.id, kind=one.kind, title=one.title, by="bo", at=datetime.now(UTC)
                    )
        yield made


@pytest.fixture(scope="module")
def tools(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Tools:
    return Tools.of(store, Settings(data=tmp_path_factory.mktemp("data"), url="https://care.example.org"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("files")


@pytest.fixture(scope="module")
def outside(store: Store, folder: Path) -> Iterator[Visitor]:
    with visitor(store, folder, None) as one:
        yield one


@pytest.fixture(scope="module")
def pia(store: Store, folder: Path) -> Iterator[Visitor]:
    with visitor(store, folder, "pia") as one:
        yield one


def work_off(tools: Tools) -> None:
    """Do every job that waits, those that follow from it too."""
    while True:
        with tools.store.transaction(SHOP) as tx:
            waiting = tx.jobs.list("waiting")
        if not waiting:
            return
        for one in sorted(waiting, key=lambda job: job.seq):
            run_job(tools, SHOP, one.case_id, one.seq)


def begin(
    store: Store, tools: Tools, person: str = "Zoe", email: str = "zoe@example.org", *, process: str = "care"
) -> str:
    case = asked(store, "case.start", by="ana", workflow=process, data={"person": person, "email": email}).id
    work_off(tools)
    return case


def member(store: Store, case: str, name: str) -> Any:
    view = asked(store, "process.case", by="bo", case_id=case)
    return asked(store, "case.get", by="bo", case_id=next(one.case.id for one in view.children if one.member == name))


def link(store: Store, case: str, what: str, letter: str) -> str:
    """The private link in the latest mail of that kind about a case."""
    with store.transaction(SHOP) as tx:
        rows = tx.rows_of(
            "SELECT text FROM mails WHERE organisation = :organisation AND case_id = CAST(:case AS uuid) AND what = :what "
            "ORDER BY created_at DESC", case=case, what=what,
        )  # fmt: skip
    found = re.search(rf"/{letter}/\S+", rows[0][0])
    assert found is not None
    return found.group(0)


def complete(store: Store, task: str, by: str, **values: Any) -> None:
    asked(store, "task.complete", by=by, task_id=task, values=values)


def through_the_check(store: Store, tools: Tools, outside: Visitor, case: str, **values: Any) -> Any:
    """Examined by Pia and signed by the guest, the process waits for what comes after."""
    check = member(store, case, "check")
    complete(store, check.tasks[0].id, "pia", **values)
    work_off(tools)
    path = link(store, check.id, "invitation", "g")
    outside.post(path, {"nonce": nonce_of(outside.get(path)), "outcome": "done"})
    work_off(tools)
    return check


def test_a_survey_is_answered_once_through_its_link_and_counts_for_the_process(
    store: Store, tools: Tools, outside: Visitor, pia: Visitor
) -> None:
    case = begin(store, tools, process="care-alone")
    check = through_the_check(store, tools, outside, case, grade="A")
    assert member(store, case, "check").status == "done", "the case did not wait"
    path = link(store, check.id, "survey", "q")
    before = member(store, case, "check").version
    for _ in range(2):
        page = outside.get(path)
        assert "How did we do?" in plain(page)
        assert "Zoe" not in page and "Examine" not in page
    assert member(store, case, "check").version == before, "looking answered nothing"
    nonce = nonce_of(outside.get(path))
    assert outside.post(path, {"nonce": "wrong", "csat": "4"}).status_code == 409
    assert outside.post(path, {"nonce": nonce, "csat": "9"}).status_code == 422
    assert outside.post(path, {"nonce": nonce}).status_code == 422
    assert "Your answer is there" in plain(outside.post(path, {"nonce": nonce, "csat": "4"}).text)
    outside.post(path, {"nonce": nonce, "csat": "1"})
    assert "Your answer is there" in plain(outside.get(path))
    work_off(tools)
    for view in (member(store, case, "check"), asked(store, "case.get", by="bo", case_id=case)):
        assert next(one for one in view.measures if one.name == "csat").value == 4
    assert "Csat" in plain(pia.get(f"/cases/{check.id}"))
    overview = plain(pia.get("/processes/care-alone"))
    assert "What people say" in overview and "4.0 in 1 case" in overview
    assert "unknown so far" in overview, "nobody has said whether it helped"
    assert outside.web.get("/q/" + "x" * 43).status_code == 404


def test_the_owner_enters_measures_on_the_page_and_others_may_not(
    store: Store, tools: Tools, pia: Visitor, folder: Path
) -> None:
    case = begin(store, tools, "Yan")
    assert "Enter measures" in plain(pia.get(f"/cases/{case}"))
    refused = pia.post(f"/cases/{case}/measures", {"csat": "7", "helped": ""})
    assert refused.status_code == 422 and "at most 5" in plain(refused.text)
    assert "The measures are kept" in plain(pia.post(f"/cases/{case}/measures", {"csat": "", "helped": "yes"}).text)
    known = {one.name: one.value for one in asked(store, "case.get", by="bo", case_id=case).measures}
    assert known == {"csat": None, "helped": True}
    with visitor(store, folder, "ana") as ana:
        assert "Enter measures" not in ana.get(f"/cases/{case}")
        assert "Only" in plain(ana.post(f"/cases/{case}/measures", {"helped": "no"}).text)


def test_feedback_is_answered_by_one_of_the_group_and_counted(
    store: Store, tools: Tools, outside: Visitor, pia: Visitor
) -> None:
    case = begin(store, tools, "Wim")
    through_the_check(store, tools, outside, case, grade="B")
    told = asked(store, "notification.list", by="pat", unread=True).items
    assert any(one.what == "feedback" and one.case.id == case for one in told)
    page = pia.get(f"/cases/{case}")
    assert "Was everything there?" in plain(page)
    found = re.search(rf'action="(/cases/{case}/feedback/\w+)"', page)
    assert found is not None
    assert "Answered" in plain(pia.post(found.group(1), {"good": "no", "text": "The referral was missing."}).text)
    page = plain(pia.get(f"/cases/{case}"))
    assert "The referral was missing." in page and 'name="good"' not in page
    again = pia.post(found.group(1), {"good": "yes"})
    assert again.status_code == 422 and "has answered this already" in plain(again.text)
    summary = asked(store, "measure.summary", by="bo", definition="care").feedback[0]
    assert (summary.question, summary.answered, summary.yes) == ("Was everything there?", 1, 0)
    assert "0% yes" in plain(pia.get("/processes/care"))


def test_what_is_missing_is_typed_where_it_stopped_and_its_source_is_shown(
    store: Store, tools: Tools, outside: Visitor, pia: Visitor
) -> None:
    case = begin(store, tools, "Vera")
    through_the_check(store, tools, outside, case)
    told = asked(store, "notification.list", by="pat", unread=True).items
    assert any(one.what == "incident" and "Grade" in one.text for one in told if one.case.id == case)
    page = pia.get(f"/cases/{case}")
    assert "cannot start without Grade" in plain(page)
    found = re.search(rf'action="(/cases/{case}/incidents/\w+)"', page)
    assert found is not None and 'name="grade"' in page
    refused = pia.post(found.group(1), {"how": "retry", "grade": ""})
    assert refused.status_code == 422 and "still missing" in plain(refused.text)
    pia.post(found.group(1), {"how": "retry", "grade": "C"})
    work_off(tools)
    report = member(store, case, "report")
    sources = {one.name: one.source for one in report.data}
    assert sources == {
        "person": "Care, the start, by Ana Flores",
        "grade": "Care, typed where it was missing, by Pia Roth",
    }
    assert "typed where it was missing, by Pia Roth" in plain(pia.get(f"/cases/{report.id}"))
    assert "Pia Roth gave Report what it lacked: grade" in plain(pia.get(f"/cases/{case}"))


def test_a_carried_value_names_the_step_and_the_person_it_began_with(
    store: Store, tools: Tools, outside: Visitor, pia: Visitor
) -> None:
    case = begin(store, tools, "Uma")
    check = through_the_check(store, tools, outside, case, grade="A")
    report = member(store, case, "report")
    grade = next(one for one in report.data if one.name == "grade")
    assert (grade.source, grade.source_case) == ("Check-up, step Examine, by Pia Roth", check.id)
    assert "from Check-up, step Examine, by Pia Roth" in plain(pia.get(f"/cases/{case}"))


def test_a_paused_process_stands_still_with_its_parts_and_goes_on_with_them(
    store: Store, tools: Tools, pia: Visitor
) -> None:
    case = begin(store, tools, "Tom")
    task = member(store, case, "check").tasks[0].id
    assert pia.post(f"/cases/{case}/pause", {"reason": ""}).status_code == 422
    assert "The case is paused" in plain(pia.post(f"/cases/{case}/pause", {"reason": "a strike"}).text)
    work_off(tools)
    assert "Paused: a strike." in plain(pia.get(f"/cases/{case}"))
    part = member(store, case, "check")
    assert part.paused is not None and part.paused.with_parent and not part.can.resume
    refused = pia.post(f"/tasks/{task}", {"outcome": "done"})
    assert "This case is paused: a strike." in plain(refused.text)
    assert "The case goes on" in plain(pia.post(f"/cases/{case}/resume", {}).text)
    work_off(tools)
    assert member(store, case, "check").paused is None
    complete(store, task, "pia")


def test_a_member_that_has_ended_is_reopened_on_the_page_of_the_process(
    store: Store, tools: Tools, outside: Visitor, pia: Visitor
) -> None:
    case = begin(store, tools, "Sam")
    check = through_the_check(store, tools, outside, case, grade="A")
    complete(store, member(store, case, "report").tasks[0].id, "pat")
    work_off(tools)
    view = asked(store, "case.get", by="pia", case_id=case)
    assert view.status == "done"
    step = f"{check.id}/examine"
    assert (step, "Check-up: Examine") in view.can.reopen_at
    pia.post(f"/cases/{case}/reopen", {"step": step, "reason": "the wrong Sam"})
    work_off(tools)
    assert asked(store, "case.get", by="pia", case_id=case).status == "open"
    assert "Check-up was reopened" in plain(pia.get(f"/cases/{case}"))
    assert asked(store, "case.get", by="pia", case_id=check.id).status == "open"


def test_a_guest_hands_the_task_to_another_outsider_and_the_old_link_dies(
    store: Store, tools: Tools, outside: Visitor
) -> None:
    case = begin(store, tools, "Rosa", "rosa@example.org")
    check = member(store, case, "check")
    complete(store, check.tasks[0].id, "pia", grade="A")
    work_off(tools)
    old = link(store, check.id, "invitation", "g")
    with store.transaction(SHOP) as tx:
        mail = next(one for one in tx.mails.list() if old in one.text)
    assert mail.subject.startswith("Sign · ")
    assert "asks you: Sign\n\nWanted by " in mail.text and "It is good until " in mail.text
    nonce = nonce_of(outside.get(old))
    assert outside.web.get(f"{old}/hand-over").status_code == 405, "looking hands nothing over"
    wrong = outside.post(f"{old}/hand-over", {"nonce": nonce, "to": "nobody"})
    assert wrong.status_code == 422 and "e-mail address" in plain(wrong.text)
    handed = outside.post(f"{old}/hand-over", {"nonce": nonce, "to": "Max@Example.org", "reason": "on leave"})
    assert "does it now" in plain(handed.text)
    assert outside.web.get(old).status_code == 404
    work_off(tools)
    new = link(store, check.id, "invitation", "g")
    assert new != old and "Sign" in plain(outside.get(new))
    links = asked(store, "link.list", by="bo", case_id=check.id)
    assert [(one.guest, one.revoked_at is None) for one in links] == [
        ("max@example.org", True),
        ("rosa@example.org", False),
    ]
    told = [one.sentence for one in member(store, case, "check").timeline]
    assert "rosa@example.org delegated Sign to max@example.org" in told
    outside.post(new, {"nonce": nonce_of(outside.get(new)), "outcome": "done"})
    assert member(store, case, "check").status == "done"


def timers(store: Store, case: str) -> list[tuple[Any, ...]]:
    with store.transaction(SHOP) as tx:
        return tx.rows_of(
            "SELECT activation, timer, at FROM timers WHERE organisation = :organisation AND case_id = CAST(:case AS uuid)",
            case=case,
        )


def test_a_guest_is_reminded_with_a_private_link_that_opens_the_task(
    store: Store, tools: Tools, outside: Visitor
) -> None:
    case = begin(store, tools, "Nora", "nora@example.org")
    check = member(store, case, "check")
    complete(store, check.tasks[0].id, "pia", grade="A")
    work_off(tools)
    ((activation, timer, at),) = timers(store, check.id)
    asked(store, "case.pause", by="pia", case_id=check.id, reason="not now")
    assert timers(store, check.id) == [], "nothing rings while it is paused"
    assert not store.execute(SHOP, check.id, FireTimer(activation=activation, timer=timer), SYSTEM, at=at).events
    asked(store, "case.resume", by="pia", case_id=check.id)
    ((activation, timer, at),) = timers(store, check.id)
    store.execute(SHOP, check.id, FireTimer(activation=activation, timer=timer), SYSTEM, at=at)
    work_off(tools)
    assert "Sign" in plain(outside.get(link(store, check.id, "remind", "g")))


def test_what_the_process_lacks_is_said_on_its_overview(pia: Visitor) -> None:
    assert "What this process lacks" not in plain(pia.get("/processes/care")), "it asks back, and has owners"
    page = pia.get("/processes/bare")
    assert "What this process lacks" in plain(page)
    found = re.search(r'href="(/processes/bare/edit[^"]*)"[^>]*aria-label="Mend it', page)
    assert found is not None
    assert "Bare" in plain(pia.get(found.group(1)))


def test_the_records_bear_all_of_it_out(store: Store) -> None:
    assert verify(store, SHOP).problems == []
