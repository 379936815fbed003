"""What a new version changed, in words: every difference a reader would notice, and no other."""

from __future__ import annotations

import pytest

from procession.engine.program import compile_definition
from procession.operations.changes import changes_between
from procession.store.reading import read_definition

BEFORE = """\
workflow: letter
title: A letter
purpose: It is sent.
owner: office
fields:
  to: text
  note: {type: text, required: false}
start: {form: [to]}
steps:
  - task: Write it
    assign: starter
    form: [note]
    due: 1 business day
    instructions: With care.
  - approval: Sign it
    assign: role:manager
"""

RELAY = """\
process: relay
title: A relay
goal: Both are done.
fields: {item: text}
start: {form: [item]}
workflows:
  first: {use: five}
  second: {use: five}
handoffs:
  - {from: start, to: first, carry: {item: item}}
  - {from: first.completed, to: second, carry: {item: item}}
"""


def told(before: str, after: str) -> list[str]:
    found = changes_between(compile_definition(read_definition(before)), compile_definition(read_definition(after)))
    return [f"{one.what} {one.subject}" + (f": {'; '.join(one.details)}" if one.details else "") for one in found]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("title: A letter", "title: A note", "changed The workflow itself: title: A letter, now A note"),
        ("owner: office\n", "", "changed The workflow itself: owner: office, now none"),
        ("  to: text\n", "  to: text\n  copy: text?\n", "added Field Copy"),
        ("required: false", "required: true", "changed Field Note: required: no, now yes"),
        (
            "due: 1 business day",
            "due: 2 days",
            "changed Step Write it: due: 1 business day, now 2 days",
        ),
        ("With care.", "With great care.", "changed Step Write it: instructions: rewritten"),
        ("    instructions: With care.\n", "", "changed Step Write it: instructions: given, now none"),
        ("role:manager", "role:cfo", "changed Step Sign it: who: the role manager, now the role cfo"),
    ],
)
def test_one_difference_is_one_sentence(old: str, new: str, said: str) -> None:
    assert told(BEFORE, BEFORE.replace(old, new)) == [said]


def test_steps_come_and_go() -> None:
    more = BEFORE + "  - {task: Post it, assign: starter}\n"
    assert told(BEFORE, more) == ["added Step Post it"]
    assert told(more, BEFORE) == ["removed Step Post it"]


def test_comments_and_the_order_of_keys_are_no_change() -> None:
    moved = BEFORE.replace("title: A letter\npurpose: It is sent.\n", "purpose: It is sent. # soon\ntitle: A letter\n")
    assert moved != BEFORE
    assert told(BEFORE, moved) == []


def test_the_order_of_steps_is_told() -> None:
    head, _, steps = BEFORE.partition("steps:\n")
    write, mark, sign = steps.partition("  - approval: Sign it")
    turned = f"{head}steps:\n{mark}{sign}{write}"
    assert told(BEFORE, turned) == ["changed Order of the steps: Sign it and Write it"]


def test_members_and_handoffs_of_a_process() -> None:
    without = RELAY.replace("  second: {use: five}\n", "").replace(
        "  - {from: first.completed, to: second, carry: {item: item}}\n", ""
    )
    found = told(without, RELAY)
    assert found[0] == "added Workflow second"
    assert found[1].startswith("added Handoff first.completed to second")
    other = RELAY.replace("second: {use: five}", "second: {use: shared}")
    assert told(RELAY, other) == ["changed Workflow second: runs: five, now shared"]
