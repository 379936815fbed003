"""Processes that reveal themselves: what is proposed, to whom, and what connecting publishes."""

from __future__ import annotations

import pytest

from procession.engine.rejections import Forbidden, InvalidDefinition, NotFound
from procession.interchange import yaml
from tests.engine.story import Story
from tests.operations.conftest import NOW, ORGANISATION, Office
from tests.support.linked_workflows import ORDER, SOURCES, remember

MEMBERS = [
    SOURCES[name].replace("assign: group:finance", "assign: person:bo") for name in ("order", "delivery", "invoice")
]


def publish(office: Office, *names: str) -> None:
    files = [{"name": f"{name}.yaml", "text": SOURCES[name]} for name in names]
    office.ask("bo", "definition.publish", files=files, accept="for tests")


@pytest.fixture
def linked(office: Office) -> Office:
    publish(office, *SOURCES)
    remember(office.store, ORGANISATION, NOW)
    return office


def test_three_linked_workflows_are_proposed_with_evidence(linked: Office) -> None:
    said = linked.ask("bo", "process.reveal")
    (found,) = said.proposals
    assert [one.id for one in found.members] == ["order", "delivery", "invoice"]
    assert [(one.source, one.target) for one in found.links] == [("order", "delivery"), ("delivery", "invoice")]
    first, second = found.links
    assert (first.keys[0].source_field, first.keys[0].target_field) == ("number", "order")
    assert first.keys[0].likeness == "normalised"
    assert first.outcome == "approved"
    assert first.coverage > 0.95 and first.p < 0.001 and not first.thin
    assert 0.5 * 86400 < first.lag_low < first.lag_median < first.lag_high < 6 * 86400
    assert {(one.source_title, one.target_title) for one in first.carries} >= {("Amount", "Value")}
    assert "inside text" in {key.likeness for key in second.keys}
    assert first.sentence.startswith("9") or "of" in first.sentence
    assert first.examples and first.examples[0].source.name.startswith("Order PO-")


def test_what_is_proposed_can_be_published_and_is_proposed_no_more(linked: Office) -> None:
    (found,) = linked.ask("bo", "process.reveal").proposals
    assert found.publishable and found.can_connect
    assert [one.severity for one in found.findings if one.severity == "error"] == []
    assert any("Dock" in question for question in found.questions)
    with pytest.raises(InvalidDefinition, match="warning"):
        linked.ask("bo", "process.connect", proposal=found.id)
    made = linked.ask("bo", "process.connect", proposal=found.id, accept="Drafted from the records")
    assert [(one.id, one.kind) for one in made.definitions] == [("order-to-invoice", "process")]
    process = yaml.read(linked.ask("bo", "definition.get", definition="order-to-invoice").text).definition
    assert process is not None and process.kind == "process"
    carried = {handoff.to: dict(handoff.carry) for handoff in process.handoffs if handoff.to}
    assert carried["delivery"] == {"order": "number", "amount": "amount", "dock": "dock"}
    assert carried["invoice"] == {"subject": "order", "total": "amount"}
    assert [str(one.sources[0]) for one in process.handoffs if one.end is not None] == ["order.rejected"]
    again = linked.ask("bo", "process.reveal")
    assert again.proposals == ()
    with pytest.raises(NotFound):
        linked.ask("bo", "process.connect", proposal=found.id, accept="again")


def test_a_case_of_the_drafted_process_hands_over_what_the_records_show(linked: Office) -> None:
    (found,) = linked.ask("bo", "process.reveal").proposals
    story = Story(found.text, *MEMBERS)
    story.start(number="PO-9", kind="goods", amount="12.50")
    story.do("Sign the order", case=story.member("order"), outcome="approve")
    assert story.case.handoffs["order.approved->delivery"] == 1
    assert story.case.carried["delivery"] == {"order": "PO-9", "amount": "12.5"}
    assert [one.code for one in story.case.incidents.values()] == ["waiting_for_data"]


def test_a_rejected_order_ends_the_drafted_process(linked: Office) -> None:
    (found,) = linked.ask("bo", "process.reveal").proposals
    story = Story(found.text, *MEMBERS)
    story.start(number="PO-9", kind="goods", amount="12.50")
    story.do("Sign the order", case=story.member("order"), outcome="reject")
    assert (story.case.is_open, story.case.outcome) == (False, "rejected")


def test_only_those_who_see_all_cases_are_told(linked: Office) -> None:
    closed = ORDER.replace("owner: finance\n", 'owner: finance\nvisible to: ["group:finance"]\n')
    linked.ask("bo", "definition.publish", files=[{"name": "order.yaml", "text": closed}], accept="for tests")
    assert linked.ask("finn", "process.reveal").proposals != ()
    said = linked.ask("sven", "process.reveal")
    assert said.proposals == ()
    assert "three workflows" in said.sentence


def test_the_draft_lets_no_further_people_see_than_the_members_do(linked: Office) -> None:
    closed = ORDER.replace("owner: finance\n", 'owner: finance\nvisible to: ["group:finance"]\n')
    linked.ask("bo", "definition.publish", files=[{"name": "order.yaml", "text": closed}], accept="for tests")
    (found,) = linked.ask("bo", "process.reveal").proposals
    assert yaml.read(found.text).definition.visible_to == ("group:finance",)  # type: ignore[union-attr]


def test_a_field_that_one_may_not_see_links_nothing(linked: Office) -> None:
    hidden = ORDER.replace("label: Order number}", 'label: Order number, see: ["group:finance"]}')
    linked.ask("bo", "definition.publish", files=[{"name": "order.yaml", "text": hidden}], accept="for tests")
    said = linked.ask("sven", "process.reveal")
    fields = {key.source_field for one in said.proposals for link in one.links for key in link.keys}
    assert "number" not in fields
    assert any(key.source_field == "number" for key in linked.ask("finn", "process.reveal").proposals[0].links[0].keys)


def test_only_the_owner_of_the_first_workflow_connects(linked: Office) -> None:
    (found,) = linked.ask("sven", "process.reveal").proposals
    assert not found.can_connect
    with pytest.raises(Forbidden):
        linked.ask("sven", "process.connect", proposal=found.id, accept="why not")


def test_nothing_is_proposed_under_three_workflows(office: Office) -> None:
    assert "three workflows" in office.ask("bo", "process.reveal").sentence
    publish(office, *SOURCES)
    remember(office.store, ORGANISATION, NOW)
    office.ask("bo", "definition.retire", definition="invoice")
    said = office.ask("bo", "process.reveal")
    assert said.proposals == ()
    assert [(one.source, one.target) for one in said.pairs] == [("order", "delivery")]
    assert "three workflows" in said.sentence


def test_a_published_process_grows_by_the_workflow_that_follows_it(linked: Office) -> None:
    part = """\
# What we know so far.
process: buying
title: Buying
owner: finance
fields: {number: text, kind: {type: choice, options: [goods, service]}, amount: {type: money, currency: EUR}, dock: text}
start: {form: [number, kind, amount, dock]}
workflows:
  signing: {use: order}
  receiving: {use: delivery}
handoffs:
  - {from: start, to: signing, carry: {number: number, kind: kind, amount: amount}}
  - {from: signing.approved, to: receiving, carry: {order: number, amount: amount, dock: dock}}
"""
    linked.ask("bo", "definition.publish", files=[{"name": "buying.yaml", "text": part}], accept="for tests")
    (found,) = linked.ask("bo", "process.reveal").proposals
    assert found.process == "buying"
    assert [(one.source, one.target) for one in found.links] == [("delivery", "invoice")]
    made = linked.ask("bo", "process.connect", proposal=found.id, accept="Drafted from the records")
    assert [(one.id, one.version) for one in made.definitions] == [("buying", 2)]
    text = linked.ask("bo", "definition.get", definition="buying").text
    assert text.startswith("# What we know so far.")
    assert "receiving.completed" in text and "use: invoice" in text
