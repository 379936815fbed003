"""What is derived follows from the events: random histories are rebuilt and compared, and tampering shows."""

from __future__ import annotations

from datetime import timedelta

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from procession.engine import commands as ask
from procession.engine.moment import SYSTEM, Actor
from procession.engine.rejections import Rejection
from procession.store.checkpoints import checkpoint
from procession.store.store import Store
from procession.store.verify import verify
from tests.support.database import Database
from tests.support.office import ANA, AT, BO, CARL, OFFICE, complete, office, publish, start

ACTORS = st.sampled_from([ANA, BO, CARL, Actor("ana", admin=True), SYSTEM])
KINDS = st.sampled_from(
    ["start", "complete", "complete", "complete", "claim", "release", "delegate", "reassign", "look", "begin", "due",
     "skip", "cancel", "comment", "edit", "message", "timer", "fail"]
)  # fmt: skip
DEFINITIONS = st.sampled_from(["five", "shared", "waiter", "parent", "relay"])


def _command(kind: str, case_id: str, activation: str, number: int) -> ask.Command:
    task = f"{case_id}.{activation}"
    person = ("ana", "bo", "carl")[number % 3]
    made: dict[str, ask.Command] = {
        "complete": ask.CompleteTask(task_id=task),
        "claim": ask.ClaimTask(task_id=task),
        "release": ask.ReleaseTask(task_id=task),
        "delegate": ask.DelegateTask(task_id=task, to=person),
        "reassign": ask.ReassignTask(task_id=task, to=person),
        "look": ask.LookAtTask(task_id=task),
        "begin": ask.BeginTask(task_id=task),
        "due": ask.ChangeDue(task_id=task, due_at=AT + timedelta(hours=number) if number % 4 else None, reason="r"),
        "skip": ask.SkipStep(task_id=task, reason="r"),
        "cancel": ask.CancelCase(reason="r"),
        "comment": ask.AddComment(text="t", mentions=(person,)),
        "edit": ask.EditData(values={"item": f"new {number}"}, reason="r"),
        "timer": ask.FireTimer(activation=activation, timer=("remind-1", "due", "time")[number % 3]),
        "fail": ask.FailJob(activation=activation, attempt=1, error="e", retry=bool(number % 2)),
    }
    return made[kind]


@settings(max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    turns=st.lists(st.tuples(KINDS, ACTORS, st.integers(0, 30), DEFINITIONS),
                   min_size=5, max_size=30)
)  # fmt: skip
def test_whatever_happens_the_lists_are_what_the_events_say(
    turns: list[tuple[str, Actor, int, str]], clean_database: Database
) -> None:
    """Random commands of random people; then verify, rebuild, verify."""
    with office(clean_database.app_url) as store:
        cases = [start(store, "five", item="x").case.id]
        for kind, actor, number, definition in turns:
            case_id = cases[number % len(cases)]
            try:
                if kind == "start":
                    field = "order" if definition == "waiter" else "item"
                    cases.append(start(store, definition, **{field: f"k{number % 3}"}).case.id)
                elif kind == "message":
                    store.send_message(OFFICE, "paid", f"k{number % 3}", {"text": "t"}, actor=actor)
                else:
                    with store.transaction(OFFICE) as tx:
                        activations = list(tx.cases.get(case_id).activations) or ["a1"]
                    command = _command(kind, case_id, activations[number % len(activations)], number)
                    store.execute(OFFICE, case_id, command, actor)
            except Rejection:
                continue
        assert verify(store, OFFICE).problems == []
        store.rebuild(OFFICE)
        assert verify(store, OFFICE).problems == []


OUTSIDE = """
workflow: outside
title: Somebody outside
fields: {mail: email}
start: {form: [mail]}
steps:
  - {task: Send it, assign: "guest:{mail}"}
"""


def test_a_guests_task_that_a_member_is_given_is_no_guests_task_any_more(store: Store) -> None:
    """In the lists as in the case: the reminder of the link and the note `guest` go with the guest."""
    publish(store, OUTSIDE)
    case = start(store, "outside", mail="gus@example.org").case
    (activation,) = case.activations

    def row() -> tuple[str | None, bool]:
        with store.transaction(OFFICE) as tx:
            one = tx.tasks.get(f"{case.id}.{activation}")
        return one.assignee, one.guest

    assert row() == ("guest:gus@example.org", True)
    command = ask.ReassignTask(task_id=f"{case.id}.{activation}", to="bo")
    store.execute(OFFICE, case.id, command, Actor("ana", admin=True))
    assert row() == ("bo", False)
    assert verify(store, OFFICE).problems == []
    store.rebuild(OFFICE)
    assert row() == ("bo", False)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE events SET actor = 'eve' WHERE seq = 2", "event 2 was changed"),
        ("UPDATE events SET at = at + interval '1 second' WHERE seq = 1", "event 1 was changed"),
        ("DELETE FROM events WHERE seq = 2", "event 2 is missing"),
        ("DELETE FROM events WHERE seq = (SELECT max(seq) FROM events)", "end of its hash chain"),
        ("UPDATE cases SET snapshot = jsonb_set(snapshot, '{data,item}', '\"gold\"')", "snapshot is not what"),
        ("UPDATE cases SET status = 'cancelled'", "its status is cancelled"),
        ("UPDATE tasks SET completed_by = 'eve' WHERE status = 'done'", "completed_by differ"),
        ("DELETE FROM tasks WHERE status = 'open'", "tasks lacks"),
        ("UPDATE candidates SET person = 'eve' WHERE person = 'bo'", "candidates has"),
        ("DELETE FROM timers", "timers lacks"),
        ("DELETE FROM cases", "events but no snapshot"),
        ("UPDATE checkpoints SET root = sha256('x')", "checkpoint"),
    ],
)
def test_verify_finds_what_was_tampered_with(store: Store, clean_database: Database, change: str, said: str) -> None:
    complete(store, start(store, "five", item="x").case)
    start(store, "shared", item="y")
    checkpoint(store, OFFICE)
    assert verify(store, OFFICE).is_sound
    with psycopg.connect(clean_database.admin_url) as admin:
        admin.execute(change)  # type: ignore[arg-type]
    assert any(said in problem for problem in verify(store, OFFICE).problems)


def test_rewriting_a_whole_case_with_its_hashes_still_breaks_the_checkpoint(
    store: Store, clean_database: Database
) -> None:
    """Who can rewrite a chain from its first link on still contradicts the checkpoint."""
    case = start(store, "five", item="honest").case
    root = checkpoint(store, OFFICE)
    with store.transaction(OFFICE) as tx:
        forged = tx.events.of_case(case.id)
    with psycopg.connect(clean_database.admin_url) as admin:
        from procession.engine.instants import to_instant
        from procession.store.chain import FIRST, link

        before = FIRST
        for row in forged:
            before = link(before, case.id, row.seq, to_instant(row.at), "eve", row.type, 1, b"{}")
            admin.execute(
                "UPDATE events SET actor = 'eve', payload = '{}', hash = %s WHERE case_id = %s AND seq = %s",
                [before, case.id, row.seq],
            )
    assert root is not None
    assert any("checkpoint" in problem for problem in verify(store, OFFICE).problems)


def test_checkpoints_follow_each_other_and_hold_only_news(store: Store) -> None:
    case = start(store, "five", item="x").case
    assert checkpoint(store, OFFICE) is not None
    assert checkpoint(store, OFFICE) is None
    complete(store, case)
    assert checkpoint(store, OFFICE) is not None
    with store.transaction(OFFICE) as tx:
        heads = [
            row[0] for row in tx.run("SELECT heads FROM checkpoints WHERE organisation = :organisation ORDER BY at")
        ]
    assert heads[0] == {case.id: 2}
    assert list(heads[1]) == [case.id]
    assert verify(store, OFFICE).is_sound
