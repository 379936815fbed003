"""A day's work in a real browser: starting, signing, drafting, inviting a guest; with scripts and without."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from fastapi import FastAPI
from playwright.sync_api import Browser, BrowserContext, Page, expect

from procession.web.live import Live
from tests.support.browser import Watch, served, sideways, violations
from tests.support.database import Database
from tests.support.work import application, asked, shop, task_in

LOOKS = {
    "light": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1440, "height": 900}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 800}, "color_scheme": "light", "has_touch": True},
}


@pytest.fixture(scope="module")
def site(package_database: Database, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The shop's pages, its records, and a case of each kind."""
    with shop(package_database.app_url) as store:
        folder = tmp_path_factory.mktemp("files")
        app = application(store, folder)
        with served(app) as address, served(application(store, folder, None)) as locked:
            found = SimpleNamespace(address=address, locked=locked, store=store, app=app)
            found.order = asked(store, "case.start", by="ana", workflow="order", data={"what": "Standing desks"}).id
            found.stopped = asked(store, "case.start", by="ana", workflow="stopped", data={"what": "it"}).id
            consent = {"person": "Tomás Vega", "email": "tomas@example.org"}
            found.consent = asked(store, "case.start", by="ana", workflow="consent", data=consent).id
            found.guest = asked(store, "link.make", case_id=found.consent, task_id=task_in(store, found.consent)).path
            found.status = asked(store, "link.make", case_id=found.consent).path
            yield found
            live: Live | None = getattr(app.state, "live", None)
            if live is not None:
                live.close()


def be(context: BrowserContext, site: SimpleNamespace, person: str) -> None:
    """Look through these eyes from now on."""
    context.add_cookies([{"name": "procession_person", "value": person, "url": site.address}])


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    opened = browser.new_context(viewport={"width": 1440, "height": 900})
    yield opened
    opened.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def places(site: SimpleNamespace) -> list[str]:
    """Every page of its kind once, as the administrator sees it."""
    task = task_in(site.store, site.order)
    here = [
        "/inbox", "/inbox?view=team", f"/inbox?view=team&task={task}", f"/tasks/{task}", f"/tasks/{task}?do=skip", "/start",
        "/start/order", "/start/purchase-approval", "/cases", "/cases?workflow=order&person=pia", "/cases?status=done",
        "/cases?layout=board&workflow=order", "/cases?layout=timeline", "/cases?nobody=1&all=1",
        f"/cases/{site.order}", f"/cases/{site.stopped}", f"/cases/{site.order}?do=data", f"/cases/{site.order}/history",
        f"/cases/{site.order}/links", "/search?q=desk", "/search", "/me", "/admin/people", "/admin/people/new",
        "/admin/people/ana", "/admin/groups", "/admin/calendars", "/admin/calendars/new", "/admin/mails", "/admin/incidents",
        "/admin/jobs", "/notifications", "/me/notifications", site.guest, site.status, "/f/complaint",
    ]  # fmt: skip
    return [site.address + one for one in here] + [site.locked + "/login"]


@pytest.mark.parametrize("look", LOOKS)
def test_pages_are_accessible_and_keep_the_policy(browser: Browser, site: SimpleNamespace, look: str) -> None:
    context = browser.new_context(**LOOKS[look])  # type: ignore[arg-type]
    found: dict[str, list[str]] = {}
    for place in places(site):
        page = context.new_page()
        watch = Watch(page)
        page.goto(place, wait_until="load")
        found[place] = violations(page) + watch.complaints
        page.close()
    context.close()
    assert {place: wrong for place, wrong in found.items() if wrong} == {}


def test_no_page_scrolls_sideways_on_a_small_phone(browser: Browser, site: SimpleNamespace) -> None:
    page = browser.new_page(viewport={"width": 360, "height": 740})
    found: dict[str, int] = {}
    for place in places(site):
        page.goto(place)
        found[place] = sideways(page)
    page.close()
    assert {place: pixels for place, pixels in found.items() if pixels > 0} == {}


# --- the first journey ------------------------------------------------------------------------------------------------


def test_a_purchase_is_started_by_one_signed_by_another_and_explained(site: SimpleNamespace, page: Page) -> None:
    watch = Watch(page)
    page.goto(site.address + "/inbox")
    be_in_menu(page, "Ana Flores")
    page.get_by_role("link", name="Start a case").first.click()
    page.get_by_role("link", name="Purchase approval").click()
    page.get_by_label("What are you buying?").fill("Coffee machine")
    page.get_by_label("Price").fill("1,240")
    page.get_by_label("What is it for?").fill("The old one leaks")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#toasts")).to_contain_text("Coffee machine for Ana Flores has started")
    expect(page.get_by_role("heading", name="Coffee machine for Ana Flores")).to_be_visible()
    be_in_menu(page, "Dana Kim")
    page.locator(".task-row", has_text="Coffee machine").click()
    expect(page.locator("#detail")).to_contain_text("The old one leaks")
    page.wait_for_url("**/inbox?task=*")
    page.get_by_role("button", name="Approve").click()
    page.wait_for_url("**/cases/*")
    expect(page.locator("#toasts")).to_contain_text("Sign off the purchase is done")
    steps = page.locator(".card", has_text="Steps").locator(".event", has_text="Sign off the purchase").first
    expect(steps).to_contain_text("Dana Kim: approve")
    expect(page.locator(".case-side")).to_contain_text("manager decided")
    expect(page.get_by_role("group", name="The steps of this case")).to_be_visible()
    assert watch.complaints == []


def be_in_menu(page: Page, name: str) -> None:
    """Be somebody else by the switch of the demo."""
    page.locator(".whoami").click()
    page.get_by_role("button", name=name).click()
    expect(page.locator("#toasts")).to_contain_text(f"You are {name} now")


def test_a_small_purchase_says_why_nobody_signed(site: SimpleNamespace, context: BrowserContext, page: Page) -> None:
    be(context, site, "ana")
    case = asked(
        site.store, "case.start", by="ana", workflow="purchase-approval", data={"item": "Mouse", "amount": "20"}
    ).id
    page.goto(f"{site.address}/cases/{case}")
    expect(page.locator(".event", has_text="Sign off the purchase").first).to_contain_text("Skipped")


# --- nothing is lost --------------------------------------------------------------------------------------------------


def test_a_refused_form_keeps_what_was_typed_and_leads_to_the_first_error(
    site: SimpleNamespace, context: BrowserContext, page: Page
) -> None:
    be(context, site, "ana")
    page.goto(site.address + "/start/purchase-approval")
    page.get_by_label("What are you buying?").fill("Sofa")
    page.get_by_label("Price").fill("cheap")
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("alert")).to_contain_text("Nothing was lost")
    expect(page.get_by_label("Price")).to_be_focused()
    expect(page.get_by_label("Price")).to_have_value("cheap")
    expect(page.get_by_label("What are you buying?")).to_have_value("Sofa")
    assert violations(page) == []


def test_a_draft_survives_leaving(site: SimpleNamespace, context: BrowserContext, page: Page) -> None:
    task = task_in(site.store, asked(site.store, "case.start", by="ana", workflow="order", data={"what": "Ink"}).id)
    asked(site.store, "task.claim", by="pia", task_id=task)
    be(context, site, "pia")
    page.goto(f"{site.address}/tasks/{task}")
    page.get_by_label("Note").fill("Blue, not black")
    expect(page.locator("[data-saved]")).to_contain_text(re.compile(r"Draft saved \d\d:\d\d"))
    page.goto(site.address + "/inbox")
    page.goto(f"{site.address}/tasks/{task}")
    expect(page.get_by_label("Note")).to_have_value("Blue, not black")
    expect(page.locator("[data-saved]")).to_contain_text("Draft saved")


def test_dialogs_hand_over_and_the_keyboard_suffices(
    site: SimpleNamespace, context: BrowserContext, page: Page
) -> None:
    task = task_in(site.store, asked(site.store, "case.start", by="ana", workflow="order", data={"what": "Keys"}).id)
    asked(site.store, "task.claim", by="pia", task_id=task)
    be(context, site, "pia")
    page.goto(f"{site.address}/tasks/{task}")
    page.get_by_role("link", name="Hand over").click()
    dialog = page.get_by_role("dialog", name="Hand this task over")
    expect(dialog).to_be_visible()
    assert page.url == f"{site.address}/tasks/{task}"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    page.get_by_role("link", name="Hand over").press("Enter")
    dialog.get_by_label("To").select_option(label="Pat Osei")
    dialog.get_by_role("button", name="Hand over").click()
    expect(page.locator("#toasts")).to_contain_text("Handed over")
    assert asked(site.store, "task.get", task_id=task).row.assignee.id == "pat"


# --- people outside ---------------------------------------------------------------------------------------------------


def test_a_guest_completes_by_the_link(browser: Browser, site: SimpleNamespace) -> None:
    data = {"person": "Lena Ek", "email": "lena@example.org"}
    case = asked(site.store, "case.start", by="ana", workflow="consent", data=data).id
    path = asked(site.store, "link.make", case_id=case, task_id=task_in(site.store, case)).path
    context = browser.new_context(**LOOKS["phone"])  # type: ignore[arg-type]
    page = context.new_page()
    watch = Watch(page)
    page.goto(site.locked + path)
    assert context.cookies() == []
    expect(page.get_by_text("Hello Lena Ek")).to_be_visible()
    small = [
        box
        for box in page.locator(".input, .button, .check").all()
        if (found := box.bounding_box()) and found["height"] < 44
    ]
    assert small == []
    page.get_by_label("Full legal name").fill("Lena Ekström")
    page.get_by_label("Passport or ID").set_input_files(
        files=[{"name": "passport.pdf", "mimeType": "application/pdf", "buffer": b"%PDF"}]
    )
    page.get_by_role("radio", name="Yes").check()
    page.get_by_role("button", name="Send").click()
    expect(page.get_by_role("heading", name="Thank you")).to_be_visible()
    assert violations(page) == [] and sideways(page) <= 0 and watch.complaints == []
    context.close()
    values = {one.name: one.value for one in asked(site.store, "case.get", case_id=case).data}
    assert values["legal_name"] == "Lena Ekström" and values["passport"]["name"] == "passport.pdf"


# --- what happens meanwhile -------------------------------------------------------------------------------------------


def test_an_open_inbox_shows_what_arrives(site: SimpleNamespace, context: BrowserContext, page: Page) -> None:
    be(context, site, "dirk")
    with page.expect_response("**/events*"):
        page.goto(site.address + "/inbox")
    page.mouse.move(5, 5)
    data = {"item": "Lorry", "amount": "30000"}
    asked(site.store, "case.start", by="ana", workflow="purchase-approval", data=data)
    expect(page.locator("#list")).to_contain_text("Lorry for Ana Flores", timeout=10_000)


def test_the_server_stops_at_once_though_pages_listen(site: SimpleNamespace, browser: Browser, tmp_path: Path) -> None:
    import socket
    import threading

    from procession.web.server import Server

    app: FastAPI = application(site.store, tmp_path)
    ready = threading.Event()
    door = socket.socket()
    door.bind(("127.0.0.1", 0))
    server = Server(app, ready.set)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [door]}, daemon=True)
    thread.start()
    assert ready.wait(20)
    page = browser.new_page()
    with page.expect_response("**/events*"):
        page.goto(f"http://127.0.0.1:{door.getsockname()[1]}/inbox")
    began = time.monotonic()
    server.should_exit = True
    thread.join(10)
    took = time.monotonic() - began
    page.close()
    assert not thread.is_alive() and took < 3, took


# --- without scripts --------------------------------------------------------------------------------------------------


def test_everything_works_without_scripts(browser: Browser, site: SimpleNamespace) -> None:
    context = browser.new_context(viewport={"width": 1200, "height": 900}, java_script_enabled=False)
    be(context, site, "ana")
    page = context.new_page()
    page.goto(site.address + "/start/order")
    page.get_by_label("What").first.fill("Plain paper")
    page.get_by_role("button", name="Add row").click()
    expect(page.get_by_label("What").first).to_have_value("Plain paper")
    page.get_by_role("button", name="Start").click()
    page.wait_for_url("**/cases/*")
    expect(page.get_by_role("heading", name="Order of Plain paper")).to_be_visible()
    case = page.url.rpartition("/")[2]
    be(context, site, "pat")
    page.goto(site.address + "/inbox?view=team")
    page.get_by_role("link", name=re.compile("Order of Plain paper")).first.click()
    page.get_by_role("button", name="Claim").click()
    page.get_by_role("link", name="Hand over").click()
    expect(page.get_by_role("dialog", name="Hand this task over")).to_be_visible()
    page.get_by_role("link", name="Keep it").click()
    expect(page.get_by_role("dialog")).to_have_count(0)
    page.get_by_label("Note").fill("Weighed")
    page.get_by_role("button", name="Complete task").click()
    page.goto(f"{site.address}/cases/{case}")
    expect(page.locator(".event", has_text="Weigh it").first).to_contain_text("Pat Osei")
    page.goto(site.locked + site.guest)
    expect(page.get_by_label("Full legal name")).to_be_visible()
    context.close()


# --- in and out -------------------------------------------------------------------------------------------------------


def test_one_logs_in_and_out(site: SimpleNamespace, page: Page) -> None:
    asked(
        site.store,
        "person.add",
        id="lola",
        name="Lola Lund",
        email="lola@example.org",
        password="correct horse battery",
    )
    watch = Watch(page)
    page.goto(site.locked + "/cases")
    page.get_by_label("Email").fill("lola@example.org")
    page.get_by_label("Password").fill("correct horse battery")
    page.keyboard.press("Enter")
    page.wait_for_url(site.locked + "/cases")
    page.locator(".whoami").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(site.locked + "/login")
    assert watch.complaints == []


def test_a_page_that_listens_after_the_log_out_complains_of_nothing(site: SimpleNamespace, page: Page) -> None:
    """Its stream was under way when the session ended: the answer is no page of HTML, which the browser would report."""
    watch = Watch(page)
    page.goto(site.locked + "/login")
    closed = page.evaluate(
        """() => new Promise(done => {
            const stream = new EventSource('/events?topics=cases');
            stream.onerror = () => done(stream.readyState === EventSource.CLOSED);
        })"""
    )
    assert closed
    assert watch.complaints == []


def test_the_palette_searches(site: SimpleNamespace, context: BrowserContext, page: Page) -> None:
    be(context, site, "bo")
    page.goto(site.address + "/inbox")
    page.keyboard.press("Control+k")
    page.get_by_role("combobox").fill("standing")
    option = page.get_by_role("option", name=re.compile("Order of Standing desks"))
    expect(option).to_be_visible()
    option.click()
    page.wait_for_url(f"**/cases/{site.order}")
