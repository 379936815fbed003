"""Three workflows that nobody has connected, with a history in which each follows the one before."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

from procession.engine.events import CaseClosed, CaseStarted
from procession.engine.instants import to_instant
from procession.store.history import Happened, encode, write
from procession.store.ids import new_id
from procession.store.store import Store

ORDER = """\
workflow: order
title: Order
name: "Order {number}"
owner: finance
fields:
  number: {type: text, label: Order number}
  kind: {type: choice, options: [goods, service], label: Kind}
  amount: {type: money, currency: EUR, label: Amount}
start: {form: [number, kind, amount]}
steps:
  - approval: Sign the order
    assign: group:finance
    on reject: end rejected
outcome: approved
"""

DELIVERY = """\
workflow: delivery
title: Delivery
name: "Delivery of {order}"
owner: buyers
fields:
  order: {type: text, label: Order}
  amount: {type: money, currency: EUR, label: Value}
  dock: {type: text, label: Dock}
start: {form: [order, amount, dock]}
steps:
  - task: Receive the goods
    assign: group:buyers
"""

INVOICE = """\
workflow: invoice
title: Invoice
owner: finance
fields:
  subject: {type: text, label: Subject}
  total: {type: money, currency: EUR, label: Total}
start: {form: [subject, total]}
steps:
  - task: Pay the invoice
    assign: group:finance
"""

UNRELATED = """\
workflow: visit
title: Visit
owner: buyers
fields:
  host: {type: text, label: Host}
  badge: {type: text, label: Badge}
start: {form: [host, badge]}
steps:
  - task: Welcome the visitor
    assign: group:buyers
"""

SOURCES = {"order": ORDER, "delivery": DELIVERY, "invoice": INVOICE, "visit": UNRELATED}


def remember(
    store: Store, organisation: str, now: datetime, *, orders: int = 120, seed: int = 1, visits: bool = True
) -> None:
    """Give the published workflows a year of finished cases: an approved order is delivered, then invoiced."""
    found = sorted(_cases(random.Random(seed), now - timedelta(days=300), orders), key=lambda one: one[1])
    numbers: dict[str, int] = {}
    cases: list[tuple[str, list[Happened]]] = []
    for workflow, begin, end, outcome, name, data in found:
        if workflow == "visit" and not visits:
            continue
        numbers[workflow] = numbers.get(workflow, 0) + 1
        started = CaseStarted(
            definition=workflow, version=1, name=name, number=numbers[workflow], starter="ana", data=data
        )
        happened = [Happened(to_instant(begin), "ana", started)]
        happened.append(Happened(to_instant(end), "ana", CaseClosed(outcome=outcome)))
        cases.append((new_id(), happened))
    with store.transaction(organisation) as tx:
        write(tx, [encode(organisation, cases)])


Told = tuple[str, datetime, datetime, str, str, dict[str, str]]


def _cases(draw: random.Random, first: datetime, orders: int) -> Iterator[Told]:
    for number in range(orders):
        key, amount = f"PO-{1000 + number}", f"{draw.randrange(10_000)}.{draw.randrange(10, 100)}"
        kind = draw.choice(["goods", "goods", "service"])
        begin = first + timedelta(days=2 * number + draw.random())
        end = begin + timedelta(days=draw.uniform(0.2, 4))
        approved = draw.random() < 0.8
        data = {"number": key, "kind": kind, "amount": amount}
        yield "order", begin, end, "approved" if approved else "rejected", f"Order {key}", data
        if draw.random() < 0.5:
            at = first + timedelta(days=draw.uniform(0, 280))
            yield (
                "visit",
                at,
                at + timedelta(hours=1),
                "done",
                "Visit",
                {"host": draw.choice("abcdefgh"), "badge": f"V{number}"},
            )
        if not approved:
            continue
        begin = end + timedelta(days=draw.uniform(0.5, 6))
        end = begin + timedelta(hours=draw.uniform(1, 30))
        data = {"order": key.replace("-", " ").lower(), "amount": amount, "dock": draw.choice("ABC")}
        yield "delivery", begin, end, "done", f"Delivery of {key}", data
        begin = end + timedelta(days=draw.uniform(0.1, 9))
        data = {"subject": f"Invoice for {key}, 30 days net", "total": amount}
        yield "invoice", begin, begin + timedelta(days=draw.uniform(1, 3)), "done", "Invoice", data
