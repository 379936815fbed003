"""Forms in a real browser: fields come and go while somebody types, and nothing typed is touched."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Watch, served, sideways, violations
from tests.support.conditions import publish_trip
from tests.support.database import Database
from tests.support.work import application, asked, shop, task_in


@pytest.fixture(scope="module")
def site(package_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    with shop(package_database.app_url) as store:
        publish_trip(store)
        with served(application(store, tmp_path_factory.mktemp("files"))) as address:
            yield SimpleNamespace(address=address, store=store)


@pytest.fixture
def page(browser: Browser, site: SimpleNamespace) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    context.add_cookies([{"name": "procession_person", "value": "pia", "url": site.address}])
    yield context.new_page()
    context.close()


def test_fields_come_and_go_while_typing(site: SimpleNamespace, page: Page) -> None:
    watch = Watch(page)
    page.goto(site.address + "/start/trip")
    visa, hotel, place = page.get_by_label("Which visa"), page.get_by_label("Hotel"), page.get_by_label("Where to")
    expect(visa).to_be_hidden()
    expect(hotel).to_be_hidden()
    page.get_by_role("group", name="Abroad").get_by_label("Yes").check()
    expect(visa).to_be_visible()
    expect(visa).to_have_attribute("required", "")
    visa.fill("tourist")
    page.get_by_label("How many days").press_sequentially("12", delay=30)
    place.press_sequentially("Valparaíso and then by bus to Mendoza", delay=15)
    expect(hotel).to_be_visible()
    expect(place).to_have_value("Valparaíso and then by bus to Mendoza")
    expect(place).to_be_focused()
    page.get_by_role("group", name="Abroad").get_by_label("No").check()
    expect(visa).to_be_hidden()
    page.get_by_role("group", name="Abroad").get_by_label("Yes").check()
    expect(visa).to_be_visible()
    expect(visa).to_have_value("tourist")
    assert violations(page) == [] and watch.complaints == []
    page.set_viewport_size({"width": 390, "height": 800})
    assert sideways(page) <= 0
    hotel.fill("Grand")
    page.get_by_label("Whom to call").fill("Ana")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Trip to Valparaíso")).to_be_visible()


def test_after_a_refusal_the_focus_stays_where_somebody_types(site: SimpleNamespace, page: Page) -> None:
    page.goto(site.address + "/start/trip")
    page.get_by_label("Where to").fill("Ghent")
    page.get_by_role("group", name="Abroad").get_by_label("No").check()
    page.get_by_label("How many days").fill("many")
    page.get_by_role("button", name="Start").click()
    days = page.get_by_label("How many days")
    expect(days).to_be_focused()
    days.fill("3")
    page.get_by_label("Whom to call").focus()
    expect(page.get_by_label("Hotel")).to_be_visible()
    expect(page.get_by_label("Whom to call")).to_be_focused()


def test_a_task_asks_more_and_keeps_it_in_the_draft(site: SimpleNamespace, page: Page) -> None:
    data = {"place": "Cork", "abroad": False, "days": 1}
    task = task_in(site.store, asked(site.store, "case.start", by="ana", workflow="trip", data=data).id)
    asked(site.store, "task.claim", by="pia", task_id=task)
    page.goto(f"{site.address}/tasks/{task}")
    expect(page.get_by_label("Why it is refused")).to_be_hidden()
    page.get_by_role("group", name="Agreed").get_by_label("No").check()
    page.get_by_label("Why it is refused").fill("Too far")
    expect(page.locator("[data-saved]")).to_contain_text("Draft saved")
    page.reload()
    expect(page.get_by_label("Why it is refused")).to_have_value("Too far")
    page.get_by_role("button", name="Complete task").click()
    page.wait_for_url("**/cases/*")
    expect(page.locator(".case-side")).to_contain_text("Too far")
