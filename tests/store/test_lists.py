"""Lists and small nouns: what pages ask for, page by page, and what is kept beside cases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from procession.engine.calendar import WorkCalendar
from procession.engine.commands import CancelCase, ClaimTask, DelegateTask, ReleaseTask
from procession.engine.moment import Absence
from procession.engine.rejections import NotFound
from procession.store.cases import CaseFilter, SeenBy
from procession.store.ids import is_id, new_id
from procession.store.store import Store
from procession.store.tasks import TaskFilter
from tests.support.office import ANA, AT, BO, FIVE, OFFICE, complete, only_task, publish, start

NOW = datetime.now(UTC)


def test_an_inbox_holds_what_is_mine_and_what_i_may_claim_by_due_date(store: Store) -> None:
    mine = start(store, "five", item="no due date").case
    shared = start(store, "shared", item="due soon").case
    with store.transaction(OFFICE) as tx:
        assert [task.case_id for task in tx.tasks.inbox("ana")] == [shared.id, mine.id]
        assert [task.case_id for task in tx.tasks.inbox("ana", claimable=False)] == [mine.id]
        assert [task.case_id for task in tx.tasks.inbox("bo")] == [shared.id]
        assert tx.tasks.inbox("carl") == []
        assert tx.tasks.counts("ana", NOW + timedelta(days=30)) == {"assigned": 1, "claimable": 1, "overdue": 0}


def test_a_claimed_task_leaves_the_others_inboxes_and_comes_back_when_released(store: Store) -> None:
    case = start(store, "shared", item="x").case
    task = only_task(case)

    def inboxes() -> list[int]:
        with store.transaction(OFFICE) as tx:
            return [len(tx.tasks.inbox(person)) for person in ("ana", "bo", "carl")]

    assert inboxes() == [1, 1, 0]
    store.execute(OFFICE, case.id, ClaimTask(task_id=task), BO)
    assert inboxes() == [0, 1, 0]
    store.execute(OFFICE, case.id, ReleaseTask(task_id=task), BO)
    assert inboxes() == [1, 1, 0]
    store.execute(OFFICE, case.id, ClaimTask(task_id=task), BO)
    store.execute(OFFICE, case.id, DelegateTask(task_id=task, to="ana"), BO)
    assert inboxes() == [1, 0, 0]
    complete(store, case)
    assert inboxes() == [0, 0, 0]
    with store.transaction(OFFICE) as tx:
        row = tx.tasks.get(task)
        assert (row.status, row.assignee, row.completed_by) == ("done", "ana", "ana")
        assert [one.id for one in tx.tasks.done_by("ana")] == [task]


def test_an_inbox_is_read_page_by_page_without_gaps_or_repeats(store: Store) -> None:
    for number in range(7):
        start(store, "five", item=str(number))
        start(store, "shared", item=str(number))
    with store.transaction(OFFICE) as tx:
        whole = [task.id for task in tx.tasks.inbox("ana", limit=100)]
        paged: list[str] = []
        while page := tx.tasks.inbox("ana", after=paged[-1] if paged else None, limit=3):
            paged += [task.id for task in page]
    assert len(whole) == 14
    assert paged == whole


def test_cases_are_listed_newest_first_filtered_and_paged(store: Store) -> None:
    cases = [start(store, "five", actor=(ANA, BO)[number % 2], item=f"thing_{number}").case for number in range(6)]
    store.execute(OFFICE, cases[0].id, CancelCase(reason="x"), ANA)
    other = start(store, "shared", item="x").case
    with store.transaction(OFFICE) as tx:
        every = [row.id for row in tx.cases.list()]
        assert every == [other.id, *(case.id for case in reversed(cases))]
        assert [row.id for row in tx.cases.list(after=every[2], limit=2)] == every[3:5]

        def found(**filters: object) -> set[str]:
            return {row.id for row in tx.cases.list(CaseFilter(**filters))}  # type: ignore[arg-type]

        assert found(definition="shared") == {other.id}
        assert found(kind="process") == set()
        assert found(status="cancelled") == {cases[0].id}
        assert found(starter="bo") == {cases[1].id, cases[3].id, cases[5].id}
        assert found(step="anybody") == {other.id}
        assert found(search="shared") == {other.id}
        assert found(search="%") == set()
        assert found(seen_by=SeenBy(person="bo")) == {cases[1].id, cases[3].id, cases[5].id, other.id}
        assert found(seen_by=SeenBy(person="carl", definitions=["shared"])) == {other.id}
        assert found(top_level=True, with_incident=True) == set()
        assert tx.cases.count(CaseFilter(status="open")) == 6


def test_an_id_may_be_shortened_while_it_is_unique(store: Store) -> None:
    first = start(store, "five", item="x").case.id
    second = start(store, "five", item="x").case.id
    with store.transaction(OFFICE) as tx:
        assert tx.cases.with_prefix(first[:-1]) == [first]
        assert tx.cases.with_prefix(first[:4], limit=5) == [first, second]
        assert tx.cases.with_prefix("zz") == tx.cases.with_prefix("") == []


def test_a_list_of_all_tasks_has_filters(store: Store) -> None:
    case = start(store, "shared", item="x").case
    start(store, "five", item="y")
    with store.transaction(OFFICE) as tx:
        assert [task.case_id for task in tx.tasks.list(TaskFilter(unassigned=True))] == [case.id]
        assert len(tx.tasks.list(TaskFilter(assignee="ana", definition="five", step="one"))) == 1
        assert tx.tasks.list(TaskFilter(search="nothing")) == []
        with pytest.raises(NotFound):
            tx.tasks.get("x.y")


def test_publishing_an_unchanged_text_makes_no_new_version(store: Store) -> None:
    publish(store, FIVE)
    with store.transaction(OFFICE) as tx:
        assert [row.version for row in tx.definitions.versions("five")] == [1]
    publish(store, FIVE + "\n# a remark\n")
    with store.transaction(OFFICE) as tx:
        assert tx.definitions.latest("five").version == 2
        assert tx.definitions.get("five", 1).text == FIVE
        assert {row.id for row in tx.definitions.list("process")} == {"relay"}
        tx.definitions.retire("five")
        assert "five" not in {row.id for row in tx.definitions.list()}
    with pytest.raises(NotFound):
        start(store, "five", item="x")


def test_shared_files_have_versions_too(store: Store) -> None:
    with store.transaction(OFFICE) as tx:
        for text in ("a", "a", "b"):
            tx.definitions.publish_shared("connection", "erp", text, by="ana", at=AT)
        assert tx.definitions.shared("connection") == {"erp": "b"}
        assert tx.run("SELECT max(version) FROM shared_files WHERE organisation = :organisation").scalar() == 2


def test_people_groups_absences_calendars_and_settings_reach_the_moment(store: Store) -> None:
    hours = ((), (), (), (), (), ((600, 660),), ())
    with store.transaction(OFFICE) as tx:
        tx.absences.add("ana", date(2026, 1, 5), date(2026, 1, 9), "bo")
        tx.calendars.save(WorkCalendar(id="odd", zone="Europe/Oslo", hours=hours))
        tx.calendars.set_own("odd")
        tx.settings.set("limit", "500", by="ana", at=AT)
        tx.people.change("carl", manager="bo", password_hash="x")
    moment = store.moment(None, OFFICE, ANA, AT)
    assert moment.directory.people["ana"].absences == (
        Absence(begins=date(2026, 1, 5), ends=date(2026, 1, 9), substitute="bo"),
    )
    assert (moment.calendar.id, moment.settings) == ("odd", {"limit": "500"})
    assert moment.directory.people["carl"].manager == "bo"
    assert moment.directory.people["carl"].roles == ("driver",)
    assert moment.directory.groups["crew"] == ("ana", "bo")
    with store.transaction(OFFICE) as tx:
        tx.people.save("carl", name="Carl", groups=["night"], roles=[])
        tx.calendars.delete("odd")
    moment = store.moment(None, OFFICE, ANA, AT)
    assert (moment.directory.groups["night"], moment.directory.roles, moment.calendar.id) == (("carl",), {}, "standard")


def test_a_session_lasts_while_it_is_used_and_can_be_ended(store: Store) -> None:
    with store.transaction(OFFICE) as tx:
        token = tx.sessions.create("ana", AT, user_agent="x")
        other = tx.sessions.create("ana", AT)
        assert tx.sessions.find(token, AT + timedelta(days=13)) is not None
        assert tx.sessions.find(token, AT + timedelta(days=26)) is not None
        assert tx.sessions.find(other, AT + timedelta(days=15)) is None
        assert tx.sessions.find("wrong", AT) is None
        tx.sessions.end(token)
        assert tx.sessions.find(token, AT) is None
        (left,) = tx.sessions.of_person("ana", AT)
        assert tx.sessions.end_by_id(left.id, "bo") is False
        assert tx.sessions.end_by_id(left.id, "ana") is True
        assert tx.sessions.end_by_id("no hex", "ana") is False


def test_an_api_token_is_shown_once_and_can_be_revoked(store: Store) -> None:
    with store.transaction(OFFICE) as tx:
        row, token = tx.tokens.create("ana", "ci", ["tasks:read"], AT, AT + timedelta(days=1))
        assert token not in str(tx.tokens.list())
        found = tx.tokens.find(token, AT)
        assert found is not None
        assert (found.id, found.scopes) == (row.id, ["tasks:read"])
        assert tx.tokens.find(token, AT + timedelta(days=2)) is None
        assert tx.tokens.revoke(row.id, AT)
        assert tx.tokens.find(token, AT) is None
        assert not tx.tokens.revoke("nonsense", AT)


def test_a_guest_link_opens_until_it_expires_or_is_revoked(store: Store) -> None:
    case = start(store, "five", item="x").case
    with store.transaction(OFFICE) as tx:
        token = tx.guest_links.create(kind="task", case_id=case.id, guest="guest:g@x.org", at=AT, activation="a1",
                                      expires_at=AT + timedelta(days=1))  # fmt: skip
        link = tx.guest_links.find(token, "task", AT)
        assert link is not None
        assert (link.case_id, link.activation, link.guest) == (case.id, "a1", "guest:g@x.org")
        assert tx.guest_links.find(token, "status", AT) is None
        assert tx.guest_links.find(token, "task", AT + timedelta(days=2)) is None
        tx.guest_links.revoke(link.id, AT)
        assert tx.guest_links.find(token, "task", AT) is None
        assert len(tx.guest_links.of_case(case.id)) == 1


def test_a_draft_is_one_persons(store: Store) -> None:
    case = start(store, "shared", item="x").case
    task = only_task(case)
    with store.transaction(OFFICE) as tx:
        tx.drafts.save(task, "ana", {"a": 1}, AT)
        tx.drafts.save(task, "ana", {"a": 2}, AT)
        assert (tx.drafts.get(task, "ana"), tx.drafts.get(task, "bo")) == ({"a": 2}, None)
        tx.drafts.delete(task)
        assert tx.drafts.get(task, "ana") is None
        assert tx.drafts.get("nonsense", "ana") is None


def test_files_views_and_mails_are_kept(store: Store) -> None:
    case = start(store, "five", item="x").case
    with store.transaction(OFFICE) as tx:
        file = tx.files.add(sha256="0" * 64, name="a.pdf", type="application/pdf", size=3, by="ana", at=AT)
        tx.files.attach(file.id, case.id)
        assert [one.id for one in tx.files.of_case(case.id)] == [file.id]
        assert tx.files.hashes() == {"0" * 64}
        tx.views.record(case.id, "bo", AT, "a1")
        assert [(one.person, one.activation) for one in tx.views.of_case(case.id)] == [("bo", "a1")]
        assert tx.mails.put("m1", address="a@x.org", subject="s", text="t", what="step", at=AT, case_id=case.id)
        assert not tx.mails.put("m1", address="a@x.org", subject="s", text="t", what="step", at=AT)
        tx.mails.mark("m1", "sent", at=AT)
        assert [mail.status for mail in tx.mails.list(status="sent")] == ["sent"]
        assert tx.mails.list(after=(AT, "m1")) == []


def test_ids_rise_and_are_uuids() -> None:
    ids = [new_id() for _ in range(2000)]
    assert ids == sorted(ids)
    assert len(set(ids)) == 2000
    assert all(is_id(one) and one[14] == "7" for one in ids)


def test_a_page_far_down_an_inbox_begins_in_the_index(store: Store) -> None:
    """Row-level security must not turn the place where a page begins into a filter over all pages before it."""
    for _ in range(3):
        start(store, "five", item="x")
    with store.transaction(OFFICE) as tx:
        last = tx.tasks.inbox("ana", limit=1)[0]
        tx.run("SET LOCAL enable_seqscan = off")
        tx.run("SET LOCAL enable_bitmapscan = off")
        plans: list[str] = []

        def explained(statement: str, /, **parameters: Any) -> Any:
            if "UNION ALL" in statement:
                plans.append("\n".join(line for (line,) in tx.run(f"EXPLAIN (COSTS OFF) {statement}", **parameters)))
            return tx.run(statement, **parameters)

        tx.tasks.run = explained
        rest = tx.tasks.inbox("ana", last.id, limit=1)
    assert [row.id for row in rest] != [last.id]
    (plan,) = plans
    for index in ("tasks_of_assignee", "candidates_of_person"):
        after = plan.split(f"using {index} ")[1]
        condition = next(line for line in after.splitlines() if "Index Cond" in line)
        assert "ROW(" in condition, plan


def test_a_badge_counts_no_further_than_it_says(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        start(store, "five", item="x")
    monkeypatch.setattr("procession.store.tasks.MOST_COUNTED", 2)
    with store.transaction(OFFICE) as tx:
        assert tx.tasks.counts("ana", NOW)["assigned"] == 2
        assert (tx.cases.count(most=2), tx.cases.count()) == (2, 3)
