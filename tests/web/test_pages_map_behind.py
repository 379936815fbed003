"""The map of a process: narrowed down to a department, what lies behind a place, and large maps folded or as a list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest
from httpx import Client

from procession.engine.rejections import InvalidField
from procession.store.store import Store
from tests.support.browser import served
from tests.support.database import Database
from tests.support.pages import application, asked, company

PROCESS = "employee-onboarding"
MAP = f"/processes/{PROCESS}/map"


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with company(package_database.app_url) as made:
        yield made


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[Client]:
    with served(application(store)) as address, Client(base_url=address, follow_redirects=True, timeout=60) as made:
        yield made


def words(page: str) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def svg(page: str) -> str:
    return page[page.index("<svg", page.index("data-view")) :].split("</svg>", 1)[0]


def titles(picture: str) -> list[str]:
    return [unescape(one) for one in re.findall(r"<title>([^<]+)</title>", picture)]


def test_a_department_keeps_its_figures_and_the_rest_keeps_quiet(client: Client) -> None:
    whole, narrowed = svg(client.get(MAP).text), svg(client.get(f"{MAP}?department=it").text)
    assert "dg-quiet" not in whole
    seen = {one.split(", ")[0]: one for one in titles(narrowed)}
    before = {one.split(", ")[0]: one for one in titles(whole)}
    assert seen["Configure the computer"] == before["Configure the computer"]
    assert before["Ask for consent"].startswith(f"{seen['Ask for consent']}, ")  # its figure is gone
    box = re.search(r'viewBox="[^"]+"', whole)
    assert box is not None and box[0] in narrowed  # the layout stays
    page = client.get(f"{MAP}?department=it&colour=rework&days=90").text
    assert "Remove filter Department IT" in page
    assert f'href="{MAP}?colour=rework&amp;days=90"' in page  # what takes the filter away keeps the rest
    assert 'name="department"' in client.get(MAP).text
    assert client.get(f"{MAP}?department=nobody").text.count("dg-quiet") == 0


def test_the_file_is_narrowed_down_too(client: Client) -> None:
    whole, narrowed = (client.get(f"{MAP}.svg{query}").text for query in ("", "?department=it"))
    assert whole.startswith("<svg") and narrowed.startswith("<svg") and whole != narrowed


def test_groups_and_cases_behind_a_place(client: Client, store: Store) -> None:
    places = asked(store, "insight.process", process=PROCESS).places
    for kind in ("member", "step", "handoff"):
        place = max((one for one in places if one.kind == kind), key=lambda one: one.visits)
        found = asked(store, "insight.behind", process=PROCESS, place=place.key, limit=200)
        assert sum(one.share for one in found.groups) == pytest.approx(1)
        assert sum(one.visits for one in found.groups) == sum(one.visits for one in found.slowest)
        waits = [one.waiting for one in found.slowest]
        assert waits == sorted(waits, reverse=True) and len(waits) == found.cases
        if kind != "member":
            assert found.title == place.title
            assert sum(one.visits for one in found.groups) == place.visits
        page = words(client.get(MAP, params={"step": place.key}).text)
        assert "By group" in page and f"{found.groups[0].title} " in page and "Waited longest" in page
        assert found.slowest[0].case.name in page
        listed = words(client.get(f"{MAP}/cases", params={"step": place.key}).text)
        assert f"{found.cases} finished case" in listed and found.slowest[-1].case.name in listed


def test_the_waiting_of_groups_is_that_of_the_step(store: Store) -> None:
    """Where one group does a step, its median is the step's own."""
    places = asked(store, "insight.process", process=PROCESS).places
    for place in (one for one in places if one.kind == "step" and one.visits >= 5):
        groups = asked(store, "insight.behind", process=PROCESS, place=place.key, limit=0).groups
        if len(groups) == 1:
            assert groups[0].waiting == pytest.approx(place.waiting)
            return
    raise AssertionError("no step is done by one group alone")


def test_a_page_of_cases_goes_on_where_the_one_before_ended(store: Store) -> None:
    place = next(one for one in asked(store, "insight.process", process=PROCESS).places if one.visits > 10)
    whole = asked(store, "insight.behind", process=PROCESS, place=place.key, limit=200)
    parts = [asked(store, "insight.behind", process=PROCESS, place=place.key, limit=4, after=n) for n in (0, 4)]
    assert [one.case.id for part in parts for one in part.slowest] == [one.case.id for one in whole.slowest[:8]]
    assert [part.more for part in parts] == [whole.cases - 4, whole.cases - 8]


@pytest.mark.parametrize(
    ("asking", "said"),
    [({"place": "nowhere/at-all"}, "No finished case has"), ({"limit": 201}, "limit is 0 to 200"), ({"after": -1}, "0 or more"),
     ({"days": 0}, "days is 1 to")],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(store: Store, asking: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidField, match=said):
        asked(store, "insight.behind", **{"process": PROCESS, "place": "access", **asking})


# --- large maps -------------------------------------------------------------------------------------------------------


def large(store: Store, name: str, members: int) -> str:
    """A process of so many workflows with ten steps each."""
    files = [
        {
            "name": f"{name}-{n}.yaml",
            "text": f"workflow: {name}-{n}\ntitle: Part {n}\nowner: it\nstart: {{form: []}}\nsteps:\n"
            + "".join(f"  - {{task: Step {n}-{step}, assign: 'group:it'}}\n" for step in range(10)),
        }
        for n in range(members)
    ]
    chain = ["  - {from: start, to: m0}", *(f"  - {{from: m{n}.completed, to: m{n + 1}}}" for n in range(members - 1))]
    uses = "\n".join(f"  m{n}: {{use: {name}-{n}}}" for n in range(members))
    text = (
        f"process: {name}\ntitle: Large {members}\nowner: it\nstart: {{form: []}}\nworkflows:\n{uses}\nhandoffs:\n"
        + "\n".join(chain)
    )
    asked(store, "definition.publish", files=[*files, {"name": f"{name}.yaml", "text": text}], accept="a large one")
    return name


def test_more_than_sixty_steps_are_folded_and_a_click_unfolds_a_workflow(client: Client, store: Store) -> None:
    at = f"/processes/{large(store, 'large-folded', 7)}/map"
    page = client.get(at).text
    assert "Step 3-4" not in svg(page) and "Part 3" in svg(page) and "All steps" in page
    link = next(one for one in re.findall(r'href="([^"]+)"', svg(page)) if "step=m3" in one)
    unfolded = client.get(unescape(link)).text
    assert "Step 3-4" in svg(unfolded) and "Step 2-4" not in svg(unfolded)
    again = next(one for one in re.findall(r'href="([^"]+)"', svg(unfolded)) if one.endswith("step=m3"))
    assert "Step 3-4" not in svg(client.get(unescape(again)).text)
    inside = svg(client.get(f"{at}?step=m5/step-5-2").text)  # a step that is selected is seen
    assert "Step 5-2" in inside and "Step 4-2" not in inside
    assert "Step 0-0" in svg(client.get(f"{at}?open=all").text) and "Step 6-9" in svg(client.get(f"{at}?open=all").text)
    assert "Step 3-4" in client.get(f"{at}.svg?open=m3").text and "Step 3-4" not in client.get(f"{at}.svg").text
    assert "Step 3-4" in page  # in the list that stands beside


def test_more_than_a_hundred_and_fifty_steps_come_as_a_list_first(client: Client, store: Store) -> None:
    at = f"/processes/{large(store, 'large-listed', 16)}/map"
    page = client.get(at).text
    assert "data-view" not in page and "the list comes first" in page and "Step 15-9" in page
    drawn = client.get(f"{at}?view=map").text
    assert "Part 15" in svg(drawn) and "Step 15-9" not in svg(drawn)
