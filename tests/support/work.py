"""A small organisation at work, and its pages: people, and workflows with every kind of thing that a page has to show."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from httpx import Client, Response

from procession.connectors.files import FileStore
from procession.operations import calling
from procession.store.reading import read_definition
from procession.store.store import Store
from procession.web.app import add_pages
from procession.web.visiting import Site
from tests.support.browser import served

SHOP = "shop"
EXAMPLES = Path(__file__).parents[2] / "examples"

CONSENT = """
workflow: consent
title: Consent of an applicant
name: "Consent of {person}"
owner: people-ops
fields:
  person: {type: text, label: Applicant}
  email: {type: email, label: Their e-mail address}
  legal_name: {type: text, label: Full legal name}
  passport: {type: file?, label: Passport or ID}
  agree: {type: yes/no, label: I agree to the check}
  salary: {type: money?, currency: EUR, label: Salary}
start: {form: [person, email, salary]}
steps:
  - task: Consent for the background check
    assign: guest:{email}
    form: [legal_name, passport, agree]
    instructions: Hello {person}, before you start we check your work history.
  - task: Check the papers
    assign: group:people-ops
    checklist: [Name matches the passport, It is valid for six months]
outcome: agreed
"""

COMPLAINT = """
workflow: complaint
title: Complaint
name: "Complaint about {about}"
owner: people-ops
fields:
  about: {type: text, label: What is it about?}
  details: {type: long text, label: What happened?}
  photo: {type: file?, label: Photo}
start: {by: public, form: [about, details, photo]}
steps:
  - {task: Answer the complaint, assign: "group:people-ops", due: 2 days}
outcome: answered
"""

ORDER = """
workflow: order
title: Order
name: "Order of {what}"
owner: people-ops
fields:
  what: {type: text, label: What}
  offer: {type: file?, label: Offer}
  lines: {type: table?, label: Lines, columns: {item: {type: text, label: Item}, price: {type: number, label: Price}}}
  note: {type: long text?, label: Note}
start: {form: [what, offer, lines]}
steps:
  - {task: Weigh it, assign: "group:people-ops", form: [note], due: 1 day}
  - {task: Send it, assign: "group:people-ops"}
outcome: sent
"""

STOPPED = """
workflow: stopped
title: Stopped
name: "Stopped {what}"
owner: people-ops
fields: {what: {type: text, label: What}}
start: {form: [what]}
steps:
  - {task: For nobody, assign: "role:ghost", not by: starter}
  - {task: Afterwards, assign: starter}
outcome: done
"""


def furnish(store: Store) -> None:
    """Make the shop: an administrator, people with roles and groups, workflows."""
    store.create_organisation(SHOP, "The shop")
    with store.transaction(SHOP) as tx:
        tx.people.save("bo", name="Bo Lind", email="bo@example.org", admin=True, groups=["finance"])
        tx.people.save("ana", name="Ana Flores", email="ana@example.org", manager="bo")
        tx.people.save("dana", name="Dana Kim", email="dana@example.org", manager="bo", roles=["manager"])
        tx.people.save("dirk", name="Dirk Maas", email="dirk@example.org", roles=["director", "cfo"])
        tx.people.save("pia", name="Pia Roth", email="pia@example.org", groups=["people-ops", "purchasing"])
        tx.people.save("pat", name="Pat Osei", email="pat@example.org", groups=["people-ops"])
        tx.settings.set("erp", "https://erp.example.org", by="bo", at=datetime.now(UTC))
        purchase = (EXAMPLES / "purchase-approval" / "purchase-approval.yaml").read_text(encoding="utf-8")
        for text in (purchase, CONSENT, COMPLAINT, ORDER, STOPPED):
            one = read_definition(text)
            tx.definitions.publish(text, id=one.id, kind="workflow", title=one.title, by="bo", at=datetime.now(UTC))


@contextmanager
def shop(url: str) -> Iterator[Store]:
    """A store in which the shop is set up; where it is already, as it is."""
    with Store(url, pool_size=6) as store:
        if SHOP not in store.organisations():
            furnish(store)
        yield store


def application(store: Store, folder: Path, person: str | None = "bo") -> FastAPI:
    """The pages; anybody may be anybody, unless `person` is None and one has to log in."""
    app = FastAPI(openapi_url=None)
    files = FileStore(folder)
    add_pages(app, Site(store=store, organisation=SHOP, title="The shop", demo_person=person, files=files))
    return app


def asked(store: Store, operation: str, /, *, by: str = "bo", **values: Any) -> Any:
    """What an operation answers to somebody of the shop."""
    return calling.call(calling.as_person(store, SHOP, by, at=datetime.now(UTC)), operation, values)


class Visitor:
    """Somebody at the pages, without any script."""

    def __init__(self, address: str) -> None:
        self.web = Client(base_url=address, follow_redirects=True, timeout=30)

    def be(self, person: str) -> Visitor:
        """Look through these eyes from now on."""
        for cookie in [one for one in self.web.cookies.jar if one.name == "procession_person"]:
            self.web.cookies.jar.clear(cookie.domain, cookie.path, cookie.name)
        self.web.cookies.set("procession_person", person)
        return self

    def get(self, path: str, **more: Any) -> str:
        """A page that must be there, as text."""
        answer = self.web.get(path, **more)
        assert answer.status_code == 200, (path, answer.status_code, plain(answer.text)[:400])
        return unescape(answer.text)

    def post(self, path: str, data: dict[str, Any] | None = None, **more: Any) -> Response:
        """Send a form."""
        return self.web.post(path, data=data or {}, **more)

    def start(self, workflow: str, **data: Any) -> str:
        """Start a case; its id."""
        answer = self.post(f"/start/{workflow}", data)
        assert answer.status_code == 200, plain(answer.text)[:400]
        found = re.search(r"/(?:cases|tasks)/([0-9a-f-]{36})", str(answer.url))
        assert found is not None, answer.url
        return found.group(1)


@contextmanager
def visitor(store: Store, folder: Path, person: str | None = "bo") -> Iterator[Visitor]:
    """Somebody at the pages of the shop, over HTTP."""
    with served(application(store, folder, person)) as address:
        one = Visitor(address)
        with one.web:
            yield one


def plain(html: str) -> str:
    """The words of a page."""
    body = html[html.find("<main") :] if "<main" in html else html
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", body)).split())


def task_in(store: Store, case_id: str) -> str:
    """The one open task of a case."""
    (task,) = asked(store, "case.get", case_id=case_id).tasks
    return task.id
