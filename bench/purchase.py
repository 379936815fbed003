"""A case that uses most of the language, for `bench.engine`: what a step costs where more than a form is at stake."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from procession.engine.case import Activation, Case
from procession.engine.commands import CompleteTask, StartCase
from procession.engine.decide import advance
from procession.engine.moment import Actor, Directory, Moment, Person
from procession.engine.program import Program

DEFINITION = """
workflow: rich
title: Purchase
name: "{item} for {starter.name}"
target: 10 business days
fields:
  item: text
  price: {type: money, currency: EUR}
  pieces: integer
  total: {type: calculated, is: "= price * pieces"}
  size: {type: choice, options: [small, big], required: false}
  note: text?
  lines: {type: table, columns: {name: text, serial: text?}}
start: {form: [item, price, pieces, lines]}
steps:
  - {task: Check the request, assign: group:office, form: [note], due: 1 business day}
  - {decide: Size, inputs: [total], outputs: [size], rules: [["< 500", small], [">= 500", big]]}
  - choose: Who decides
    cases:
      - when: size = "small"
        steps: [{approval: Manager, assign: manager of starter, due: 2 days}]
      - when: size = "big"
        steps:
          - approval: Board
            assign: group:office
            not by: starter
            quorum: majority
            due: 3 business days
            remind: 1 day before due
            escalate: {after: 1 day overdue, to: manager of assignee}
  - {task: Record the exception, when: total > 100000, assign: group:office}
  - parallel: Prepare
    steps:
      - [{task: Order, assign: group:office, not by: Check the request, due: 4 hours}, {task: Book, form: [note]}]
      - [{task: Make room, assign: "person:ana", due: 1 day}, {task: Tell the team, assign: "person:ana"}]
      - {task: Reserve money, assign: group:office, set: {note: '"reserved for " + item'}}
  - each: Receive
    of: lines
    as: line
    steps:
      - {task: "Unpack {line.name}", assign: group:office, form: [line.serial], due: 2 days}
      - {task: "Label {line.name}", assign: "person:ana"}
  - {task: Hand over, assign: starter, milestone: delivered}
"""
START = {
    "item": "screens", "price": "450.50", "pieces": 3, "lines": [{"name": "left"}, {"name": "middle"}, {"name": "right"}],
}  # fmt: skip
OFFICE = Directory(
    people={
        "ana": Person(id="ana", name="Ana", email="ana@example.org", manager="dee"),
        "bo": Person(id="bo", name="Bo", groups=("office",), manager="dee"),
        "cy": Person(id="cy", name="Cy", groups=("office",), manager="dee"),
        "dee": Person(id="dee", name="Dee", groups=("office",)),
    },
    groups={"office": ("bo", "cy", "dee")},
)
MOMENTS = {
    one: Moment(at=datetime(2026, 1, 5, 9, tzinfo=UTC), actor=Actor(one), directory=OFFICE) for one in OFFICE.people
}
STEPS = 16
"""The start, and fifteen completions: of the board's three, two decide."""


def play(program: Program) -> None:
    """A whole case; the first open task is done next, by its assignee or the last of those who may claim it."""
    case = advance(program, Case(id="case"), StartCase(data=START, number=1), MOMENTS["ana"]).after
    steps = 1
    while case.status == "open":
        key, one = next((key, one) for key, one in case.activations.items() if one.assignee or one.candidates)
        command = CompleteTask(task_id=f"case.{key}", **answer(one))
        case = advance(program, case, command, MOMENTS[one.assignee or one.candidates[-1]]).after
        steps += 1
    if case.status != "done" or steps != STEPS:
        raise AssertionError(f"the case is {case.status} after {steps} steps")


def answer(task: Activation) -> dict[str, Any]:
    """What is filled in."""
    if task.step == "board":
        return {"outcome": "approve"}
    asked = {"check-the-request": "note", "book": "note", "unpack-line-name": "line.serial"}.get(task.step)
    return {"values": {asked: f"as of {task.opened_at}"}} if asked else {}
