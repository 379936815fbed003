"""The tracker: who has nobody, saved views, board and line of time, many cases at once."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from procession.operations.cases import CaseLine
from procession.store.store import Store
from procession.web.pages.tracker import Span, bar_of, columns_of
from tests.support.database import Database
from tests.support.work import Visitor, asked, plain, shop, task_in, visitor


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as made:
        yield made


@pytest.fixture(scope="module")
def at(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with visitor(store, tmp_path_factory.mktemp("files")) as one:
        yield one


def order(store: Store, what: str) -> str:
    return asked(store, "case.start", by="ana", workflow="order", data={"what": what}).id


def test_what_nobody_has_is_found_and_home_leads_there(store: Store, at: Visitor) -> None:
    taken, lying = order(store, "Taken Tea"), order(store, "Lying Lime")
    asked(store, "task.claim", by="pia", task_id=task_in(store, taken))
    page = plain(at.be("bo").get("/cases?nobody=1"))
    assert "Order of Lying Lime" in page and "Order of Taken Tea" not in page
    assert 'href="/cases?nobody=1&parts=1"' in at.get("/")
    assert asked(store, "case.count").nobody == len(
        asked(store, "case.list", status="open", nobody=True, limit=200).items
    )
    assert asked(store, "case.get", case_id=lying).status == "open"


def test_a_view_is_saved_shared_replaced_and_deleted(store: Store, at: Visitor) -> None:
    saved = at.be("pia").post("/cases/views", {"name": "  My   orders ", "query": "workflow=order&late=1&after=x"})
    assert str(saved.url).endswith("/cases?workflow=order&late=1") and "Saved as My orders" in plain(saved.text)
    assert "My orders" not in plain(at.be("ana").get("/cases"))
    at.be("pia").post("/cases/views", {"name": "my orders", "query": "workflow=order", "shared": "on"})
    (view,) = asked(store, "view.list", by="pia")
    assert (view.name, view.query, view.shared) == ("My orders", "workflow=order", True)
    page = at.be("ana").get("/cases?workflow=order")
    assert "by Pia Roth" in plain(page) and "Delete the view" not in page
    assert at.post(f"/cases/views/{view.id}/delete").status_code == 403
    nameless = at.post("/cases/views", {"name": " ", "query": "late=1"})
    assert nameless.status_code == 422 and "A view has a name" in plain(nameless.text)
    at.be("pia").post(f"/cases/views/{view.id}/delete")
    assert asked(store, "view.list", by="pia") == ()


def test_many_are_changed_and_each_refusal_is_named(store: Store, at: Visitor) -> None:
    first, second = order(store, "Bulk One"), order(store, "Bulk Two")
    gone = order(store, "Bulk Gone")
    asked(store, "case.cancel", case_id=gone, reason="Too late")
    ticked = {"case": [first, second, gone], "query": "workflow=order"}
    given = at.be("bo").post("/cases/bulk", {**ticked, "change": "reassign", "to": "dirk", "reason": "He has time"})
    assert "1 case could not be changed. Order of Bulk Gone: No task of it is open." in plain(given.text)
    assert {asked(store, "task.get", task_id=task_in(store, one)).row.assignee.id for one in (first, second)} == {
        "dirk"
    }
    moved = {**ticked, "case": [first], "change": "due", "due_at": "2031-04-05T09:00", "reason": "Later"}
    assert "1 case moved" in plain(at.post("/cases/bulk", moved).text)
    assert asked(store, "case.get", case_id=first).due_at.year == 2031
    empty = at.post("/cases/bulk", {**ticked, "change": "cancel", "reason": " "})
    assert empty.status_code == 422 and "A reason is needed." in plain(empty.text)
    key = {"idempotency_key": "once-only"}
    cancel = {**ticked, **key, "case": [first, second], "change": "cancel", "reason": "Not needed"}
    assert "2 cases cancelled" in plain(at.post("/cases/bulk", cancel).text)
    assert "2 cases cancelled" in plain(at.post("/cases/bulk", cancel).text)
    assert asked(store, "case.get", case_id=second).status == "cancelled"


def test_those_who_may_not_change_a_case_change_none(store: Store, at: Visitor) -> None:
    case = order(store, "Not Yours")
    sent = {"case": [case, "00000000-0000-0000-0000-000000000000"], "change": "cancel", "reason": "Mine", "query": ""}
    page = plain(at.be("ana").post("/cases/bulk", sent).text)
    assert "2 cases could not be changed." in page and "One case: There is no such case" in page
    assert asked(store, "case.get", case_id=case).status == "open"


def test_a_board_shows_each_case_at_its_step(store: Store, at: Visitor) -> None:
    fresh, weighed = order(store, "Board Fresh"), order(store, "Board Weighed")
    task = task_in(store, weighed)
    asked(store, "task.claim", by="pia", task_id=task)
    asked(store, "task.complete", by="pia", task_id=task)
    assert "A board shows the steps of one workflow" in plain(at.be("bo").get("/cases?layout=board"))
    page = at.get("/cases?layout=board&workflow=order")
    columns = dict(re.findall(r'<section class="board-column" aria-label="([^"]+)">(.*?)</section>', page, re.DOTALL))
    assert list(columns) == ["Weigh it", "Send it"]
    assert "Board Fresh" in columns["Weigh it"] and "Board Weighed" in columns["Send it"]
    assert "Board Weighed" not in columns["Weigh it"]
    assert fresh in columns["Weigh it"]


def test_a_line_of_time_says_from_when_to_when(store: Store, at: Visitor) -> None:
    order(store, "Line Of Time")
    page = at.be("bo").get("/cases?layout=timeline&workflow=order")
    assert "Line Of Time" in page and re.search(r'role="img" aria-label="From [^"]+, running', page)


def line(**values: object) -> CaseLine:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    blank: dict[str, object] = dict.fromkeys(CaseLine.__dataclass_fields__)
    return CaseLine(**{**blank, "started_at": begin, "status": "open", "late": False, "at": (), **values})  # type: ignore[arg-type]


def test_bars_lie_where_their_moments_do() -> None:
    begin = datetime(2026, 3, 1, tzinfo=UTC)
    now = begin + timedelta(days=20)
    done = line(closed_at=begin + timedelta(days=10), status="done")
    late = line(started_at=begin + timedelta(days=10), due_at=begin + timedelta(days=15), late=True)
    span = Span.around([done, late], now)
    assert span.begin < begin and span.end > now
    first, second = bar_of(span, done, now), bar_of(span, late, now)
    assert abs(first.start + first.width - second.start) < 0.01 and abs(first.width - second.width) < 0.01
    assert (first.tone, second.tone) == ("ok", "bad") and first.due is None
    assert second.due is not None and abs(second.due - (second.start + second.width / 2)) < 0.01


def test_a_case_of_an_earlier_version_stands_elsewhere() -> None:
    known, unknown = line(at=("b", "a")), line(at=("gone",))
    columns = columns_of({"a": "First", "b": "Second"}, [known, unknown])
    assert [(one.title, list(one.cases)) for one in columns] == [
        ("First", []),
        ("Second", [known]),
        ("Elsewhere", [unknown]),
    ]
