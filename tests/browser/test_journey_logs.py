"""The log of another program is brought in the browser, and its page comes by itself when it is worked out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, expect

from procession.jobs.worker import Worker
from procession.settings import Settings
from tests.support import foreign_log
from tests.support.browser import Watch, served, sideways, violations
from tests.support.database import Database
from tests.support.work import application, shop

LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "light", "has_touch": True},
}


@pytest.fixture
def site(clean_database: Database, tmp_path: Path) -> Iterator[SimpleNamespace]:
    """The shop, with a worker beside it."""
    with shop(clean_database.app_url) as store:
        worker = Worker(store, Settings(data=tmp_path), poll=0.2)
        worker.start()
        try:
            with served(application(store, tmp_path / "files")) as address:
                yield SimpleNamespace(address=address, store=store)
        finally:
            worker.stop()


def test_a_log_is_brought_and_its_page_comes_by_itself(browser: Browser, site: SimpleNamespace, tmp_path: Path) -> None:
    file = tmp_path / "orders.csv"
    file.write_bytes(foreign_log.orders())
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    watch = Watch(page)
    page.goto(f"{site.address}/logs")
    page.get_by_role("link", name="Bring an event log").first.click()
    page.locator("input[type=file]").set_input_files(file)
    expect(page.get_by_text("orders.csv")).to_be_visible()
    page.get_by_role("button", name="Look at it").click()
    expect(page.get_by_role("heading", name="What the columns mean")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Import").click()
    page.wait_for_url("**/logs/*")
    expect(page.get_by_role("heading", name="Where the time goes")).to_be_visible(timeout=100_000)
    expect(page.get_by_role("heading", name="What follows what")).to_be_visible()
    assert watch.complaints == []
    address = page.url
    page.close()
    for look in LOOKS.values():
        context = browser.new_context(**look)  # type: ignore[arg-type]
        shown = context.new_page()
        for path in (address, f"{site.address}/logs", f"{site.address}/import/log"):
            shown.goto(path)
            assert (violations(shown), sideways(shown)) == ([], 0), path
        context.close()
