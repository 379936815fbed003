"""`count of cases`: other cases, by what they are and what they hold, in a period; alike in the database and in a test."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from procession.engine.case import Case
from procession.engine.commands import CompleteTask, StartCase
from procession.store.store import Store
from tests.support.office import ANA, OFFICE, only_task, publish

CLAIM = """
workflow: claim
fields: {cause: text, other: text?, seen: number?, closed: number?, nameless: number?, ever: number?}
start: {by: everyone, form: [cause, other?]}
steps:
  - task: Look
    assign: person:ana
    set:
      seen: 'count of cases("claim", {cause: cause}, 90 days)'
      closed: 'count of cases("claim", {cause: cause, status: "done", outcome: "done"})'
      nameless: 'count of cases("claim", {other: null})'
      ever: count of cases("claim")
"""
NOW = datetime(2026, 6, 1, 9, tzinfo=UTC)


def begin(store: Store, days_ago: int, cause: str, **more: str) -> Case:
    command = StartCase(data={"cause": cause, **more})
    return store.start(OFFICE, "claim", command, ANA, at=NOW - timedelta(days=days_ago)).case


def look(store: Store, case: Case, days_ago: int = 0) -> dict[str, object]:
    done = store.execute(
        OFFICE, case.id, CompleteTask(task_id=only_task(case)), ANA, at=NOW - timedelta(days=days_ago)
    ).case
    return {name: done.data[name] for name in ("seen", "closed", "nameless", "ever")}


def test_other_cases_are_counted_by_what_they_hold_since_when_they_began(store: Store) -> None:
    publish(store, CLAIM)
    look(store, begin(store, 91, "lid"), days_ago=80)
    look(store, begin(store, 89, "lid", other="x"), days_ago=80)
    begin(store, 5, "lid")
    begin(store, 4, "scale", other="y")
    assert look(store, begin(store, 0, "lid")) == {"seen": "2", "closed": "2", "nameless": "2", "ever": "4"}, (
        "the case that asks is not counted, though it is stored already"
    )
