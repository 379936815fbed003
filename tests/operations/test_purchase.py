"""A purchase from its start to its end, through the operations that every door calls."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from procession.engine.rejections import (
    Conflict,
    Forbidden,
    IllegalTransition,
    InvalidField,
    MissingField,
    NotAssignee,
    NotFound,
    RateLimited,
    TaskClosed,
    UnknownField,
)
from procession.operations import calling
from procession.store.store import Store
from tests.operations.conftest import Office
from tests.support.database import Database


def test_a_purchase_is_signed_ordered_and_seen_by_those_who_may(office: Office) -> None:
    started = office.ask("ana", "case.start", workflow="purchase", data={"item": "desk", "amount": Decimal("600.50")})
    assert (started.name, started.number, started.status) == ("desk for Ana Alm", 1, "open")
    assert [(task.title, task.mine) for task in started.next] == [("Sign off", False)]

    inbox = office.ask("dana", "task.list")
    assert [(row.title, row.case.name, row.mine, row.late, row.group) for row in inbox.items] == [
        ("Sign off", "desk for Ana Alm", True, False, "this week")
    ]
    task = office.ask("dana", "task.get", task_id=inbox.items[0].id)
    assert task.instructions == "Look at desk for 600.5."
    assert [outcome.name for outcome in task.outcomes] == ["approve", "reject"]
    assert {view.name: view.value for view in task.earlier} == {"item": "desk", "amount": Decimal("600.5")}
    assert task.can.complete and task.can.delegate and not task.can.skip

    done = office.ask("dana", "task.complete", task_id=task.id, outcome="approve")
    assert (done.open, done.outcome, [one.title for one in done.next]) == (False, "approve", ["Order it"])
    team = office.ask("eve", "task.list", view="team")
    assert [(row.title, row.claimable) for row in team.items] == [("Order it", True)]
    order = team.items[0].id
    assert office.ask("eve", "task.claim", task_id=order).assignee == "eve"
    assert office.ask("fay", "task.list", view="team").items == ()
    office.ask("eve", "task.complete", task_id=order, values={"order": "PO 7"})

    case = office.ask("ana", "case.get", case_id=started.id)
    assert {view.name: (view.shown, view.origin) for view in case.data} == {
        "item": ("desk", "typed"),
        "amount": ("600.50 USD", "typed"),
        "order": ("PO 7", "typed"),
    }
    assert [(step.title, step.state) for step in case.steps] == [
        ("Sign off", "done"),
        ("Order it", "done"),
        ("Tell the supplier", "open"),
    ]
    sentences = [entry.sentence for entry in case.timeline]
    assert sentences[-1] == "Ana Alm started the case"
    assert "Dana Dorn completed Sign off: approve" in sentences
    assert "Eve Ek claimed Order it" in sentences
    assert not any(case.can.__getattribute__(name) for name in ("cancel", "edit_data", "change_due"))


def test_a_rejected_purchase_ends(office: Office) -> None:
    case = office.purchase()
    office.ask("dana", "task.complete", task_id=office.task_of(case), outcome="reject")
    view = office.ask("ana", "case.get", case_id=case)
    assert (view.status, view.outcome) == ("done", "rejected")
    assert [step.state for step in view.steps] == ["done", "not reached", "not reached"]
    closed = office.ask("dana", "task.get", task_id=view.id + ".a1")
    assert (closed.open, closed.closed_how, closed.outcome) == (False, "completed", "reject")
    assert closed.closed_by.name == "Dana Dorn"


def test_refusals_come_in_their_order_and_change_nothing(office: Office) -> None:
    case = office.purchase()
    task = office.task_of(case)
    before = office.ask("bo", "case.get", case_id=case).version
    with pytest.raises(NotFound):
        office.ask("sven", "task.complete", task_id=task, outcome="approve")
    with pytest.raises(NotAssignee):
        office.ask("bo", "task.complete", task_id=task, outcome="approve")
    with pytest.raises(IllegalTransition):
        office.ask("dana", "task.complete", task_id=task, outcome="maybe")
    with pytest.raises(UnknownField):
        office.ask("dana", "task.complete", task_id=task, outcome="approve", values={"amont": 1})
    with pytest.raises(Forbidden):
        office.ask("ana", "case.cancel", case_id=case, reason="no longer needed")
    assert office.ask("bo", "case.get", case_id=case).version == before
    office.ask("dana", "task.complete", task_id=task, outcome="approve")
    with pytest.raises(TaskClosed):
        office.ask("dana", "task.complete", task_id=task, outcome="approve")
    with pytest.raises(TaskClosed):
        office.ask("ana", "task.skip", task_id=task, reason="no")


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        ({"item": "desk"}, MissingField),
        ({"item": "desk", "amount": "much"}, InvalidField),
        ({"item": "desk", "amount": 1, "colour": "red"}, UnknownField),
        ({"item": "desk", "amount": -1}, InvalidField),
        ({"item": "desk", "amount": Decimal("1.234")}, InvalidField),
        ({"item": "desk", "amount": 1, "order": "x"}, UnknownField),
    ],
)
def test_a_wrong_start_is_refused_with_the_fields_name(office: Office, data: dict[str, object], kind: type) -> None:
    with pytest.raises(kind):
        office.ask("ana", "case.start", workflow="purchase", data=data)
    assert office.ask("bo", "case.list").items == ()


def test_the_same_key_starts_once_and_answers_alike(office: Office) -> None:
    ask = {"workflow": "purchase", "data": {"item": "desk", "amount": "1"}}
    first = office.ask("ana", "case.start", key="k1", **ask)
    office.ask("dana", "task.complete", task_id=office.task_of(first.id), outcome="approve")
    assert office.ask("ana", "case.start", key="k1", **ask) == first
    with pytest.raises(Conflict):
        office.ask("ana", "case.start", key="k1", workflow="purchase", data={"item": "chair", "amount": "1"})
    other = office.ask("finn", "case.start", key="k1", **ask)
    assert other.id != first.id, "a key is its caller's own"
    assert len(office.ask("bo", "case.list").items) == 2


def test_a_stale_version_is_refused(office: Office) -> None:
    case = office.purchase()
    version = office.ask("finn", "case.get", case_id=case).version
    office.ask("finn", "case.comment", case_id=case, text="Which colour?")
    with pytest.raises(Conflict):
        office.ask("finn", "case.edit", case_id=case, values={"item": "chair"}, reason="typo", version=version)
    now = office.ask("finn", "case.get", case_id=case).version
    changed = office.ask("finn", "case.edit", case_id=case, values={"item": "chair"}, reason="typo", version=now)
    assert changed.name == "chair for Ana Alm"


def test_a_field_with_see_is_shown_to_those_it_names_only(office: Office) -> None:
    case = office.purchase(note="cheaper elsewhere")
    assert "note" not in {view.name for view in office.ask("bo", "case.get", case_id=case).data}
    assert "note" in {view.name for view in office.ask("finn", "case.get", case_id=case).data}
    assert "note" not in {view.name for view in office.ask("dana", "task.get", task_id=case + ".a1").earlier}


def test_owner_acts(office: Office) -> None:
    case = office.purchase()
    task = office.task_of(case)
    office.ask("finn", "task.reassign", task_id=task, to="sven", reason="Dana is ill")
    assert office.ask("sven", "task.get", task_id=task).can.complete
    office.ask("finn", "task.change_due", task_id=task, due_at="2026-02-01T12:00:00Z", reason="no hurry")
    office.ask("finn", "task.skip", task_id=task, reason="small sum")
    view = office.ask("ana", "case.get", case_id=case)
    assert view.steps[0].state == "skipped"
    assert view.steps[0].reason == "small sum"
    assert "Finn Falk skipped Sign off: small sum" in [entry.sentence for entry in view.timeline]
    back = office.ask("finn", "task.send_back", task_id=office.task_of(case), to="sign-off", reason="look again")
    assert [one.title for one in back.next] == ["Sign off"]
    office.ask("finn", "case.cancel", case_id=case, reason="not needed")
    assert office.ask("ana", "case.get", case_id=case).status == "cancelled"
    office.ask("finn", "case.reopen", case_id=case, step="sign-off", reason="needed after all")
    assert office.ask("ana", "case.get", case_id=case).status == "open"


def test_a_draft_is_the_persons_own_and_marks_the_start(office: Office) -> None:
    case = office.purchase()
    office.ask("dana", "task.complete", task_id=office.task_of(case), outcome="approve")
    task = office.task_of(case)
    office.ask("eve", "task.save_draft", task_id=task, values={"order": "PO"})
    view = office.ask("eve", "task.get", task_id=task)
    assert (view.draft.values, view.form[0].value) == ({"order": "PO"}, "PO")
    assert office.ask("fay", "task.get", task_id=task).form[0].value is None
    with pytest.raises(NotAssignee):
        office.ask("dana", "task.save_draft", task_id=task, values={"order": "PO"})
    assert "Eve Ek began Order it" in [one.sentence for one in office.ask("ana", "case.get", case_id=case).timeline]
    office.ask("eve", "task.drop_draft", task_id=task)
    assert office.ask("eve", "task.get", task_id=task).draft is None


def test_lists_filter_and_page(office: Office) -> None:
    cases = [office.purchase(item=f"desk {number}") for number in range(5)]
    office.ask("dana", "task.complete", task_id=office.task_of(cases[0]), outcome="reject")
    first = office.ask("finn", "case.list", limit=2)
    second = office.ask("finn", "case.list", limit=2, after=first.next)
    third = office.ask("finn", "case.list", limit=2, after=second.next)
    assert [line.id for page in (first, second, third) for line in page.items] == cases[::-1]
    assert third.next is None
    assert len(office.ask("finn", "case.list", status="open").items) == 4
    assert [line.name for line in office.ask("ana", "case.list", text="desk 3").items] == ["desk 3 for Ana Alm"]
    assert len(office.ask("finn", "case.list", person="dana").items) == 4
    assert office.ask("sven", "case.list").items == ()
    assert office.ask("dana", "case.list").items[0].track == ("open", "to do", "to do")
    office.later(days=30)
    assert len(office.ask("dana", "task.list", due="overdue").items) == 4
    assert office.ask("dana", "task.count").overdue == 4
    page = office.ask("dana", "task.list", limit=3)
    rest = office.ask("dana", "task.list", limit=3, after=page.next)
    assert len({row.id for row in page.items + rest.items}) == 4


def test_anyone_may_start_what_is_public_and_gets_a_status_link(office: Office) -> None:
    started = office.ask(
        None, "case.start", workflow="ticket", data={"what": "broken"}, name="Gus", email="Gus@Example.org"
    )
    assert started.status_token
    view = office.ask("bo", "case.get", case_id=started.id)
    assert view.starter.id == "guest:gus@example.org"
    assert [comment.text for comment in view.comments] == ["Asked for by Gus, gus@example.org."]
    with pytest.raises(NotFound):
        office.ask(None, "case.start", workflow="purchase", data={"item": "x", "amount": 1})


def test_the_link_to_the_status_of_a_public_start_ends(office: Office) -> None:
    def token() -> str:
        return office.ask(
            None, "case.start", workflow="ticket", data={"what": "x"}, name="Gus", email="gus@example.org"
        ).status_token

    usual = token()
    office.later(days=89)
    assert office.ask(None, "status.get", token=usual).status == "open"
    office.later(days=2)
    with pytest.raises(NotFound):
        office.ask(None, "status.get", token=usual)
    for wrong in (0, "soon", True, 4000):
        with pytest.raises(InvalidField, match="a number of days from 1 to 3650"):
            office.ask("bo", "setting.save", name="status_link_days", value=wrong)
    office.ask("bo", "setting.save", name="status_link_days", value=2)
    short = token()
    office.later(days=3)
    with pytest.raises(NotFound):
        office.ask(None, "status.get", token=short)


def test_public_starts_from_one_address_are_limited_over_all_servers(office: Office, clean_database: Database) -> None:
    """Two servers, each with connections of its own, count in one place; other addresses and later times are free."""

    def send(store: Store, address: str = "192.0.2.7") -> None:
        ctx = replace(office.context(None), store=store, address=address)
        who = {"name": "Gus", "email": "gus@example.org"}
        calling.call(ctx, "case.start", {"workflow": "ticket", "data": {"what": "x"}, **who})

    with Store(clean_database.app_url) as other:
        for number in range(10):
            send(office.store if number % 2 else other)
        for store in (office.store, other):
            with pytest.raises(RateLimited) as refused:
                send(store)
            assert refused.value.details["retry_after"] == 60
        send(other, "192.0.2.8")
        office.later(minutes=1)
        send(other)
        with pytest.raises(RateLimited):
            send(office.store)
