"""The page that explains workflow and process once, and the signs with the pages where they show."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from httpx import Client

from procession.web.pages.help import PROCESS_SIGNS, WORKFLOW_SIGNS
from tests.support.browser import served
from tests.support.database import Database
from tests.support.pages import application, company


@pytest.fixture(scope="module")
def client(package_database: Database) -> Iterator[Client]:
    with (
        company(package_database.app_url) as store,
        served(application(store)) as address,
        Client(base_url=address, follow_redirects=True, timeout=60) as made,
    ):
        yield made


def test_the_pair_is_explained_with_coffee_and_the_morning(client: Client) -> None:
    page = client.get("/help")
    assert page.url.path == "/help/workflow-or-process"
    for word in (
        "Grind beans",
        "Pour into mug",
        "shower",
        "commute",
        "Can one person fix it?",
        "Days, not months.",
        "Weeks or months.",
    ):
        assert word in page.text
    assert page.text.count("<svg") > 1 and "View as list" in page.text


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/processes/employee-onboarding", "Process"), ("/processes/employee-onboarding/map", "Process"),
     ("/processes/employee-onboarding/edit", "Process"), ("/workflows/access-setup", "Workflow")],
)  # fmt: skip
def test_a_page_says_which_it_is_about_and_leads_to_what_that_is(client: Client, path: str, kind: str) -> None:
    found = re.search(
        r'<a class="pill accent kind" href="(/help/[a-z-]+)"[^>]*>(?:<svg.*?</svg>)?(\w+)</a>', client.get(path).text
    )
    assert found is not None and found[2] == kind
    assert client.get(found[1]).status_code == 200


def test_every_sign_leads_to_a_page_that_is_there_and_is_called_so(client: Client) -> None:
    listed = client.get("/help/signs").text
    for sign in (*WORKFLOW_SIGNS, *PROCESS_SIGNS):
        assert sign.said in listed
        page = client.get(sign.href)
        assert page.status_code == 200 and sign.page in page.text


def test_what_the_signs_speak_of_is_there(client: Client) -> None:
    """Words of the pages that the signs name."""
    overview = client.get("/processes/employee-onboarding").text
    for word in ("Where the time is lost", "First pass", "Half finish within", "between workflows", "About"):
        assert word in overview
    assert "What the records show" in client.get("/processes").text
    assert "Department" in client.get("/processes/employee-onboarding/map").text
