"""A small organisation with a few workflows, for tests of what lies around the engine."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from procession.engine.case import Case
from procession.engine.commands import CompleteTask, StartCase
from procession.engine.definition import Process
from procession.engine.moment import Actor
from procession.store.reading import read_definition
from procession.store.requests import Committed
from procession.store.store import Store

OFFICE = "office"
ANA, BO, CARL = Actor("ana"), Actor("bo"), Actor("carl")
AT = datetime(2026, 1, 5, 9, tzinfo=UTC)

FIVE = """
workflow: five
title: Five tasks
fields: {item: text, note: text?}
start: {form: [item]}
steps:
  - {task: One, assign: "person:ana", form: [note]}
  - {task: Two, assign: "person:ana"}
  - {task: Three, assign: "person:ana"}
  - {task: Four, assign: "person:ana"}
  - {task: Five, assign: "person:ana"}
"""

SHARED = """
workflow: shared
title: A shared task
fields: {item: text}
start: {form: [item]}
steps:
  - {task: Anybody, assign: "group:crew", due: 2 hours, remind: 1 hour before due}
"""

WAITER = """
workflow: waiter
title: Waits for a payment
fields: {order: text, text: text?}
start: {form: [order]}
steps:
  - wait: Payment
    message: paid
    match: order
    take: {text: message.text}
"""

PARENT = """
workflow: parent
title: Asks another workflow
fields: {item: text, note: text?}
start: {form: [item]}
steps:
  - workflow: Child
    use: five
    with: {item: item}
    take: {note: note}
"""

BUSY = """
workflow: busy
title: To the least busy
fields: {item: text}
start: {form: [item]}
steps:
  - {task: Do it, assign: "least busy of group:crew"}
"""

RELAY = """
process: relay
title: A relay
fields: {item: text}
start: {form: [item]}
workflows:
  first: {use: five}
  second: {use: five}
handoffs:
  - {from: start, to: first, carry: {item: item}}
  - {from: first.completed, to: second, carry: {item: item}}
"""

TEXTS = (FIVE, SHARED, WAITER, PARENT, BUSY, RELAY)


def publish(store: Store, text: str) -> None:
    """Publish a text in the office."""
    definition = read_definition(text)
    kind = "process" if isinstance(definition, Process) else "workflow"
    with store.transaction(OFFICE) as tx:
        tx.definitions.publish(text, id=definition.id, kind=kind, title=definition.title, by="ana", at=AT)


def furnish(store: Store) -> None:
    """Make the office: three people, one group, the workflows above."""
    store.create_organisation(OFFICE)
    with store.transaction(OFFICE) as tx:
        tx.people.save("ana", name="Ana", email="ana@example.org", groups=["crew"], admin=True)
        tx.people.save("bo", name="Bo", email="bo@example.org", manager="ana", groups=["crew"])
        tx.people.save("carl", name="Carl", email="carl@example.org", roles=["driver"])
    for text in TEXTS:
        publish(store, text)


@contextmanager
def office(url: str) -> Iterator[Store]:
    """A store on a database in which the office is set up."""
    with Store(url, pool_size=4) as store:
        furnish(store)
        yield store


def start(store: Store, definition: str, *, actor: Actor = ANA, key: str | None = None, **data: str) -> Committed:
    """Start a case of the office."""
    return store.start(OFFICE, definition, StartCase(data=data), actor, key=key)


def only_task(case: Case) -> str:
    """The public id of the one task that is open."""
    (activation,) = case.activations
    return f"{case.id}.{activation}"


def complete(store: Store, case: Case, *, actor: Actor = ANA, key: str | None = None, **values: str) -> Committed:
    """Complete the one task that is open."""
    return store.execute(OFFICE, case.id, CompleteTask(task_id=only_task(case), values=values), actor, key=key)
