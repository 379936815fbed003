"""From a finding to a change that everybody has, and back: what if, a pilot with a tenth, with half, with all, taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from procession.demo import DEFAULT_PERSON, Plan, prepare
from procession.store.store import Store
from tests.support.browser import Watch, served, sideways, violations
from tests.support.database import Database
from tests.support.pages import application

ORGANISATION = "fixing"
PAST = Plan(hires=30, joining=2, others=2, tried=520)
"""Enough onboardings for a finding, and tickets of which half take the version that is tried."""
LOOKS = {
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "light", "has_touch": True},
}
STEP = "access/audit-the-rights"


@pytest.fixture(scope="module")
def site(package_database: Database) -> Iterator[SimpleNamespace]:
    with Store(package_database.app_url, pool_size=6) as store:
        if ORGANISATION not in store.organisations():
            prepare(store, ORGANISATION, datetime.now(UTC), plan=PAST, processes=1)
        with served(application(store, ORGANISATION, DEFAULT_PERSON)) as address:
            yield SimpleNamespace(address=address, store=store)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    yield context.new_page()
    context.close()


def right(page: Page) -> None:
    """Nothing on the page is wrong for those who cannot see or point, and nothing is wider than the window."""
    assert violations(page) == [], page.url
    assert sideways(page) == 0, page.url


def test_a_finding_becomes_a_change_for_everybody_and_is_taken_back(page: Page, site: SimpleNamespace) -> None:
    watch = Watch(page)
    page.goto(f"{site.address}/processes/employee-onboarding/diagnosis")
    expect(page.get_by_role("heading", name="What to do first")).to_be_visible()

    # What if: a slider is moved with the arrow keys, and its number follows.
    page.get_by_role("link", name="What if", exact=True).click()
    step = page.locator("details").filter(has=page.locator(f"[name='takes:{STEP}']"))
    step.locator("summary").press("Enter")
    number = step.locator(f"[name='takes:{STEP}']")
    slider = step.get_by_role("slider", name="Its work takes")
    slider.focus()
    for _ in range(10):
        page.keyboard.press("ArrowLeft")
    expect(number).to_have_value("50")
    number.fill("25")
    expect(slider).to_have_value("25")
    more = page.locator("details").filter(has=page.locator("#figures"))
    more.locator("summary").press("Enter")
    page.get_by_label("Figures").select_option("stated")
    page.get_by_label("Today").fill("10")
    page.get_by_role("button", name="Simulate it").click()
    expect(page.locator("#simulated")).to_contain_text("A case takes")
    expect(step.locator("summary")).to_contain_text("takes 25 % of today's work")
    assert "lies%3A" not in page.url, "what was left empty is not in the address"
    right(page)

    # A pilot: the hope goes along, the file is changed, a tenth of the new cases takes part.
    page.get_by_role("link", name="Start a pilot with this change").click()
    expect(page.locator("#result")).to_contain_text("Make the change in the file")
    editor = page.locator("textarea[name=text]")
    editor.fill(editor.input_value().replace("title: Access setup", "title: Access to systems", 1))
    page.get_by_role("button", name="Try it with some first").click()
    page.get_by_label("Of the new cases, how many take part").fill("10")
    hope = re.compile("^Audit the rights takes 25 % of today's work. Simulated: A case takes")
    expect(page.locator("[name=why]")).to_have_value(hope)
    right(page)
    page.get_by_role("button", name="Begin the pilot").click()
    expect(page.get_by_text("Too early to say").first).to_be_visible()
    right(page)

    # 10, 50, 100 %, and back.
    expect(page.locator(".facts")).to_contain_text("10%")
    page.get_by_role("button", name="Widen to 50%").click()
    expect(page.locator(".facts")).to_contain_text("50%")
    page.get_by_role("button", name="Roll out to everybody").click()
    expect(page.get_by_text("Rolled out", exact=True)).to_be_visible()
    right(page)
    page.get_by_label("Why").fill("The audit found too little")
    page.get_by_role("button", name="Take it back").click()
    expect(page.get_by_text("Rolled back", exact=True)).to_be_visible()
    expect(page.get_by_text("version 1 is for everybody again (The audit found too little)").first).to_be_visible()
    assert watch.complaints == []


def test_a_pilot_that_ran_says_how_sure_it_is_and_what_people_think(page: Page, site: SimpleNamespace) -> None:
    watch = Watch(page)
    page.goto(site.address)
    page.get_by_role("link", name="See the pilot").first.click()
    if page.get_by_role("heading", level=1).inner_text() == "Pilots":
        page.get_by_role("link", name="Support ticket, version 2").click()
    expect(page.get_by_text("It works", exact=True)).to_be_visible()
    expect(page.get_by_role("img", name="It works: cases take")).to_be_visible()
    page.get_by_text("more answers").click()
    assert page.locator(".line-list li").count() > 10
    right(page)
    assert watch.complaints == []


@pytest.mark.parametrize("look", LOOKS)
def test_the_pages_of_the_loop_are_right_in_the_dark_and_on_a_phone(
    browser: Browser, site: SimpleNamespace, look: str
) -> None:
    context = browser.new_context(**LOOKS[look])  # type: ignore[arg-type]
    page = context.new_page()
    watch = Watch(page)
    wrong = f"/processes/employee-onboarding/whatif?takes:{STEP}=1001&people:group:it=0"
    for place in ("/pilots", wrong):
        page.goto(site.address + place)
        right(page)
    page.goto(f"{site.address}/pilots")
    page.get_by_role("link", name="Support ticket, version 2").click()
    right(page)
    # the wrong address is refused with 422, which Chromium writes into its console; nothing else may stand there
    assert [one for one in watch.complaints if "422" not in one] == []
    context.close()
