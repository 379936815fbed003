"""What to fix first, a step that drives somebody crazy, and the page before automating."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from procession.store.store import Store
from tests.support.database import Database
from tests.support.work import Visitor, asked, plain, shop, task_in, visitor


@pytest.fixture
def store(clean_database: Database) -> Iterator[Store]:
    with shop(clean_database.app_url) as made:
        yield made


@pytest.fixture
def bo(store: Store, tmp_path: Path) -> Iterator[Visitor]:
    with visitor(store, tmp_path) as somebody:
        yield somebody.be("bo")


def test_without_history_it_says_what_is_missing(bo: Visitor) -> None:
    page = plain(bo.web.get("/fix-first").text)
    assert "needs 10 finished cases" in page and "Too few finished cases:" in page


def test_a_step_that_drives_crazy_is_one_click_on_its_task(bo: Visitor, store: Store) -> None:
    data = {"item": "chair", "amount": "600", "cost_centre": "shop"}
    form = {one.name for one in asked(store, "start.get", by="ana", workflow="purchase-approval").form}
    case = asked(
        store, "case.start", by="ana", workflow="purchase-approval", data={k: v for k, v in data.items() if k in form}
    )
    task = task_in(store, case.id)
    assert "This step drives me crazy" in plain(bo.web.get(f"/tasks/{task}").text)
    assert "it counts once a week" in plain(bo.web.post(f"/tasks/{task}/report").text)


def test_before_automating_a_step_the_page_says_what_is_not_known_yet(bo: Visitor) -> None:
    workflow = plain(bo.web.get("/workflows/purchase-approval").text)
    assert "Before automating it" in workflow
    page = plain(bo.web.get("/workflows/purchase-approval/steps/sign-off-the-purchase/readiness").text)
    assert "Not ready" in page and "20 are needed to know it" in page
    assert bo.web.get("/workflows/purchase-approval/steps/nothing/readiness").status_code == 404
