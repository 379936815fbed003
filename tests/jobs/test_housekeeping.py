"""What is no longer needed is forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from procession.jobs.housekeeping import tidy
from procession.store.rate_limits import Allowance
from procession.store.store import Store
from tests.support.database import Database
from tests.support.office import AT, OFFICE, complete, office, only_task, start


@pytest.fixture
def store(clean_database: Database) -> Iterator[Store]:
    with office(clean_database.app_url) as opened:
        yield opened


def test_drafts_of_closed_tasks_are_forgotten_and_others_kept(store: Store) -> None:
    done, going = (start(store, "five", item="x").case for _ in range(2))
    drafts = [only_task(done), only_task(going)]
    with store.transaction(OFFICE) as tx:
        for task in drafts:
            tx.drafts.save(task, "ana", {"note": "half a thought"}, AT)
    complete(store, done)
    tidy(store)
    with store.transaction(OFFICE) as tx:
        assert [tx.drafts.get(task, "ana") for task in drafts] == [None, {"note": "half a thought"}]


def test_full_buckets_are_forgotten(store: Store) -> None:
    allowance = Allowance(2, timedelta(minutes=10))
    with store.transaction(OFFICE) as tx:
        assert [tx.rate_limits.take("door", "x", allowance, AT) for _ in range(3)] == [True, True, False]
    tidy(store, AT + timedelta(days=2))
    with store.transaction(OFFICE) as tx:
        assert tx.run("SELECT count(*) FROM rate_limits").scalar() == 0
