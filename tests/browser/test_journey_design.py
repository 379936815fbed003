"""Home, workflows, publishing and processes in a real browser: accessible, within the policy, small, by keyboard."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Watch, served, sideways, violations
from tests.support.database import Database
from tests.support.pages import application, asked, company

PROCESS = "employee-onboarding"
LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "light", "has_touch": True},
}


@pytest.fixture(scope="module")
def site(package_database: Database) -> Iterator[SimpleNamespace]:
    """The company's pages and its records."""
    with company(package_database.app_url) as store, served(application(store)) as address:
        yield SimpleNamespace(address=address, store=store)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def places(site: SimpleNamespace) -> list[str]:
    """Every page of its kind once."""
    case = asked(site.store, "case.list", workflow=PROCESS, status="open").items[-1].id
    return [
        "/", "/workflows", "/workflows?q=nothing-like-it", "/workflows/proposal-review",
        "/workflows/support-ticket/sop", "/workflows/time-off/yaml", "/workflows/time-off/versions",
        "/workflows/publish", "/workflows/publish?example=employee-onboarding", "/processes", f"/processes/{PROCESS}",
        f"/processes/{PROCESS}/map",
        f"/processes/{PROCESS}/map?colour=rework&step=access/create-the-accounts", f"/processes/{PROCESS}/whatif",
        f"/processes/{PROCESS}/versions", f"/processes/{PROCESS}/cases/{case}",
    ]  # fmt: skip


@pytest.mark.parametrize("look", LOOKS)
def test_pages_are_accessible_and_keep_the_policy(browser: Browser, site: SimpleNamespace, look: str) -> None:
    context = browser.new_context(**LOOKS[look])  # type: ignore[arg-type]
    found: dict[str, list[str]] = {}
    for place in places(site):
        page = context.new_page()
        watch = Watch(page)
        page.goto(site.address + place, wait_until="load")
        found[place] = violations(page) + watch.complaints
        page.close()
    context.close()
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_no_page_scrolls_sideways_on_a_small_phone(browser: Browser, site: SimpleNamespace) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    found: dict[str, int] = {}
    for place in places(site):
        page.goto(site.address + place)
        found[place] = sideways(page)
    page.close()
    assert {place: wide for place, wide in found.items() if wide} == {}


def test_findings_come_while_somebody_types_and_go_when_it_is_right(page: Page, site: SimpleNamespace) -> None:
    watch = Watch(page)
    page.goto(f"{site.address}/workflows/publish")
    editor = page.locator("textarea[name=text]")
    right = editor.input_value()
    editor.fill(right.replace("assign: starter", "assign: somebody"))
    expect(page.locator("#result .problem")).to_have_count(1)
    expect(page.get_by_role("button", name="Publish")).to_be_disabled()
    marked = page.locator("#lines a.bad")
    expect(marked).to_have_text(str(right.split("\n").index("    assign: starter") + 1))
    page.locator("#result .problem a").click()
    line = editor.evaluate("area => area.value.slice(0, area.selectionStart).split('\\n').length")
    assert line == int(marked.inner_text())
    editor.fill(right)
    expect(page.locator("#result")).to_contain_text("Nothing is wrong")
    expect(page.locator("#lines a")).to_have_count(0)
    expect(page.get_by_role("button", name="Publish")).to_be_enabled()
    assert watch.complaints == []


def test_from_the_editor_to_a_case_without_any_script(browser: Browser, site: SimpleNamespace) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site.address}/workflows/publish")
    editor = page.locator("textarea[name=text]")
    source = editor.input_value().replace("my-first-workflow", "by-hand").replace("My first workflow", "By hand")
    editor.fill(source.replace("assign: starter", "assign: somebody"))
    page.get_by_role("button", name="Check").click()
    expect(page.locator(".problem")).to_have_count(1)
    page.locator("textarea[name=text]").fill(source)
    page.get_by_role("button", name="Check").click()
    page.get_by_role("button", name="Publish").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("By hand")
    page.get_by_role("link", name="Start a case").click()
    page.get_by_label("What is it about?").fill("Something")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name="Do it")).to_be_visible()
    context.close()


def test_from_the_sentence_to_the_place_and_what_it_would_save(page: Page, site: SimpleNamespace) -> None:
    top = asked(site.store, "insight.home").verdict.top
    answer = asked(site.store, "insight.make_instant", process=PROCESS, place=top)
    page.goto(site.address)
    page.get_by_role("link", name="See where").click()
    inspector = page.locator("#inspector")
    expect(inspector).to_contain_text("of the lost time")
    inspector.get_by_role("link", name="instant").click()
    expect(inspector).to_contain_text(answer.sentence)
    expect(inspector).to_contain_text(answer.interval)


def test_the_map_is_walked_by_keyboard_in_the_order_of_the_work(page: Page, site: SimpleNamespace) -> None:
    page.goto(f"{site.address}/processes/{PROCESS}/map")
    hrefs = page.locator(".diagram-view a").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    steps = [one.split("step=")[1] for one in hrefs if "background%2F" in one]
    assert steps[:2] == ["background%2Fask-for-consent", "background%2Fcommission-the-agency"]
    page.locator(".diagram-view a").filter(has_text="Ask for consent").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#inspector h2")).to_have_text("Ask for consent")


def test_the_explanation_goes_when_it_is_understood_and_stays_away(page: Page, site: SimpleNamespace) -> None:
    page.goto(site.address)
    page.get_by_role("button", name="Understood").click()
    expect(page.get_by_role("heading", name="Workflow or process?")).to_have_count(0)
    page.goto(f"{site.address}/workflows")
    page.goto(site.address)
    expect(page.get_by_role("heading", name="Workflow or process?")).to_have_count(0)
