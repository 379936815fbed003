"""Onboarding from its start form through every department to the end, in the demo as people start it, in a real browser.

In the middle the server is killed with SIGKILL and started again: nothing that was done is lost, and the case goes on.
"""

from __future__ import annotations

import re
import signal
import time
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from procession.demo import DEFAULT_PERSON
from tests.support.browser import Watch
from tests.support.demo import Demo

HIRE = "Nora Quist"
MAIL = "nora.quist@example.com"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Demo]:
    one = Demo(tmp_path_factory.mktemp("demo"))
    one.start()
    yield one
    one.stop()


class Hand:
    """Whoever sits at the browser, as one person after another."""

    def __init__(self, page: Page, demo: Demo) -> None:
        self.page, self.demo = page, demo
        page.goto(demo.address + "/inbox")
        buttons = page.locator('button[name="person"]')
        self.people = {
            str(one.get_attribute("value")): (one.locator(".sub").text_content() or "").split(", ")
            for one in buttons.all()
        }

    def be(self, group: str) -> None:
        """Be the first person of the switch whose groups and roles name this."""
        self._be_person(next(value for value, circles in self.people.items() if group in circles))

    def _be_person(self, person: str) -> None:
        cookie = {"name": "procession_person", "value": person, "url": self.demo.address}
        self.page.context.add_cookies([cookie])

    def do(
        self, who: str, task: str, fill: Callable[[Page], None] | None = None, outcome: str = "Complete task"
    ) -> None:
        """Open the task of the new hire from the inbox, fill it in, finish it."""
        self.be(who)
        self._open(task)
        if fill is not None:
            fill(self.page)
        self.page.get_by_role("button", name=outcome).click()
        expect(self.page.locator("#toasts")).to_contain_text(f"{task} is done", timeout=60_000)

    def guest(self, task: str, fill: Callable[[Page], None] | None = None, outcome: str = "Send") -> None:
        """Do a task as the new hire, by the private link that stands in the mail."""
        self._be_person(DEFAULT_PERSON)  # an administrator, who sees the mails that were not sent
        deadline = time.monotonic() + 60
        link, here = None, re.escape(self.demo.address)
        while link is None:
            self.page.goto(self.demo.address + "/admin/mails")
            mails = self.page.locator("tr", has_text=MAIL).filter(has_text=task)
            texts = mails.locator(".plain-text").all_text_contents()
            link = next((found for text in texts if (found := re.search(here + r"/g/[A-Za-z0-9_.-]+", text))), None)
            assert link or time.monotonic() < deadline, f"no mail asks for '{task}'"
            time.sleep(0.3)
        self.page.goto(link[0])
        if fill is not None:
            fill(self.page)
        self.page.get_by_role("button", name=outcome, exact=True).click()
        expect(self.page.get_by_role("heading", name="Thank you")).to_be_visible(timeout=60_000)

    def _open(self, task: str) -> None:
        """What a handoff starts is there a moment later."""
        deadline = time.monotonic() + 60
        while True:
            for view in ("mine", "team"):
                self.page.goto(f"{self.demo.address}/inbox?view={view}&text={HIRE.split(maxsplit=1)[0]}")
                row = self.page.locator("#list .task-row", has_text=task)
                if row.count():
                    self.page.goto(self.demo.address + str(row.first.get_attribute("href")))
                    expect(self.page.locator("#detail")).to_contain_text(task)
                    return
            assert time.monotonic() < deadline, f"nobody was given '{task}'"
            time.sleep(0.5)


def choose(**answers: str) -> Callable[[Page], None]:
    """Fills in fields by their labels; underscores stand for spaces."""

    def fill(page: Page) -> None:
        for label, value in answers.items():
            group = page.get_by_role("group", name=label.replace("_", " "))
            if group.count():
                for one in value.split(", "):
                    group.get_by_label(one, exact=True).check()
            else:
                page.get_by_label(label.replace("_", " ")).fill(value)

    return fill


def pick(label: str, person: str) -> Callable[[Page], None]:
    """Chooses somebody of the company."""

    def fill(page: Page) -> None:
        page.get_by_label(label).select_option(person)

    return fill


def consent(page: Page) -> None:
    page.get_by_role("group", name="Document").get_by_label("passport").check()
    paper = {"name": "consent.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.7 signed"}
    page.get_by_label("Signed consent").set_input_files(files=[paper])  # type: ignore[list-item]


@pytest.mark.timeout(900)
def test_a_new_hire_from_the_offer_to_the_first_day(demo: Demo, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    page = context.new_page()
    page.set_default_timeout(120_000)  # the first forecast of a process is worked out while its page is asked for
    watch = Watch(page)
    hand = Hand(page, demo)
    hand.be("people-ops")
    page.goto(demo.address + "/start/employee-onboarding")
    page.get_by_label("Name of the new hire").fill(HIRE)
    page.get_by_label("Private e-mail").fill(MAIL)
    page.get_by_role("group", name="Country of residence").get_by_label("Germany").check()
    page.get_by_role("group", name="Site").get_by_label("Berlin").check()
    page.get_by_label("First day").fill(time.strftime("%Y-%m-%d", time.gmtime(time.time() + 30 * 86400)))
    page.get_by_role("button", name="Start").click()
    expect(page.get_by_role("heading", name=HIRE)).to_be_visible()
    case = page.url

    hand.do("people-ops", "Ask for consent", consent)
    hand.do("people-ops", "Commission the agency", choose(Reference_number_of_the_agency="AG-77"))
    hand.do("people-ops", "Enter the agency's report", choose(Result="clear"))
    hand.do("hiring manager", "Choose the equipment", choose(Kit="engineer", Computer="16 inch"))
    assert watch.complaints == []

    page.goto(demo.address + "/me")  # nothing listens while the server is away
    demo.stop(signal.SIGKILL)
    demo.start()

    hand.do("it", "Order and label", choose(Serial_number="SN-4711"))
    hand.do("hiring manager", "Name the systems", choose(Systems="mail, chat", Level="user"))
    hand.do("it", "Create the accounts", choose(Name_of_the_account="nora"))
    hand.do("it", "Configure the computer")
    hand.do("facilities", "Put it on the desk")
    hand.do("security", "Audit the rights", outcome="In order")
    hand.do("people-ops", "Enter the contract", choose(Hours_a_week="40", Salary_a_month="4200"))
    hand.do("hiring manager", "Choose the courses", choose(Courses="hygiene, data protection"))
    hand.do("hiring manager", "Name a buddy", pick("Buddy", "greta"))
    hand.guest(
        "Name your bank account", choose(Who_holds_the_account="Nora Quist", Account_number="DE1", Tax_number="1")
    )
    hand.guest("Take the courses")
    hand.guest("Take the quiz", choose(Right_answers="90"))
    hand.do("facilities", "Plan the first week", choose(The_first_week="Lunch on Monday"))
    hand.do("finance", "Check before the first payment", outcome="Right")

    hand.be("people-ops")
    page.goto(case)
    expect(page.locator(".topbar")).to_contain_text("ready", timeout=60_000)
    for _ in range(40):
        page.reload()
        if "ready" in (page.locator(".topbar").text_content() or ""):
            break
        time.sleep(0.5)
    expect(page.locator(".case-side")).to_contain_text("SN-4711")
    expect(page.locator(".case-side")).to_contain_text("nora")
    finished = page.locator("tr", has_text="Done")
    expect(finished).to_have_count(6)
    expect(page.locator(".track").last).to_have_text("6/6")  # nobody was recruited, which is no part that lacks
    context.close()
