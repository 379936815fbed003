"""Machine work, from the event that asks for it to its result in the case, with a real worker and real servers."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from procession.engine.commands import CancelCase, FailJob, FinishJob, RetryIncident
from procession.engine.moment import SYSTEM
from procession.engine.rejections import Conflict
from procession.jobs.rescue import rescue
from procession.jobs.running import run_job
from procession.jobs.timers import claim_due, fire_due
from procession.jobs.work import Tools
from procession.jobs.worker import Worker
from procession.settings import Settings
from procession.store.store import Store
from procession.store.verify import verify
from tests.support.database import Database
from tests.support.office import ANA, OFFICE, complete, office, publish, start
from tests.support.servers import mail_server, web_server

JSON = {"content-type": "application/json"}


def caller(url: str, extra: str = "") -> str:
    return f"""
workflow: caller
title: Calls another system
fields: {{item: text, number: {{type: number, required: false}}}}
start: {{form: [item]}}
steps:
  - automate: Order it
    do: http
    with: {{method: POST, url: "{url}/orders", json: {{item: "{{item}}"}}}}
    take: {{number: result.body.number}}
    {extra}
"""


@pytest.fixture
def store(clean_database: Database) -> Iterator[Store]:
    with office(clean_database.app_url) as opened:
        yield opened


def settings(tmp_path: Path, smtp: str | None = None) -> Settings:
    return Settings(data=tmp_path, allow_hosts=("127.0.0.1",), smtp_url=smtp, url="https://procession.example.org")


@contextmanager
def working(store: Store, made: Settings) -> Iterator[Worker]:
    worker = Worker(store, made, poll=0.1, rescue_after=1.5)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def eventually(check: Callable[[], bool], patience: float = 15.0) -> None:
    """Wait for what a worker does."""
    deadline = time.monotonic() + patience
    while not check():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.05)


def status(store: Store, case_id: str) -> str:
    with store.transaction(OFFICE) as tx:
        return tx.cases.get(case_id).status


def events(store: Store, case_id: str) -> list[str]:
    with store.transaction(OFFICE) as tx:
        return [row.type for row in tx.events.of_case(case_id)]


def test_a_call_is_made_and_its_result_taken(store: Store, tmp_path: Path) -> None:
    with web_server(lambda _: (201, JSON, b'{"number": 0.30}')) as web, working(store, settings(tmp_path)):
        publish(store, caller(web.url))
        case = start(store, "caller", item="mouse").case
        eventually(lambda: status(store, case.id) == "done")
    with store.transaction(OFFICE) as tx:
        assert tx.cases.get(case.id).data["number"] in ("0.3", "0.30")
        (job,) = tx.jobs.of_case(case.id)
    assert (job.status, job.kind) == ("done", "http")
    (asked,) = web.asked
    assert json.loads(asked.body) == {"item": "mouse"}
    assert asked.headers["idempotency-key"] == job.id == f"{case.id}.a1"


def test_a_call_that_fails_is_tried_again_with_the_same_key(store: Store, tmp_path: Path) -> None:
    answers = iter([(503, {}, b""), (200, JSON, b'{"number": 1}')])
    with web_server(lambda _: next(answers)) as web:
        publish(store, caller(web.url))
        case = start(store, "caller", item="x").case
        tools = Tools.of(store, settings(tmp_path))
        run_job(tools, OFFICE, case.id, 3)
        with store.transaction(OFFICE) as tx:
            first, second = tx.jobs.of_case(case.id)
        assert (first.status, second.status, second.attempt) == ("failed", "waiting", 2)
        assert timedelta(seconds=7) < second.after - second.requested_at < timedelta(seconds=13)
        run_job(tools, OFFICE, case.id, second.seq)
    assert status(store, case.id) == "done"
    assert len({asked.headers["idempotency-key"] for asked in web.asked}) == 1


def test_a_call_that_cannot_succeed_becomes_an_incident_that_can_be_retried(store: Store, tmp_path: Path) -> None:
    answers = iter([(404, {}, b"no such order"), (200, JSON, b'{"number": 1}')])
    with web_server(lambda _: next(answers)) as web, working(store, settings(tmp_path)):
        publish(store, caller(web.url))
        case = start(store, "caller", item="x").case

        def incidents() -> int:
            with store.transaction(OFFICE) as tx:
                return tx.incidents.count_open()

        eventually(lambda: incidents() == 1)
        with store.transaction(OFFICE) as tx:
            (incident,) = tx.incidents.open()
            assert "404" in incident.sentence
            assert tx.cases.row(case.id).incidents == 1
        store.execute(OFFICE, case.id, RetryIncident(incident=incident.incident), SYSTEM)
        eventually(lambda: status(store, case.id) == "done")
    assert verify(store, OFFICE).problems == []


def test_a_private_address_is_refused_unless_the_administrator_allows_it(store: Store, tmp_path: Path) -> None:
    with web_server(lambda _: (200, JSON, b"{}")) as web:
        publish(store, caller(web.url))
        case = start(store, "caller", item="x").case
        run_job(Tools.of(store, Settings(data=tmp_path)), OFFICE, case.id, 3)
    assert web.asked == []
    with store.transaction(OFFICE) as tx:
        assert "PROCESSION_ALLOW_HOSTS" in tx.incidents.open()[0].sentence


def test_a_result_that_comes_too_late_changes_nothing_and_says_so(store: Store, tmp_path: Path) -> None:
    """The case was cancelled while the other system was thinking."""
    holder: dict[str, str] = {}

    def answer(_: object) -> tuple[int, dict[str, str], bytes]:
        store.execute(OFFICE, holder["case"], CancelCase(reason="x"), ANA)
        return 200, JSON, b'{"number": 1}'

    with web_server(answer) as web:
        publish(store, caller(web.url))
        holder["case"] = start(store, "caller", item="x").case.id
        run_job(Tools.of(store, settings(tmp_path)), OFFICE, holder["case"], 3)
    assert status(store, holder["case"]) == "cancelled"
    with store.transaction(OFFICE) as tx:
        assert tx.jobs.of_case(holder["case"])[0].status == "moot"
    assert verify(store, OFFICE).problems == []


def test_results_of_old_attempts_and_second_results_are_ignored(store: Store) -> None:
    publish(store, caller("http://127.0.0.1:1"))
    case = start(store, "caller", item="x").case
    fail = FailJob(activation="a1", attempt=1, error="e")
    assert store.execute(OFFICE, case.id, fail, SYSTEM).events
    assert not store.execute(OFFICE, case.id, fail, SYSTEM).events
    assert not store.execute(OFFICE, case.id, FinishJob(activation="a1", attempt=1, result=None), SYSTEM).events
    done = FinishJob(activation="a1", attempt=2, result={"body": {"number": {"$number": "1"}}})
    assert store.execute(OFFICE, case.id, done, SYSTEM).events
    assert events(store, case.id).count("JobSucceeded") == 1


def test_a_kind_of_job_that_nobody_knows_is_an_incident(store: Store, tmp_path: Path) -> None:
    publish(store, caller("http://x").replace("do: http", "do: teleport"))
    case = start(store, "caller", item="x").case
    run_job(Tools.of(store, settings(tmp_path)), OFFICE, case.id, 3)
    with store.transaction(OFFICE) as tx:
        assert "teleport" in tx.incidents.open()[0].sentence


MAIL = """
workflow: mailer
title: Writes
fields: {item: text}
start: {form: [item]}
steps:
  - {email: News, to: [starter, bob@example.com], subject: "About {item}", text: "Hello {item}"}
"""


def test_a_mail_goes_out_once_to_each_address(store: Store, tmp_path: Path) -> None:
    with mail_server() as post, working(store, settings(tmp_path, post.url)):
        publish(store, MAIL)
        case = start(store, "mailer", item="mice").case
        eventually(lambda: status(store, case.id) == "done")
    assert sorted(str(mail["To"]) for mail in post.mails) == ["ana@example.org", "bob@example.com"]
    assert {str(mail["Subject"]) for mail in post.mails} == {"About mice"}
    with store.transaction(OFFICE) as tx:
        assert {mail.status for mail in tx.mails.of_case(case.id)} == {"sent"}


def test_without_a_mail_server_mails_are_kept_for_the_outbox_page(store: Store, tmp_path: Path) -> None:
    publish(store, MAIL)
    case = start(store, "mailer", item="x").case
    run_job(Tools.of(store, settings(tmp_path)), OFFICE, case.id, 3)
    assert status(store, case.id) == "done"
    with store.transaction(OFFICE) as tx:
        assert [(mail.status, mail.subject) for mail in tx.mails.list()] == [("kept", "About x")] * 2


def test_a_repeat_sends_only_the_mails_that_have_not_gone_out(store: Store, tmp_path: Path) -> None:
    publish(store, MAIL)
    with mail_server() as post:
        case = start(store, "mailer", item="x").case
        tools = Tools.of(store, settings(tmp_path, post.url))
        post.refuse = "451 later"
        run_job(tools, OFFICE, case.id, 3)
        post.refuse = None
        with store.transaction(OFFICE) as tx:
            second = tx.jobs.of_case(case.id)[-1]
        run_job(tools, OFFICE, case.id, second.seq)
        run_job(tools, OFFICE, case.id, second.seq)
        assert len(post.mails) == 2
    assert status(store, case.id) == "done"


def test_people_are_told_in_their_inbox_and_by_mail(store: Store, tmp_path: Path) -> None:
    with mail_server() as post, working(store, settings(tmp_path, post.url)):
        case = start(store, "shared", item="x").case
        with store.transaction(OFFICE) as tx:
            (rings,) = tx.run("SELECT min(at) FROM timers WHERE organisation = :organisation").one()
        fire_due(store, rings + timedelta(seconds=1))
        eventually(lambda: len(post.mails) == 2)
    assert {str(mail["To"]) for mail in post.mails} == {"ana@example.org", "bo@example.org"}
    body = post.mails[0].get_body()
    assert body is not None
    assert f"https://procession.example.org/tasks/{case.id}.a1" in body.get_content()
    with store.transaction(OFFICE) as tx:
        assert tx.notifications.unread("bo") == 1
        assert [one.what for one in tx.notifications.of("bo", unread=True)] == ["remind"]
        tx.notifications.mark_read("bo", datetime.now(UTC))
        assert tx.notifications.unread("bo") == 0


GUEST = """
workflow: asks
title: Asks an outsider
fields: {mail: email}
start: {form: [mail]}
steps:
  - {task: Tell us, assign: "guest:{mail}"}
"""


def test_a_guest_gets_a_private_link(store: Store, tmp_path: Path) -> None:
    with mail_server() as post, working(store, settings(tmp_path, post.url)):
        publish(store, GUEST)
        case = start(store, "asks", mail="gus@example.com").case
        eventually(lambda: len(post.mails) == 1)
    body = post.mails[0].get_body()
    assert body is not None
    token = body.get_content().split("/g/")[1].split()[0]
    with store.transaction(OFFICE) as tx:
        link = tx.guest_links.find(token, "task", datetime.now(UTC))
        assert link is not None
        assert (link.case_id, link.activation, link.guest) == (case.id, "a1", "guest:gus@example.com")


def test_a_child_starts_once_and_its_end_is_heard_once(store: Store, tmp_path: Path) -> None:
    tools = Tools.of(store, settings(tmp_path))
    parent = start(store, "parent", item="x").case
    for _ in range(3):  # a worker that dies before it can say so is followed by another
        run_job(tools, OFFICE, parent.id, 3)
        with store.transaction(OFFICE) as tx:
            tx.run("UPDATE jobs SET status = 'waiting' WHERE organisation = :organisation AND kind = 'start_child'")
    with store.transaction(OFFICE) as tx:
        (child,) = tx.cases.children(parent.id)
        case = tx.cases.get(child.id)
    assert (child.parent_activation, child.starter) == ("a1", "ana")
    case = complete(store, case, note="from the child").case
    for _ in range(4):
        case = complete(store, case).case
    with store.transaction(OFFICE) as tx:
        (job,) = [job for job in tx.jobs.of_case(case.id) if job.kind == "tell_parent"]
    for _ in range(2):
        run_job(tools, OFFICE, case.id, job.seq)
        with store.transaction(OFFICE) as tx:
            tx.run("UPDATE jobs SET status = 'waiting' WHERE organisation = :organisation AND kind = 'tell_parent'")
    with store.transaction(OFFICE) as tx:
        after = tx.cases.get(parent.id)
    assert (after.status, after.data["note"]) == ("done", "from the child")
    assert events(store, parent.id).count("StepFinished") == 1


def test_a_child_that_cannot_start_is_its_parents_incident(store: Store, tmp_path: Path) -> None:
    with store.transaction(OFFICE) as tx:
        tx.definitions.retire("five")
    parent = start(store, "parent", item="x").case
    run_job(Tools.of(store, settings(tmp_path)), OFFICE, parent.id, 3)
    with store.transaction(OFFICE) as tx:
        assert tx.incidents.open()[0].code == "not_found"


def test_cancelling_a_case_cancels_its_child(store: Store, tmp_path: Path) -> None:
    with working(store, settings(tmp_path)):
        parent = start(store, "parent", item="x").case
        eventually(lambda: "ChildStarted" in events(store, parent.id))
        store.execute(OFFICE, parent.id, CancelCase(reason="x"), ANA)
        with store.transaction(OFFICE) as tx:
            (child,) = tx.cases.children(parent.id)
        eventually(lambda: status(store, child.id) == "cancelled")


def test_a_process_hands_work_from_member_to_member(store: Store, tmp_path: Path) -> None:
    with working(store, settings(tmp_path)):
        process = start(store, "relay", item="x").case

        def members() -> list[str]:
            with store.transaction(OFFICE) as tx:
                return [row.id for row in tx.cases.children(process.id)]

        for count in (1, 2):
            eventually(lambda count=count: len(members()) == count)  # type: ignore[misc]
            with store.transaction(OFFICE) as tx:
                case = tx.cases.get(members()[-1])
            assert case.process_case == process.id
            for _ in range(5):
                case = complete(store, case).case
        eventually(lambda: status(store, process.id) == "done")
    assert verify(store, OFFICE).problems == []


def test_a_timer_is_fired_once_by_many_workers(store: Store) -> None:
    cases = [start(store, "shared", item="x").case for _ in range(20)]
    later = datetime.now(UTC) + timedelta(days=30)
    first, second = claim_due(store, OFFICE, later, limit=15), claim_due(store, OFFICE, later, limit=100)
    assert len(first) == 15
    assert {(due.case_id, due.timer) for due in first}.isdisjoint({(due.case_id, due.timer) for due in second})
    with store.transaction(OFFICE) as tx:
        tx.run("UPDATE timers SET claimed_until = NULL WHERE organisation = :organisation")
    assert fire_due(store, later) > 0
    assert fire_due(store, later) == 0
    assert all(events(store, case.id).count("TimerFired") == len(set(case.activations["a1"].timers)) for case in cases)


def test_a_timer_that_its_case_does_not_know_is_dropped(store: Store) -> None:
    case = start(store, "five", item="x").case
    with store.transaction(OFFICE) as tx:
        tx.run("INSERT INTO timers (organisation, case_id, activation, timer, at) "
               "VALUES (:organisation, CAST(:id AS uuid), 'a1', 'ghost', now())", id=case.id)  # fmt: skip
    assert fire_due(store) == 0
    assert verify(store, OFFICE).problems == []


def test_a_job_whose_worker_died_is_put_back(store: Store, tmp_path: Path, clean_database: Database) -> None:
    """Whether the dead worker is still listed, or has been pruned already."""
    with web_server(lambda _: (200, JSON, b'{"number": 1}')) as web:
        publish(store, caller(web.url))
        cases = [start(store, "caller", item="x").case for _ in range(3)]
        with psycopg.connect(clean_database.admin_url) as admin:
            dead = admin.execute(
                "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 hour') RETURNING id"
            ).fetchone()
            assert dead is not None
            ids = [id_ for (id_,) in admin.execute("SELECT id FROM procrastinate_jobs ORDER BY id")]
            admin.execute(
                "UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [dead[0], ids[0]]
            )
            admin.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = NULL WHERE id = %s", [ids[1]])
            admin.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [ids[2]])
        assert rescue(store, silent_for=0) == 3
        assert rescue(store, silent_for=0) == 0
        with working(store, settings(tmp_path)):
            eventually(lambda: all(status(store, case.id) == "done" for case in cases))
    assert len(web.asked) == 3


def test_a_refused_commit_defers_no_job(store: Store, clean_database: Database) -> None:
    publish(store, caller("http://x"))
    start(store, "caller", key="k", item="x")
    with pytest.raises(Conflict):
        start(store, "caller", key="k", item="y")
    with psycopg.connect(clean_database.admin_url) as admin:
        assert admin.execute("SELECT count(*) FROM procrastinate_jobs").fetchone() == (1,)
