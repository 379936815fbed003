"""The page of a workflow whose cases start by themselves says when, and how the latest start went."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from procession.jobs.schedules import start_due
from tests.support.database import Database
from tests.support.work import SHOP, plain, shop, visitor

WEEKLY = """
workflow: weekly
title: Weekly report
owner: people-ops
start: {by: nobody, schedule: "Monday 09:00"}
steps: [{task: Write it, assign: "group:people-ops"}]
"""


def test_the_page_says_when_the_next_case_starts(clean_database: Database, tmp_path: Path) -> None:
    now = datetime.now(UTC)
    with shop(clean_database.app_url) as store, visitor(store, tmp_path) as at:
        with store.transaction(SHOP) as tx:
            tx.definitions.publish(WEEKLY, id="weekly", kind="workflow", title="Weekly report", by="bo", at=now)
        page = plain(at.be("bo").get("/workflows/weekly"))
        assert "every Monday 09:00" in page and "next:" in page and "latest:" not in page
        start_due(store, now)
        start_due(store, now + timedelta(days=7))
        page = plain(at.get("/workflows/weekly"))
        assert "latest:" in page
