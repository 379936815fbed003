"""Inbox, tasks, starting and cases, as they come over HTTP without any script."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from procession.store.store import Store
from tests.support.database import Database
from tests.support.work import SHOP, Visitor, asked, plain, shop, task_in, visitor


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as made:
        yield made


@pytest.fixture(scope="module")
def at(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with visitor(store, tmp_path_factory.mktemp("files")) as one:
        yield one


def test_a_purchase_is_started_signed_and_explained(store: Store, at: Visitor) -> None:
    case = at.be("ana").start("purchase-approval", item="Standing desk", amount="640", reason="Back pain")
    assert "Sign off the purchase" not in plain(at.get("/inbox"))
    at.be("dana")
    assert "Standing desk for Ana Flores" in plain(at.get("/inbox"))
    task = task_in(store, case)
    page = plain(at.get(f"/inbox?task={task}"))
    assert "Back pain" in page and "640.00 USD" in page and "whether the price is in the range" in page
    assert "Sign off the purchase is done" in plain(at.post(f"/tasks/{task}", {"outcome": "approve"}).text)
    told = plain(at.get(f"/cases/{case}"))
    assert "Dana Kim" in told and "approve" in told
    assert "Dana Kim finished this task: approve." in plain(at.get(f"/tasks/{task}"))


def test_a_skipped_step_says_why(at: Visitor) -> None:
    case = at.be("ana").start("purchase-approval", item="Mouse", amount="20")
    page = plain(at.get(f"/cases/{case}"))
    assert re.search(r"Sign off the purchase Skipped: .*level", page), page


def test_a_refused_start_keeps_what_was_typed(store: Store, at: Visitor) -> None:
    before = asked(store, "case.count").open
    answer = at.be("ana").post("/start/purchase-approval", {"item": "Chair", "amount": "a lot", "reason": "Sitting"})
    assert answer.status_code == 422
    assert 'value="Chair"' in answer.text and 'value="a lot"' in answer.text and "Sitting" in answer.text
    assert 'aria-invalid="true"' in answer.text and "Nothing was lost" in answer.text
    assert asked(store, "case.count").open == before


def test_the_same_form_sent_twice_starts_one_case(store: Store, at: Visitor) -> None:
    key = re.search(r'name="idempotency_key" value="([^"]+)"', at.be("ana").get("/start/purchase-approval"))
    assert key is not None
    sent = {"item": "Twice", "amount": "700", "idempotency_key": key.group(1)}
    first, again = at.post("/start/purchase-approval", sent), at.post("/start/purchase-approval", sent)
    assert first.url == again.url
    other = at.post("/start/purchase-approval", {**sent, "item": "Changed and sent again"})
    assert other.status_code == 200 and other.url != first.url
    assert len(asked(store, "case.list", text="Twice for").items) == 1


def test_a_draft_survives_and_is_its_writers_own(store: Store, at: Visitor) -> None:
    case = at.be("ana").start("order", what="Paper")
    task = task_in(store, case)
    at.be("pia").post(f"/tasks/{task}/claim")
    kept = at.post(f"/tasks/{task}", {"note": "half a thought"}, headers={"X-Draft": "1"})
    assert kept.status_code == 204
    page = at.get(f"/tasks/{task}")
    assert "half a thought" in page and "Draft saved" in plain(page)
    assert "half a thought" not in at.be("pat").get(f"/tasks/{task}")


def test_a_task_is_claimed_released_handed_over_and_given_back(store: Store, at: Visitor) -> None:
    task = task_in(store, at.be("ana").start("order", what="Ink"))
    assert "Order of Ink" in plain(at.be("pat").get("/inbox?view=team"))
    assert "The task is yours" in plain(at.post(f"/tasks/{task}/claim").text)
    taken = at.be("pia").post(f"/tasks/{task}/claim")
    assert taken.status_code == 422 and "Nothing was lost" not in taken.text
    assert "Others can take the task again" in plain(at.be("pat").post(f"/tasks/{task}/release").text)
    at.post(f"/tasks/{task}/claim")
    assert "Handed over" in plain(at.post(f"/tasks/{task}/delegate", {"to": "dirk", "reason": "You know it"}).text)
    assert "Order of Ink" in plain(at.be("dirk").get("/inbox"))
    assert "Reassigned" in plain(at.be("bo").post(f"/tasks/{task}/reassign", {"to": "pia"}).text)
    assert "Order of Ink" in plain(at.be("pia").get("/inbox"))


def test_due_dates_skipping_and_sending_back(store: Store, at: Visitor) -> None:
    case = at.be("ana").start("order", what="Glue")
    task = task_in(store, case)
    at.be("bo").post(f"/tasks/{task}/due", {"due_at": "2031-05-06T10:00", "reason": "They are slow"})
    assert asked(store, "task.get", task_id=task).row.due_at.isoformat().startswith("2031-05-06T10:00")
    refused = at.post(f"/tasks/{task}/skip", {"reason": ""})
    assert refused.status_code == 422 and task_in(store, case) == task
    at.post(f"/tasks/{task}/skip", {"reason": "Weighed before"})
    assert "Skipped: Weighed before" in plain(at.get(f"/cases/{case}"))
    second = task_in(store, case)
    at.post(f"/tasks/{second}/send-back", {"to": "weigh-it", "reason": "Weigh it after all"})
    third = task_in(store, case)
    assert third not in (task, second)
    assert "Weigh it after all" in plain(at.get(f"/tasks/{third}"))


def test_dialogs_open_from_an_address_for_those_without_scripts(store: Store, at: Visitor) -> None:
    case = at.be("ana").start("order", what="Tape")
    page = at.be("bo").get(f"/tasks/{task_in(store, case)}?do=skip")
    assert re.search(r'<dialog class="dialog" id="skip"[^>]* open>', page)
    assert len(re.findall(r"<dialog[^>]* open>", page)) == 1
    assert re.search(r'<dialog class="dialog" id="cancel"[^>]* open>', at.get(f"/cases/{case}?do=cancel"))


def test_rows_of_a_table_without_scripts(at: Visitor) -> None:
    row = {"what": "Box", "lines.0.item": "cardboard", "lines.0.price": "2"}
    more = at.be("ana").post("/start/order", {**row, "_add_row": "lines"})
    assert more.status_code == 200 and 'name="lines.1.item"' in more.text and 'value="cardboard"' in more.text
    case = at.start("order", **row, **{"lines.1.item": "tape", "lines.1.price": "3.50"})
    page = plain(at.get(f"/cases/{case}"))
    assert "cardboard" in page and "tape" in page


def test_files_are_kept_shown_and_only_ever_downloaded(store: Store, at: Visitor) -> None:
    offer = ("näher <b>.html", b"<script>alert(1)</script>", "text/html")
    answer = at.be("ana").post("/start/order", {"what": "Shelf"}, files={"offer": offer})
    link = re.search(r'href="(/files/[0-9a-f-]+)"', answer.text)
    assert link is not None, plain(answer.text)
    for person in ("ana", "pat"):
        found = at.be(person).web.get(link.group(1))
        assert found.content == offer[1]
        assert found.headers["content-disposition"].startswith("attachment;")
        assert "n%C3%A4her" in found.headers["content-disposition"]
        assert found.headers["x-content-type-options"] == "nosniff"
    assert at.web.get("/files/00000000-0000-0000-0000-000000000000").status_code == 404


def test_a_refused_form_keeps_the_file_that_came_with_it(at: Visitor) -> None:
    refused = at.be("ana").post(
        "/start/order", {"what": ""}, files={"offer": ("offer.pdf", b"%PDF", "application/pdf")}
    )
    kept = re.search(r'name="offer.kept" value="([^"]+)"', refused.text)
    assert refused.status_code == 422 and kept is not None and "offer.pdf" in refused.text
    sent = at.post("/start/order", {"what": "Lamp", "offer.kept": kept.group(1)})
    assert "offer.pdf" in plain(sent.text)
    stolen = at.be("pat").post("/start/order", {"what": "Theft", "offer.kept": kept.group(1)})
    assert "offer.pdf" not in plain(stolen.text)


def test_lists_say_everything_in_their_address(store: Store, at: Visitor) -> None:
    at.be("ana").start("order", what="Alpha")
    at.start("purchase-approval", item="Beta", amount="900")
    tracker = plain(at.be("bo").get("/cases?workflow=order"))
    assert "Order of Alpha" in tracker and "Beta for" not in tracker
    assert "Beta for" in plain(at.get("/cases?person=dana")) and "Order of Alpha" not in plain(
        at.get("/cases?person=dana")
    )
    assert "No case fits these filters" in plain(at.get("/cases?text=nothing-like-it"))
    assert "Order of Alpha" in plain(at.be("pat").get("/inbox?view=team&text=Alpha"))
    assert "No task fits these filters" in plain(at.get("/inbox?view=team&due=overdue"))
    assert "Beta for" in plain(at.be("ana").get("/inbox?view=watching"))


UNDONE = """
workflow: undone
title: Undone
owner: people-ops
steps: [{task: Begin, assign: "group:people-ops"}]
on cancel: [{task: Clean up, assign: "group:people-ops"}]
"""


def test_a_cancellation_with_a_clean_up_says_why_from_beginning_to_end(store: Store, at: Visitor) -> None:
    with store.transaction(SHOP) as tx:
        tx.definitions.publish(UNDONE, id="undone", kind="workflow", title="Undone", by="bo", at=datetime.now(UTC))
    case = at.be("pia").start("undone")
    at.be("bo").post(f"/cases/{case}/cancel", {"reason": "The customer left"})
    page = plain(at.get(f"/cases/{case}"))
    assert "Being cancelled, its clean-up runs: The customer left" in page and "Comments" in page
    (task,) = asked(store, "case.get", case_id=case).tasks
    at.be("pia").post(f"/tasks/{task.id}", {"outcome": "done"})
    page = plain(at.get(f"/cases/{case}"))
    assert "Cancelled: The customer left" in page
    assert "Bo Lind cancelled the case: The customer left" in page


def test_owners_correct_cancel_and_reopen(store: Store, at: Visitor) -> None:
    case = at.be("ana").start("order", what="Wrong")
    version = asked(store, "case.get", case_id=case).version
    good = {"what": "Right", "reason": "Typing error", "version": str(version)}
    assert "Right" in plain(at.be("bo").post(f"/cases/{case}/data", good).text)
    stale = at.post(f"/cases/{case}/data", {**good, "what": "Stale"})
    assert stale.status_code == 422 and "changed since you looked" in stale.text and 'value="Stale"' in stale.text
    assert at.be("ana").post(f"/cases/{case}/cancel", {"reason": "No"}).status_code == 422
    at.be("bo").post(f"/cases/{case}/cancel", {"reason": "Not wanted any more"})
    page = plain(at.get(f"/cases/{case}"))
    assert "cancelled" in page and "Cancelled: Not wanted any more" in page
    at.post(f"/cases/{case}/reopen", {"step": "weigh-it", "reason": "Wanted after all"})
    assert asked(store, "case.get", case_id=case).status == "open"


def test_what_stops_a_case_is_said_and_passed_over(store: Store, at: Visitor) -> None:
    case = at.be("ana").start("stopped", what="it")
    page = at.be("bo").get(f"/cases/{case}")
    assert "Try again" in page and "people-ops" in plain(page)
    incident = re.search(rf"/cases/{case}/incidents/([^\"]+)", page)
    assert incident is not None
    assert "Stopped it" in plain(at.get("/admin/incidents"))
    still = at.post(f"/cases/{case}/incidents/{incident.group(1)}", {"how": "retry"})
    assert still.status_code == 422 and "Still nobody can take" in plain(still.text)
    at.post(f"/cases/{case}/incidents/{incident.group(1)}", {"how": "skip", "reason": "Nobody is needed"})
    assert [one.title for one in asked(store, "case.get", case_id=case).tasks] == ["Afterwards"]


def test_comments_stand_on_the_case_and_are_harmless(at: Visitor) -> None:
    case = at.be("ana").start("order", what="Pens")
    page = at.post(f"/cases/{case}/comment", {"text": "**Blue** <script>alert(1)</script>"}).text
    assert "<strong>Blue</strong>" in page and "<script>alert" not in page


def test_the_history_is_whole_sound_and_exported(at: Visitor) -> None:
    case = at.be("ana").start("order", what="=SUM(A1)")
    page = plain(at.get(f"/cases/{case}/history"))
    assert "carries the hash of the one before" in page and "CaseStarted" in page
    events = json.loads(at.web.get(f"/cases/{case}/history?format=json").content)
    assert events[0]["type"] == "CaseStarted"
    answer = at.web.get(f"/cases/{case}/history?format=csv")
    assert answer.headers["content-disposition"].startswith("attachment;")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert len(rows) == len(events) + 1 and not any(cell.startswith("=") for row in rows for cell in row)


def test_what_is_not_there_is_a_page_that_helps(at: Visitor) -> None:
    for path in ("/cases/nothing", "/tasks/nothing.a1", "/start/nothing", "/nowhere"):
        answer = at.be("ana").web.get(path)
        assert answer.status_code == 404 and "Go to the start page" in answer.text, path


def test_news_reach_those_whom_they_concern(store: Store, at: Visitor, tmp_path: Path) -> None:
    case = at.be("ana").start("order", what="News")
    at.be("pia")
    with at.web.stream("GET", f"/events?topics=case:{case}") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        lines = stream.iter_lines()
        assert next(lines).startswith(":")
        asked(store, "case.comment", by="ana", case_id=case, text="Hello")
        assert next(line for line in lines if line and not line.startswith(":")) == "event: changed"
    assert at.web.get("/events?topics=case:unknown").status_code == 404
