"""Event logs of three programs that work on the same orders, each with columns and numbers of its own."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

ORDERS = 60


def linked_logs() -> dict[str, str]:
    """CSV by the name of the log: orders, the deliveries that follow them, and invoices that name the delivery."""
    rng = Random(3)
    orders, deliveries, invoices = (
        ["case,step,order number,region,end"],
        ["case,step,order_no,end"],
        ["case,step,delivery,end"],
    )
    for at in range(ORDERS):
        begun = datetime(2026, 1, 5, 9) + timedelta(hours=9 * at + 5 * rng.random())
        sent = begun + timedelta(days=1 + rng.random())
        billed = sent + timedelta(days=2 + rng.random())
        order, delivery = f"SO-{4100 + 7 * at}", f"D{900 + at}"
        orders += _rows(f"O{at}", ("Enter", "Check"), (order, rng.choice(("north", "south"))), begun)
        deliveries += _rows(delivery, ("Pick", "Ship"), (order,), sent)
        invoices += _rows(f"I{3000 + at}", ("Write", "Send"), (delivery,), billed)
    return {
        name: "\n".join(rows) for name, rows in (("orders", orders), ("deliveries", deliveries), ("invoices", invoices))
    }


def _rows(case: str, steps: Iterable[str], fields: Iterable[str], begun: datetime) -> list[str]:
    return [
        ",".join((case, step, *fields, (begun + timedelta(hours=2 * at)).isoformat(" ", "seconds")))
        for at, step in enumerate(steps)
    ]
