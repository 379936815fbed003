"""The tutorial of the browser, done as it is written: what it tells is there, and works."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.browser import Watch
from tests.support.demo import Demo

TUTORIAL = Path(__file__).parents[2] / "docs" / "tutorial" / "first-workflow.md"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    one = Demo(tmp_path_factory.mktemp("demo"))
    one.start()
    yield one
    one.stop()


def told() -> dict[str, str]:
    """What each numbered section says, by its heading."""
    sections = re.split(r"^## \d+\. ", TUTORIAL.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]
    return {heading.strip(): " ".join(text.split()) for heading, _, text in (one.partition("\n") for one in sections)}


def become(page: Page, name: str) -> None:
    page.locator(".whoami").click()
    page.get_by_role("button", name=re.compile(name)).last.click()
    expect(page.locator(".whoami")).to_contain_text(name)


@pytest.mark.timeout(600)
def test_the_tutorial_can_be_followed(demo: Demo, browser: Browser) -> None:
    sections = told()
    assert list(sections) == [
        "Start the demo", "Read what is wrong", "Start a purchase", "Sign it as somebody else", "See what happened, and why",
    ]  # fmt: skip
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    watch = Watch(page)

    page.goto(demo.address)
    assert "Home begins with one sentence" in sections["Read what is wrong"]
    expect(page.locator("main")).to_contain_text("of the lost time lies")
    assert "**Try a change**" in sections["Read what is wrong"]
    expect(page.locator("main")).to_contain_text("Try a change")

    assert (
        "**Start a case**" in sections["Start a purchase"] and "**Purchase approval**" in sections["Start a purchase"]
    )
    assert "your name at the bottom left" in sections["Start a purchase"]
    become(page, "Lena Hofmann")
    page.get_by_role("link", name="Start a case").first.click()
    page.get_by_role("link", name=re.compile("^Purchase approval")).click()
    page.get_by_label("What are you buying?").fill("Tasting spoons")
    page.get_by_label("Price").fill("1200")
    page.get_by_role("button", name=re.compile("^Start")).click()
    page.wait_for_url("**/cases/**")
    case = page.url
    expect(page.locator("main")).to_contain_text(re.compile("for [^.]*Maya Okafor"))

    become(page, "Maya Okafor")
    page.goto(demo.address + "/inbox?view=team")
    page.locator("#list .task-row", has_text="Tasting spoons").click()
    expect(page.locator("#detail")).to_contain_text("Tasting spoons")
    page.get_by_role("button", name="Approve").click()
    expect(page.locator("#toasts")).to_contain_text("Sign off the purchase is done")

    page.goto(case)
    happened = page.locator("main")
    expect(happened).to_contain_text("Maya Okafor")
    expect(happened).to_contain_text("Lena Hofmann started the case")
    assert watch.complaints == []
    context.close()
