"""The diagnosis of a workflow: too little history is said; with history the figures stand there, each with its data."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from procession.operations import calling
from procession.store.reading import read_definition
from procession.store.store import Store
from tests.support.database import Database
from tests.support.work import SHOP, Visitor, plain, shop, visitor

LINE = """
workflow: line
title: Line
owner: finance
target: 1 business day
fields: {what: text}
start: {form: [what]}
steps:
  - {task: Quick, assign: "person:ana"}
  - {task: Slow, assign: "person:bo", due: 1 hour}
"""


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as made:
        with made.transaction(SHOP) as tx:
            if tx.definitions.find("line") is None:
                one = read_definition(LINE)
                tx.definitions.publish(LINE, id="line", kind="workflow", title=one.title, by="bo", at=datetime.now(UTC))
                fresh = True
            else:
                fresh = False
        if fresh:
            _live(made)
        yield made


def _live(store: Store) -> None:
    """Twenty-four cases over eight weeks that lie at their second step for a day."""
    at = datetime.now(UTC) - timedelta(weeks=9)

    def ask(who: str, operation: str, **values: object) -> object:
        return calling.call(calling.as_person(store, SHOP, who, at=at), operation, dict(values))

    for _ in range(24):
        case = ask("ana", "case.start", workflow="line", data={"what": "x"}).id  # type: ignore[attr-defined]
        at += timedelta(minutes=5)
        ask("ana", "task.complete", task_id=f"{case}.a1")
        at += timedelta(days=1)
        ask("bo", "task.complete", task_id=f"{case}.a2")
        at += timedelta(days=1)


@pytest.fixture
def bo(store: Store, tmp_path: Path) -> Iterator[Visitor]:
    with visitor(store, tmp_path) as somebody:
        yield somebody.be("bo")


def test_too_little_history_says_what_comes_when(bo: Visitor) -> None:
    page = plain(bo.web.get("/workflows/purchase-approval/diagnosis").text)
    assert "Too little history" in page and "0 cases finished so far" in page


def test_with_history_everything_stands_there_with_its_data(bo: Visitor) -> None:
    answer = bo.web.get("/workflows/line/diagnosis?weeks=13")
    page = plain(answer.text)
    assert "Time to finish (median)" in page and "Work share of total time" in page
    assert "Slow loses" in page and "Where the time is lost" in page
    assert answer.text.count("<svg") > 5 and answer.text.count("Show data") >= 3
    assert "nights and weekends" in page and "The parts add up to the whole time" in page
    assert 'href="/workflows/line#step-slow"' in answer.text


def test_what_is_wasted_stands_on_a_page_of_its_own(bo: Visitor) -> None:
    assert "What is wasted" in plain(bo.web.get("/workflows/line/diagnosis").text)
    page = bo.web.get("/workflows/line/waste")
    assert page.status_code == 200 and "looked at" in plain(page.text)
    assert "Too little history" in plain(bo.web.get("/workflows/purchase-approval/waste").text)
    assert bo.web.get("/workflows/nothing/waste").status_code == 404


def test_a_span_that_is_not_offered_falls_back_to_half_a_year(bo: Visitor) -> None:
    page = bo.web.get("/workflows/line/diagnosis?weeks=99999")
    assert page.status_code == 200 and "Half a year" in plain(page.text)
    assert bo.web.get("/workflows/nothing/diagnosis").status_code == 404
