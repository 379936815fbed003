"""Every component and every example page, looked at by a real browser."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from procession.web.gallery import PAGES, application
from procession.web.templating import STATIC
from tests.support.browser import Watch, served, sideways, violations

PLACES = ("", *(f"/{page}" for page in PAGES))
LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "light", "has_touch": True},
}


@pytest.fixture(scope="module")
def gallery() -> Iterator[str]:
    with served(application()) as address:
        yield f"{address}/dev/ui"


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("look", LOOKS)
def test_pages_are_accessible_and_keep_the_policy(browser: Browser, gallery: str, look: str) -> None:
    context = browser.new_context(**LOOKS[look])  # type: ignore[arg-type]
    found: dict[str, list[str]] = {}
    for place in PLACES:
        page = context.new_page()
        watch = Watch(page)
        page.goto(gallery + place, wait_until="load")
        found[place] = violations(page) + watch.complaints
        page.close()
    context.close()
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


@pytest.mark.parametrize("place", PLACES)
def test_no_page_scrolls_sideways_on_a_small_phone(browser: Browser, gallery: str, place: str) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    page.goto(gallery + place)
    assert sideways(page) == 0
    page.close()


def test_scripts_stay_small() -> None:
    assert sum(len((STATIC / name).read_bytes()) for name in ("htmx.min.js", "app.js")) <= 60_000


def test_the_theme_is_kept_and_rendered_by_the_server(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/home")
    toggle = page.locator("[data-theme-toggle]")
    toggle.click()
    toggle.click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")
    answer = page.request.get(f"{gallery}/home").text()
    assert '<html lang="en" data-theme="dark">' in answer


def test_keys_open_pages_that_exist_and_the_list_of_keys(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/home")
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_contain_text("Running cases")
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("c")
    page.wait_for_url("**/cases")
    page.keyboard.press("j")
    expect(page.locator(".row-link").first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/case")


def test_keys_are_letters_while_somebody_types(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/cases")
    page.keyboard.press("/")
    page.keyboard.type("g c?")
    expect(page.locator("[data-filter]")).to_have_value("g c?")
    expect(page.locator("#keys")).to_be_hidden()


def test_the_palette_finds_places_and_asks_the_server(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/home")
    page.keyboard.press("Control+k")
    page.keyboard.type("priya")
    option = page.locator("#palette-list .palette-option")
    expect(option).to_have_count(1)
    expect(option).to_contain_text("Onboard Priya Nair")
    assert violations(page) == []
    page.keyboard.press("Enter")
    page.wait_for_url("**/case")


def test_a_task_opens_beside_the_list_and_back_returns(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/inbox")
    page.get_by_role("link", name="Assign buddy").click()
    expect(page.locator("#detail h2").first).to_have_text("Assign buddy")
    assert page.url.endswith("?task=5")
    page.go_back()
    expect(page.locator("#detail h2").first).to_have_text("Manager approval")


def test_the_sidebar_is_a_drawer_on_a_phone(browser: Browser, gallery: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{gallery}/home")
    expect(page.locator("#sidebar")).to_be_hidden()
    page.get_by_role("link", name="Menu", exact=True).click()
    expect(page.get_by_role("link", name="Running cases")).to_be_visible()
    assert violations(page) == []
    page.keyboard.press("Escape")
    expect(page.locator("#sidebar")).to_be_hidden()
    page.close()


def test_without_scripts_the_drawer_the_menus_and_the_forms_still_work(browser: Browser, gallery: str) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 390, "height": 800})
    page = context.new_page()
    page.goto(f"{gallery}/cases")
    page.locator(".menu-open").click()
    expect(page.get_by_role("link", name="My tasks")).to_be_visible()
    page.locator(".drawer-close").click()
    page.locator("tr summary").first.click()
    expect(page.get_by_role("button", name="Cancel").first).to_be_visible()
    page.goto(f"{gallery}/guest")
    expect(page.get_by_role("button", name="Send")).to_be_visible()
    context.close()


def test_a_dialog_takes_the_focus_and_gives_it_back(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/case")
    opener = page.get_by_role("button", name="Change due date").first
    opener.click()
    expect(page.locator("#due-dialog")).to_be_visible()
    assert violations(page) == []
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator("#due-dialog")).to_be_hidden()
    expect(opener).to_be_focused()


def test_rows_are_added_and_taken_away(page: Page, gallery: str) -> None:
    page.goto(gallery)
    rows = page.locator('[data-rows="lines"] tbody tr')
    expect(rows).to_have_count(2)
    page.locator('[data-rows="lines"] [data-add-row]').click()
    expect(rows).to_have_count(3)
    expect(page.locator('[name="lines.2.item"]')).to_be_focused()
    page.locator('[data-rows="lines"] [data-remove-row]').first.click()
    expect(rows).to_have_count(2)


def test_a_draft_is_sent_a_second_after_the_last_key(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/inbox?task=3")
    with page.expect_request(lambda request: request.method == "POST") as sent:
        page.locator("textarea").first.fill("Rate checked.")
    assert "note=Rate+checked." in (sent.value.post_data or "")
    assert sent.value.headers["x-draft"] == "1"
    expect(page.locator("[data-saved]")).to_have_text(re.compile(r"Draft saved \d\d:\d\d"))


def test_the_first_wrong_field_has_the_focus(page: Page, gallery: str) -> None:
    page.goto(gallery)
    expect(page.locator("#f-w_received")).to_be_focused()
    described = page.locator("#f-w_received").get_attribute("aria-describedby")
    assert described == "f-w_received-error"


def test_a_diagram_is_moved_zoomed_and_walked_through(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/map")
    drawing = page.locator("[data-view] > svg")
    before = drawing.evaluate("svg => svg.style.transform")
    page.get_by_role("button", name="Zoom in").click()
    zoomed = drawing.evaluate("svg => svg.style.transform")
    assert zoomed != before
    page.keyboard.press("0")
    assert drawing.evaluate("svg => svg.style.transform") == before
    box = page.locator("[data-view]").bounding_box()
    assert box is not None
    page.mouse.move(box["x"] + 40, box["y"] + box["height"] - 40)
    page.mouse.down()
    page.mouse.move(box["x"] + 140, box["y"] + box["height"] - 90, steps=4)
    page.mouse.up()
    assert drawing.evaluate("svg => svg.style.transform") != before


def test_findings_lead_to_their_line(page: Page, gallery: str) -> None:
    page.goto(f"{gallery}/publish")
    page.get_by_role("link", name="Line 18", exact=True).click()
    chosen = page.locator("textarea").evaluate("area => area.value.slice(area.selectionStart, area.selectionEnd)")
    assert chosen == 'levle != "auto"'
