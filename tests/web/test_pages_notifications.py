"""What people were told: the list, what is unread, what is mailed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from procession.operations.notifications import WHAT, wants_mail
from procession.store.store import Store
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


def unread(at: Visitor) -> int:
    found = re.search(r'aria-label="Notifications, (\d+) unread"', at.get("/inbox"))
    return int(found.group(1)) if found else 0


def hand_over(store: Store, what: str, to: str) -> str:
    """A case whose first task somebody is given; its id."""
    case: str = asked(store, "case.start", by="ana", workflow="order", data={"what": what}).id
    asked(store, "task.reassign", task_id=task_in(store, case), to=to, reason=f"You know {what}")
    return case


def test_what_is_told_is_unread_until_its_case_is_looked_at(store: Store, at: Visitor) -> None:
    before = unread(at.be("dirk"))
    case = hand_over(store, "lamps", "dirk")
    hand_over(store, "rugs", "dirk")
    assert unread(at) == before + 2
    page = plain(at.get("/notifications?unread=1"))
    assert "A task is given to you Unread Order of lamps: You know lamps" in page
    at.get(f"/cases/{case}")
    assert unread(at) == before + 1
    page = plain(at.get("/notifications"))
    assert "A task is given to you Order of lamps: You know lamps" in page and "Order of rugs" in page
    assert "Order of lamps" not in plain(at.get("/notifications?unread=1"))
    assert "All read" in plain(at.post("/notifications/read").text) and unread(at) == 0


def test_the_list_goes_on_page_by_page_without_a_repeat(store: Store, at: Visitor) -> None:
    case = asked(store, "case.start", by="ana", workflow="order", data={"what": "paint"}).id
    for place in range(53):
        asked(store, "case.comment", by="ana", case_id=case, text=f"Look, number {place}.", mentions=["dana"])
    first = at.be("dana").get("/notifications")
    more = re.search(r'href="(/notifications\?after=[^"]+)"', first)
    assert more is not None
    numbers = re.findall(r"number (\d+)\.", first + at.get(more.group(1)))
    assert numbers == [str(place) for place in reversed(range(53))]
    asked(store, "notification.read", by="dana")


def test_one_chooses_what_is_mailed(store: Store, at: Visitor) -> None:
    page = at.be("dana").get("/me/notifications")
    assert len(re.findall(r'name="mailed" value="\w+" checked', page)) == len(WHAT)
    at.post("/me/notifications", {"mailed": ["escalate", "mention", "nonsense"]})
    assert asked(store, "notification.mailed", by="dana").mailed == ("escalate", "mention")
    case = asked(store, "case.start", by="dana", workflow="order", data={"what": "ink"}).id
    assert "No mail about this case" in plain(at.get(f"/cases/{case}"))
    at.post(f"/cases/{case}/mute", {"muted": "yes"})
    assert "Mail about this case again" in plain(at.get(f"/cases/{case}"))
    assert "Order of ink" in plain(at.get("/me/notifications"))
    at.post(f"/cases/{case}/mute", {"muted": "no", "back": "/me/notifications"})
    assert "Order of ink" not in plain(at.get("/me/notifications"))
    asked(store, "notification.choose_mail", by="dana", mailed=["assigned", "remind", "escalate", "mention"])


def test_mail_is_wanted_unless_it_was_declined() -> None:
    assert wants_mail({}, "remind", "c")
    assert not wants_mail({"mail": False}, "remind", "c")
    assert not wants_mail({"no_mail": ["remind"]}, "remind") and wants_mail({"no_mail": ["remind"]}, "escalate")
    assert not wants_mail({"muted": ["c"]}, "escalate", "c") and wants_mail({"muted": ["c"]}, "escalate", "d")
