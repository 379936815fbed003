"""A workflow whose forms ask more or less, depending on what stands in them."""

from __future__ import annotations

from procession.store.store import Store
from tests.support.work import asked

TRIP = """
workflow: trip
title: Business trip
name: "Trip to {place}"
owner: people-ops
fields:
  place: {type: text, label: Where to}
  abroad: {type: yes/no, label: Abroad}
  visa: {type: text, label: Which visa}
  days: {type: integer, label: How many days}
  hotel: {type: text?, label: Hotel}
  contact: {type: text?, label: Whom to call}
  seat: {type: choice, options: [window, aisle], label: Seat}
  refused: {type: text, label: Why it is refused}
  agreed: {type: yes/no, label: Agreed}
start:
  by: public
  form:
    - place
    - abroad
    - {name: visa, show when: abroad}
    - days
    - {name: hotel, show when: "days > 1", required when: "days > 5"}
    - {name: contact, required when: abroad}
steps:
  - task: Agree to the trip
    assign: group:people-ops
    form: [agreed, {name: refused, show when: "agreed = false"}]
  - task: Choose a seat
    assign: "guest:gus@example.org"
    form: [seat, {name: refused, show when: "seat = \\"aisle\\"", required: false}]
outcome: booked
"""


def publish_trip(store: Store) -> None:
    """Publish the workflow; again, it changes nothing."""
    asked(store, "definition.publish", files=[{"name": "trip.yaml", "text": TRIP}])
