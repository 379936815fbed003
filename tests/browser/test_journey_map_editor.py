"""The map of a process changed in a real browser: drawn, refused, mended and published, by keyboard and on a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Watch, served, sideways, violations
from tests.support.database import Database
from tests.support.pages import application, asked, company

PROCESS = "visits"
FILES = (
    """\
workflow: badge
title: Badge
owner: people-ops
fields:
  person: text
  floors: integer
  number: integer
start: {form: [person, floors]}
steps:
  - task: Print it
    assign: starter
    form: [number]
    milestone: printed
""",
    """\
workflow: escort
title: Escort
owner: people-ops
fields:
  who: text
  badge_number: integer
start: {form: [who, badge_number]}
steps:
  - task: Meet them at the door
    assign: starter
""",
    """\
# Who comes, and who lets them in.
process: visits
title: Visits
owner: people-ops
fields: {guest: text, rooms: integer}
start: {form: [guest, rooms]}
workflows:
  badge: {use: badge}
handoffs:
  - {from: start, to: badge, carry: {person: guest, floors: rooms}}
""",
)
LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "light", "has_touch": True},
}


@pytest.fixture(scope="module")
def site(package_database: Database) -> Iterator[SimpleNamespace]:
    """The company's pages, and a process that has one workflow so far."""
    with company(package_database.app_url) as store, served(application(store)) as address:
        files = [{"name": f"{number}.yaml", "text": text} for number, text in enumerate(FILES)]
        asked(store, "definition.publish", files=files, accept="for tests")
        yield SimpleNamespace(address=address, store=store)


@pytest.fixture(params=[True, False], ids=["scripts", "plain"])
def page(browser: Browser, site: SimpleNamespace, request: pytest.FixtureRequest) -> Iterator[Page]:
    """With scripts and without; each begins with what is published first."""
    context = browser.new_context(viewport={"width": 1440, "height": 900}, java_script_enabled=request.param)
    yield context.new_page()
    context.close()
    files = [{"name": "visits.yaml", "text": FILES[2]}]
    asked(site.store, "definition.publish", files=files, accept="for tests")
    asked(site.store, "draft.discard", definition=PROCESS)


def choose(page: Page, label: str, value: str, *, plain: bool) -> None:
    """Choose, and send where no script does."""
    page.get_by_label(label).select_option(value)
    if plain:
        page.get_by_role("button", name="Save").click()


def test_from_the_map_to_the_map(page: Page, site: SimpleNamespace, request: pytest.FixtureRequest) -> None:
    plain = "plain" in request.node.name
    watch = Watch(page)
    page.goto(f"{site.address}/processes/{PROCESS}/map")
    page.get_by_role("link", name="Edit map").click()

    page.get_by_role("link", name="Add a workflow").click()
    page.get_by_label("Published workflow").select_option("escort")
    page.get_by_role("button", name="Add the workflow").click()
    expect(page.locator("#findings")).to_contain_text("No case can come to the member 'escort'")

    page.get_by_role("link", name="Draw a handoff").click()
    page.get_by_label("When", exact=True).select_option("badge.completed")
    page.get_by_label("Leads to").select_option("escort")
    page.get_by_role("button", name="Draw the handoff").click()
    expect(page.locator("#findings")).to_contain_text("needs badge_number to start")

    choose(page, "Who text", "guest", plain=plain)
    choose(page, "Badge number integer", "guest", plain=plain)
    wrong = page.locator("#carry-badge_number-found")
    expect(wrong).to_contain_text("must be a number, but guest is text")
    expect(page.get_by_label("Badge number integer")).to_have_attribute("aria-invalid", "true")
    choose(page, "Badge number integer", "number", plain=plain)
    expect(wrong).to_have_count(0)
    expect(page.get_by_label("Badge number integer")).to_have_value("number")
    expect(page.locator(".drawing svg").first).to_contain_text("Escort")

    page.get_by_role("link", name="YAML", exact=True).click()
    expect(page.locator("textarea[name=text]")).to_have_value(
        re.compile(r"^# Who comes.*badge_number: number", re.DOTALL)
    )
    page.get_by_role("link", name="Publish…").click()
    expect(page.locator("#result")).to_contain_text("Becomes version")
    reason = page.get_by_label(re.compile("^Why the warning"))
    if reason.count():
        reason.fill("Agreed with everybody")
    page.get_by_role("button", name="Publish").click()
    page.get_by_role("link", name="Map", exact=True).click()
    expect(page.locator(".diagram svg").first).to_contain_text("Meet them at the door")
    assert watch.complaints == []


def test_what_is_typed_is_kept_as_a_draft_and_the_map_is_drawn_again(browser: Browser, site: SimpleNamespace) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{site.address}/processes/{PROCESS}/edit?part=w:badge")
    title = page.get_by_label("Title on the map")
    title.press_sequentially("Door pass")
    title.press("Tab")
    expect(page.get_by_label("Name in the file")).to_be_focused()
    page.keyboard.type("door-pass")
    expect(page.locator(".drawing svg").first).to_contain_text("Door pass")
    expect(page.get_by_label("Name in the file")).to_have_value("door-pass")
    page.keyboard.press("Tab")
    expect(page.locator("#findings")).to_contain_text("Nothing is wrong")
    page.goto(f"{site.address}/processes/{PROCESS}/edit?part=w:door-pass")
    expect(page.get_by_label("Title on the map")).to_have_value("Door pass")
    expect(page.locator("[data-saved]")).to_contain_text("Draft saved")
    page.close()
    asked(site.store, "draft.discard", definition=PROCESS)


@pytest.mark.parametrize("look", LOOKS)
def test_the_editor_is_accessible_and_fits(browser: Browser, site: SimpleNamespace, look: str) -> None:
    context = browser.new_context(**LOOKS[look])  # type: ignore[arg-type]
    found: dict[str, list[str]] = {}
    for asked_for in ("", "?part=add-workflow", "?part=add-handoff", "?part=h:0", "?part=w:badge", "?side=yaml"):
        page = context.new_page()
        watch = Watch(page)
        page.goto(f"{site.address}/processes/{PROCESS}/edit{asked_for}", wait_until="load")
        found[asked_for] = violations(page) + watch.complaints
        if sideways(page):
            found[asked_for].append(f"scrolls sideways by {sideways(page)}")
        page.close()
    context.close()
    assert {place: wrong for place, wrong in found.items() if wrong} == {}
