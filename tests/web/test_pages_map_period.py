"""The map over a recent period, over HTTP."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from httpx import Client

from tests.support.browser import served
from tests.support.database import Database
from tests.support.pages import application, company

MAP = "/processes/employee-onboarding/map"


@pytest.fixture(scope="module")
def web(package_database: Database) -> Iterator[Client]:
    with (
        company(package_database.app_url) as store,
        served(application(store)) as address,
        Client(base_url=address, follow_redirects=True, timeout=60) as client,
    ):
        yield client


def test_a_period_has_fewer_cases_and_the_limits_of_all_time(web: Client) -> None:
    whole, lately = web.get(MAP).text, web.get(f"{MAP}?days=90").text
    cases = [int(re.findall(r"(\d+) finished case", page)[0]) for page in (whole, lately)]
    legends = [page.split('class="heat-legend"', 1)[1].split("</div>", 1)[0] for page in (whole, lately)]
    assert 0 < cases[1] < cases[0]
    assert legends[0] == legends[1]
    assert "colour=rework&amp;days=90" in lately and "colour=rework&amp;days" not in whole
    assert f"{cases[0]} finished" in web.get(f"{MAP}?days=nonsense").text


def test_the_file_shows_the_period_too(web: Client) -> None:
    whole, lately = (web.get(f"{MAP}.svg{query}").text for query in ("", "?days=90"))
    assert whole.startswith("<svg") and lately.startswith("<svg") and whole != lately
