"""A pilot from the first change to its end, without any script: begin, see, answer, pause, adjust, roll out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from procession.store.reading import read_definition
from procession.store.store import Store
from tests.support.database import Database
from tests.support.work import SHOP, Visitor, asked, plain, shop, visitor

OLD = """\
workflow: walk
title: Walk
owner: people-ops
fields: {dog: text, site: text}
start: {form: [dog, site]}
steps:
  - {task: Fetch the lead, assign: starter}
"""
NEW = OLD + "  - {task: Walk round the park, assign: starter}\n"


@pytest.fixture
def store(clean_database: Database) -> Iterator[Store]:
    with shop(clean_database.app_url) as made:
        one = read_definition(OLD)
        with made.transaction(SHOP) as tx:
            tx.definitions.publish(OLD, id="walk", kind="workflow", title=one.title, by="bo", at=datetime.now(UTC))
        yield made


@pytest.fixture
def pia(store: Store, tmp_path: Path) -> Iterator[Visitor]:
    with visitor(store, tmp_path) as somebody:
        yield somebody.be("pia")


def begun(pia: Visitor, **more: str) -> str:
    """Begin a pilot as the pages do; its address."""
    form = {"text": NEW, "definition": "walk", "share": "50", "question": "Better?", "why": "Dogs want more"} | more
    answer = pia.web.post("/pilots", data=form)
    assert answer.status_code == 200, plain(answer.text)
    return answer.url.path


def test_a_changed_file_can_be_tried_first(pia: Visitor) -> None:
    page = pia.web.post("/workflows/publish", data={"name": "walk.yaml", "text": NEW, "do": "check"}).text
    assert "Try it with some first" in plain(page)
    live = pia.web.post("/workflows/publish/check", data={"name": "walk.yaml", "text": NEW})
    assert live.status_code == 200 and "Try it with some first" in live.text
    asks = pia.web.post(
        "/workflows/publish", data={"name": "walk.yaml", "text": NEW, "do": "try", "tried": "walk"}
    ).text
    assert "how many take part" in plain(asks) and NEW.splitlines()[-1] in asks
    shown = plain(pia.web.get(begun(pia)).text)
    assert "Walk, version 2" in shown and "Too early to say" in shown and "Dogs want more" in shown
    assert "Walk, version 2" in plain(pia.web.get("/pilots").text)


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"share": "0"}, "The share is above 0"),
        ({"share": "many"}, "The share is above 0"),
        ({"share": "100"}, "That would be everybody"),
        ({"field": "site"}, "Name the values"),
        ({"text": OLD}, "everybody has already"),
        ({"text": NEW.replace("form: [dog, site]", "form: [dog]")}, "The start of Walk differs"),
    ],
)
def test_what_does_not_fit_is_said_and_everything_typed_is_kept(
    pia: Visitor, more: dict[str, str], sentence: str
) -> None:
    form = {"text": NEW, "definition": "walk", "share": "50", "question": "Is it better?", "why": "Kept"} | more
    answer = pia.web.post("/pilots", data=form)
    assert answer.status_code == 422
    assert sentence in plain(answer.text)
    assert 'value="Kept"' in answer.text and 'value="Is it better?"' in answer.text
    assert "Nothing is being tried" in plain(pia.web.get("/pilots").text)


def test_those_who_worked_with_it_are_asked_on_the_page_of_the_case(pia: Visitor, store: Store) -> None:
    address = begun(pia, share="100", people="ana")
    case = asked(store, "case.start", by="ana", workflow="walk", data={"dog": "Rex", "site": "Oslo"}).id
    assert "This case tries a new version" not in plain(pia.web.get(f"/cases/{case}").text)
    pia.be("ana")
    assert "This case tries a new version Better?" in plain(pia.web.get(f"/cases/{case}").text)
    thanked = pia.web.post(f"/cases/{case}/pilot-answer", data={"better": "yes", "text": "Fresh air"})
    assert "You said yes" in plain(thanked.text)
    assert "Fresh air" in plain(pia.be("pia").web.get(address).text)


def test_it_is_paused_adjusted_and_rolled_out(pia: Visitor, store: Store) -> None:
    address = begun(pia)
    paused = plain(pia.web.post(f"{address}/pause", data={"reason": "rain"}).text)
    assert "Paused: rain" in paused and "Resume" in paused
    assert pia.web.post(f"{address}/pause", data={"reason": ""}).status_code == 422
    assert "Resumed" in plain(pia.web.post(f"{address}/resume").text)
    newer = NEW.replace("round the park", "to the sea")
    editor = pia.web.get("/workflows/publish?from=walk&version=2").text
    assert "round the park" in editor
    again = pia.web.post("/workflows/publish", data={"name": "walk.yaml", "text": newer, "do": "try", "tried": "walk"})
    found = re.search(r'name="pilot" value="([^"]+)"', again.text)
    assert found is not None and "Adjust what is tried" in plain(again.text)
    adjusted = pia.web.post("/pilots", data={"text": newer, "definition": "walk", "pilot": found.group(1)})
    assert "Walk, version 3" in plain(adjusted.text) and "the comparison began anew" in plain(adjusted.text)
    assert "Rolled out" in plain(pia.web.post(f"{address}/roll_out").text)
    assert asked(store, "definition.get", definition="walk").ref.version == 3


def test_those_who_do_not_own_it_see_no_buttons(pia: Visitor) -> None:
    address = begun(pia)
    page = plain(pia.be("ana").web.get(address).text)
    assert "Roll out to everybody" not in page and "Too early to say" in page
    assert pia.web.post(f"{address}/roll_out").status_code in (403, 422)
    assert pia.web.post(f"{address}/dance").status_code == 404


def test_running_cases_are_moved_to_the_newest_version_and_back(pia: Visitor, store: Store) -> None:
    case = asked(store, "case.start", by="ana", workflow="walk", data={"dog": "Rex", "site": "Oslo"}).id
    asked(store, "definition.publish", by="pia", files=[{"name": "walk.yaml", "text": NEW}])
    assert "Move running cases to version 2" in plain(pia.web.get("/workflows/walk/versions").text)
    assert "Can move 1" in plain(pia.web.get("/definitions/walk/move").text)
    refused = pia.web.post("/definitions/walk/move", data={"to": "2", "case": case, "reason": ""})
    assert refused.status_code == 422 and "A reason is needed" in plain(refused.text)
    done = plain(pia.web.post("/definitions/walk/move", data={"to": "2", "case": case, "reason": "a longer walk"}).text)
    assert "1 case moved" in done and "Every running case is on version 2" in done
    page = pia.web.get(f"/cases/{case}").text
    assert "Take the move back" in page and "from version 1 to 2: a longer walk" in plain(page)
    assert "back on the version" in plain(pia.web.post(f"/cases/{case}/move-back").text)
    again = pia.web.post(f"/cases/{case}/move", data={"reason": "after all"})
    assert "Walk, version 2" in plain(again.text)


def test_a_step_under_another_name_is_chosen_on_the_page_and_the_case_goes_on_there(pia: Visitor, store: Store) -> None:
    case = asked(store, "case.start", by="ana", workflow="walk", data={"dog": "Rex", "site": "Oslo"}).id
    other = OLD.replace("Fetch the lead", "Find the lead")
    asked(store, "definition.publish", by="pia", files=[{"name": "walk.yaml", "text": other}])
    page = pia.web.get("/definitions/walk/move").text
    assert "Steps that version 2 does not have" in plain(page) and "Cannot move 1" in plain(page)
    assert 'value="fetch-the-lead=find-the-lead"' in page and "is “Find the lead” now" in plain(page)
    alone = pia.web.post(f"/cases/{case}/move", data={"reason": "a better word"})
    assert alone.status_code == 422 and "is “Find the lead” now" in plain(alone.text), (
        "it leads to where the name is said"
    )
    named = pia.web.get("/definitions/walk/move", params={"to": "2", "steps": "fetch-the-lead=find-the-lead"}).text
    assert "Can move 1" in plain(named)
    assert '<input type="hidden" name="steps" value="fetch-the-lead=find-the-lead">' in named
    form = {"to": "2", "case": case, "reason": "a better word", "steps": "fetch-the-lead=find-the-lead"}
    assert "1 case moved" in plain(pia.web.post("/definitions/walk/move", data=form).text)
    assert "where fetch-the-lead is find-the-lead: a better word" in plain(pia.web.get(f"/cases/{case}").text)


def test_a_name_that_fits_nothing_is_said_on_the_page(pia: Visitor, store: Store) -> None:
    asked(store, "case.start", by="ana", workflow="walk", data={"dog": "Rex", "site": "Oslo"})
    asked(store, "definition.publish", by="pia", files=[{"name": "walk.yaml", "text": NEW}])
    wrong = pia.web.get("/definitions/walk/move", params={"steps": "fetch-the-lead=fly"})
    assert wrong.status_code == 422
    assert "has no step 'fly'" in plain(wrong.text)
