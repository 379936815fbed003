"""Fields that are asked only under a condition: over HTTP, with a script that asks and without any."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from procession.store.store import Store
from tests.support.conditions import publish_trip
from tests.support.database import Database
from tests.support.work import Visitor, asked, plain, shop, task_in, visitor


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with shop(package_database.app_url) as made:
        publish_trip(made)
        yield made


@pytest.fixture(scope="module")
def at(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visitor]:
    with visitor(store, tmp_path_factory.mktemp("files")) as one:
        yield one


def states(html: str) -> dict[str, str]:
    """How a page has each of the fields that depend on others."""
    return dict(re.findall(r'name="_has" value="(\w+):(\w+)"', html))


def has(**states: str) -> dict[str, list[str]]:
    return {"_has": [f"{name}:{state}" for name, state in states.items()]}


ASKED = has(visa="hidden", hotel="hidden", contact="asked")


def test_a_form_begins_with_what_it_asks_of_everybody(at: Visitor) -> None:
    page = at.be("ana").get("/start/trip")
    assert states(page) == {"visa": "hidden", "hotel": "hidden", "contact": "asked"}
    assert re.search(r'id="frame-visa" hidden>.*name="visa"', page, re.DOTALL)
    assert not re.search(r'name="visa"[^>]* required', page)


def test_only_what_looks_different_is_answered(at: Visitor) -> None:
    sent = {"place": "Oslo", "abroad": "yes", "days": "1", **ASKED}
    answer = at.be("ana").post("/start/trip/fill", sent)
    assert answer.status_code == 200
    assert states(answer.text) == {"visa": "required", "contact": "required"}
    assert 'hx-swap-oob="outerHTML"' in answer.text and "Where to" not in answer.text
    same = at.post("/start/trip/fill", {**sent, **has(visa="required", hotel="hidden", contact="required")})
    assert same.status_code == 200 and same.text.strip() == ""


def test_half_typed_values_count_as_empty_and_hidden_ones_come_back(at: Visitor) -> None:
    half = at.be("ana").post("/start/trip/fill", {"days": "eleven", **ASKED})
    assert half.text.strip() == ""
    typed = {"days": "9", "hotel": "Grand", **ASKED}
    back = at.post("/start/trip/fill", typed).text
    assert states(back) == {"hotel": "required"} and 'value="Grand"' in back


def test_without_scripts_the_form_comes_back_with_one_more_question(store: Store, at: Visitor) -> None:
    before = asked(store, "case.count", workflow="trip").open
    sent = {"place": "Lima", "abroad": "no", "days": "3", **ASKED}
    again = at.be("ana").post("/start/trip", sent)
    assert "Your answers ask one more question: Hotel." in plain(again.text)
    assert 'value="Lima"' in again.text and states(again.text)["hotel"] == "asked"
    assert asked(store, "case.count", workflow="trip").open == before
    then = at.post("/start/trip", {**sent, **has(visa="hidden", hotel="asked", contact="asked")})
    assert "Trip to Lima has started" in plain(then.text)


def test_what_is_not_asked_is_not_an_answer(store: Store, at: Visitor) -> None:
    case = at.be("ana").start("trip", place="Rome", abroad="no", days="1", visa="tourist", hotel="Grand")
    values = {one.name: one.value for one in asked(store, "case.get", case_id=case).data}
    assert values["visa"] is None and values["hotel"] is None


def test_a_refused_form_shows_what_its_answers_ask(at: Visitor) -> None:
    refused = at.be("ana").post("/start/trip", {"place": "", "abroad": "yes", "days": "1", "visa": ""})
    assert refused.status_code == 422
    assert states(refused.text) == {"visa": "required", "hotel": "hidden", "contact": "required"}
    assert "Which visa is required." in plain(refused.text)


def test_a_task_asks_while_it_is_filled_in_and_only_whom_it_concerns(store: Store, at: Visitor) -> None:
    case = at.be("ana").start("trip", place="Bern", abroad="no", days="1")
    task = task_in(store, case)
    assert states(at.be("pia").get(f"/tasks/{task}")) == {"refused": "hidden"}
    answer = at.post(f"/tasks/{task}/fill", {"agreed": "no", **has(refused="hidden")})
    assert states(answer.text) == {"refused": "required"}
    assert at.be("ana").post(f"/tasks/{task}/fill", {"agreed": "no"}).status_code == 403
    again = at.be("pia").post(f"/tasks/{task}", {"agreed": "no", "outcome": "done", **has(refused="hidden")})
    assert "one more question: Why it is refused" in plain(again.text)
    drafted = at.post(f"/tasks/{task}", {"agreed": "no", "refused": "Too dear"}, headers={"X-Draft": "1"})
    assert drafted.status_code == 204
    page = at.get(f"/tasks/{task}")
    assert states(page) == {"refused": "required"} and 'value="Too dear"' in page


def test_people_outside_are_asked_the_same_way(store: Store, at: Visitor) -> None:
    public = at.web.post("/f/trip/fill", data={"abroad": "yes", **ASKED})
    assert states(public.text) == {"visa": "required", "contact": "required"}
    case = at.be("ana").start("trip", place="Nice", abroad="no", days="1")
    at.be("pia").post(f"/tasks/{task_in(store, case)}", {"agreed": "yes", "outcome": "done"})
    link = asked(store, "link.make", case_id=case, task_id=task_in(store, case)).path
    page = at.get(link)
    nonce = re.search(r'name="nonce" value="(\w+)"', page)
    assert nonce is not None and states(page) == {"refused": "hidden"}
    sent = {"seat": "aisle", "nonce": nonce.group(1), **has(refused="hidden")}
    assert states(at.web.post(f"{link}/fill", data=sent).text) == {"refused": "asked"}
    assert at.web.post(f"{link}/fill", data={**sent, "nonce": "wrong"}).status_code == 204
    assert "one more question" in plain(at.web.post(link, data={**sent, "outcome": "done"}).text)
    done = at.web.post(link, data={**sent, "outcome": "done", **has(refused="asked")})
    assert "Thank you" in plain(done.text)
