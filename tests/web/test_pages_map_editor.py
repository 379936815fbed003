"""The map editor over HTTP, as it works without any script: one change after the other, checked, drawn, published."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from httpx import Client, Response

from procession.demo import DEFAULT_PERSON
from procession.store.store import Store
from tests.support.browser import served
from tests.support.database import Database
from tests.support.pages import application, asked, company

BADGE = """\
workflow: badge
title: Badge
owner: people-ops
fields:
  person: text
  floors: integer
  photo: text?
start: {form: [person, floors]}
steps:
  - task: Print it
    assign: starter
    form: [photo]
    milestone: printed
"""
VISIT = """\
# Who comes, and who lets them in.
process: {id}
title: Visit
owner: people-ops
fields:
  guest: text
  rooms: integer
start: {{form: [guest, rooms]}}
workflows:
  badge: {{use: badge}}   # the first thing
handoffs:
  - {{from: start, to: badge, carry: {{person: guest, floors: rooms}}}}
"""


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with company(package_database.app_url) as made:
        asked(made, "definition.publish", files=[{"name": "badge", "text": BADGE}], accept="for tests")
        yield made


@pytest.fixture(scope="module")
def address(store: Store) -> Iterator[str]:
    with served(application(store)) as found:
        yield found


@pytest.fixture
def client(address: str) -> Iterator[Client]:
    with Client(base_url=address, follow_redirects=True, timeout=30) as made:
        yield made


@pytest.fixture
def process(store: Store, request: pytest.FixtureRequest) -> str:
    """A process of the test's own."""
    id_ = request.node.name.replace("_", "-")[:40].strip("-")
    asked(store, "definition.publish", files=[{"name": id_, "text": VISIT.format(id=id_)}], accept="for tests")
    return id_


def said(answer: Response) -> str:
    assert answer.status_code == 200, answer.text
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.text)).split())


def send(client: Client, process: str, do: str, **values: str | list[str]) -> Response:
    here = client.get(f"/processes/{process}/edit?side={values.get('side', 'map')}").text
    revision = re.search(r'name="revision" value="(\d+)"', here)
    assert revision is not None
    return client.post(f"/processes/{process}/edit", data={"do": do, "revision": revision[1], **values})


def draft(store: Store, process: str) -> str:
    return asked(store, "draft.get", definition=process).files[0].text


def test_a_published_workflow_is_added_and_check_says_what_it_lacks(client: Client, store: Store, process: str) -> None:
    answer = send(client, process, "add-workflow", use="equipment-provisioning")
    assert "No case can come to the member 'equipment-provisioning'." in said(answer)
    assert answer.url.params["part"] == "w:equipment-provisioning"
    text = draft(store, process)
    assert "# the first thing" in text and "# Who comes, and who lets them in." in text


def test_a_handoff_shows_types_and_a_wrong_one_where_it_stands(client: Client, store: Store, process: str) -> None:
    send(client, process, "add-workflow", title="Let them in", owner="people-ops")
    answer = send(client, process, "add-handoff", source="badge.milestone.printed", to="let-them-in")
    assert answer.url.params["part"] == "h:1"
    wrong = send(
        client, process, "change-handoff", part="h:0", number="0", was="start->badge", source="start", to="badge",
        **{"carry.person": "guest", "carry.floors": "guest"},
    )  # fmt: skip
    slot = re.search(r'<div id="carry-floors-found">(.*?)</div>', wrong.text, re.DOTALL)
    assert slot is not None and "text" in slot[1]
    groups = re.search(r'<select[^>]*name="carry\.floors".*?</select>', wrong.text, re.DOTALL)
    assert groups is not None
    assert groups[0].index('value="rooms"') < groups[0].index("Of another type") < groups[0].index('value="guest"')
    mended = send(
        client, process, "change-handoff", part="h:0", number="0", was="start->badge", source="start", to="badge",
        **{"carry.person": "guest", "carry.floors": "rooms"},
    )  # fmt: skip
    assert "carry-floors-found" not in mended.text


def test_everything_about_a_handoff_is_kept(client: Client, store: Store, process: str) -> None:
    send(client, process, "add-workflow", title="Let them in")
    send(client, process, "add-handoff", source="badge.completed", to="let-them-in")
    answer = send(
        client, process, "change-handoff", part="h:1", number="1", was="badge.completed->let-them-in",
        source=["badge.completed", "badge.milestone.printed"], to="let-them-in", when="rooms > 1", optional="yes",
        wait="2 hours", work="10 minutes", owner="people-ops",
    )  # fmt: skip
    assert answer.status_code == 200
    assert re.search(
        r"from: \{any of: \[badge\.completed, badge\.milestone\.printed\]\}\s+to: let-them-in\s+when: rooms > 1\s+"
        r"optional: true\s+usually: \{work: 10 minutes, wait: 2 hours\}\s+owner: people-ops",
        draft(store, process),
    ), draft(store, process)  # fmt: skip


def test_what_cannot_be_taken_is_said_beside_it_and_kept(client: Client, store: Store, process: str) -> None:
    before = draft(store, process)
    answer = send(
        client, process, "change-handoff", part="h:0", number="0", was="start->badge", source="start", to="badge",
        wait="soon", again="yes", at_most="many",
    )  # fmt: skip
    assert answer.status_code == 422
    assert 'value="soon" aria-invalid="true"' in answer.text and 'value="many" aria-invalid="true"' in answer.text
    assert draft(store, process) == before


def test_the_process_itself_changes_with_its_boundaries(client: Client, store: Store, process: str) -> None:
    send(client, process, "about", title="Visits", goal="Nobody waits at the door", owner="people-ops",
         target="2 business days", priority="speed", begins="announced", ends="gone home", customer="the guest")  # fmt: skip
    text = draft(store, process)
    for line in ("title: Visits", "goal: Nobody waits at the door", "target: 2 business days", "priority: speed",
                 "boundaries: {begins: announced, ends: gone home, customer: the guest}"):  # fmt: skip
        assert line in text
    wrong = send(client, process, "about", title="", target="soon", priority="luck")
    assert wrong.status_code == 422 and "A process has a title." in wrong.text
    assert draft(store, process) == text


def test_a_renamed_workflow_keeps_its_handoffs_and_a_removed_one_takes_them(
    client: Client, store: Store, process: str
) -> None:
    send(client, process, "change-workflow", part="w:badge", member="badge", name="pass", title="The pass")
    assert "pass: {use: badge, title: The pass}" in draft(store, process)
    assert "to: pass" in draft(store, process)
    page = client.get(f"/processes/{process}/edit?part=w:pass")
    assert "1 handoff that comes to it or leaves it goes with it." in said(page)
    send(client, process, "remove-workflow", part="w:pass", member="pass")
    assert "pass" not in draft(store, process)


def test_the_file_beside_it_is_the_same_draft(client: Client, store: Store, process: str) -> None:
    text = draft(store, process).replace("title: Visit", "title: Visitors  # as they say")
    answer = send(client, process, "yaml", side="yaml", text=text)
    assert "title: Visitors  # as they say" in unescape(answer.text)
    broken = send(client, process, "yaml", side="yaml", text="process: [\n")
    assert "The file cannot be read as it is" in said(broken)
    refused = client.post(f"/processes/{process}/edit", data={"do": "about", "revision": "2", "title": "X"})
    assert refused.status_code == 404
    send(client, process, "yaml", side="yaml", text=text)
    assert "About the process" in said(client.get(f"/processes/{process}/edit"))
    assert draft(store, process) == text


def test_a_colleague_who_saved_meanwhile_is_not_overwritten(client: Client, store: Store, process: str) -> None:
    send(client, process, "about", title="Mine")
    files = [{"name": f"{process}.yaml", "text": draft(store, process).replace("Mine", "Theirs")}]
    owners = (one.id for one in asked(store, "person.list") if one.active and (one.admin or "people-ops" in one.groups))
    other = next(one for one in owners if one != DEFAULT_PERSON)
    asked(store, "draft.save", person=other, definition=process, files=files, revision=1)
    answer = client.post(f"/processes/{process}/edit", data={"do": "about", "revision": "1", "title": "Mine again"})
    assert answer.status_code == 409 and "changed this draft at" in answer.text
    assert "title: Theirs" in draft(store, process)


def test_published_by_the_usual_way_with_what_changed(client: Client, store: Store, process: str) -> None:
    send(client, process, "add-workflow", title="Let them in")
    send(client, process, "add-handoff", source="badge.completed", to="let-them-in")
    page = client.get(f"/workflows/publish?draft={process}")
    assert "Becomes version 2" in said(page)
    assert "Let them in" in said(page)
    sheets = asked(store, "draft.get", definition=process).files
    answer = client.post("/workflows/publish", data={
        "do": "publish", "draft": process, "from": process, "name": [one.name for one in sheets],
        "text": [one.text for one in sheets], "accept": "for tests",
    })  # fmt: skip
    assert "is published as version 2" in said(answer)
    assert "Let them in" in said(client.get(f"/processes/{process}/map"))
    assert asked(store, "draft.get", definition=process).revision == 0


def test_the_draft_can_be_discarded(client: Client, store: Store, process: str) -> None:
    send(client, process, "about", title="Nonsense")
    assert "Discard this draft?" in said(client.get(f"/processes/{process}/edit?part=discard"))
    answer = client.post(f"/processes/{process}/edit", data={"do": "discard"})
    assert answer.url.path == f"/processes/{process}/map"
    assert "title: Visit\n" in draft(store, process)


def test_it_is_for_those_who_may_publish(address: str, store: Store, process: str) -> None:
    person = next(one.id for one in asked(store, "person.list") if not one.admin and "people-ops" not in one.groups)
    with Client(base_url=address, follow_redirects=True, cookies={"procession_person": person}) as stranger:
        assert stranger.get(f"/processes/{process}/edit").status_code == 403
        assert f'href="/processes/{process}/edit"' not in stranger.get(f"/processes/{process}/map").text
    with Client(base_url=address, follow_redirects=True) as owner:
        assert f'href="/processes/{process}/edit"' in owner.get(f"/processes/{process}/map").text


def test_the_summary_names_every_change_of_a_handoff(client: Client, store: Store, process: str) -> None:
    send(
        client, process, "change-handoff", part="h:0", number="0", was="start->badge", source="start", to="badge",
        wait="2 hours", owner="people-ops", optional="yes", **{"carry.person": "guest", "carry.floors": "rooms"},
    )  # fmt: skip
    send(client, process, "about", title="Visit", owner="people-ops", priority="quality", begins="announced")
    summary = said(client.get(f"/workflows/publish?draft={process}"))
    for part in ("Usual wait: 2 hours", "Owner: people-ops", "Optional: no, now yes", "Priority: quality",
                 "Boundary begins: announced"):  # fmt: skip
        assert part in summary


def test_an_expression_of_ones_own_can_be_typed(client: Client, store: Store, process: str) -> None:
    asked_for = send(
        client, process, "change-handoff", part="h:0", number="0", was="start->badge", source="start", to="badge",
        **{"carry.person": "=", "carry.floors": "rooms"},
    )  # fmt: skip
    assert 'name="typed.person"' in asked_for.text
    kept = send(
        client, process, "change-handoff", part="h:0", number="0", was="start->badge", source="start", to="badge",
        **{"carry.person": "=", "typed.person": "upper case(guest)", "carry.floors": "rooms"},
    )  # fmt: skip
    assert 'value="upper case(guest)"' in kept.text
    assert "person: upper case(guest)" in draft(store, process)
