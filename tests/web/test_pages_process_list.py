"""The list of processes: its filters stand in the address, and a page says when nothing fits them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from httpx import Client

from procession.store.store import Store
from tests.support.browser import served
from tests.support.database import Database
from tests.support.pages import application, asked, company

PROCESS = "employee-onboarding"


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with company(package_database.app_url) as made:
        yield made


@pytest.fixture(scope="module")
def client(store: Store) -> Iterator[Client]:
    with (
        served(application(store)) as address,
        Client(base_url=address, follow_redirects=True, timeout=30) as made,
    ):
        yield made


def titles(client: Client, query: str = "") -> set[str]:
    page = client.get(f"/processes{query}")
    assert page.status_code == 200
    return {unescape(one) for one in re.findall(r'<a class="row-link"[^>]*>([^<]+)</a>', page.text)}


def test_filters_stand_in_the_address(client: Client, store: Store) -> None:
    lines = asked(store, "process.list")
    assert titles(client) == {one.title for one in lines}
    owner = next(one.owner for one in lines if one.id == PROCESS)
    assert titles(client, f"?owner={owner}") == {one.title for one in lines if one.owner == owner}
    verdicts = {one.title: asked(store, "insight.process", process=one.id).verdict.kind for one in lines}
    healths = {"Process problem": "process", "Workflow problem": "workflow"}
    for shown, kind in healths.items():
        assert titles(client, f"?health={shown}") == {one for one, found in verdicts.items() if found == kind}


def test_a_filter_is_taken_away_by_its_chip_and_others_stay(client: Client) -> None:
    page = client.get("/processes?owner=people-ops&health=Nothing")
    assert "No process fits these filters" in page.text
    assert 'href="/processes?owner=people-ops"' in page.text and 'href="/processes?health=Nothing"' in page.text


def test_one_page_has_the_figures_of_both_scales(client: Client, store: Store) -> None:
    figures = asked(store, "insight.scales", process=PROCESS)
    text = " ".join(unescape(re.sub(r"<[^>]+>", " ", client.get(f"/processes/{PROCESS}").text)).split())
    for word in ("Finished on time", "Half finish within", "Running", "Work", "Wait", "First pass"):
        assert word in text
    seen = next(one for one in figures.workflows if one.runs >= 5)
    assert seen.first_pass is not None and f"{round(seen.first_pass * 100)}%" in text.replace("\u202f", "").replace(
        " %", "%"
    )


def test_the_inspector_says_what_waits_on_a_place(client: Client, store: Store) -> None:
    places = asked(store, "insight.process", process=PROCESS).places
    place = next(one for one in places if one.kind == "handoff" and one.visits)
    found = asked(store, "insight.waiting_on", process=PROCESS, place=place.key)
    text = " ".join(
        unescape(re.sub(r"<[^>]+>", " ", client.get(f"/processes/{PROCESS}/map?step={place.key}").text)).split()
    )
    assert "What is waiting on it" in text
    if found.held:
        assert f"It holds up {found.next[0].title} in {found.next[0].cases} of {found.cases} finished case" in text
    assert found.sooner is not None
    assert found.sooner.sentence in text
