"""What happens in the crash tests: relay processes of two small members, driven to their end by commands with keys."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from procession.engine.commands import AnswerFeedback, AnswerSurvey, CompleteTask, StartCase
from procession.engine.moment import Actor
from procession.engine.rejections import Rejection
from procession.jobs.running import run_job
from procession.jobs.work import Tools
from procession.settings import Settings
from procession.store.requests import Committed
from procession.store.store import Store
from procession.store.verify import verify

ANA = Actor("ana")
ZOE = Actor("guest:zoe@example.org", "guest")

PAIR = """
workflow: pair
title: Two tasks
fields: {item: text, seen: text?}
start: {form: [item]}
measures: {csat: rating}
steps:
  - {task: One, assign: "person:ana", due: 1 hour}
  - {task: Two, assign: ["person:ana", "person:bo"], set: {seen: item}}
  - {survey: How was it, to: zoe@example.org, measure: csat}
"""

RELAY = """
process: relay
title: A relay
fields: {item: text, seen: text?}
start: {form: [item]}
workflows:
  first: {use: pair}
  second: {use: pair, take: {seen: seen}}
handoffs:
  - {from: start, to: first, carry: {item: item}}
  - {from: first.completed, to: second, carry: {item: item}}
measures: {csat: rating}
feedback: {from: first.completed, to: runners, ask: Was it handed over well?}
"""


def furnish(store: Store, organisation: str) -> None:
    """Make an organisation with the two definitions."""
    store.create_organisation(organisation)
    with store.transaction(organisation) as tx:
        for name in ("ana", "bo"):
            tx.people.save(name, name=name, groups=["runners"])
        for text, id_, kind in ((PAIR, "pair", "workflow"), (RELAY, "relay", "process")):
            tx.definitions.publish(text, id=id_, kind=kind, title=id_, by="ana", at=datetime(2026, 1, 5, tzinfo=UTC))


def start_relay(store: Store, organisation: str, item: str) -> str:
    """Start a relay, once."""
    command = StartCase(data={"item": item})
    return store.start(organisation, "relay", command, ANA, key=f"start/{item}").case.id


def work_off(store: Store, organisation: str, folder: Path) -> None:
    """Do what is left, job by job and task by task, in a fixed order, until the relays are done."""
    tools = Tools.of(store, Settings(data=folder))
    while True:
        with store.transaction(organisation) as tx:
            jobs = tx.run(
                "SELECT case_id::text, seq FROM jobs WHERE organisation = :organisation AND status = 'waiting' ORDER "
                "BY case_id, seq"
            ).fetchall()
            tasks = tx.tasks.inbox("ana")
            cases = tx.cases.find_many([row.id for row in tx.cases.list(limit=100_000)])
        asked = [(one.id, name) for one in cases.values() for name in one.surveys]
        asked_back = [(one.id, name) for one in cases.values() for name, it in one.feedback.items() if "good" not in it]
        if not jobs and not tasks and not asked and not asked_back:
            return
        for case_id, seq in jobs:
            run_job(tools, organisation, case_id, seq)
        for task in tasks:
            complete(store, organisation, task.id)
        for case_id, name in asked:
            given = AnswerSurvey(survey=name, value="4")
            store.execute(organisation, case_id, given, ZOE, key=f"survey/{case_id}/{name}")
        for case_id, name in asked_back:
            given_back = AnswerFeedback(feedback=name, good=True)
            store.execute(organisation, case_id, given_back, ANA, key=f"back/{case_id}/{name}")


def complete(store: Store, organisation: str, task: str) -> Committed:
    """Complete a task, once."""
    case_id = task.partition(".")[0]
    return store.execute(organisation, case_id, CompleteTask(task_id=task), ANA, key=f"task/{task}")


def complete_if_open(store: Store, organisation: str, task: str) -> bool:
    """Complete a task; whether it was done by this very call, not by somebody quicker."""
    try:
        return not complete(store, organisation, task).replayed
    except Rejection:
        return False


def check_story(store: Store, organisation: str, items: list[str]) -> None:
    """Each relay ran exactly once from its start to its end, and the database is whole."""
    assert verify(store, organisation).problems == []
    with store.transaction(organisation) as tx:
        rows = tx.cases.list(limit=100_000)
        relays = [row for row in rows if row.definition == "relay"]
        assert sorted(tx.cases.get(row.id).data["item"] for row in relays) == sorted(items)
        for relay in relays:
            assert relay.status == "done"
            members = tx.cases.children(relay.id)
            assert [(one.member, one.status) for one in members] == [("first", "done"), ("second", "done")]
            events = tx.events.of_case(relay.id)
            assert [_count(events, name) for name in ("HandoffHappened", "FeedbackAsked")] == [2, 1]
            whole = tx.cases.get(relay.id)
            assert whole.data["seen"] == whole.data["item"], "data was taken back"
            answered = [one for one in whole.feedback.values() if "good" in one]
            assert _count(events, "FeedbackGiven") == len(answered)
            assert whole.measures in ({}, {"csat": "4"})
            assert _count(events, "MeasureGiven") == len(whole.measures)
            for member in members:
                events = tx.events.of_case(member.id)
                assert [_count(events, name) for name in ("CaseStarted", "TaskCompleted", "CaseClosed")] == [1, 2, 1]
                assert _count(events, "MeasureGiven") == len(tx.cases.get(member.id).measures)
                mails = tx.run(
                    "SELECT count(*) FROM mails WHERE organisation = :organisation AND what = 'survey' "
                    "AND case_id = CAST(:case AS uuid)", case=member.id,
                ).scalar_one()  # fmt: skip
                assert mails == 1
        assert len(rows) == 3 * len(relays)
        left = tx.run("SELECT count(*) FROM jobs WHERE organisation = :organisation AND status = 'waiting'").scalar()
        assert left == 0


def _count(events: list[object], type_: str) -> int:
    return sum(getattr(event, "type", None) == type_ for event in events)
