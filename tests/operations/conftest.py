"""An organisation on a real database: people, two workflows and a process, and a way to ask as anybody."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from procession.operations import calling
from procession.operations.access import NOBODY
from procession.operations.context import Context
from procession.operations.insights.analysis import wait_for_all
from procession.store.store import Store
from tests.support.database import Database

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
ORGANISATION = "acme"

PURCHASE = """\
workflow: purchase
title: Purchase
name: "{item} for {starter.name}"
purpose: Every purchase is signed off once.
owner: finance
visible to: [starter]
fields:
  item: text
  amount: {type: money, currency: USD, min: 0}
  note: {type: long text, required: false, see: ["group:finance"]}
  order: text?
start: {form: [item, amount, "note?"]}
steps:
  - approval: Sign off
    assign: person:dana
    due: 1 business day
    instructions: Look at {item} for {amount}.
    on reject: end rejected
  - task: Order it
    assign: group:buyers
    form: [order]
  - task: Tell the supplier
    assign: guest:gus@example.org
outcome: bought
"""

TICKET = """\
workflow: ticket
title: Ticket
fields: {what: text}
start: {by: public, form: [what]}
initial: New
states:
  New:
    assign: group:buyers
    actions:
      - {action: Take it, to: Working}
  Working:
    assign: group:buyers
    actions:
      - {action: Solve, to: Solved}
  Solved: {outcome: solved}
"""


@dataclass
class Office:
    """The organisation under test."""

    store: Store
    at: datetime = NOW
    keys: int = field(default=0)

    def context(self, person: str | None, *, key: str | None = None, organisation: str = ORGANISATION) -> Context:
        """The context in which a person asks; nobody where None."""
        if person is None:
            return Context(store=self.store, organisation=organisation, caller=NOBODY, at=self.at, key=key)
        return calling.as_person(self.store, organisation, person, at=self.at, key=key)

    def ask(self, who: str | None, operation: str, /, *, key: str | None = None, **values: Any) -> Any:
        """Ask an operation as a person."""
        return calling.call(self.context(who, key=key), operation, values)

    def later(self, **span: float) -> None:
        """Let time pass."""
        self.at += timedelta(**span)

    def purchase(self, by: str = "ana", **data: Any) -> str:
        """Start a purchase; returns the case."""
        return self.ask(by, "case.start", workflow="purchase", data={"item": "desk", "amount": "600", **data}).id

    def task_of(self, case: str, by: str = "bo") -> str:
        """The id of the only open task of a case."""
        tasks = self.ask(by, "case.get", case_id=case).tasks
        assert len(tasks) == 1, [task.title for task in tasks]
        return tasks[0].id


def people(store: Store, organisation: str) -> None:
    """ana starts, dana signs, eve and fay buy, finn owns, sven is a colleague, bo administers."""
    store.create_organisation(organisation)
    with store.transaction(organisation) as tx:
        for id_, name in (
            ("ana", "Ana Alm"),
            ("dana", "Dana Dorn"),
            ("eve", "Eve Ek"),
            ("fay", "Fay Fors"),
            ("finn", "Finn Falk"),
            ("sven", "Sven Sund"),
            ("bo", "Bo Berg"),
        ):
            tx.people.save(id_, name=name, email=f"{id_}@example.com", admin=id_ == "bo")
        tx.groups.save("buyers", "Buyers", ["eve", "fay"])
        tx.groups.save("finance", "Finance", ["finn"])


@pytest.fixture
def store(clean_database: Database) -> Iterator[Store]:
    with Store(clean_database.app_url) as opened:
        yield opened
        wait_for_all(opened)


@pytest.fixture
def office(store: Store) -> Office:
    people(store, ORGANISATION)
    made = Office(store)
    made.ask(
        "bo",
        "definition.publish",
        files=[{"name": "purchase.yaml", "text": PURCHASE}, {"name": "ticket.yaml", "text": TICKET}],
        accept="for tests",
    )
    return made
