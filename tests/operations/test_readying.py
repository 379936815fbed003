"""Before a step is automated: what it does to the whole, whether it is ready, and a reason where it is not."""

from __future__ import annotations

import math

import pytest

from procession.engine.rejections import InvalidDefinition, NotFound
from tests.operations.conftest import Office

TODAY = """\
workflow: post
title: Post
owner: finance
fields: {weight: number}
start: {form: [weight]}
steps:
  - {approval: Weigh it, assign: "person:eve", on reject: end rejected}
  - {task: Carry it, assign: "person:fay"}
"""
TOMORROW = TODAY.replace(
    '{approval: Weigh it, assign: "person:eve", on reject: end rejected}',
    '{automate: Weigh it, do: http, with: {url: "https://scales.example.org"}}',
)


def posted(office: Office, count: int, *, by_weight: bool) -> Office:
    """So many cases: light ones are approved where there is a rule, else every other one; carrying lies for a day."""
    office.ask("finn", "definition.publish", files=[{"name": "post.yaml", "text": TODAY}], accept="tests")
    for number in range(count):
        weight = number * 7 % 20
        case = office.ask("ana", "case.start", workflow="post", data={"weight": str(weight)}).id
        office.later(minutes=30)
        good = weight < 10 if by_weight else number % 4 < 2
        office.ask("eve", "task.complete", task_id=office.task_of(case), outcome="approve" if good else "reject")
        if good:
            office.later(days=1)
            office.ask("fay", "task.complete", task_id=office.task_of(case))
        office.later(days=1)
    return office


def test_a_step_with_a_clear_rule_is_ready_and_its_effect_is_said(office: Office) -> None:
    found = posted(office, 40, by_weight=True).ask("finn", "insight.readiness", workflow="post", step="weigh-it")
    assert found.ready and found.rule == "weight"
    (effect,) = found.effects
    assert effect.of.id == "post" and effect.cases == 40
    assert effect.low <= effect.saved <= effect.high
    assert effect.saved < 0.2 * effect.before
    assert (
        "Making 'Weigh it' instant takes" in effect.sentence
        and "most of the time passes at Carry it" in effect.sentence
    )
    note = office.ask("finn", "definition.check", files=[{"name": "post.yaml", "text": TOMORROW}])
    assert note.publishable
    assert [(one.code, one.severity) for one in note.findings] == [("automates_people", "note")]


def test_a_step_that_is_not_ready_is_automated_only_with_a_reason_that_is_kept(office: Office) -> None:
    posted(office, 40, by_weight=False)
    files = [{"name": "post.yaml", "text": TOMORROW}]
    (finding,) = office.ask("finn", "definition.check", files=files).findings
    assert (finding.code, finding.severity) == ("not_ready_to_automate", "warning")
    assert "explains" in finding.sentence and "Making 'Weigh it' instant takes" in finding.sentence
    with pytest.raises(InvalidDefinition, match="is not ready to be automated"):
        office.ask("finn", "definition.publish", files=files)
    office.ask("finn", "definition.publish", files=files, accept="The scales decide from May on")
    accepted = office.ask("finn", "definition.get", definition="post").accepted
    assert [(one["code"], one["reason"]) for one in accepted] == [
        ("not_ready_to_automate", "The scales decide from May on"),
    ]  # fmt: skip


def test_a_step_that_nobody_has_done_is_not_known(office: Office) -> None:
    posted(office, 0, by_weight=True)
    found = office.ask("finn", "insight.readiness", workflow="post", step="weigh-it")
    assert (found.ready, found.effects) == (False, ())
    assert math.isclose(found.checks[0].value, 0)


def test_only_steps_of_people_are_judged(office: Office) -> None:
    posted(office, 0, by_weight=True)
    with pytest.raises(NotFound, match="no step 'nothing' that people do"):
        office.ask("finn", "insight.readiness", workflow="post", step="nothing")
    with pytest.raises(NotFound):
        office.ask("ana", "insight.readiness", workflow="purchase", step="sign-off")
