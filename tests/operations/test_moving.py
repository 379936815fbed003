"""Running cases move to another version: the preview says who can, the move is kept with its reason, and can be taken back."""

from __future__ import annotations

import pytest

from procession.engine.rejections import Conflict, Forbidden, MissingField, NotFound
from procession.store.rebuilding import rebuild
from procession.store.verify import verify
from tests.operations.conftest import ORGANISATION, PURCHASE, Office

LONGER = PURCHASE.replace("outcome: bought", "  - task: File it\n    assign: group:buyers\noutcome: bought")
OTHER = LONGER.replace("approval: Sign off", "approval: Have it signed")


def publish(office: Office, text: str) -> None:
    office.ask("bo", "definition.publish", files=[{"name": "purchase.yaml", "text": text}], accept="for tests")


def open_titles(office: Office, case: str) -> list[str]:
    return [one.title for one in office.ask("bo", "case.get", case_id=case).tasks]


def test_a_case_moves_and_goes_on_in_the_new_version(office: Office) -> None:
    case = office.purchase()
    publish(office, LONGER)
    preview = office.ask("finn", "case.preview_move", definition="purchase")
    assert (preview.to.version, preview.can, preview.cannot) == (2, 1, 0)
    office.ask("finn", "case.move", case_id=case, reason="filing is law now")
    view = office.ask("bo", "case.get", case_id=case)
    assert view.workflow.version == 2 and view.can.move_back
    assert any("moved the case from version 1 to 2: filing is law now" in one.sentence for one in view.timeline)
    office.ask("dana", "task.complete", task_id=office.task_of(case), outcome="approve")
    assert not office.ask("bo", "case.get", case_id=case).can.move_back
    with pytest.raises(Conflict, match="a task was completed since"):
        office.ask("finn", "case.move_back", case_id=case)


def test_those_that_cannot_say_why_and_stay(office: Office) -> None:
    first, second = office.purchase(), office.purchase()
    office.ask("dana", "task.complete", task_id=office.task_of(second), outcome="approve")
    publish(office, OTHER)
    preview = office.ask("finn", "case.preview_move", definition="purchase")
    assert [(one.case.id, one.obstacles) for one in preview.cases] == [
        (first, ("'Sign off' is open, and version 2 has no such step.",)),
        (second, ()),
    ]
    done = office.ask("finn", "case.move_many", definition="purchase", reason="clearer names", key="once")
    assert [one.id for one in done.moved] == [second]
    assert [(one.case.id, one.why) for one in done.stayed] == [(first, preview.cases[0].obstacles[0])]
    with pytest.raises(Conflict, match="has no such step"):
        office.ask("finn", "case.move", case_id=first, reason="clearer names")
    assert open_titles(office, first) == ["Sign off"]


def test_the_move_is_taken_back_while_nothing_was_done(office: Office) -> None:
    case = office.purchase()
    publish(office, LONGER)
    office.ask("finn", "case.move", case_id=case, reason="a try")
    office.ask("finn", "case.move_back", case_id=case)
    view = office.ask("bo", "case.get", case_id=case)
    assert (view.workflow.version, view.can.move_back) == (1, False)
    with pytest.raises(Conflict, match="no move to take back"):
        office.ask("finn", "case.move_back", case_id=case)


def test_lists_and_chain_hold_after_a_move(office: Office) -> None:
    case = office.purchase()
    publish(office, LONGER)
    office.ask("finn", "case.move", case_id=case, reason="a try")
    with office.store.transaction(ORGANISATION) as tx:
        before = tx.rows_of("SELECT id, version, seq FROM cases WHERE organisation = :organisation ORDER BY id")
        rebuild(tx)
        assert tx.rows_of("SELECT id, version, seq FROM cases WHERE organisation = :organisation ORDER BY id") == before
    assert verify(office.store, ORGANISATION).problems == []


def test_only_owners_move_and_a_reason_is_needed(office: Office) -> None:
    case = office.purchase()
    publish(office, LONGER)
    with pytest.raises(Forbidden):
        office.ask("ana", "case.move", case_id=case, reason="mine")
    with pytest.raises(MissingField):
        office.ask("finn", "case.move", case_id=case, reason=" ")
    with pytest.raises(MissingField):
        office.ask("finn", "case.move_many", definition="purchase", reason="")
    with pytest.raises(NotFound):
        office.ask("finn", "case.move_many", definition="purchase", case_ids=["nothing"], reason="x")
    with pytest.raises(NotFound):
        office.ask("finn", "case.move", case_id=case, to=9, reason="x")


def test_a_version_that_was_tried_and_not_taken_takes_no_cases(office: Office) -> None:
    case = office.purchase()
    file = {"name": "purchase.yaml", "text": LONGER}
    found = office.ask("finn", "pilot.begin", file=file, share=0.5, accept="tests")
    office.ask("finn", "case.move", case_id=case, to=2, reason="let it take part")
    office.ask("finn", "case.move_back", case_id=case)
    office.ask("finn", "pilot.roll_back", pilot=found.id)
    with pytest.raises(Conflict, match="tried and not taken"):
        office.ask("finn", "case.move", case_id=case, to=2, reason="too late")
