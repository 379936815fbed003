"""The map editor's forms for data, measures and feedback: what is typed stands in the draft, comments stay."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Client, Response

from procession.store.store import Store
from tests.support.browser import served
from tests.support.database import Database
from tests.support.pages import application, asked, company

STAY = """\
# A room for the night.
process: {id}
title: Stay
owner: people-ops
fields:
  guest: text       # as in the passport
  nights: integer
  pet: yes/no?
subject: guest
start: {{form: [guest, nights]}}
workflows:
  room: {{use: room, take: {{pet: pet}}}}   # the only one
handoffs:
  - {{from: start, to: room, carry: {{guest: guest}}}}
"""
ROOM = """\
workflow: room
title: Room
owner: people-ops
fields: {guest: text, pet: yes/no?}
start: {form: [guest]}
steps:
  - {task: Make it, assign: starter, form: [pet]}
"""


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with company(package_database.app_url) as made:
        asked(made, "definition.publish", files=[{"name": "room", "text": ROOM}], accept="for tests")
        yield made


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[Client]:
    with served(application(store)) as at, Client(base_url=at, follow_redirects=True, timeout=30) as made:
        yield made


@pytest.fixture
def process(store: Store, request: pytest.FixtureRequest) -> str:
    id_ = request.node.name.replace("_", "-")[:40].strip("-")
    asked(store, "definition.publish", files=[{"name": id_, "text": STAY.format(id=id_)}], accept="for tests")
    return id_


def send(client: Client, process: str, do: str, **typed: Any) -> Response:
    held = {name: value for name, value in typed.items() if value}
    return client.post(f"/processes/{process}/edit", data={"do": do, "part": do, "side": "map", **held})


def draft(store: Store, process: str) -> str:
    return asked(store, "draft.get", definition=process).files[0].text


def row(
    n: int, was: str, *, label: str = "", name: str | None = None, kind: str = "text", **more: str
) -> dict[str, str]:
    shown = {
        "was": was,
        "name": was if name is None else name,
        "label": label or was.capitalize(),
        "type": kind,
        **more,
    }
    return {f"f{n}.{key}": value for key, value in shown.items()}


AS_IT_IS = {
    **row(0, "guest", required="yes", asked="yes"),
    **row(1, "nights", kind="integer", required="yes", asked="yes"),
    **row(2, "pet", kind="yes/no"),
}


def test_a_form_sent_as_it_is_changes_nothing(client: Client, store: Store, process: str) -> None:
    before = draft(store, process)
    send(client, process, "data", rows="4", subject="guest", **AS_IT_IS)
    assert draft(store, process) == before
    send(client, process, "measures", rows="1")
    assert draft(store, process) == before


def test_fields_are_added_changed_and_removed_and_comments_stay(client: Client, store: Store, process: str) -> None:
    typed = {
        **row(0, "guest", name="visitor", label="Who stays", required="yes", asked="yes"),
        **row(1, "nights", kind="integer", removed="yes"),
        **row(2, "pet", kind="choice", options="none, dog, cat, dog"),
        **row(3, "", name="", label="Arrives on", kind="date", required="yes", asked="yes"),
    }
    page = send(client, process, "data", rows="4", subject="guest", **typed)
    text = draft(store, process)
    assert "# A room for the night." in text and "# the only one" in text
    for line in (
        "subject: visitor",
        "arrives_on: date",
        "form: [visitor, arrives_on]",
        "options: [none, dog, cat]",
        "label: Who stays",
    ):
        assert line in text, text
    assert "nights" not in text
    # What the handoff carried is no longer there, and that is said.
    found = asked(store, "definition.check", files=[{"name": "a.yaml", "text": text}]).findings
    assert page.status_code == 200 and any("guest" in one.sentence for one in found)


def test_what_a_workflow_gives_back_follows_the_name(client: Client, store: Store, process: str) -> None:
    typed = {**AS_IT_IS, **row(2, "pet", name="animal", kind="yes/no")}
    send(client, process, "data", rows="4", subject="guest", **typed)
    assert "take: {animal: pet}" in draft(store, process)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (row(3, "", name="2 beds", label="Beds"), "A name begins with a letter"),
        (row(3, "", name="guest", label="Again"), "There is another field guest."),
        (row(3, "", label="Meal", kind="choice"), "Write what can be chosen"),
        (row(3, "", label="Meal", kind="table"), "Choose one of the types."),
    ],
)
def test_what_cannot_be_a_field_is_said_beside_it(
    client: Client, store: Store, process: str, typed: dict[str, str], said: str
) -> None:
    before = draft(store, process)
    answer = send(client, process, "data", rows="4", subject="guest", **{**AS_IT_IS, **typed})
    assert answer.status_code == 422 and said in answer.text and draft(store, process) == before


def test_figures_of_a_case_and_questions_asked_back(client: Client, store: Store, process: str) -> None:
    typed = {
        "m0.name": "Satisfaction", "m0.type": "rating", "b0.source": "room.completed", "b0.to": "people-ops",
        "b0.ask": "Was the room ready?",
    }  # fmt: skip
    page = send(client, process, "measures", rows="1", **typed)
    text = draft(store, process)
    assert "Satisfaction: {type: rating}" in text
    assert "ask: Was the room ready?" in text and "from: room.completed" in text
    assert "1 measure, 1 question" in " ".join(page.text.split())
    wrong = send(client, process, "measures", rows="1", **{**typed, "b0.ask": "", "m0.type": "text"})
    assert wrong.status_code == 422 and "Write the question." in wrong.text and "Choose one of rating" in wrong.text
    send(client, process, "measures", rows="1")
    assert "feedback:" not in draft(store, process) and "measures" not in draft(store, process)


def test_the_forms_have_what_is_in_force(client: Client, process: str) -> None:
    page = client.get(f"/processes/{process}/edit?part=data").text
    assert page.count('name="f0.asked" value="yes" checked') == 1 and 'name="f2.asked" value="yes">' in page
    assert "A case is about" in page and "One more field" in page
    assert "Who is asked" in client.get(f"/processes/{process}/edit?part=measures").text
