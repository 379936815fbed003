"""A process is mapped from a printed page with the keyboard alone, and says at once where its time goes."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from playwright.sync_api import Browser, Page, expect

from procession.store.store import Store
from tests.support.browser import Watch, served, sideways, violations
from tests.support.database import Database
from tests.support.pages import application

ORGANISATION = "mapped"
GROUPS = {
    "people-ops": "People operations",
    "it": "IT",
    "purchasing": "Purchasing",
    "facilities": "Facilities",
    "finance": "Finance",
    "legal": "Legal",
}
LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "light", "has_touch": True},
}

PRINTED = """\
employee onboarding
goal the new hire is productive
begins offer accepted
ends day-30 check passed
customer the new hire
data employee, start date (date)
target 15bd
feedback was everything there?

background check, people
ask for references,,10m,1d
verify identity,,10m,2d
all clear?,,5m,4h

equipment, it
choose laptop,,10m,1d
place the order,purch,10m,1d
prepare laptop,it,1h,1d
hand over,,15m,4h

access, it
create account,,10m,4h
grant rights,,20m,1d
test the login,,5m,1h

workplace, fac
find a desk,,15m,1d
print the badge,,5m,1d

payroll, fin
enter contract,,20m,1d
data right?,,10m,1d,1
confirm to hire,,5m,2h
file papers,legal,5m,2h

first weeks, people
welcome,,1h,1h
train,,1d,1d
weekly talk,,30m,1d
check after 30 days,,1h,4h

1>2 2w
1>3,4 1d
2>3 1d: laptop
1>5 4d
2,3,4,5>6
"""
"""Six workflows with twenty steps, handed out as print. The six handoffs of the order are suggested; what differs is
typed in the last five lines."""

MOST = 900

SHIFTED = set('ABCDEFGHIJKLMNOPQRSTUVWXYZ>?:()"')
"""Characters that need a second key on the keyboard."""


class Typist:
    """Presses keys, and counts them; a key that is held counts too."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.count = 0

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.count += len(key.split("+"))

    def type(self, text: str) -> None:
        for line in text.splitlines(keepends=True):
            self.page.keyboard.type(line)
            self.count += len(line) + sum(one in SHIFTED for one in line)


@pytest.fixture
def site(clean_database: Database) -> Iterator[SimpleNamespace]:
    """An organisation with people and groups, and without any workflow."""
    with Store(clean_database.app_url, pool_size=6) as store:
        store.create_organisation(ORGANISATION)
        with store.transaction(ORGANISATION) as tx:
            tx.people.save("bo", name="Bo Berg", email="bo@example.com", admin=True)
            for id_, title in GROUPS.items():
                tx.groups.save(id_, title, ["bo"])
        with served(application(store, ORGANISATION, "bo")) as address:
            yield SimpleNamespace(address=address, store=store)


def test_onboarding_is_mapped_in_at_most_900_keystrokes(browser: Browser, site: SimpleNamespace) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    watch = Watch(page)
    page.goto(f"{site.address}/processes")
    expect(page.get_by_role("link", name="Map a process").first).to_be_visible()
    hands = Typist(page)
    hands.press("n")
    page.wait_for_url("**/processes/new")
    area = page.get_by_label("The process, line by line")
    expect(area).to_be_focused()

    blocks = PRINTED.split("\n\n")
    hands.type(blocks[0] + "\n\n")
    expect(page.locator("#next")).to_contain_text("The first workflow: its name, and the group")
    hands.type("\n\n".join(blocks[1:]))
    told = page.get_by_role("region", name="What was understood")
    expect(
        told.get_by_text("First weeks to", exact=False).or_(told.get_by_text("Workplace to First weeks"))
    ).to_be_visible()
    expect(told.get_by_text("Ready")).to_be_visible()
    picture(page, "typed")

    hands.press("Control+Enter")
    page.wait_for_url("**/processes/employee-onboarding")
    verdict = page.locator(".verdict")
    expect(verdict).to_contain_text("Process problem")
    expect(verdict).to_contain_text("Stated")
    expect(verdict).to_contain_text("no one person can fix it")
    expect(page.get_by_role("heading", name="The longest way, as stated")).to_be_visible()
    assert hands.count <= MOST, f"{hands.count} keystrokes"
    assert counted(page) == (6, 20)
    assert watch.complaints == []
    context.close()


def counted(page: Page) -> tuple[int, int]:
    """The workflows and steps of the process, as its map has them."""
    members = page.get_by_role("table", name="Workflows in Employee onboarding").locator("tbody tr").count()
    page.get_by_role("link", name="Map", exact=True).click()
    page.wait_for_url("**/map")
    expect(page.locator(".dg-step-title").first).to_be_visible()
    return members, page.locator(".dg-step-title").count()


def test_what_was_mapped_looks_right_everywhere(browser: Browser, site: SimpleNamespace) -> None:
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{site.address}/processes/new")
    area = page.get_by_label("The process, line by line")
    area.fill(PRINTED.replace("hand over,,", "hand over,nobody,").replace("1h,1d", "1h,soon"))
    expect(page.get_by_text("Nobody here is called 'nobody'.")).to_be_visible()
    expect(page.get_by_text("'soon' is not a length of time.")).to_be_visible()
    page.keyboard.press("Control+Enter")
    expect(page.get_by_text("Put the lines right that are marked, then publish.")).to_be_visible()
    expect(area).to_have_value(PRINTED.replace("hand over,,", "hand over,nobody,").replace("1h,1d", "1h,soon"))
    picture(page, "wrong")
    assert violations(page) == []
    page.get_by_label("The process, line by line").fill(PRINTED)
    expect(page.get_by_text("Ready")).to_be_visible()
    page.keyboard.press("Control+Enter")
    page.wait_for_url("**/processes/employee-onboarding")
    page.close()

    top = "background-check>equipment/background-check.done->equipment"
    places = {
        "home": "/", "processes": "/processes", "new": "/processes/new", "overview": "/processes/employee-onboarding",
        "map": "/processes/employee-onboarding/map", "handoff": f"/processes/employee-onboarding/map?step={top}",
        "working": "/processes/employee-onboarding/map?colour=working&step=access/grant-rights",
    }  # fmt: skip
    wrong: dict[str, object] = {}
    for name, look in LOOKS.items():
        context = browser.new_context(**look)  # type: ignore[arg-type]
        page = context.new_page()
        watch = Watch(page)
        for place, path in places.items():
            page.goto(site.address + path)
            if place == "home":
                expect(page.locator(".verdict")).to_contain_text("Stated")
            if place in ("map", "handoff"):
                expect(
                    page.get_by_role("link", name="Background check to Equipment", exact=False).first
                ).to_have_accessible_name(re.compile("14 d stated$"))
            if place in ("handoff", "working"):
                expect(page.get_by_text("Said by Bo Berg, who published version 1", exact=False)).to_be_visible()
            picture(page, f"{name}-{place}")
            if found := [*violations(page), *watch.complaints, *([sideways(page)] if sideways(page) else [])]:
                wrong[f"{name} {place}"] = found
        context.close()
    assert wrong == {}


def picture(page: Page, name: str) -> None:
    """Keep what it looks like, where somebody wants to see it."""
    if folder := os.environ.get("PICTURES"):
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)
