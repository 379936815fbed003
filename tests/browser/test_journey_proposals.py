"""A process shows in the records of three workflows, and is connected with one click, in a real browser."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, expect

from procession.operations import calling
from procession.store.store import Store
from tests.operations.conftest import people
from tests.support.browser import Watch, served, sideways, violations
from tests.support.database import Database
from tests.support.linked_workflows import SOURCES, remember
from tests.support.pages import application

ORGANISATION = "linked"
LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "light", "has_touch": True},
}


@pytest.fixture
def site(clean_database: Database) -> Iterator[SimpleNamespace]:
    """An organisation with three workflows that belong together, and one that does not."""
    with Store(clean_database.app_url, pool_size=6) as store:
        people(store, ORGANISATION)
        bo = calling.as_person(store, ORGANISATION, "bo", at=datetime.now(UTC))
        files = [{"name": f"{name}.yaml", "text": text} for name, text in SOURCES.items()]
        calling.call(bo, "definition.publish", {"files": files, "accept": "for tests"})
        remember(store, ORGANISATION, datetime.now(UTC))
        with served(application(store, ORGANISATION, "bo")) as address:
            yield SimpleNamespace(address=address, store=store)


def test_a_process_is_seen_and_connected(browser: Browser, site: SimpleNamespace) -> None:
    wrong: dict[str, object] = {}
    for name, look in LOOKS.items():
        context = browser.new_context(**look)  # type: ignore[arg-type]
        page = context.new_page()
        watch = Watch(page)
        for place in ("/processes", "/proposals"):
            page.goto(site.address + place)
            expect(page.get_by_role("heading", name="These workflows seem to form a process")).to_be_visible(
                timeout=30_000
            )
            if folder := os.environ.get("PICTURES"):
                page.screenshot(path=Path(folder) / f"{name}{place.replace('/', '-')}.png", full_page=True)
            if found := [*violations(page), *watch.complaints, *([sideways(page)] if sideways(page) else [])]:
                wrong[f"{name} {place}"] = found
        context.close()
    assert wrong == {}

    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{site.address}/processes")
    page.get_by_role("button", name="Connect").click()
    page.wait_for_url("**/processes/order-to-invoice")
    expect(page.get_by_role("heading", name="Order to invoice").first).to_be_visible()
    page.goto(f"{site.address}/proposals")
    expect(page.get_by_role("heading", name="No process shows in the records")).to_be_visible()
    page.close()


def test_the_draft_can_be_changed_before_it_is_published(browser: Browser, site: SimpleNamespace) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{site.address}/proposals")
    page.get_by_role("link", name="Change the draft first").click()
    editor = page.locator("textarea[name=text]")
    expect(editor).to_have_value(re.compile("^process: order-to-invoice"))
    page.close()


def test_a_warning_without_a_reason_publishes_nothing(browser: Browser, site: SimpleNamespace) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{site.address}/proposals")
    page.get_by_label("Why the warnings may stand").fill("")
    page.get_by_role("button", name="Connect").click()
    expect(page.get_by_text("There is a warning", exact=False).first).to_be_visible()
    page.goto(f"{site.address}/processes/order-to-invoice")
    expect(page.get_by_text("There is no", exact=False).first).to_be_visible()
    page.close()
