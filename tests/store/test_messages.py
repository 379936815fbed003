"""A message meets its wait exactly once, whichever comes first."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

from procession.engine.commands import StartCase
from procession.store.listening import Announcement
from procession.store.store import Store
from procession.store.verify import verify
from tests.support.database import Database
from tests.support.office import ANA, AT, OFFICE, WAITER, publish, start


def send(store: Store, key: str, text: str = "t") -> object:
    return store.send_message(OFFICE, "paid", key, {"text": text}, actor=ANA)


def test_a_message_goes_to_the_oldest_wait_once(store: Store) -> None:
    first, second = (start(store, "waiter", order="o1").case for _ in range(2))
    taken = store.send_message(OFFICE, "paid", "o1", {"text": "hello"}, actor=ANA)
    assert taken is not None
    assert (taken.case.id, taken.case.status, taken.case.data["text"]) == (first.id, "done", "hello")
    with store.transaction(OFFICE) as tx:
        assert tx.cases.get(second.id).status == "open"


def test_a_message_that_came_early_is_kept_and_taken_by_the_first_wait(store: Store) -> None:
    assert send(store, "o1", "early") is None
    with store.transaction(OFFICE) as tx:
        assert len(tx.messages.kept(AT + timedelta(days=400))) == 0
        (kept,) = tx.messages.kept(tx.run("SELECT now()").scalar())  # type: ignore[arg-type]
        assert (kept.name, kept.key, kept.data) == ("paid", "o1", {"text": "early"})
    assert start(store, "waiter", order="o1").case.data["text"] == "early"
    assert start(store, "waiter", order="o1").case.status == "open"


def test_a_kept_message_is_forgotten_after_its_time(store: Store) -> None:
    store.send_message(OFFICE, "paid", "o1", {"text": "t"}, actor=ANA, at=AT)
    assert start(store, "waiter", order="o1").case.status == "open"
    with store.transaction(OFFICE) as tx:
        assert tx.messages.forget_old(AT + timedelta(days=8)) == 1


def test_a_message_is_kept_as_long_as_the_most_patient_wait_for_it(store: Store) -> None:
    patient = WAITER.replace("workflow: waiter", "workflow: patient").replace(
        "match: order", "match: order\n    keep: 30 days"
    )
    publish(store, patient)
    store.send_message(OFFICE, "paid", "o1", {"text": "t"}, actor=ANA, at=AT)
    later = AT + timedelta(days=29)
    command = StartCase(data={"order": "o1"})
    assert store.start(OFFICE, "waiter", command, ANA, at=later).case.status == "open", "it keeps seven days"
    with store.transaction(OFFICE) as tx:
        assert tx.messages.forget_old(later) == 0
    assert store.start(OFFICE, "patient", command, ANA, at=later).case.data["text"] == "t"
    store.send_message(OFFICE, "paid", "o2", {"text": "t"}, actor=ANA, at=AT)
    with store.transaction(OFFICE) as tx:
        assert tx.messages.forget_old(AT + timedelta(days=31)) >= 1


def test_messages_and_waits_that_cross_each_other_all_meet(store: Store) -> None:
    """Forty waits and forty messages at once, same key: in the end nobody waits and nothing is kept."""
    barrier = threading.Barrier(16)

    def client(number: int) -> None:
        barrier.wait()
        for _ in range(5):
            if number % 2:
                send(store, "same")
            else:
                start(store, "waiter", order="same")

    with ThreadPoolExecutor(16) as threads:
        list(threads.map(client, range(16)))
    with store.transaction(OFFICE) as tx:
        assert tx.run("SELECT count(*) FROM waits WHERE organisation = :organisation").scalar() == 0
        assert (
            tx.run("SELECT count(*) FROM messages WHERE organisation = :organisation AND taken_at IS NULL").scalar()
            == 0
        )
        assert {row.status for row in tx.cases.list(limit=100)} == {"done"}
    assert verify(store, OFFICE).problems == []


def test_commits_are_announced_to_every_process(store: Store, clean_database: Database) -> None:
    async def scenario() -> Announcement:
        news = store.listen()
        assert await asyncio.wait_for(anext(news), 5) is None, "from here on nothing is missed"
        with Store(clean_database.app_url) as other:
            case = await asyncio.to_thread(lambda: start(other, "shared", item="x").case)
        heard = await asyncio.wait_for(anext(news), 5)
        await news.aclose()  # type: ignore[attr-defined]
        assert heard is not None and heard.case_id == case.id
        return heard

    with ThreadPoolExecutor(1) as thread:  # a browser test in this process may have left its event loop running
        heard: Announcement = thread.submit(asyncio.run, scenario()).result()
    assert heard.organisation == OFFICE
    assert {"case", "task", "timer"} <= set(heard.kinds)
