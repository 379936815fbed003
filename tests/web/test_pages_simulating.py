"""The "What if" pages: a change simulated, what is wrong with an input, and the scenario as a file."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
from httpx import Client

from procession.interchange.scenarios import read_scenario
from procession.store.store import Store
from tests.support.database import Database
from tests.support.pages import company
from tests.web.test_pages_design import PROCESS, text, visiting


@pytest.fixture(scope="module")
def store(package_database: Database) -> Iterator[Store]:
    with company(package_database.app_url) as made:
        yield made


@pytest.fixture
def web(store: Store) -> Iterator[Client]:
    with visiting(store) as client:
        yield client


def test_a_change_of_a_process_is_simulated(web: Client) -> None:
    said = text(web.get(f"/processes/{PROCESS}/whatif?today=10+per+week&arrivals=20+per+week&figures=stated"))
    assert "Mean time of a case" in said
    assert "By what is stated, not measured." in said
    assert "assumptions, because nothing says otherwise" in said
    assert "Save as scenario" in said


def test_without_a_question_nothing_is_simulated(web: Client) -> None:
    said = text(web.get(f"/processes/{PROCESS}/whatif"))
    assert "What if something changed?" in said
    assert "Mean time of a case" not in said
    assert "Save as scenario" not in said


def test_a_workflow_has_the_page_as_well(web: Client) -> None:
    page = web.get("/workflows/access-setup/whatif")
    assert page.status_code == 200
    assert "What if something changed?" in text(page)
    assert web.get(f"/workflows/{PROCESS}/whatif").status_code in (200, 303)


def test_what_does_not_fit_is_said_beside_its_input(web: Client) -> None:
    said = text(web.get(f"/processes/{PROCESS}/whatif?people=many&group=group:it"))
    assert "Write a whole number from 1 to 1,000." in said
    said = text(web.get(f"/processes/{PROCESS}/whatif?arrivals=often&figures=stated"))
    assert "Write such as 12 per week, or every 2 hours." in said
    said = text(web.get(f"/processes/{PROCESS}/whatif?step=access/create-the-accounts&what=work&time=long"))
    assert "Write a length of time" in said
    said = text(web.get(f"/processes/{PROCESS}/whatif?step=nowhere&what=instant"))
    assert "There is no such step." in said


def test_the_scenario_is_a_file_that_can_be_simulated(web: Client) -> None:
    address = f"/processes/{PROCESS}/whatif.scenario.yaml"
    page = web.get(
        f"{address}?arrivals=20+per+week&group=group:it&people=2&step=access/create-the-accounts&what=work&time=10+minutes"
    )
    assert page.status_code == 200
    assert f'filename="{PROCESS}.scenario.yaml"' in page.headers["content-disposition"]
    read = read_scenario(page.text)
    assert read.findings == ()
    assert read.scenario is not None
    assert read.scenario.arrivals == "20 per week"
    assert read.scenario.people == {"group:it": 2}
    assert "access/create-the-accounts" in read.scenario.steps
    assert web.get(f"{address}?people=x&group=group:it").status_code == 404


def test_a_share_of_todays_time_and_the_way_to_a_pilot(web: Client) -> None:
    asked = f"/processes/{PROCESS}/whatif?today=10+per+week&step=access/create-the-accounts&what=takes&part=50&figures=stated"
    page = web.get(asked)
    said = text(page)
    assert "Create the accounts takes 50 % of today's work" in said, "the step says what is changed about it"
    assert "Start a pilot with this change" in said
    link = re.search(r'href="(/workflows/publish\?from=access-setup&amp;why=[^"]+)"', page.text)
    assert link is not None
    editor = web.get(html.unescape(link[1]))
    assert "What the pilot is hoped to do: Create the accounts" in text(editor)
    assert "takes 50 % of today's work. Simulated: A case takes" in text(editor)
    assert "Write a whole number of per cent" in text(web.get(asked.replace("part=50", "part=half")))


def test_the_hope_reaches_the_form_of_the_pilot(web: Client) -> None:
    view = web.get("/workflows/publish?from=access-setup&why=Faster").text
    found = re.search(r"<textarea[^>]*name=\"text\"[^>]*>(.*?)</textarea>", view, re.DOTALL)
    assert found is not None
    body = html.unescape(found[1])
    changed = body.replace("title: ", "title: New ", 1)
    form = {
        "from": "access-setup",
        "why": "Faster",
        "text": changed,
        "name": "access-setup.yaml",
        "accept": "for tests",
    }
    begin = web.post("/workflows/publish", data={**form, "do": "try", "tried": "access-setup"})
    assert "Begin the pilot" in text(begin)
    assert "Faster" in begin.text
    assert 'name="why" value="Faster"' in web.post("/workflows/publish", data={**form, "do": "check"}).text


def test_what_is_left_empty_goes_from_the_address(web: Client) -> None:
    at = f"/processes/{PROCESS}/whatif"
    sent = "arrivals=&arrivals_per=week&takes:access/create-the-accounts=50&lies:access/create-the-accounts=&figures="
    gone = web.get(f"{at}?{sent}", follow_redirects=False)
    assert gone.status_code == 303
    query, _, part = gone.headers["location"].partition("?")[2].partition("#")
    assert parse_qsl(query) == [("takes:access/create-the-accounts", "50")]
    assert part == "simulated"
    empty = web.get(f"{at}?arrivals=&arrivals_per=week", follow_redirects=False)
    assert empty.headers["location"].partition("#")[0] == f"{at}?"


def test_every_step_has_its_sliders_each_with_a_number(web: Client) -> None:
    page = web.get("/workflows/support-ticket/whatif").text
    for title in ("New", "In progress", "Escalated", "Resolved to confirm"):
        assert f"<span>{title}</span>" in page
    sliders, numbers = (
        re.findall(r'type="range" id="([^"]+)-slide"', page),
        re.findall(r'type="number" id="([^"]+)"', page),
    )
    assert len(sliders) > 10
    assert set(sliders) <= set(numbers)
    assert 'name="way:support-ticket/in-progress:Escalate"' in page
    assert 'name="people:group:support"' in page


def test_collecting_and_coming_first(web: Client) -> None:
    address = f"/processes/{PROCESS}/whatif.scenario.yaml?step=access/create-the-accounts"
    read = read_scenario(web.get(f"{address}&what=batch&size=4").text).scenario
    assert read is not None
    assert read.steps["access/create-the-accounts"].batch is not None
    first = read_scenario(web.get(f"{address}&what=priority").text).scenario
    assert first is not None
    assert (first.order, first.steps["access/create-the-accounts"].priority) == ("priority", 10)
    assert web.get(f"{address}&what=batch&size=0").status_code == 404
